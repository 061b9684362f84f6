// A step of AdamW (Loshchilov and Hutter, arXiv 1711.05101) on the logits of a softmax.
#ifndef DEEPEN_ADAMW_H
#define DEEPEN_ADAMW_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The parameters of a step, common to all logits.
typedef struct {
  float mean_decay;       ///< β₁
  float square_decay;     ///< β₂
  float shrink;           ///< 1 − η·λ
  float size;             ///< η, divided by 1 − β₁ᵗ
  float root_correction;  ///< The root of 1 − β₂ᵗ.
  float epsilon;          ///< ε
} deepen_adamw_step;

/// Takes a step. The gradient with respect to logit i is factor · p[i] · (slopes[i] − centre) for the softmax p and the
/// gradient `slopes` with respect to p; `means` and `squares` are the running means of it and of its square.
void deepen_adamw(int64_t n, const deepen_adamw_step *step, const float *p, const float *slopes, float centre, float factor,
                  float *means, float *squares, float *logits);

#ifdef __cplusplus
}
#endif
#endif
