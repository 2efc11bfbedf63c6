/// What a thread is doing and may still do. One thread owns a session; tests run many sessions at once.
#ifndef PITH_RECORDING_H
#define PITH_RECORDING_H

#include <stdint.h>

/// 0: operations keep no history; 1: those that a leaf with `requires_grad` leads to; 2: all on real numbers;
/// 3: as 2, and they keep all that replaced backward rules may read.
int pith_recording(void);
void pith_set_recording(int mode);

/// The object in whose call operations run; 0 where that is not noted.
void *pith_recording_owner(void);
void pith_set_recording_owner(void *module);

/// Whether products of float32 round their operands to bfloat16: 0 at first.
int pith_rounds_products(void);
void pith_set_rounds_products(int rounds);

/// A number larger than all that this thread got before: the order in which operations ran.
uint64_t pith_next_sequence(void);

/// Bytes of stack that this thread may still use; a large number where the system does not say.
long pith_stack_left(void);

#endif
