// oneDNN's matrix product primitive, kept by shape.
#ifndef PITH_MATMUL_H
#define PITH_MATMUL_H

#include <stdint.h>

/// What a primitive is made for. `threads` is part of it, for a primitive divides its work when it is made.
typedef struct pith_product {
  int64_t m, n, k, lda, ldb, ldc;
  int32_t a_turned, b_turned, threads;
  /// Whether a row is added to every row of the product.
  int32_t has_bias;
  /// Whether b is brought into oneDNN's own layout first, which pays for tall products.
  int32_t is_packed;
  /// Whether a and b are bfloat16; c and the bias are float32 all the same.
  int32_t is_bf16;
} pith_product;

/// c = op(a) op(b), with bias where the product says so; `bias` is null where it has none. Returns 0, or a
/// status where oneDNN has no primitive for it.
int pith_matmul(const pith_product *product, const void *a, const void *b, const float *bias, float *c);

/// Sets how many threads oneDNN uses in calls of this thread.
void pith_use_threads(int wanted);

#endif
