/// What batch, group, instance and layer normalisation are made of.
///
/// Memory is [outer, channels, inner] or, with `last`, [outer, inner, channels]. A list of one number for each channel of
/// each outer part is [outer, channels]. Moments and sums are double.
#ifndef PITH_NORM_H
#define PITH_NORM_H

#include <stddef.h>
#include <stdint.h>

/// How many doubles of room `pith_moments` and `pith_dots` need.
size_t pith_norm_room(size_t outer, size_t channels, size_t inner, int last);

/// mean = Σ x / inner and squares = Σ (x - mean)², in one pass over memory by blocks that are merged.
void pith_moments_f32(const float *x, size_t outer, size_t channels, size_t inner, int last, double *mean,
                      double *squares, double *room);
void pith_moments_f64(const double *x, size_t outer, size_t channels, size_t inner, int last, double *mean,
                      double *squares, double *room);
/// sum = Σ dy and dot = Σ dy (x - centre); the rows of `centre` lie `step` apart, 0 where all are the same.
void pith_dots_f32(const float *dy, const float *x, const float *centre, size_t step, size_t outer, size_t channels,
                   size_t inner, int last, double *sum, double *dot, double *room);
void pith_dots_f64(const double *dy, const double *x, const double *centre, size_t step, size_t outer, size_t channels,
                   size_t inner, int last, double *sum, double *dot, double *room);

/// The moments of `members` lists of `count` numbers each, `member_step` apart, for each of `sets` that lie `set_step`
/// apart. The outputs may be the inputs where they begin at the same place.
void pith_merge_moments(const double *mean, const double *squares, size_t count, size_t sets, size_t set_step,
                        size_t members, size_t member_step, double *merged_mean, double *merged_squares);

/// y = (x - centre) scale + shift, and what is below 0 as 0 where `relu` is not 0. The rows of the lists lie `step` apart.
/// y may be x.
void pith_normalise_f32(const float *x, const float *centre, const float *scale, const float *shift, size_t step,
                        size_t outer, size_t channels, size_t inner, int last, int relu, float *y);
void pith_normalise_f64(const double *x, const double *centre, const double *scale, const double *shift, size_t step,
                        size_t outer, size_t channels, size_t inner, int last, int relu, double *y);
/// dx = dy scale + (x - centre) slope + shift; x, slope and shift may be null, and then these terms are left out. dx may
/// be dy.
void pith_normalise_backward_f32(const float *dy, const float *x, const float *centre, const float *scale,
                                 const float *slope, const float *shift, size_t step, size_t outer, size_t channels,
                                 size_t inner, int last, float *dx);
void pith_normalise_backward_f64(const double *dy, const double *x, const double *centre, const double *scale,
                                 const double *slope, const double *shift, size_t step, size_t outer, size_t channels,
                                 size_t inner, int last, double *dx);

/// The gradients of y = (x - mean) rstd weight + bias over rows, as `pith_layer_norm` gives mean and rstd. dx and the
/// pair of dweight and dbias may be null; room holds `pith_norm_room(1, n, rows, 1)` doubles.
void pith_layer_norm_backward_f32(const float *dy, const float *x, const float *weight, const float *mean,
                                  const float *rstd, size_t rows, size_t n, float *dx, float *dweight, float *dbias,
                                  double *room);
void pith_layer_norm_backward_f64(const double *dy, const double *x, const double *weight, const double *mean,
                                  const double *rstd, size_t rows, size_t n, double *dx, double *dweight,
                                  double *dbias, double *room);

#endif
