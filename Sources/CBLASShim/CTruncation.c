#include "CVectorKernels.h"
#include "VectorBodies.h"

#include <float.h>

enum {
  // The number of blocks of LANES elements in the sample, in buckets half a nat wide.
  SAMPLE_BLOCKS = 256,
  SAMPLE_BUCKETS = 176,
  // The buckets of one round of the selection; a round inspects 10 of the 30 bits in which exps differ.
  BUCKETS = 1024,
  // The number of elements of the threshold's bucket up to which they are processed separately.
  APART = 4096,
};

/// Writes the indices and exps of the x that reach `cut`; returns their number and the sum of all other exps. Most
/// groups of a peaked vector have none, so that they cost an exponential and one test.
DEEPEN_BODY int64_t exp_above_body(int64_t n, const float *x, float shift, float cut, int32_t *indices, float *values,
                                   double *rest) {
  int64_t count = 0;
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    int64_t end = start + BLOCK < n ? start + BLOCK : n;
    float sum[LANES] = {0};
    int64_t i = start;
    for (; i + LANES <= end; i += LANES) {
      float e[LANES];
      int32_t any = 0;
      for (int lane = 0; lane < LANES; lane++) {
        float value = exp_of_negative(x[i + lane] - shift);
        e[lane] = value;
        any |= value >= cut;
        sum[lane] += value < cut ? value : 0.0f;
      }
      if (!any) continue;
      for (int lane = 0; lane < LANES; lane++) {
        indices[count] = (int32_t)(i + lane);
        values[count] = e[lane];
        count += e[lane] >= cut;
      }
    }
    for (; i < end; i++) {
      float value = exp_of_negative(x[i] - shift);
      indices[count] = (int32_t)i;
      values[count] = value;
      count += value >= cut;
      sum[0] += value < cut ? value : 0.0f;
    }
    for (int lane = 0; lane < LANES; lane++) total += sum[lane];
  }
  *rest = total;
  return count;
}

/// The exp from which on elements are written: low enough for all that must be kept, and as high as a sample allows so
/// that few others are. A wrong guess costs only time.
static float guessed_cut(int64_t n, const float *x, float maximum, double mass, int64_t limit) {
  // Elements below this add up to less than half of the mass, because the largest alone adds 1 to the sum of all.
  double sure = mass / (2 * (double)n);
  int64_t stride = n / SAMPLE_BLOCKS;
  if (stride < 2 * LANES) return sure > FLT_MIN ? (float)sure : FLT_MIN;
  int32_t counts[SAMPLE_BUCKETS] = {0};
  for (int64_t block = 0; block < SAMPLE_BLOCKS; block++) {
    for (int lane = 0; lane < LANES; lane++) {
      float distance = 2 * (maximum - x[block * stride + lane]);
      counts[distance < SAMPLE_BUCKETS - 1 ? (int)distance : SAMPLE_BUCKETS - 1]++;
    }
  }
  double each = (double)n / (SAMPLE_BLOCKS * LANES);
  double sum = 0;
  for (int bucket = 0; bucket < SAMPLE_BUCKETS; bucket++) sum += each * counts[bucket] * exp(-0.5 * (bucket + 1));
  double allowed = 0.5 * mass * (sum > 1 ? sum : 1);
  // By mass: the rest must be small enough, and a few dozen elements that the sample missed must not make it too large.
  int by_mass = SAMPLE_BUCKETS - 1;
  double rest = each * counts[by_mass] * exp(-0.5 * by_mass);
  while (by_mass > 0 && exp(-0.5 * by_mass) < mass / 64) {
    rest += each * counts[by_mass - 1] * exp(-0.5 * (by_mass - 1));
    if (rest > allowed) break;
    by_mass--;
  }
  // By number: twice as many as can be kept are enough.
  int by_number = 0;
  double reached = 0;
  while (by_number < SAMPLE_BUCKETS - 1 && reached < 2 * (double)limit + 4 * each) {
    reached += each * counts[by_number];
    by_number++;
  }
  int bucket = by_mass < by_number ? by_mass : by_number;
  double cut = exp(-0.5 * bucket);
  return bucket == SAMPLE_BUCKETS - 1 || cut < FLT_MIN ? FLT_MIN : (float)(cut > sure ? cut : sure);
}

