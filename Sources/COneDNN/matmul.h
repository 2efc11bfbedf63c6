// oneDNN's matrix product primitive, kept by shape.
#ifndef PITH_MATMUL_H
#define PITH_MATMUL_H

#include <stdint.h>

/// What a primitive is made for. `threads` is part of it, for a primitive divides its work when it is made.
typedef struct pith_product {
  int64_t m, n, k, lda, ldb, ldc;
  int32_t a_turned, b_turned, threads;
} pith_product;

/// c = op(a) op(b). Returns 0, or a status where oneDNN has no primitive for it.
int pith_matmul(const pith_product *product, const float *a, const float *b, float *c);

#endif
