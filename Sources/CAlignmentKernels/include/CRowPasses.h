// Passes over the anchors, for the rows of a few tokens: projection, its transpose, and the divergence with its
// gradient.
#ifndef DEEPEN_ROW_PASSES_H
#define DEEPEN_ROW_PASSES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Rows to be summed. The shared ones are a base row and deviations from it; rounding and truncation may make their sum
/// negative: it is bounded below by `least` times the base row's part of it.
typedef struct {
  int32_t shared_count;
  int32_t plain_count;
  int32_t half_count;
  float least;
  const float *const *shared;
  const float *const *plain;
  const uint16_t *const *halves;  ///< In bfloat16.
} deepen_mixture;

/// q[i] += Σ over k of coefficients[k] · row k[first + i], for i < n: shared rows first, plain ones next, then the
/// halves.
void deepen_mix(int64_t first, int64_t n, const deepen_mixture *mixture, const float *coefficients, float *q);

/// The number of anchors processed at a time, so that their numbers stay in the nearest cache.
enum { DEEPEN_ANCHOR_BLOCK = 256 };

/// The large entries of tokens' rows, sorted by blocks of anchors: those of block b are starts[b] to starts[b + 1] − 1.
typedef struct {
  const int64_t *starts;
  const int32_t *anchors;
  const int32_t *tokens;
  const float *values;
} deepen_entries;

/// Rows of tokens: R̂[token] = its entries + Σ over k of its coefficient of row k.
///
/// The functions below process the n anchors from `first` on, which starts a block; vectors over anchors begin with
/// that one.
typedef struct {
  deepen_mixture mixture;
  deepen_entries entries;
  const float *background;  ///< Always added to sums of rows; NULL for nothing.
} deepen_token_rows;

/// q[i] = Σ over tokens of weights[token] · R̂[token, i] + background, with the coefficient of each row of the mixture
/// in that sum.
void deepen_project(int64_t first, int64_t n, const deepen_token_rows *rows, const float *coefficients,
                    const float *weights, float *q);

/// products[k] += Σ of row k[i] · values[i], for each row of the mixture, and entries[token] += Σ of the token's entry
/// at i · values[i].
void deepen_pull_back(int64_t first, int64_t n, const deepen_token_rows *rows, const float *values, double *products,
                      float *entries);

/// KL(target ‖ q) = Σ target[i] · log(target[i] / q[i]), with `floor` instead of every q below it. q is the projection
/// that `deepen_project` computes, unless it is `known`. Where `products` is not NULL, the sums of `deepen_pull_back`
/// for the values (q[i] − target[i]) / max(q[i], floor) are added as well. All in one pass: neither q nor those values
/// are stored.
double deepen_relative_pass(int64_t first, int64_t n, const deepen_token_rows *rows, const float *coefficients,
                            const float *weights, const float *known, const float *target, float floor,
                            double *products, float *entries);

#ifdef __cplusplus
}
#endif
#endif
