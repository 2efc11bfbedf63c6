#include "internal.h"

#define T double
#define SUFFIX(NAME) NAME##_f64
#include "effects_float.h"
