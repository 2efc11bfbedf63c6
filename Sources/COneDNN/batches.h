// Where releases 2 and 3 of oneDNN differ in the description of batches of matrices and of their product.
#ifndef PITH_BATCHES_H
#define PITH_BATCHES_H

#include <dnnl.h>

#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *const_dnnl_memory_desc_t;
#endif

/// Matrices of one shape, each right after the one before.
typedef struct pith_batch {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t description;
#else
  const dnnl_memory_desc_t *description;
  dnnl_memory_desc_t stored;
#endif
  int rank;
  dnnl_data_type_t type;
  dnnl_dims_t size;
} pith_batch;

/// A batch of one is a plain matrix, for which oneDNN has more.
dnnl_status_t pith_batch_create(pith_batch *layout, int64_t units, int64_t rows, int64_t columns, int is_turned,
                                dnnl_data_type_t type);
void pith_batch_destroy(pith_batch *layout);
/// c = a b, or c += a b; `is_free` leaves the layout of b to oneDNN. Scratch memory comes from the caller: what oneDNN has
/// of its own belongs to the thread that made the primitive, and another may run it.
dnnl_status_t pith_products_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_batch *a,
                                 const pith_batch *b, const pith_batch *c, int is_free, int adds);

#endif
