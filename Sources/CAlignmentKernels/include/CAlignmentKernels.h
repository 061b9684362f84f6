// Kernels of the factored alignment: rows of R̂ as large entries, shared rows and quantised rows.
#ifndef DEEPEN_ALIGNMENT_KERNELS_H
#define DEEPEN_ALIGNMENT_KERNELS_H

#include "CFactoredRows.h"
#include "CLogCodes.h"
#include "CQuantisedRows.h"
#include "CRowPasses.h"

#endif
