// Memory that a kernel needs while it runs. Each thread keeps some blocks for the next call: taken from the system anew, the
// pages of a block cost more time than what many kernels do with them.

#include <pthread.h>

#include "internal.h"

struct block {
  void *memory;
  size_t size;
  int is_taken;
};

// What a thread keeps: so many blocks, none of them larger.
enum { PITH_BLOCKS = 4, PITH_BLOCK_MOST = 2 << 20 };

static _Thread_local struct block own[PITH_BLOCKS];
static pthread_key_t at_exit;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void let_go(void *blocks) {
  for (int i = 0; i < PITH_BLOCKS; i++) free(((struct block *)blocks)[i].memory);
}
static void make_key(void) { pthread_key_create(&at_exit, let_go); }

static void *fresh(size_t size) {
  void *memory = NULL;
  return posix_memalign(&memory, 64, size > 0 ? size : 1) == 0 ? memory : NULL;
}

/// A block that is free: one that is large enough, if there is one.
static struct block *choose(size_t size) {
  struct block *found = NULL;
  for (int i = 0; i < PITH_BLOCKS; i++) {
    if (own[i].is_taken) continue;
    if (own[i].size >= size) return &own[i];
    if (found == NULL) found = &own[i];
  }
  return found;
}

void *pith_take(size_t size) {
  struct block *block = size <= PITH_BLOCK_MOST ? choose(size) : NULL;
  if (block == NULL) return fresh(size);
  if (block->size < size) {
    pthread_once(&once, make_key);
    pthread_setspecific(at_exit, own);
    free(block->memory);
    block->memory = fresh(size);
    block->size = block->memory != NULL ? size : 0;
  }
  block->is_taken = block->memory != NULL;
  return block->memory;
}

void pith_give(void *memory) {
  for (int i = 0; i < PITH_BLOCKS; i++)
    if (memory != NULL && memory == own[i].memory) {
      own[i].is_taken = 0;
      return;
    }
  free(memory);
}
