#include "internal.h"

#define T double
#define SUFFIX(NAME) NAME##_f64
#include "resample_float.h"
