#include "math_f32.h"

PITH_INLINE void add_to(float *x, const float *y, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) x[i] += y[i];
}

// By lanes, because a compiler keeps the order of comparisons, which NaN could tell.
enum { LANES = 16 };

PITH_INLINE float largest_of(const float *x, size_t n) {
  float best[LANES], all = -INFINITY;
  for (int l = 0; l < LANES; l++) best[l] = -INFINITY;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int l = 0; l < LANES; l++) best[l] = x[i + l] > best[l] ? x[i + l] : best[l];
  for (int l = 0; l < LANES; l++) all = best[l] > all ? best[l] : all;
  for (; i < n; i++) all = x[i] > all ? x[i] : all;
  return all;
}

/// x = exp(x - max); returns their sum.
PITH_INLINE float exponentials_about(float *x, size_t n, float max) {
  PITH_REASSOCIATE
  float sum = 0;
  for (size_t i = 0; i < n; i++) {
    x[i] = exp_f32(x[i] - max);
    sum += x[i];
  }
  return sum;
}

PITH_INLINE void scale_by(float *x, size_t n, float by) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) x[i] *= by;
}

PITH_CLONES void pith_attention_softmax_f32(float *scores, const float *mask, int64_t mask_step, int64_t seen, size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++) {
    float *x = scores + r * n;
    const int64_t limit = seen + (int64_t)r;
    const size_t m = limit < 0 ? 0 : pith_min(n, (size_t)limit);
    if (mask != NULL) add_to(x, mask + (int64_t)r * mask_step, m);
    const float max = largest_of(x, m);
    if (max == -INFINITY) {
      // Every number of it is -inf, unless there is a NaN, which must be seen.
      for (size_t i = 0; i < m; i++) x[i] = x[i] != x[i] ? x[i] : 0;
    } else {
      scale_by(x, m, 1 / exponentials_about(x, m, max));
    }
    memset(x + m, 0, (n - m) * sizeof *x);
  }
}

PITH_INLINE float product_sum(const float *x, const float *y, size_t n) {
  PITH_REASSOCIATE
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

PITH_INLINE void multiplied_about(const float *p, float *dp, size_t n, float mean) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) dp[i] = p[i] * (dp[i] - mean);
}

PITH_CLONES void pith_attention_backward_f32(const float *p, float *dp, size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++) multiplied_about(p + r * n, dp + r * n, n, product_sum(p + r * n, dp + r * n, n));
}

// Heads are short rows far apart: the loop over rows is within the clone, and asks early for rows to come.
PITH_CLONES void pith_scaled_rows_f32(const float *x, int64_t x_step, float *y, int64_t y_step, size_t rows, size_t n, float scale) {
  enum { AHEAD = 8 };
  for (size_t r = 0; r < rows; r++, x += x_step, y += y_step) {
    for (size_t i = 0; i < n && r + AHEAD < rows; i += LANES) __builtin_prefetch(x + AHEAD * x_step + i);
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) y[i] = scale * x[i];
  }
}
