#include "CVectorKernels.h"
#include "VectorBodies.h"

#include <float.h>

enum { CHUNK = 512 };

DEEPEN_BODY void log_body(int64_t n, const float *x, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = log_of(x[i]);
}

/// The sum of up to CHUNK numbers in double precision.
DEEPEN_BODY double block_sum(int64_t n, const float *x) {
  double sum[LANES] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) sum[lane] += (double)x[i + lane];
  }
  for (; i < n; i++) sum[0] += (double)x[i];
  double total = 0;
  for (int lane = 0; lane < LANES; lane++) total += sum[lane];
  return total;
}

DEEPEN_BODY double relative_entropy_body(int64_t n, const float *p, const float *q, float floor) {
  float terms[CHUNK];
  double total = 0;
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t length = start + CHUNK < n ? CHUNK : n - start;
    for (int64_t i = 0; i < length; i++) {
      float wanted = p[start + i], actual = q[start + i];
      float ratio = wanted / (actual < floor ? floor : actual);
      terms[i] = wanted * log_of(wanted > 0.0f ? ratio : 1.0f);
    }
    total += block_sum(length, terms);
  }
  return total;
}

DEEPEN_BODY double entropy_body(int64_t n, const float *p) {
  float terms[CHUNK];
  double total = 0;
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t length = start + CHUNK < n ? CHUNK : n - start;
    for (int64_t i = 0; i < length; i++) {
      float value = p[start + i];
      terms[i] = value * log_of(value > 0.0f ? value : 1.0f);
    }
    total += block_sum(length, terms);
  }
  return -total;
}

DEEPEN_BODY void add_log_body(int64_t n, float factor, const float *x, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = y[i] > -INFINITY ? y[i] + factor * log_of(x[i]) : y[i];
}

DEEPEN_BODY void logarithmic_pool_body(int64_t n, int64_t count, const float *const *x, const float *weights,
                                       float smoothing, float *y) {
  float mean[CHUNK];
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t length = start + CHUNK < n ? CHUNK : n - start;
    float *sum = y + start;
    for (int64_t i = 0; i < length; i++) mean[i] = smoothing * (weights[0] * x[0][start + i]);
    for (int64_t member = 1; member < count; member++) {
      const float *one = x[member] + start;
      float weight = smoothing * weights[member];
      for (int64_t i = 0; i < length; i++) mean[i] += weight * one[i];
    }
    for (int64_t member = 0; member < count; member++) {
      const float *one = x[member] + start;
      float weight = weights[member];
      for (int64_t i = 0; i < length; i++) {
        float logarithm = weight * log_of((1.0f - smoothing) * one[i] + mean[i]);
        sum[i] = member == 0 ? logarithm : sum[i] + logarithm;
      }
    }
  }
}

DEEPEN_BODY void divergence_gradient_body(int64_t n, const float *target, const float *q, float floor, float *values) {
  for (int64_t i = 0; i < n; i++) values[i] = (q[i] - target[i]) / (q[i] > floor ? q[i] : floor);
}

DEEPEN_KERNEL(void, log, (int64_t n, const float *x, float *y), (n, x, y))

DEEPEN_KERNEL(double, relative_entropy, (int64_t n, const float *p, const float *q, float floor), (n, p, q, floor))

DEEPEN_KERNEL(double, entropy, (int64_t n, const float *p), (n, p))

DEEPEN_KERNEL(void, add_log, (int64_t n, float factor, const float *x, float *y), (n, factor, x, y))

DEEPEN_KERNEL(void, logarithmic_pool, (int64_t n, int64_t count, const float *const *x, const float *weights,
               float smoothing, float *y), (n, count, x, weights, smoothing, y))

DEEPEN_KERNEL(void, divergence_gradient, (int64_t n, const float *target, const float *q, float floor, float *values),
              (n, target, q, floor, values))
