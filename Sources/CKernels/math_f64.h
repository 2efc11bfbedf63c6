// Double precision exp, log and what follows from them, without branches. The polynomials are Taylor's.
#ifndef PITH_MATH_F64_H
#define PITH_MATH_F64_H

#include "internal.h"

PITH_INLINE double bits_f64(uint64_t u) { double f; memcpy(&f, &u, 8); return f; }
PITH_INLINE uint64_t f64_bits(double f) { uint64_t u; memcpy(&u, &f, 8); return u; }

#define PITH_MAGIC_F64 6755399441055744.0

PITH_INLINE double pow2_f64(int64_t n) { return bits_f64((uint64_t)(n + 1023) << 52); }

/// e^r - 1 for |r| <= log(2)/2: the terms up to r¹³/13!.
PITH_INLINE double expm1_core_f64(double r) {
  PITH_CONTRACT
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  return p * (r * r) + r;
}

PITH_INLINE double exp_f64(double x) {
  PITH_CONTRACT
  x = x > 710.0 ? 710.0 : x;
  x = x < -746.0 ? -746.0 : x;
  const double shifted = x * 1.4426950408889634 + PITH_MAGIC_F64, n = shifted - PITH_MAGIC_F64;
  const double r = (x - n * 0.6931471803691238164901733) - n * 1.9082149292705878161e-10;
  const int64_t i = (int64_t)(f64_bits(shifted) - 0x4338000000000000u), half = i >> 1;
  return (1.0 + expm1_core_f64(r)) * pow2_f64(half) * pow2_f64(i - half);
}

PITH_INLINE double expm1_f64(double x) {
  PITH_CONTRACT
  double v = x > 710.0 ? 710.0 : x;
  v = v < -40.0 ? -40.0 : v;
  const double shifted = v * 1.4426950408889634 + PITH_MAGIC_F64, n = shifted - PITH_MAGIC_F64;
  const double r = (v - n * 0.6931471803691238164901733) - n * 1.9082149292705878161e-10;
  const double s = pow2_f64((int64_t)(f64_bits(shifted) - 0x4338000000000000u) - 1);
  const double y = 2.0 * (s * expm1_core_f64(r) + (s - 0.5));
  return fabs(x) < 1e-17 ? x : y;
}

/// With s = f / (2 + f), log(1 + f) = 2 (s + s³/3 + s⁵/5 + …); |s| < 0.1716, so 11 terms do.
PITH_INLINE double log_f64(double x) {
  PITH_CONTRACT
  const int tiny = x < 2.2250738585072014e-308;
  const double v = tiny ? x * 18014398509481984.0 : x;
  const uint64_t u = f64_bits(v) - 0x3fe6a09e667f3bcdu;
  // The exponent is read from a sum of bits, which needs no conversion of 64-bit integers.
  const double e = bits_f64((uint64_t)((int64_t)u >> 52) + 0x4338000000000000u) - PITH_MAGIC_F64 - (tiny ? 54.0 : 0.0);
  const double f = bits_f64((u & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0;
  const double s = f / (2.0 + f), z = s * s;
  double p = 1.0 / 23.0;
  p = p * z + 1.0 / 21.0;
  p = p * z + 1.0 / 19.0;
  p = p * z + 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  // 2s = f - s f, and f² / 2 taken apart, so that the rounding of s does not reach the result.
  const double half = 0.5 * f * f;
  double y = f - (half - (s * (half + 2.0 * z * p) + e * 1.9082149292705878161e-10));
  y = y + e * 0.6931471803691238164901733;
  y = x == INFINITY ? (double)INFINITY : y;
  y = x == 0.0 ? -(double)INFINITY : y;
  return x >= 0.0 ? y : (double)NAN;
}

PITH_INLINE double sigmoid_f64(double x) { return 1.0 / (1.0 + exp_f64(-x)); }

PITH_INLINE double tanh_f64(double x) {
  const double a = fabs(x), t = expm1_f64(2.0 * (a > 22.0 ? 22.0 : a));
  const double y = copysign(t / (t + 2.0), x);
  return x == x ? y : x;
}

#endif
