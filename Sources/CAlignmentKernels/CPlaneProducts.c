#include "BitPlanes.h"
#include "CQuantisedRows.h"
#include "VectorBodies.h"

// Integer dot products of codes from 0 to 63 with numbers from −127 to 127. The loop is one source in vector types for
// all processors; only the multiplication of a block has a form for each instruction that multiplies bytes. Every
// form sums the same integers.

#if defined(DEEPEN_DISPATCHES)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/// The number of queries that share a pass over the codes, and the prefetch distance of the codes: a page.
enum { MOST = 4, AHEAD = 4096 };

typedef uint16_t word_lanes __attribute__((vector_size(BLOCK_BYTES), aligned(1), may_alias));
typedef int32_t sum_lanes __attribute__((vector_size(BLOCK_BYTES), may_alias));

/// The lowest field of two bytes: shifts operate on pairs of bytes, as x86 has none of bytes.
enum { FIELD_MASK = 0x0303 };

#if !defined(__aarch64__)
/// The four products of a byte, 63 · 127 each at most, are summed in 16 bits, and these sums in pairs in 32 bits.
DEEPEN_BODY void add_products_plain(sum_lanes *sums, const word_lanes *codes, const int8_t *numbers) {
  typedef int8_t byte_lanes __attribute__((vector_size(BLOCK_BYTES), aligned(1), may_alias));
  typedef int16_t product_lanes __attribute__((vector_size(2 * BLOCK_BYTES)));
  typedef int32_t pair_lanes __attribute__((vector_size(2 * BLOCK_BYTES)));
  product_lanes products = {0};
  for (int field = 0; field < FIELDS; field++) {
    byte_lanes code = (byte_lanes)codes[field], number = *(const byte_lanes *)(numbers + field * BLOCK_BYTES);
    products += __builtin_convertvector(code, product_lanes) * __builtin_convertvector(number, product_lanes);
  }
  pair_lanes pairs = (pair_lanes)products;
  pairs = (pairs << 16 >> 16) + (pairs >> 16);
  sums[0] += __builtin_shufflevector(pairs, pairs, 0, 1, 2, 3, 4, 5, 6, 7);
  sums[1] += __builtin_shufflevector(pairs, pairs, 8, 9, 10, 11, 12, 13, 14, 15);
}
#else
typedef struct {
  int8x16_t low, high;
} halves;

DEEPEN_BODY halves codes_of(const word_lanes *codes) {
  halves both;
  memcpy(&both, codes, sizeof both);
  return both;
}

DEEPEN_BODY void add_to_sums(sum_lanes *sums, int32x4_t low, int32x4_t high) {
  int32x4_t parts[2];
  memcpy(parts, sums, sizeof parts);
  parts[0] = vaddq_s32(parts[0], low);
  parts[1] = vaddq_s32(parts[1], high);
  memcpy(sums, parts, sizeof parts);
}

/// The four products of a byte, 63 · 127 each at most, are summed in 16 bits, and these sums in pairs in 32 bits.
DEEPEN_BODY void add_products_plain(sum_lanes *sums, const word_lanes *codes, const int8_t *numbers) {
  int16x8_t products[4] = {vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0), vdupq_n_s16(0)};
  for (int field = 0; field < FIELDS; field++) {
    halves code = codes_of(codes + field);
    int8x16_t low = vld1q_s8(numbers + field * BLOCK_BYTES), high = vld1q_s8(numbers + field * BLOCK_BYTES + 16);
    products[0] = vmlal_s8(products[0], vget_low_s8(code.low), vget_low_s8(low));
    products[1] = vmlal_high_s8(products[1], code.low, low);
    products[2] = vmlal_s8(products[2], vget_low_s8(code.high), vget_low_s8(high));
    products[3] = vmlal_high_s8(products[3], code.high, high);
  }
  add_to_sums(sums, vpadalq_s16(vpaddlq_s16(products[0]), products[1]),
              vpadalq_s16(vpaddlq_s16(products[2]), products[3]));
}

#define DEEPEN_DOTS_TARGET __attribute__((target("dotprod")))

/// Four products of bytes and their sum are one instruction.
DEEPEN_DOTS_TARGET DEEPEN_BODY void add_products_dots(sum_lanes *sums, const word_lanes *codes,
                                                      const int8_t *numbers) {
  int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);
  for (int field = 0; field < FIELDS; field++) {
    halves code = codes_of(codes + field);
    low = vdotq_s32(low, code.low, vld1q_s8(numbers + field * BLOCK_BYTES));
    high = vdotq_s32(high, code.high, vld1q_s8(numbers + field * BLOCK_BYTES + 16));
  }
  add_to_sums(sums, low, high);
}
#endif

#if defined(DEEPEN_DISPATCHES)
#define DEEPEN_DOTS_TARGET __attribute__((target("avx2,fma,avx512vl,avx512vnni")))

DEEPEN_WIDE_TARGET DEEPEN_BODY void add_products_wide(sum_lanes *sums, const word_lanes *codes, const int8_t *numbers) {
  const __m256i *query = (const __m256i *)numbers;
  const __m256i ones = _mm256_set1_epi16(1);
#pragma clang loop unroll(full)
  for (int field = 0; field < FIELDS; field += 2) {
    __m256i first = _mm256_maddubs_epi16((__m256i)codes[field], _mm256_loadu_si256(query + field));
    __m256i second = _mm256_maddubs_epi16((__m256i)codes[field + 1], _mm256_loadu_si256(query + field + 1));
    sums[field / 2] += (sum_lanes)_mm256_madd_epi16(_mm256_add_epi16(first, second), ones);
  }
}

/// Each query has two sums, so that one product need not wait for the one before it.
DEEPEN_DOTS_TARGET DEEPEN_BODY void add_products_dots(sum_lanes *sums, const word_lanes *codes, const int8_t *numbers) {
  const __m256i *query = (const __m256i *)numbers;
#pragma clang loop unroll(full)
  for (int field = 0; field < FIELDS; field++) {
    sums[field % 2] = (sum_lanes)_mm256_dpbusd_epi32((__m256i)sums[field % 2], (__m256i)codes[field],
                                                     _mm256_loadu_si256(query + field));
  }
}
#endif

#define FORM(name) name##_plain
#define FORM_TARGET
#include "PlaneProductsForm.h"
#undef FORM
#undef FORM_TARGET

#if defined(DEEPEN_DISPATCHES)
#define FORM(name) name##_wide
#define FORM_TARGET DEEPEN_WIDE_TARGET
#include "PlaneProductsForm.h"
#undef FORM
#undef FORM_TARGET
#endif

#if defined(DEEPEN_DOTS_TARGET)
#define FORM(name) name##_dots
#define FORM_TARGET DEEPEN_DOTS_TARGET
#include "PlaneProductsForm.h"
#undef FORM
#undef FORM_TARGET
#endif

void deepen_plane_products(int64_t start, int64_t n, const deepen_quantised_rows *rows, const deepen_queries *queries,
                           float *const *y) {
  const int form = deepen_kernel_form();
  (void)form;
#if defined(DEEPEN_DOTS_TARGET)
  if (form >= DEEPEN_DOTS) {
    products_dots(start, n, rows, queries, y);
    return;
  }
#endif
#if defined(DEEPEN_DISPATCHES)
  if (form == DEEPEN_WIDE) {
    products_wide(start, n, rows, queries, y);
    return;
  }
#endif
  products_plain(start, n, rows, queries, y);
}
