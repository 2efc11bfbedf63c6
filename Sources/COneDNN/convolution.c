#include <dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "conednn.h"
#include "matmul.h"
#include "onednn_release.h"
#include "packed.h"

// Multiplications from which on a second thread pays.
#define THREADS_FROM 1000000.0
// One slot for each hash: a second shape of the same hash takes the slot over.
enum { SLOTS = 512, MOST_ARGUMENTS = 5 };

/// What a primitive is made for; numbers of one size, so that keys compare byte by byte. `threads` is part of it, for a
/// primitive divides its work when it is made; 0 is no key.
struct key {
  pith_convolution of;
  int64_t kind, has_bias, has_relu, is_bf16, threads;
};

struct slot {
  struct key key;
  dnnl_primitive_desc_t plan;
  dnnl_primitive_t primitive;
  dnnl_memory_t source, target, weights, vector, scratch;
  /// Turns weights between the order of a tensor (`plain`) and the primitive's; null where these are the same.
  dnnl_primitive_t packing;
  dnnl_memory_t plain;
  size_t scratch_size, weights_size;
};

static struct slot slots[SLOTS];
static dnnl_engine_t engine;
static dnnl_stream_t stream;
// Working memory of all primitives, as large as the hungriest asked for: theirs, then weights that are not kept.
static char *working;
static size_t working_size;
// Guards all of the above and the packed weights.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct slot *slot_of(const struct key *key) {
  int64_t parts[sizeof *key / sizeof(int64_t)];
  memcpy(parts, key, sizeof parts);
  uint64_t hash = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) hash = (hash ^ (uint64_t)parts[i]) * 0x9e3779b97f4a7c15u;
  return &slots[hash >> 55];
}

static void empty(struct slot *slot) {
  dnnl_memory_t memories[] = {slot->source, slot->target, slot->weights, slot->vector, slot->scratch, slot->plain};
  for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
    if (memories[i] != NULL) dnnl_memory_destroy(memories[i]);
  if (slot->primitive != NULL) dnnl_primitive_destroy(slot->primitive);
  if (slot->packing != NULL) dnnl_primitive_destroy(slot->packing);
  if (slot->plan != NULL) dnnl_primitive_desc_destroy(slot->plan);
  memset(slot, 0, sizeof *slot);
}

static dnnl_status_t start(void) {
  if (stream != NULL) return dnnl_success;
  if (engine == NULL) {
    const dnnl_status_t status = dnnl_engine_create(&engine, dnnl_cpu, 0);
    if (status != dnnl_success) return status;
  }
  return dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
}

/// The layouts that a primitive is asked for: pictures by the pixel, weights as oneDNN likes them.
struct layouts {
  pith_layout source, target, weights, plain, vector;
};

static dnnl_status_t pictures(pith_layout *layout, int64_t n, int64_t channels, const int64_t *size,
                              dnnl_data_type_t type) {
  const dnnl_dims_t sizes = {n, channels, size[0], size[1]};
  const dnnl_dims_t steps = {channels * size[0] * size[1], 1, channels * size[1], channels};
  return pith_layout_create(layout, 4, sizes, steps, type);
}

/// What a convolution reads is bfloat16 where that is asked for; what it writes is float32.
static dnnl_status_t describe(struct layouts *l, const struct key *key, pith_convolution_kind kind) {
  const pith_convolution *c = &key->of;
  const dnnl_data_type_t read = key->is_bf16 ? dnnl_bf16 : dnnl_f32;
  const int64_t in = c->inputs / c->groups, out = c->outputs / c->groups, area = c->kernel[0] * c->kernel[1];
  const dnnl_dims_t grouped = {c->groups, out, in, c->kernel[0], c->kernel[1]};
  const dnnl_dims_t steps = {out * in * area, in * area, area, c->kernel[1], 1};
  const int is_whole = c->groups == 1;
  const dnnl_dims_t outputs = {c->outputs}, one = {1};
  dnnl_status_t status = pictures(&l->source, c->batch, c->inputs, c->size, kind == PITH_BACKWARD_DATA ? dnnl_f32 : read);
  if (status == dnnl_success) status = pictures(&l->target, c->batch, c->outputs, c->out, kind == PITH_FORWARD ? dnnl_f32 : read);
  if (status == dnnl_success)
    status = pith_layout_create(&l->weights, 5 - is_whole, grouped + is_whole, NULL,
                                kind == PITH_BACKWARD_WEIGHTS ? dnnl_f32 : read);
  if (status == dnnl_success) status = pith_layout_create(&l->plain, 5 - is_whole, grouped + is_whole, steps + is_whole, dnnl_f32);
  return status == dnnl_success ? pith_layout_create(&l->vector, 1, outputs, one, dnnl_f32) : status;
}

