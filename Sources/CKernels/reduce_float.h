// Reductions of one floating type T; SUFFIX(f) is our f for T, MASK the signed integer of its size.

typedef T vector __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
typedef MASK vector_mask __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
enum { LANES = 64 / sizeof(T), BLOCK = 1024, WIDE = 256 };

// MARK: sums

#define SUM_BLOCK(NAME, EXPRESSION)                          \
  static PITH_CLONES T NAME(const T *x, size_t n) {          \
    PITH_REASSOCIATE                                         \
    T sum = 0;                                               \
    for (size_t i = 0; i < n; i++) {                         \
      const T v = x[i];                                      \
      sum += (EXPRESSION);                                   \
    }                                                        \
    return sum;                                              \
  }
SUM_BLOCK(block_sum, v)
SUM_BLOCK(block_sumsq, v *v)
SUM_BLOCK(block_sumabs, v < 0 ? -v : v)

/// part[i] += f(x[row, i]) over the rows of [rows, n], n <= WIDE.
#define SUM_ROWS(NAME, EXPRESSION)                                                           \
  static PITH_CLONES void NAME(const T *x, size_t rows, size_t step, size_t n, T *part) {    \
    PITH_CONTRACT                                                                            \
    size_t r = 0;                                                                            \
    for (; r + 4 <= rows; r += 4, x += 4 * step) {                                           \
      PITH_INDEPENDENT                                                                       \
      for (size_t i = 0; i < n; i++) {                                                       \
        T v = x[i];                                                                          \
        T sum = (EXPRESSION);                                                                \
        v = x[i + step];                                                                     \
        sum += (EXPRESSION);                                                                 \
        v = x[i + 2 * step];                                                                 \
        T next = (EXPRESSION);                                                               \
        v = x[i + 3 * step];                                                                 \
        next += (EXPRESSION);                                                                \
        part[i] += sum + next;                                                               \
      }                                                                                      \
    }                                                                                        \
    for (; r < rows; r++, x += step) {                                                       \
      PITH_INDEPENDENT                                                                       \
      for (size_t i = 0; i < n; i++) {                                                       \
        const T v = x[i];                                                                    \
        part[i] += (EXPRESSION);                                                             \
      }                                                                                      \
    }                                                                                        \
  }
SUM_ROWS(rows_sum, v)
SUM_ROWS(rows_sumsq, v *v)
SUM_ROWS(rows_sumabs, v < 0 ? -v : v)

struct sum {
  T (*block)(const T *, size_t);
  void (*rows)(const T *, size_t, size_t, size_t, T *);
};

static const struct sum sums[PITH_REDUCE_COUNT] = {
    [PITH_REDUCE_SUM] = {block_sum, rows_sum},
    [PITH_REDUCE_SUMSQ] = {block_sumsq, rows_sumsq},
    [PITH_REDUCE_SUMABS] = {block_sumabs, rows_sumabs}};

static double sum_of(const struct sum *sum, const T *x, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i += BLOCK) total += sum->block(x + i, pith_min(BLOCK, n - i));
  return total;
}

/// y[i] = Σ over rows, for at most WIDE columns: 128 rows in T, those sums in double.
static void sum_columns(const struct sum *sum, const T *x, size_t rows, size_t step, size_t n, double *total) {
  for (size_t i = 0; i < n; i++) total[i] = 0;
  for (size_t r = 0; r < rows; r += 128) {
    T part[WIDE] = {0};
    sum->rows(x + r * step, pith_min(128, rows - r), step, n, part);
    for (size_t i = 0; i < n; i++) total[i] += part[i];
  }
}

/// Narrow rows are taken several at once as one wide row, which is folded at the end.
static void sum_narrow(const struct sum *sum, const T *x, size_t rows, size_t inner, T *y) {
  const size_t fold = WIDE / inner, wide = fold * inner, whole = rows / fold;
  double total[WIDE], rest[WIDE];
  sum_columns(sum, x, whole, wide, wide, total);
  sum_columns(sum, x + whole * wide, rows - whole * fold, inner, inner, rest);
  for (size_t i = 0; i < inner; i++) {
    for (size_t f = 0; f < fold; f++) rest[i] += total[f * inner + i];
    y[i] = (T)rest[i];
  }
}

struct sum_job {
  const struct sum *sum;
  const T *x;
  T *y;
  size_t n, inner, chunk;
  double *partial;
};

static void sum_lines(void *context, long begin, long end) {
  const struct sum_job *job = context;
  for (size_t o = (size_t)begin; o < (size_t)end; o++) job->y[o] = (T)sum_of(job->sum, job->x + o * job->n, job->n);
}

static void sum_chunks(void *context, long begin, long end) {
  const struct sum_job *job = context;
  for (size_t c = (size_t)begin; c < (size_t)end; c++) {
    const size_t from = c * job->chunk;
    job->partial[c] = sum_of(job->sum, job->x + from, pith_min(job->chunk, job->n - from));
  }
}

