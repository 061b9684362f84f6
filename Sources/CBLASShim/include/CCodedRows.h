// Rows of numbers in three planes of two bits each, and their dot products.
#ifndef DEEPEN_CODED_ROWS_H
#define DEEPEN_CODED_ROWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DEEPEN_PLANES = 3 };

/// Turns x[n] by a rotation that is the same for every x of its length and mixes all elements: lengths and dot products stay what they
/// are, and no element remains much larger than the others.
void deepen_rotate(int64_t n, float *x);

/// How many bytes a row of n codes takes in one plane: 128 codes lie in 32 bytes, those of the first 32 numbers in the lowest bits.
int64_t deepen_plane_width(int64_t n);

/// Codes x[n] in six bits, the upper two of them in the first plane: plane k of the row starts at codes + k · stride. What the first k
/// planes have of a code c is c / 4^(3 − k), rounded down, and x[i] ≈ (that − (4^k − 1) / 2) · scales[k − 1], with the scale that takes the sum
/// of squared errors least. Codes after the last number are 0; scales are 0 for zeros only.
void deepen_code_planes(int64_t n, const float *x, uint8_t *codes, int64_t stride, float scales[DEEPEN_PLANES]);

/// x[i] = what all planes of a row stand for, for i < n.
void deepen_decode_planes(int64_t n, const uint8_t *codes, int64_t stride, float scale, float *x);

/// Rounds x[n] to whole numbers from −127 to 127: x[i] ≈ codes[i] · scale. Returns the scale; 0 for zeros only.
float deepen_round8(int64_t n, const float *x, int8_t *codes);

/// Some rows: the first `planes` planes of `width` bytes a row, `stride` bytes apart, and the rows' scales.
typedef struct {
  int64_t width;
  int64_t stride;
  int32_t planes;
  const uint8_t *codes;
  const float *scales;
} deepen_coded_rows;

/// What is multiplied with rows: queries of 4 · width numbers each, zeros after the last; what their sums are multiplied with; and what the middle
/// of the codes adds to each sum.
typedef struct {
  int32_t count;
  const int8_t *numbers;
  const float *factors;
  const float *offsets;
} deepen_queries;

/// y[q][i] = factors[q] · scales[i] · (Σ over j of code[i][j] · numbers[q][j] − offsets[q]) for the rows i from start to start + n − 1 and every
/// query q: dot products of whole numbers, added up exactly.
void deepen_plane_products(int64_t start, int64_t n, const deepen_coded_rows *rows, const deepen_queries *queries,
                           float *const *y);

#ifdef __cplusplus
}
#endif
#endif
