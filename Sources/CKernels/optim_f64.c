#include "internal.h"

#pragma clang fp contract(off)

#define T double
#define SUFFIX(NAME) NAME##_f64
#define FMA(A, B, C) __builtin_fma(A, B, C)
#define SQRT(V) __builtin_sqrt(V)
#define FABS(V) __builtin_fabs(V)
#include "optim_float.h"
#include "optim_adaptive_float.h"
