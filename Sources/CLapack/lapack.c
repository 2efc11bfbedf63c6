#define _GNU_SOURCE
#include "clapack.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Where the system's LAPACK is OpenBLAS with threads, it is held to one: two pools would fight over the processors.
static void hold_to_one_thread(void) {
  void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
  if (set) set(1);
}

static void pith_lapack_prepare(void) { pthread_once(&once, hold_to_one_thread); }

#define T float
#define F(name) s##name##_
#define NAME(name) name##_f32
#include "lapack_real.h"
#undef T
#undef F
#undef NAME

#define T double
#define F(name) d##name##_
#define NAME(name) name##_f64
#include "lapack_real.h"
