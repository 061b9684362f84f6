// Positive numbers in a byte each, by their logarithms.
#ifndef DEEPEN_RATIO_CODES_H
#define DEEPEN_RATIO_CODES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Codes x[n], none of which is negative: code 0 stands for 0, code c for exp(lowest + (c − 1) · step). Numbers below e⁻²⁴ of the
/// largest get the lowest code above 0. What the codes stand for has the sum of x. Returns Σ |x[i] − what its code stands for|.
double deepen_code_ratios(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes);

/// Codes exp(factor · x[i]) for i < n in the same way, 0 where x[i] is −∞, without computing it: codes of logarithms lie in equal steps. What
/// the codes stand for has the sum `sum`.
void deepen_code_exponents(int64_t n, const float *x, float factor, float sum, float *lowest, float *step, uint8_t *codes);

/// x[i] = what codes[i] stands for, for i < n, in bfloat16.
void deepen_decode_ratios(int64_t n, const uint8_t *codes, float lowest, float step, uint16_t *x);

#ifdef __cplusplus
}
#endif
#endif
