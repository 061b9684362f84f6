#include "CVectorKernels.h"
#include "VectorBodies.h"

#include <float.h>

enum { CHUNK = 512 };

/// log(x) to within 1 unit in the last place, −∞ for 0, NaN below: x = 2ᵏ · (1 + f) with 1 + f from √½ to √2, and a
/// polynomial for log(1 + f), fitted for this file with the relative error 6·10⁻⁹. Branch-free, so that a loop over it
/// vectorises.
DEEPEN_BODY float log_of(float x) {
  float scaled = x < FLT_MIN ? x * 8388608.0f : x;  // 2²³: a number below the normal ones becomes one
  float offset = x < FLT_MIN ? -23.0f : 0.0f;
  int32_t bits;
  memcpy(&bits, &scaled, sizeof bits);
  int32_t exponent = (bits - 0x3f3504f3) >> 23;  // the bits of √½
  bits -= (int32_t)((uint32_t)exponent << 23);
  float f;
  memcpy(&f, &bits, sizeof f);
  f -= 1.0f;
  float k = (float)exponent + offset;
  float p = -0x1.38b4ccp-4f;
  p = p * f + 0x1.055b46p-3f;
  p = p * f - 0x1.0d8552p-3f;
  p = p * f + 0x1.22da22p-3f;
  p = p * f - 0x1.547244p-3f;
  p = p * f + 0x1.99a008p-3f;
  p = p * f - 0x1.000228p-2f;
  p = p * f + 0x1.555554p-2f;
  float square = f * f;
  float small = p * (square * f);
  small = small + k * 1.428606765330187045e-6f;  // ln 2 in two parts; k times the other one is exact
  small = small - 0.5f * square;
  float result = small + f;
  result = result + k * 0.693145751953125f;
  result = x < INFINITY ? result : x;
  float outside = x == 0.0f ? -INFINITY : NAN;
  return x > 0.0f ? result : outside;
}

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

#if defined(DEEPEN_DISPATCHES)
DEEPEN_WIDE static void log_wide(int64_t n, const float *x, float *y) { log_body(n, x, y); }
DEEPEN_WIDE static double relative_entropy_wide(int64_t n, const float *p, const float *q, float floor) {
  return relative_entropy_body(n, p, q, floor);
}
DEEPEN_WIDE static double entropy_wide(int64_t n, const float *p) { return entropy_body(n, p); }
DEEPEN_WIDE static void add_log_wide(int64_t n, float factor, const float *x, float *y) { add_log_body(n, factor, x, y); }
DEEPEN_WIDE static void logarithmic_pool_wide(int64_t n, int64_t count, const float *const *x, const float *weights,
                                              float smoothing, float *y) {
  logarithmic_pool_body(n, count, x, weights, smoothing, y);
}
#endif

void deepen_log(int64_t n, const float *x, float *y) {
  DEEPEN_CALL_WIDE(log_wide(n, x, y));
  log_body(n, x, y);
}

double deepen_relative_entropy(int64_t n, const float *p, const float *q, float floor) {
  DEEPEN_CALL_WIDE(relative_entropy_wide(n, p, q, floor));
  return relative_entropy_body(n, p, q, floor);
}

double deepen_entropy(int64_t n, const float *p) {
  DEEPEN_CALL_WIDE(entropy_wide(n, p));
  return entropy_body(n, p);
}

void deepen_add_log(int64_t n, float factor, const float *x, float *y) {
  DEEPEN_CALL_WIDE(add_log_wide(n, factor, x, y));
  add_log_body(n, factor, x, y);
}

void deepen_logarithmic_pool(int64_t n, int64_t count, const float *const *x, const float *weights, float smoothing,
                             float *y) {
  DEEPEN_CALL_WIDE(logarithmic_pool_wide(n, count, x, weights, smoothing, y));
  logarithmic_pool_body(n, count, x, weights, smoothing, y);
}
