// Sums and spreads over rows of one floating type T; SUFFIX(f) is our f for T.

// So many columns of sums stay near while the rows go by.
enum { COLUMNS = 1024 };

struct rows {
  const T *x;
  size_t rows, n, before;
  double *sum, *squares;
  int kind;
};

#define GATHER(NAME, EXPRESSION)                                                     \
  static PITH_CLONES void NAME(const T *x, size_t n, double *sum) {                  \
    PITH_CONTRACT                                                                    \
    PITH_INDEPENDENT                                                                 \
    for (size_t i = 0; i < n; i++) {                                                 \
      const double v = x[i];                                                         \
      sum[i] += (EXPRESSION);                                                        \
    }                                                                                \
  }
GATHER(gather_value, v)
GATHER(gather_magnitude, v < 0 ? -v : v)
GATHER(gather_square, v *v)

static void (*const gathers[PITH_GATHER_COUNT])(const T *, size_t, double *) = {
    [PITH_GATHER_VALUE] = gather_value, [PITH_GATHER_MAGNITUDE] = gather_magnitude, [PITH_GATHER_SQUARE] = gather_square};

static void gather_part(void *context, long begin, long end) {
  const struct rows *job = context;
  for (size_t i = (size_t)begin; i < (size_t)end; i += COLUMNS) {
    const size_t width = pith_min(COLUMNS, (size_t)end - i);
    for (size_t r = 0; r < job->rows; r++) gathers[job->kind](job->x + r * job->n + i, width, job->sum + i);
  }
}

void SUFFIX(pith_gather)(int kind, const T *x, size_t rows, size_t n, double *sum) {
  if (kind < 0 || kind >= PITH_GATHER_COUNT) return;
  struct rows job = {.x = x, .rows = rows, .n = n, .sum = sum, .kind = kind};
  pith_parallel_for((long)n, PITH_GRAIN_CHEAP, &job, gather_part);
}

static PITH_CLONES void spread_row(const T *x, size_t n, double share, double *mean, double *squares) {
  PITH_CONTRACT
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) {
    const double step = x[i] - mean[i], next = mean[i] + step * share;
    squares[i] += step * (x[i] - next);
    mean[i] = next;
  }
}

static void spread_part(void *context, long begin, long end) {
  const struct rows *job = context;
  for (size_t i = (size_t)begin; i < (size_t)end; i += COLUMNS) {
    const size_t width = pith_min(COLUMNS, (size_t)end - i);
    for (size_t r = 0; r < job->rows; r++)
      spread_row(job->x + r * job->n + i, width, 1 / (double)(job->before + r + 1), job->sum + i, job->squares + i);
  }
}

void SUFFIX(pith_spread)(const T *x, size_t rows, size_t n, size_t before, double *mean, double *squares) {
  struct rows job = {.x = x, .rows = rows, .n = n, .before = before, .sum = mean, .squares = squares};
  pith_parallel_for((long)n, PITH_GRAIN_CHEAP, &job, spread_part);
}
