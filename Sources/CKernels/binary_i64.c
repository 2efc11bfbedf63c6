#include "binary.h"

// Arithmetic through unsigned numbers, which wrap. By -1, quotients are negations and remainders 0, so that
// INT64_MIN / -1 never reaches the divider, and neither does 0.

static inline int64_t negated(int64_t a) { return (int64_t)(0 - (uint64_t)a); }

static inline int64_t c_remainder_of(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }

static inline int64_t remainder_of(int64_t a, int64_t b) {
  const int64_t r = c_remainder_of(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static inline int64_t floor_quotient(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return negated(a);
  const int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static inline int64_t power_of(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
  uint64_t result = 1, factor = (uint64_t)a;
  for (; b > 0; b >>= 1) {
    if (b & 1) result *= factor;
    factor *= factor;
  }
  return (int64_t)result;
}

PITH_BINARY(add, int64_t, int64_t, (uint64_t)a + (uint64_t)b)
PITH_BINARY(subtract, int64_t, int64_t, (uint64_t)a - (uint64_t)b)
PITH_BINARY(multiply, int64_t, int64_t, (uint64_t)a * (uint64_t)b)
PITH_BINARY(maximum, int64_t, int64_t, a > b ? a : b)
PITH_BINARY(minimum, int64_t, int64_t, a < b ? a : b)
PITH_BINARY_CALL(power, int64_t, power_of(a, b))
PITH_BINARY_CALL(c_remainder, int64_t, c_remainder_of(a, b))
PITH_BINARY_CALL(remainder_, int64_t, remainder_of(a, b))
PITH_BINARY_CALL(floor_divide, int64_t, floor_quotient(a, b))

static const struct { pith_walk_loop loop; long grain; } loops[PITH_BINARY_COUNT] = {
    [PITH_BINARY_ADD] = {add, PITH_GRAIN_CHEAP},
    [PITH_BINARY_SUB] = {subtract, PITH_GRAIN_CHEAP},
    [PITH_BINARY_MUL] = {multiply, PITH_GRAIN_CHEAP},
    [PITH_BINARY_POW] = {power, PITH_GRAIN_LIBM},
    [PITH_BINARY_MAXIMUM] = {maximum, PITH_GRAIN_CHEAP},
    [PITH_BINARY_MINIMUM] = {minimum, PITH_GRAIN_CHEAP},
    [PITH_BINARY_FMOD] = {c_remainder, PITH_GRAIN_LIBM},
    [PITH_BINARY_REMAINDER] = {remainder_, PITH_GRAIN_LIBM},
    [PITH_BINARY_FLOORDIV] = {floor_divide, PITH_GRAIN_LIBM},
};

void pith_binary_i64(int op, const int64_t *a, const int64_t *b, int64_t *y, int rank, const int64_t *shape,
                     const int64_t *a_strides, const int64_t *b_strides) {
  if (op < 0 || op >= PITH_BINARY_COUNT || loops[op].loop == NULL) return;
  pith_binary_walk(loops[op].loop, a, b, 8, y, 8, rank, shape, a_strides, b_strides, loops[op].grain);
}
