/// Weighted sums along one axis, and windows of a picture as columns.
#ifndef PITH_RESAMPLE_H
#define PITH_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

/// y [outer, to, inner] at o = Σ over `taps` entries of weights[o, t] x [outer, from, inner] at places[o, t].
void pith_resample_f32(const float *x, const int64_t *places, const double *weights, float *y, size_t outer,
                       size_t from, size_t to, size_t inner, size_t taps);
void pith_resample_f64(const double *x, const int64_t *places, const double *weights, double *y, size_t outer,
                       size_t from, size_t to, size_t inner, size_t taps);
/// The transpose: dx [outer, from, inner] of dy [outer, to, inner].
void pith_resample_spread_f32(const float *dy, const int64_t *places, const double *weights, float *dx, size_t outer,
                              size_t from, size_t to, size_t inner, size_t taps);
void pith_resample_spread_f64(const double *dy, const int64_t *places, const double *weights, double *dx, size_t outer,
                              size_t from, size_t to, size_t inner, size_t taps);

/// How windows lie over a picture of rows × columns.
struct pith_patches {
  int64_t rows, columns, out_rows, out_columns, kernel_rows, kernel_columns;
  int64_t row_stride, column_stride, row_padding, column_padding, row_dilation, column_dilation;
};
/// y [planes, kernel_rows, kernel_columns, out_rows, out_columns] of x [planes, rows, columns]; 0 outside.
void pith_to_patches_f32(const struct pith_patches *w, const float *x, float *y, size_t planes);
void pith_to_patches_f64(const struct pith_patches *w, const double *x, double *y, size_t planes);
/// The transpose: y [planes, rows, columns] += x.
void pith_from_patches_f32(const struct pith_patches *w, const float *x, float *y, size_t planes);
void pith_from_patches_f64(const struct pith_patches *w, const double *x, double *y, size_t planes);

#endif
