// Rounding to bfloat16: the upper half of a float32.
#include "unary.h"

/// To the nearest, to even where two are as near. A carry out of the fraction raises the exponent, up to infinity.
PITH_INLINE uint32_t rounded(uint32_t bits) {
  const uint32_t nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : nearest;
}

PITH_MAP(narrow, uint32_t, uint16_t, rounded(v))
PITH_MAP(keep, uint32_t, uint32_t, rounded(v) << 16)
PITH_MAP_RUNNER(run_narrow, uint32_t, uint16_t)
PITH_MAP_RUNNER(run_keep, uint32_t, uint32_t)

void pith_to_bf16(const float *src, uint16_t *dst, size_t n) {
  run_narrow(narrow, (const uint32_t *)src, dst, n, PITH_GRAIN_CHEAP);
}

void pith_round_bf16(const float *src, float *dst, size_t n) {
  run_keep(keep, (const uint32_t *)src, (uint32_t *)dst, n, PITH_GRAIN_CHEAP);
}
