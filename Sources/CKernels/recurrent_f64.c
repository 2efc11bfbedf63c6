#include "math_f64.h"

#define T double
#define SUFFIX(NAME) NAME##_f64
#define SIGMOID sigmoid_f64
#define TANH tanh_f64
#include "recurrent_float.h"
