// Gathering and scattering by index. Bounds have been checked.
#include "internal.h"

int64_t pith_index_first_bad(const int64_t *index, size_t count, int64_t low, int64_t high) {
  for (size_t i = 0; i < count; i++)
    if (index[i] < low || index[i] >= high) return (int64_t)i;
  return -1;
}

#define BY_ELEMENT(NAME, SOURCE, T, BODY)                                                                     \
  void NAME(const SOURCE *source, const int64_t *index, SOURCE *target, size_t outer, size_t n, size_t inner, \
            size_t m) {                                                                                       \
    const T *x = (const T *)source;                                                                           \
    T *y = (T *)target;                                                                                       \
    for (size_t o = 0; o < outer; o++)                                                                        \
      for (size_t j = 0; j < m; j++)                                                                          \
        for (size_t i = 0; i < inner; i++) {                                                                  \
          const size_t here = (o * m + j) * inner + i;                                                        \
          const size_t there = (o * n + (size_t)index[here]) * inner + i;                                     \
          BODY;                                                                                               \
        }                                                                                                     \
  }

BY_ELEMENT(pith_gather_1, void, uint8_t, y[here] = x[there])
BY_ELEMENT(pith_gather_4, void, uint32_t, y[here] = x[there])
BY_ELEMENT(pith_gather_8, void, uint64_t, y[here] = x[there])
BY_ELEMENT(pith_scatter_1, void, uint8_t, y[there] = x[here])
BY_ELEMENT(pith_scatter_4, void, uint32_t, y[there] = x[here])
BY_ELEMENT(pith_scatter_8, void, uint64_t, y[there] = x[here])
BY_ELEMENT(pith_scatter_add_f32, float, float, y[there] += x[here])
BY_ELEMENT(pith_scatter_add_f64, double, double, y[there] += x[here])
BY_ELEMENT(pith_scatter_add_i64, int64_t, uint64_t, y[there] += x[here])

#define SELECT(BYTES, T)                                                                                           \
  void pith_index_select_##BYTES(const void *x, const int64_t *index, void *y, size_t outer, size_t n,             \
                                 size_t inner, size_t m) {                                                         \
    const T *from = x;                                                                                             \
    T *to = y;                                                                                                     \
    for (size_t o = 0; o < outer; o++, from += n * inner, to += m * inner) {                                       \
      if (inner == 1) {                                                                                            \
        for (size_t j = 0; j < m; j++) to[j] = from[index[j]];                                                     \
      } else {                                                                                                     \
        for (size_t j = 0; j < m; j++) memcpy(to + j * inner, from + (size_t)index[j] * inner, inner * BYTES);     \
      }                                                                                                            \
    }                                                                                                              \
  }
SELECT(1, uint8_t)
SELECT(4, uint32_t)
SELECT(8, uint64_t)

#define ADD_ROWS(TYPE, T)                                                                                         \
  void pith_index_add_##TYPE(const T *x, const int64_t *index, T *y, size_t outer, size_t n, size_t inner,        \
                             size_t m) {                                                                          \
    for (size_t o = 0; o < outer; o++, y += n * inner)                                                            \
      for (size_t j = 0; j < m; j++, x += inner) {                                                                \
        T *row = y + (size_t)index[j] * inner;                                                                    \
        if (inner < 16) {                                                                                         \
          for (size_t i = 0; i < inner; i++) ADD_ONE_##TYPE(row[i], x[i]);                                        \
        } else {                                                                                                  \
          pith_add_inplace_##TYPE(x, row, inner);                                                                 \
        }                                                                                                         \
      }                                                                                                           \
  }
#define ADD_ONE_f32(A, B) A += B
#define ADD_ONE_f64(A, B) A += B
#define ADD_ONE_i64(A, B) A = (int64_t)((uint64_t)(A) + (uint64_t)(B))
ADD_ROWS(f32, float)
ADD_ROWS(f64, double)
ADD_ROWS(i64, int64_t)

size_t pith_nonzero_u8(const uint8_t *x, size_t n, int64_t *places) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0) places[count++] = (int64_t)i;
  return count;
}
