#include "binary.h"

#define COMPARE(TYPE, T)                              \
  PITH_BINARY(eq_##TYPE, T, uint8_t, a == b)          \
  PITH_BINARY(ne_##TYPE, T, uint8_t, a != b)          \
  PITH_BINARY(lt_##TYPE, T, uint8_t, a < b)           \
  PITH_BINARY(le_##TYPE, T, uint8_t, a <= b)          \
  PITH_BINARY(gt_##TYPE, T, uint8_t, a > b)           \
  PITH_BINARY(ge_##TYPE, T, uint8_t, a >= b)          \
  void pith_compare_##TYPE(int op, const T *a, const T *b, uint8_t *y, int rank, const int64_t *shape,           \
                           const int64_t *a_strides, const int64_t *b_strides) {                                 \
    static const pith_walk_loop loops[] = {                                                                      \
        [PITH_COMPARE_EQ] = eq_##TYPE, [PITH_COMPARE_NE] = ne_##TYPE, [PITH_COMPARE_LT] = lt_##TYPE,             \
        [PITH_COMPARE_LE] = le_##TYPE, [PITH_COMPARE_GT] = gt_##TYPE, [PITH_COMPARE_GE] = ge_##TYPE};            \
    if (op < PITH_COMPARE_EQ || op > PITH_COMPARE_GE) return;                                                    \
    pith_binary_walk(loops[op], a, b, sizeof(T), y, 1, rank, shape, a_strides, b_strides, PITH_GRAIN_CHEAP);     \
  }

COMPARE(f32, float)
COMPARE(f64, double)
COMPARE(i64, int64_t)
COMPARE(u8, uint8_t)

PITH_BINARY(both, uint8_t, uint8_t, (a != 0) & (b != 0))
PITH_BINARY(either, uint8_t, uint8_t, (a | b) != 0)
PITH_BINARY(one_only, uint8_t, uint8_t, (a != 0) ^ (b != 0))

void pith_logical_u8(int op, const uint8_t *a, const uint8_t *b, uint8_t *y, int rank, const int64_t *shape,
                     const int64_t *a_strides, const int64_t *b_strides) {
  static const pith_walk_loop loops[] = {
      [PITH_LOGICAL_AND] = both, [PITH_LOGICAL_OR] = either, [PITH_LOGICAL_XOR] = one_only};
  if (op < PITH_LOGICAL_AND || op > PITH_LOGICAL_XOR) return;
  pith_binary_walk(loops[op], a, b, 1, y, 1, rank, shape, a_strides, b_strides, PITH_GRAIN_CHEAP);
}

PITH_CLONES void pith_logical_not_u8(const uint8_t *x, uint8_t *y, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] = x[i] == 0;
}

#define WHERE(BYTES, T)                                                                                        \
  static PITH_CLONES void choose_##BYTES(char *const *p, const int64_t *strides, char *y, size_t n) {          \
    const uint8_t *c = (const uint8_t *)p[0];                                                                  \
    const T *a = (const T *)p[1], *b = (const T *)p[2];                                                        \
    T *out = (T *)y;                                                                                           \
    const int64_t r = strides[0], s = strides[1], t = strides[2];                                              \
    if (r == 1 && s == 1 && t == 1) {                                                                          \
      PITH_INDEPENDENT                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = c[i] ? a[i] : b[i];                                              \
    } else if (r == 1 && s == 1 && t == 0) {                                                                   \
      const T one = *b;                                                                                        \
      PITH_INDEPENDENT                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = c[i] ? a[i] : one;                                               \
    } else if (r == 1 && s == 0 && t == 1) {                                                                   \
      const T one = *a;                                                                                        \
      PITH_INDEPENDENT                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = c[i] ? one : b[i];                                               \
    } else {                                                                                                   \
      for (int64_t i = 0; i < (int64_t)n; i++) out[i] = c[i * r] ? a[i * s] : b[i * t];                        \
    }                                                                                                          \
  }                                                                                                            \
  void pith_where_##BYTES(const uint8_t *cond, const void *a, const void *b, void *y, int rank,                \
                          const int64_t *shape, const int64_t *cond_strides, const int64_t *a_strides,         \
                          const int64_t *b_strides) {                                                          \
    struct pith_walk walk;                                                                                     \
    walk.operands = 3;                                                                                         \
    const int64_t *strides[] = {cond_strides, a_strides, b_strides};                                           \
    if (!pith_walk_prepare(&walk, rank, shape, strides)) return;                                               \
    walk.base[0] = (char *)(uintptr_t)cond;                                                                    \
    walk.base[1] = (char *)(uintptr_t)a;                                                                       \
    walk.base[2] = (char *)(uintptr_t)b;                                                                       \
    walk.sizes[0] = 1;                                                                                         \
    walk.sizes[1] = walk.sizes[2] = walk.y_size = BYTES;                                                       \
    walk.y = y;                                                                                                \
    walk.loop = choose_##BYTES;                                                                                \
    pith_walk_run(&walk, PITH_GRAIN_CHEAP);                                                                    \
  }

WHERE(1, uint8_t)
WHERE(4, uint32_t)
WHERE(8, uint64_t)
