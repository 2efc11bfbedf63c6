/// Unary, binary, comparison and selection loops.
#ifndef PITH_ELEMENTWISE_H
#define PITH_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

// MARK: unary, contiguous: y[i] = f(x[i]); y may be x

enum pith_unary : int32_t {
  PITH_UNARY_NEG, PITH_UNARY_ABS, PITH_UNARY_EXP, PITH_UNARY_LOG, PITH_UNARY_LOG1P, PITH_UNARY_EXPM1,
  PITH_UNARY_SQRT, PITH_UNARY_RSQRT, PITH_UNARY_RECIPROCAL,
  PITH_UNARY_SIN, PITH_UNARY_COS, PITH_UNARY_TAN, PITH_UNARY_ASIN, PITH_UNARY_ACOS, PITH_UNARY_ATAN,
  PITH_UNARY_SINH, PITH_UNARY_COSH, PITH_UNARY_TANH, PITH_UNARY_SIGMOID, PITH_UNARY_ERF, PITH_UNARY_ERFC,
  PITH_UNARY_RELU,        ///< max(x, 0); NaN stays NaN
  PITH_UNARY_GELU,        ///< x/2 (1 + erf(x/√2))
  PITH_UNARY_GELU_TANH,   ///< x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
  PITH_UNARY_SILU,        ///< x sigmoid(x)
  PITH_UNARY_SOFTPLUS,    ///< log(1 + eˣ); x above 20
  PITH_UNARY_SQUARE,
  PITH_UNARY_SIGN,        ///< -1, 0 or 1; NaN gives 0, as PyTorch
  PITH_UNARY_FLOOR, PITH_UNARY_CEIL,
  PITH_UNARY_ROUND,       ///< half to even
  PITH_UNARY_TRUNC, PITH_UNARY_EXP2, PITH_UNARY_LOG2, PITH_UNARY_LOG10, PITH_UNARY_LGAMMA, PITH_UNARY_DIGAMMA,
  PITH_UNARY_LOGSIGMOID,  ///< -log(1 + e⁻ˣ)
  PITH_UNARY_STEP,        ///< 1 where x > 0, else 0
  PITH_UNARY_ASINH, PITH_UNARY_ACOSH, PITH_UNARY_ATANH, PITH_UNARY_ERFINV,
  PITH_UNARY_COUNT
};
/// Single precision is good to about 2 units in the last place.
void pith_unary_f32(int op, const float *x, float *y, size_t n);
/// Whether none of them is infinite or NaN.
int pith_are_finite_f32(const float *x, size_t n);
void pith_unary_f64(int op, const double *x, double *y, size_t n);
/// NEG, ABS, SQUARE, SIGN, RELU, STEP; FLOOR, CEIL, ROUND and TRUNC copy.
void pith_unary_i64(int op, const int64_t *x, int64_t *y, size_t n);

enum pith_unary1 : int32_t {
  PITH_UNARY1_LEAKY_RELU,  ///< x > 0 ? x : p x
  PITH_UNARY1_ELU,         ///< x > 0 ? x : p (eˣ - 1)
  PITH_UNARY1_CELU,        ///< x > 0 ? x : p (e^(x/p) - 1)
  PITH_UNARY1_SOFTPLUS,    ///< p x > 20 ? x : log(1 + e^(p x)) / p
  PITH_UNARY1_COUNT
};
void pith_unary1_f32(int op, const float *x, float *y, size_t n, float p);
void pith_unary1_f64(int op, const double *x, double *y, size_t n, double p);

/// y = min(max(x, low), high); NaN stays NaN; high wins where low > high.
void pith_clamp_f32(const float *x, float *y, size_t n, float low, float high);
void pith_clamp_f64(const double *x, double *y, size_t n, double low, double high);
void pith_clamp_i64(const int64_t *x, int64_t *y, size_t n, int64_t low, int64_t high);

enum pith_class : int32_t { PITH_CLASS_NAN, PITH_CLASS_INF, PITH_CLASS_FINITE };
/// y = 1 where x is of the class, else 0.
void pith_classify_f32(int which, const float *x, uint8_t *y, size_t n);
void pith_classify_f64(int which, const double *x, uint8_t *y, size_t n);

// MARK: backward helpers, contiguous; dx may be dy or y

/// dx = y > 0 ? dy : 0.
void pith_relu_backward_f32(const float *dy, const float *y, float *dx, size_t n);
void pith_relu_backward_f64(const double *dy, const double *y, double *dx, size_t n);
/// dx = dy (1 - y²).
void pith_tanh_backward_f32(const float *dy, const float *y, float *dx, size_t n);
void pith_tanh_backward_f64(const double *dy, const double *y, double *dx, size_t n);
/// dx = dy y (1 - y).
void pith_sigmoid_backward_f32(const float *dy, const float *y, float *dx, size_t n);
void pith_sigmoid_backward_f64(const double *dy, const double *y, double *dx, size_t n);

