#include "CVectorKernels.h"
#include "VectorBodies.h"

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
