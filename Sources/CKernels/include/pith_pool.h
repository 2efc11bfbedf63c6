/// Pooling over windows of one or two axes, of memory [batch, channels, rows, columns] or, with the channels last,
/// [batch, rows, columns, channels]. A pooling of one axis has one row.
#ifndef PITH_POOL_H
#define PITH_POOL_H

#include <stddef.h>
#include <stdint.h>

/// One axis of a pooling: output o reads the places base[o] + j dilation for j in first[o] ..< last[o], which all lie in
/// 0 ..< in.
struct pith_pool_axis {
  int64_t in, out;
  /// The most places that an output reads; every j is below it.
  int64_t window;
  int64_t dilation;
  /// The distance between the bases of neighbours, 0 where it is not the same everywhere.
  int64_t stride;
  const int64_t *base, *first, *last;
  /// For each place, the outputs from ..< to that may read it.
  const int64_t *from, *to;
  /// What an average divides by is the product of both axes' sizes; `share` is 1 / size. Null for a maximum.
  const double *size, *share;
};

struct pith_pool {
  int64_t batch, channels;
  int32_t channels_last;
  /// 1 where a largest element that is not above 0 counts as 0 and stands nowhere, which is 255 in `small`: what a
  /// rectifier behind makes of it. A window then has at most 255 places.
  int32_t rectified;
  struct pith_pool_axis rows, columns;
};

/// The largest element of each window: the first of equal ones, the last NaN where there is one. Where it stands in its
/// window (j of the rows times columns.window + j of the columns) goes to `small` where that is not null, else to `wide`
/// where that is not null. `small` holds windows of at most 256 places.
void pith_max_pool_f32(const struct pith_pool *p, const float *x, float *y, uint8_t *small, int64_t *wide);
void pith_max_pool_f64(const struct pith_pool *p, const double *x, double *y, uint8_t *small, int64_t *wide);
/// dx = the sum of the dy whose largest element stood there. One of `small` and `wide` is not null.
void pith_max_pool_spread_f32(const struct pith_pool *p, const float *dy, const uint8_t *small, const int64_t *wide,
                              float *dx);
void pith_max_pool_spread_f64(const struct pith_pool *p, const double *dy, const uint8_t *small, const int64_t *wide,
                              double *dx);
/// y = the x that stands where the largest element stood.
void pith_max_pool_pick_f32(const struct pith_pool *p, const float *x, const uint8_t *small, const int64_t *wide,
                            float *y);
void pith_max_pool_pick_f64(const struct pith_pool *p, const double *x, const uint8_t *small, const int64_t *wide,
                            double *y);
/// places = row * columns.in + column of the largest element.
void pith_max_pool_places(const struct pith_pool *p, const uint8_t *small, const int64_t *wide, int64_t *places);

/// The sum of each window over its size.
void pith_avg_pool_f32(const struct pith_pool *p, const float *x, float *y);
void pith_avg_pool_f64(const struct pith_pool *p, const double *x, double *y);
/// dx = the sum of dy times its share, of the windows that read the place.
void pith_avg_pool_spread_f32(const struct pith_pool *p, const float *dy, float *dx);
void pith_avg_pool_spread_f64(const struct pith_pool *p, const double *dy, double *dx);

#endif
