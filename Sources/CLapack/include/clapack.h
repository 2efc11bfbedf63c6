/// Factorisations of LAPACK, for matrices whose columns lie together. Status as LAPACK's `info`: 0 where all went well, above 0
/// where the numbers stood in the way, below 0 for a wrong argument; PITH_LAPACK_MEMORY where there was no memory.
#ifndef PITH_CLAPACK_H
#define PITH_CLAPACK_H

#include <stdint.h>

#define PITH_LAPACK_MEMORY (-1000)

#define PITH_LAPACK_DECLARE(T, S)                                                                                      \
  /** The upper triangle of `a` becomes U with a = UᵀU. */                                                             \
  int pith_cholesky_##S(int32_t n, T *a);                                                                              \
  /** `a [m, n]` becomes its factors L and U, with the rows exchanged that `pivots` (from 1) names. */                  \
  int pith_lu_##S(int32_t m, int32_t n, T *a, int32_t *pivots);                                                        \
  /** Both parts of the eigenvalues of `a`, which is lost, and the vectors: of a pair that is not real, both parts. */ \
  int pith_eig_##S(int32_t n, T *a, T *re, T *im, T *v);                                                               \
  /** `b` becomes the solution of a x = b, and `a` its factors. */                                                     \
  int pith_solve_##S(int32_t n, int32_t columns, T *a, T *b);                                                          \
  /** `b` becomes the solution of op(a) x = b for a triangle of `a`. */                                                \
  int pith_solve_triangle_##S(int is_upper, int is_unit, int32_t n, int32_t columns, const T *a, T *b);                \
  /** The eigenvalues of the symmetric `a`, rising; `a` becomes the vectors. */                                        \
  int pith_eigh_##S(int32_t n, T *a, T *w);                                                                            \
  /** Singular values, falling, with `u [m, k]` and `vt [k, n]`, k the smaller size; `a` is lost. */                   \
  int pith_svd_##S(int32_t m, int32_t n, T *a, T *s, T *u, T *vt);                                                     \
  /** `r` holds `a [m, n]` and becomes R above its diagonal; `q [m, columns]` becomes Q. */                            \
  int pith_qr_##S(int32_t m, int32_t n, int32_t columns, T *r, T *q);

PITH_LAPACK_DECLARE(float, f32)
PITH_LAPACK_DECLARE(double, f64)

#endif
