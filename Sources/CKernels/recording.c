#define _GNU_SOURCE
#include "pith_recording.h"

#include <pthread.h>
#include <stdint.h>

static _Thread_local int recording = 1;
static _Thread_local int rounds_products = 0;
static _Thread_local void *owner = 0;
static _Thread_local uint64_t sequence = 0;
/// The lowest address of the stack; 0 before it is asked for, 1 where the system does not say.
static _Thread_local uintptr_t stack_end = 0;

int pith_recording(void) { return recording; }
void pith_set_recording(int mode) { recording = mode; }
int pith_rounds_products(void) { return rounds_products; }
void pith_set_rounds_products(int rounds) { rounds_products = rounds; }
void *pith_recording_owner(void) { return owner; }
void pith_set_recording_owner(void *module) { owner = module; }
uint64_t pith_next_sequence(void) { return ++sequence; }

static uintptr_t find_stack_end(void) {
#ifdef __linux__
  pthread_attr_t attributes;
  void *low = 0;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 1;
  int status = pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return status == 0 && low ? (uintptr_t)low : 1;
#else
  return 1;
#endif
}

long pith_stack_left(void) {
  char here;
  if (stack_end == 0) stack_end = find_stack_end();
  return stack_end == 1 ? 1L << 40 : (long)((uintptr_t)&here - stack_end);
}