// One task is one tile of columns of one outer index.
static void sum_tiles(void *context, long begin, long end) {
  const struct sum_job *job = context;
  const size_t tiles = (job->inner + WIDE - 1) / WIDE;
  for (size_t task = (size_t)begin; task < (size_t)end; task++) {
    const size_t o = task / tiles, i = task % tiles * WIDE;
    const T *x = job->x + o * job->n * job->inner + i;
    T *y = job->y + o * job->inner + i;
    if (job->inner <= WIDE / 2) {
      sum_narrow(job->sum, x, job->n, job->inner, y);
      continue;
    }
    double total[WIDE];
    const size_t w = pith_min(WIDE, job->inner - i);
    sum_columns(job->sum, x, job->n, job->inner, w, total);
    for (size_t k = 0; k < w; k++) y[k] = (T)total[k];
  }
}

static void reduce_sum(const struct sum *sum, const T *x, T *y, size_t outer, size_t n, size_t inner) {
  struct sum_job job = {sum, x, y, n, inner, 0, NULL};
  const size_t per_task = n * pith_min(inner, WIDE) + 1;
  const long grain = (long)(1 + PITH_GRAIN_CHEAP / per_task);
  if (inner > 1) {
    pith_parallel_for((long)(outer * ((inner + WIDE - 1) / WIDE)), grain, &job, sum_tiles);
  } else if (outer > 1 || n < 2 * PITH_GRAIN_CHEAP) {
    pith_parallel_for((long)outer, grain, &job, sum_lines);
  } else {
    // Chunks by length alone, so that the sum is the same for every number of threads.
    double partial[1024];
    job.chunk = n / 1024 / BLOCK * BLOCK + PITH_GRAIN_CHEAP;
    job.partial = partial;
    const size_t chunks = (n + job.chunk - 1) / job.chunk;
    pith_parallel_for((long)chunks, 1, &job, sum_chunks);
    double total = 0;
    for (size_t c = 0; c < chunks; c++) total += partial[c];
    y[0] = (T)total;
  }
}

// MARK: products and extremes

static PITH_CLONES T line_product(const T *x, size_t n) {
  PITH_REASSOCIATE
  double product = 1;
  for (size_t i = 0; i < n; i++) product *= x[i];
  return (T)product;
}

#define EXTREME(NAME, COMPARE, START)                                                        \
  static PITH_CLONES T line_##NAME(const T *x, size_t n) {                                   \
    T best = START;                                                                          \
    size_t i = 0;                                                                            \
    if (n >= 2 * LANES) {                                                                    \
      vector low = *(const vector *)x, high = *(const vector *)(x + LANES);                  \
      for (i = 2 * LANES; i + 2 * LANES <= n; i += 2 * LANES) {                              \
        const vector v = *(const vector *)(x + i), w = *(const vector *)(x + i + LANES);     \
        /* a NaN is taken, and then nothing compares with it */                              \
        const vector_mask p = (v COMPARE low) | (v != v), q = (w COMPARE high) | (w != w);   \
        low = (vector)((p & (vector_mask)v) | (~p & (vector_mask)low));                      \
        high = (vector)((q & (vector_mask)w) | (~q & (vector_mask)high));                    \
      }                                                                                      \
      for (size_t k = 0; k < LANES; k++) {                                                   \
        best = (low[k] COMPARE best || low[k] != low[k]) ? low[k] : best;                    \
        best = (high[k] COMPARE best || high[k] != high[k]) ? high[k] : best;                \
      }                                                                                      \
    }                                                                                        \
    for (; i < n; i++) best = (x[i] COMPARE best || x[i] != x[i]) ? x[i] : best;             \
    return best;                                                                             \
  }                                                                                          \
  static PITH_CLONES void fold_##NAME(const T *x, T *y, size_t n) {                          \
    PITH_INDEPENDENT                                                                         \
    for (size_t i = 0; i < n; i++) y[i] = (x[i] COMPARE y[i] || x[i] != x[i]) ? x[i] : y[i]; \
  }
EXTREME(max, >, -(T)INFINITY)
EXTREME(min, <, (T)INFINITY)

static PITH_CLONES void fold_product(const T *x, T *y, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] *= x[i];
}

static const struct folding {
  T (*line)(const T *, size_t);
  void (*fold)(const T *, T *, size_t);
  T start;
} foldings[PITH_REDUCE_COUNT] = {
    [PITH_REDUCE_PROD] = {line_product, fold_product, 1},
    [PITH_REDUCE_MAX] = {line_max, fold_max, -(T)INFINITY},
    [PITH_REDUCE_MIN] = {line_min, fold_min, (T)INFINITY}};

struct fold_job {
  const struct folding *folding;
  const T *x;
  T *y;
  size_t n, inner;
};

static void fold_outer(void *context, long begin, long end) {
  const struct fold_job *job = context;
  for (size_t o = (size_t)begin; o < (size_t)end; o++) {
    const T *x = job->x + o * job->n * job->inner;
    T *y = job->y + o * job->inner;
    if (job->inner == 1) {
      *y = job->folding->line(x, job->n);
      continue;
    }
    for (size_t i = 0; i < job->inner; i++) y[i] = job->folding->start;
    for (size_t r = 0; r < job->n; r++) job->folding->fold(x + r * job->inner, y, job->inner);
  }
}

