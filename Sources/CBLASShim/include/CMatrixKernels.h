// Products of a row-major matrix and a vector, limited only by memory bandwidth.
#ifndef DEEPEN_MATRIX_KERNELS_H
#define DEEPEN_MATRIX_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// y[r] = Σ over c of m[r, c] · x[c], for a row-major m[rows × columns]. The result of a row does not depend on the
/// others.
void deepen_rows_times_vector(int64_t rows, int64_t columns, const float *m, const float *x, float *y);

/// y[c] += Σ over r of x[r] · m[r, c], for a row-major m[rows × columns].
void deepen_vector_times_rows(int64_t rows, int64_t columns, const float *m, const float *x, float *y);

#ifdef __cplusplus
}
#endif
#endif
