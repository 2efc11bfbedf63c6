// Casts between element types, fills and ranges.
#include "unary.h"

// The limits are exact in both types; what lies between them converts without overflow.
#define SATURATED(V) \
  ((V) >= 9223372036854775808.0 ? INT64_MAX : (V) <= -9223372036854775808.0 ? INT64_MIN : (V) != (V) ? 0 : (int64_t)(V))

PITH_MAP(f32_f64, float, double, v)
PITH_MAP(f32_i64, float, int64_t, SATURATED(v))
PITH_MAP(f32_bool, float, uint8_t, v != 0)
PITH_MAP(f64_f32, double, float, v)
PITH_MAP(f64_i64, double, int64_t, SATURATED(v))
PITH_MAP(f64_bool, double, uint8_t, v != 0)
PITH_MAP(i64_f32, int64_t, float, v)
PITH_MAP(i64_f64, int64_t, double, v)
PITH_MAP(i64_bool, int64_t, uint8_t, v != 0)
PITH_MAP(bool_f32, uint8_t, float, v != 0)
PITH_MAP(bool_f64, uint8_t, double, v != 0)
PITH_MAP(bool_i64, uint8_t, int64_t, v != 0)
PITH_MAP(bool_bool, uint8_t, uint8_t, v != 0)

typedef void (*untyped)(void);

static const untyped casts[4][4] = {
    [PITH_F32] = {[PITH_F64] = (untyped)f32_f64, [PITH_I64] = (untyped)f32_i64, [PITH_BOOL] = (untyped)f32_bool},
    [PITH_F64] = {[PITH_F32] = (untyped)f64_f32, [PITH_I64] = (untyped)f64_i64, [PITH_BOOL] = (untyped)f64_bool},
    [PITH_I64] = {[PITH_F32] = (untyped)i64_f32, [PITH_F64] = (untyped)i64_f64, [PITH_BOOL] = (untyped)i64_bool},
    [PITH_BOOL] = {(untyped)bool_f32, (untyped)bool_f64, (untyped)bool_i64, (untyped)bool_bool}};

static const size_t sizes[4] = {4, 8, 8, 1};

struct cast_job {
  untyped loop;
  const char *src;
  char *dst;
  size_t from, to;
};

static void cast_part(void *context, long begin, long end) {
  const struct cast_job *job = context;
  ((void (*)(const void *, void *, size_t))job->loop)(job->src + (size_t)begin * job->from,
                                                      job->dst + (size_t)begin * job->to, (size_t)(end - begin));
}

void pith_cast(int from, int to, const void *src, void *dst, size_t n) {
  if (from < 0 || from > PITH_BOOL || to < 0 || to > PITH_BOOL || n == 0) return;
  if (casts[from][to] == NULL) {
    memmove(dst, src, n * sizes[from]);
    return;
  }
  struct cast_job job = {casts[from][to], src, dst, sizes[from], sizes[to]};
  pith_parallel_for((long)n, PITH_GRAIN_CHEAP, &job, cast_part);
}

#define FILL(NAME, T)                                        \
  PITH_CLONES void NAME(T *y, size_t n, T value) {           \
    for (size_t i = 0; i < n; i++) y[i] = value;             \
  }
FILL(pith_fill_f32, float)
FILL(pith_fill_f64, double)
FILL(pith_fill_i64, int64_t)
FILL(pith_fill_u8, uint8_t)

#define ARANGE(NAME, T)                                                        \
  PITH_CLONES void NAME(T *y, size_t n, double start, double step) {           \
    for (size_t i = 0; i < n; i++) y[i] = (T)(start + (double)(int64_t)i * step); \
  }
ARANGE(pith_arange_f32, float)
ARANGE(pith_arange_f64, double)

PITH_CLONES void pith_arange_i64(int64_t *y, size_t n, int64_t start, int64_t step) {
  for (size_t i = 0; i < n; i++) y[i] = (int64_t)((uint64_t)start + i * (uint64_t)step);
}
