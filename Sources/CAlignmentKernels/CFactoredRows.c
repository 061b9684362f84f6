#include "CFactoredRows.h"

#include "VectorBodies.h"

/// The number of entries of a row in its head, and the number of rows that are prefetched ahead.
enum { HEAD = 3, AHEAD = 16 };

/// Adds the row's entries times its probability to q; returns the sum of those that are too small.
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

/// Coefficients are summed in single precision for a few rows, and these sums in double precision.
DEEPEN_BODY double add_rows_body(const deepen_factored_rows *rows, int64_t n, const int64_t *indices, const float *p,
                                 float least, float *q, double *factors) {
  enum { FEW = 64, SHARED = 64 };
  const int32_t shared_count = rows->shared_count;
  double error = 0;
  for (int64_t start = 0; start < n; start += FEW) {
    int64_t end = n - start < FEW ? n : start + FEW;
    float few_errors = 0, few_small = 0, few_shares = 0;
    for (int64_t i = start; i < end; i++) {
      if (i + AHEAD < n) __builtin_prefetch(rows->heads + indices[i + AHEAD]);
      float probability = p[i];
      if (probability == 0) continue;
      const deepen_row_head *head = rows->heads + indices[i];
      few_errors += probability * head->error;
      few_shares += probability * head->share;
      few_small += probability * add_entries(rows, indices[i], probability, least, q);
    }
    for (int32_t block = 1; block < shared_count; block += SHARED) {
      int32_t width = shared_count - block < SHARED ? shared_count - block : SHARED;
      float sums[SHARED] = {0};
      for (int64_t i = start; i < end; i++) {
        const float *shares = rows->coefficients + indices[i] * shared_count + block;
        if (i + AHEAD < n) __builtin_prefetch(rows->coefficients + indices[i + AHEAD] * shared_count + block);
        for (int32_t k = 0; k < width; k++) sums[k] += p[i] * shares[k];
      }
      for (int32_t k = 0; k < width; k++) factors[block + k] += (double)sums[k];
    }
    factors[0] += (double)few_shares + (double)few_small;
    error += (double)few_errors + 2 * (double)few_small;
  }
  return error;
}

DEEPEN_KERNEL(double, add_rows, (const deepen_factored_rows *rows, int64_t n, const int64_t *indices, const float *p,
               float least, float *q, double *factors), (rows, n, indices, p, least, q, factors))

int64_t deepen_gather_entries(const deepen_factored_rows *rows, int64_t n, const int64_t *indices, const float *least,
                              int64_t *starts, int32_t *anchors, float *values, float *shares, float *small) {
  const int32_t most = rows->entry_count;
  int64_t count = 0;
  starts[0] = 0;
  for (int64_t i = 0; i < n; i++) {
    if (i + AHEAD < n) __builtin_prefetch(rows->heads + indices[i + AHEAD]);
    const deepen_row_head *head = rows->heads + indices[i];
    const int32_t *row_anchors = rows->anchors + indices[i] * most;
    const float *row_values = rows->values + indices[i] * most;
    float limit = least ? least[i] : -INFINITY, kept = 0;
    int32_t entry = 0;
    for (; entry < most; entry++) {
      // Most rows need the entries of their head only.
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

void deepen_gather_rows(int64_t count, const int64_t *indices, int64_t size, const void *x, void *y) {
  enum { LINE = 64 };
  const char *rows = x;
  char *gathered = y;
  for (int64_t i = 0; i < count; i++) {
    if (i + AHEAD < count) {
      const char *next = rows + indices[i + AHEAD] * size;
      for (int64_t offset = 0; offset < size; offset += LINE) __builtin_prefetch(next + offset);
    }
    memcpy(gathered + i * size, rows + indices[i] * size, (size_t)size);
  }
}
