// Positive numbers quantised to one byte each, in equal steps of their logarithms.
#ifndef DEEPEN_LOG_CODES_H
#define DEEPEN_LOG_CODES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Quantises x[n], none of which is negative: code 0 is 0, code c is exp(lowest + (c − 1) · step). Numbers below e⁻²⁴
/// of the largest get the lowest code above 0. `lowest` is shifted so that the sum of x is preserved. Returns Σ |x[i] −
/// the number of its code|.
double deepen_log_quantise(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes);

/// Quantises exp(factor · x[i]) for i < n in the same way, 0 where x[i] is −∞, without computing it: logarithms are
/// quantised linearly. The quantised numbers have the sum `sum`.
void deepen_log_quantise_exponents(int64_t n, const float *x, float factor, float sum, float *lowest, float *step,
                                   uint8_t *codes);

/// Dequantises codes[i] to x[i] in bfloat16, for i < n.
void deepen_log_dequantise(int64_t n, const uint8_t *codes, float lowest, float step, uint16_t *x);

#ifdef __cplusplus
}
#endif
#endif
