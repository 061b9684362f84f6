// The passes over anchors that a fused step consists of, over rows that stand for a few tokens.
#ifndef DEEPEN_RELATIVE_KERNELS_H
#define DEEPEN_RELATIVE_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Rows of which sums are made. The smooth ones are a base row and deviations from it, which rounding and truncation may take below zero:
/// their sum counts as at least `least` times what the base row has in it.
typedef struct {
  int32_t smooth_count;
  int32_t plain_count;
  int32_t half_count;
  float least;
  const float *const *smooth;
  const float *const *plain;
  const uint16_t *const *halves;  ///< In bfloat16.
} deepen_mixture;

/// q[i] += Σ over k of coefficients[k] · row k[first + i], for i < n: smooth rows first, plain ones next, then the halves.
void deepen_mix(int64_t first, int64_t n, const deepen_mixture *mixture, const float *coefficients, float *q);

/// How many anchors are worked on at a time, so that what belongs to them stays in the nearest cache.
enum { DEEPEN_STRETCH = 256 };

/// What tokens have at single anchors, sorted by stretches of anchors: those of stretch s are starts[s] to starts[s + 1] − 1.
typedef struct {
  const int64_t *starts;
  const int32_t *anchors;
  const int32_t *tokens;
  const float *values;
} deepen_entries;

/// Rows of tokens: R̂[token] = its entries + Σ over k of its share of row k.
///
/// The functions below work on the n anchors from `first` on, which starts a stretch; what they are given or give for each anchor begins
/// with that one.
typedef struct {
  deepen_mixture mixture;
  deepen_entries entries;
  const float *background;  ///< What is always added to sums of rows; NULL for nothing.
} deepen_token_rows;

/// q[i] = Σ over tokens of weights[token] · R̂[token, i] + background. `coefficients` says how much of each row of the mixture that makes.
void deepen_project(int64_t first, int64_t n, const deepen_token_rows *rows, const float *coefficients,
                    const float *weights, float *q);

/// products[k] += Σ of row k[i] · values[i], for each row of the mixture, and entries[token] += Σ of the token's entry at i · values[i].
void deepen_pull_back(int64_t first, int64_t n, const deepen_token_rows *rows, const float *values, double *products,
                      float *entries);

/// KL(target ‖ q) = Σ target[i] · log(target[i] / q[i]), with `floor` standing for every q below it. q is what `deepen_project` gives,
/// unless it is `known`. Where `products` is not NULL, what `deepen_pull_back` adds for the values (q[i] − target[i]) / max(q[i], floor) is
/// added as well. All of it is one pass: neither q nor those values are stored.
double deepen_relative_pass(int64_t first, int64_t n, const deepen_token_rows *rows, const float *coefficients,
                            const float *weights, const float *known, const float *target, float floor,
                            double *products, float *entries);

/// values[i] = (q[i] − target[i]) / max(q[i], floor) for i < n. `values` may be `q`.
void deepen_relative_gradient(int64_t n, const float *target, const float *q, float floor, float *values);

/// The places and values of the k largest elements of x[n], largest first; of equal ones the lower place first. k ≤ n, and
/// no element is NaN.
void deepen_largest(int64_t n, const float *x, int32_t k, int32_t *places, float *values);

/// The sum of |x[i]|.
double deepen_absolute_sum(int64_t n, const float *x);

/// The sum of |x[i] − factor · y[i]|.
double deepen_distance(int64_t n, const float *x, float factor, const float *y);

#ifdef __cplusplus
}
#endif
#endif
