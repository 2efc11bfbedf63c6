/// Reductions and running sums over the middle axis of a contiguous [outer, n, inner].
#ifndef PITH_REDUCE_H
#define PITH_REDUCE_H

#include <stddef.h>
#include <stdint.h>

enum pith_reduce : int32_t {
  PITH_REDUCE_SUM, PITH_REDUCE_PROD,
  PITH_REDUCE_MAX, PITH_REDUCE_MIN,  ///< NaN wins
  PITH_REDUCE_SUMSQ,                 ///< sum of squares
  PITH_REDUCE_SUMABS,                ///< sum of absolute values
  PITH_REDUCE_COUNT
};
/// y [outer, inner]. Single precision sums are blocked, so that the error grows with log n. Of nothing (`n == 0`), sums
/// are 0, PROD is 1, MAX and MIN are ∓inf (the end of the range for integers): callers reject that before.
void pith_reduce_f32(int op, const float *x, float *y, size_t outer, size_t n, size_t inner);
void pith_reduce_f64(int op, const double *x, double *y, size_t outer, size_t n, size_t inner);
void pith_reduce_i64(int op, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner);
/// The number of non-zero bytes.
void pith_sum_u8_i64(const uint8_t *x, int64_t *y, size_t outer, size_t n, size_t inner);
/// 1 where any, or all, of the bytes are non-zero.
void pith_any_u8(const uint8_t *x, uint8_t *y, size_t outer, size_t n, size_t inner);
void pith_all_u8(const uint8_t *x, uint8_t *y, size_t outer, size_t n, size_t inner);

enum pith_arg : int32_t { PITH_ARG_MAX, PITH_ARG_MIN };
/// The first place of the extreme value in 0 ..< n; the first NaN counts as extreme. `n == 0` gives 0.
void pith_arg_f32(int op, const float *x, int64_t *y, size_t outer, size_t n, size_t inner);
void pith_arg_f64(int op, const double *x, int64_t *y, size_t outer, size_t n, size_t inner);
void pith_arg_i64(int op, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner);

enum pith_cumulate : int32_t { PITH_CUMULATE_SUM, PITH_CUMULATE_PROD };
/// y [outer, n, inner], y may be x.
void pith_cumulate_f32(int op, const float *x, float *y, size_t outer, size_t n, size_t inner);
void pith_cumulate_f64(int op, const double *x, double *y, size_t outer, size_t n, size_t inner);
void pith_cumulate_i64(int op, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner);

/// The sum of a[i] b[i].
float pith_dot_f32(const float *a, const float *b, size_t n);
double pith_dot_f64(const double *a, const double *b, size_t n);

#endif
