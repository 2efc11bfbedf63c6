#include "internal.h"

#pragma clang fp contract(off)

#define T float
#define SUFFIX(NAME) NAME##_f32
#include "gather_float.h"
