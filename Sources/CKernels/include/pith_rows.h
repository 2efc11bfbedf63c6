/// Loops over the rows of a contiguous [rows, n]: softmax and its family, layer norm, bias.
#ifndef PITH_ROWS_H
#define PITH_ROWS_H

#include <stddef.h>
#include <stdint.h>

/// y = e^(x - max) / Σ e^(x - max) of each row; y may be x.
void pith_softmax_f32(const float *x, float *y, size_t rows, size_t n);
void pith_softmax_f64(const double *x, double *y, size_t rows, size_t n);
/// y = x - max - log Σ e^(x - max); y may be x.
void pith_log_softmax_f32(const float *x, float *y, size_t rows, size_t n);
void pith_log_softmax_f64(const double *x, double *y, size_t rows, size_t n);
/// dx = y (dy - Σ y dy); dx may be dy.
void pith_softmax_backward_f32(const float *y, const float *dy, float *dx, size_t rows, size_t n);
void pith_softmax_backward_f64(const double *y, const double *dy, double *dx, size_t rows, size_t n);
/// dx = dy - e^y Σ dy; dx may be dy.
void pith_log_softmax_backward_f32(const float *y, const float *dy, float *dx, size_t rows, size_t n);
void pith_log_softmax_backward_f64(const double *y, const double *dy, double *dx, size_t rows, size_t n);
/// y[row] = max + log Σ e^(x - max); -inf for a row of -inf.
void pith_logsumexp_f32(const float *x, float *y, size_t rows, size_t n);
void pith_logsumexp_f64(const double *x, double *y, size_t rows, size_t n);

/// loss_per_row = log Σ e^x - x[label]; dlogits = scale (softmax(x) - onehot(label)). Either output may be null;
/// dlogits may be logits. Returns -1, or the first row whose label is not in 0 ..< n; then nothing was written.
int64_t pith_cross_entropy_rows_f32(const float *logits, const int64_t *labels, size_t rows, size_t n,
                                    float *loss_per_row, float *dlogits, float scale);
int64_t pith_cross_entropy_rows_f64(const double *logits, const int64_t *labels, size_t rows, size_t n,
                                    double *loss_per_row, double *dlogits, double scale);

/// y = (x - mean) rstd weight + bias, rstd = 1/√(var + eps), var over n; weight and bias [n], either may be null;
/// mean and rstd [rows], either may be null; y may be x.
void pith_layer_norm_f32(const float *x, const float *weight, const float *bias, float *y, float *mean, float *rstd,
                         size_t rows, size_t n, double eps);
void pith_layer_norm_f64(const double *x, const double *weight, const double *bias, double *y, double *mean,
                         double *rstd, size_t rows, size_t n, double eps);

/// y[row, :] += bias; then max(y, 0) where `relu` is not 0.
void pith_add_bias_f32(float *y, const float *bias, size_t rows, size_t n, int relu);
void pith_add_bias_f64(double *y, const double *bias, size_t rows, size_t n, int relu);
/// out[j] = Σ over rows of dy[row, j].
void pith_col_sum_f32(const float *dy, size_t rows, size_t n, float *out);
void pith_col_sum_f64(const double *dy, size_t rows, size_t n, double *out);

#endif
