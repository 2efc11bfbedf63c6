#include "math_f32.h"
#include "special.h"
#include "unary.h"

#define MAP(NAME, EXPRESSION) PITH_MAP(NAME, float, float, EXPRESSION)
#define CALL(NAME, EXPRESSION) PITH_CALL(NAME, float, EXPRESSION)

MAP(neg, -v)
MAP(absolute, fabsf(v))
MAP(exponential, exp_f32(v))
MAP(logarithm, log_f32(v))
MAP(log1p_, log1p_f32(v))
MAP(expm1_, expm1_f32(v))
MAP(square_root, __builtin_sqrtf(v))
MAP(rsqrt, 1.0f / __builtin_sqrtf(v))
MAP(reciprocal, 1.0f / v)
CALL(tangent, tanf(v))
CALL(asin_, asinf(v))
CALL(acos_, acosf(v))
CALL(atan_, atanf(v))
CALL(sinh_, sinhf(v))
CALL(cosh_, coshf(v))
MAP(tanh_, tanh_f32(v))
MAP(sigmoid, sigmoid_f32(v))
MAP(erf_, erf_f32(v))
CALL(erfc_, erfcf(v))
CALL(asinh_, asinhf(v))
CALL(acosh_, acoshf(v))
CALL(atanh_, atanhf(v))
CALL(erfinv, (float)inverse_erf(v))
MAP(relu, v < 0.0f ? 0.0f : v)
MAP(gelu, 0.5f * v * (1.0f + erf_f32(v * 0.707106781f)))
MAP(gelu_tanh, 0.5f * v * (1.0f + tanh_f32(0.797884561f * (v + 0.044715f * v * v * v))))
MAP(silu, v / (1.0f + exp_f32(-v)))
MAP(softplus, v > 20.0f ? v : log1p_f32(exp_f32(v)))
MAP(square, v * v)
MAP(sign, (float)(v > 0.0f) - (float)(v < 0.0f))
MAP(floor_, floorf(v))
MAP(ceil_, ceilf(v))
MAP(round_, rintf(v))
MAP(trunc_, truncf(v))
MAP(exp2_, exp2_f32(v))
MAP(log2_, log2_f32(v))
CALL(log10_, log10f(v))
CALL(lgamma_, (float)lgamma((double)v))
CALL(digamma_, (float)digamma((double)v))
MAP(logsigmoid, (v < 0.0f ? v : 0.0f) - log1p_f32(exp_f32(-fabsf(v))))
MAP(step, v > 0.0f ? 1.0f : 0.0f)

MAP(sine_small, sin_quarter_f32(v, 0))
MAP(cosine_small, sin_quarter_f32(v, 1))
CALL(sine_any, sinf(v))
CALL(cosine_any, cosf(v))

static PITH_CLONES int all_small(const float *x, size_t n) {
  unsigned large = 0;
  for (size_t i = 0; i < n; i++) large |= !(fabsf(x[i]) <= PITH_TRIG_LIMIT);
  return !large;
}

// A block that holds one large argument is left to the C library.
static void sine(const float *x, float *y, size_t n) {
  for (size_t i = 0; i < n; i += 256) {
    const size_t m = pith_min(256, n - i);
    (all_small(x + i, m) ? sine_small : sine_any)(x + i, y + i, m);
  }
}
static void cosine(const float *x, float *y, size_t n) {
  for (size_t i = 0; i < n; i += 256) {
    const size_t m = pith_min(256, n - i);
    (all_small(x + i, m) ? cosine_small : cosine_any)(x + i, y + i, m);
  }
}

PITH_MAP_RUNNER(run, float, float)

typedef void (*loop)(const float *, float *, size_t);

