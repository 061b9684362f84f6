#include "CRowPasses.h"

#include "VectorBodies.h"

enum { ANCHOR_BLOCK = DEEPEN_ANCHOR_BLOCK };

/// A bfloat16 is the upper half of a number in single precision.
DEEPEN_BODY float widened(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

DEEPEN_BODY void mix_block(int64_t n, int32_t count, const float *const *rows, const float *coefficients, int64_t start,
                           float *sum) {
  int32_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const float *a = rows[k] + start, *b = rows[k + 1] + start, *c = rows[k + 2] + start, *d = rows[k + 3] + start;
    float u = coefficients[k], v = coefficients[k + 1], w = coefficients[k + 2], z = coefficients[k + 3];
    for (int64_t i = 0; i < n; i++) sum[i] += (u * a[i] + v * b[i]) + (w * c[i] + z * d[i]);
  }
  for (; k < count; k++) {
    const float *a = rows[k] + start;
    float u = coefficients[k];
    for (int64_t i = 0; i < n; i++) sum[i] += u * a[i];
  }
}

DEEPEN_BODY void mix_halves(int64_t n, int32_t count, const uint16_t *const *rows, const float *coefficients,
                            int64_t start, float *sum) {
  int32_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const uint16_t *a = rows[k] + start, *b = rows[k + 1] + start, *c = rows[k + 2] + start, *d = rows[k + 3] + start;
    float u = coefficients[k], v = coefficients[k + 1], w = coefficients[k + 2], z = coefficients[k + 3];
    for (int64_t i = 0; i < n; i++) {
      sum[i] += (u * widened(a[i]) + v * widened(b[i])) + (w * widened(c[i]) + z * widened(d[i]));
    }
  }
  for (; k < count; k++) {
    const uint16_t *a = rows[k] + start;
    float u = coefficients[k];
    for (int64_t i = 0; i < n; i++) sum[i] += u * widened(a[i]);
  }
}

DEEPEN_BODY void mix_at(int64_t n, const deepen_mixture *mixture, const float *coefficients, int64_t start, float *q) {
  const float *plain = coefficients + mixture->shared_count;
  if (mixture->shared_count > 0) {
    float sum[ANCHOR_BLOCK] = {0};
    mix_block(n, mixture->shared_count, mixture->shared, coefficients, start, sum);
    const float *base = mixture->shared[0] + start;
    float lowest = mixture->least * coefficients[0];
    for (int64_t i = 0; i < n; i++) {
      float bound = lowest * base[i];
      q[i] += sum[i] > bound ? sum[i] : bound;
    }
  }
  mix_block(n, mixture->plain_count, mixture->plain, plain, start, q);
  mix_halves(n, mixture->half_count, mixture->halves, plain + mixture->plain_count, start, q);
}

typedef uint16_t half_lanes __attribute__((vector_size(2 * LANES), aligned(2)));
typedef uint32_t word_lanes __attribute__((vector_size(4 * LANES), aligned(4)));

DEEPEN_BODY float loss_term(float target, float q, float floor) {
  float ratio = target / (q > floor ? q : floor);
  return target * log_of(ratio > FLT_MIN ? ratio : FLT_MIN);
}

DEEPEN_BODY double loss_at(int64_t n, const float *target, const float *q, float floor) {
  float terms[ANCHOR_BLOCK] = {0};
  for (int64_t i = 0; i < n; i++) terms[i] = loss_term(target[i], q[i], floor);
  lanes sum = {0};
  for (int64_t i = 0; i < ANCHOR_BLOCK; i += LANES) sum += *(const lanes *)(terms + i);
  return lane_sum(&sum);
}

DEEPEN_BODY void gradient_at(int64_t n, const float *target, const float *q, float floor, float *values) {
  for (int64_t i = 0; i < n; i++) values[i] = (q[i] - target[i]) / (q[i] > floor ? q[i] : floor);
}

DEEPEN_BODY void products_block(int64_t n, int32_t count, const float *const *rows, int64_t start, const float *values,
                                double *products) {
  for (int32_t k = 0; k < count; k++) {
    const float *row = rows[k] + start;
    lanes sum = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) sum += *(const lanes *)(row + i) * *(const lanes *)(values + i);
    for (; i < n; i++) sum[0] += row[i] * values[i];
    products[k] += lane_sum(&sum);
  }
}

DEEPEN_BODY void products_halves(int64_t n, int32_t count, const uint16_t *const *rows, int64_t start,
                                 const float *values, double *products) {
  for (int32_t k = 0; k < count; k++) {
    const uint16_t *row = rows[k] + start;
    lanes sum = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
      word_lanes bits = __builtin_convertvector(*(const half_lanes *)(row + i), word_lanes) << 16;
      sum += (lanes)bits * *(const lanes *)(values + i);
    }
    for (; i < n; i++) sum[0] += widened(row[i]) * values[i];
    products[k] += lane_sum(&sum);
  }
}

