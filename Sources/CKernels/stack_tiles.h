// The tiles of products whose matrices are small enough for the caches: some rows, each with some vectors of results, which
// stay in registers while the sum runs.
#ifndef PITH_STACK_TILES_H
#define PITH_STACK_TILES_H

#include <immintrin.h>

#include "internal.h"

#define PITH_WIDE __attribute__((target("avx512f,avx512bw")))
#define PITH_UNROLL _Pragma("clang loop unroll(full)")
enum { PITH_LANES = 16, PITH_PANEL = 64 };
typedef float pith_lanes __attribute__((vector_size(64), aligned(4), may_alias));

/// What a tile multiplies: y [P, V vectors] = start + the sum over `depth` steps of x [P] times a row [V vectors] of w.
struct pith_tile {
  const float *x;
  int64_t x_row, x_step;  ///< from a row of the tile to the next, and from a step of the sum to the next
  const float *w;      ///< [depth, V vectors]
  int64_t w_step;      ///< from a row of w to the next, where the sum runs along columns; else they follow one another
  int64_t depth;
  const float *start;  ///< null: what is in y
  const float *gate;   ///< where not null: a result stays where this is above 0, and is 0 elsewhere
  int64_t relu;
  float *y;
  int64_t y_row, gate_row;
  /// Lanes of the last vector that are there, in gate and in y.
  __mmask16 last;
};

/// Sums run from step to step in each lane by itself: a result does not depend on the rows beside it.
/// X_ROW, X_STEP and W_STEP say which step is known already: what the processor must add up takes time from the sums.
#define PITH_TILE(NAME, P, V, X_ROW, X_STEP, W_STEP)                                                                   \
  PITH_WIDE static void NAME(const struct pith_tile *of) {                                                             \
    const int64_t x_row = X_ROW, x_step = X_STEP, w_step = W_STEP, y_row = of->y_row;                                  \
    const __mmask16 last = of->last;                                                                                   \
    const float *from[(P + 2) / 3], *w = of->w;                                                                        \
    float *y = of->y;                                                                                                  \
    pith_lanes sum[P][V];                                                                                              \
    PITH_UNROLL for (int g = 0; g < (P + 2) / 3; g++) from[g] = of->x + 3 * g * x_row;                                 \
    PITH_UNROLL for (int p = 0; p < P; p++)                                                                            \
      PITH_UNROLL for (int v = 0; v < V; v++) {                                                                        \
        const __mmask16 lanes = v == V - 1 ? last : (__mmask16)-1;                                                     \
        const float *at = of->start != NULL ? of->start + v * PITH_LANES : y + p * y_row + v * PITH_LANES;             \
        sum[p][v] = (pith_lanes)_mm512_maskz_loadu_ps(lanes, at);                                                      \
      }                                                                                                                \
    _Pragma("clang loop unroll_count(4)") for (int64_t t = 0; t < of->depth; t++, w += w_step) {                       \
      PITH_CONTRACT                                                                                                    \
      pith_lanes row[V];                                                                                               \
      PITH_UNROLL for (int v = 0; v < V; v++)                                                                          \
        row[v] = *(const pith_lanes *)(w + v * PITH_LANES);                                                            \
      PITH_UNROLL for (int p = 0; p < P; p++)                                                                          \
        PITH_UNROLL for (int v = 0; v < V; v++) sum[p][v] += from[p / 3][p % 3 * x_row] * row[v];                      \
      PITH_UNROLL for (int g = 0; g < (P + 2) / 3; g++) from[g] += x_step;                                             \
    }                                                                                                                  \
    PITH_UNROLL for (int p = 0; p < P; p++)                                                                            \
      PITH_UNROLL for (int v = 0; v < V; v++) {                                                                        \
        __mmask16 lanes = v == V - 1 ? last : (__mmask16)-1;                                                           \
        __m512 made = (__m512)sum[p][v];                                                                               \
        /* What is not below 0, NaN too, stays. */                                                                     \
        if (of->relu) made = _mm512_max_ps(_mm512_setzero_ps(), made);                                                 \
        if (of->gate != NULL) {                                                                                        \
          const __m512 gate = _mm512_maskz_loadu_ps(lanes, of->gate + p * of->gate_row + v * PITH_LANES);              \
          made = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ), made);                 \
        }                                                                                                              \
        _mm512_mask_storeu_ps(y + p * y_row + v * PITH_LANES, lanes, made);                                            \
      }                                                                                                                \
  }

/// The sum runs along the rows of x, or along its columns.
#define PITH_ROW_TILE(NAME, P, V) PITH_TILE(NAME, P, V, of->x_row, 1, V * PITH_LANES)
#define PITH_COLUMN_TILE(NAME, P, V) PITH_TILE(NAME, P, V, 1, of->x_step, of->w_step)

typedef void (*pith_tile_body)(const struct pith_tile *);

#endif
