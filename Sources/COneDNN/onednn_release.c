#include "onednn_release.h"

#include <stddef.h>

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t pith_matrix_create(pith_matrix *matrix, int64_t rows, int64_t columns, int64_t row_step,
                                 int64_t column_step) {
  const dnnl_dims_t size = {rows, columns}, steps = {row_step, column_step};
  matrix->description = NULL;
  return dnnl_memory_desc_create_with_strides(&matrix->description, 2, size, dnnl_f32, steps);
}

void pith_matrix_destroy(pith_matrix *matrix) {
  if (matrix->description != NULL) dnnl_memory_desc_destroy(matrix->description);
  matrix->description = NULL;
}

dnnl_status_t pith_matmul_create(dnnl_primitive_t *primitive, dnnl_engine_t engine, const pith_matrix *src,
                                 const pith_matrix *weights, const pith_matrix *dst) {
  dnnl_primitive_desc_t plan = NULL;
  dnnl_status_t status = dnnl_matmul_primitive_desc_create(&plan, engine, src->description, weights->description, NULL,
                                                           dst->description, NULL);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_create(primitive, plan);
  dnnl_primitive_desc_destroy(plan);
  return status;
}

#else

dnnl_status_t pith_matrix_create(pith_matrix *matrix, int64_t rows, int64_t columns, int64_t row_step,
                                 int64_t column_step) {
  const dnnl_dims_t size = {rows, columns}, steps = {row_step, column_step};
  matrix->description = &matrix->stored;
  return dnnl_memory_desc_init_by_strides(&matrix->stored, 2, size, dnnl_f32, steps);
}

void pith_matrix_destroy(pith_matrix *matrix) { matrix->description = NULL; }

dnnl_status_t pith_matmul_create(dnnl_primitive_t *primitive, dnnl_engine_t engine, const pith_matrix *src,
                                 const pith_matrix *weights, const pith_matrix *dst) {
  dnnl_matmul_desc_t operation;
  dnnl_status_t status =
      dnnl_matmul_desc_init(&operation, src->description, weights->description, NULL, dst->description);
  if (status != dnnl_success) return status;
  dnnl_primitive_desc_t plan = NULL;
  status = dnnl_primitive_desc_create(&plan, &operation, NULL, engine, NULL);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_create(primitive, plan);
  dnnl_primitive_desc_destroy(plan);
  return status;
}

#endif
