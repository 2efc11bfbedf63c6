// Double precision matrix product: both operands packed into slivers that fit the cache, and a micro-kernel that keeps
// a tile of the result in registers (after Goto and van de Geijn 2008).
#include "internal.h"

enum { DEPTH = 256, ROWS = 64, COLUMNS = 3072, TILE_MOST = 8 * 24 };

/// tile [height, width] = a sliver of `height` rows times a sliver of `width` columns, over `depth`.
#define MICRO(NAME, HEIGHT, VECTORS, BYTES, TARGET)                                                       \
  TARGET static void NAME(int64_t depth, const double *a, const double *b, double *tile) {                \
    typedef double vector __attribute__((vector_size(BYTES), aligned(8), may_alias));                     \
    enum { LANES = BYTES / 8 };                                                                           \
    vector sum[HEIGHT][VECTORS] = {0};                                                                    \
    for (int64_t p = 0; p < depth; p++, a += HEIGHT, b += VECTORS * LANES) {                              \
      PITH_CONTRACT                                                                                       \
      vector row[VECTORS];                                                                                \
      _Pragma("clang loop unroll(full)")                                                                  \
      for (int j = 0; j < VECTORS; j++) row[j] = *(const vector *)(b + j * LANES);                        \
      _Pragma("clang loop unroll(full)")                                                                  \
      for (int i = 0; i < HEIGHT; i++)                                                                    \
        _Pragma("clang loop unroll(full)")                                                                \
        for (int j = 0; j < VECTORS; j++) sum[i][j] += a[i] * row[j];                                     \
    }                                                                                                     \
    _Pragma("clang loop unroll(full)")                                                                    \
    for (int i = 0; i < HEIGHT; i++)                                                                      \
      _Pragma("clang loop unroll(full)")                                                                  \
      for (int j = 0; j < VECTORS; j++) *(vector *)(tile + (i * VECTORS + j) * LANES) = sum[i][j];        \
  }

typedef void (*micro_kernel)(int64_t, const double *, const double *, double *);

struct shape_of_tile {
  micro_kernel run;
  int64_t height, width;
};

#if defined(__x86_64__)
MICRO(micro_512, 8, 3, 64, __attribute__((target("avx512f"))))
MICRO(micro_256, 4, 3, 32, __attribute__((target("avx2,fma"))))
MICRO(micro_128, 4, 2, 16, )

static struct shape_of_tile best_tile(void) {
  if (__builtin_cpu_supports("avx512f")) return (struct shape_of_tile){micro_512, 8, 24};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return (struct shape_of_tile){micro_256, 4, 12};
  return (struct shape_of_tile){micro_128, 4, 4};
}
#else
MICRO(micro_128, 6, 4, 16, )

static struct shape_of_tile best_tile(void) { return (struct shape_of_tile){micro_128, 6, 8}; }
#endif

struct product {
  struct shape_of_tile tile;
  int64_t m, n, k;
  const double *a, *packed;
  int64_t a_row, a_column;  ///< steps of a from row to row and from column to column
  double *c;
  int64_t ldc;
  double alpha, beta;
  int64_t block;
};

/// Lays `lines` lines of length `depth` side by side in slivers of `width`, the last one filled up with zeros.
static void pack(const double *x, int64_t line_step, int64_t depth_step, int64_t lines, int64_t depth, int64_t width,
                 double *out) {
  for (int64_t first = 0; first < lines; first += width, out += width * depth) {
    const int64_t w = lines - first < width ? lines - first : width;
    const double *from = x + first * line_step;
    if (line_step == 1) {
      for (int64_t p = 0; p < depth; p++) {
        for (int64_t j = 0; j < w; j++) out[p * width + j] = from[p * depth_step + j];
        for (int64_t j = w; j < width; j++) out[p * width + j] = 0;
      }
    } else {
      for (int64_t j = 0; j < w; j++)
        for (int64_t p = 0; p < depth; p++) out[p * width + j] = from[j * line_step + p * depth_step];
      for (int64_t j = w; j < width; j++)
        for (int64_t p = 0; p < depth; p++) out[p * width + j] = 0;
    }
  }
}

