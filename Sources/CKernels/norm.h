// How the kernels of normalisation cut their work.
#ifndef PITH_NORM_INTERNAL_H
#define PITH_NORM_INTERNAL_H

#include <stddef.h>

// With the channels last, the places of one outer part are cut into so many chunks, each with sums of its own: by the
// shape alone, so that the result is the same for any number of threads.
enum { NORM_CHUNK = 1 << 14, NORM_CHUNKS = 16 };
size_t norm_chunks(size_t channels, size_t inner);

#endif
