#include "internal.h"

#define T float
#define MASK int32_t
#define SUFFIX(NAME) NAME##_f32
#include "reduce_float.h"
