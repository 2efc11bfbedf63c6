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

#endif
