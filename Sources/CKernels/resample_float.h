// Resampling and unfolding of one floating type T; SUFFIX(f) is our f for T.

struct resample_job {
  const T *x;
  const int64_t *places;
  const double *weights;
  T *y;
  size_t from, to, inner, taps;
};

static PITH_CLONES void resample_one(const struct resample_job *job, size_t outer) {
  PITH_CONTRACT
  const size_t inner = job->inner, taps = job->taps;
  const T *x = job->x + outer * job->from * inner;
  T *y = job->y + outer * job->to * inner;
  if (inner == 1) {
    for (size_t o = 0; o < job->to; o++) {
      T sum = 0;
      for (size_t t = 0; t < taps; t++) sum += (T)job->weights[o * taps + t] * x[job->places[o * taps + t]];
      y[o] = sum;
    }
    return;
  }
  for (size_t o = 0; o < job->to; o++, y += inner)
    for (size_t t = 0; t < taps; t++) {
      const T weight = (T)job->weights[o * taps + t], *row = x + (size_t)job->places[o * taps + t] * inner;
      PITH_INDEPENDENT
      for (size_t i = 0; i < inner; i++) y[i] = t == 0 ? weight * row[i] : y[i] + weight * row[i];
    }
}

static PITH_CLONES void resample_spread_one(const struct resample_job *job, size_t outer) {
  PITH_CONTRACT
  const size_t inner = job->inner, taps = job->taps;
  const T *dy = job->x + outer * job->to * inner;
  T *dx = job->y + outer * job->from * inner;
  memset(dx, 0, job->from * inner * sizeof(T));
  for (size_t o = 0; o < job->to; o++, dy += inner)
    for (size_t t = 0; t < taps; t++) {
      const T weight = (T)job->weights[o * taps + t];
      T *row = dx + (size_t)job->places[o * taps + t] * inner;
      PITH_INDEPENDENT
      for (size_t i = 0; i < inner; i++) row[i] += weight * dy[i];
    }
}

static void resample_part(void *context, long begin, long end) {
  for (long i = begin; i < end; i++) resample_one(context, (size_t)i);
}

static void resample_spread_part(void *context, long begin, long end) {
  for (long i = begin; i < end; i++) resample_spread_one(context, (size_t)i);
}

void SUFFIX(pith_resample)(const T *x, const int64_t *places, const double *weights, T *y, size_t outer, size_t from,
                           size_t to, size_t inner, size_t taps) {
  struct resample_job job = {x, places, weights, y, from, to, inner, taps};
  pith_parallel_for((long)outer, (long)(1 + PITH_GRAIN_CHEAP / (to * inner * taps + 1)), &job, resample_part);
}

void SUFFIX(pith_resample_spread)(const T *dy, const int64_t *places, const double *weights, T *dx, size_t outer,
                                  size_t from, size_t to, size_t inner, size_t taps) {
  struct resample_job job = {dy, places, weights, dx, from, to, inner, taps};
  pith_parallel_for((long)outer, (long)(1 + PITH_GRAIN_CHEAP / (to * inner * taps + 1)), &job, resample_spread_part);
}

struct unfold_job {
  const struct pith_patches *w;
  const T *x;
  T *y;
};

/// The outputs lo ..< hi for which output * stride + shift lies in 0 ..< size.
PITH_INLINE void inside(int64_t shift, int64_t stride, int64_t size, int64_t out, int64_t *lo, int64_t *hi) {
  *lo = shift < 0 ? (-shift + stride - 1) / stride : 0;
  *hi = shift >= size ? 0 : (size - 1 - shift) / stride + 1;
  if (*hi > out) *hi = out;
  if (*lo > *hi) *lo = *hi;
}

static void unfold_part(void *context, long begin, long end) {
  const struct unfold_job *job = context;
  const struct pith_patches *w = job->w;
  T *y = job->y + begin * w->kernel_rows * w->kernel_columns * w->out_rows * w->out_columns;
  for (long plane = begin; plane < end; plane++) {
    const T *x = job->x + plane * w->rows * w->columns;
    for (int64_t ky = 0; ky < w->kernel_rows; ky++)
      for (int64_t kx = 0; kx < w->kernel_columns; kx++) {
        const int64_t top = ky * w->row_dilation - w->row_padding, left = kx * w->column_dilation - w->column_padding;
        int64_t lo, hi;
        inside(left, w->column_stride, w->columns, w->out_columns, &lo, &hi);
        for (int64_t oy = 0; oy < w->out_rows; oy++, y += w->out_columns) {
          const int64_t iy = oy * w->row_stride + top;
          if (iy < 0 || iy >= w->rows) {
            memset(y, 0, (size_t)w->out_columns * sizeof(T));
            continue;
          }
          const T *row = x + iy * w->columns + left;
          for (int64_t ox = 0; ox < lo; ox++) y[ox] = 0;
          if (w->column_stride == 1) memcpy(y + lo, row + lo, (size_t)(hi - lo) * sizeof(T));
          else
            for (int64_t ox = lo; ox < hi; ox++) y[ox] = row[ox * w->column_stride];
          for (int64_t ox = hi; ox < w->out_columns; ox++) y[ox] = 0;
        }
      }
  }
}

void SUFFIX(pith_to_patches)(const struct pith_patches *w, const T *x, T *y, size_t planes) {
  struct unfold_job job = {w, x, y};
  const int64_t cost = w->kernel_rows * w->kernel_columns * w->out_rows * w->out_columns;
  pith_parallel_for((long)planes, (long)(1 + PITH_GRAIN_CHEAP / (cost + 1)), &job, unfold_part);
}

static PITH_CLONES void fold_row(const T *x, int64_t n, int64_t stride, T *y) {
  if (stride == 1) {
    PITH_INDEPENDENT
    for (int64_t i = 0; i < n; i++) y[i] += x[i];
  } else {
    for (int64_t i = 0; i < n; i++) y[i * stride] += x[i];
  }
}

static void fold_part(void *context, long begin, long end) {
  const struct unfold_job *job = context;
  const struct pith_patches *w = job->w;
  const T *x = job->x + begin * w->kernel_rows * w->kernel_columns * w->out_rows * w->out_columns;
  for (long plane = begin; plane < end; plane++) {
    T *y = job->y + plane * w->rows * w->columns;
    for (int64_t ky = 0; ky < w->kernel_rows; ky++)
      for (int64_t kx = 0; kx < w->kernel_columns; kx++) {
        const int64_t top = ky * w->row_dilation - w->row_padding, left = kx * w->column_dilation - w->column_padding;
        int64_t lo, hi;
        inside(left, w->column_stride, w->columns, w->out_columns, &lo, &hi);
        for (int64_t oy = 0; oy < w->out_rows; oy++, x += w->out_columns) {
          const int64_t iy = oy * w->row_stride + top;
          if (iy >= 0 && iy < w->rows && lo < hi)
            fold_row(x + lo, hi - lo, w->column_stride, y + iy * w->columns + left + lo * w->column_stride);
        }
      }
  }
}

void SUFFIX(pith_from_patches)(const struct pith_patches *w, const T *x, T *y, size_t planes) {
  struct unfold_job job = {w, x, y};
  const int64_t cost = w->kernel_rows * w->kernel_columns * w->out_rows * w->out_columns;
  pith_parallel_for((long)planes, (long)(1 + PITH_GRAIN_CHEAP / (cost + 1)), &job, fold_part);
}
