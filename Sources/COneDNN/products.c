#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "conednn.h"
#include "batches.h"

struct pith_products {
  pith_products_shape shape;
  /// The plan holds the description of the scratch memory.
  dnnl_primitive_desc_t plan;
  dnnl_primitive_t primitive, packing;
  pith_batch a, b, c;
  dnnl_memory_t packed;
};

// Free ones are kept for the next use of their shape, at most so many: then the oldest goes.
enum { KEPT = 64 };
static pith_products *kept[KEPT];
static dnnl_engine_t engine;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// A stream holds nothing that calls share, but one for each thread spares us the proof.
static _Thread_local dnnl_stream_t stream;

static dnnl_status_t start(void) {
  if (stream != NULL) return dnnl_success;
  return dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
}

static void destroy(pith_products *p) {
  if (p->packed != NULL) dnnl_memory_destroy(p->packed);
  if (p->primitive != NULL) dnnl_primitive_destroy(p->primitive);
  if (p->packing != NULL) dnnl_primitive_destroy(p->packing);
  if (p->plan != NULL) dnnl_primitive_desc_destroy(p->plan);
  pith_batch_destroy(&p->a);
  pith_batch_destroy(&p->b);
  pith_batch_destroy(&p->c);
  free(p);
}

static dnnl_status_t make(pith_products *p) {
  const pith_products_shape *s = &p->shape;
  const dnnl_data_type_t type = s->is_bf16 ? dnnl_bf16 : dnnl_f32;
  dnnl_status_t status = pith_batch_create(&p->a, s->units, s->m, s->k, s->a_turned != 0, type);
  if (status == dnnl_success) status = pith_batch_create(&p->b, s->units, s->k, s->n, s->b_turned != 0, type);
  if (status == dnnl_success) status = pith_batch_create(&p->c, s->units, s->m, s->n, 0, dnnl_f32);
  if (status == dnnl_success) status = pith_products_plan(&p->plan, engine, &p->a, &p->b, &p->c, s->is_packed != 0, s->adds != 0);
  if (status == dnnl_success) status = dnnl_primitive_create(&p->primitive, p->plan);
  if (status == dnnl_success && s->is_packed) {
    const_dnnl_memory_desc_t inner = dnnl_primitive_desc_query_md(p->plan, dnnl_query_weights_md, 0);
    dnnl_primitive_desc_t copy = NULL;
    status = dnnl_reorder_primitive_desc_create(&copy, p->b.description, engine, inner, engine, NULL);
    if (status == dnnl_success) status = dnnl_primitive_create(&p->packing, copy);
    if (status == dnnl_success) status = dnnl_memory_create(&p->packed, inner, engine, DNNL_MEMORY_ALLOCATE);
    if (copy != NULL) dnnl_primitive_desc_destroy(copy);
  }
  return status;
}

typedef int (*number_function)(void);
typedef void (*thread_setter)(int);

// A primitive divides its work over the threads that it finds when it is made.
static dnnl_status_t make_with_threads(pith_products *p) {
  const number_function threads = (number_function)dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  const thread_setter set = (thread_setter)dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  const int before = threads != NULL ? threads() : 1;
  if (set != NULL) set((int)p->shape.threads);
  const dnnl_status_t status = make(p);
  if (set != NULL) set(before);
  return status;
}

pith_products *pith_products_acquire(const pith_products_shape *shape) {
  pith_products *found = NULL;
  pthread_mutex_lock(&lock);
  const dnnl_status_t ready = engine != NULL ? dnnl_success : dnnl_engine_create(&engine, dnnl_cpu, 0);
  for (int i = 0; i < KEPT && found == NULL; i++) {
    if (kept[i] == NULL || memcmp(&kept[i]->shape, shape, sizeof *shape) != 0) continue;
    found = kept[i];
    memmove(kept + i, kept + i + 1, (size_t)(KEPT - 1 - i) * sizeof *kept);
    kept[KEPT - 1] = NULL;
  }
  pthread_mutex_unlock(&lock);
  if (found != NULL || ready != dnnl_success) return found;
  found = calloc(1, sizeof *found);
  if (found == NULL) return NULL;
  found->shape = *shape;
  if (make_with_threads(found) == dnnl_success) return found;
  destroy(found);
  return NULL;
}

void pith_products_release(pith_products *products) {
  if (products == NULL) return;
  pthread_mutex_lock(&lock);
  pith_products *oldest = kept[KEPT - 1];
  memmove(kept + 1, kept, (KEPT - 1) * sizeof *kept);
  kept[0] = products;
  pthread_mutex_unlock(&lock);
  if (oldest != NULL) destroy(oldest);
}

// oneDNN reads through pointers to plain memory.
static void *plain(const void *p) { return (void *)(uintptr_t)p; }

int pith_products_pack(pith_products *products, const void *b) {
  dnnl_memory_t source = NULL;
  dnnl_status_t status = start();
  if (status == dnnl_success) status = dnnl_memory_create(&source, products->b.description, engine, plain(b));
  if (status == dnnl_success) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, products->packed}};
    status = dnnl_primitive_execute(products->packing, stream, 2, arguments);
  }
  if (source != NULL) dnnl_memory_destroy(source);
  return (int)(status == dnnl_success ? dnnl_stream_wait(stream) : status);
}

/// Memory of the calling thread of at least that size, which stays for the next call; null where there is none.
static void *scratch_of(size_t size) {
  static _Thread_local void *memory = NULL;
  static _Thread_local size_t there = 0;
  if (size <= there) return memory;
  free(memory);
  memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
  there = memory == NULL ? 0 : size;
  return memory;
}

int pith_products_run(const pith_products *products, const void *a, const void *b, float *c) {
  // Memory objects of its own, so that several threads may run it at once.
  dnnl_memory_t memory[4] = {NULL, products->packed, NULL, NULL};
  const_dnnl_memory_desc_t scratch = dnnl_primitive_desc_query_md(products->plan, dnnl_query_scratchpad_md, 0);
  const size_t size = scratch == NULL ? 0 : dnnl_memory_desc_get_size(scratch);
  dnnl_status_t status = start();
  if (status == dnnl_success) status = dnnl_memory_create(&memory[0], products->a.description, engine, plain(a));
  if (status == dnnl_success && products->packed == NULL)
    status = dnnl_memory_create(&memory[1], products->b.description, engine, plain(b));
  if (status == dnnl_success) status = dnnl_memory_create(&memory[2], products->c.description, engine, c);
  if (status == dnnl_success && size > 0) {
    void *place = scratch_of(size);
    status = place == NULL ? dnnl_out_of_memory : dnnl_memory_create(&memory[3], scratch, engine, place);
  }
  if (status == dnnl_success) {
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, memory[0]}, {DNNL_ARG_WEIGHTS, memory[1]}, {DNNL_ARG_DST, memory[2]}, {DNNL_ARG_SCRATCHPAD, memory[3]}};
    status = dnnl_primitive_execute(products->primitive, stream, size > 0 ? 4 : 3, arguments);
  }
  if (status == dnnl_success) status = dnnl_stream_wait(stream);
  for (int i = 0; i < 4; i++)
    if (memory[i] != NULL && memory[i] != products->packed) dnnl_memory_destroy(memory[i]);
  return (int)status;
}
