/// The patches that a convolution reads, for element types that oneDNN has no convolution of.
#ifndef PITH_CONVOLUTION_H
#define PITH_CONVOLUTION_H

#include <stdint.h>

/// Where the windows of a convolution lie over one picture [channels, size]; `before` zeros stand in front of it.
typedef struct pith_windows {
  int64_t channels, size[2], out[2], kernel[2], stride[2], dilation[2], before[2];
} pith_windows;

/// columns [channels, kernel, out] = the number of x that stands at each place of each window; 0 outside of x.
void pith_unfold_f64(const pith_windows *w, const double *x, double *columns);
/// x += each number of the columns at the place it came from.
void pith_fold_f64(const pith_windows *w, const double *columns, double *x);

// Single precision convolutions of pictures of few channels, for which oneDNN is slow. x is read by its steps from sample to
// sample, channel to channel, row to row and column to column; y and dy lie as [batch, rows, columns, outputs]; weights as
// [outputs, channels, kernel]. Each returns 0, or 1 where no memory was to be had.

/// Whether this processor has the vectors that they are written for; without, they are not to be called.
int pith_few_is_fast(void);
/// y = the convolution of x, the bias where it is not null, and max(y, 0) where `relu` is not 0.
int pith_few_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *x, const int64_t *x_steps,
                 const float *weight, const float *bias, int relu, float *y);
/// dx [batch, rows, columns, channels] from dy.
int pith_few_back_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *dy, const float *weight, float *dx);
/// The same, faster, for windows that stand at every place and whole vectors of outputs; whether it is for these sizes.
int pith_few_back_fits(const pith_windows *w, int64_t outputs);
int pith_few_back_even_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *dy, const float *weight, float *dx);
/// dw, and db [outputs] where it is not null.
int pith_few_weights_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *x, const int64_t *x_steps,
                         const float *dy, float *dw, float *db);

#endif
