#include "CVectorKernels.h"
#include "VectorBodies.h"

// Scatter and gather by group: a one-hot matrix stored as a list of integers. Memory bandwidth limits their speed, not
// the width of the registers, so additional arithmetic costs little.

enum { CHUNK = 512 };

void deepen_scatter(int64_t n, const int32_t *groups, const float *x, int64_t count, double *sums, float *y) {
  for (int64_t i = 0; i < n; i++) sums[groups[i]] += (double)x[i];
  for (int64_t i = 0; i < count; i++) y[i] = (float)sums[i];
}

void deepen_gather(int64_t n, const int32_t *groups, const float *x, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = x[groups[i]];
}

DEEPEN_BODY double exp_scatter_body(int64_t n, const float *x, float maximum, const int32_t *groups, double *sums) {
  float terms[CHUNK];
  double total = 0;
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t length = start + CHUNK < n ? CHUNK : n - start;
    for (int64_t i = 0; i < length; i++) terms[i] = exp_of_negative(x[start + i] - maximum);
    double part[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= length; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) part[lane] += (double)terms[i + lane];
    }
    for (; i < length; i++) part[0] += (double)terms[i];
    for (int lane = 0; lane < LANES; lane++) total += part[lane];
    for (i = 0; i < length; i++) sums[groups[start + i]] += (double)terms[i];
  }
  return total;
}

/// Replaces each ratio by the pool of 1 and the ratio. With equal weights one logarithm is enough for both: for numbers
/// from `smoothing` to 10¹⁵ the product is a normal number.
DEEPEN_BODY void pool_ratios(int64_t n, const float *weights, float smoothing, float *x) {
  float first = weights[0], second = weights[1];
  if (first == second) {
    for (int64_t i = 0; i < n; i++) {
      float mean = smoothing * (first + second * x[i]);
      x[i] = first * log_of(((1.0f - smoothing) + mean) * ((1.0f - smoothing) * x[i] + mean));
    }
  } else {
    for (int64_t i = 0; i < n; i++) {
      float mean = smoothing * (first + second * x[i]);
      x[i] = first * log_of((1.0f - smoothing) + mean) + second * log_of((1.0f - smoothing) * x[i] + mean);
    }
  }
}

/// Sums of up to CHUNK numbers are in single precision, in lanes: their use needs no more.
DEEPEN_BODY void mass_ratio_body(int64_t n, const double *wanted, double wanted_factor, const double *actual,
                                 double actual_factor, const float *weights, float smoothing, float *y, float *largest,
                                 double *distance, double *missing) {
  float most = 0;
  double apart = 0, lost = 0;
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t length = start + CHUNK < n ? CHUNK : n - start;
    float w[CHUNK + LANES], a[CHUNK + LANES];
    for (int64_t i = 0; i < length; i++) w[i] = (float)(wanted[start + i] * wanted_factor);
    for (int64_t i = 0; i < length; i++) a[i] = (float)(actual[start + i] * actual_factor);
    for (int64_t i = length; i < length + LANES; i++) w[i] = a[i] = 0.0f;
    float lane_most[LANES] = {0}, lane_apart[LANES] = {0}, lane_lost[LANES] = {0};
    for (int64_t i = 0; i < length; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        float one = w[i + lane], other = a[i + lane];
        lane_apart[lane] += fabsf(one - other);
        lane_lost[lane] += other > 0.0f ? 0.0f : one;
        float ratio = one / other;
        ratio = other > 0.0f ? ratio : 0.0f;
        ratio = ratio > FLT_MAX ? FLT_MAX : ratio;
        lane_most[lane] = ratio > lane_most[lane] ? ratio : lane_most[lane];
        w[i + lane] = ratio;
      }
    }
    if (weights) pool_ratios(length, weights, smoothing, w);
    memcpy(y + start, w, (size_t)length * sizeof *y);
    for (int lane = 0; lane < LANES; lane++) {
      most = lane_most[lane] > most ? lane_most[lane] : most;
      apart += (double)lane_apart[lane];
      lost += (double)lane_lost[lane];
    }
  }
  *largest = most;
  *distance = apart;
  *missing = lost;
}

DEEPEN_BODY float add_gathered_body(int64_t n, const float *x, float maximum, float logarithm, float factor,
                                    const int32_t *groups, const float *values, float *y) {
  float most[LANES];
  for (int lane = 0; lane < LANES; lane++) most[lane] = -INFINITY;
  float gathered[CHUNK + LANES], below[CHUNK + LANES];
  for (int64_t start = 0; start < n; start += CHUNK) {
    int64_t length = start + CHUNK < n ? CHUNK : n - start;
    if (groups) {
      for (int64_t i = 0; i < length; i++) gathered[i] = values[groups[start + i]];
    } else {
      memcpy(gathered, values + start, (size_t)length * sizeof *values);
    }
    for (int64_t i = 0; i < length; i++) below[i] = x[start + i] - maximum;
    for (int64_t i = length; i < length + LANES; i++) {
      below[i] = -INFINITY;
      gathered[i] = 0.0f;
    }
    for (int64_t i = 0; i < length; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        float sum = factor * (below[i + lane] - logarithm) + gathered[i + lane];
        sum = below[i + lane] == -INFINITY ? -INFINITY : sum;
        most[lane] = sum > most[lane] ? sum : most[lane];
        gathered[i + lane] = sum;
      }
    }
    memcpy(y + start, gathered, (size_t)length * sizeof *y);
  }
  float largest = -INFINITY;
  for (int lane = 0; lane < LANES; lane++) largest = most[lane] > largest ? most[lane] : largest;
  return largest;
}

DEEPEN_KERNEL(double, exp_scatter, (int64_t n, const float *x, float maximum, const int32_t *groups, double *sums),
              (n, x, maximum, groups, sums))

DEEPEN_KERNEL(void, mass_ratio, (int64_t n, const double *wanted, double wanted_factor, const double *actual,
               double actual_factor, const float *weights, float smoothing, float *y, float *largest, double *distance,
               double *missing),
              (n, wanted, wanted_factor, actual, actual_factor, weights, smoothing, y, largest, distance, missing))

DEEPEN_KERNEL(float, add_gathered, (int64_t n, const float *x, float maximum, float logarithm, float factor,
               const int32_t *groups, const float *values, float *y),
              (n, x, maximum, logarithm, factor, groups, values, y))
