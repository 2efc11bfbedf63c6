#include "math_f64.h"
#include "special.h"
#include "unary.h"

#define MAP(NAME, EXPRESSION) PITH_MAP(NAME, double, double, EXPRESSION)
#define CALL(NAME, EXPRESSION) PITH_CALL(NAME, double, EXPRESSION)

MAP(neg, -v)
MAP(absolute, fabs(v))
MAP(exponential, exp_f64(v))
MAP(logarithm, log_f64(v))
CALL(log1p_, log1p(v))
MAP(expm1_, expm1_f64(v))
MAP(square_root, __builtin_sqrt(v))
MAP(rsqrt, 1.0 / __builtin_sqrt(v))
MAP(reciprocal, 1.0 / v)
CALL(tangent, tan(v))
CALL(asin_, asin(v))
CALL(acos_, acos(v))
CALL(atan_, atan(v))
CALL(sinh_, sinh(v))
CALL(cosh_, cosh(v))
MAP(tanh_, tanh_f64(v))
MAP(sigmoid, sigmoid_f64(v))
CALL(erf_, erf(v))
CALL(erfc_, erfc(v))
CALL(asinh_, asinh(v))
CALL(acosh_, acosh(v))
CALL(atanh_, atanh(v))
CALL(erfinv, inverse_erf(v))
MAP(relu, v < 0.0 ? 0.0 : v)
CALL(gelu, 0.5 * v * (1.0 + erf(v * 0.70710678118654752440)))
MAP(gelu_tanh, 0.5 * v * (1.0 + tanh_f64(0.79788456080286535588 * (v + 0.044715 * v * v * v))))
MAP(silu, v / (1.0 + exp_f64(-v)))
CALL(softplus, v > 20.0 ? v : log1p(exp(v)))
MAP(square, v * v)
MAP(sign, (double)(v > 0.0) - (double)(v < 0.0))
MAP(floor_, floor(v))
MAP(ceil_, ceil(v))
MAP(round_, rint(v))
MAP(trunc_, trunc(v))
CALL(exp2_, exp2(v))
CALL(log2_, log2(v))
CALL(log10_, log10(v))
CALL(lgamma_, lgamma(v))
CALL(digamma_, digamma(v))
CALL(logsigmoid, (v < 0.0 ? v : 0.0) - log1p(exp(-fabs(v))))
MAP(step, v > 0.0 ? 1.0 : 0.0)

CALL(sine, sin(v))
CALL(cosine, cos(v))

PITH_MAP_RUNNER(run, double, double)

typedef void (*loop)(const double *, double *, size_t);

