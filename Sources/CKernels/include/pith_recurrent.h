/// One step of a recurrent layer and of its backward pass, for rows of n units; and the softmax of attention.
#ifndef PITH_RECURRENT_H
#define PITH_RECURRENT_H

#include <stddef.h>
#include <stdint.h>

/// gates [rows, 4n], as i, f, g, o before their functions, becomes them after; c = f c_before + i g; h = o tanh(c).
void pith_lstm_step_f32(float *gates, const float *c_before, float *c, float *h, size_t rows, size_t n);
void pith_lstm_step_f64(double *gates, const double *c_before, double *c, double *h, size_t rows, size_t n);
/// From the gates after their functions. dh + carry is the gradient of h; dc, that of c from the step after, becomes that
/// of c_before. dgates is that of the gates before their functions.
void pith_lstm_step_backward_f32(const float *gates, const float *c_before, const float *c, const float *dh,
                                 const float *carry, float *dc, float *dgates, size_t rows, size_t n);
void pith_lstm_step_backward_f64(const double *gates, const double *c_before, const double *c, const double *dh,
                                 const double *carry, double *dc, double *dgates, size_t rows, size_t n);

/// gates [rows, 3n] is x W + b as r, z, n, and becomes them after their functions; hidden [rows, 3n] is h U without its
/// bias [3n], which may be null. h = (1 - z) n + z h_before; inner [rows, n] keeps what r multiplies.
void pith_gru_step_f32(float *gates, const float *hidden, const float *bias, const float *h_before, float *h,
                       float *inner, size_t rows, size_t n);
void pith_gru_step_f64(double *gates, const double *hidden, const double *bias, const double *h_before, double *h,
                       double *inner, size_t rows, size_t n);
/// dgates and dhidden are the gradients of x W + b and of h U + bias; carry, which adds to dh, becomes the part of the
/// gradient of h_before that does not pass U.
void pith_gru_step_backward_f32(const float *gates, const float *inner, const float *h_before, const float *dh,
                                float *carry, float *dgates, float *dhidden, size_t rows, size_t n);
void pith_gru_step_backward_f64(const double *gates, const double *inner, const double *h_before, const double *dh,
                                double *carry, double *dgates, double *dhidden, size_t rows, size_t n);

/// h = tanh(sums), or max(sums, 0) where `relu` is not 0, over `count` numbers.
void pith_rnn_step_f32(const float *sums, float *h, size_t count, int relu);
void pith_rnn_step_f64(const double *sums, double *h, size_t count, int relu);
/// dsums = (dh + carry) times the derivative of that function where it gave h.
void pith_rnn_step_backward_f32(const float *h, const float *dh, const float *carry, float *dsums, size_t count, int relu);
void pith_rnn_step_backward_f64(const double *h, const double *dh, const double *carry, double *dsums, size_t count,
                                int relu);

/// The softmax of each row of scores [rows, n] plus its row of the mask, in place, on the calling thread. `mask` may be
/// null; its rows lie `mask_step` apart. Row r sees its first `seen + r` numbers; the others, and all of a row that is -inf,
/// become 0.
void pith_attention_softmax_f32(float *scores, const float *mask, int64_t mask_step, int64_t seen, size_t rows, size_t n);
/// dp = p (dp - Σ p dp), each row by itself, on the calling thread.
void pith_attention_backward_f32(const float *p, float *dp, size_t rows, size_t n);
/// y [rows, n] = scale x, whose rows lie `x_step` apart, into rows `y_step` apart.
void pith_scaled_rows_f32(const float *x, int64_t x_step, float *y, int64_t y_step, size_t rows, size_t n, float scale);

#endif
