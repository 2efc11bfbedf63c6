/// COneDNN: single precision matrix products on oneDNN, the same calls for its 2.x and 3.x releases.
#ifndef PITH_CONEDNN_H
#define PITH_CONEDNN_H

#include <stdint.h>

#include "pith_products.h"

/// c = alpha op(a) op(b) + beta c, all row-major, where op is the matrix itself for 'N' and its transpose for 'T';
/// op(a) [m, k], op(b) [k, n], c [m, n]; lda, ldb and ldc are the lengths of the stored rows. With beta 0, c is only
/// written. `threads` is the most to use; small products take one whatever it says.
/// Returns 0, or oneDNN's status (a `dnnl_status_t`) where it refused.
int pith_sgemm(char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
               const float *b, int64_t ldb, float beta, float *c, int64_t ldc, int threads);

/// y [m, n] = x [m, k] weight^T + bias, then max(y, 0) where `relu` is not 0; weight [n, k], bias [n] or null; ldx and ldw
/// are the lengths of the stored rows. Returns 0, or another number where oneDNN has no such primitive: nothing was
/// written then.
int pith_linear(int64_t m, int64_t n, int64_t k, const float *x, int64_t ldx, const float *weight, int64_t ldw,
                const float *bias, int relu, float *y, int threads);

/// `batch` products whose matrices lie `stride_a`, `stride_b` and `stride_c` elements apart; a stride of 0 for a or b
/// uses the same matrix each time.
int pith_sgemm_batch(char transa, char transb, int64_t batch, int64_t m, int64_t n, int64_t k, float alpha,
                     const float *a, int64_t lda, int64_t stride_a, const float *b, int64_t ldb, int64_t stride_b,
                     float beta, float *c, int64_t ldc, int64_t stride_c, int threads);

/// As "2.6.3"; the same pointer each time.
const char *pith_onednn_version(void);

#endif
