#include "binary.h"

#define T double
#define CALL(NAME) NAME
#define SUFFIX(NAME) NAME##_f64
#include "binary_float.h"
