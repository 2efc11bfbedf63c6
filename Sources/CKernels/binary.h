// Inner runs of two operands, and the call that walks them.
#ifndef PITH_BINARY_LOOPS_H
#define PITH_BINARY_LOOPS_H

#include "walk.h"

#define PITH_BINARY_CASE(PRAGMA, T, R, LEFT, RIGHT, EXPRESSION) \
  PRAGMA                                                       \
  for (size_t i = 0; i < n; i++) {                             \
    const T a = LEFT, b = RIGHT;                               \
    out[i] = (R)(EXPRESSION);                                  \
  }

#define PITH_BINARY_BODY(PRAGMA, T, R, EXPRESSION)                                      \
  const T *x = (const T *)p[0], *z = (const T *)p[1];                                   \
  R *out = (R *)y;                                                                      \
  const int64_t s = strides[0], t = strides[1];                                         \
  if (s == 1 && t == 1) {                                                               \
    PITH_BINARY_CASE(PRAGMA, T, R, x[i], z[i], EXPRESSION)                              \
  } else if (s == 1 && t == 0) {                                                        \
    const T one = *z;                                                                   \
    PITH_BINARY_CASE(PRAGMA, T, R, x[i], one, EXPRESSION)                               \
  } else if (s == 0 && t == 1) {                                                        \
    const T one = *x;                                                                   \
    PITH_BINARY_CASE(PRAGMA, T, R, one, z[i], EXPRESSION)                               \
  } else {                                                                              \
    PITH_BINARY_CASE(PRAGMA, T, R, x[(int64_t)i * s], z[(int64_t)i * t], EXPRESSION)    \
  }

/// A vectorised inner run y = EXPRESSION of a and b.
#define PITH_BINARY(NAME, T, R, EXPRESSION)                                                    \
  static PITH_CLONES void NAME(char *const *p, const int64_t *strides, char *y, size_t n) {    \
    PITH_BINARY_BODY(PITH_INDEPENDENT, T, R, EXPRESSION)                                       \
  }

/// One over a function that no compiler vectorises.
#define PITH_BINARY_CALL(NAME, T, EXPRESSION)                                       \
  static void NAME(char *const *p, const int64_t *strides, char *y, size_t n) {     \
    PITH_BINARY_BODY(, T, T, EXPRESSION)                                            \
  }

static inline void pith_binary_walk(pith_walk_loop loop, const void *a, const void *b, int64_t size, void *y,
                                    int64_t y_size, int rank, const int64_t *shape, const int64_t *a_strides,
                                    const int64_t *b_strides, long grain) {
  struct pith_walk walk;
  walk.operands = 2;
  const int64_t *strides[] = {a_strides, b_strides};
  if (!pith_walk_prepare(&walk, rank, shape, strides)) return;
  walk.base[0] = (char *)(uintptr_t)a;
  walk.base[1] = (char *)(uintptr_t)b;
  walk.sizes[0] = walk.sizes[1] = size;
  walk.y = y;
  walk.y_size = y_size;
  walk.loop = loop;
  pith_walk_run(&walk, grain);
}

#endif
