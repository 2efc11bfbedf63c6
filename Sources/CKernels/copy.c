// Copies between strided and contiguous layouts.
#include <limits.h>

#include "walk.h"

enum { BLOCK = 64, SHORT = 8 };

#define COPIES(BYTES, T)                                                                                       \
  static PITH_CLONES void gather_##BYTES(char *const *p, const int64_t *strides, char *y, size_t n) {          \
    const T *x = (const T *)p[0];                                                                              \
    T *out = (T *)y;                                                                                           \
    const int64_t s = strides[0];                                                                              \
    if (s == 1) {                                                                                              \
      memcpy(out, x, n * BYTES);                                                                               \
    } else if (s == 0) {                                                                                       \
      const T one = *x;                                                                                        \
      for (size_t i = 0; i < n; i++) out[i] = one;                                                             \
    } else {                                                                                                   \
      PITH_INDEPENDENT                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = x[(int64_t)i * s];                                               \
    }                                                                                                          \
  }                                                                                                            \
  static void scatter_##BYTES(char *const *p, const int64_t *strides, char *y, size_t n) {                     \
    T *out = (T *)p[0];                                                                                        \
    const T *x = (const T *)y;                                                                                 \
    const int64_t s = strides[0];                                                                              \
    if (s == 1) memcpy(out, x, n * BYTES);                                                                     \
    else for (size_t i = 0; i < n; i++) out[(int64_t)i * s] = x[i];                                            \
  }

// to[r * to_step + c] = from[c * from_step + r], by blocks of BLOCK, in which every page is met again soon, and in those
// by tiles, which TILE_MOVE turns in registers.
#define TRANSPOSE(BYTES, T, TILE, TILE_MOVE)                                                                   \
  static PITH_CLONES void transpose_##BYTES(const char *source, int64_t from_step, char *target,               \
                                            int64_t to_step, int64_t rows, int64_t columns) {                  \
    const T *from = (const T *)source;                                                                         \
    T *to = (T *)target;                                                                                       \
    for (int64_t block = 0; block < rows; block += BLOCK)                                                      \
      for (int64_t c_block = 0; c_block < columns; c_block += BLOCK) {                                         \
        const int64_t r_end = block + BLOCK < rows ? block + BLOCK : rows;                                     \
        const int64_t c_end = c_block + BLOCK < columns ? c_block + BLOCK : columns;                           \
        int64_t r = block;                                                                                     \
        for (; r + TILE <= r_end; r += TILE) {                                                                 \
          int64_t c = c_block;                                                                                 \
          for (; c + TILE <= c_end; c += TILE)                                                                 \
            TILE_MOVE(from + c * from_step + r, from_step, to + r * to_step + c, to_step);                     \
          for (int64_t i = r; i < r + TILE; i++)                                                               \
            for (int64_t j = c; j < c_end; j++) to[i * to_step + j] = from[j * from_step + i];                 \
        }                                                                                                      \
        for (; r < r_end; r++)                                                                                 \
          for (int64_t c = c_block; c < c_end; c++) to[r * to_step + c] = from[c * from_step + r];             \
      }                                                                                                        \
  }

#define MIXED __builtin_shufflevector

typedef uint32_t vector8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint64_t vector4 __attribute__((vector_size(32), aligned(8), may_alias));