static PITH_CLONES void add_tile(const struct product *of, const double *tile, double *c, int64_t rows,
                                 int64_t columns) {
  for (int64_t i = 0; i < rows; i++, c += of->ldc, tile += of->tile.width) {
    if (of->beta == 0) {
      for (int64_t j = 0; j < columns; j++) c[j] = of->alpha * tile[j];
    } else if (of->beta == 1) {
      for (int64_t j = 0; j < columns; j++) c[j] += of->alpha * tile[j];
    } else {
      for (int64_t j = 0; j < columns; j++) c[j] = of->alpha * tile[j] + of->beta * c[j];
    }
  }
}

// Blocks of rows begin ..< end against all packed columns.
static void multiply_blocks(void *context, long begin, long end) {
  const struct product *of = context;
  double packed[ROWS * DEPTH], tile[TILE_MOST];
  const int64_t height = of->tile.height, width = of->tile.width;
  for (long block = begin; block < end; block++) {
    const int64_t first = block * of->block, rows = of->m - first < of->block ? of->m - first : of->block;
    pack(of->a + first * of->a_row, of->a_row, of->a_column, rows, of->k, height, packed);
    for (int64_t j = 0; j < of->n; j += width)
      for (int64_t i = 0; i < rows; i += height) {
        of->tile.run(of->k, packed + i * of->k, of->packed + j * of->k, tile);
        add_tile(of, tile, of->c + (first + i) * of->ldc + j, rows - i < height ? rows - i : height,
                 of->n - j < width ? of->n - j : width);
      }
  }
}

static void scale(double *c, int64_t m, int64_t n, int64_t ldc, double beta) {
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

/// Rows a task: what the buffer holds, less where that leaves threads without work, whole tiles in any case.
static int64_t block_rows(int64_t m, int64_t height) {
  const int64_t share = (m + pith_threads() - 1) / pith_threads(), whole = (share + height - 1) / height * height;
  const int64_t most = ROWS / height * height;
  return whole < most ? whole : most;
}

int pith_dgemm(char transa, char transb, int64_t m, int64_t n, int64_t k, double alpha, const double *a, int64_t lda,
               const double *b, int64_t ldb, double beta, double *c, int64_t ldc) {
  if (m <= 0 || n <= 0) return 0;
  if (k <= 0 || alpha == 0) {
    scale(c, m, n, ldc, beta);
    return 0;
  }
  const int a_turned = transa == 'T' || transa == 't', b_turned = transb == 'T' || transb == 't';
  struct product of = {.tile = best_tile(), .m = m, .ldc = ldc, .alpha = alpha,
                       .a_row = a_turned ? 1 : lda, .a_column = a_turned ? lda : 1};
  const int64_t b_row = b_turned ? 1 : ldb, b_column = b_turned ? ldb : 1, width = of.tile.width;
  of.block = block_rows(m, of.tile.height);
  const int64_t deep = k < DEPTH ? k : DEPTH, wide = n < COLUMNS ? (n + width - 1) / width * width : COLUMNS;
  double *packed = NULL;
  if ((packed = pith_take((size_t)(deep * wide) * sizeof(double))) == NULL) return 1;
  for (int64_t j = 0; j < n; j += COLUMNS)
    for (int64_t p = 0; p < k; p += DEPTH) {
      of.n = n - j < COLUMNS ? n - j : COLUMNS;
      of.k = k - p < DEPTH ? k - p : DEPTH;
      of.a = a + p * of.a_column;
      of.c = c + j;
      of.beta = p == 0 ? beta : 1;
      of.packed = packed;
      pack(b + p * b_row + j * b_column, b_column, b_row, of.n, of.k, width, packed);
      const int64_t work = of.block * of.n * of.k;
      pith_parallel_for((m + of.block - 1) / of.block, 1 + (1 << 18) / work, &of, multiply_blocks);
    }
  pith_give(packed);
  return 0;
}

static PITH_CLONES void add_multiple(const int64_t *x, int64_t factor, int64_t *y, int64_t n) {
  PITH_INDEPENDENT
  for (int64_t i = 0; i < n; i++) y[i] = (int64_t)((uint64_t)y[i] + (uint64_t)factor * (uint64_t)x[i]);
}

void pith_matmul_i64(int64_t m, int64_t n, int64_t k, const int64_t *a, int64_t lda, const int64_t *b, int64_t ldb,
                     int64_t *c, int64_t ldc) {
  for (int64_t i = 0; i < m; i++) {
    pith_fill_i64(c + i * ldc, n > 0 ? (size_t)n : 0, 0);
    for (int64_t p = 0; p < k; p++) add_multiple(b + p * ldb, a[i * lda + p], c + i * ldc, n);
  }
}
