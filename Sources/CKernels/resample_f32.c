#include "internal.h"

#define T float
#define SUFFIX(NAME) NAME##_f32
#include "resample_float.h"
