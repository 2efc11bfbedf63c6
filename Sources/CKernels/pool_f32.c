#include "internal.h"

#define T float
#define SUFFIX(NAME) NAME##_f32
#include "pool_float.h"
