// Single precision functions without branches, so that loops over them vectorise. The polynomials are weighted minimax
// fits to the plain functions, rounded to single precision; errors are given in units in the last place.
#ifndef PITH_MATH_F32_H
#define PITH_MATH_F32_H

#include "internal.h"

PITH_INLINE float bits_f32(uint32_t u) { float f; memcpy(&f, &u, 4); return f; }
PITH_INLINE uint32_t f32_bits(float f) { uint32_t u; memcpy(&u, &f, 4); return u; }

// Adding it rounds to an integer, which stands in the low bits of the sum.
#define PITH_MAGIC_F32 12582912.0f

/// 2^n for n in -126 ... 127.
PITH_INLINE float pow2_f32(int32_t n) { return bits_f32((uint32_t)(n + 127) << 23); }

/// e^r - 1 for |r| <= log(2)/2.
PITH_INLINE float expm1_core_f32(float r) {
  PITH_CONTRACT
  float p = 0.000199193804f;
  p = p * r + 0.00139472249f;
  p = p * r + 0.00833326299f;
  p = p * r + 0.0416662544f;
  p = p * r + 0.166666672f;
  p = p * r + 0.5f;
  return p * (r * r) + r;
}

/// f 2^n, by two factors so that the ends of the range are reached; n in -252 ... 254.
PITH_INLINE float scale_f32(float f, int32_t n) {
  const int32_t half = n >> 1;
  return f * pow2_f32(half) * pow2_f32(n - half);
}

PITH_INLINE float exp_f32(float x) {  // 1 ulp
  PITH_CONTRACT
  x = x > 89.0f ? 89.0f : x;
  x = x < -104.0f ? -104.0f : x;
  const float shifted = x * 1.44269504f + PITH_MAGIC_F32, n = shifted - PITH_MAGIC_F32;
  const float r = (x - n * 0.693145751953125f) - n * 1.428606765330187e-06f;
  return scale_f32(1.0f + expm1_core_f32(r), (int32_t)(f32_bits(shifted) - 0x4b400000u));
}

PITH_INLINE float exp2_f32(float x) {  // exact at integers
  PITH_CONTRACT
  x = x > 129.0f ? 129.0f : x;
  x = x < -151.0f ? -151.0f : x;
  const float shifted = x + PITH_MAGIC_F32, n = shifted - PITH_MAGIC_F32;
  return scale_f32(1.0f + expm1_core_f32((x - n) * 0.693147181f), (int32_t)(f32_bits(shifted) - 0x4b400000u));
}

PITH_INLINE float expm1_f32(float x) {  // 2 ulp
  PITH_CONTRACT
  float v = x > 89.0f ? 89.0f : x;
  v = v < -20.0f ? -20.0f : v;
  const float shifted = v * 1.44269504f + PITH_MAGIC_F32, n = shifted - PITH_MAGIC_F32;
  const float r = (v - n * 0.693145751953125f) - n * 1.428606765330187e-06f;
  // Half of the factor, for 2^128 is out of range.
  const float s = pow2_f32((int32_t)(f32_bits(shifted) - 0x4b400000u) - 1);
  const float y = 2.0f * (s * expm1_core_f32(r) + (s - 0.5f));
  return fabsf(x) < 1e-8f ? x : y;
}

/// log(1 + f) + e (high + low) for 1 + f in √½ ... √2.
PITH_INLINE float log1p_core_f32(float f, float e, float high, float low) {
  PITH_CONTRACT
  float p = 0.069145821f;
  p = p * f - 0.117894076f;
  p = p * f + 0.118731178f;
  p = p * f - 0.123844266f;
  p = p * f + 0.142186493f;
  p = p * f - 0.166692466f;
  p = p * f + 0.200022265f;
  p = p * f - 0.249999866f;
  p = p * f + 0.333333105f;
  const float square = f * f;
  float y = p * (f * square) + e * low;
  y = y - 0.5f * square;
  return (f + y) + e * high;
}

