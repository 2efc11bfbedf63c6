// The calls whose form changed between oneDNN 2.x and 3.x, and nothing else.
#ifndef PITH_ONEDNN_RELEASE_H
#define PITH_ONEDNN_RELEASE_H

#include <dnnl.h>

/// A matrix by its steps from row to row and from column to column, ready for `dnnl_memory_create`.
typedef struct pith_matrix {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t description;
#else
  dnnl_memory_desc_t stored;
  const dnnl_memory_desc_t *description;
#endif
} pith_matrix;

dnnl_status_t pith_matrix_create(pith_matrix *matrix, int64_t rows, int64_t columns, int64_t row_step,
                                 int64_t column_step, dnnl_data_type_t type);
void pith_matrix_destroy(pith_matrix *matrix);
/// dst = src weights, then bias, on `engine`. Null `weights` [k, n] of `type` are in a layout that oneDNN chooses;
/// null `bias` is none.
dnnl_status_t pith_matmul_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, const pith_matrix *src,
                               const pith_matrix *weights, int64_t k, int64_t n, dnnl_data_type_t type,
                               const pith_matrix *bias, const pith_matrix *dst);
/// What brings the weights of a plan into the layout it chose: a copy from `unpacked`, whose memory the caller sets, to
/// `packed`, which has memory of its own.
dnnl_status_t pith_packing_create(dnnl_primitive_t *packing, dnnl_memory_t *unpacked, dnnl_memory_t *packed,
                                  dnnl_engine_t engine, dnnl_primitive_desc_t plan, const pith_matrix *weights);

/// How numbers lie in memory, as a primitive's description gives it out.
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t pith_layout_view;
#else
typedef const dnnl_memory_desc_t *pith_layout_view;
#endif

/// A layout of our own: the same shape of thing as a matrix, of any number of dimensions.
typedef pith_matrix pith_layout;

/// By the steps of each dimension, or where `steps` is null as oneDNN likes it.
dnnl_status_t pith_layout_create(pith_layout *layout, int rank, const dnnl_dim_t *sizes, const dnnl_dim_t *steps,
                                 dnnl_data_type_t type);
dnnl_status_t pith_layout_copy(pith_layout *layout, pith_layout_view from);
void pith_layout_destroy(pith_layout *layout);
static inline pith_layout_view pith_layout_of(const pith_layout *layout) { return layout->description; }

/// The tensors of a convolution. `weights` are always in a layout that oneDNN chooses; null `bias` is none.
typedef struct pith_convolution_layouts {
  pith_layout_view source, weights, bias, target;
  dnnl_dims_t strides, dilations, before, after;
} pith_convolution_layouts;

typedef enum pith_convolution_kind { PITH_FORWARD, PITH_BACKWARD_DATA, PITH_BACKWARD_WEIGHTS } pith_convolution_kind;

/// - Parameter forward: the tensors of the forward convolution that a backward one belongs to, whose types may be others.
dnnl_status_t pith_convolution_plan(dnnl_primitive_desc_t *plan, dnnl_engine_t engine, pith_convolution_kind kind,
                                    const pith_convolution_layouts *layouts, const pith_convolution_layouts *forward,
                                    dnnl_primitive_attr_t attributes);
/// Has `max(y, 0)` follow what is appended already.
dnnl_status_t pith_append_relu(dnnl_post_ops_t after);

#endif
