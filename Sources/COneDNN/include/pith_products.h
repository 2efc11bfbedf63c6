/// Products of one shape, made ready once and run many times: batches of small matrices, and steps of a recurrence.
#ifndef PITH_PRODUCTS_H
#define PITH_PRODUCTS_H

#include <stdint.h>

/// `units` products c = op(a) op(b), row-major, each matrix right after the one before; op(a) [m, k], op(b) [k, n], c [m, n].
typedef struct pith_products_shape {
  int64_t units, m, n, k;
  /// Whether a is stored as [k, m], and b as [n, k].
  int64_t a_turned, b_turned;
  /// Whether the product is added to what is in c.
  int64_t adds;
  /// Whether b is brought into oneDNN's own layout by `pith_products_pack`, which pays where it is used often.
  int64_t is_packed;
  /// The threads that a run divides its work over. With 1, several threads may run it at once.
  int64_t threads;
  /// Whether a and b are bfloat16; c is float32 all the same.
  int64_t is_bf16;
} pith_products_shape;

typedef struct pith_products pith_products;

/// For the caller alone until it is released; null where oneDNN refuses.
pith_products *pith_products_acquire(const pith_products_shape *shape);
void pith_products_release(pith_products *products);
/// Takes over b of a packed product. Returns 0, or oneDNN's status.
int pith_products_pack(pith_products *products, const void *b);
/// Returns 0, or oneDNN's status; `b` is not read where it is packed.
int pith_products_run(const pith_products *products, const void *a, const void *b, float *c);

#endif
