// Rows of numbers quantised to six bits in three bit planes, and their dot products.
#ifndef DEEPEN_QUANTISED_ROWS_H
#define DEEPEN_QUANTISED_ROWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DEEPEN_PLANES = 3 };

/// Rotates x[n] by an orthogonal matrix that is the same for every x of its length and mixes all elements: lengths and
/// dot products are preserved, and no element remains much larger than the others.
void deepen_rotate(int64_t n, float *x);

/// The number of bytes of one plane of a row of n codes: 128 codes in 32 bytes, those of the first 32 numbers in the
/// lowest bits.
int64_t deepen_plane_width(int64_t n);

/// Quantises x[n] to six bits, the upper two of them in the first plane: plane k of the row starts at codes + k ·
/// stride. The first k planes hold c / 4^(3 − k) of a code c, rounded down, and x[i] ≈ (that − (4^k − 1) / 2) ·
/// scales[k − 1], with the scale of least squared error. Codes after the last number are 0; scales are 0 for zeros
/// only.
void deepen_quantise_planes(int64_t n, const float *x, uint8_t *codes, int64_t stride, float scales[DEEPEN_PLANES]);

/// Dequantises all planes of a row to x[i], for i < n.
void deepen_dequantise_planes(int64_t n, const uint8_t *codes, int64_t stride, float scale, float *x);

/// Rounds x[n] to integers from −127 to 127: x[i] ≈ codes[i] · scale. Returns the scale; 0 for zeros only.
float deepen_round8(int64_t n, const float *x, int8_t *codes);

/// Quantised rows: the first `planes` planes of `width` bytes a row, `stride` bytes apart, and the rows' scales.
typedef struct {
  int64_t width;
  int64_t stride;
  int32_t planes;
  const uint8_t *codes;
  const float *scales;
} deepen_quantised_rows;

/// Vectors to be multiplied with rows: 4 · width integers each, zeros after the last; the factor of each sum, and the
/// offset that the middle of the codes adds to it.
typedef struct {
  int32_t count;
  const int8_t *numbers;
  const float *factors;
  const float *offsets;
} deepen_queries;

/// y[q][i] = factors[q] · scales[i] · (Σ over j of code[i][j] · numbers[q][j] − offsets[q]) for the rows i from start
/// to start + n − 1 and every query q. The sum is of integers and exact, in every form of the kernel.
void deepen_plane_products(int64_t start, int64_t n, const deepen_quantised_rows *rows, const deepen_queries *queries,
                           float *const *y);

#ifdef __cplusplus
}
#endif
#endif
