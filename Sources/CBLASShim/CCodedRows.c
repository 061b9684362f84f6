#include "CCodedRows.h"

#include "VectorBodies.h"

#if defined(DEEPEN_DISPATCHES)
#include <immintrin.h>
#endif

/// One block of a plane: its bytes, the codes in each byte, and the bits of a code.
enum { BLOCK_BYTES = 32, FIELDS = 4, BITS = 2, BLOCK_CODES = FIELDS * BLOCK_BYTES };
/// How many codes all planes make, and how far from zero they reach, in units of the root of a row's mean square: numbers that lie farther out have
/// the last codes. After a turn that is one in 200.
enum { CODES = 64 };
static const double REACH = 2.8;

/// −1 or 1, by chance but always the same (the last step of SplitMix64).
static float sign_of(uint64_t place) {
  uint64_t z = place * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) & 1 ? -1.0f : 1.0f;
}

/// The Walsh–Hadamard transform of x[width], a power of two, divided by its root.
static void walsh_hadamard(int64_t width, float *x) {
  for (int64_t half = 1; half < width; half *= 2) {
    for (int64_t block = 0; block < width; block += 2 * half) {
      float *a = x + block, *b = a + half;
      for (int64_t i = 0; i < half; i++) {
        float sum = a[i] + b[i], difference = a[i] - b[i];
        a[i] = sum;
        b[i] = difference;
      }
    }
  }
  float factor = 1 / sqrtf((float)width);
  for (int64_t i = 0; i < width; i++) x[i] *= factor;
}

void deepen_rotate(int64_t n, float *x) {
  enum { ROUNDS = 4 };
  int64_t width = 1;
  while (2 * width <= n) width *= 2;
  // The first elements and the last ones in turns, which overlap: each element meets all others.
  for (int round = 0; round < ROUNDS && n > 1; round++) {
    for (int64_t i = 0; i < n; i++) x[i] *= sign_of((uint64_t)(round * n + i) + 1);
    walsh_hadamard(width, round % 2 ? x + (n - width) : x);
  }
}

int64_t deepen_plane_width(int64_t n) { return (n + BLOCK_CODES - 1) / BLOCK_CODES * BLOCK_BYTES; }

/// Where the bits of a code lie: the byte of a plane, and how far up in it.
static int64_t byte_of(int64_t i) { return i / BLOCK_CODES * BLOCK_BYTES + i % BLOCK_BYTES; }
static int shift_of(int64_t i) { return (int)(i % BLOCK_CODES / BLOCK_BYTES * BITS); }

/// What the first planes have of a code, counted from the middle of what they can have.
static double level_of(int32_t code, int planes) {
  return (double)(code >> BITS * (DEEPEN_PLANES - planes)) - ((double)(1 << BITS * planes) - 1) / 2;
}

void deepen_code_planes(int64_t n, const float *x, uint8_t *codes, int64_t stride, float scales[DEEPEN_PLANES]) {
  for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
    memset(codes + plane * stride, 0, (size_t)deepen_plane_width(n));
  }
  double squares = 0, products[DEEPEN_PLANES] = {0}, levels[DEEPEN_PLANES] = {0};
  for (int64_t i = 0; i < n; i++) squares += (double)x[i] * (double)x[i];
  double factor = squares > 0 ? CODES / 2 / (REACH * sqrt(squares / (double)n)) : 0;
  for (int64_t i = 0; i < n; i++) {
    double place = floor((double)x[i] * factor) + CODES / 2;
    int32_t code = (int32_t)(place < 0 ? 0 : place > CODES - 1 ? CODES - 1 : place);
    for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
      int32_t bits = code >> BITS * (DEEPEN_PLANES - 1 - plane) & ((1 << BITS) - 1);
      codes[plane * stride + byte_of(i)] |= (uint8_t)(bits << shift_of(i));
      double level = level_of(code, plane + 1);
      products[plane] += (double)x[i] * level;
      levels[plane] += level * level;
    }
  }
  for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
    scales[plane] = squares > 0 ? (float)(products[plane] / levels[plane]) : 0;
  }
}

void deepen_decode_planes(int64_t n, const uint8_t *codes, int64_t stride, float scale, float *x) {
  for (int64_t i = 0; i < n; i++) {
    int32_t code = 0;
    for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
      code = code << BITS | (codes[plane * stride + byte_of(i)] >> shift_of(i) & ((1 << BITS) - 1));
    }
    x[i] = (float)level_of(code, DEEPEN_PLANES) * scale;
  }
}

