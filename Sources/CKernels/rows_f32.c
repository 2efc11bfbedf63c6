#include "math_f32.h"

#define T float
#define SUFFIX(NAME) NAME##_f32
#define EXP exp_f32
#define LOG log_f32
#include "rows_float.h"
