#include "CCodedRows.h"

#include "VectorBodies.h"

#if defined(DEEPEN_DISPATCHES)
#include <immintrin.h>
#endif

/// The numbers of one block of a plane, and their bytes.
enum { BLOCK_CODES = 64, BLOCK_BYTES = 32 };

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

static float largest_magnitude(int64_t n, const float *x) {
  float most = 0;
  for (int64_t i = 0; i < n; i++) most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
  return most;
}

float deepen_code_planes(int64_t n, const float *x, uint8_t *coarse, uint8_t *fine) {
  float most = largest_magnitude(n, x);
  float factor = most > 0 ? 127.5f / most : 0;
  memset(coarse, 0, (size_t)deepen_plane_width(n));
  memset(fine, 0, (size_t)deepen_plane_width(n));
  for (int64_t i = 0; i < n; i++) {
    float place = x[i] * factor + 127.5f;
    int32_t code = (int32_t)lrintf(place < 0 ? 0 : place > 255 ? 255 : place);
    int64_t byte = i / BLOCK_CODES * BLOCK_BYTES + i % BLOCK_BYTES;
    int shift = i % BLOCK_CODES < BLOCK_BYTES ? 0 : 4;
    coarse[byte] |= (uint8_t)(code >> 4 << shift);
    fine[byte] |= (uint8_t)((code & 15) << shift);
  }
  return most / 127.5f;
}

void deepen_decode_planes(int64_t n, const uint8_t *coarse, const uint8_t *fine, float scale, float *x) {
  for (int64_t i = 0; i < n; i++) {
    int64_t byte = i / BLOCK_CODES * BLOCK_BYTES + i % BLOCK_BYTES;
    int shift = i % BLOCK_CODES < BLOCK_BYTES ? 0 : 4;
    int32_t code = 16 * (coarse[byte] >> shift & 15) + (fine[byte] >> shift & 15);
    x[i] = ((float)code - 127.5f) * scale;
  }
}

float deepen_round8(int64_t n, const float *x, int8_t *codes) {
  float most = largest_magnitude(n, x);
  float factor = most > 0 ? 127.0f / most : 0;
  for (int64_t i = 0; i < n; i++) codes[i] = (int8_t)lrintf(x[i] * factor);
  return most / 127.0f;
}

DEEPEN_BODY void plane_products_body(int64_t n, int64_t width, const uint8_t *plane, const float *scales, int32_t count,
                                     const int8_t *queries, const float *factors, const float *offsets,
                                     float *const *y, int64_t start) {
  for (int64_t row = 0; row < n; row++) {
    const uint8_t *codes = plane + row * width;
    for (int32_t q = 0; q < count; q++) {
      const int8_t *query = queries + q * 2 * width;
      int32_t sum = 0;
      for (int64_t block = 0; block < width; block += BLOCK_BYTES) {
        const int8_t *low = query + 2 * block, *high = low + BLOCK_BYTES;
        for (int64_t i = 0; i < BLOCK_BYTES; i++) {
          int32_t code = codes[block + i];
          sum += (code & 15) * low[i] + (code >> 4) * high[i];
        }
      }
      y[q][start + row] += factors[q] * scales[row] * ((float)sum - offsets[q]);
    }
  }
}

#if defined(DEEPEN_DISPATCHES)
DEEPEN_WIDE DEEPEN_BODY int32_t sum_of_lanes(__m256i lanes) {
  int32_t numbers[8], sum = 0;
  _mm256_storeu_si256((__m256i *)numbers, lanes);
  for (int lane = 0; lane < 8; lane++) sum += numbers[lane];
  return sum;
}

/// 64 codes at a time, multiplied and added up in pairs of 16 bits: eight of these sums, 15 · 127 · 2 each at most, fit into them. The
/// memory is asked for codes that come a page later: the loop would wait for them otherwise.
DEEPEN_WIDE DEEPEN_BODY void plane_products_wide_of(int64_t n, int64_t width, const uint8_t *plane, const float *scales,
                                                    int32_t count, const int8_t *queries, const float *factors,
                                                    const float *offsets, float *const *y, int64_t start) {
  enum { MOST = 4, GROUP = 4 * BLOCK_BYTES, AHEAD = 4096 };
  const __m256i half = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  for (int64_t row = 0; row < n; row++) {
    const uint8_t *codes = plane + row * width;
    __m256i sums[MOST], pairs[MOST];
    for (int32_t q = 0; q < count; q++) sums[q] = _mm256_setzero_si256();
    for (int64_t group = 0; group < width; group += GROUP) {
      int64_t end = group + GROUP < width ? group + GROUP : width;
      for (int32_t q = 0; q < count; q++) pairs[q] = _mm256_setzero_si256();
      for (int64_t block = group; block < end; block += BLOCK_BYTES) {
        __builtin_prefetch(codes + block + AHEAD);
        __m256i both = _mm256_loadu_si256((const __m256i *)(codes + block));
        __m256i low = _mm256_and_si256(both, half), high = _mm256_and_si256(_mm256_srli_epi16(both, 4), half);
#pragma clang loop unroll(full)
        for (int32_t q = 0; q < count; q++) {
          const int8_t *query = queries + q * 2 * width + 2 * block;
          __m256i first = _mm256_maddubs_epi16(low, _mm256_loadu_si256((const __m256i *)query));
          __m256i second = _mm256_maddubs_epi16(high, _mm256_loadu_si256((const __m256i *)(query + BLOCK_BYTES)));
          pairs[q] = _mm256_add_epi16(pairs[q], _mm256_add_epi16(first, second));
        }
      }
      for (int32_t q = 0; q < count; q++) sums[q] = _mm256_add_epi32(sums[q], _mm256_madd_epi16(pairs[q], ones));
    }
    for (int32_t q = 0; q < count; q++) {
      y[q][start + row] += factors[q] * scales[row] * ((float)sum_of_lanes(sums[q]) - offsets[q]);
    }
  }
}

