// Sums and largest elements of vectors.
#ifndef DEEPEN_REDUCTIONS_H
#define DEEPEN_REDUCTIONS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The indices and values of the k largest elements of x[n], largest first; ties go to the lower index. k ≤ n, and no
/// element is NaN.
void deepen_largest(int64_t n, const float *x, int32_t k, int32_t *indices, float *values);

/// The sum of |x[i]|.
double deepen_absolute_sum(int64_t n, const float *x);

/// The sum of |x[i] − factor · y[i]|.
double deepen_distance(int64_t n, const float *x, float factor, const float *y);

#ifdef __cplusplus
}
#endif
#endif