void SUFFIX(pith_reduce)(int op, const T *x, T *y, size_t outer, size_t n, size_t inner) {
  if (op < 0 || op >= PITH_REDUCE_COUNT || outer == 0 || inner == 0) return;
  if (sums[op].block != NULL) {
    reduce_sum(&sums[op], x, y, outer, n, inner);
    return;
  }
  struct fold_job job = {&foldings[op], x, y, n, inner};
  pith_parallel_for((long)outer, (long)(1 + PITH_GRAIN_CHEAP / (n * inner + 1)), &job, fold_outer);
}

// MARK: the place of an extreme

static size_t place_in_line(const T *x, size_t n, T best) {
  for (size_t i = 0; i < n; i++)
    if (x[i] == best || x[i] != x[i]) return i;
  return 0;
}

#define ARG_FOLD(NAME, COMPARE)                                                                        \
  static PITH_CLONES void NAME(const T *x, T *best, int64_t *place, size_t n, int64_t at) {            \
    PITH_INDEPENDENT                                                                                   \
    for (size_t i = 0; i < n; i++) {                                                                   \
      /* the first NaN is taken and stays */                                                           \
      const int take = x[i] COMPARE best[i] || (x[i] != x[i] && best[i] == best[i]);                   \
      best[i] = take ? x[i] : best[i];                                                                 \
      place[i] = take ? at : place[i];                                                                 \
    }                                                                                                  \
  }
ARG_FOLD(arg_fold_max, >)
ARG_FOLD(arg_fold_min, <)

struct arg_job {
  const T *x;
  int64_t *y;
  size_t n, inner;
  int largest;
};

static void arg_columns(const struct arg_job *job, const T *x, int64_t *y, size_t w) {
  T best[WIDE];
  for (size_t i = 0; i < w; i++) {
    best[i] = x[i];
    y[i] = 0;
  }
  for (size_t r = 1; r < job->n; r++)
    (job->largest ? arg_fold_max : arg_fold_min)(x + r * job->inner, best, y, w, (int64_t)r);
}

static void arg_outer(void *context, long begin, long end) {
  const struct arg_job *job = context;
  for (size_t o = (size_t)begin; o < (size_t)end; o++) {
    const T *x = job->x + o * job->n * job->inner;
    int64_t *y = job->y + o * job->inner;
    if (job->inner == 1) *y = (int64_t)place_in_line(x, job->n, (job->largest ? line_max : line_min)(x, job->n));
    else
      for (size_t i = 0; i < job->inner; i += WIDE) arg_columns(job, x + i, y + i, pith_min(WIDE, job->inner - i));
  }
}

void SUFFIX(pith_arg)(int op, const T *x, int64_t *y, size_t outer, size_t n, size_t inner) {
  if (op != PITH_ARG_MAX && op != PITH_ARG_MIN) return;
  if (n == 0) {
    pith_fill_i64(y, outer * inner, 0);
    return;
  }
  struct arg_job job = {x, y, n, inner, op == PITH_ARG_MAX};
  pith_parallel_for((long)outer, (long)(1 + PITH_GRAIN_CHEAP / (n * inner + 1)), &job, arg_outer);
}

// MARK: running sums and products, kept in double

#define CUMULATE(NAME, OPERATOR, START)                                                                \
  static void NAME(const T *x, T *y, size_t n, size_t inner) {                                         \
    for (size_t i = 0; i < inner; i += WIDE) {                                                         \
      const size_t w = pith_min(WIDE, inner - i);                                                      \
      double total[WIDE];                                                                              \
      for (size_t k = 0; k < w; k++) total[k] = START;                                                 \
      for (size_t r = 0; r < n; r++)                                                                   \
        for (size_t k = 0; k < w; k++) {                                                               \
          total[k] = total[k] OPERATOR (double)x[r * inner + i + k];                                   \
          y[r * inner + i + k] = (T)total[k];                                                          \
        }                                                                                              \
    }                                                                                                  \
  }
CUMULATE(running_sum, +, 0)
CUMULATE(running_product, *, 1)

void SUFFIX(pith_cumulate)(int op, const T *x, T *y, size_t outer, size_t n, size_t inner) {
  if (op != PITH_CUMULATE_SUM && op != PITH_CUMULATE_PROD) return;
  for (size_t o = 0; o < outer; o++)
    (op == PITH_CUMULATE_SUM ? running_sum : running_product)(x + o * n * inner, y + o * n * inner, n, inner);
}

// MARK: dot product

static PITH_CLONES T block_dot(const T *a, const T *b, size_t n) {
  PITH_REASSOCIATE
  T sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

T SUFFIX(pith_dot)(const T *a, const T *b, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i += BLOCK) total += block_dot(a + i, b + i, pith_min(BLOCK, n - i));
  return (T)total;
}

void SUFFIX(pith_col_sum)(const T *dy, size_t rows, size_t n, T *out) {
  SUFFIX(pith_reduce)(PITH_REDUCE_SUM, dy, out, 1, rows, n);
}