float deepen_round8(int64_t n, const float *x, int8_t *codes) {
  float most = 0;
  for (int64_t i = 0; i < n; i++) most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
  float factor = most > 0 ? 127.0f / most : 0;
  for (int64_t i = 0; i < n; i++) codes[i] = (int8_t)lrintf(x[i] * factor);
  return most / 127.0f;
}

static void plane_products_plain(int64_t start, int64_t n, const deepen_coded_rows *rows, const deepen_queries *queries,
                                 float *const *y) {
  for (int64_t row = start; row < start + n; row++) {
    for (int32_t q = 0; q < queries->count; q++) {
      const int8_t *numbers = queries->numbers + q * FIELDS * rows->width;
      int32_t sum = 0;
      for (int64_t byte = 0; byte < rows->width; byte++) {
        const uint8_t *codes = rows->codes + row * rows->width + byte;
        for (int field = 0; field < FIELDS; field++) {
          int32_t code = 0;
          for (int32_t plane = 0; plane < rows->planes; plane++) {
            code = code << BITS | (codes[plane * rows->stride] >> field * BITS & ((1 << BITS) - 1));
          }
          sum += code * numbers[byte / BLOCK_BYTES * BLOCK_CODES + field * BLOCK_BYTES + byte % BLOCK_BYTES];
        }
      }
      y[q][row] = queries->factors[q] * rows->scales[row] * ((float)sum - queries->offsets[q]);
    }
  }
}

#if defined(DEEPEN_DISPATCHES)
/// How many queries a kernel takes at a time, and how far ahead of its codes the memory is asked for: a page, or the loop would wait for them.
enum { MOST = 4, AHEAD = 4096 };

DEEPEN_WIDE DEEPEN_BODY int32_t sum_of_lanes(__m256i lanes) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
  return _mm_cvtsi128_si32(sum);
}

/// The codes of one field of a block, of as many planes as there are.
DEEPEN_WIDE DEEPEN_BODY __m256i codes_of_field(const __m256i *planes, const int32_t count, const int field) {
  const __m256i mask = _mm256_set1_epi8(3);
  __m256i codes = _mm256_and_si256(_mm256_srli_epi16(planes[0], BITS * field), mask);
  for (int32_t plane = 1; plane < count; plane++) {
    __m256i bits = _mm256_and_si256(_mm256_srli_epi16(planes[plane], BITS * field), mask);
    codes = _mm256_or_si256(_mm256_slli_epi16(codes, BITS), bits);
  }
  return codes;
}

/// A block's codes times a query's numbers, added up in pairs of 16 bits: four of these products, 63 · 127 each at most, fit into them.
DEEPEN_WIDE DEEPEN_BODY void plane_products_wide_of(int64_t start, int64_t n, const deepen_coded_rows *rows,
                                                    const int32_t planes, const int8_t *numbers, const float *factors,
                                                    const float *offsets, const int32_t count, float *const *y) {
  const __m256i ones = _mm256_set1_epi16(1);
  const int64_t width = rows->width;
  for (int64_t row = start; row < start + n; row++) {
    const uint8_t *codes = rows->codes + row * width;
    __m256i sums[MOST];
    for (int32_t q = 0; q < count; q++) sums[q] = _mm256_setzero_si256();
    for (int64_t block = 0; block < width; block += BLOCK_BYTES) {
      __m256i bits[DEEPEN_PLANES], fields[FIELDS];
      for (int32_t plane = 0; plane < planes; plane++) {
        const uint8_t *place = codes + plane * rows->stride + block;
        __builtin_prefetch(place + AHEAD);
        bits[plane] = _mm256_loadu_si256((const __m256i *)place);
      }
#pragma clang loop unroll(full)
      for (int field = 0; field < FIELDS; field++) fields[field] = codes_of_field(bits, planes, field);
#pragma clang loop unroll(full)
      for (int32_t q = 0; q < count; q++) {
        const __m256i *query = (const __m256i *)(numbers + q * FIELDS * width + FIELDS * block);
#pragma clang loop unroll(full)
        for (int field = 0; field < FIELDS; field += 2) {
          __m256i first = _mm256_maddubs_epi16(fields[field], _mm256_loadu_si256(query + field));
          __m256i second = _mm256_maddubs_epi16(fields[field + 1], _mm256_loadu_si256(query + field + 1));
          sums[q] = _mm256_add_epi32(sums[q], _mm256_madd_epi16(_mm256_add_epi16(first, second), ones));
        }
      }
    }
    for (int32_t q = 0; q < count; q++) {
      y[q][row] = factors[q] * rows->scales[row] * ((float)sum_of_lanes(sums[q]) - offsets[q]);
    }
  }
}

