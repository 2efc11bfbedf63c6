#include "internal.h"

#pragma clang fp contract(off)

#define T float
#define SUFFIX(NAME) NAME##_f32
#define FMA(A, B, C) __builtin_fmaf(A, B, C)
#define SQRT(V) __builtin_sqrtf(V)
#include "optim_float.h"
