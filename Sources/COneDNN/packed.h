// Copies of weights in the order that a primitive reads.
#ifndef PITH_PACKED_H
#define PITH_PACKED_H

#include <stdint.h>

#include "onednn_release.h"

/// Where the copy of a weight stands, or is to be written.
typedef struct pith_packed {
  void *numbers;
  /// Whether the copy is there; else it is to be made now.
  int is_ready;
} pith_packed;

/// Looks for the copy of weights in a layout of `size` bytes. Weights that are met a second time in one version are worth
/// keeping: they get memory of their own. For all others `numbers` is null: use working memory, once.
pith_packed pith_packed_find(uint64_t identity, uint64_t version, const void *weights, pith_layout_view layout, size_t size);
void pith_packed_forget(uint64_t identity);
void pith_packed_drop(void);

#endif
