/// Threads and interruption.
#ifndef PITH_THREADS_H
#define PITH_THREADS_H

/// 1 after Ctrl-C until the statement has stopped. Signal handlers may write it; loops over blocks read it.
extern volatile int pith_interrupt_flag;
/// The same through calls, for languages that forbid mutable globals.
void pith_set_interrupted(int value);
int pith_interrupted(void);
/// Where a signal handler counts interrupts: the flag itself, which lives as long as the process.
int *pith_interrupt_counter(void);

/// How many threads a kernel may use that is called from this thread: at least 1, at most 256. At first, the processors
/// that the process may run on. A session belongs to one thread, so two in one process do not disturb each other.
/// Threads come from the OpenMP run-time library that oneDNN uses, so there is one pool in the process.
void pith_set_threads(int n);
int pith_threads(void);

/// Calls `body(context, begin, end)` on disjoint ranges that cover `0 ..< count`, at most one for each thread, each at
/// least `grain` long (but the last). The ranges depend on `count`, `grain` and `pith_threads()` alone.
void pith_parallel_for(long count, long grain, void *context, void (*body)(void *context, long begin, long end));

#endif