PITH_INLINE void move_4(const uint32_t *from, int64_t step, uint32_t *to, int64_t to_step) {
  vector8 rows[8], pairs[8], fours[8];
  for (int i = 0; i < 8; i++) rows[i] = *(const vector8 *)(from + i * step);
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = MIXED(rows[i], rows[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[i + 1] = MIXED(rows[i], rows[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      fours[i + 2 * j] = MIXED(pairs[i + j], pairs[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      fours[i + 2 * j + 1] = MIXED(pairs[i + j], pairs[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int i = 0; i < 4; i++) {
    *(vector8 *)(to + i * to_step) = MIXED(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *(vector8 *)(to + (i + 4) * to_step) = MIXED(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

PITH_INLINE void move_8(const uint64_t *from, int64_t step, uint64_t *to, int64_t to_step) {
  vector4 rows[4], pairs[4];
  for (int i = 0; i < 4; i++) rows[i] = *(const vector4 *)(from + i * step);
  for (int i = 0; i < 4; i += 2) {
    pairs[i] = MIXED(rows[i], rows[i + 1], 0, 4, 2, 6);
    pairs[i + 1] = MIXED(rows[i], rows[i + 1], 1, 5, 3, 7);
  }
  for (int i = 0; i < 2; i++) {
    *(vector4 *)(to + i * to_step) = MIXED(pairs[i], pairs[i + 2], 0, 1, 4, 5);
    *(vector4 *)(to + (i + 2) * to_step) = MIXED(pairs[i], pairs[i + 2], 2, 3, 6, 7);
  }
}

#define MOVE_ONE(FROM, STEP, TO, TO_STEP) (TO)[0] = (FROM)[0]

COPIES(1, uint8_t)
COPIES(2, uint16_t)
COPIES(4, uint32_t)
COPIES(8, uint64_t)
TRANSPOSE(1, uint8_t, 1, MOVE_ONE)
TRANSPOSE(2, uint16_t, 1, MOVE_ONE)
TRANSPOSE(4, uint32_t, 8, move_4)
TRANSPOSE(8, uint64_t, 4, move_8)

typedef void (*transposer)(const char *, int64_t, char *, int64_t, int64_t, int64_t);

static const struct copies { pith_walk_loop gather, scatter; transposer transpose; } copies[9] = {
    [1] = {gather_1, scatter_1, transpose_1}, [2] = {gather_2, scatter_2, transpose_2},
    [4] = {gather_4, scatter_4, transpose_4}, [8] = {gather_8, scatter_8, transpose_8}};

static const struct copies *copies_of(int elem_size) {
  return elem_size < 0 || elem_size > 8 || copies[elem_size].gather == NULL ? NULL : &copies[elem_size];
}

struct planes {
  const struct pith_walk *walk;
  transposer transpose;
  int axis;       ///< the dimension in which the strided side is contiguous
  int scattering;
  int64_t steps[PITH_WALK_RANK];  ///< of the contiguous side, in elements
};

// The planes begin ..< end that `axis` and the last dimension span.
static void transpose_planes(void *context, long begin, long end) {
  const struct planes *job = context;
  const struct pith_walk *walk = job->walk;
  const int last = walk->rank - 1;
  const int64_t size = walk->y_size;
  for (long plane = begin; plane < end; plane++) {
    char *strided = walk->base[0], *dense = walk->y;
    int64_t rest = plane;
    for (int d = last - 1; d >= 0; d--) {
      if (d == job->axis) continue;
      const int64_t at = rest % walk->shape[d];
      rest /= walk->shape[d];
      strided += at * walk->strides[d][0] * size;
      dense += at * job->steps[d] * size;
    }
    const int64_t rows = walk->shape[job->axis], columns = walk->shape[last];
    const int64_t step = walk->strides[last][0], dense_step = job->steps[job->axis];
    if (job->scattering) job->transpose(dense, dense_step, strided, step, columns, rows);
    else job->transpose(strided, step, dense, dense_step, rows, columns);
  }
}

/// Runs the copy by tiles where that pays: a transpose of two dimensions that are both long.
static int transposed(const struct pith_walk *walk, transposer transpose, int scattering) {
  struct planes job = {walk, transpose, -1, scattering, {0}};
  const int last = walk->rank - 1;
  int64_t step = 1;
  for (int d = last; d >= 0; d--) {
    job.steps[d] = step;
    step *= walk->shape[d];
    if (d < last && walk->strides[d][0] == 1 && walk->shape[d] >= SHORT) job.axis = d;
    // Overlapping targets need the plain order.
    if (scattering && walk->strides[d][0] == 0) return 0;
  }
  if (job.axis < 0 || walk->strides[last][0] <= 1 || walk->shape[last] < SHORT) return 0;
  const int64_t area = walk->shape[job.axis] * walk->shape[last], planes = walk->count / area;
  if (scattering) transpose_planes(&job, 0, planes);
  else pith_parallel_for(planes, 1 + PITH_GRAIN_CHEAP / area, &job, transpose_planes);
  return 1;
}

static int prepare(struct pith_walk *walk, int elem_size, const void *strided, const void *dense, int rank,
                   const int64_t *shape, const int64_t *strides) {
  walk->operands = 1;
  if (!pith_walk_prepare(walk, rank, shape, &strides)) return 0;
  walk->base[0] = (char *)(uintptr_t)strided;
  walk->y = (char *)(uintptr_t)dense;
  walk->sizes[0] = walk->y_size = elem_size;
  return 1;
}

void pith_copy_strided(int elem_size, const void *src, int rank, const int64_t *shape, const int64_t *src_strides,
                       void *dst) {
  struct pith_walk walk;
  const struct copies *of = copies_of(elem_size);
  if (of == NULL || !prepare(&walk, elem_size, src, dst, rank, shape, src_strides)) return;
  if (transposed(&walk, of->transpose, 0)) return;
  walk.loop = of->gather;
  pith_walk_run(&walk, PITH_GRAIN_CHEAP);
}

void pith_copy_to_strided(int elem_size, const void *src, void *dst, int rank, const int64_t *shape,
                          const int64_t *dst_strides) {
  struct pith_walk walk;
  const struct copies *of = copies_of(elem_size);
  if (of == NULL || !prepare(&walk, elem_size, dst, src, rank, shape, dst_strides)) return;
  if (transposed(&walk, of->transpose, 1)) return;
  walk.loop = of->scatter;
  pith_walk_run(&walk, LONG_MAX / 2);  // in order, for targets may meet
}

#define ADD_TO_STRIDED(TYPE, T, U)                                                                             \
  static PITH_CLONES void add_##TYPE(char *const *p, const int64_t *strides, char *y, size_t n) {              \
    T *out = (T *)p[0];                                                                                        \
    const T *x = (const T *)y;                                                                                 \
    const int64_t s = strides[0];                                                                              \
    if (s == 1) {                                                                                              \
      PITH_INDEPENDENT                                                                                         \
      for (size_t i = 0; i < n; i++) out[i] = (T)((U)out[i] + (U)x[i]);                                        \
    } else {                                                                                                   \
      for (size_t i = 0; i < n; i++) out[(int64_t)i * s] = (T)((U)out[(int64_t)i * s] + (U)x[i]);              \
    }                                                                                                          \
  }                                                                                                            \
  void pith_add_to_strided_##TYPE(const T *src, T *dst, int rank, const int64_t *shape,                        \
                                  const int64_t *dst_strides) {                                                \
    struct pith_walk walk;                                                                                     \
    if (!prepare(&walk, sizeof(T), dst, src, rank, shape, dst_strides)) return;                                \
    walk.loop = add_##TYPE;                                                                                    \
    pith_walk_run(&walk, LONG_MAX / 2);                                                                        \
  }

ADD_TO_STRIDED(f32, float, float)
ADD_TO_STRIDED(f64, double, double)
ADD_TO_STRIDED(i64, int64_t, uint64_t)
