/// Sums and spreads over samples that come in parts, kept in double precision.
#ifndef PITH_GATHER_H
#define PITH_GATHER_H

#include <stddef.h>
#include <stdint.h>

enum pith_gather : int32_t { PITH_GATHER_VALUE, PITH_GATHER_MAGNITUDE, PITH_GATHER_SQUARE, PITH_GATHER_COUNT };

/// sum[i] += Σ f(x[r, i]) over the rows of [rows, n], where f is the number, its magnitude or its square.
void pith_gather_f32(int kind, const float *x, size_t rows, size_t n, double *sum);
void pith_gather_f64(int kind, const double *x, size_t rows, size_t n, double *sum);

/// Mean and sum of squared distances from it, of `before` rows that are in there and of these (Welford 1962).
void pith_spread_f32(const float *x, size_t rows, size_t n, size_t before, double *mean, double *squares);
void pith_spread_f64(const double *x, size_t rows, size_t n, size_t before, double *mean, double *squares);

/// The same of one thread for [rows, columns] that lie together, into sums whose rows lie `step` apart.
void pith_gather_tile_f32(int kind, const float *x, size_t rows, size_t columns, double *sum, size_t step);

/// Where a window over pictures of [height, width, channels] begins.
typedef struct {
  int64_t size[2], out[2], stride[2];
  int64_t first[2];  ///< the place that the first window reads; it may lie outside
  int64_t channels;
} pith_tap;
/// y [out, columns]: of each place that the windows read, the channels from `from` on; 0 outside the picture.
void pith_tap_f32(const pith_tap *tap, const float *x, size_t from, size_t columns, float *y);

#endif
