// Contiguous loops with several inputs: clamps, backward helpers and updates in place.
#include "internal.h"

#define CLAMP(NAME, T)                                                               \
  PITH_CLONES void NAME(const T *x, T *y, size_t n, T low, T high) {                 \
    PITH_INDEPENDENT                                                                 \
    for (size_t i = 0; i < n; i++) {                                                 \
      const T v = x[i] < low ? low : x[i];                                           \
      y[i] = v > high ? high : v;                                                    \
    }                                                                                \
  }
CLAMP(pith_clamp_f32, float)
CLAMP(pith_clamp_f64, double)
CLAMP(pith_clamp_i64, int64_t)

#define BACKWARD(NAME, T, EXPRESSION)                                                \
  static PITH_CLONES void NAME##_run(const T *dy, const T *y, T *dx, size_t n) {     \
    PITH_INDEPENDENT                                                                 \
    for (size_t i = 0; i < n; i++) {                                                 \
      const T d = dy[i], v = y[i];                                                   \
      dx[i] = (EXPRESSION);                                                          \
    }                                                                                \
  }                                                                                  \
  struct NAME##_job {                                                                \
    const T *dy, *y;                                                                 \
    T *dx;                                                                           \
  };                                                                                 \
  static void NAME##_part(void *context, long begin, long end) {                     \
    const struct NAME##_job *job = context;                                          \
    NAME##_run(job->dy + begin, job->y + begin, job->dx + begin, (size_t)(end - begin)); \
  }                                                                                  \
  void NAME(const T *dy, const T *y, T *dx, size_t n) {                              \
    struct NAME##_job job = {dy, y, dx};                                             \
    pith_parallel_for((long)n, PITH_GRAIN_CHEAP, &job, NAME##_part);                 \
  }
BACKWARD(pith_relu_backward_f32, float, v > 0 ? d : 0)
BACKWARD(pith_relu_backward_f64, double, v > 0 ? d : 0)
BACKWARD(pith_tanh_backward_f32, float, d * (1 - v * v))
BACKWARD(pith_tanh_backward_f64, double, d * (1 - v * v))
BACKWARD(pith_sigmoid_backward_f32, float, d * ((1 - v) * v))
BACKWARD(pith_sigmoid_backward_f64, double, d * ((1 - v) * v))

#define AXPY(NAME, T)                                                                \
  PITH_CLONES void NAME(T alpha, const T *x, T *y, size_t n) {                       \
    PITH_CONTRACT                                                                    \
    PITH_INDEPENDENT                                                                 \
    for (size_t i = 0; i < n; i++) y[i] += alpha * x[i];                             \
  }
AXPY(pith_axpy_f32, float)
AXPY(pith_axpy_f64, double)

#define ADD(NAME, T, U)                                                              \
  PITH_CLONES void NAME(const T *x, T *y, size_t n) {                                \
    PITH_INDEPENDENT                                                                 \
    for (size_t i = 0; i < n; i++) y[i] = (T)((U)y[i] + (U)x[i]);                    \
  }
ADD(pith_add_inplace_f32, float, float)
ADD(pith_add_inplace_f64, double, double)
ADD(pith_add_inplace_i64, int64_t, uint64_t)

#define AFFINE(NAME, T)                                                              \
  PITH_CLONES void NAME(T alpha, T beta, const T *x, T *y, size_t n) {               \
    PITH_INDEPENDENT                                                                 \
    for (size_t i = 0; i < n; i++) {                                                 \
      const T product = alpha * x[i];                                                \
      y[i] = product + beta;                                                         \
    }                                                                                \
  }
AFFINE(pith_affine_f32, float)
AFFINE(pith_affine_f64, double)
