#include "CReductions.h"

#include "VectorBodies.h"

enum { CHUNK = 256 };

DEEPEN_BODY void largest_body(int64_t n, const float *x, int32_t k, int32_t *indices, float *values) {
  int32_t held = 0;
  float least = -INFINITY;
  for (int64_t start = 0; start < n; start += LANES) {
    int64_t length = n - start < LANES ? n - start : LANES;
    if (held == k && length == LANES) {
      int32_t any = 0;
      for (int lane = 0; lane < LANES; lane++) any |= x[start + lane] > least;
      if (!any) continue;
    }
    for (int64_t i = start; i < start + length; i++) {
      if (held == k && !(x[i] > least)) continue;
      int32_t index = held < k ? held++ : k - 1;
      for (; index > 0 && values[index - 1] < x[i]; index--) {
        values[index] = values[index - 1];
        indices[index] = indices[index - 1];
      }
      values[index] = x[i];
      indices[index] = (int32_t)i;
      if (held == k) least = values[k - 1];
    }
  }
}

DEEPEN_BODY double absolute_sum_body(int64_t n, const float *x) {
  double total = 0;
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t end = n - start < CHUNK ? n : start + CHUNK;
    float sum[LANES] = {0};
    int64_t i = start;
    for (; i + LANES <= end; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) sum[lane] += fabsf(x[i + lane]);
    }
    for (; i < end; i++) sum[0] += fabsf(x[i]);
    for (int lane = 0; lane < LANES; lane++) total += sum[lane];
  }
  return total;
}

DEEPEN_BODY double distance_body(int64_t n, const float *x, float factor, const float *y) {
  double total = 0;
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t end = n - start < CHUNK ? n : start + CHUNK;
    lanes sum = {0};
    float differences[LANES];
    int64_t i = start;
    for (; i + LANES <= end; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) differences[lane] = fabsf(x[i + lane] - factor * y[i + lane]);
      sum += *(const lanes *)differences;
    }
    for (; i < end; i++) sum[0] += fabsf(x[i] - factor * y[i]);
    total += lane_sum(&sum);
  }
  return total;
}

DEEPEN_KERNEL(void, largest, (int64_t n, const float *x, int32_t k, int32_t *indices, float *values),
              (n, x, k, indices, values))

DEEPEN_KERNEL(double, absolute_sum, (int64_t n, const float *x), (n, x))

DEEPEN_KERNEL(double, distance, (int64_t n, const float *x, float factor, const float *y), (n, x, factor, y))
