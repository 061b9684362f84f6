// The layout of quantised rows' codes in their planes; private to this target.
#ifndef DEEPEN_BIT_PLANES_H
#define DEEPEN_BIT_PLANES_H

/// A block of a plane has 32 bytes, a byte has four fields, a field has two bits: one code's in this plane.
enum { BLOCK_BYTES = 32, FIELDS = 4, BITS = 2, BLOCK_CODES = FIELDS * BLOCK_BYTES };

#endif
