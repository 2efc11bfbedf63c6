#include "onednn_release.h"

#include <stddef.h>

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t pith_matrix_create(pith_matrix *matrix, int64_t rows, int64_t columns, int64_t row_step,
                                 int64_t column_step, dnnl_data_type_t type) {
  const dnnl_dims_t size = {rows, columns}, steps = {row_step, column_step};
  matrix->description = NULL;
  return dnnl_memory_desc_create_with_strides(&matrix->description, 2, size, type, steps);
}

void pith_matrix_destroy(pith_matrix *matrix) {
  if (matrix->description != NULL) dnnl_memory_desc_destroy(matrix->description);
  matrix->description = NULL;
}

static dnnl_status_t any_layout(pith_matrix *matrix, int64_t rows, int64_t columns, dnnl_data_type_t type) {
  const dnnl_dims_t size = {rows, columns};
  return dnnl_memory_desc_create_with_tag(&matrix->description, 2, size, type, dnnl_format_tag_any);
}

static dnnl_status_t append_relu(dnnl_post_ops_t after) {
  return dnnl_post_ops_append_eltwise(after, dnnl_eltwise_relu, 0, 0);
}

static dnnl_status_t plan_with(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_matrix *src,
                               const pith_matrix *weights, const pith_matrix *bias, const pith_matrix *dst) {
  return dnnl_matmul_primitive_desc_create(plan, engine, src->description, weights->description,
                                           bias ? bias->description : NULL, dst->description, NULL);
}

dnnl_status_t pith_layout_create(pith_layout *layout, int rank, const dnnl_dim_t *sizes, const dnnl_dim_t *steps,
                                 dnnl_data_type_t type) {
  layout->description = NULL;
  return steps == NULL
             ? dnnl_memory_desc_create_with_tag(&layout->description, rank, sizes, type, dnnl_format_tag_any)
             : dnnl_memory_desc_create_with_strides(&layout->description, rank, sizes, type, steps);
}

dnnl_status_t pith_layout_copy(pith_layout *layout, pith_layout_view from) {
  layout->description = NULL;
  return dnnl_memory_desc_clone(&layout->description, from);
}

dnnl_status_t pith_append_relu(dnnl_post_ops_t after) { return append_relu(after); }

static dnnl_status_t convolution_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, pith_convolution_kind kind,
                                      dnnl_prop_kind_t prop, const pith_convolution_layouts *l,
                                      dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attributes) {
  switch (kind) {
    case PITH_FORWARD:
      return dnnl_convolution_forward_primitive_desc_create(plan, engine, prop, dnnl_convolution_direct, l->source,
                                                            l->weights, l->bias, l->target, l->strides, l->dilations,
                                                            l->before, l->after, attributes);
    case PITH_BACKWARD_DATA:
      return dnnl_convolution_backward_data_primitive_desc_create(plan, engine, dnnl_convolution_direct, l->source,
                                                                  l->weights, l->target, l->strides, l->dilations,
                                                                  l->before, l->after, hint, attributes);
    case PITH_BACKWARD_WEIGHTS:
      return dnnl_convolution_backward_weights_primitive_desc_create(
          plan, engine, dnnl_convolution_direct, l->source, l->weights, l->bias, l->target, l->strides, l->dilations,
          l->before, l->after, hint, attributes);
  }
  return dnnl_invalid_arguments;
}

#else

dnnl_status_t pith_matrix_create(pith_matrix *matrix, int64_t rows, int64_t columns, int64_t row_step,
                                 int64_t column_step, dnnl_data_type_t type) {
  const dnnl_dims_t size = {rows, columns}, steps = {row_step, column_step};
  matrix->description = &matrix->stored;
  return dnnl_memory_desc_init_by_strides(&matrix->stored, 2, size, type, steps);
}

void pith_matrix_destroy(pith_matrix *matrix) { matrix->description = NULL; }

static dnnl_status_t any_layout(pith_matrix *matrix, int64_t rows, int64_t columns, dnnl_data_type_t type) {
  const dnnl_dims_t size = {rows, columns};
  matrix->description = &matrix->stored;
  return dnnl_memory_desc_init_by_tag(&matrix->stored, 2, size, type, dnnl_format_tag_any);
}

static dnnl_status_t append_relu(dnnl_post_ops_t after) {
  return dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_relu, 0, 0);
}

static dnnl_status_t plan_with(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_matrix *src,
                               const pith_matrix *weights, const pith_matrix *bias, const pith_matrix *dst) {
  dnnl_matmul_desc_t operation;
  const dnnl_status_t status = dnnl_matmul_desc_init(&operation, src->description, weights->description,
                                                     bias ? bias->description : NULL, dst->description);
  return status == dnnl_success ? dnnl_primitive_desc_create(plan, &operation, NULL, engine, NULL) : status;
}

