#include "math_f64.h"

#define T double
#define SUFFIX(NAME) NAME##_f64
#define EXP exp_f64
#define LOG log_f64
#include "rows_float.h"
