// Rows that are stored as a few large entries and some of each row that all have in common.
#ifndef DEEPEN_FACTORED_ROWS_H
#define DEEPEN_FACTORED_ROWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What of a row is looked at first, close together: its largest entries, how much of the first shared row it has, and how far it is from the
/// exact one. Entries beyond those it has are zeros.
typedef struct {
  int32_t anchors[3];
  float values[3];
  float share;
  float error;
} deepen_row_head;

/// Rows that are stored as a few large entries and some of each shared row.
typedef struct {
  int32_t entry_count;         ///< Large entries a row, largest first.
  int32_t shared_count;        ///< Shared rows.
  const int32_t *anchors;      ///< The entries' anchors, [rows × entry_count].
  const float *values;         ///< The entries, [rows × entry_count].
  const float *coefficients;   ///< How much of each shared row a row has, [rows × shared_count].
  const deepen_row_head *heads;  ///< [rows]
} deepen_factored_rows;

/// Adds the rows places[i], each times p[i] for i < n: their entries to q, their shares of the shared rows to factors. Entries that
/// add less than `least` count as the first shared row, which with the entries adds up to one. Returns how far q and the shared rows may
/// be from the exact sum: Σ p[i] · errors[places[i]], and twice what was counted so.
double deepen_add_rows(const deepen_factored_rows *rows, int64_t n, const int64_t *places, const float *p, float least,
                       float *q, double *factors);

/// Gathers the large entries of the rows places[i] for i < n, but for those below least[i], where `least` is not NULL: those of row i are
/// starts[i] to starts[i + 1] − 1 of `anchors` and `values`, for which there must be room. shares[i] is how much of the first shared row it has, and
/// small[i] what the entries left out add up to. Returns how many entries there are.
int64_t deepen_gather_entries(const deepen_factored_rows *rows, int64_t n, const int64_t *places, const float *least,
                              int64_t *starts, int32_t *anchors, float *values, float *shares, float *small);

/// Copies rows of `size` bytes each from all over a table, one after the other: row places[i] of x becomes row i of y, for i < count.
/// Rows are fetched before their turn comes.
void deepen_gather_rows(int64_t count, const int64_t *places, int64_t size, const void *x, void *y);

#ifdef __cplusplus
}
#endif
#endif
