#include "CVectorKernels.h"

// Numbers that go to places, or come from them: a one-hot matrix in a list of integers. The memory decides how fast these
// are, not the width of the registers.

void deepen_scatter(int64_t n, const int32_t *places, const float *x, int64_t count, double *sums, float *y) {
  for (int64_t i = 0; i < n; i++) sums[places[i]] += (double)x[i];
  for (int64_t i = 0; i < count; i++) y[i] = (float)sums[i];
}

void deepen_gather(int64_t n, const int32_t *places, const float *x, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = x[places[i]];
}