static void undescribe(struct layouts *l) {
  pith_layout *all[] = {&l->source, &l->target, &l->weights, &l->plain, &l->vector};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) pith_layout_destroy(all[i]);
}

/// Working memory is the caller's, since oneDNN's own belongs to the thread that made a primitive.
static dnnl_status_t attribute(dnnl_primitive_attr_t *attributes, const struct key *key) {
  *attributes = NULL;
  dnnl_post_ops_t after = NULL;
  dnnl_status_t status = dnnl_primitive_attr_create(attributes);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success) status = dnnl_post_ops_create(&after);
  if (status == dnnl_success && key->has_relu) status = pith_append_relu(after);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*attributes, after);
  if (after != NULL) dnnl_post_ops_destroy(after);
  return status;
}

static pith_layout_view chosen(const struct slot *slot, dnnl_query_t what) {
  return dnnl_primitive_desc_query_md(slot->plan, what, 0);
}

static pith_convolution_layouts asked_of(const struct key *key, const struct layouts *l) {
  pith_convolution_layouts asked = {
      .source = pith_layout_of(&l->source), .weights = pith_layout_of(&l->weights), .target = pith_layout_of(&l->target),
      .bias = key->has_bias ? pith_layout_of(&l->vector) : NULL};
  for (int i = 0; i < 2; i++) {
    asked.strides[i] = key->of.stride[i];
    asked.dilations[i] = key->of.dilation[i] - 1;
    asked.before[i] = key->of.before[i];
    asked.after[i] = key->of.after[i];
  }
  return asked;
}

static dnnl_status_t plan(struct slot *slot, const struct key *key, const struct layouts *l, const struct layouts *forward) {
  const pith_convolution_layouts asked = asked_of(key, l), before = asked_of(key, forward);
  dnnl_primitive_attr_t attributes;
  dnnl_status_t status = attribute(&attributes, key);
  if (status == dnnl_success)
    status = pith_convolution_plan(&slot->plan, engine, (pith_convolution_kind)key->kind, &asked, &before, attributes);
  if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
  return status == dnnl_success ? dnnl_primitive_create(&slot->primitive, slot->plan) : status;
}

/// What turns weights into the primitive's order, or gradients of weights out of it.
static dnnl_status_t pack(struct slot *slot, const struct key *key, const struct layouts *l) {
  const int is_gradient = key->kind == PITH_BACKWARD_WEIGHTS;
  const pith_layout_view theirs = chosen(slot, is_gradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md);
  const pith_layout_view plain = pith_layout_of(&l->plain);
  dnnl_status_t status = dnnl_memory_create(&slot->weights, theirs, engine, DNNL_MEMORY_NONE);
  if (status != dnnl_success || dnnl_memory_desc_equal(theirs, plain)) return status;
  slot->weights_size = dnnl_memory_desc_get_size(theirs);
  status = dnnl_memory_create(&slot->plain, plain, engine, DNNL_MEMORY_NONE);
  dnnl_primitive_desc_t copy = NULL;
  if (status == dnnl_success)
    status = dnnl_reorder_primitive_desc_create(&copy, is_gradient ? theirs : plain, engine, is_gradient ? plain : theirs,
                                                engine, NULL);
  if (status == dnnl_success) status = dnnl_primitive_create(&slot->packing, copy);
  if (copy != NULL) dnnl_primitive_desc_destroy(copy);
  return status;
}

static dnnl_status_t fill(struct slot *slot, const struct key *key) {
  struct layouts l = {0}, forward = {0};
  dnnl_status_t status = describe(&l, key, (pith_convolution_kind)key->kind);
  if (status == dnnl_success) status = describe(&forward, key, PITH_FORWARD);
  if (status == dnnl_success) status = plan(slot, key, &l, &forward);
  if (status == dnnl_success) status = pack(slot, key, &l);
  if (status == dnnl_success) status = dnnl_memory_create(&slot->source, pith_layout_of(&l.source), engine, DNNL_MEMORY_NONE);
  if (status == dnnl_success) status = dnnl_memory_create(&slot->target, pith_layout_of(&l.target), engine, DNNL_MEMORY_NONE);
  if (status == dnnl_success) status = dnnl_memory_create(&slot->vector, pith_layout_of(&l.vector), engine, DNNL_MEMORY_NONE);
  if (status == dnnl_success) {
    const pith_layout_view scratch = chosen(slot, dnnl_query_scratchpad_md);
    slot->scratch_size = dnnl_memory_desc_get_size(scratch);
    status = dnnl_memory_create(&slot->scratch, scratch, engine, DNNL_MEMORY_NONE);
  }
  undescribe(&l);
  undescribe(&forward);
  if (status == dnnl_success) slot->key = *key;
  else empty(slot);
  return status;
}

