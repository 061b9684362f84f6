// Every kernel against a plain loop in double precision. Prints the form that ran; ends with 1 where a result is wrong.
// Tools/cross-check builds it for this machine and for arm64.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CAdamW.h"
#include "CAlignmentKernels.h"
#include "CKernelForm.h"
#include "CMatrixKernels.h"
#include "CReductions.h"
#include "CVectorKernels.h"

static int failures = 0;
static uint64_t state = 1;

static double uniform(double low, double high) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * (double)(state >> 11) / 9007199254740992.0;
}

static float *numbers(int64_t n, double low, double high) {
  float *x = malloc((size_t)(n + 1) * sizeof *x);
  for (int64_t i = 0; i < n; i++) x[i] = (float)uniform(low, high);
  return x;
}

static void expect(const char *name, int64_t n, double found, double wanted, double tolerance) {
  if (found == wanted || fabs(found - wanted) <= tolerance * fmax(1, fabs(wanted))) return;
  if (failures++ < 20) printf("%s of %lld: %.9g, not %.9g\n", name, (long long)n, found, wanted);
}

static void check_vectors(int64_t n) {
  float *x = numbers(n, -9, 4), *y = numbers(n, 0.01, 1), *z = malloc((size_t)(n + 1) * sizeof *z);
  double sum = 0, entropy = 0, divergence = 0, overlap = 0, absolute = 0, distance = 0, squares = 0;
  float largest = -INFINITY, maximum;
  for (int64_t i = 0; i < n; i++) largest = fmaxf(largest, x[i]);
  expect("maximum", n, deepen_maximum(n, x, &maximum), DEEPEN_LOGITS_SOUND, 0);
  expect("maximum", n, maximum, largest, 0);
  double total = deepen_exp(n, x, maximum, 1, z);
  for (int64_t i = 0; i < n; i++) {
    double e = exp((double)x[i] - maximum);
    sum += e;
    expect("exp", n, z[i], e, 1e-6);
    entropy -= (double)y[i] * log(y[i]);
    divergence += (double)y[i] * log((double)y[i] / z[i]);
    overlap += fmin(y[i], z[i]);
    absolute += fabs(x[i]);
    distance += fabs((double)x[i] - 0.3f * (double)y[i]);
    squares += (double)x[i] * x[i];
  }
  expect("exp", n, total, sum, 1e-6);
  expect("exp_sum", n, deepen_exp_sum(n, x, maximum), sum, 1e-6);
  expect("entropy", n, deepen_entropy(n, y), entropy, 1e-5);
  expect("relative_entropy", n, deepen_relative_entropy(n, y, z, FLT_MIN), divergence, 1e-5);
  expect("overlap", n, deepen_overlap(n, y, z), overlap, 1e-6);
  expect("absolute_sum", n, deepen_absolute_sum(n, x), absolute, 1e-5);
  expect("distance", n, deepen_distance(n, x, 0.3f, y), distance, 1e-5);
  expect("square_sum", n, deepen_square_sum(n, x), squares, 1e-6);
  deepen_log(n, y, z);
  for (int64_t i = 0; i < n; i++) expect("log", n, z[i], log(y[i]), 1e-6);

  // A truncated softmax keeps what a sort keeps.
  int32_t *indices = malloc((size_t)(n + 1) * sizeof *indices);
  double rest;
  int64_t limit = 1 + n / 3, kept = deepen_truncate(n, x, maximum, 1e-3f, limit, indices, z, &rest, &total);
  double inside = 0;
  float least = INFINITY;
  for (int64_t i = 0; i < kept; i++) {
    inside += exp((double)x[indices[i]] - maximum);
    least = fminf(least, x[indices[i]]);
  }
  expect("truncate", n, inside + rest, sum, 1e-6);
  for (int64_t i = 0, next = 0; i < n; i++) {
    if (next < kept && indices[next] == i) next++;
    else if (x[i] > least) expect("truncate, an element", n, x[i], least, 0);
  }
  if (kept < limit && rest > 1.0001e-3 * sum) expect("truncate, the rest", n, rest, 1e-3 * sum, 0);

  // A step of AdamW.
  float *means = numbers(n, -1, 1), *second = numbers(n, 0, 1), *logits = numbers(n, -1, 1), *slopes = numbers(n, -1, 1);
  deepen_adamw_step step = {0.9f, 0.999f, 0.99f, 0.5f, 0.1f, 1e-8f};
  for (int64_t i = 0; i < n; i++) {
    double gradient = (double)y[i] * ((double)slopes[i] - 0.25) * 2;
    double mean = 0.9 * means[i] + 0.1 * gradient, square = 0.999 * second[i] + 0.001 * gradient * gradient;
    z[i] = (float)(logits[i] * 0.99 - 0.5 * mean / (sqrt(square) / 0.1 + 1e-8));
  }
  deepen_adamw(n, &step, y, slopes, 0.25f, 2, means, second, logits);
  for (int64_t i = 0; i < n; i++) expect("adamw", n, logits[i], z[i], 1e-4);
  free(x), free(y), free(z), free(indices), free(means), free(second), free(logits), free(slopes);
}