/// x = 2^e (1 + f) with 1 + f in √½ ... √2, for x > 0.
PITH_INLINE float split_f32(float x, float *e) {
  const int tiny = x < 1.17549435e-38f;
  const float v = tiny ? x * 16777216.0f : x;
  const uint32_t u = f32_bits(v) - 0x3f3504f3u;
  *e = (float)((int32_t)u >> 23) - (tiny ? 24.0f : 0.0f);
  return bits_f32((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
}

PITH_INLINE float log_edges_f32(float x, float y) {
  y = x == INFINITY ? INFINITY : y;
  y = x == 0.0f ? -INFINITY : y;
  return x >= 0.0f ? y : NAN;
}

PITH_INLINE float log_f32(float x) {  // 1 ulp
  float e;
  const float f = split_f32(x, &e);
  return log_edges_f32(x, log1p_core_f32(f, e, 0.693359375f, -2.12194440e-4f));
}

PITH_INLINE float log2_f32(float x) {  // exact at powers of two
  PITH_CONTRACT
  float e;
  const float f = split_f32(x, &e);
  return log_edges_f32(x, e + log1p_core_f32(f, 0.0f, 0.0f, 0.0f) * 1.44269504f);
}

PITH_INLINE float log1p_f32(float x) {  // 2 ulp: the logarithm of the rounded sum, and what the rounding lost
  const float u = 1.0f + x, lost = x - (u - 1.0f);
  float y = log_f32(u) + (u > 0.0f && u < 16777216.0f ? lost / u : 0.0f);
  return fabsf(x) < 5e-8f ? x : y;
}

PITH_INLINE float sigmoid_f32(float x) { return 1.0f / (1.0f + exp_f32(-x)); }

PITH_INLINE float tanh_f32(float x) {  // 2 ulp
  const float a = fabsf(x), t = expm1_f32(2.0f * (a > 10.0f ? 10.0f : a));
  const float y = copysignf(t / (t + 2.0f), x);
  return x == x ? y : x;
}

PITH_INLINE float erf_f32(float x) {  // 1 ulp
  PITH_CONTRACT
  const float s = x * x;
  float p = 7.88910256e-05f;
  p = p * s - 0.000802083639f;
  p = p * s + 0.00518953474f;
  p = p * s - 0.0268544443f;
  p = p * s + 0.112836003f;
  p = p * s - 0.37612626f;
  p = p * s + 0.128379166f;
  const float near = p * x + x;
  // 1 - e^q(t), q a fit to log(erfc(t)); beyond 4, 1 is the nearest number.
  float t = fabsf(x);
  t = t > 4.0f ? 4.0f : t;
  float q = -2.16867884e-05f;
  q = q * t + 0.000441335578f;
  q = q * t - 0.00420455774f;
  q = q * t + 0.0252082441f;
  q = q * t - 0.108418554f;
  q = q * t - 0.633219898f;
  q = q * t - 1.12957847f;
  q = q * t + 0.000188037418f;
  const float far = copysignf(1.0f - exp_f32(q), x);
  const float y = fabsf(x) < 1.0f ? near : far;
  return x == x ? y : x;
}

/// The largest argument that π/2 in four parts reduces without loss: the first two products are exact.
#define PITH_TRIG_LIMIT 8192.0f

/// sin(x + quarter π/2) for |x| <= PITH_TRIG_LIMIT; 1 ulp.
PITH_INLINE float sin_quarter_f32(float x, uint32_t quarter) {
  PITH_CONTRACT
  const float shifted = x * 0.636619772f + PITH_MAGIC_F32, n = shifted - PITH_MAGIC_F32;
  const float r = (((x - n * 1.5703125f) - n * 0.0004837512969970703125f) - n * 7.5497901264e-8f) + n * 1.7151e-15f;
  const uint32_t q = f32_bits(shifted) + quarter;
  const float s = r * r;
  float a = 2.71756426e-06f;
  a = a * s - 0.000198392561f;
  a = a * s + 0.00833332911f;
  a = a * s - 0.166666672f;
  a = a * (s * r) + r;
  float b = 2.44311977e-05f;
  b = b * s - 0.0013887306f;
  b = b * s + 0.0416666456f;
  b = b * (s * s) + (1.0f - 0.5f * s);
  const float y = q & 1 ? b : a;
  return bits_f32(f32_bits(y) ^ ((q & 2) << 30));
}

#endif
