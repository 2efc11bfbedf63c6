#include "batches.h"

#include <stddef.h>

static void measure(pith_batch *layout, int64_t units, int64_t rows, int64_t columns, int is_turned, dnnl_dims_t steps) {
  layout->rank = units == 1 ? 2 : 3;
  const int at = layout->rank - 2;
  layout->size[0] = units;
  steps[0] = rows * columns;
  layout->size[at] = rows;
  layout->size[at + 1] = columns;
  steps[at] = is_turned ? 1 : columns;
  steps[at + 1] = is_turned ? rows : 1;
}

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t pith_batch_create(pith_batch *layout, int64_t units, int64_t rows, int64_t columns, int is_turned,
                                dnnl_data_type_t type) {
  dnnl_dims_t steps;
  layout->type = type;
  measure(layout, units, rows, columns, is_turned, steps);
  return dnnl_memory_desc_create_with_strides(&layout->description, layout->rank, layout->size, type, steps);
}

void pith_batch_destroy(pith_batch *layout) {
  if (layout->description != NULL) dnnl_memory_desc_destroy(layout->description);
  layout->description = NULL;
}

static dnnl_status_t plan_with(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_batch *a,
                               const pith_batch *b, const pith_batch *c, int is_free, dnnl_primitive_attr_t attributes) {
  dnnl_memory_desc_t any = NULL;
  dnnl_status_t status = dnnl_success;
  if (is_free) status = dnnl_memory_desc_create_with_tag(&any, b->rank, b->size, b->type, dnnl_format_tag_any);
  if (status == dnnl_success)
    status = dnnl_matmul_primitive_desc_create(plan, engine, a->description, is_free ? any : b->description, NULL,
                                               c->description, attributes);
  if (any != NULL) dnnl_memory_desc_destroy(any);
  return status;
}

static dnnl_status_t append_sum(dnnl_post_ops_t after) { return dnnl_post_ops_append_sum(after, 1, 0, dnnl_data_type_undef); }

#else

dnnl_status_t pith_batch_create(pith_batch *layout, int64_t units, int64_t rows, int64_t columns, int is_turned,
                                dnnl_data_type_t type) {
  dnnl_dims_t steps;
  layout->type = type;
  measure(layout, units, rows, columns, is_turned, steps);
  layout->description = &layout->stored;
  return dnnl_memory_desc_init_by_strides(&layout->stored, layout->rank, layout->size, type, steps);
}

void pith_batch_destroy(pith_batch *layout) { layout->description = NULL; }

static dnnl_status_t plan_with(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_batch *a,
                               const pith_batch *b, const pith_batch *c, int is_free, dnnl_primitive_attr_t attributes) {
  dnnl_memory_desc_t any;
  dnnl_matmul_desc_t operation;
  dnnl_status_t status = dnnl_success;
  if (is_free) status = dnnl_memory_desc_init_by_tag(&any, b->rank, b->size, b->type, dnnl_format_tag_any);
  if (status == dnnl_success)
    status = dnnl_matmul_desc_init(&operation, a->description, is_free ? &any : b->description, NULL, c->description);
  return status == dnnl_success ? dnnl_primitive_desc_create(plan, &operation, attributes, engine, NULL) : status;
}

static dnnl_status_t append_sum(dnnl_post_ops_t after) { return dnnl_post_ops_append_sum(after, 1); }

#endif

dnnl_status_t pith_products_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_batch *a,
                                 const pith_batch *b, const pith_batch *c, int is_free, int adds) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t after = NULL;
  dnnl_status_t status = dnnl_primitive_attr_create(&attributes);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success && adds) {
    status = dnnl_post_ops_create(&after);
    if (status == dnnl_success) status = append_sum(after);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, after);
  }
  if (status == dnnl_success) status = plan_with(plan, engine, a, b, c, is_free, attributes);
  if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
  if (after != NULL) dnnl_post_ops_destroy(after);
  return status;
}
