/// Matrix products that oneDNN has not: double precision and integers. All matrices are row-major.
#ifndef PITH_LINEAR_H
#define PITH_LINEAR_H

#include <stdint.h>

/// c = alpha op(a) op(b) + beta c, where op is the matrix itself for 'N' and its transpose for 'T'; op(a) [m, k],
/// op(b) [k, n], c [m, n]; lda, ldb and ldc are the lengths of the stored rows. With beta 0, c is only written.
/// Returns 0, or 1 where no memory was to be had (c is then unchanged).
int pith_dgemm(char transa, char transb, int64_t m, int64_t n, int64_t k, double alpha, const double *a, int64_t lda,
               const double *b, int64_t ldb, double beta, double *c, int64_t ldc);
/// c [m, n] = a [m, k] b [k, n], wrapping.
void pith_matmul_i64(int64_t m, int64_t n, int64_t k, const int64_t *a, int64_t lda, const int64_t *b, int64_t ldb,
                     int64_t *c, int64_t ldc);

#endif