// MARK: updates, contiguous

/// y += alpha x.
void pith_axpy_f32(float alpha, const float *x, float *y, size_t n);
void pith_axpy_f64(double alpha, const double *x, double *y, size_t n);
/// y += x.
void pith_add_inplace_f32(const float *x, float *y, size_t n);
void pith_add_inplace_f64(const double *x, double *y, size_t n);
void pith_add_inplace_i64(const int64_t *x, int64_t *y, size_t n);
/// y = alpha x + beta; y may be x.
void pith_affine_f32(float alpha, float beta, const float *x, float *y, size_t n);
void pith_affine_f64(double alpha, double beta, const double *x, double *y, size_t n);

// MARK: binary with broadcasting: y is contiguous of `shape`; strides count elements, 0 repeats, negative walks back

enum pith_binary : int32_t {
  PITH_BINARY_ADD, PITH_BINARY_SUB, PITH_BINARY_MUL, PITH_BINARY_DIV, PITH_BINARY_POW,
  PITH_BINARY_MAXIMUM, PITH_BINARY_MINIMUM,  ///< NaN wins
  PITH_BINARY_ATAN2,
  PITH_BINARY_FMOD,       ///< the sign of a
  PITH_BINARY_REMAINDER,  ///< the sign of b, as Python's %
  PITH_BINARY_FLOORDIV,   ///< as Python's //
  PITH_BINARY_HYPOT,
  PITH_BINARY_COUNT
};
/// `rank` 0 is one element (`shape` and strides may then be null). y may be a or b where that operand is contiguous of
/// `shape`.
void pith_binary_f32(int op, const float *a, const float *b, float *y, int rank, const int64_t *shape,
                     const int64_t *a_strides, const int64_t *b_strides);
void pith_binary_f64(int op, const double *a, const double *b, double *y, int rank, const int64_t *shape,
                     const int64_t *a_strides, const int64_t *b_strides);
/// ADD, SUB, MUL, POW (b < 0 gives the integer part: 0, or ±1 for a = ±1), MAXIMUM, MINIMUM, FMOD, REMAINDER, FLOORDIV.
/// Division by zero gives 0; INT64_MIN / -1 wraps.
void pith_binary_i64(int op, const int64_t *a, const int64_t *b, int64_t *y, int rank, const int64_t *shape,
                     const int64_t *a_strides, const int64_t *b_strides);

enum pith_compare : int32_t {
  PITH_COMPARE_EQ, PITH_COMPARE_NE, PITH_COMPARE_LT, PITH_COMPARE_LE, PITH_COMPARE_GT, PITH_COMPARE_GE
};
void pith_compare_f32(int op, const float *a, const float *b, uint8_t *y, int rank, const int64_t *shape,
                      const int64_t *a_strides, const int64_t *b_strides);
void pith_compare_f64(int op, const double *a, const double *b, uint8_t *y, int rank, const int64_t *shape,
                      const int64_t *a_strides, const int64_t *b_strides);
void pith_compare_i64(int op, const int64_t *a, const int64_t *b, uint8_t *y, int rank, const int64_t *shape,
                      const int64_t *a_strides, const int64_t *b_strides);
void pith_compare_u8(int op, const uint8_t *a, const uint8_t *b, uint8_t *y, int rank, const int64_t *shape,
                     const int64_t *a_strides, const int64_t *b_strides);

enum pith_logical : int32_t { PITH_LOGICAL_AND, PITH_LOGICAL_OR, PITH_LOGICAL_XOR };
void pith_logical_u8(int op, const uint8_t *a, const uint8_t *b, uint8_t *y, int rank, const int64_t *shape,
                     const int64_t *a_strides, const int64_t *b_strides);
/// y = x == 0.
void pith_logical_not_u8(const uint8_t *x, uint8_t *y, size_t n);

/// y = cond ? a : b, elements of 1, 4 or 8 bytes.
void pith_where_1(const uint8_t *cond, const void *a, const void *b, void *y, int rank, const int64_t *shape,
                  const int64_t *cond_strides, const int64_t *a_strides, const int64_t *b_strides);
void pith_where_4(const uint8_t *cond, const void *a, const void *b, void *y, int rank, const int64_t *shape,
                  const int64_t *cond_strides, const int64_t *a_strides, const int64_t *b_strides);
void pith_where_8(const uint8_t *cond, const void *a, const void *b, void *y, int rank, const int64_t *shape,
                  const int64_t *cond_strides, const int64_t *a_strides, const int64_t *b_strides);

#endif
