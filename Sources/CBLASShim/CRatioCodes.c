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

#if defined(DEEPEN_DISPATCHES)
DEEPEN_WIDE static double code_wide(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes) {
  return code_body(n, x, lowest, step, codes);
}
#endif

double deepen_code_ratios(int64_t n, const float *x, float *lowest, float *step, uint8_t *codes) {
  DEEPEN_CALL_WIDE(code_wide(n, x, lowest, step, codes));
  return code_body(n, x, lowest, step, codes);
}

void deepen_decode_ratios(int64_t n, const uint8_t *codes, float lowest, float step, float *x) {
  float table[CODES];
  make_table(lowest, step, table);
  for (int64_t i = 0; i < n; i++) x[i] = table[codes[i]];
}
