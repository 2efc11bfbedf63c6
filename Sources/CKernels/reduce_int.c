// Reductions of int64 and bool.
#include "internal.h"

#define FOLD(NAME, EXPRESSION)                                                     \
  static PITH_CLONES int64_t line_##NAME(const int64_t *x, size_t n, int64_t y) {  \
    for (size_t i = 0; i < n; i++) {                                               \
      const uint64_t a = (uint64_t)y, b = (uint64_t)x[i];                          \
      y = (int64_t)(EXPRESSION);                                                   \
    }                                                                              \
    return y;                                                                      \
  }                                                                                \
  static PITH_CLONES void fold_##NAME(const int64_t *x, int64_t *y, size_t n) {    \
    PITH_INDEPENDENT                                                               \
    for (size_t i = 0; i < n; i++) {                                               \
      const uint64_t a = (uint64_t)y[i], b = (uint64_t)x[i];                       \
      y[i] = (int64_t)(EXPRESSION);                                                \
    }                                                                              \
  }
FOLD(sum, a + b)
FOLD(product, a * b)
FOLD(max, (int64_t)a > (int64_t)b ? a : b)
FOLD(min, (int64_t)a < (int64_t)b ? a : b)
FOLD(sumsq, a + b * b)
FOLD(sumabs, a + ((int64_t)b < 0 ? -b : b))

static const struct {
  int64_t (*line)(const int64_t *, size_t, int64_t);
  void (*fold)(const int64_t *, int64_t *, size_t);
  int64_t start;
} foldings[PITH_REDUCE_COUNT] = {
    [PITH_REDUCE_SUM] = {line_sum, fold_sum, 0},
    [PITH_REDUCE_PROD] = {line_product, fold_product, 1},
    [PITH_REDUCE_MAX] = {line_max, fold_max, INT64_MIN},
    [PITH_REDUCE_MIN] = {line_min, fold_min, INT64_MAX},
    [PITH_REDUCE_SUMSQ] = {line_sumsq, fold_sumsq, 0},
    [PITH_REDUCE_SUMABS] = {line_sumabs, fold_sumabs, 0}};

void pith_reduce_i64(int op, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner) {
  if (op < 0 || op >= PITH_REDUCE_COUNT) return;
  for (size_t o = 0; o < outer; o++, x += n * inner, y += inner) {
    if (inner == 1) {
      *y = foldings[op].line(x, n, foldings[op].start);
      continue;
    }
    pith_fill_i64(y, inner, foldings[op].start);
    for (size_t r = 0; r < n; r++) foldings[op].fold(x + r * inner, y, inner);
  }
}

void pith_arg_i64(int op, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner) {
  if (op != PITH_ARG_MAX && op != PITH_ARG_MIN) return;
  for (size_t o = 0; o < outer; o++, x += n * inner, y += inner)
    for (size_t i = 0; i < inner; i++) {
      size_t best = 0;
      for (size_t r = 1; r < n; r++) {
        const int64_t v = x[r * inner + i], w = x[best * inner + i];
        if (op == PITH_ARG_MAX ? v > w : v < w) best = r;
      }
      y[i] = (int64_t)best;
    }
}

#define CUMULATE(NAME, OPERATOR)                                                          \
  static PITH_CLONES void NAME(const int64_t *x, int64_t *y, size_t n, size_t inner) {    \
    for (size_t k = 0; k < inner && n > 0; k++) y[k] = x[k];                              \
    for (size_t k = inner; k < n * inner; k++)                                            \
      y[k] = (int64_t)((uint64_t)y[k - inner] OPERATOR (uint64_t)x[k]);                   \
  }
CUMULATE(running_sum, +)
CUMULATE(running_product, *)

void pith_cumulate_i64(int op, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner) {
  if (op != PITH_CUMULATE_SUM && op != PITH_CUMULATE_PROD) return;
  for (size_t o = 0; o < outer; o++)
    (op == PITH_CUMULATE_SUM ? running_sum : running_product)(x + o * n * inner, y + o * n * inner, n, inner);
}

PITH_CLONES size_t pith_count_nonzero_u8(const uint8_t *x, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += x[i] != 0;
  return count;
}

static PITH_CLONES void count_columns(const uint8_t *x, int64_t *y, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] += x[i] != 0;
}

void pith_sum_u8_i64(const uint8_t *x, int64_t *y, size_t outer, size_t n, size_t inner) {
  for (size_t o = 0; o < outer; o++, x += n * inner, y += inner) {
    if (inner == 1) {
      *y = (int64_t)pith_count_nonzero_u8(x, n);
      continue;
    }
    pith_fill_i64(y, inner, 0);
    for (size_t r = 0; r < n; r++) count_columns(x + r * inner, y, inner);
  }
}

/// Whether a non-zero byte is among them; looks no further than the block that has one.
static int has_any(const uint8_t *x, size_t n) {
  for (size_t start = 0; start < n; start += 4096)
    if (pith_count_nonzero_u8(x + start, pith_min(4096, n - start)) > 0) return 1;
  return 0;
}

static int has_all(const uint8_t *x, size_t n) {
  for (size_t start = 0; start < n; start += 4096)
    if (pith_count_nonzero_u8(x + start, pith_min(4096, n - start)) < pith_min(4096, n - start)) return 0;
  return 1;
}

#define QUANTIFIER(NAME, START, OPERATOR, OF_LINE)                                             \
  void NAME(const uint8_t *x, uint8_t *y, size_t outer, size_t n, size_t inner) {              \
    for (size_t o = 0; o < outer; o++, x += n * inner, y += inner) {                           \
      if (inner == 1) {                                                                        \
        *y = (uint8_t)OF_LINE(x, n);                                                           \
        continue;                                                                              \
      }                                                                                        \
      pith_fill_u8(y, inner, START);                                                           \
      for (size_t r = 0; r < n; r++)                                                           \
        for (size_t i = 0; i < inner; i++) y[i] = y[i] OPERATOR (x[r * inner + i] != 0);       \
    }                                                                                          \
  }
QUANTIFIER(pith_any_u8, 0, |, has_any)
QUANTIFIER(pith_all_u8, 1, &, has_all)
