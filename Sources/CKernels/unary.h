// Loops of one input, and the running of such a loop on the pool.
#ifndef PITH_UNARY_H
#define PITH_UNARY_H

#include "internal.h"

/// A vectorised loop y[i] = EXPRESSION of v = x[i].
#define PITH_MAP(NAME, T, R, EXPRESSION)                          \
  static PITH_CLONES void NAME(const T *x, R *y, size_t n) {      \
    PITH_CONTRACT                                                 \
    PITH_INDEPENDENT                                              \
    for (size_t i = 0; i < n; i++) {                              \
      const T v = x[i];                                           \
      y[i] = (R)(EXPRESSION);                                     \
    }                                                             \
  }

/// The same with one parameter p.
#define PITH_MAP1(NAME, T, EXPRESSION)                             \
  static PITH_CLONES void NAME(const T *x, T *y, size_t n, T p) {  \
    PITH_CONTRACT                                                  \
    PITH_INDEPENDENT                                               \
    for (size_t i = 0; i < n; i++) {                               \
      const T v = x[i];                                            \
      y[i] = (EXPRESSION);                                         \
    }                                                              \
  }

/// A loop over a function of the C library, which no compiler vectorises.
#define PITH_CALL(NAME, T, EXPRESSION)                 \
  static void NAME(const T *x, T *y, size_t n) {       \
    for (size_t i = 0; i < n; i++) {                   \
      const T v = x[i];                                \
      y[i] = (EXPRESSION);                             \
    }                                                  \
  }

struct pith_map_job {
  void (*loop)(void);
  const void *x;
  void *y;
};

/// Defines `run_T`, which runs a loop over `n` elements on as many threads as `grain` allows.
#define PITH_MAP_RUNNER(RUN, T, R)                                                            \
  static void RUN##_part(void *context, long begin, long end) {                               \
    const struct pith_map_job *job = context;                                                 \
    ((void (*)(const T *, R *, size_t))job->loop)((const T *)job->x + begin, (R *)job->y + begin, \
                                                  (size_t)(end - begin));                     \
  }                                                                                           \
  static void RUN(void (*loop)(const T *, R *, size_t), const T *x, R *y, size_t n, long grain) { \
    struct pith_map_job job = {(void (*)(void))loop, x, y};                                   \
    pith_parallel_for((long)n, grain, &job, RUN##_part);                                      \
  }

#endif
