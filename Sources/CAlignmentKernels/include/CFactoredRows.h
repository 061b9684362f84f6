// Rows in factored form: a few large entries each, and coefficients of shared rows.
#ifndef DEEPEN_FACTORED_ROWS_H
#define DEEPEN_FACTORED_ROWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The part of a row that is read first, in half a cache line: its largest entries, its coefficient of the first shared
/// row, and its L1 distance from the exact row. Missing entries are zeros.
typedef struct {
  int32_t anchors[3];
  float values[3];
  float share;
  float error;
} deepen_row_head;

/// Rows in factored form.
typedef struct {
  int32_t entry_count;         ///< Large entries a row, largest first.
  int32_t shared_count;        ///< Shared rows.
  const int32_t *anchors;      ///< The entries' anchors, [rows × entry_count].
  const float *values;         ///< The entries, [rows × entry_count].
  const float *coefficients;   ///< Of the shared rows, [rows × shared_count].
  const deepen_row_head *heads;  ///< [rows]
} deepen_factored_rows;

/// Adds the rows indices[i], each times p[i] for i < n: their entries to q, their coefficients to factors. Entries that
/// add less than `least` are replaced by the first shared row, whose coefficient and the entries add up to one. Returns
/// a bound on the L1 distance from the exact sum: Σ p[i] · errors[indices[i]], and twice the replaced entries.
double deepen_add_rows(const deepen_factored_rows *rows, int64_t n, const int64_t *indices, const float *p, float least,
                       float *q, double *factors);

/// Gathers the large entries of the rows indices[i] for i < n, except those below least[i], where `least` is not NULL:
/// those of row i are starts[i] to starts[i + 1] − 1 of `anchors` and `values`, which must be large enough. shares[i]
/// is its coefficient of the first shared row, and small[i] the sum of the entries left out. Returns the number of
/// entries.
int64_t deepen_gather_entries(const deepen_factored_rows *rows, int64_t n, const int64_t *indices, const float *least,
                              int64_t *starts, int32_t *anchors, float *values, float *shares, float *small);

/// Copies rows of `size` bytes each from anywhere in a table: row indices[i] of x becomes row i of y, for i < count.
/// Rows are prefetched.
void deepen_gather_rows(int64_t count, const int64_t *indices, int64_t size, const void *x, void *y);

#ifdef __cplusplus
}
#endif
#endif
