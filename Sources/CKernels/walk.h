// Walking several strided operands together, the output contiguous: dimensions that lie alike are merged first, so that
// the inner loop is as long as it can be.
#ifndef PITH_WALK_H
#define PITH_WALK_H

#include "internal.h"

// More dimensions than 63 of size 2 or more cannot be counted in 64 bits.
enum { PITH_WALK_OPERANDS = 3, PITH_WALK_RANK = 64 };

/// One inner run: `n` elements from each operand `p[k]`, `strides[k]` elements apart, into the contiguous `y`.
typedef void (*pith_walk_loop)(char *const *p, const int64_t *strides, char *y, size_t n);

struct pith_walk {
  int operands, rank;
  int64_t count;                                        ///< all elements
  int64_t shape[PITH_WALK_RANK];                        ///< after merging; the inner dimension last, rank at least 1
  int64_t strides[PITH_WALK_RANK][PITH_WALK_OPERANDS];  ///< in elements
  int64_t sizes[PITH_WALK_OPERANDS], y_size;            ///< bytes an element
  char *base[PITH_WALK_OPERANDS], *y;
  pith_walk_loop loop;
};

/// Fills `rank`, `count`, `shape` and `strides`, given `operands`. Returns 0 where there is nothing to walk.
int pith_walk_prepare(struct pith_walk *walk, int rank, const int64_t *shape, const int64_t *const *strides);
/// Runs the loop over everything, on as many threads as `grain` elements each allow.
void pith_walk_run(struct pith_walk *walk, long grain);

#endif
