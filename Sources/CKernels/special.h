// Functions that no C library has.
#ifndef PITH_SPECIAL_H
#define PITH_SPECIAL_H

#include "internal.h"

/// The derivative of log Γ: reflection for x < 0, recurrence up to 8, then the asymptotic series.
static inline double digamma(double x) {
  if (x == 0.0) return copysign((double)INFINITY, -x);
  double result = 0.0;
  if (x < 0.0) {
    if (x == floor(x)) return (double)NAN;
    // The tangent has period 1: reduce first, so that large arguments keep their digits.
    result = -M_PI / tan(M_PI * (x - floor(x)));
    x = 1.0 - x;
  }
  while (x < 8.0) {
    result -= 1.0 / x;
    x += 1.0;
  }
  if (x == (double)INFINITY) return x;
  const double z = 1.0 / (x * x);
  const double series =
      z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
  return result + log(x) - 0.5 / x - series;
}

/// The x for which erf(x) is y: a start good to seven digits (Giles 2010, Approximating the erfinv function, table 5), then
/// two steps of Halley's method; for y near 1 on erfc, which keeps its digits there.
static inline double inverse_erf(double y) {
  const double size = fabs(y);
  if (!(size < 1.0)) return size == 1.0 ? copysign((double)INFINITY, y) : (double)NAN;
  static const double near[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                                -0.00125372503, -0.00417768164, 0.246640727, 1.50140941};
  static const double far[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                               -0.0076224613, 0.00943887047, 1.00167406, 2.83297682};
  double w = -log((1.0 - size) * (1.0 + size)), x = 0.0;
  const double *terms = w < 5.0 ? near : far;
  w = w < 5.0 ? w - 2.5 : sqrt(w) - 3.0;
  for (int i = 0; i < 9; i++) x = x * w + terms[i];
  x *= size;
  for (int step = 0; step < 2; step++) {
    const double error = size < 0.5 ? erf(x) - size : (1.0 - size) - erfc(x), u = error * 0.88622692545275801365 * exp(x * x);
    x -= u / (1.0 + x * u);
  }
  return copysign(x, y);
}

#endif
