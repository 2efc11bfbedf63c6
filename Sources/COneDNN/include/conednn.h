/// COneDNN: matrix products and convolutions on oneDNN, the same calls for its 2.x and 3.x releases.
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

/// y [m, n] = x [m, k] weight^T + bias; weight [n, k], bias [n] or null; ldx and ldw are the lengths of the stored rows.
/// `threads` is the most to use, and 0 where the caller is one of a team of threads that do the like at the same time.
/// Returns 0, or another number where oneDNN has no such primitive: nothing was written then.
int pith_linear(int64_t m, int64_t n, int64_t k, const float *x, int64_t ldx, const float *weight, int64_t ldw,
                const float *bias, float *y, int threads);

/// What the processor makes of bfloat16: nothing, right results by way of float32, or instructions of its own.
typedef enum pith_bf16_support : int { PITH_BF16_NONE, PITH_BF16_SLOW, PITH_BF16_NATIVE } pith_bf16_support;
pith_bf16_support pith_has_bf16(void);

/// c [m, n] = op(a) op(b) + bias. a and b are bfloat16 without gaps, turned where they are stored as [k, m] and [n, k];
/// sums and c are float32; bias [n] or null. Returns 0, or oneDNN's status.
int pith_matmul_bf16(int a_turned, int b_turned, int64_t m, int64_t n, int64_t k, const uint16_t *a, const uint16_t *b,
                     const float *bias, float *c, int threads);

/// A linear layer of a stack, as `pith_linear` reads it; y [rows, n] is where its output goes.
typedef struct pith_linear_layer {
  int64_t n, k;
  const float *weight, *bias;
  float *y;
  int32_t has_relu;  ///< whether what is below 0 then becomes 0
} pith_linear_layer;

/// Takes the rows `begin ..< end` of x through layers one after the other, some rows at a time, so that they stay in the
/// cache of the one thread that this uses: others may take other rows at the same time.
/// Where `keeps` is 0, the outputs of all layers but the last are left unsaid; each is then written over part of
/// its own y. Returns 0, or another number where oneDNN has no such primitive.
int pith_linear_stack(const pith_linear_layer *layers, int count, const float *x, int64_t ldx, int64_t begin, int64_t end,
                      int keeps);

/// `batch` products whose matrices lie `stride_a`, `stride_b` and `stride_c` elements apart; a stride of 0 for a or b
/// uses the same matrix each time.
int pith_sgemm_batch(char transa, char transb, int64_t batch, int64_t m, int64_t n, int64_t k, float alpha,
                     const float *a, int64_t lda, int64_t stride_a, const float *b, int64_t ldb, int64_t stride_b,
                     float beta, float *c, int64_t ldc, int64_t stride_c, int threads);

/// A convolution of pictures, or of sequences as pictures of one row. All sizes are above 0; `before` and `after` are the
/// zeros around the input; `dilation` 1 leaves no gaps.
typedef struct pith_convolution {
  int64_t batch, groups, inputs, outputs;
  int64_t size[2], out[2], kernel[2], stride[2], dilation[2], before[2], after[2];
} pith_convolution;

/// Weights [outputs, inputs / groups, rows, columns] as they lie in a tensor. oneDNN reads them in an order of its own; the
/// copy in that order is kept under `identity`, a number that no other weights have until `pith_convolution_forget`, and
/// holds for as long as `version` stays the same.
typedef struct pith_weights {
  const float *numbers;
  uint64_t identity, version;
} pith_weights;

// Pictures lie as [batch, rows, columns, channels]. Each call returns 0, or oneDNN's status where it refused. Where
// `is_bf16` is not 0, x and dy are bfloat16, and weights are rounded to it; sums, results and biases are float32.

/// y = the convolution of x, plus the bias where it is not null, then max(y, 0) where `relu` is not 0: NaN then becomes 0.
int pith_convolve(const pith_convolution *c, const void *x, const pith_weights *weights, const float *bias, int relu,
                  float *y, int is_bf16, int threads);
/// dx from dy: the transposed convolution.
int pith_convolve_back(const pith_convolution *c, const void *dy, const pith_weights *weights, float *dx, int is_bf16,
                       int threads);
/// dw [outputs, inputs / groups, rows, columns], and db [outputs] where it is not null.
int pith_convolve_weights(const pith_convolution *c, const void *x, const void *dy, float *dw, float *db, int is_bf16,
                          int threads);
/// Gives back the copies kept under an identity, which may then be used for other weights.
void pith_convolution_forget(uint64_t identity);
/// Gives back all that convolutions keep: primitives, copies of weights, working memory.
void pith_convolution_drop(void);

/// As "2.6.3"; the same pointer each time.
const char *pith_onednn_version(void);

#endif