static const struct { loop loop; long grain; } loops[PITH_UNARY_COUNT] = {
    [PITH_UNARY_NEG] = {neg, PITH_GRAIN_CHEAP},
    [PITH_UNARY_ABS] = {absolute, PITH_GRAIN_CHEAP},
    [PITH_UNARY_EXP] = {exponential, PITH_GRAIN_DEAR},
    [PITH_UNARY_LOG] = {logarithm, PITH_GRAIN_DEAR},
    [PITH_UNARY_LOG1P] = {log1p_, PITH_GRAIN_LIBM},
    [PITH_UNARY_EXPM1] = {expm1_, PITH_GRAIN_DEAR},
    [PITH_UNARY_SQRT] = {square_root, PITH_GRAIN_CHEAP},
    [PITH_UNARY_RSQRT] = {rsqrt, PITH_GRAIN_DEAR},
    [PITH_UNARY_RECIPROCAL] = {reciprocal, PITH_GRAIN_CHEAP},
    [PITH_UNARY_SIN] = {sine, PITH_GRAIN_LIBM},
    [PITH_UNARY_COS] = {cosine, PITH_GRAIN_LIBM},
    [PITH_UNARY_TAN] = {tangent, PITH_GRAIN_LIBM},
    [PITH_UNARY_ASIN] = {asin_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ACOS] = {acos_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ATAN] = {atan_, PITH_GRAIN_LIBM},
    [PITH_UNARY_SINH] = {sinh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_COSH] = {cosh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_TANH] = {tanh_, PITH_GRAIN_DEAR},
    [PITH_UNARY_SIGMOID] = {sigmoid, PITH_GRAIN_DEAR},
    [PITH_UNARY_ERF] = {erf_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ERFC] = {erfc_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ASINH] = {asinh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ACOSH] = {acosh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ATANH] = {atanh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ERFINV] = {erfinv, PITH_GRAIN_LIBM},
    [PITH_UNARY_RELU] = {relu, PITH_GRAIN_CHEAP},
    [PITH_UNARY_GELU] = {gelu, PITH_GRAIN_LIBM},
    [PITH_UNARY_GELU_TANH] = {gelu_tanh, PITH_GRAIN_DEAR},
    [PITH_UNARY_SILU] = {silu, PITH_GRAIN_DEAR},
    [PITH_UNARY_SOFTPLUS] = {softplus, PITH_GRAIN_LIBM},
    [PITH_UNARY_SQUARE] = {square, PITH_GRAIN_CHEAP},
    [PITH_UNARY_SIGN] = {sign, PITH_GRAIN_CHEAP},
    [PITH_UNARY_FLOOR] = {floor_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_CEIL] = {ceil_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_ROUND] = {round_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_TRUNC] = {trunc_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_EXP2] = {exp2_, PITH_GRAIN_LIBM},
    [PITH_UNARY_LOG2] = {log2_, PITH_GRAIN_LIBM},
    [PITH_UNARY_LOG10] = {log10_, PITH_GRAIN_LIBM},
    [PITH_UNARY_LGAMMA] = {lgamma_, PITH_GRAIN_LIBM},
    [PITH_UNARY_DIGAMMA] = {digamma_, PITH_GRAIN_LIBM},
    [PITH_UNARY_LOGSIGMOID] = {logsigmoid, PITH_GRAIN_LIBM},
    [PITH_UNARY_STEP] = {step, PITH_GRAIN_CHEAP},
};

void pith_unary_f64(int op, const double *x, double *y, size_t n) {
  if (op < 0 || op >= PITH_UNARY_COUNT) return;
  run(loops[op].loop, x, y, n, loops[op].grain);
}

PITH_MAP1(leaky_relu, double, v > 0.0 ? v : v * p)
PITH_MAP1(elu, double, v > 0.0 ? v : p * expm1_f64(v))
PITH_MAP1(celu, double, v > 0.0 ? v : p * expm1_f64(v / p))
static void softplus_beta(const double *x, double *y, size_t n, double p) {
  for (size_t i = 0; i < n; i++) y[i] = x[i] * p > 20.0 ? x[i] : log1p(exp(x[i] * p)) / p;
}

void pith_unary1_f64(int op, const double *x, double *y, size_t n, double p) {
  switch (op) {
  case PITH_UNARY1_LEAKY_RELU: leaky_relu(x, y, n, p); break;
  case PITH_UNARY1_ELU: elu(x, y, n, p); break;
  case PITH_UNARY1_CELU: celu(x, y, n, p); break;
  case PITH_UNARY1_SOFTPLUS: softplus_beta(x, y, n, p); break;
  default: break;
  }
}

PITH_MAP(is_nan, double, uint8_t, v != v)
PITH_MAP(is_inf, double, uint8_t, fabs(v) == (double)INFINITY)
PITH_MAP(is_finite, double, uint8_t, fabs(v) < (double)INFINITY)
PITH_MAP_RUNNER(run_class, double, uint8_t)

void pith_classify_f64(int which, const double *x, uint8_t *y, size_t n) {
  switch (which) {
  case PITH_CLASS_NAN: run_class(is_nan, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_CLASS_INF: run_class(is_inf, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_CLASS_FINITE: run_class(is_finite, x, y, n, PITH_GRAIN_CHEAP); break;
  default: break;
  }
}