static void check_groups(int64_t n) {
  float *x = numbers(n, -9, 4), *y = malloc((size_t)n * sizeof *y);
  int64_t count = n / 3 + 1;
  int32_t *groups = malloc((size_t)n * sizeof *groups);
  double *sums = calloc((size_t)count, sizeof *sums), *wanted = calloc((size_t)count, sizeof *wanted);
  for (int64_t i = 0; i < n; i++) groups[i] = (int32_t)uniform(0, (double)count - 0.5);
  for (int64_t i = 0; i < n; i++) wanted[groups[i]] += exp((double)x[i] - 4);
  deepen_exp_scatter(n, x, 4, groups, sums);
  for (int64_t i = 0; i < count; i++) expect("exp_scatter", n, sums[i], wanted[i], 1e-6);
  float *values = numbers(count, -1, 1);
  deepen_add_gathered(n, x, 4, 0.5f, 0.75f, groups, values, y);
  for (int64_t i = 0; i < n; i++) expect("add_gathered", n, y[i], 0.75 * ((double)x[i] - 4.5) + values[groups[i]], 1e-5);
  free(x), free(y), free(groups), free(sums), free(wanted), free(values);
}

static void check_matrices(int64_t rows, int64_t columns) {
  float *m = numbers(rows * columns, -1, 1), *x = numbers(columns, -1, 1), *left = numbers(rows, -1, 1);
  float *y = calloc((size_t)rows, sizeof *y), *z = calloc((size_t)columns, sizeof *z);
  deepen_rows_times_vector(rows, columns, m, x, y);
  deepen_vector_times_rows(rows, columns, m, left, z);
  for (int64_t r = 0; r < rows; r++) {
    double sum = 0;
    for (int64_t c = 0; c < columns; c++) sum += (double)m[r * columns + c] * x[c];
    expect("rows_times_vector", columns, y[r], sum, 1e-4);
  }
  for (int64_t c = 0; c < columns; c++) {
    double sum = 0;
    for (int64_t r = 0; r < rows; r++) sum += (double)m[r * columns + c] * left[r];
    expect("vector_times_rows", rows, z[c], sum, 1e-4);
  }
  free(m), free(x), free(left), free(y), free(z);
}

