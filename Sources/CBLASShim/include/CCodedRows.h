// Rows of numbers in two planes of four bits each, and their dot products.
#ifndef DEEPEN_CODED_ROWS_H
#define DEEPEN_CODED_ROWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Turns x[n] by a rotation that is the same for every x of its length and mixes all elements: lengths and dot products stay what they
/// are, and no element remains much larger than the others.
void deepen_rotate(int64_t n, float *x);

/// How many bytes a row of n codes takes in one plane: 64 codes lie in 32 bytes, those of the first 32 numbers in the low halves.
int64_t deepen_plane_width(int64_t n);

/// Codes x[n] in eight bits, x[i] ≈ (16 · coarse + fine − 127.5) · scale: the upper four bits go to one plane, the lower four to the
/// other. Codes after the last number are 0. Returns the scale; 0 for zeros only.
float deepen_code_planes(int64_t n, const float *x, uint8_t *coarse, uint8_t *fine);

/// x[i] = what the codes of a row stand for, for i < n.
void deepen_decode_planes(int64_t n, const uint8_t *coarse, const uint8_t *fine, float scale, float *x);

/// Rounds x[n] to whole numbers from −127 to 127: x[i] ≈ codes[i] · scale. Returns the scale; 0 for zeros only.
float deepen_round8(int64_t n, const float *x, int8_t *codes);

/// y[q][start + i] += factors[q] · scales[i] · (Σ over j of plane[i][j] · queries[q][j] − offsets[q]) for i < n and q < count: dot products
/// of whole numbers, added up exactly. `width` is the bytes of a row in a plane, and half the length of a query, which has zeros after its
/// last number.
void deepen_plane_products(int64_t n, int64_t width, const uint8_t *plane, const float *scales, int32_t count,
                           const int8_t *queries, const float *factors, const float *offsets, float *const *y,
                           int64_t start);

#ifdef __cplusplus
}
#endif
#endif
