#include "CBenchmarkKernels.h"

// Each kernel is one body, compiled for the machine's baseline and, on x86-64, for AVX2 with fused multiply-add.
#if defined(__x86_64__) && defined(__clang__)
#define DISPATCHES 1
#define WIDE __attribute__((target("avx2,fma")))
static int has_wide(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

#define BODY static inline __attribute__((always_inline))

enum { LANES = 64 };

BODY float sum_body(int64_t n, const float *x) {
  float sum[LANES] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) sum[lane] += x[i + lane];
  }
  for (; i < n; i++) sum[0] += x[i];
  float total = 0;
  for (int lane = 0; lane < LANES; lane++) total += sum[lane];
  return total;
}

BODY void triad_body(int64_t n, float *restrict a, const float *restrict b, const float *restrict c, float factor) {
  for (int64_t i = 0; i < n; i++) a[i] = b[i] + factor * c[i];
}

/// The output of SplitMix64 (doi:10.1145/2660193.2660195) with index `index`.
BODY uint64_t random_bits(uint64_t seed, uint64_t index) {
  uint64_t mixed = seed + (index + 1) * 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

/// The sum of four bytes, which is nearly normal, scaled to mean 0 and variance 1.
BODY float normal_of(uint32_t bits) {
  const float deviation = 147.8005f;  // √(4 · (256² − 1) / 12)
  int sum = (int)(bits & 255) + (int)(bits >> 8 & 255) + (int)(bits >> 16 & 255) + (int)(bits >> 24);
  return ((float)sum - 510.0f) / deviation;
}

void benchmark_add_normal(int64_t n, uint64_t seed, float scale, float *x) {
  int64_t i = 0;
  for (; i + 2 <= n; i += 2) {
    uint64_t bits = random_bits(seed, (uint64_t)i / 2);
    x[i] += scale * normal_of((uint32_t)bits);
    x[i + 1] += scale * normal_of((uint32_t)(bits >> 32));
  }
  if (i < n) x[i] += scale * normal_of((uint32_t)random_bits(seed, (uint64_t)i / 2));
}

float benchmark_normal(uint64_t seed, uint64_t index) { return normal_of((uint32_t)random_bits(seed, index)); }

#if defined(DISPATCHES)
WIDE static float sum_wide(int64_t n, const float *x) { return sum_body(n, x); }
WIDE static void triad_wide(int64_t n, float *a, const float *b, const float *c, float factor) {
  triad_body(n, a, b, c, factor);
}
#define CALL_WIDE(call) \
  if (has_wide()) return call
#else
#define CALL_WIDE(call)
#endif

float benchmark_sum(int64_t n, const float *x) {
  CALL_WIDE(sum_wide(n, x));
  return sum_body(n, x);
}

void benchmark_triad(int64_t n, float *a, const float *b, const float *c, float factor) {
  CALL_WIDE(triad_wide(n, a, b, c, factor));
  triad_body(n, a, b, c, factor);
}
