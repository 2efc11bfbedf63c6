#include "internal.h"

#define T double
#define MASK int64_t
#define SUFFIX(NAME) NAME##_f64
#include "reduce_float.h"
