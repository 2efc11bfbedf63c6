/// Linear layers one after the other on many rows, forward and back, in single precision.
///
/// The layers of a small network are narrow: what a product of matrices costs there is bringing numbers to the processor.
/// Here each thread takes some rows through all layers while they are in its cache.
#ifndef PITH_STACK_H
#define PITH_STACK_H

#include <stdint.h>

/// What becomes of the two factors of a sample's gradient, dz and x, before they are multiplied and summed over rows.
enum pith_power { PITH_POWER_ITSELF, PITH_POWER_SQUARE, PITH_POWER_SIZE, PITH_POWERS };

/// y [rows, n] = x [rows, k] weight^T + bias, then max(y, 0) where `has_relu` is not 0. All are contiguous, but x of the first.
typedef struct pith_stack_layer {
  int64_t n, k, has_relu;
  const float *weight, *bias;  ///< weight [n, k]; bias [n] or null
  float *y;                    ///< where the output goes, or lies; going forward, null where it is not wanted and not the last
  /// By power f: the sum over rows of the outer products of f(dz) [n] and f(x) [k], and that of f(dz) alone; null where not
  /// wanted. With the factors themselves these are the gradients of weight and bias.
  float *dw[PITH_POWERS], *db[PITH_POWERS];
} pith_stack_layer;

/// Whether this processor has the vectors that the others are written for; without, they are not to be called.
int pith_stack_is_fast(void);

// Each returns 0, or 1 where no memory was to be had, or there are fewer rows than PITH_STACK_ROWS; the outputs are then
// anything. ldx is the step from row to row of x; dy [rows, n] is the derivative with respect to the output of the last layer.

enum { PITH_STACK_ROWS = 12 };

/// The outputs of the layers.
int pith_stack_f32(const pith_stack_layer *layers, int64_t count, const float *x, int64_t ldx, int64_t rows);
/// The sums that layers want, and dx [rows, k] where it is not null.
int pith_stack_gradients_f32(const pith_stack_layer *layers, int64_t count, const float *x, int64_t ldx, const float *dy,
                             int64_t rows, float *dx);

#endif
