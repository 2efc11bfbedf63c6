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

#endif
