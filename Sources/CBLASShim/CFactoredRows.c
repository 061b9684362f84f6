#include "CFactoredRows.h"

#include "VectorBodies.h"

/// How many entries of a row lie in its head, and how many rows ahead of their turn rows are fetched.
enum { HEAD = 3, AHEAD = 16 };

/// Adds the row's entries times its probability to q; returns the sum of those that were too small for it.
DEEPEN_BODY float add_entries(const deepen_factored_rows *rows, int64_t row, float probability, float least, float *q) {
  const deepen_row_head *head = rows->heads + row;
  const int32_t count = rows->entry_count;
  float kept = 0;
  int32_t entry = 0;
  for (; entry < HEAD && entry < count && head->values[entry] * probability >= least; entry++) {
    q[head->anchors[entry]] += probability * head->values[entry];
    kept += head->values[entry];
  }
  if (entry == HEAD) {
    const int32_t *anchors = rows->anchors + row * count;
    const float *values = rows->values + row * count;
    for (; entry < count && values[entry] * probability >= least; entry++) {
      q[anchors[entry]] += probability * values[entry];
      kept += values[entry];
    }
  }
  float small = entry < count ? 1 - head->share - kept : 0;
  return small > 0 ? small : 0;
}

/// Shares are added up in single precision for a few rows, and those sums in double precision.
DEEPEN_BODY double add_rows_body(const deepen_factored_rows *rows, int64_t n, const int64_t *places, const float *p,
                                 float least, float *q, double *factors) {
  enum { FEW = 64, SHARED = 64 };
  const int32_t shared_count = rows->shared_count;
  double error = 0;
  for (int64_t start = 0; start < n; start += FEW) {
    int64_t end = n - start < FEW ? n : start + FEW;
    float few_errors = 0, few_small = 0, few_shares = 0;
    for (int64_t i = start; i < end; i++) {
      if (i + AHEAD < n) __builtin_prefetch(rows->heads + places[i + AHEAD]);
      float probability = p[i];
      if (probability == 0) continue;
      const deepen_row_head *head = rows->heads + places[i];
      few_errors += probability * head->error;
      few_shares += probability * head->share;
      few_small += probability * add_entries(rows, places[i], probability, least, q);
    }
    for (int32_t block = 1; block < shared_count; block += SHARED) {
      int32_t width = shared_count - block < SHARED ? shared_count - block : SHARED;
      float sums[SHARED] = {0};
      for (int64_t i = start; i < end; i++) {
        const float *shares = rows->coefficients + places[i] * shared_count + block;
        if (i + AHEAD < n) __builtin_prefetch(rows->coefficients + places[i + AHEAD] * shared_count + block);
        for (int32_t k = 0; k < width; k++) sums[k] += p[i] * shares[k];
      }
      for (int32_t k = 0; k < width; k++) factors[block + k] += (double)sums[k];
    }
    factors[0] += (double)few_shares + (double)few_small;
    error += (double)few_errors + 2 * (double)few_small;
  }
  return error;
}

DEEPEN_KERNEL(double, add_rows, (const deepen_factored_rows *rows, int64_t n, const int64_t *places, const float *p,
               float least, float *q, double *factors), (rows, n, places, p, least, q, factors))

int64_t deepen_gather_entries(const deepen_factored_rows *rows, int64_t n, const int64_t *places, const float *least,
                              int64_t *starts, int32_t *anchors, float *values, float *shares, float *small) {
  const int32_t most = rows->entry_count;
  int64_t count = 0;
  starts[0] = 0;
  for (int64_t i = 0; i < n; i++) {
    if (i + AHEAD < n) __builtin_prefetch(rows->heads + places[i + AHEAD]);
    const deepen_row_head *head = rows->heads + places[i];
    const int32_t *row_anchors = rows->anchors + places[i] * most;
    const float *row_values = rows->values + places[i] * most;
    float limit = least ? least[i] : -INFINITY, kept = 0;
    int32_t entry = 0;
    for (; entry < most; entry++) {
      // Most rows are done with the entries that lie close together.
      float value = entry < HEAD ? head->values[entry] : row_values[entry];
      if (value < limit) break;
      anchors[count] = entry < HEAD ? head->anchors[entry] : row_anchors[entry];
      values[count++] = value;
      kept += value;
    }
    float left = entry < most ? 1 - head->share - kept : 0;
    small[i] = left > 0 ? left : 0;
    shares[i] = head->share;
    starts[i + 1] = count;
  }
  return count;
}

void deepen_gather_rows(int64_t count, const int64_t *places, int64_t size, const void *x, void *y) {
  enum { LINE = 64 };
  const char *rows = x;
  char *gathered = y;
  for (int64_t i = 0; i < count; i++) {
    if (i + AHEAD < count) {
      const char *next = rows + places[i + AHEAD] * size;
      for (int64_t offset = 0; offset < size; offset += LINE) __builtin_prefetch(next + offset);
    }
    memcpy(gathered + i * size, rows + places[i] * size, (size_t)size);
  }
}
