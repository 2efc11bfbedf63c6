// One pool for the process: the one of the OpenMP run-time library that oneDNN brings along. It is looked up by name at
// run time, because its development files are not everywhere where oneDNN is. Without it, kernels use one thread.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "internal.h"

volatile int pith_interrupt_flag = 0;

void pith_set_interrupted(int value) { pith_interrupt_flag = value; }
int pith_interrupted(void) { return pith_interrupt_flag; }
int *pith_interrupt_counter(void) { return (int *)&pith_interrupt_flag; }

typedef void (*parallel_function)(void (*)(void *), void *, unsigned, unsigned);
typedef int (*number_function)(void);

static parallel_function gomp_parallel;
static number_function thread_number, team_size;
static int processor_count = 1;
// How many threads the kernels that this thread calls may use; 0 while that was not said.
static _Thread_local int own_threads = 0;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int processors(void) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

static int clamped(int n) { return n < 1 ? 1 : n > 256 ? 256 : n; }

static void look_up(void) {
  void *handle = RTLD_DEFAULT;
  if (dlsym(handle, "GOMP_parallel") == NULL) handle = dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL);
  processor_count = clamped(processors());
  if (handle == NULL && RTLD_DEFAULT != NULL) return;
  thread_number = (number_function)dlsym(handle, "omp_get_thread_num");
  team_size = (number_function)dlsym(handle, "omp_get_num_threads");
  if (thread_number != NULL && team_size != NULL) gomp_parallel = (parallel_function)dlsym(handle, "GOMP_parallel");
}

void pith_set_threads(int n) { own_threads = clamped(n); }

int pith_threads(void) {
  pthread_once(&once, look_up);
  return own_threads > 0 ? own_threads : processor_count;
}

struct job {
  long count, chunk;
  int threads;
  void *context;
  void (*body)(void *, long, long);
};

static void work(void *data) {
  const struct job *job = data;
  // What is divided again inside is divided as the caller would.
  own_threads = job->threads;
  // A nested or limited team may be smaller than asked for: each member takes every team_size-th range.
  const long step = team_size();
  for (long part = thread_number(); part * job->chunk < job->count; part += step) {
    const long begin = part * job->chunk, rest = job->count - begin;
    job->body(job->context, begin, begin + (rest < job->chunk ? rest : job->chunk));
  }
}

void pith_parallel_for(long count, long grain, void *context, void (*body)(void *context, long begin, long end)) {
  if (count <= 0) return;
  if (grain < 1) grain = 1;
  if (count < 2 * grain || pith_threads() == 1 || gomp_parallel == NULL) {
    body(context, 0, count);
    return;
  }
  const int threads = pith_threads(), before = own_threads;
  const long most = count / grain, parts = most < threads ? most : threads;
  struct job job = {count, (count + parts - 1) / parts, threads, context, body};
  // Ranges begin at cache lines, where they are ranges of elements.
  if (job.chunk >= 4096) job.chunk = (job.chunk + 63) & ~63L;
  gomp_parallel(work, &job, (unsigned)parts, 0);
  own_threads = before;
}