DEEPEN_BODY uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// Copies those of values[count] whose bits are within a span from `low` on; returns their number. There is room for
/// one more: writing each one, and advancing only past those that count, avoids branches that cannot be predicted.
DEEPEN_BODY int64_t copy_within(int64_t count, const float *values, uint32_t low, uint64_t span, float *copies) {
  int64_t next = 0;
  for (int64_t i = 0; i < count; i++) {
    copies[next] = values[i];
    next += bits_of(values[i]) - low < span;
  }
  return next;
}

/// Bits of positive numbers are ordered as the numbers are: each round finds the bucket that contains the threshold and
/// refines it, until all its elements are equal.
DEEPEN_BODY int64_t drop_smallest_body(int64_t count, int64_t limit, double allowed, int32_t *indices, float *values,
                                       double *rest) {
  if (count == 0) return 0;
  uint32_t low = UINT32_MAX, high = 0;
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits = bits_of(values[i]);
    low = bits < low ? bits : low;
    high = bits > high ? bits : high;
  }
  uint64_t span = (uint64_t)high - low + 1;
  int64_t kept = count, ties = 0;
  double left = *rest;
  float apart[APART + 1];
  const float *candidates = values;
  int64_t candidate_count = count;
  for (;;) {
    int shift = 0;
    while ((span - 1) >> shift >= BUCKETS) shift++;
    int64_t counts[BUCKETS] = {0};
    double sums[BUCKETS] = {0};
    for (int64_t i = 0; i < candidate_count; i++) {
      uint32_t above = bits_of(candidates[i]) - low;
      if (above >= span) continue;
      counts[above >> shift]++;
      sums[above >> shift] += (double)candidates[i];
    }
    int bucket = 0;
    while (bucket < BUCKETS - 1 &&
           (counts[bucket] == 0 || (kept > counts[bucket] && (left + sums[bucket] <= allowed ||
                                                              kept - counts[bucket] >= limit)))) {
      left += sums[bucket];
      kept -= counts[bucket];
      bucket++;
    }
    low += (uint32_t)bucket << shift;
    span = (uint64_t)1 << shift;
    if (shift > 0) {
      if (candidates == values && counts[bucket] <= APART) {
        candidate_count = copy_within(count, values, low, span, apart);
        candidates = apart;
      }
      continue;
    }
    float border;
    memcpy(&border, &low, sizeof border);
    for (ties = counts[bucket]; ties > 0 && kept > 1 && (left + (double)border <= allowed || kept > limit);
         ties--) {
      left += (double)border;
      kept--;
    }
    break;
  }
  int64_t next = 0, equal = 0;
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits = bits_of(values[i]);
    int is_kept = (bits > low) | ((bits == low) & (equal < ties));
    equal += bits == low;
    indices[next] = indices[i];
    values[next] = values[i];
    next += is_kept;
  }
  *rest = left;
  return next;
}

DEEPEN_KERNEL(int64_t, drop_smallest, (int64_t count, int64_t limit, double allowed, int32_t *indices, float *values,
               double *rest), (count, limit, allowed, indices, values, rest))

DEEPEN_BODY int64_t truncate_body(int64_t n, const float *x, float maximum, float mass, int64_t limit, int32_t *indices,
                                  float *values, double *rest, double *sum) {
  float cut = guessed_cut(n, x, maximum, (double)mass, limit);
  for (;;) {
    int64_t count = exp_above_body(n, x, maximum, cut, indices, values, rest);
    double total = *rest;
    for (int64_t i = 0; i < count; i++) total += (double)values[i];
    *sum = total;
    double allowed = (double)mass * total;
    if (count >= limit || *rest <= allowed) return deepen_drop_smallest(count, limit, allowed, indices, values, rest);
    double sure = allowed / (2 * (double)n);
    cut = sure > FLT_MIN ? (float)sure : FLT_MIN;
  }
}

DEEPEN_KERNEL(int64_t, truncate, (int64_t n, const float *x, float maximum, float mass, int64_t limit, int32_t *indices,
               float *values, double *rest, double *sum), (n, x, maximum, mass, limit, indices, values, rest, sum))
