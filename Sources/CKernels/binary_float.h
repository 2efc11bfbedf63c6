// Binary operations of one floating type T. CALL(f) names the C library's f for T, SUFFIX(f) our own.

PITH_BINARY(add, T, T, a + b)
PITH_BINARY(subtract, T, T, a - b)
PITH_BINARY(multiply, T, T, a * b)
PITH_BINARY(divide, T, T, a / b)
PITH_BINARY(maximum, T, T, (a > b || a != a) ? a : b)
PITH_BINARY(minimum, T, T, (a < b || a != a) ? a : b)

static inline T python_remainder(T a, T b) {
  const T r = CALL(fmod)(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// By the remainder, for the rounded quotient may lie on the wrong side of an integer.
static inline T python_floor_divide(T a, T b) {
  if (b == 0) return a / b;
  const T r = CALL(fmod)(a, b);
  T quotient = (a - r) / b;
  if (r != 0 && (r < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return CALL(copysign)(0, a / b);
  const T whole = CALL(floor)(quotient);
  return quotient - whole > (T)0.5 ? whole + 1 : whole;
}

PITH_BINARY_CALL(power, T, CALL(pow)(a, b))
PITH_BINARY_CALL(arctangent, T, CALL(atan2)(a, b))
PITH_BINARY_CALL(c_remainder, T, CALL(fmod)(a, b))
PITH_BINARY_CALL(remainder_, T, python_remainder(a, b))
PITH_BINARY_CALL(floor_divide, T, python_floor_divide(a, b))
PITH_BINARY_CALL(hypotenuse, T, CALL(hypot)(a, b))

// Powers with one common exponent, as a multiplication or two. The exponent is no longer read.
PITH_BINARY(power_two, T, T, ((void)b, a * a))
PITH_BINARY(power_three, T, T, ((void)b, a * a * a))
PITH_BINARY(power_minus_one, T, T, ((void)b, 1 / a))

static pith_walk_loop power_by(T exponent) {
  if (exponent == 2) return power_two;
  if (exponent == 3) return power_three;
  if (exponent == -1) return power_minus_one;
  return power;
}

static int is_one_number(int rank, const int64_t *shape, const int64_t *strides) {
  for (int d = 0; d < rank; d++)
    if (shape[d] <= 0 || (shape[d] > 1 && strides[d] != 0)) return 0;
  return 1;
}

static const struct { pith_walk_loop loop; long grain; } loops[PITH_BINARY_COUNT] = {
    [PITH_BINARY_ADD] = {add, PITH_GRAIN_CHEAP},
    [PITH_BINARY_SUB] = {subtract, PITH_GRAIN_CHEAP},
    [PITH_BINARY_MUL] = {multiply, PITH_GRAIN_CHEAP},
    [PITH_BINARY_DIV] = {divide, PITH_GRAIN_CHEAP},
    [PITH_BINARY_POW] = {power, PITH_GRAIN_LIBM},
    [PITH_BINARY_MAXIMUM] = {maximum, PITH_GRAIN_CHEAP},
    [PITH_BINARY_MINIMUM] = {minimum, PITH_GRAIN_CHEAP},
    [PITH_BINARY_ATAN2] = {arctangent, PITH_GRAIN_LIBM},
    [PITH_BINARY_FMOD] = {c_remainder, PITH_GRAIN_LIBM},
    [PITH_BINARY_REMAINDER] = {remainder_, PITH_GRAIN_LIBM},
    [PITH_BINARY_FLOORDIV] = {floor_divide, PITH_GRAIN_LIBM},
    [PITH_BINARY_HYPOT] = {hypotenuse, PITH_GRAIN_LIBM},
};

void SUFFIX(pith_binary)(int op, const T *a, const T *b, T *y, int rank, const int64_t *shape,
                         const int64_t *a_strides, const int64_t *b_strides) {
  if (op < 0 || op >= PITH_BINARY_COUNT) return;
  pith_walk_loop loop = loops[op].loop;
  long grain = loops[op].grain;
  if (op == PITH_BINARY_POW && is_one_number(rank, shape, b_strides)) {
    loop = power_by(*b);
    if (loop != power) grain = PITH_GRAIN_CHEAP;
  }
  pith_binary_walk(loop, a, b, sizeof(T), y, sizeof(T), rank, shape, a_strides, b_strides, grain);
}
