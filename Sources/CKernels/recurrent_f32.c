#include "math_f32.h"

#define T float
#define SUFFIX(NAME) NAME##_f32
#define SIGMOID sigmoid_f32
#define TANH tanh_f32
#include "recurrent_float.h"
