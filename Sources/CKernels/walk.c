#include "walk.h"

static int merges(const struct pith_walk *walk, int into, int64_t size, const int64_t *strides) {
  for (int k = 0; k < walk->operands; k++)
    if (walk->strides[into][k] != strides[k] * size) return 0;
  return 1;
}

int pith_walk_prepare(struct pith_walk *walk, int rank, const int64_t *shape, const int64_t *const *strides) {
  walk->count = 1;
  walk->rank = 0;
  for (int d = 0; d < rank; d++) {
    const int64_t size = shape[d];
    if (size <= 0) return 0;
    if (size == 1) continue;
    if (walk->rank == PITH_WALK_RANK) return 0;
    int64_t here[PITH_WALK_OPERANDS] = {0};
    for (int k = 0; k < walk->operands; k++) here[k] = strides[k][d];
    walk->count *= size;
    int at = walk->rank - 1;
    if (at >= 0 && merges(walk, at, size, here)) {
      walk->shape[at] *= size;
    } else {
      at = walk->rank++;
      walk->shape[at] = size;
    }
    memcpy(walk->strides[at], here, sizeof here);
  }
  if (walk->rank == 0) {
    walk->rank = 1;
    walk->shape[0] = 1;
    memset(walk->strides[0], 0, sizeof walk->strides[0]);
  }
  return 1;
}

// Elements begin ..< end, which may begin and end inside an inner run.
static void part(void *context, long begin, long end) {
  const struct pith_walk *walk = context;
  const int last = walk->rank - 1;
  int64_t at[PITH_WALK_RANK];
  char *p[PITH_WALK_OPERANDS];
  for (int k = 0; k < walk->operands; k++) p[k] = walk->base[k];
  int64_t rest = begin;
  for (int d = last; d >= 0; d--) {
    at[d] = rest % walk->shape[d];
    rest /= walk->shape[d];
    for (int k = 0; k < walk->operands; k++) p[k] += at[d] * walk->strides[d][k] * walk->sizes[k];
  }
  int64_t skip = at[last];
  char *y = walk->y + begin * walk->y_size;
  for (int64_t i = begin; i < end;) {
    int64_t n = walk->shape[last] - skip;
    if (n > end - i) n = end - i;
    walk->loop(p, walk->strides[last], y, (size_t)n);
    i += n;
    y += n * walk->y_size;
    if (i >= end) return;
    // The run was finished: back to its start, and on in the dimensions before it.
    for (int k = 0; k < walk->operands; k++) p[k] -= skip * walk->strides[last][k] * walk->sizes[k];
    skip = 0;
    for (int d = last - 1; d >= 0; d--) {
      const int wraps = ++at[d] == walk->shape[d];
      const int64_t steps = wraps ? 1 - walk->shape[d] : 1;
      for (int k = 0; k < walk->operands; k++) p[k] += steps * walk->strides[d][k] * walk->sizes[k];
      if (!wraps) break;
      at[d] = 0;
    }
  }
}

void pith_walk_run(struct pith_walk *walk, long grain) { pith_parallel_for(walk->count, grain, walk, part); }