static const struct { loop loop; long grain; } loops[PITH_UNARY_COUNT] = {
    [PITH_UNARY_NEG] = {neg, PITH_GRAIN_CHEAP},
    [PITH_UNARY_ABS] = {absolute, PITH_GRAIN_CHEAP},
    [PITH_UNARY_EXP] = {exponential, PITH_GRAIN_DEAR},
    [PITH_UNARY_LOG] = {logarithm, PITH_GRAIN_DEAR},
    [PITH_UNARY_LOG1P] = {log1p_, PITH_GRAIN_DEAR},
    [PITH_UNARY_EXPM1] = {expm1_, PITH_GRAIN_DEAR},
    [PITH_UNARY_SQRT] = {square_root, PITH_GRAIN_CHEAP},
    [PITH_UNARY_RSQRT] = {rsqrt, PITH_GRAIN_DEAR},
    [PITH_UNARY_RECIPROCAL] = {reciprocal, PITH_GRAIN_CHEAP},
    [PITH_UNARY_SIN] = {sine, PITH_GRAIN_DEAR},
    [PITH_UNARY_COS] = {cosine, PITH_GRAIN_DEAR},
    [PITH_UNARY_TAN] = {tangent, PITH_GRAIN_LIBM},
    [PITH_UNARY_ASIN] = {asin_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ACOS] = {acos_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ATAN] = {atan_, PITH_GRAIN_LIBM},
    [PITH_UNARY_SINH] = {sinh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_COSH] = {cosh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_TANH] = {tanh_, PITH_GRAIN_DEAR},
    [PITH_UNARY_SIGMOID] = {sigmoid, PITH_GRAIN_DEAR},
    [PITH_UNARY_ERF] = {erf_, PITH_GRAIN_DEAR},
    [PITH_UNARY_ERFC] = {erfc_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ASINH] = {asinh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ACOSH] = {acosh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ATANH] = {atanh_, PITH_GRAIN_LIBM},
    [PITH_UNARY_ERFINV] = {erfinv, PITH_GRAIN_LIBM},
    [PITH_UNARY_RELU] = {relu, PITH_GRAIN_CHEAP},
    [PITH_UNARY_GELU] = {gelu, PITH_GRAIN_DEAR},
    [PITH_UNARY_GELU_TANH] = {gelu_tanh, PITH_GRAIN_DEAR},
    [PITH_UNARY_SILU] = {silu, PITH_GRAIN_DEAR},
    [PITH_UNARY_SOFTPLUS] = {softplus, PITH_GRAIN_DEAR},
    [PITH_UNARY_SQUARE] = {square, PITH_GRAIN_CHEAP},
    [PITH_UNARY_SIGN] = {sign, PITH_GRAIN_CHEAP},
    [PITH_UNARY_FLOOR] = {floor_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_CEIL] = {ceil_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_ROUND] = {round_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_TRUNC] = {trunc_, PITH_GRAIN_CHEAP},
    [PITH_UNARY_EXP2] = {exp2_, PITH_GRAIN_DEAR},
    [PITH_UNARY_LOG2] = {log2_, PITH_GRAIN_DEAR},
    [PITH_UNARY_LOG10] = {log10_, PITH_GRAIN_LIBM},
    [PITH_UNARY_LGAMMA] = {lgamma_, PITH_GRAIN_LIBM},
    [PITH_UNARY_DIGAMMA] = {digamma_, PITH_GRAIN_LIBM},
    [PITH_UNARY_LOGSIGMOID] = {logsigmoid, PITH_GRAIN_DEAR},
    [PITH_UNARY_STEP] = {step, PITH_GRAIN_CHEAP},
};

void pith_unary_f32(int op, const float *x, float *y, size_t n) {
  if (op < 0 || op >= PITH_UNARY_COUNT) return;
  run(loops[op].loop, x, y, n, loops[op].grain);
}

PITH_MAP1(leaky_relu, float, v > 0.0f ? v : v * p)
PITH_MAP1(elu, float, v > 0.0f ? v : p * expm1_f32(v))
PITH_MAP1(celu, float, v > 0.0f ? v : p * expm1_f32(v / p))
PITH_MAP1(softplus_beta, float, v * p > 20.0f ? v : log1p_f32(exp_f32(v * p)) / p)

void pith_unary1_f32(int op, const float *x, float *y, size_t n, float p) {
  switch (op) {
  case PITH_UNARY1_LEAKY_RELU: leaky_relu(x, y, n, p); break;
  case PITH_UNARY1_ELU: elu(x, y, n, p); break;
  case PITH_UNARY1_CELU: celu(x, y, n, p); break;
  case PITH_UNARY1_SOFTPLUS: softplus_beta(x, y, n, p); break;
  default: break;
  }
}

PITH_MAP(is_nan, float, uint8_t, v != v)
PITH_MAP(is_inf, float, uint8_t, fabsf(v) == INFINITY)
PITH_MAP(is_finite, float, uint8_t, fabsf(v) < INFINITY)
PITH_MAP_RUNNER(run_class, float, uint8_t)

void pith_classify_f32(int which, const float *x, uint8_t *y, size_t n) {
  switch (which) {
  case PITH_CLASS_NAN: run_class(is_nan, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_CLASS_INF: run_class(is_inf, x, y, n, PITH_GRAIN_CHEAP); break;
  case PITH_CLASS_FINITE: run_class(is_finite, x, y, n, PITH_GRAIN_CHEAP); break;
  default: break;
  }
}

/// 0 where all are finite: infinity and NaN times 0 are NaN.
static PITH_CLONES float zero_times(const float *x, size_t n) {
  PITH_REASSOCIATE
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * 0;
  return sum;
}

struct finite_job {
  const float *x;
  int found;
};

static void finite_part(void *context, long begin, long end) {
  struct finite_job *job = context;
  if (!(zero_times(job->x + begin, (size_t)(end - begin)) == 0)) __atomic_store_n(&job->found, 1, __ATOMIC_RELAXED);
}

int pith_are_finite_f32(const float *x, size_t n) {
  struct finite_job job = {x, 0};
  pith_parallel_for((long)n, PITH_GRAIN_CHEAP, &job, finite_part);
  return !job.found;
}
