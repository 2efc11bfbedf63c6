/// CKernels: the loops over elements, in C, vectorised and chosen at run time by processor.
///
/// Rules that hold for every function here:
/// - nothing traps, allocates without checking, or keeps a pointer; `n == 0` does nothing;
/// - memory is aligned to its element and contiguous unless strides are asked for; strides and shapes count elements;
/// - an output may be the same memory as an input of the same element size where both are contiguous; otherwise they
///   must not overlap;
/// - integers wrap; NaN and infinities follow IEEE 754 and PyTorch;
/// - an unknown operation code leaves the output as it was;
/// - results depend on the inputs and on `pith_threads()` alone.
///
/// Suffixes name the element: `_f32`, `_f64`, `_i64`, `_u8` (bool, 0 or 1); `_1`, `_4`, `_8` are bytes an element where
/// only the size matters.
#ifndef PITH_CKERNELS_H
#define PITH_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "pith_convolution.h"
#include "pith_effects.h"
#include "pith_elementwise.h"
#include "pith_gather.h"
#include "pith_index.h"
#include "pith_linear.h"
#include "pith_memory.h"
#include "pith_norm.h"
#include "pith_optim.h"
#include "pith_pool.h"
#include "pith_random.h"
#include "pith_recording.h"
#include "pith_recurrent.h"
#include "pith_reduce.h"
#include "pith_resample.h"
#include "pith_rows.h"
#include "pith_stack.h"
#include "pith_threads.h"

#endif
