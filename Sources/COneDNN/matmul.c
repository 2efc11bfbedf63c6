#include "matmul.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "onednn_release.h"

// One slot for each hash: a second shape of the same hash takes the slot over.
enum { SLOTS = 256 };

struct slot {
  pith_product product;
  dnnl_primitive_t primitive;
  /// a, b as the primitive reads it, c, bias.
  dnnl_memory_t memory[4];
  /// Packs b: from the caller's memory into that of the slot.
  dnnl_primitive_t packing;
  dnnl_memory_t unpacked;
};

/// What one thread keeps. Each has its own, for a primitive's scratch memory belongs to the thread that made it: so threads
/// may multiply at the same time, and nothing is locked.
struct kept {
  dnnl_stream_t stream;
  struct slot slots[SLOTS];
};

static dnnl_engine_t engine;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_status_t started;

static size_t slot_of(const pith_product *p) {
  const int64_t parts[] = {p->m, p->n, p->k, p->lda, p->ldb, p->ldc, p->a_turned * 4 + p->b_turned * 2 + p->threads,
                           p->has_bias * 4 + p->is_packed * 2 + p->is_bf16};
  uint64_t hash = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) hash = (hash ^ (uint64_t)parts[i]) * 0x9e3779b97f4a7c15u;
  return hash >> 56;
}

static int same(const pith_product *p, const pith_product *q) {
  return p->m == q->m && p->n == q->n && p->k == q->k && p->lda == q->lda && p->ldb == q->ldb && p->ldc == q->ldc &&
         p->a_turned == q->a_turned && p->b_turned == q->b_turned && p->threads == q->threads && p->has_bias == q->has_bias &&
         p->is_packed == q->is_packed && p->is_bf16 == q->is_bf16;
}

static void empty(struct slot *slot) {
  for (int i = 0; i < 4; i++)
    if (slot->memory[i] != NULL) dnnl_memory_destroy(slot->memory[i]);
  if (slot->unpacked != NULL) dnnl_memory_destroy(slot->unpacked);
  if (slot->primitive != NULL) dnnl_primitive_destroy(slot->primitive);
  if (slot->packing != NULL) dnnl_primitive_destroy(slot->packing);
  memset(slot, 0, sizeof *slot);
}

static void forget(void *data) {
  struct kept *kept = data;
  for (int i = 0; i < SLOTS; i++) empty(&kept->slots[i]);
  if (kept->stream != NULL) dnnl_stream_destroy(kept->stream);
  free(kept);
}

static void start(void) {
  started = pthread_key_create(&key, forget) == 0 ? dnnl_engine_create(&engine, dnnl_cpu, 0) : dnnl_out_of_memory;
}

/// What the calling thread keeps, made where there is none.
static dnnl_status_t mine(struct kept **kept) {
  pthread_once(&once, start);
  if (started != dnnl_success) return started;
  *kept = pthread_getspecific(key);
  if (*kept != NULL) return dnnl_success;
  struct kept *made = calloc(1, sizeof *made);
  if (made == NULL) return dnnl_out_of_memory;
  const dnnl_status_t status = dnnl_stream_create(&made->stream, engine, dnnl_stream_default_flags);
  if (status != dnnl_success || pthread_setspecific(key, made) != 0) {
    forget(made);
    return status != dnnl_success ? status : dnnl_out_of_memory;
  }
  *kept = made;
  return dnnl_success;
}

static dnnl_status_t fill(struct slot *slot, const pith_product *p) {
  pith_matrix matrices[4] = {0};
  const dnnl_data_type_t type = p->is_bf16 ? dnnl_bf16 : dnnl_f32;
  dnnl_status_t status =
      pith_matrix_create(&matrices[0], p->m, p->k, p->a_turned ? 1 : p->lda, p->a_turned ? p->lda : 1, type);
  if (status == dnnl_success)
    status = pith_matrix_create(&matrices[1], p->k, p->n, p->b_turned ? 1 : p->ldb, p->b_turned ? p->ldb : 1, type);
  if (status == dnnl_success) status = pith_matrix_create(&matrices[2], p->m, p->n, p->ldc, 1, dnnl_f32);
  if (status == dnnl_success) status = pith_matrix_create(&matrices[3], 1, p->n, p->n, 1, dnnl_f32);
  dnnl_primitive_desc_t plan = NULL;
  if (status == dnnl_success)
    status = pith_matmul_plan(&plan, engine, &matrices[0], p->is_packed ? NULL : &matrices[1], p->k, p->n, type,
                              p->has_bias ? &matrices[3] : NULL, &matrices[2]);
  if (status == dnnl_success) status = dnnl_primitive_create(&slot->primitive, plan);
  for (int i = 0; i < 4 && status == dnnl_success; i++)
    if (i != 1 || !p->is_packed)
      status = dnnl_memory_create(&slot->memory[i], matrices[i].description, engine, DNNL_MEMORY_NONE);
  if (status == dnnl_success && p->is_packed)
    status = pith_packing_create(&slot->packing, &slot->unpacked, &slot->memory[1], engine, plan, &matrices[1]);
  if (plan != NULL) dnnl_primitive_desc_destroy(plan);
  for (int i = 0; i < 4; i++) pith_matrix_destroy(&matrices[i]);
  if (status == dnnl_success) slot->product = *p;
  else empty(slot);
  return status;
}

int pith_matmul(const pith_product *product, const void *a, const void *b, const float *bias, float *c) {
  struct kept *kept;
  dnnl_status_t status = mine(&kept);
  if (status != dnnl_success) return (int)status;
  struct slot *slot = &kept->slots[slot_of(product)];
  if (!same(&slot->product, product)) {
    empty(slot);
    status = fill(slot, product);
    if (status != dnnl_success) return (int)status;
  }
  // oneDNN reads through pointers to plain memory.
  dnnl_memory_t const targets[] = {slot->memory[0], product->is_packed ? slot->unpacked : slot->memory[1],
                                   slot->memory[2], slot->memory[3]};
  void *const handles[] = {(void *)(uintptr_t)a, (void *)(uintptr_t)b, c, (void *)(uintptr_t)bias};
  for (int i = 0; i < 3 + product->has_bias && status == dnnl_success; i++)
    status = dnnl_memory_set_data_handle(targets[i], handles[i]);
  if (status == dnnl_success && product->is_packed) {
    const dnnl_exec_arg_t packed[] = {{DNNL_ARG_FROM, slot->unpacked}, {DNNL_ARG_TO, slot->memory[1]}};
    status = dnnl_primitive_execute(slot->packing, kept->stream, 2, packed);
  }
  if (status != dnnl_success) return (int)status;
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, slot->memory[0]},
                                       {DNNL_ARG_WEIGHTS, slot->memory[1]},
                                       {DNNL_ARG_DST, slot->memory[2]},
                                       {DNNL_ARG_BIAS, slot->memory[3]}};
  status = dnnl_primitive_execute(slot->primitive, kept->stream, 3 + product->has_bias, arguments);
  return (int)(status == dnnl_success ? dnnl_stream_wait(kept->stream) : status);
}
