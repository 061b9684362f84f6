#include "CLogCodes.h"

#include "VectorBodies.h"

enum { CODES = 256, CHUNK = 512 };

/// The smallest and the largest of the numbers above `above`; +∞ and `above` where there is none.
DEEPEN_BODY void bounds_body(int64_t n, const float *x, float above, float *least, float *most) {
  float low[LANES], high[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    low[lane] = INFINITY;
    high[lane] = above;
  }
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      float value = x[i + lane];
      float counting = value > above ? value : INFINITY;
      low[lane] = counting < low[lane] ? counting : low[lane];
      high[lane] = value > high[lane] ? value : high[lane];
    }
  }
  for (; i < n; i++) {
    float counting = x[i] > above ? x[i] : INFINITY;
    low[0] = counting < low[0] ? counting : low[0];
    high[0] = x[i] > high[0] ? x[i] : high[0];
  }
  *least = INFINITY;
  *most = above;
  for (int lane = 0; lane < LANES; lane++) {
    *least = low[lane] < *least ? low[lane] : *least;
    *most = high[lane] > *most ? high[lane] : *most;
  }
}

/// The codes of numbers, or of logarithms. Numbers that are not above 0, and logarithms of −∞, have code 0.
DEEPEN_BODY void codes_body(int64_t n, const float *x, int are_logarithms, float lowest, float inverse_step,
                            uint8_t *codes) {
  int32_t levels[CHUNK];
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t length = n - start < CHUNK ? n - start : CHUNK;
    for (int64_t i = 0; i < length; i++) {
      float value = x[start + i];
      int counts = value > (are_logarithms ? -INFINITY : 0.0f);
      float logarithm = are_logarithms ? value : log_of(value > FLT_MIN ? value : FLT_MIN);
      float level = (logarithm - lowest) * inverse_step;
      level = level > 0 ? level : 0;
      level = level < CODES - 2 ? level : CODES - 2;
      levels[i] = counts ? (int32_t)(level + 1.5f) : 0;
    }
    for (int64_t i = 0; i < length; i++) codes[start + i] = (uint8_t)levels[i];
  }
}

static void make_table(float lowest, float step, float *table) {
  table[0] = 0;
  for (int code = 1; code < CODES; code++) table[code] = exp_of(lowest + (float)(code - 1) * step);
}

DEEPEN_BODY double log_quantise_body(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes) {
  const float range = 24;
  float least, most;
  bounds_body(n, x, 0, &least, &most);
  float high = most > 0 ? log_of(most) : 0, low = most > 0 ? log_of(least) : 0;
  *lowest = low > high - range ? low : high - range;
  *step = (high - *lowest) / (float)(CODES - 2);
  codes_body(n, x, 0, *lowest, *step > 0 ? 1 / *step : 0, codes);
  float table[CODES];
  make_table(*lowest, *step, table);
  double wanted = 0, quantised = 0, error = 0;
  for (int64_t i = 0; i < n; i++) {
    wanted += (double)x[i];
    quantised += (double)table[codes[i]];
  }
  if (quantised > 0) *lowest += log_of((float)(wanted / quantised));
  make_table(*lowest, *step, table);
  for (int64_t i = 0; i < n; i++) error += fabs((double)x[i] - (double)table[codes[i]]);
  return error;
}

/// A histogram of codes, with four counters a code: a code often follows itself, and one counter would wait for its
/// last update.
static void count_codes(int64_t n, const uint8_t *codes, int64_t *counts) {
  int32_t apart[4][CODES];
  memset(apart, 0, sizeof apart);
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (int lane = 0; lane < 4; lane++) apart[lane][codes[i + lane]]++;
  }
  for (; i < n; i++) apart[0][codes[i]]++;
  for (int code = 0; code < CODES; code++) {
    counts[code] = (int64_t)apart[0][code] + apart[1][code] + apart[2][code] + apart[3][code];
  }
}

DEEPEN_BODY void log_quantise_exponents_body(int64_t n, const float *x, float factor, float sum, float *lowest, float *step,
                                     uint8_t *codes) {
  const float range = 24;
  float least, most;
  bounds_body(n, x, -INFINITY, &least, &most);
  if (most == -INFINITY || factor <= 0) most = least = 0;
  float low = least > most - range / factor ? least : most - range / factor;
  float width = factor > 0 ? (most - low) / (float)(CODES - 2) : 0;
  codes_body(n, x, 1, low, width > 0 ? 1 / width : 0, codes);
  int64_t counts[CODES];
  count_codes(n, codes, counts);
  // The largest is exp(0) here, so that no sum overflows.
  *step = factor * width;
  *lowest = factor * (low - most);
  float table[CODES];
  make_table(*lowest, *step, table);
  double quantised = 0;
  for (int code = 1; code < CODES; code++) quantised += (double)counts[code] * (double)table[code];
  if (quantised > 0) *lowest += sum > 0 ? log_of((float)((double)sum / quantised)) : -INFINITY;
}

DEEPEN_KERNEL(double, log_quantise, (int64_t n, const float *x, float *lowest, float *step, uint8_t *codes),
              (n, x, lowest, step, codes))

DEEPEN_KERNEL(void, log_quantise_exponents, (int64_t n, const float *x, float factor, float sum, float *lowest, float *step,
               uint8_t *codes), (n, x, factor, sum, lowest, step, codes))

/// The nearest bfloat16, ties to even. x is a number.
static uint16_t half_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void deepen_log_dequantise(int64_t n, const uint8_t *codes, float lowest, float step, uint16_t *x) {
  float numbers[CODES];
  make_table(lowest, step, numbers);
  uint16_t table[CODES];
  for (int code = 0; code < CODES; code++) table[code] = half_of(numbers[code]);
  for (int64_t i = 0; i < n; i++) x[i] = table[codes[i]];
}