static dnnl_status_t find(struct slot **slot, const struct key *key) {
  dnnl_status_t status = start();
  if (status != dnnl_success) return status;
  *slot = slot_of(key);
  if (memcmp(&(*slot)->key, key, sizeof *key) != 0) {
    empty(*slot);
    status = fill(*slot, key);
  }
  return status;
}

static size_t rounded(size_t size) { return (size + 63) & ~(size_t)63; }

/// Working memory for a primitive and, where asked for, its weights behind it.
static dnnl_status_t reserve(struct slot *slot, int with_weights) {
  const size_t size = rounded(slot->scratch_size) + (with_weights ? slot->weights_size : 0);
  if (size > working_size) {
    free(working);
    working = NULL;
    working_size = 0;
    void *fresh = NULL;
    if (posix_memalign(&fresh, 64, size) != 0) return dnnl_out_of_memory;
    working = fresh;
    working_size = size;
  }
  return dnnl_memory_set_data_handle(slot->scratch, working);
}

/// Points the primitive at weights in its own order.
static dnnl_status_t read_weights(struct slot *slot, const pith_weights *weights) {
  // oneDNN reads through pointers to plain memory.
  void *const numbers = (void *)(uintptr_t)weights->numbers;
  if (slot->packing == NULL) {
    const dnnl_status_t status = reserve(slot, 0);
    return status == dnnl_success ? dnnl_memory_set_data_handle(slot->weights, numbers) : status;
  }
  const pith_packed packed = pith_packed_find(weights->identity, weights->version, weights->numbers,
                                              chosen(slot, dnnl_query_weights_md), slot->weights_size);
  dnnl_status_t status = reserve(slot, packed.numbers == NULL);
  if (status != dnnl_success) return status;
  void *const there = packed.numbers != NULL ? packed.numbers : working + rounded(slot->scratch_size);
  status = dnnl_memory_set_data_handle(slot->weights, there);
  if (status != dnnl_success || packed.is_ready) return status;
  status = dnnl_memory_set_data_handle(slot->plain, numbers);
  const dnnl_exec_arg_t copy[] = {{DNNL_ARG_FROM, slot->plain}, {DNNL_ARG_TO, slot->weights}};
  if (status == dnnl_success) status = dnnl_primitive_execute(slot->packing, stream, 2, copy);
  if (status != dnnl_success) pith_packed_forget(weights->identity);
  return status;
}

struct arguments {
  dnnl_exec_arg_t list[MOST_ARGUMENTS];
  int count;
  dnnl_status_t status;
};

static void pass(struct arguments *to, int name, dnnl_memory_t memory, const void *numbers) {
  if (to->status == dnnl_success && numbers != NULL) to->status = dnnl_memory_set_data_handle(memory, (void *)(uintptr_t)numbers);
  to->list[to->count++] = (dnnl_exec_arg_t){name, memory};
}

static dnnl_status_t execute(struct slot *slot, struct arguments *with) {
  pass(with, DNNL_ARG_SCRATCHPAD, slot->scratch, NULL);
  if (with->status == dnnl_success)
    with->status = dnnl_primitive_execute(slot->primitive, stream, with->count, with->list);
  return with->status == dnnl_success ? dnnl_stream_wait(stream) : with->status;
}

static struct key key_of(const pith_convolution *c, pith_convolution_kind kind, int is_bf16, int threads) {
  const double work = (double)c->batch * (double)c->outputs * (double)c->out[0] * (double)c->out[1] *
                      (double)(c->inputs / c->groups) * (double)c->kernel[0] * (double)c->kernel[1];
  struct key key = {.of = *c, .kind = kind, .is_bf16 = is_bf16 != 0, .threads = threads > 1 && work >= THREADS_FROM ? threads : 1};
  pith_use_threads((int)key.threads);
  return key;
}