#define DEEPEN_DOTS __attribute__((target("avx2,fma,avx512vl,avx512vnni")))

/// The same where the processor multiplies and adds up four codes at a time. Each query has two sums, so that one product need not wait for
/// the one before it.
DEEPEN_DOTS DEEPEN_BODY void plane_products_dots_of(int64_t start, int64_t n, const deepen_coded_rows *rows,
                                                    const int32_t planes, const int8_t *numbers, const float *factors,
                                                    const float *offsets, const int32_t count, float *const *y) {
  const int64_t width = rows->width;
  for (int64_t row = start; row < start + n; row++) {
    const uint8_t *codes = rows->codes + row * width;
    __m256i sums[2 * MOST];
    for (int32_t q = 0; q < 2 * count; q++) sums[q] = _mm256_setzero_si256();
    for (int64_t block = 0; block < width; block += BLOCK_BYTES) {
      __m256i bits[DEEPEN_PLANES];
      for (int32_t plane = 0; plane < planes; plane++) {
        const uint8_t *place = codes + plane * rows->stride + block;
        __builtin_prefetch(place + AHEAD);
        bits[plane] = _mm256_loadu_si256((const __m256i *)place);
      }
#pragma clang loop unroll(full)
      for (int field = 0; field < FIELDS; field++) {
        __m256i values = codes_of_field(bits, planes, field);
#pragma clang loop unroll(full)
        for (int32_t q = 0; q < count; q++) {
          const __m256i *query = (const __m256i *)(numbers + q * FIELDS * width + FIELDS * block);
          __m256i *sum = sums + 2 * q + field % 2;
          *sum = _mm256_dpbusd_epi32(*sum, values, _mm256_loadu_si256(query + field));
        }
      }
    }
    for (int32_t q = 0; q < count; q++) {
      int32_t sum = sum_of_lanes(_mm256_add_epi32(sums[2 * q], sums[2 * q + 1]));
      y[q][row] = factors[q] * rows->scales[row] * ((float)sum - offsets[q]);
    }
  }
}

/// However many queries there are, the codes are read once for four of them.
#define DEEPEN_FOR_COUNT(kernel, planes, count)                                                              \
  kernel(start, n, rows, planes, queries->numbers + q * FIELDS * rows->width, queries->factors + q,          \
         queries->offsets + q, count, y + q)
#define DEEPEN_BY_FOURS(kernel, planes)                                                                      \
  for (int32_t q = 0; q < queries->count; q += MOST) {                                                       \
    if (queries->count - q == 1) DEEPEN_FOR_COUNT(kernel, planes, 1);                                        \
    if (queries->count - q == 2) DEEPEN_FOR_COUNT(kernel, planes, 2);                                        \
    if (queries->count - q == 3) DEEPEN_FOR_COUNT(kernel, planes, 3);                                        \
    if (queries->count - q >= 4) DEEPEN_FOR_COUNT(kernel, planes, 4);                                        \
  }
#define DEEPEN_FOR_PLANES(kernel)                          \
  if (rows->planes == 1) DEEPEN_BY_FOURS(kernel, 1);       \
  if (rows->planes == 2) DEEPEN_BY_FOURS(kernel, 2);       \
  if (rows->planes == 3) DEEPEN_BY_FOURS(kernel, 3)

DEEPEN_WIDE static void plane_products_wide(int64_t start, int64_t n, const deepen_coded_rows *rows,
                                            const deepen_queries *queries, float *const *y) {
  DEEPEN_FOR_PLANES(plane_products_wide_of);
}

DEEPEN_DOTS static void plane_products_dots(int64_t start, int64_t n, const deepen_coded_rows *rows,
                                            const deepen_queries *queries, float *const *y) {
  DEEPEN_FOR_PLANES(plane_products_dots_of);
}
#endif

void deepen_plane_products(int64_t start, int64_t n, const deepen_coded_rows *rows, const deepen_queries *queries,
                           float *const *y) {
#if defined(DEEPEN_DISPATCHES)
  if (deepen_kernel_form() >= DEEPEN_VNNI) {
    plane_products_dots(start, n, rows, queries, y);
    return;
  }
  if (deepen_kernel_form() == DEEPEN_AVX2) {
    plane_products_wide(start, n, rows, queries, y);
    return;
  }
#endif
  plane_products_plain(start, n, rows, queries, y);
}