#define DEEPEN_DOTS __attribute__((target("avx2,fma,avx512vl,avx512vnni")))

/// The same where the processor multiplies and adds up four codes at a time.
DEEPEN_DOTS DEEPEN_BODY void plane_products_dots_of(int64_t n, int64_t width, const uint8_t *plane, const float *scales,
                                                    int32_t count, const int8_t *queries, const float *factors,
                                                    const float *offsets, float *const *y, int64_t start) {
  enum { MOST = 4, AHEAD = 4096 };
  const __m256i half = _mm256_set1_epi8(15);
  for (int64_t row = 0; row < n; row++) {
    const uint8_t *codes = plane + row * width;
    __m256i sums[MOST];
    for (int32_t q = 0; q < count; q++) sums[q] = _mm256_setzero_si256();
    for (int64_t block = 0; block < width; block += BLOCK_BYTES) {
      __builtin_prefetch(codes + block + AHEAD);
      __m256i both = _mm256_loadu_si256((const __m256i *)(codes + block));
      __m256i low = _mm256_and_si256(both, half), high = _mm256_and_si256(_mm256_srli_epi16(both, 4), half);
#pragma clang loop unroll(full)
      for (int32_t q = 0; q < count; q++) {
        const int8_t *query = queries + q * 2 * width + 2 * block;
        sums[q] = _mm256_dpbusd_epi32(sums[q], low, _mm256_loadu_si256((const __m256i *)query));
        sums[q] = _mm256_dpbusd_epi32(sums[q], high, _mm256_loadu_si256((const __m256i *)(query + BLOCK_BYTES)));
      }
    }
    for (int32_t q = 0; q < count; q++) {
      y[q][start + row] += factors[q] * scales[row] * ((float)sum_of_lanes(sums[q]) - offsets[q]);
    }
  }
}

/// However many queries there are, the codes are read once for four of them.
#define DEEPEN_BY_FOURS(kernel)                                                                          \
  int32_t q = 0;                                                                                         \
  for (; q + 4 <= count; q += 4) {                                                                       \
    kernel(n, width, plane, scales, 4, queries + q * 2 * width, factors + q, offsets + q, y + q, start); \
  }                                                                                                      \
  queries += q * 2 * width;                                                                              \
  factors += q;                                                                                          \
  offsets += q;                                                                                          \
  y += q;                                                                                                \
  if (count - q == 3) kernel(n, width, plane, scales, 3, queries, factors, offsets, y, start);           \
  if (count - q == 2) kernel(n, width, plane, scales, 2, queries, factors, offsets, y, start);           \
  if (count - q == 1) kernel(n, width, plane, scales, 1, queries, factors, offsets, y, start)

DEEPEN_WIDE static void plane_products_wide(int64_t n, int64_t width, const uint8_t *plane, const float *scales,
                                            int32_t count, const int8_t *queries, const float *factors,
                                            const float *offsets, float *const *y, int64_t start) {
  DEEPEN_BY_FOURS(plane_products_wide_of);
}

DEEPEN_DOTS static void plane_products_dots(int64_t n, int64_t width, const uint8_t *plane, const float *scales,
                                            int32_t count, const int8_t *queries, const float *factors,
                                            const float *offsets, float *const *y, int64_t start) {
  DEEPEN_BY_FOURS(plane_products_dots_of);
}

static int has_dots(void) {
  return deepen_has_wide() && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}
#endif

void deepen_plane_products(int64_t n, int64_t width, const uint8_t *plane, const float *scales, int32_t count,
                           const int8_t *queries, const float *factors, const float *offsets, float *const *y,
                           int64_t start) {
#if defined(DEEPEN_DISPATCHES)
  if (has_dots()) {
    plane_products_dots(n, width, plane, scales, count, queries, factors, offsets, y, start);
    return;
  }
#endif
  DEEPEN_CALL_WIDE_VOID(plane_products_wide(n, width, plane, scales, count, queries, factors, offsets, y, start));
  plane_products_body(n, width, plane, scales, count, queries, factors, offsets, y, start);
}
