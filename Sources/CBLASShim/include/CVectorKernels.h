// Passes over vectors that BLAS does not have, written so that a compiler vectorises them.
#ifndef DEEPEN_VECTOR_KERNELS_H
#define DEEPEN_VECTOR_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The kind of a vector of logits: every kernel that needs a finite maximum returns it to report why there is none.
enum {
  DEEPEN_LOGITS_SOUND = 0,
  DEEPEN_LOGITS_NAN = 1,
  DEEPEN_LOGITS_POSITIVE_INFINITY = 2,
  DEEPEN_LOGITS_NO_FINITE = 3,
};

/// Computes the largest element of x[n] in `*maximum`; returns the kind of x. An empty vector has no finite element.
int deepen_maximum(int64_t n, const float *x, float *maximum);

/// y[i] = exp(scale · (x[i] − shift)); returns the sum of all y. x and y may be the same. Results below the smallest
/// normal number are 0; exp of −∞ is 0, of NaN is NaN.
double deepen_exp(int64_t n, const float *x, float shift, float scale, float *y);

/// The sum of exp(x[i] − shift), where only the sum is needed.
double deepen_exp_sum(int64_t n, const float *x, float shift);

/// The fewest largest elements of x[n] that leave out at most the share `mass` of Σ exp(x[i] − maximum), but no more
/// than `limit`; ties go to the first. Their indices are written to `indices`, ascending, and their exp(x[i] − maximum)
/// to `values`; both have room for n. Returns their number. `*rest` becomes the sum of the exps left out, `*sum` that
/// of all. `maximum` is the largest element and finite, 0 ≤ mass < 1, limit > 0.
int64_t deepen_truncate(int64_t n, const float *x, float maximum, float mass, int64_t limit, int32_t *indices,
                        float *values, double *rest, double *sum);

/// Drops the smallest of `count` positive values with their indices, of equal ones the last, as long as `*rest` stays
/// within `allowed` when they are added to it, or there are more than `limit`. Returns the number kept, in their order;
/// the largest is always kept.
int64_t deepen_drop_smallest(int64_t count, int64_t limit, double allowed, int32_t *indices, float *values,
                             double *rest);

/// x[i] = factor · x[i].
void deepen_scale(int64_t n, float factor, float *x);

/// y[i] = x[i] + shift.
void deepen_shift(int64_t n, const float *x, float shift, float *y);

/// 1 where no x[i] is negative, infinite or NaN; else 0.
int32_t deepen_are_probable(int64_t n, const float *x);

/// The sum of x[i]², computed in double precision.
double deepen_square_sum(int64_t n, const float *x);

/// Returns the kind of x as deepen_maximum does, and the first index of the largest element in `*index`; −1 where there
/// is none, or only NaN.
int deepen_arg_maximum(int64_t n, const float *x, float *maximum, int64_t *index);

/// The two largest elements; −∞ for those that do not exist.
void deepen_two_largest(int64_t n, const float *x, float *first, float *second);

/// The first index from `start` on whose element is above the bound or NaN; n where there is none.
int64_t deepen_next_above(int64_t n, const float *x, int64_t start, float bound);

/// y[i] = (x[i] − shift) / divisor.
void deepen_quotient(int64_t n, const float *x, float shift, float divisor, float *y);

/// y[i] = x[i] · y[i]; returns the sum of all y.
double deepen_product(int64_t n, const float *x, float *y);

/// y[i] = Σⱼ weights[j] · x[j][i], for `count` > 0 vectors.
void deepen_weighted_sum(int64_t n, int64_t count, const float *const *x, const float *weights, float *y);

/// Σ min(x[i], y[i]), computed in double precision.
double deepen_overlap(int64_t n, const float *x, const float *y);

/// y[i] = wanted[i] / actual[i], but at most the largest finite number; 0 where actual[i] is not above 0. `*largest`
/// becomes the largest ratio, `*distance` Σ |wanted[i] − actual[i]|. Returns 1 where every wanted[i] is finite and not
/// negative, else 0.
int deepen_ratio(int64_t n, const float *wanted, const float *actual, float *y, float *largest, double *distance);

/// y[i] = log(x[i]); −∞ for 0, NaN for negative numbers. x and y may be the same.
void deepen_log(int64_t n, const float *x, float *y);

/// y[i] = y[i] + factor · log(x[i]), where y[i] is not −∞.
void deepen_add_log(int64_t n, float factor, const float *x, float *y);

/// Σ p[i] · log(p[i] / max(q[i], floor)) over p[i] > 0, computed in double precision; not finite where a quotient is
/// not.
double deepen_relative_entropy(int64_t n, const float *p, const float *q, float floor);

/// values[i] = (q[i] − target[i]) / max(q[i], floor) for i < n. `values` may be `q`.
void deepen_divergence_gradient(int64_t n, const float *target, const float *q, float floor, float *values);

/// −Σ p[i] · log p[i] over p[i] > 0, computed in double precision.
double deepen_entropy(int64_t n, const float *p);

/// y[i] = Σⱼ weights[j] · log((1 − smoothing) · x[j][i] + smoothing · Σₖ weights[k] · x[k][i]), for `count` > 0
/// vectors.
void deepen_logarithmic_pool(int64_t n, int64_t count, const float *const *x, const float *weights, float smoothing,
                             float *y);

/// y[a] = Σ x[i] over the i with groups[i] = a, for y[count]. `sums[count]` is scratch: zeros before, undefined
/// afterwards.
void deepen_scatter(int64_t n, const int32_t *groups, const float *x, int64_t count, double *sums, float *y);

/// y[i] = x[groups[i]].
void deepen_gather(int64_t n, const int32_t *groups, const float *x, float *y);

/// sums[groups[i]] += exp(x[i] − maximum) for x[n] no larger than `maximum`, as deepen_exp computes it; returns the sum
/// of all.
double deepen_exp_scatter(int64_t n, const float *x, float maximum, const int32_t *groups, double *sums);

/// With w[i] = wanted_factor · wanted[i] and a[i] = actual_factor · actual[i], y[i] = w[i] / a[i], but at most the
/// largest finite number; 0 where a[i] is not above 0. `*largest` becomes the largest ratio, `*distance` Σ |w[i] −
/// a[i]|, `*missing` the sum of the w[i] where a[i] is not above 0; both sums to within single precision. Where two
/// weights are given, y[i] is not the ratio s but the deepen_logarithmic_pool of 1 and s, for ratios up to 10¹⁵.
void deepen_mass_ratio(int64_t n, const double *wanted, double wanted_factor, const double *actual,
                       double actual_factor, const float *weights, float smoothing, float *y, float *largest,
                       double *distance, double *missing);

/// y[i] = factor · (x[i] − maximum − logarithm) + values[groups[i]], or values[i] where `groups` is NULL; −∞ where
/// x[i] is −∞. Returns the largest y, −∞ for none.
float deepen_add_gathered(int64_t n, const float *x, float maximum, float logarithm, float factor,
                          const int32_t *groups, const float *values, float *y);

#ifdef __cplusplus
}
#endif
#endif