DEEPEN_BODY void mix_body(int64_t first, int64_t n, const deepen_mixture *mixture, const float *coefficients, float *q) {
  for (int64_t start = 0; start < n; start += ANCHOR_BLOCK) {
    mix_at(n - start < ANCHOR_BLOCK ? n - start : ANCHOR_BLOCK, mixture, coefficients, first + start, q + start);
  }
}

/// Processes one block of `deepen_project`.
DEEPEN_BODY void project_at(int64_t n, const deepen_token_rows *rows, const float *coefficients, const float *weights,
                            int64_t start, float *q) {
  if (rows->background) {
    memcpy(q, rows->background + start, (size_t)n * sizeof *q);
  } else {
    memset(q, 0, (size_t)n * sizeof *q);
  }
  const deepen_entries *entries = &rows->entries;
  for (int64_t e = entries->starts[start / ANCHOR_BLOCK]; e < entries->starts[start / ANCHOR_BLOCK + 1]; e++) {
    q[entries->anchors[e] - start] += weights[entries->tokens[e]] * entries->values[e];
  }
  mix_at(n, &rows->mixture, coefficients, start, q);
}

/// Processes one block of `deepen_pull_back`.
DEEPEN_BODY void pull_back_at(int64_t n, const deepen_token_rows *rows, int64_t start, const float *values,
                              double *products, float *token_products) {
  const deepen_entries *entries = &rows->entries;
  for (int64_t e = entries->starts[start / ANCHOR_BLOCK]; e < entries->starts[start / ANCHOR_BLOCK + 1]; e++) {
    token_products[entries->tokens[e]] += entries->values[e] * values[entries->anchors[e] - start];
  }
  const deepen_mixture *mixture = &rows->mixture;
  double *plain = products + mixture->shared_count;
  products_block(n, mixture->shared_count, mixture->shared, start, values, products);
  products_block(n, mixture->plain_count, mixture->plain, start, values, plain);
  products_halves(n, mixture->half_count, mixture->halves, start, values, plain + mixture->plain_count);
}

DEEPEN_BODY void project_body(int64_t first, int64_t n, const deepen_token_rows *rows, const float *coefficients,
                              const float *weights, float *q) {
  for (int64_t start = first; start < first + n; start += ANCHOR_BLOCK) {
    int64_t length = first + n - start < ANCHOR_BLOCK ? first + n - start : ANCHOR_BLOCK;
    project_at(length, rows, coefficients, weights, start, q + (start - first));
  }
}

DEEPEN_BODY void pull_back_body(int64_t first, int64_t n, const deepen_token_rows *rows, const float *values,
                                double *products, float *entries) {
  for (int64_t start = first; start < first + n; start += ANCHOR_BLOCK) {
    int64_t length = first + n - start < ANCHOR_BLOCK ? first + n - start : ANCHOR_BLOCK;
    pull_back_at(length, rows, start, values + (start - first), products, entries);
  }
}

DEEPEN_BODY double relative_pass_body(int64_t first, int64_t n, const deepen_token_rows *rows, const float *coefficients,
                                      const float *weights, const float *known, const float *target, float floor,
                                      double *products, float *entries) {
  double loss = 0;
  for (int64_t start = first; start < first + n; start += ANCHOR_BLOCK) {
    int64_t length = first + n - start < ANCHOR_BLOCK ? first + n - start : ANCHOR_BLOCK;
    float projected[ANCHOR_BLOCK], values[ANCHOR_BLOCK];
    const float *q = known ? known + (start - first) : projected;
    const float *wanted = target + (start - first);
    if (!known) project_at(length, rows, coefficients, weights, start, projected);
    loss += loss_at(length, wanted, q, floor);
    if (!products) continue;
    gradient_at(length, wanted, q, floor, values);
    pull_back_at(length, rows, start, values, products, entries);
  }
  return loss;
}

DEEPEN_KERNEL(void, mix, (int64_t first, int64_t n, const deepen_mixture *mixture, const float *coefficients, float *q),
              (first, n, mixture, coefficients, q))

DEEPEN_KERNEL(void, project, (int64_t first, int64_t n, const deepen_token_rows *rows, const float *coefficients,
               const float *weights, float *q), (first, n, rows, coefficients, weights, q))

DEEPEN_KERNEL(void, pull_back, (int64_t first, int64_t n, const deepen_token_rows *rows, const float *values,
               double *products, float *entries), (first, n, rows, values, products, entries))

DEEPEN_KERNEL(double, relative_pass, (int64_t first, int64_t n, const deepen_token_rows *rows,
               const float *coefficients, const float *weights, const float *known, const float *target, float floor,
               double *products, float *entries),
              (first, n, rows, coefficients, weights, known, target, floor, products, entries))
