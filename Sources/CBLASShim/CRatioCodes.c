#include "CRatioCodes.h"

#include "VectorBodies.h"

enum { CODES = 256, STRETCH = 512 };

/// The largest number and the smallest one above zero; the latter is +∞ where there is none.
DEEPEN_BODY void bounds_body(int64_t n, const float *x, float *least, float *most) {
  float low[LANES], high[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    low[lane] = INFINITY;
    high[lane] = 0;
  }
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      float value = x[i + lane];
      float positive = value > 0 ? value : INFINITY;
      low[lane] = positive < low[lane] ? positive : low[lane];
      high[lane] = value > high[lane] ? value : high[lane];
    }
  }
  for (; i < n; i++) {
    float positive = x[i] > 0 ? x[i] : INFINITY;
    low[0] = positive < low[0] ? positive : low[0];
    high[0] = x[i] > high[0] ? x[i] : high[0];
  }
  *least = INFINITY;
  *most = 0;
  for (int lane = 0; lane < LANES; lane++) {
    *least = low[lane] < *least ? low[lane] : *least;
    *most = high[lane] > *most ? high[lane] : *most;
  }
}

DEEPEN_BODY void codes_body(int64_t n, const float *x, float lowest, float inverse_step, uint8_t *codes) {
  int32_t places[STRETCH];
  for (int64_t start = 0; start < n; start += STRETCH) {
    int64_t length = n - start < STRETCH ? n - start : STRETCH;
    for (int64_t i = 0; i < length; i++) {
      float value = x[start + i];
      float place = (log_of(value > FLT_MIN ? value : FLT_MIN) - lowest) * inverse_step;
      place = place > 0 ? place : 0;
      place = place < CODES - 2 ? place : CODES - 2;
      places[i] = value > 0 ? (int32_t)(place + 1.5f) : 0;
    }
    for (int64_t i = 0; i < length; i++) codes[start + i] = (uint8_t)places[i];
  }
}

static void make_table(float lowest, float step, float *table) {
  table[0] = 0;
  for (int code = 1; code < CODES; code++) table[code] = exp_of(lowest + (float)(code - 1) * step);
}

DEEPEN_BODY double code_body(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes) {
  const float range = 24;
  float least, most;
  bounds_body(n, x, &least, &most);
  float high = most > 0 ? log_of(most) : 0, low = most > 0 ? log_of(least) : 0;
  *lowest = low > high - range ? low : high - range;
  *step = (high - *lowest) / (float)(CODES - 2);
  codes_body(n, x, *lowest, *step > 0 ? 1 / *step : 0, codes);
  float table[CODES];
  make_table(*lowest, *step, table);
  double wanted = 0, coded = 0, error = 0;
  for (int64_t i = 0; i < n; i++) {
    wanted += (double)x[i];
    coded += (double)table[codes[i]];
  }
  if (coded > 0) *lowest += log_of((float)(wanted / coded));
  make_table(*lowest, *step, table);
  for (int64_t i = 0; i < n; i++) error += fabs((double)x[i] - (double)table[codes[i]]);
  return error;
}

/// The smallest and the largest number above −∞; +∞ and −∞ where there is none.
DEEPEN_BODY void finite_bounds_body(int64_t n, const float *x, float *least, float *most) {
  float low[LANES], high[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    low[lane] = INFINITY;
    high[lane] = -INFINITY;
  }
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      float value = x[i + lane];
      float finite = value > -INFINITY ? value : INFINITY;
      low[lane] = finite < low[lane] ? finite : low[lane];
      high[lane] = value > high[lane] ? value : high[lane];
    }
  }
  for (; i < n; i++) {
    float finite = x[i] > -INFINITY ? x[i] : INFINITY;
    low[0] = finite < low[0] ? finite : low[0];
    high[0] = x[i] > high[0] ? x[i] : high[0];
  }
  *least = INFINITY;
  *most = -INFINITY;
  for (int lane = 0; lane < LANES; lane++) {
    *least = low[lane] < *least ? low[lane] : *least;
    *most = high[lane] > *most ? high[lane] : *most;
  }
}

DEEPEN_BODY void linear_codes_body(int64_t n, const float *x, float lowest, float inverse_step, uint8_t *codes) {
  int32_t places[STRETCH];
  for (int64_t start = 0; start < n; start += STRETCH) {
    int64_t length = n - start < STRETCH ? n - start : STRETCH;
    for (int64_t i = 0; i < length; i++) {
      float value = x[start + i];
      float place = (value - lowest) * inverse_step;
      place = place > 0 ? place : 0;
      place = place < CODES - 2 ? place : CODES - 2;
      places[i] = value > -INFINITY ? (int32_t)(place + 1.5f) : 0;
    }
    for (int64_t i = 0; i < length; i++) codes[start + i] = (uint8_t)places[i];
  }
}

/// How many numbers each code stands for. Four counters for each code: a code often follows itself.
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

DEEPEN_BODY void code_exponents_body(int64_t n, const float *x, float factor, float sum, float *lowest, float *step,
                                     uint8_t *codes) {
  const float range = 24;
  float least, most;
  finite_bounds_body(n, x, &least, &most);
  if (most == -INFINITY || factor <= 0) most = least = 0;
  float low = least > most - range / factor ? least : most - range / factor;
  float width = factor > 0 ? (most - low) / (float)(CODES - 2) : 0;
  linear_codes_body(n, x, low, width > 0 ? 1 / width : 0, codes);
  int64_t counts[CODES];
  count_codes(n, codes, counts);
  // The largest is exp(0) here, so that no sum overflows.
  *step = factor * width;
  *lowest = factor * (low - most);
  float table[CODES];
  make_table(*lowest, *step, table);
  double coded = 0;
  for (int code = 1; code < CODES; code++) coded += (double)counts[code] * (double)table[code];
  if (coded > 0) *lowest += sum > 0 ? log_of((float)((double)sum / coded)) : -INFINITY;
}

#if defined(DEEPEN_DISPATCHES)
DEEPEN_WIDE static void code_exponents_wide(int64_t n, const float *x, float factor, float sum, float *lowest,
                                            float *step, uint8_t *codes) {
  code_exponents_body(n, x, factor, sum, lowest, step, codes);
}
DEEPEN_WIDE static double code_wide(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes) {
  return code_body(n, x, lowest, step, codes);
}
#endif

double deepen_code_ratios(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes) {
  DEEPEN_CALL_WIDE(code_wide(n, x, lowest, step, codes));
  return code_body(n, x, lowest, step, codes);
}

void deepen_code_exponents(int64_t n, const float *x, float factor, float sum, float *lowest, float *step,
                           uint8_t *codes) {
  DEEPEN_CALL_WIDE_VOID(code_exponents_wide(n, x, factor, sum, lowest, step, codes));
  code_exponents_body(n, x, factor, sum, lowest, step, codes);
}

/// The nearest bfloat16, of two equally near ones the even one. x is a number.
static uint16_t half_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void deepen_decode_ratios(int64_t n, const uint8_t *codes, float lowest, float step, uint16_t *x) {
  float numbers[CODES];
  make_table(lowest, step, numbers);
  uint16_t table[CODES];
  for (int code = 0; code < CODES; code++) table[code] = half_of(numbers[code]);
  for (int64_t i = 0; i < n; i++) x[i] = table[codes[i]];
}
