#include "CVectorKernels.h"

#include <math.h>
#include <string.h>

// Each kernel is one body, compiled for the machine's baseline and, on x86-64, for AVX2 with fused multiply-add; the
// processor decides at run time.
#if defined(__x86_64__) && defined(__clang__)
#define DEEPEN_DISPATCHES 1
#define DEEPEN_WIDE __attribute__((target("avx2,fma")))
static int has_wide(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

#define DEEPEN_BODY static inline __attribute__((always_inline))

enum { LANES = 16, BLOCK = 2048 };

/// exp(x) to within 2 units in the last place for x ≤ 88; 0 below −87.3. Branch-free, so that a loop over it
/// vectorises: x = k · ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for exp(r), and k added to the exponent bits.
DEEPEN_BODY float exp_of(float x) {
  const float magic = 12582912.0f;  // 1.5 · 2²³: adding it rounds to an integer that sits in the low bits
  float bounded = x < -87.0f ? -87.0f : x;
  bounded = bounded > 88.0f ? 88.0f : bounded;
  float shifted = bounded * 1.44269504088896341f + magic;
  float k = shifted - magic;
  float r = bounded - k * 0.693145751953125f;
  r = r - k * 1.428606765330187045e-6f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  int32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  // The low 9 bits of the magic number are 0, so the shift leaves k in the exponent field.
  int32_t power = (int32_t)((uint32_t)bits << 23) + 0x3f800000;
  float scale;
  memcpy(&scale, &power, sizeof scale);
  float result = p * scale;
  result = x < -87.0f ? 0.0f : result;
  result = x > 88.0f ? INFINITY : result;
  return x != x ? x : result;
}

DEEPEN_BODY int maximum_body(int64_t n, const float *x, float *maximum) {
  float best[LANES];
  int32_t nan[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    best[lane] = -INFINITY;
    nan[lane] = 0;
  }
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      float value = x[i + lane];
      best[lane] = value > best[lane] ? value : best[lane];
      nan[lane] |= value != value;
    }
  }
  for (; i < n; i++) {
    best[0] = x[i] > best[0] ? x[i] : best[0];
    nan[0] |= x[i] != x[i];
  }
  int any_nan = 0;
  float all = -INFINITY;
  for (int lane = 0; lane < LANES; lane++) {
    all = best[lane] > all ? best[lane] : all;
    any_nan |= nan[lane];
  }
  *maximum = all;
  if (any_nan) return DEEPEN_LOGITS_NAN;
  if (all == INFINITY) return DEEPEN_LOGITS_POSITIVE_INFINITY;
  if (all == -INFINITY) return DEEPEN_LOGITS_NO_FINITE;
  return DEEPEN_LOGITS_SOUND;
}

/// Adds up in lanes and, block by block, in double precision, so that a sum over a large vocabulary stays exact enough.
DEEPEN_BODY double sum_of(int64_t n, const float *x) {
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    int64_t end = start + BLOCK < n ? start + BLOCK : n;
    float sum[LANES] = {0};
    int64_t i = start;
    for (; i + LANES <= end; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) sum[lane] += x[i + lane];
    }
    for (; i < end; i++) sum[0] += x[i];
    for (int lane = 0; lane < LANES; lane++) total += sum[lane];
  }
  return total;
}

DEEPEN_BODY double exp_body(int64_t n, const float *x, float shift, float scale, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = exp_of(scale * (x[i] - shift));
  return sum_of(n, y);
}

DEEPEN_BODY double exp_sum_body(int64_t n, const float *x, float shift) {
  float block[BLOCK];
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    int64_t count = start + BLOCK < n ? BLOCK : n - start;
    for (int64_t i = 0; i < count; i++) block[i] = exp_of(x[start + i] - shift);
    total += sum_of(count, block);
  }
  return total;
}

DEEPEN_BODY void scale_body(int64_t n, float factor, float *x) {
  for (int64_t i = 0; i < n; i++) x[i] *= factor;
}

DEEPEN_BODY double square_sum_body(int64_t n, const float *x) {
  double sum[LANES] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) sum[lane] += (double)x[i + lane] * (double)x[i + lane];
  }
  for (; i < n; i++) sum[0] += (double)x[i] * (double)x[i];
  double total = 0;
  for (int lane = 0; lane < LANES; lane++) total += sum[lane];
  return total;
}

#if defined(DEEPEN_DISPATCHES)
DEEPEN_WIDE static int maximum_wide(int64_t n, const float *x, float *maximum) { return maximum_body(n, x, maximum); }
DEEPEN_WIDE static double exp_wide(int64_t n, const float *x, float shift, float scale, float *y) {
  return exp_body(n, x, shift, scale, y);
}
DEEPEN_WIDE static double exp_sum_wide(int64_t n, const float *x, float shift) { return exp_sum_body(n, x, shift); }
DEEPEN_WIDE static void scale_wide(int64_t n, float factor, float *x) { scale_body(n, factor, x); }
DEEPEN_WIDE static double square_sum_wide(int64_t n, const float *x) { return square_sum_body(n, x); }
#define DEEPEN_CALL_WIDE(call) \
  if (has_wide()) return call
#else
#define DEEPEN_CALL_WIDE(call)
#endif

int deepen_maximum(int64_t n, const float *x, float *maximum) {
  DEEPEN_CALL_WIDE(maximum_wide(n, x, maximum));
  return maximum_body(n, x, maximum);
}

double deepen_exp(int64_t n, const float *x, float shift, float scale, float *y) {
  DEEPEN_CALL_WIDE(exp_wide(n, x, shift, scale, y));
  return exp_body(n, x, shift, scale, y);
}

double deepen_exp_sum(int64_t n, const float *x, float shift) {
  DEEPEN_CALL_WIDE(exp_sum_wide(n, x, shift));
  return exp_sum_body(n, x, shift);
}

void deepen_scale(int64_t n, float factor, float *x) {
  DEEPEN_CALL_WIDE(scale_wide(n, factor, x));
  scale_body(n, factor, x);
}

double deepen_square_sum(int64_t n, const float *x) {
  DEEPEN_CALL_WIDE(square_sum_wide(n, x));
  return square_sum_body(n, x);
}
