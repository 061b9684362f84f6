// Passes over vectors that BLAS does not have, written so that a compiler turns them into vector instructions.
#ifndef DEEPEN_VECTOR_KERNELS_H
#define DEEPEN_VECTOR_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a vector of logits is: every kernel that needs a finite maximum says with this why there is none.
enum {
  DEEPEN_LOGITS_SOUND = 0,
  DEEPEN_LOGITS_NAN = 1,
  DEEPEN_LOGITS_POSITIVE_INFINITY = 2,
  DEEPEN_LOGITS_NO_FINITE = 3,
};

/// The largest element of x[n] in `*maximum`, and what kind of vector x is. An empty vector has no finite element.
int deepen_maximum(int64_t n, const float *x, float *maximum);

/// y[i] = exp(scale · (x[i] − shift)); returns the sum of all y. x and y may be the same. Results below the smallest
/// normal number are 0; exp of −∞ is 0, of NaN is NaN.
double deepen_exp(int64_t n, const float *x, float shift, float scale, float *y);

/// The sum of exp(x[i] − shift), for a vector of which only the sum is wanted.
double deepen_exp_sum(int64_t n, const float *x, float shift);

/// The fewest largest elements of x[n] that leave out at most the share `mass` of Σ exp(x[i] − maximum), but no more than
/// `limit`; of equal ones the first. Their places go to `places`, ascending, and their exp(x[i] − maximum) to `values`;
/// both have room for n. Returns how many there are. `*rest` becomes the sum of the exps left out, `*sum` that of all.
/// `maximum` is the largest element and finite, 0 ≤ mass < 1, limit > 0.
int64_t deepen_truncate(int64_t n, const float *x, float maximum, float mass, int64_t limit, int32_t *places,
                        float *values, double *rest, double *sum);

/// x[i] = factor · x[i].
void deepen_scale(int64_t n, float factor, float *x);

/// The sum of x[i]², added up in double precision.
double deepen_square_sum(int64_t n, const float *x);

#ifdef __cplusplus
}
#endif
#endif
