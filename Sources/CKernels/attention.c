#include "math_f32.h"

static PITH_CLONES float largest_of(const float *x, size_t n) {
  PITH_REASSOCIATE
  float best = -INFINITY;
  for (size_t i = 0; i < n; i++) best = x[i] > best ? x[i] : best;
  return best;
}

static PITH_CLONES void add_to(float *x, const float *y, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) x[i] += y[i];
}

static PITH_CLONES void exponentials_about(float *x, size_t n, float max) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) x[i] = exp_f32(x[i] - max);
}

static PITH_CLONES float sum_of(const float *x, size_t n) {
  PITH_REASSOCIATE
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  return sum;
}

static PITH_CLONES void scale_by(float *x, size_t n, float by) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) x[i] *= by;
}

void pith_attention_softmax_f32(float *scores, const float *mask, int64_t mask_step, int64_t seen, size_t rows, size_t n) {
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
      exponentials_about(x, m, max);
      scale_by(x, m, 1 / sum_of(x, m));
    }
    memset(x + m, 0, (n - m) * sizeof *x);
  }
}

static PITH_CLONES float product_sum(const float *x, const float *y, size_t n) {
  PITH_REASSOCIATE
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

static PITH_CLONES void multiplied_about(const float *p, float *dp, size_t n, float mean) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) dp[i] = p[i] * (dp[i] - mean);
}

void pith_attention_backward_f32(const float *p, float *dp, size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++) multiplied_about(p + r * n, dp + r * n, n, product_sum(p + r * n, dp + r * n, n));
}

static PITH_CLONES void scaled_row(const float *x, float *y, size_t n, float scale) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] = scale * x[i];
}

void pith_scaled_rows_f32(const float *x, int64_t x_step, float *y, int64_t y_step, size_t rows, size_t n, float scale) {
  for (size_t r = 0; r < rows; r++) scaled_row(x + (int64_t)r * x_step, y + (int64_t)r * y_step, n, scale);
}
