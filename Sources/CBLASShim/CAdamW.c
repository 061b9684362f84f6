#include "CAdamW.h"

#include "VectorBodies.h"

DEEPEN_BODY void adamw_body(int64_t n, const deepen_adamw_step *step, const float *p, const float *slopes, float centre,
                            float factor, float *means, float *squares, float *logits) {
  const deepen_adamw_step s = *step;
  for (int64_t i = 0; i < n; i++) {
    float gradient = p[i] * (slopes[i] - centre) * factor;
    float mean = s.mean_decay * means[i] + (1 - s.mean_decay) * gradient;
    float square = s.square_decay * squares[i] + (1 - s.square_decay) * gradient * gradient;
    means[i] = mean;
    squares[i] = square;
    float root = __builtin_elementwise_sqrt(square) / s.root_correction;
    logits[i] = logits[i] * s.shrink - s.size * mean / (root + s.epsilon);
  }
}

DEEPEN_KERNEL(void, adamw, (int64_t n, const deepen_adamw_step *step, const float *p, const float *slopes, float centre,
               float factor, float *means, float *squares, float *logits),
              (n, step, p, slopes, centre, factor, means, squares, logits))