static dnnl_status_t convolve(const struct key *key, const void *x, const pith_weights *weights,
                              const float *bias, float *y) {
  struct slot *slot;
  dnnl_status_t status = find(&slot, key);
  if (status == dnnl_success) status = read_weights(slot, weights);
  if (status != dnnl_success) return status;
  struct arguments with = {.count = 0, .status = dnnl_success};
  pass(&with, DNNL_ARG_SRC, slot->source, x);
  pass(&with, DNNL_ARG_WEIGHTS, slot->weights, NULL);
  pass(&with, DNNL_ARG_DST, slot->target, y);
  if (bias != NULL) pass(&with, DNNL_ARG_BIAS, slot->vector, bias);
  return execute(slot, &with);
}

int pith_convolve(const pith_convolution *c, const void *x, const pith_weights *weights, const float *bias, int relu,
                  float *y, int is_bf16, int threads) {
  struct key key = key_of(c, PITH_FORWARD, is_bf16, threads);
  key.has_bias = bias != NULL;
  key.has_relu = relu != 0;
  pthread_mutex_lock(&lock);
  const dnnl_status_t status = convolve(&key, x, weights, bias, y);
  pthread_mutex_unlock(&lock);
  return (int)status;
}

static dnnl_status_t convolve_back(const struct key *key, const void *dy, const pith_weights *weights, float *dx) {
  struct slot *slot;
  dnnl_status_t status = find(&slot, key);
  if (status == dnnl_success) status = read_weights(slot, weights);
  if (status != dnnl_success) return status;
  struct arguments with = {.count = 0, .status = dnnl_success};
  pass(&with, DNNL_ARG_DIFF_DST, slot->target, dy);
  pass(&with, DNNL_ARG_WEIGHTS, slot->weights, NULL);
  pass(&with, DNNL_ARG_DIFF_SRC, slot->source, dx);
  return execute(slot, &with);
}

int pith_convolve_back(const pith_convolution *c, const void *dy, const pith_weights *weights, float *dx, int is_bf16,
                       int threads) {
  const struct key key = key_of(c, PITH_BACKWARD_DATA, is_bf16, threads);
  pthread_mutex_lock(&lock);
  const dnnl_status_t status = convolve_back(&key, dy, weights, dx);
  pthread_mutex_unlock(&lock);
  return (int)status;
}

static dnnl_status_t convolve_weights(const struct key *key, const void *x, const void *dy, float *dw, float *db) {
  struct slot *slot;
  dnnl_status_t status = find(&slot, key);
  if (status == dnnl_success) status = reserve(slot, slot->packing != NULL);
  if (status != dnnl_success) return status;
  void *const there = slot->packing != NULL ? (void *)(working + rounded(slot->scratch_size)) : dw;
  struct arguments with = {.count = 0, .status = dnnl_success};
  pass(&with, DNNL_ARG_SRC, slot->source, x);
  pass(&with, DNNL_ARG_DIFF_DST, slot->target, dy);
  pass(&with, DNNL_ARG_DIFF_WEIGHTS, slot->weights, there);
  if (db != NULL) pass(&with, DNNL_ARG_DIFF_BIAS, slot->vector, db);
  status = execute(slot, &with);
  if (status != dnnl_success || slot->packing == NULL) return status;
  status = dnnl_memory_set_data_handle(slot->plain, dw);
  const dnnl_exec_arg_t copy[] = {{DNNL_ARG_FROM, slot->weights}, {DNNL_ARG_TO, slot->plain}};
  if (status == dnnl_success) status = dnnl_primitive_execute(slot->packing, stream, 2, copy);
  return status == dnnl_success ? dnnl_stream_wait(stream) : status;
}

int pith_convolve_weights(const pith_convolution *c, const void *x, const void *dy, float *dw, float *db, int is_bf16,
                          int threads) {
  struct key key = key_of(c, PITH_BACKWARD_WEIGHTS, is_bf16, threads);
  key.has_bias = db != NULL;
  pthread_mutex_lock(&lock);
  const dnnl_status_t status = convolve_weights(&key, x, dy, dw, db);
  pthread_mutex_unlock(&lock);
  return (int)status;
}

void pith_convolution_forget(uint64_t identity) {
  pthread_mutex_lock(&lock);
  pith_packed_forget(identity);
  pthread_mutex_unlock(&lock);
}

void pith_convolution_drop(void) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < SLOTS; i++) empty(&slots[i]);
  pith_packed_drop();
  free(working);
  working = NULL;
  working_size = 0;
  pthread_mutex_unlock(&lock);
}
