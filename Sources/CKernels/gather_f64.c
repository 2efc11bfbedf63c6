#include "internal.h"

#pragma clang fp contract(off)

#define T double
#define SUFFIX(NAME) NAME##_f64
#include "gather_float.h"
