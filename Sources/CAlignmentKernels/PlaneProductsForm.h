// One form of the products of quantised rows; included once for each by CPlaneProducts.c, which defines before:
//
//   FORM(name)    `name` with the form's suffix
//   FORM_TARGET   the attribute that selects the form's instructions, or nothing
//
// and FORM(add_products)(sums, codes, numbers), which adds Σ of codes · numbers over the fields of a block to two
// vectors of sums.

FORM_TARGET DEEPEN_BODY void FORM(products_of)(int64_t start, int64_t n, const deepen_quantised_rows *rows,
                                               const int32_t planes, const int8_t *numbers, const float *factors,
                                               const float *offsets, const int32_t count, float *const *y) {
  const int64_t width = rows->width;
  for (int64_t row = start; row < start + n; row++) {
    const uint8_t *codes = rows->codes + row * width;
    sum_lanes sums[2 * MOST];
    for (int32_t q = 0; q < 2 * count; q++) sums[q] = (sum_lanes){0};
    for (int64_t block = 0; block < width; block += BLOCK_BYTES) {
      word_lanes bits[DEEPEN_PLANES], fields[FIELDS];
      for (int32_t plane = 0; plane < planes; plane++) {
        const uint8_t *bytes = codes + plane * rows->stride + block;
        __builtin_prefetch(bytes + AHEAD);
        bits[plane] = *(const word_lanes *)bytes;
      }
#pragma clang loop unroll(full)
      for (int field = 0; field < FIELDS; field++) {
        fields[field] = bits[0] >> BITS * field & FIELD_MASK;
        for (int32_t plane = 1; plane < planes; plane++) {
          fields[field] = fields[field] << BITS | (bits[plane] >> BITS * field & FIELD_MASK);
        }
      }
#pragma clang loop unroll(full)
      for (int32_t q = 0; q < count; q++) {
        FORM(add_products)(sums + 2 * q, fields, numbers + q * FIELDS * width + FIELDS * block);
      }
    }
    for (int32_t q = 0; q < count; q++) {
      int32_t sum = __builtin_reduce_add(sums[2 * q] + sums[2 * q + 1]);
      y[q][row] = factors[q] * rows->scales[row] * ((float)sum - offsets[q]);
    }
  }
}

#define DEEPEN_FOR_COUNT(planes, count)                                                                     \
  FORM(products_of)(start, n, rows, planes, queries->numbers + q * FIELDS * rows->width, queries->factors + q, \
                    queries->offsets + q, count, y + q)
#define DEEPEN_FOR_PLANES(planes)                                      \
  for (int32_t q = 0; q < queries->count; q += MOST) {                 \
    if (queries->count - q == 1) DEEPEN_FOR_COUNT(planes, 1);          \
    if (queries->count - q == 2) DEEPEN_FOR_COUNT(planes, 2);          \
    if (queries->count - q == 3) DEEPEN_FOR_COUNT(planes, 3);          \
    if (queries->count - q >= MOST) DEEPEN_FOR_COUNT(planes, MOST);    \
  }

/// One loop for each number of planes and of queries, so that its inner loops unroll; the codes are read once for up to
/// four queries.
FORM_TARGET static void FORM(products)(int64_t start, int64_t n, const deepen_quantised_rows *rows,
                                       const deepen_queries *queries, float *const *y) {
  if (rows->planes == 1) DEEPEN_FOR_PLANES(1);
  if (rows->planes == 2) DEEPEN_FOR_PLANES(2);
  if (rows->planes == 3) DEEPEN_FOR_PLANES(3);
}

#undef DEEPEN_FOR_COUNT
#undef DEEPEN_FOR_PLANES
