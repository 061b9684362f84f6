#include "CVectorKernels.h"
#include "VectorBodies.h"

#include <float.h>

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

/// Works block by block, so that only the block with the first largest element is searched for its index.
DEEPEN_BODY int arg_maximum_body(int64_t n, const float *x, float *maximum, int64_t *index) {
  float best = -INFINITY;
  int64_t best_start = 0;
  int kind = DEEPEN_LOGITS_NO_FINITE;
  for (int64_t start = 0; start < n; start += BLOCK) {
    float largest;
    int found = maximum_body(start + BLOCK < n ? BLOCK : n - start, x + start, &largest);
    if (found == DEEPEN_LOGITS_NAN) kind = DEEPEN_LOGITS_NAN;
    if (largest > best) {
      best = largest;
      best_start = start;
    }
  }
  *maximum = best;
  *index = -1;
  for (int64_t i = best_start; i < n && *index < 0; i++) {
    if (x[i] == best) *index = i;
  }
  if (kind == DEEPEN_LOGITS_NAN) return kind;
  if (best == INFINITY) return DEEPEN_LOGITS_POSITIVE_INFINITY;
  return best == -INFINITY ? DEEPEN_LOGITS_NO_FINITE : DEEPEN_LOGITS_SOUND;
}

DEEPEN_BODY void two_largest_body(int64_t n, const float *x, float *first, float *second) {
  float one[LANES], two[LANES];
  for (int lane = 0; lane < LANES; lane++) one[lane] = two[lane] = -INFINITY;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      float value = x[i + lane];
      float lesser = value > one[lane] ? one[lane] : value;
      one[lane] = value > one[lane] ? value : one[lane];
      two[lane] = lesser > two[lane] ? lesser : two[lane];
    }
  }
  for (; i < n; i++) {
    float lesser = x[i] > one[0] ? one[0] : x[i];
    one[0] = x[i] > one[0] ? x[i] : one[0];
    two[0] = lesser > two[0] ? lesser : two[0];
  }
  *first = *second = -INFINITY;
  for (int lane = 0; lane < LANES; lane++) {
    float lesser = one[lane] > *first ? *first : one[lane];
    *first = one[lane] > *first ? one[lane] : *first;
    lesser = two[lane] > lesser ? two[lane] : lesser;
    *second = lesser > *second ? lesser : *second;
  }
}

/// A NaN is found too: it is not at most anything.
DEEPEN_BODY int64_t next_above_body(int64_t n, const float *x, int64_t start, float bound) {
  int64_t i = start;
  for (; i + LANES <= n; i += LANES) {
    int32_t any = 0;
    for (int lane = 0; lane < LANES; lane++) any |= !(x[i + lane] <= bound);
    if (any) break;
  }
  while (i < n && x[i] <= bound) i++;
  return i;
}

/// Sums in lanes and, block by block, in double precision, so that a sum over a large vocabulary stays exact enough.
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

/// y may be x: a local block lets the loop vectorise all the same.
DEEPEN_BODY double exp_body(int64_t n, const float *x, float shift, float scale, float *y) {
  float block[BLOCK];
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    int64_t count = start + BLOCK < n ? BLOCK : n - start;
    for (int64_t i = 0; i < count; i++) block[i] = exp_of(scale * (x[start + i] - shift));
    total += sum_of(count, block);
    memcpy(y + start, block, (size_t)count * sizeof *block);
  }
  return total;
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

DEEPEN_BODY void shift_body(int64_t n, const float *x, float shift, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] + shift;
}

DEEPEN_BODY int32_t are_probable_body(int64_t n, const float *x) {
  int32_t bad = 0;
  for (int64_t i = 0; i < n; i++) bad |= !(x[i] >= 0 && x[i] <= FLT_MAX);
  return !bad;
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

DEEPEN_BODY void quotient_body(int64_t n, const float *x, float shift, float divisor, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = (x[i] - shift) / divisor;
}

DEEPEN_BODY double product_body(int64_t n, const float *x, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] *= x[i];
  return sum_of(n, y);
}

