#include "CMatrixKernels.h"

#include "VectorBodies.h"

// A matrix that is larger than the caches is read once, front to back, several rows at a time: the vector stays in a
// near cache, and the memory sees a few streams, which it prefetches.

/// Processes a few rows at a time, so that x is read once for all of them.
DEEPEN_BODY void dot_rows(int rows, int64_t columns, const float *m, const float *x, float *y) {
  float sum[4][LANES] = {{0}};
  int64_t c = 0;
  for (; c + LANES <= columns; c += LANES) {
    for (int k = 0; k < rows; k++) {
      for (int lane = 0; lane < LANES; lane++) sum[k][lane] += m[k * columns + c + lane] * x[c + lane];
    }
  }
  for (int k = 0; k < rows; k++) {
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) total += sum[k][lane];
    for (int64_t rest = c; rest < columns; rest++) total += m[k * columns + rest] * x[rest];
    y[k] = total;
  }
}

DEEPEN_BODY void rows_times_vector_body(int64_t rows, int64_t columns, const float *m, const float *x, float *y) {
  if (columns == 1) {
    for (int64_t r = 0; r < rows; r++) y[r] = m[r] * x[0];
    return;
  }
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) dot_rows(4, columns, m + r * columns, x, y + r);
  for (; r < rows; r++) dot_rows(1, columns, m + r * columns, x, y + r);
}

/// Processes eight rows at a time, so that y is read and written once for all of them.
DEEPEN_BODY void vector_times_rows_body(int64_t rows, int64_t columns, const float *m, const float *x,
                                        float *restrict y) {
  if (columns == 1) {
    float product;
    dot_rows(1, rows, m, x, &product);
    y[0] += product;
    return;
  }
  int64_t r = 0;
  for (; r + 8 <= rows; r += 8) {
    const float *f = x + r;
    const float *a = m + r * columns, *b = a + columns, *c = b + columns, *d = c + columns;
    const float *e = d + columns, *g = e + columns, *h = g + columns, *k = h + columns;
    for (int64_t i = 0; i < columns; i++) {
      y[i] += ((f[0] * a[i] + f[1] * b[i]) + (f[2] * c[i] + f[3] * d[i])) +
              ((f[4] * e[i] + f[5] * g[i]) + (f[6] * h[i] + f[7] * k[i]));
    }
  }
  for (; r < rows; r++) {
    const float *row = m + r * columns;
    for (int64_t i = 0; i < columns; i++) y[i] += x[r] * row[i];
  }
}

DEEPEN_KERNEL(void, rows_times_vector, (int64_t rows, int64_t columns, const float *m, const float *x, float *y),
              (rows, columns, m, x, y))

DEEPEN_KERNEL(void, vector_times_rows, (int64_t rows, int64_t columns, const float *m, const float *x, float *y),
              (rows, columns, m, x, y))