static void check_row_passes(int64_t n) {
  enum { ROWS = 5, TOKENS = 3 };
  const float *shared[ROWS], *plain[ROWS];
  const uint16_t *halves[ROWS];
  float coefficients[3 * ROWS], weights[TOKENS];
  for (int k = 0; k < 3 * ROWS; k++) coefficients[k] = (float)uniform(0, 1);
  for (int k = 0; k < TOKENS; k++) weights[k] = (float)uniform(0, 1);
  for (int k = 0; k < ROWS; k++) {
    shared[k] = numbers(n, k ? -0.3 : 0.1, k ? 0.3 : 1);
    plain[k] = numbers(n, 0, 1);
    float *half = numbers(n, 0, 1);
    uint16_t *bits = malloc((size_t)n * sizeof *bits);
    for (int64_t i = 0; i < n; i++) {
      uint32_t word;
      memcpy(&word, half + i, sizeof word);
      bits[i] = (uint16_t)(word >> 16);
    }
    halves[k] = bits;
    free(half);
  }
  int64_t blocks = (n + DEEPEN_ANCHOR_BLOCK - 1) / DEEPEN_ANCHOR_BLOCK;
  int64_t *starts = malloc((size_t)(blocks + 1) * sizeof *starts);
  int32_t *anchors = malloc((size_t)n * sizeof *anchors), *tokens = malloc((size_t)n * sizeof *tokens);
  float *values = numbers(n, 0, 1);
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    if (i % DEEPEN_ANCHOR_BLOCK == 0) starts[i / DEEPEN_ANCHOR_BLOCK] = count;
    if (i % 3 == 0) {
      anchors[count] = (int32_t)i;
      tokens[count++] = (int32_t)(i % TOKENS);
    }
  }
  starts[blocks] = count;
  deepen_token_rows rows = {{ROWS, ROWS, ROWS, 0.05f, shared, plain, halves}, {starts, anchors, tokens, values}, NULL};
  double *wanted = calloc((size_t)n, sizeof *wanted);
  for (int64_t i = 0; i < n; i++) {
    double smooth = 0;
    for (int k = 0; k < ROWS; k++) smooth += (double)coefficients[k] * shared[k][i];
    wanted[i] = fmax(smooth, 0.05 * coefficients[0] * shared[0][i]);
    for (int k = 0; k < ROWS; k++) {
      uint32_t word = (uint32_t)halves[k][i] << 16;
      float half;
      memcpy(&half, &word, sizeof half);
      wanted[i] += (double)coefficients[ROWS + k] * plain[k][i] + (double)coefficients[2 * ROWS + k] * half;
    }
  }
  for (int64_t e = 0; e < count; e++) wanted[anchors[e]] += (double)weights[tokens[e]] * values[e];
  float *q = malloc((size_t)n * sizeof *q), *target = numbers(n, 0, 1), entries[TOKENS] = {0};
  deepen_project(0, n, &rows, coefficients, weights, q);
  double loss = 0, products[3 * ROWS] = {0}, first = 0;
  for (int64_t i = 0; i < n; i++) {
    expect("project", n, q[i], wanted[i], 1e-5);
    loss += (double)target[i] * log(fmax((double)target[i], FLT_MIN) / wanted[i]);
    first += shared[0][i] * (wanted[i] - target[i]) / wanted[i];
  }
  double found = deepen_relative_pass(0, n, &rows, coefficients, weights, NULL, target, 1e-6f, products, entries);
  expect("relative_pass", n, found, loss, 1e-4);
  expect("relative_pass, products", n, products[0], first, 1e-4);
}

