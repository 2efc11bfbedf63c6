// What all kernels share: dispatch by processor, inlining, floating-point mode, threads.
#ifndef PITH_INTERNAL_H
#define PITH_INTERNAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ckernels.h"

// One body, compiled for AVX-512, AVX2 with FMA and the base line; the loader picks.
#if defined(__x86_64__) && defined(__linux__)
#define PITH_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PITH_CLONES
#endif

#define PITH_INLINE static inline __attribute__((always_inline))

// `a * b + c` may be one rounding. Only where no bit of the result is promised.
#define PITH_CONTRACT _Pragma("clang fp contract(fast)")
// Sums may be reordered, which is what lets a reduction use the vector unit.
#define PITH_REASSOCIATE _Pragma("clang fp contract(fast) reassociate(on)")
// The iterations are independent even where an output is the same memory as an input.
#define PITH_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

// A base-line processor has no vector rounding; that this loop is then not vectorised is no mistake.
#pragma clang diagnostic ignored "-Wpass-failed"

// Elements for which a second thread pays: cheap loops are bound by memory, dear ones by arithmetic.
enum { PITH_GRAIN_CHEAP = 1 << 15, PITH_GRAIN_DEAR = 1 << 14, PITH_GRAIN_LIBM = 1 << 12 };

PITH_INLINE size_t pith_min(size_t a, size_t b) { return a < b ? a : b; }

/// Memory for a kernel's own use, at a cache line, with anything in it; null where there is too little.
void *pith_take(size_t size);
/// Gives it back, in the thread that took it.
void pith_give(void *memory);

#endif
