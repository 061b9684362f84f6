// Code shared by the kernels' bodies. Only C targets of this package include it; Swift does not see it.
#ifndef DEEPEN_VECTOR_BODIES_H
#define DEEPEN_VECTOR_BODIES_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "CKernelForm.h"

// Each kernel is one body, compiled for the architecture's baseline and, on x86-64, for AVX2 with fused multiply-add
// and for AVX-512; the processor decides at run time. Sums have the same number of lanes for all register widths, so
// that the latter two give the same bits. On arm64 the baseline has vector registers and fused multiply-add.
#if defined(__x86_64__) && defined(__clang__)
#define DEEPEN_DISPATCHES 1
#define DEEPEN_WIDE_TARGET __attribute__((target("avx2,fma")))
#define DEEPEN_WIDEST_TARGET __attribute__((target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")))

/// Defines `deepen_name`, which runs `name_body` in the form for the current processor.
#define DEEPEN_KERNEL(result, name, parameters, arguments)                                      \
  DEEPEN_WIDE_TARGET static result name##_wide parameters { return name##_body arguments; }     \
  DEEPEN_WIDEST_TARGET static result name##_widest parameters { return name##_body arguments; } \
  result deepen_##name parameters {                                                             \
    switch (deepen_kernel_form()) {                                                             \
      case DEEPEN_BASELINE: return name##_body arguments;                                       \
      case DEEPEN_WIDEST: return name##_widest arguments;                                       \
      default: return name##_wide arguments;                                                    \
    }                                                                                           \
  }
#else
#define DEEPEN_KERNEL(result, name, parameters, arguments) \
  result deepen_##name parameters { return name##_body arguments; }
#endif

#define DEEPEN_BODY static inline __attribute__((always_inline))

enum { LANES = 16, BLOCK = 2048 };

/// A vector of numbers processed together; compilers left to themselves would split products of rows into pairs.
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));

/// The sum of all lanes, by halves.
DEEPEN_BODY double lane_sum(const lanes *x) {
  typedef float eight __attribute__((vector_size(32)));
  typedef float four __attribute__((vector_size(16)));
  eight low = __builtin_shufflevector(*x, *x, 0, 1, 2, 3, 4, 5, 6, 7);
  eight high = __builtin_shufflevector(*x, *x, 8, 9, 10, 11, 12, 13, 14, 15);
  eight sums = low + high;
  four rest = __builtin_shufflevector(sums, sums, 0, 1, 2, 3) + __builtin_shufflevector(sums, sums, 4, 5, 6, 7);
  return (rest[0] + rest[2]) + (rest[1] + rest[3]);
}

/// exp(x) to within 2 units in the last place for −87 ≤ x ≤ 88, without a branch, so that a loop over it vectorises:
/// x = k · ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for exp(r), and k added to the exponent bits.
DEEPEN_BODY float exp_within(float x) {
  const float magic = 12582912.0f;  // 1.5 · 2²³: adding it rounds to an integer that sits in the low bits
  float shifted = x * 1.44269504088896341f + magic;
  float k = shifted - magic;
  float r = x - k * 0.693145751953125f;
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
  return p * scale;
}

/// exp(x) for every x: 0 below −87, +∞ above 88, NaN for NaN.
DEEPEN_BODY float exp_of(float x) {
  float bounded = x < -87.0f ? -87.0f : x;
  bounded = bounded > 88.0f ? 88.0f : bounded;
  float result = exp_within(bounded);
  result = x < -87.0f ? 0.0f : result;
  result = x > 88.0f ? INFINITY : result;
  return x != x ? x : result;
}

/// The same for x ≤ 0.
DEEPEN_BODY float exp_of_negative(float x) {
  float result = exp_within(x > -87.0f ? x : -87.0f);
  return x < -87.0f ? 0.0f : result;
}

/// log(x) to within 1 unit in the last place, −∞ for 0, NaN below: x = 2ᵏ · (1 + f) with 1 + f from √½ to √2, and a
/// polynomial for log(1 + f), fitted for this file with the relative error 6·10⁻⁹. Branch-free, so that a loop over it
/// vectorises.
DEEPEN_BODY float log_of(float x) {
  float scaled = x < FLT_MIN ? x * 8388608.0f : x;  // 2²³: a subnormal number becomes normal
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

#endif