static void check_quantised_rows(int64_t length) {
  enum { COUNT = 37, QUERIES = 5 };
  int64_t width = deepen_plane_width(length);
  uint8_t *codes = malloc((size_t)(DEEPEN_PLANES * COUNT * width));
  float *scales = malloc(DEEPEN_PLANES * COUNT * sizeof *scales), *rows = numbers(COUNT * length, -2, 2);
  float *queries = numbers(QUERIES * length, -1, 1), factors[QUERIES], offsets[QUERIES], *y[QUERIES];
  int8_t *rounded = calloc((size_t)(QUERIES * 4 * width), 1);
  float *dequantised = malloc((size_t)length * sizeof *dequantised);
  for (int64_t row = 0; row < COUNT; row++) {
    float own[DEEPEN_PLANES];
    deepen_rotate(length, rows + row * length);
    deepen_quantise_planes(length, rows + row * length, codes + row * width, COUNT * width, own);
    for (int plane = 0; plane < DEEPEN_PLANES; plane++) scales[plane * COUNT + row] = own[plane];
  }
  for (int planes = 1; planes <= DEEPEN_PLANES; planes++) {
    for (int q = 0; q < QUERIES; q++) {
      factors[q] = deepen_round8(length, queries + q * length, rounded + q * 4 * width);
      int64_t sum = 0;
      for (int64_t i = 0; i < 4 * width; i++) sum += rounded[q * 4 * width + i];
      offsets[q] = (float)((1 << 2 * planes) - 1) / 2 * (float)sum;
      y[q] = malloc(COUNT * sizeof **y);
    }
    deepen_quantised_rows table = {width, COUNT * width, planes, codes, scales + (planes - 1) * COUNT};
    deepen_queries asked = {QUERIES, rounded, factors, offsets};
    deepen_plane_products(0, COUNT, &table, &asked, y);
    // The sums are of integers: they must be exact, up to the last multiplication.
    for (int q = 0; q < QUERIES; q++) {
      for (int64_t row = 0; row < COUNT; row++) {
        int64_t sum = 0;
        for (int64_t i = 0; i < 4 * width; i++) {
          int64_t byte = i / 128 * 32 + i % 32, shift = i % 128 / 32 * 2, code = 0;
          for (int plane = 0; plane < planes; plane++) {
            code = code << 2 | (codes[(plane * COUNT + row) * width + byte] >> shift & 3);
          }
          sum += code * rounded[q * 4 * width + i];
        }
        double wanted = (double)factors[q] * table.scales[row] * ((double)sum - offsets[q]);
        expect("plane_products", length, y[q][row], wanted, 1e-6);
      }
      free(y[q]);
    }
  }
  deepen_dequantise_planes(length, codes, COUNT * width, scales[2 * COUNT], dequantised);
  double error = 0, size = 0;
  for (int64_t i = 0; i < length; i++) {
    error += pow((double)dequantised[i] - rows[i], 2);
    size += (double)rows[i] * rows[i];
  }
  if (length > 100 && sqrt(error) > 0.1 * sqrt(size)) expect("quantise_planes", length, sqrt(error / size), 0, 0.1);
  free(codes), free(scales), free(rows), free(queries), free(rounded), free(dequantised);
}

static void check_log_codes(int64_t n) {
  float *x = numbers(n, 0.01, 1), lowest, step;
  uint8_t *codes = malloc((size_t)n);
  uint16_t *halves = malloc((size_t)n * sizeof *halves);
  deepen_log_quantise(n, x, &lowest, &step, codes);
  deepen_log_dequantise(n, codes, lowest, step, halves);
  for (int64_t i = 0; i < n; i++) {
    uint32_t word = (uint32_t)halves[i] << 16;
    float found;
    memcpy(&found, &word, sizeof found);
    expect("log_quantise", n, found / x[i], 1, exp(step) - 1 + 0x1p-7);
  }
  free(x), free(codes), free(halves);
}

int main(int count, char **words) {
  const int limit = count > 1 ? atoi(words[1]) : DEEPEN_WIDEST;
  deepen_limit_kernel_form(limit);
  const int64_t sizes[] = {1, 7, 15, 16, 17, 31, 33, 127, 128, 129, 255, 256, 257, 513, 896, 2049, 4001};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    check_vectors(sizes[i]);
    check_groups(sizes[i]);
    check_row_passes(sizes[i]);
    check_quantised_rows(sizes[i]);
    check_log_codes(sizes[i]);
    check_matrices(9, sizes[i]);
    check_matrices(sizes[i], 5);
  }
  printf("form %d of at most %d: %s\n", deepen_kernel_form(), limit, failures ? "wrong" : "all kernels are right");
  return failures ? 1 : 0;
}
