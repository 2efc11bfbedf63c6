#include "internal.h"

#pragma clang fp contract(off)

#define T float
#define SUFFIX(NAME) NAME##_f32
#define FMA(A, B, C) __builtin_fmaf(A, B, C)
#define SQRT(V) __builtin_sqrtf(V)
#define FABS(V) __builtin_fabsf(V)
#include "optim_float.h"
#include "optim_adaptive_float.h"
