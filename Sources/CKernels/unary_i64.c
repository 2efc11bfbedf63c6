#include "unary.h"

// Through unsigned numbers, which wrap.
PITH_MAP(neg, int64_t, int64_t, -(uint64_t)v)
PITH_MAP(absolute, int64_t, int64_t, v < 0 ? -(uint64_t)v : (uint64_t)v)
PITH_MAP(square, int64_t, int64_t, (uint64_t)v * (uint64_t)v)
PITH_MAP(sign, int64_t, int64_t, (v > 0) - (v < 0))
PITH_MAP(relu, int64_t, int64_t, v < 0 ? 0 : v)
PITH_MAP(step, int64_t, int64_t, v > 0)
PITH_MAP(identity, int64_t, int64_t, v)
PITH_MAP_RUNNER(run, int64_t, int64_t)

void pith_unary_i64(int op, const int64_t *x, int64_t *y, size_t n) {
  switch (op) {
  case PITH_UNARY_NEG: run(neg, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_UNARY_ABS: run(absolute, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_UNARY_SQUARE: run(square, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_UNARY_SIGN: run(sign, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_UNARY_RELU: run(relu, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_UNARY_STEP: run(step, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_UNARY_FLOOR:
  case PITH_UNARY_CEIL:
  case PITH_UNARY_ROUND:
  case PITH_UNARY_TRUNC: run(identity, x, y, n, PITH_GRAIN_CHEAP); break;
  default: break;
  }
}