DEEPEN_BODY void weighted_sum_body(int64_t n, int64_t count, const float *const *x, const float *weights, float *y) {
  for (int64_t start = 0; start < n; start += BLOCK) {
    int64_t length = start + BLOCK < n ? BLOCK : n - start;
    float *sum = y + start;
    for (int64_t member = 0; member < count; member++) {
      const float *one = x[member] + start;
      float weight = weights[member];
      if (member == 0) {
        for (int64_t i = 0; i < length; i++) sum[i] = weight * one[i];
      } else {
        for (int64_t i = 0; i < length; i++) sum[i] += weight * one[i];
      }
    }
  }
}

DEEPEN_BODY double overlap_body(int64_t n, const float *x, const float *y) {
  double sum[LANES] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) sum[lane] += (double)(x[i + lane] < y[i + lane] ? x[i + lane] : y[i + lane]);
  }
  for (; i < n; i++) sum[0] += (double)(x[i] < y[i] ? x[i] : y[i]);
  double total = 0;
  for (int lane = 0; lane < LANES; lane++) total += sum[lane];
  return total;
}

DEEPEN_BODY int ratio_body(int64_t n, const float *wanted, const float *actual, float *y, float *largest,
                           double *distance) {
  float most[LANES] = {0};
  double apart[LANES] = {0};
  int32_t odd[LANES] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) {
      float w = wanted[i + lane], a = actual[i + lane];
      float ratio = a > 0.0f ? w / a : 0.0f;
      ratio = ratio > FLT_MAX ? FLT_MAX : ratio;
      odd[lane] |= !(w >= 0.0f && w < INFINITY);
      most[lane] = ratio > most[lane] ? ratio : most[lane];
      apart[lane] += (double)fabsf(w - a);
      y[i + lane] = ratio;
    }
  }
  for (; i < n; i++) {
    float ratio = actual[i] > 0.0f ? wanted[i] / actual[i] : 0.0f;
    ratio = ratio > FLT_MAX ? FLT_MAX : ratio;
    odd[0] |= !(wanted[i] >= 0.0f && wanted[i] < INFINITY);
    most[0] = ratio > most[0] ? ratio : most[0];
    apart[0] += (double)fabsf(wanted[i] - actual[i]);
    y[i] = ratio;
  }
  int any = 0;
  *largest = 0;
  *distance = 0;
  for (int lane = 0; lane < LANES; lane++) {
    any |= odd[lane];
    *largest = most[lane] > *largest ? most[lane] : *largest;
    *distance += apart[lane];
  }
  return !any;
}

DEEPEN_KERNEL(int, maximum, (int64_t n, const float *x, float *maximum), (n, x, maximum))

DEEPEN_KERNEL(double, exp, (int64_t n, const float *x, float shift, float scale, float *y), (n, x, shift, scale, y))

DEEPEN_KERNEL(double, exp_sum, (int64_t n, const float *x, float shift), (n, x, shift))

DEEPEN_KERNEL(void, shift, (int64_t n, const float *x, float shift, float *y), (n, x, shift, y))

DEEPEN_KERNEL(int32_t, are_probable, (int64_t n, const float *x), (n, x))

DEEPEN_KERNEL(void, scale, (int64_t n, float factor, float *x), (n, factor, x))

DEEPEN_KERNEL(double, square_sum, (int64_t n, const float *x), (n, x))

DEEPEN_KERNEL(int, arg_maximum, (int64_t n, const float *x, float *maximum, int64_t *index), (n, x, maximum, index))

DEEPEN_KERNEL(void, two_largest, (int64_t n, const float *x, float *first, float *second), (n, x, first, second))

DEEPEN_KERNEL(int64_t, next_above, (int64_t n, const float *x, int64_t start, float bound), (n, x, start, bound))

DEEPEN_KERNEL(void, quotient, (int64_t n, const float *x, float shift, float divisor, float *y),
              (n, x, shift, divisor, y))

DEEPEN_KERNEL(double, product, (int64_t n, const float *x, float *y), (n, x, y))

DEEPEN_KERNEL(void, weighted_sum, (int64_t n, int64_t count, const float *const *x, const float *weights, float *y),
              (n, count, x, weights, y))

DEEPEN_KERNEL(double, overlap, (int64_t n, const float *x, const float *y), (n, x, y))

DEEPEN_KERNEL(int, ratio, (int64_t n, const float *wanted, const float *actual, float *y, float *largest,
               double *distance), (n, wanted, actual, y, largest, distance))
