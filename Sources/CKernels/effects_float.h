// Rows that move along directions, for one floating type T; SUFFIX(f) is our f for T.

size_t SUFFIX(pith_places)(const T *x, size_t rows, size_t columns, int32_t *row, int32_t *column, T *value) {
  size_t count = 0;
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = 0; c < columns; c++) {
      const T v = x[r * columns + c];
      // Written always and kept where the count moves on: no branch to guess.
      row[count] = (int32_t)r;
      column[count] = (int32_t)c;
      value[count] = v;
      count += !(v == 0);
    }
  }
  return count;
}

struct moved_job {
  const T *base, *along, *value;
  const int32_t *row, *column;
  size_t width;
  int relu;
  T *y;
};

static PITH_CLONES void moved_row(const T *base, const T *along, T by, size_t n, int relu, T *y) {
  PITH_CONTRACT
  if (relu) {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) {
      const T v = base[i] + by * along[i];
      y[i] = v < 0 ? 0 : v;
    }
  } else {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) y[i] = base[i] + by * along[i];
  }
}

static void moved_part(void *context, long begin, long end) {
  const struct moved_job *job = context;
  const size_t n = job->width;
  for (long i = begin; i < end; i++)
    moved_row(job->base + (size_t)job->row[i] * n, job->along + (job->column == NULL ? 0 : (size_t)job->column[i] * n), job->value[i], n, job->relu, job->y + (size_t)i * n);
}

void SUFFIX(pith_moved_rows)(const T *base, const T *along, size_t width, const int32_t *row, const int32_t *column,
                             const T *value, size_t count, int relu, T *y) {
  struct moved_job job = {base, along, value, row, column, width, relu, y};
  pith_parallel_for((long)count, (long)(1 + PITH_GRAIN_CHEAP / (width + 1)), &job, moved_part);
}

void SUFFIX(pith_add_differences)(const T *x, const T *base, const int32_t *row, const int32_t *column, size_t count,
                                  double *sums) {
  for (size_t i = 0; i < count; i++) sums[column[i]] += (double)x[i] - (double)base[row[i]];
}

void SUFFIX(pith_put_differences)(const T *x, const T *base, const int32_t *row, const int32_t *column, size_t count,
                                  size_t width, T *y) {
  for (size_t i = 0; i < count; i++) y[(size_t)row[i] * width + (size_t)column[i]] = x[i] - base[row[i]];
}
