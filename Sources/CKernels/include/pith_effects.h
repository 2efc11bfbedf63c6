/// What one changed number does to what comes after it: rows that move along a direction, and the losses that they end in.
#ifndef PITH_EFFECTS_H
#define PITH_EFFECTS_H

#include <stddef.h>
#include <stdint.h>

/// The places of x [rows, columns] that are not 0, row by row, with the numbers there. The lists have room for all; returns
/// how many there are. There are fewer than 2³¹ rows and columns.
size_t pith_places_f32(const float *x, size_t rows, size_t columns, int32_t *row, int32_t *column, float *value);
size_t pith_places_f64(const double *x, size_t rows, size_t columns, int32_t *row, int32_t *column, double *value);

/// y [count, width] = base[row[i]] + value[i] along[column[i]], and max(y, 0) where `relu` is not 0; base [*, width] and
/// along [*, width]; the first row of `along` for all where `column` is null.
void pith_moved_rows_f32(const float *base, const float *along, size_t width, const int32_t *row, const int32_t *column,
                         const float *value, size_t count, int relu, float *y);
void pith_moved_rows_f64(const double *base, const double *along, size_t width, const int32_t *row, const int32_t *column,
                         const double *value, size_t count, int relu, double *y);

/// sums[column[i]] += x[i] - base[row[i]].
void pith_add_differences_f32(const float *x, const float *base, const int32_t *row, const int32_t *column, size_t count,
                              double *sums);
void pith_add_differences_f64(const double *x, const double *base, const int32_t *row, const int32_t *column, size_t count,
                              double *sums);
/// y [*, width] at [row[i], column[i]] = x[i] - base[row[i]].
void pith_put_differences_f32(const float *x, const float *base, const int32_t *row, const int32_t *column, size_t count,
                              size_t width, float *y);
void pith_put_differences_f64(const double *x, const double *base, const int32_t *row, const int32_t *column, size_t count,
                              size_t width, double *y);

/// Rows that move as those of pith_moved_rows_f32, before a linear layer that gives scores for classes.
typedef struct pith_moved_losses {
  size_t samples, changes, width, classes;
  const float *base;      ///< [samples, width]
  const float *along;     ///< [changes, width], or [1, width] where `has_one_direction` is not 0
  int has_one_direction;
  const float *step;      ///< [samples, changes], rows `step_row` apart
  size_t step_row;
  int relu;               ///< whether what is below 0 becomes 0
  const float *weight;    ///< [classes, width]
  const float *bias;      ///< [classes], or null
  const int64_t *label;   ///< [samples], each a class
  const float *loss;      ///< [samples], without any change
} pith_moved_losses;

/// Whether this processor has the vectors that the next is written for; without, it is not to be called.
int pith_moved_losses_are_fast(void);
/// sums[change] += Σ over the samples that a change moves of how far it moves their cross-entropy. Stops early where
/// interrupted. Returns 0, or 1 where no memory was to be had.
int pith_moved_losses_f32(const pith_moved_losses *job, double *sums);

/// Samples whose scores for classes are moved by one changed weight at a time.
///
/// A weight [unit, input] that changes by `step` moves the unit's sum z by step × the input, the unit's output by what the
/// activation makes of it, and the scores by that along the unit's direction.
typedef struct pith_weight_losses {
  size_t samples, inputs, units, classes;
  const float *input;      ///< [samples, inputs]
  const float *z;          ///< [samples, units]
  const float *step;       ///< [units, inputs]
  const float *along;      ///< [units, classes]
  const float *score;      ///< [samples, classes]
  const float *chance;     ///< [samples, classes], the softmax of the scores
  const int64_t *label;    ///< [samples], each a class
  int activation;          ///< a `pith_unary`, or -1 for none
} pith_weight_losses;

/// sums [end - begin, inputs] = Σ over the samples of how much each weight's change raises the cross-entropy, for some of the
/// units. Good to float rounding of the rise itself, not of the loss. Stops early where interrupted. Returns 0, or 1 where no
/// memory was to be had.
int pith_weight_losses_f32(const pith_weight_losses *job, size_t begin, size_t end, double *sums);

#endif