dnnl_status_t pith_layout_create(pith_layout *layout, int rank, const dnnl_dim_t *sizes, const dnnl_dim_t *steps,
                                 dnnl_data_type_t type) {
  layout->description = &layout->stored;
  return steps == NULL ? dnnl_memory_desc_init_by_tag(&layout->stored, rank, sizes, type, dnnl_format_tag_any)
                       : dnnl_memory_desc_init_by_strides(&layout->stored, rank, sizes, type, steps);
}

dnnl_status_t pith_layout_copy(pith_layout *layout, pith_layout_view from) {
  layout->stored = *from;
  layout->description = &layout->stored;
  return dnnl_success;
}

dnnl_status_t pith_append_relu(dnnl_post_ops_t after) { return append_relu(after); }

static dnnl_status_t convolution_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, pith_convolution_kind kind,
                                      dnnl_prop_kind_t prop, const pith_convolution_layouts *l,
                                      dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attributes) {
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_invalid_arguments;
  switch (kind) {
    case PITH_FORWARD:
      status = dnnl_dilated_convolution_forward_desc_init(&operation, prop, dnnl_convolution_direct, l->source,
                                                          l->weights, l->bias, l->target, l->strides, l->dilations,
                                                          l->before, l->after);
      break;
    case PITH_BACKWARD_DATA:
      status = dnnl_dilated_convolution_backward_data_desc_init(&operation, dnnl_convolution_direct, l->source,
                                                                l->weights, l->target, l->strides, l->dilations,
                                                                l->before, l->after);
      break;
    case PITH_BACKWARD_WEIGHTS:
      status = dnnl_dilated_convolution_backward_weights_desc_init(&operation, dnnl_convolution_direct, l->source,
                                                                   l->weights, l->bias, l->target, l->strides,
                                                                   l->dilations, l->before, l->after);
  }
  return status == dnnl_success ? dnnl_primitive_desc_create(plan, &operation, attributes, engine, hint) : status;
}

#endif

// What follows is the same in both.

dnnl_status_t pith_matmul_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_matrix *src,
                               const pith_matrix *weights, int64_t k, int64_t n, dnnl_data_type_t type,
                               const pith_matrix *bias, const pith_matrix *dst) {
  pith_matrix chosen = {0};
  dnnl_status_t status = weights == NULL ? any_layout(&chosen, k, n, type) : dnnl_success;
  if (status == dnnl_success) status = plan_with(plan, engine, src, weights == NULL ? &chosen : weights, bias, dst);
  if (weights == NULL) pith_matrix_destroy(&chosen);
  return status;
}

dnnl_status_t pith_packing_create(dnnl_primitive_t *packing, dnnl_memory_t *unpacked, dnnl_memory_t *packed,
                                  dnnl_engine_t engine, dnnl_primitive_desc_t plan, const pith_matrix *weights) {
  dnnl_primitive_desc_t copy = NULL;
  dnnl_status_t status = dnnl_reorder_primitive_desc_create(
      &copy, weights->description, engine, dnnl_primitive_desc_query_md(plan, dnnl_query_weights_md, 0), engine, NULL);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_create(packing, copy);
  dnnl_primitive_desc_destroy(copy);
  if (status == dnnl_success)
    status = dnnl_memory_create(unpacked, weights->description, engine, DNNL_MEMORY_NONE);
  if (status == dnnl_success)
    status = dnnl_memory_create(packed, dnnl_primitive_desc_query_md(plan, dnnl_query_weights_md, 0), engine,
                                DNNL_MEMORY_ALLOCATE);
  return status;
}

void pith_layout_destroy(pith_layout *layout) { pith_matrix_destroy(layout); }

dnnl_status_t pith_convolution_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, pith_convolution_kind kind,
                                    const pith_convolution_layouts *layouts, const pith_convolution_layouts *forward,
                                    dnnl_primitive_attr_t attributes) {
  if (kind == PITH_FORWARD)
    return convolution_plan(plan, engine, kind, dnnl_forward_inference, layouts, NULL, attributes);
  // A backward primitive is planned beside the forward one that it belongs to.
  dnnl_primitive_desc_t hint = NULL;
  dnnl_status_t status =
      convolution_plan(&hint, engine, PITH_FORWARD, dnnl_forward_training, forward, NULL, attributes);
  if (status == dnnl_success) status = convolution_plan(plan, engine, kind, dnnl_forward_training, layouts, hint, attributes);
  if (hint != NULL) dnnl_primitive_desc_destroy(hint);
  return status;
}
