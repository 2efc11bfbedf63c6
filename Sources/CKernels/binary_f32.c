#include "binary.h"

#define T float
#define CALL(NAME) NAME##f
#define SUFFIX(NAME) NAME##_f32
#include "binary_float.h"
