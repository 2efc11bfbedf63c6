// Pooling of one floating type T; SUFFIX(f) is our f for T.
//
// With the channels last, all channels of a place are taken together. Else rows of outputs are, where the windows lie at
// even distances, so that both fill the vector unit.

// Channels that are taken at once: their largest elements and places stay in the first cache.
enum { LANES = 64 };
// The place of a largest element that counts as 0.
enum { NOWHERE = 255 };
// Rows of outputs are short: several vectors at once would leave most of a row to the loop for what is left over.
#define POOL_ROW _Pragma("clang loop vectorize(assume_safety) interleave_count(1)")

struct pool_job {
  const struct pith_pool *pool;
  const T *x;
  T *y;
  uint8_t *small;
  int64_t *wide;
};

/// Sets the places and then runs `body` for ranges of rows, each of which costs as many steps.
static void run_pool(struct pool_job *job, int64_t rows, int64_t cost, void (*body)(void *, long, long)) {
  pith_parallel_for((long)rows, (long)(1 + PITH_GRAIN_DEAR / (cost + 1)), job, body);
}

PITH_INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

#include "pool_tiles.h"

// MARK: the largest, channels last

/// One window of `m` channels. `m` is a constant where this is worth the code.
PITH_INLINE void max_window(const struct pith_pool *p, const T *image, int64_t oy, int64_t ox, int64_t c, int64_t m,
                            int isPlaced, T *best, int32_t *at) {
  const struct pith_pool_axis *rows = &p->rows, *columns = &p->columns;
  const int32_t start = (int32_t)(rows->first[oy] * columns->window + columns->first[ox]);
  for (int64_t i = 0; i < m; i++) best[i] = -(T)INFINITY;
  if (isPlaced)
    for (int64_t i = 0; i < m; i++) at[i] = start;
  for (int64_t ky = rows->first[oy]; ky < rows->last[oy]; ky++) {
    const T *row = image + (rows->base[oy] + ky * rows->dilation) * columns->in * p->channels + c;
    for (int64_t kx = columns->first[ox]; kx < columns->last[ox]; kx++) {
      const T *x = row + (columns->base[ox] + kx * columns->dilation) * p->channels;
      const int32_t k = (int32_t)(ky * columns->window + kx);
      PITH_INDEPENDENT
      for (int64_t i = 0; i < m; i++) {
        const int isBetter = (x[i] > best[i]) | (x[i] != x[i]);
        best[i] = isBetter ? x[i] : best[i];
        if (isPlaced) at[i] = isBetter ? k : at[i];
      }
    }
  }
}

static PITH_CLONES void max_row_last(const struct pool_job *job, int64_t row) {
  const struct pith_pool *p = job->pool;
  const int64_t n = row / p->rows.out, oy = row % p->rows.out, channels = p->channels;
  const T *image = job->x + n * p->rows.in * p->columns.in * channels;
  const int isPlaced = job->small != NULL || job->wide != NULL;
  T best[LANES];
  int32_t at[LANES];
  for (int64_t ox = 0; ox < p->columns.out; ox++)
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t m = least(LANES, channels - c), to = (row * p->columns.out + ox) * channels + c;
      if (m == LANES && isPlaced) max_window(p, image, oy, ox, c, LANES, 1, best, at);
      else if (m == LANES) max_window(p, image, oy, ox, c, LANES, 0, best, at);
      else max_window(p, image, oy, ox, c, m, isPlaced, best, at);
      for (int64_t i = 0; i < m; i++) job->y[to + i] = best[i];
      if (job->small != NULL)
        for (int64_t i = 0; i < m; i++) job->small[to + i] = (uint8_t)at[i];
      else if (job->wide != NULL)
        for (int64_t i = 0; i < m; i++) job->wide[to + i] = at[i];
    }
}

// MARK: the largest, channels first

/// The outputs lo ..< hi whose window has a place for `k` along an even axis.
PITH_INLINE void outputs_with(const struct pith_pool_axis *axis, int64_t k, int64_t *lo, int64_t *hi) {
  const int64_t shift = axis->base[0] + k * axis->dilation;
  *lo = least(axis->out, shift < 0 ? (-shift + axis->stride - 1) / axis->stride : 0);
  *hi = shift >= axis->in ? 0 : least(axis->out, (axis->in - 1 - shift) / axis->stride + 1);
}

PITH_INLINE void max_step(const T *x, int64_t stride, T *best, uint8_t *small, uint8_t k, int64_t n) {
  if (small == NULL) {
    POOL_ROW
    for (int64_t i = 0; i < n; i++) {
      const T v = x[i * stride];
      const int isBetter = (v > best[i]) | (v != v);
      best[i] = isBetter ? v : best[i];
    }
    return;
  }
  POOL_ROW
  for (int64_t i = 0; i < n; i++) {
    const T v = x[i * stride];
    const int isBetter = (v > best[i]) | (v != v);
    best[i] = isBetter ? v : best[i];
    small[i] = isBetter ? k : small[i];
  }
}

/// A row of windows at even distances, whose places are small or not asked for.
static PITH_CLONES void max_row_even(const struct pool_job *job, int64_t row) {
  const struct pith_pool_axis *rows = &job->pool->rows, *columns = &job->pool->columns;
  const int64_t plane = row / rows->out, oy = row % rows->out;
  const T *image = job->x + plane * rows->in * columns->in;
  T *y = job->y + row * columns->out;
  uint8_t *small = job->small == NULL ? NULL : job->small + row * columns->out;
  for (int64_t ox = 0; ox < columns->out; ox++) y[ox] = -(T)INFINITY;
  if (small != NULL)
    for (int64_t ox = 0; ox < columns->out; ox++)
      small[ox] = (uint8_t)(rows->first[oy] * columns->window + columns->first[ox]);
  for (int64_t ky = rows->first[oy]; ky < rows->last[oy]; ky++) {
    const T *x = image + (rows->base[oy] + ky * rows->dilation) * columns->in + columns->base[0];
    for (int64_t kx = 0; kx < columns->window; kx++) {
      int64_t lo, hi;
      outputs_with(columns, kx, &lo, &hi);
      if (lo >= hi) continue;
      const T *from = x + kx * columns->dilation + lo * columns->stride;
      uint8_t *at = small == NULL ? NULL : small + lo;
      const uint8_t k = (uint8_t)(ky * columns->window + kx);
      if (columns->stride == 1) max_step(from, 1, y + lo, at, k, hi - lo);
      else if (columns->stride == 2) max_step(from, 2, y + lo, at, k, hi - lo);
      else max_step(from, columns->stride, y + lo, at, k, hi - lo);
    }
  }
}

static void max_row_uneven(const struct pool_job *job, int64_t row) {
  const struct pith_pool_axis *rows = &job->pool->rows, *columns = &job->pool->columns;
  const int64_t plane = row / rows->out, oy = row % rows->out;
  const T *image = job->x + plane * rows->in * columns->in;
  for (int64_t ox = 0; ox < columns->out; ox++) {
    T best = -(T)INFINITY;
    int64_t at = rows->first[oy] * columns->window + columns->first[ox];
    for (int64_t ky = rows->first[oy]; ky < rows->last[oy]; ky++) {
      const T *x = image + (rows->base[oy] + ky * rows->dilation) * columns->in + columns->base[ox];
      for (int64_t kx = columns->first[ox]; kx < columns->last[ox]; kx++) {
        const T v = x[kx * columns->dilation];
        if (v > best || v != v) {
          best = v;
          at = ky * columns->window + kx;
        }
      }
    }
    job->y[row * columns->out + ox] = best;
    if (job->small != NULL) job->small[row * columns->out + ox] = (uint8_t)at;
    else if (job->wide != NULL) job->wide[row * columns->out + ox] = at;
  }
}

/// Of one row of outputs: what is not above 0 as 0, and no place for it. NaN stays.
static PITH_CLONES void rectify_row(const struct pool_job *job, int64_t row) {
  const int64_t width = job->pool->columns.out * (job->pool->channels_last ? job->pool->channels : 1);
  T *y = job->y + row * width;
  if (job->small != NULL) {
    uint8_t *small = job->small + row * width;
    for (int64_t i = 0; i < width; i++) small[i] = y[i] <= 0 ? NOWHERE : small[i];
  }
  for (int64_t i = 0; i < width; i++) y[i] = y[i] <= 0 ? 0 : y[i];
}

static void max_part(void *context, long begin, long end) {
  const struct pool_job *job = context;
  const struct pith_pool *p = job->pool;
  const int isTiled = is_tiled(job);
  for (long row = begin; row < end; row++) {
    if (isTiled) max_row_tiled(job, row);
    else if (p->channels_last) max_row_last(job, row);
    else if (p->columns.stride > 0 && (job->small != NULL || job->wide == NULL)) max_row_even(job, row);
    else max_row_uneven(job, row);
    if (p->rectified) rectify_row(job, row);
  }
}

void SUFFIX(pith_max_pool)(const struct pith_pool *p, const T *x, T *y, uint8_t *small, int64_t *wide) {
  struct pool_job job = {p, x, y, small, wide};
  const int64_t images = p->channels_last ? p->batch : p->batch * p->channels;
  const int64_t width = p->columns.out * (p->channels_last ? p->channels : 1);
  run_pool(&job, images * p->rows.out, width * p->rows.window * p->columns.window / 4, max_part);
}

// MARK: the gradient of the largest

/// A row of places with the channels last: each place asks the windows that read it, so that it is written once.
PITH_INLINE void spread_place(const struct pool_job *job, int64_t n, int64_t iy, int64_t ix, int64_t c, int64_t m,
                              T *sum) {
  const struct pith_pool *p = job->pool;
  const struct pith_pool_axis *rows = &p->rows, *columns = &p->columns;
  for (int64_t i = 0; i < m; i++) sum[i] = 0;
  for (int64_t oy = rows->from[iy]; oy < rows->to[iy]; oy++) {
    const int64_t y = iy - rows->base[oy];
    if (rows->dilation != 1 && y % rows->dilation != 0) continue;
    for (int64_t ox = columns->from[ix]; ox < columns->to[ix]; ox++) {
      const int64_t x = ix - columns->base[ox];
      if (columns->dilation != 1 && x % columns->dilation != 0) continue;
      const int64_t k = y / rows->dilation * columns->window + x / columns->dilation;
      const int64_t from = ((n * rows->out + oy) * columns->out + ox) * p->channels + c;
      const T *dy = job->x + from;
      if (job->small != NULL) {
        const uint8_t *at = job->small + from;
        for (int64_t i = 0; i < m; i++) sum[i] += at[i] == (uint8_t)k ? dy[i] : 0;
      } else {
        const int64_t *at = job->wide + from;
        for (int64_t i = 0; i < m; i++) sum[i] += at[i] == k ? dy[i] : 0;
      }
    }
  }
}

static PITH_CLONES void spread_row_last(const struct pool_job *job, int64_t row) {
  const struct pith_pool *p = job->pool;
  const int64_t n = row / p->rows.in, iy = row % p->rows.in, channels = p->channels;
  T sum[LANES];
  for (int64_t ix = 0; ix < p->columns.in; ix++)
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t m = least(LANES, channels - c);
      if (m == LANES) spread_place(job, n, iy, ix, c, LANES, sum);
      else spread_place(job, n, iy, ix, c, m, sum);
      T *dx = job->y + (row * p->columns.in + ix) * channels + c;
      for (int64_t i = 0; i < m; i++) dx[i] = sum[i];
    }
}

static void spread_plane(const struct pool_job *job, int64_t plane) {
  const struct pith_pool_axis *rows = &job->pool->rows, *columns = &job->pool->columns;
  T *dx = job->y + plane * rows->in * columns->in;
  memset(dx, 0, (size_t)(rows->in * columns->in) * sizeof(T));
  int64_t from = plane * rows->out * columns->out;
  for (int64_t oy = 0; oy < rows->out; oy++)
    for (int64_t ox = 0; ox < columns->out; ox++, from++) {
      // Two narrow divisions are cheap where one wide one is not.
      uint32_t ky, kx;
      if (job->small != NULL) {
        if (job->pool->rectified && job->small[from] == NOWHERE) continue;
        ky = job->small[from] / (uint32_t)columns->window;
        kx = job->small[from] % (uint32_t)columns->window;
      } else {
        ky = (uint32_t)(job->wide[from] / columns->window);
        kx = (uint32_t)(job->wide[from] % columns->window);
      }
      const int64_t iy = rows->base[oy] + ky * rows->dilation, ix = columns->base[ox] + kx * columns->dilation;
      dx[iy * columns->in + ix] += job->x[from];
    }
}

static void spread_part(void *context, long begin, long end) {
  const struct pool_job *job = context;
  for (long i = begin; i < end; i++) {
    if (job->pool->channels_last) spread_row_last(job, i);
    else spread_plane(job, i);
  }
}

void SUFFIX(pith_max_pool_spread)(const struct pith_pool *p, const T *dy, const uint8_t *small, const int64_t *wide,
                                  T *dx) {
  struct pool_job job = {p, dy, dx, (uint8_t *)small, (int64_t *)wide};
  if (small != NULL && is_tiled(&job)) run_pool(&job, p->batch * p->rows.out, p->columns.in * p->rows.window * p->channels, spread_tiled_part);
  else if (p->channels_last) run_pool(&job, p->batch * p->rows.in, p->columns.in * p->channels, spread_part);
  else run_pool(&job, p->batch * p->channels, p->rows.in * p->columns.in, spread_part);
}

static void pick_part(void *context, long begin, long end) {
  const struct pool_job *job = context;
  const struct pith_pool *p = job->pool;
  const struct pith_pool_axis *rows = &p->rows, *columns = &p->columns;
  const int64_t inner = p->channels_last ? p->channels : 1;
  for (long row = begin; row < end; row++) {
    const int64_t n = row / rows->out, oy = row % rows->out;
    const T *image = job->x + n * rows->in * columns->in * inner;
    int64_t at = row * columns->out * inner;
    for (int64_t ox = 0; ox < columns->out; ox++)
      for (int64_t c = 0; c < inner; c++, at++) {
        const int64_t k = job->small != NULL ? job->small[at] : job->wide[at];
        if (p->rectified && k == NOWHERE) {
          job->y[at] = 0;
          continue;
        }
        const int64_t iy = rows->base[oy] + k / columns->window * rows->dilation;
        const int64_t ix = columns->base[ox] + k % columns->window * columns->dilation;
        job->y[at] = image[(iy * columns->in + ix) * inner + c];
      }
  }
}

void SUFFIX(pith_max_pool_pick)(const struct pith_pool *p, const T *x, const uint8_t *small, const int64_t *wide,
                                T *y) {
  struct pool_job job = {p, x, y, (uint8_t *)small, (int64_t *)wide};
  const int64_t images = p->channels_last ? p->batch : p->batch * p->channels;
  run_pool(&job, images * p->rows.out, p->columns.out * (p->channels_last ? p->channels : 1) * 4, pick_part);
}

// MARK: averages

/// The sum of one window of `m` channels: by stretches of a row and then over these, so that rounding grows with the
/// height and the width of a window and not with their product.
PITH_INLINE void sum_window(const struct pith_pool *p, const T *image, int64_t oy, int64_t ox, int64_t c, int64_t m,
                            T *sum) {
  const struct pith_pool_axis *rows = &p->rows, *columns = &p->columns;
  for (int64_t i = 0; i < m; i++) sum[i] = 0;
  T part[LANES];
  for (int64_t ky = rows->first[oy]; ky < rows->last[oy]; ky++) {
    const T *row = image + (rows->base[oy] + ky) * columns->in * p->channels + c;
    for (int64_t kx = columns->first[ox]; kx < columns->last[ox]; kx += 32) {
      const int64_t end = least(kx + 32, columns->last[ox]);
      const T *x = row + (columns->base[ox] + kx) * p->channels;
      for (int64_t i = 0; i < m; i++) part[i] = x[i];
      for (int64_t k = kx + 1; k < end; k++) {
        x += p->channels;
        for (int64_t i = 0; i < m; i++) part[i] += x[i];
      }
      for (int64_t i = 0; i < m; i++) sum[i] += part[i];
    }
  }
}

static PITH_CLONES void average_row_last(const struct pool_job *job, int64_t row) {
  const struct pith_pool *p = job->pool;
  const int64_t n = row / p->rows.out, oy = row % p->rows.out, channels = p->channels;
  const T *image = job->x + n * p->rows.in * p->columns.in * channels;
  T sum[LANES];
  for (int64_t ox = 0; ox < p->columns.out; ox++) {
    const T size = (T)(p->rows.size[oy] * p->columns.size[ox]);
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t m = least(LANES, channels - c);
      if (m == LANES) sum_window(p, image, oy, ox, c, LANES, sum);
      else sum_window(p, image, oy, ox, c, m, sum);
      T *y = job->y + (row * p->columns.out + ox) * channels + c;
      for (int64_t i = 0; i < m; i++) y[i] = sum[i] / size;
    }
  }
}

PITH_INLINE void sum_step(const T *x, int64_t stride, T *y, int64_t n) {
  POOL_ROW
  for (int64_t i = 0; i < n; i++) y[i] += x[i * stride];
}

PITH_INLINE T sum_of_stretch(const T *x, int64_t n) {
  PITH_REASSOCIATE
  T sum = 0;
  for (int64_t i = 0; i < n; i++) sum += x[i];
  return sum;
}

static PITH_CLONES void average_row_first(const struct pool_job *job, int64_t row) {
  const struct pith_pool_axis *rows = &job->pool->rows, *columns = &job->pool->columns;
  const int64_t plane = row / rows->out, oy = row % rows->out;
  const T *image = job->x + (plane * rows->in + rows->base[oy]) * columns->in;
  T *y = job->y + row * columns->out;
  // Narrow windows at even distances fill the vector unit with outputs, others with the places of one.
  if (columns->stride > 0 && columns->window <= 16) {
    for (int64_t ox = 0; ox < columns->out; ox++) y[ox] = 0;
    for (int64_t ky = rows->first[oy]; ky < rows->last[oy]; ky++)
      for (int64_t kx = 0; kx < columns->window; kx++) {
        int64_t lo, hi;
        outputs_with(columns, kx, &lo, &hi);
        if (lo >= hi) continue;
        const T *x = image + ky * columns->in + columns->base[0] + kx + lo * columns->stride;
        if (columns->stride == 1) sum_step(x, 1, y + lo, hi - lo);
        else if (columns->stride == 2) sum_step(x, 2, y + lo, hi - lo);
        else sum_step(x, columns->stride, y + lo, hi - lo);
      }
    for (int64_t ox = 0; ox < columns->out; ox++) y[ox] /= (T)(rows->size[oy] * columns->size[ox]);
    return;
  }
  for (int64_t ox = 0; ox < columns->out; ox++) {
    T sum = 0;
    for (int64_t ky = rows->first[oy]; ky < rows->last[oy]; ky++)
      for (int64_t kx = columns->first[ox]; kx < columns->last[ox]; kx += 1024)
        sum += sum_of_stretch(image + ky * columns->in + columns->base[ox] + kx, least(1024, columns->last[ox] - kx));
    y[ox] = sum / (T)(rows->size[oy] * columns->size[ox]);
  }
}

static void average_part(void *context, long begin, long end) {
  const struct pool_job *job = context;
  for (long row = begin; row < end; row++) {
    if (job->pool->channels_last) average_row_last(job, row);
    else average_row_first(job, row);
  }
}

void SUFFIX(pith_avg_pool)(const struct pith_pool *p, const T *x, T *y) {
  struct pool_job job = {.pool = p, .x = x, .y = y};
  const int64_t images = p->channels_last ? p->batch : p->batch * p->channels;
  const int64_t width = p->columns.out * (p->channels_last ? p->channels : 1);
  run_pool(&job, images * p->rows.out, width * p->rows.window * p->columns.window / 4, average_part);
}

/// One place asks the windows that read it, as `spread_place` does.
PITH_INLINE void share_place(const struct pool_job *job, int64_t n, int64_t iy, int64_t ix, int64_t c, int64_t m,
                             T *sum) {
  const struct pith_pool *p = job->pool;
  const struct pith_pool_axis *rows = &p->rows, *columns = &p->columns;
  for (int64_t i = 0; i < m; i++) sum[i] = 0;
  for (int64_t oy = rows->from[iy]; oy < rows->to[iy]; oy++)
    for (int64_t ox = columns->from[ix]; ox < columns->to[ix]; ox++) {
      const T *dy = job->x + ((n * rows->out + oy) * columns->out + ox) * p->channels + c;
      const T share = (T)(rows->share[oy] * columns->share[ox]);
      for (int64_t i = 0; i < m; i++) sum[i] += dy[i] * share;
    }
}

static PITH_CLONES void share_row_last(const struct pool_job *job, int64_t row) {
  const struct pith_pool *p = job->pool;
  const int64_t n = row / p->rows.in, iy = row % p->rows.in, channels = p->channels;
  T sum[LANES];
  for (int64_t ix = 0; ix < p->columns.in; ix++)
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t m = least(LANES, channels - c);
      if (m == LANES) share_place(job, n, iy, ix, c, LANES, sum);
      else share_place(job, n, iy, ix, c, m, sum);
      T *dx = job->y + (row * p->columns.in + ix) * channels + c;
      for (int64_t i = 0; i < m; i++) dx[i] = sum[i];
    }
}

/// A row of places with the channels first, whose windows meet without a gap between them.
PITH_INLINE void share_tiles(const T *dy, const struct pith_pool_axis *columns, double row_share, int64_t stride,
                             T *dx) {
  const T share = (T)(row_share * columns->share[0]);
  PITH_INDEPENDENT
  for (int64_t ox = 0; ox < columns->out; ox++)
    for (int64_t k = 0; k < stride; k++) dx[ox * stride + k] = dy[ox] * share;
  for (int64_t ix = columns->out * stride; ix < columns->in; ix++) dx[ix] = 0;
}

PITH_INLINE void share_step(const T *dy, const double *share, double row_share, int64_t stride, T *dx, int64_t n) {
  POOL_ROW
  for (int64_t i = 0; i < n; i++) dx[i * stride] += dy[i] * (T)(row_share * share[i]);
}

static PITH_CLONES void share_row_first(const struct pool_job *job, int64_t row) {
  const struct pith_pool_axis *rows = &job->pool->rows, *columns = &job->pool->columns;
  const int64_t plane = row / rows->in, iy = row % rows->in, top = rows->from[iy], bottom = rows->to[iy];
  const T *dy = job->x + plane * rows->out * columns->out;
  T *dx = job->y + row * columns->in;
  if (bottom == top + 1 && columns->stride == columns->window && columns->base[0] == 0 &&
      columns->out * columns->stride <= columns->in) {
    dy += top * columns->out;
    if (columns->stride == 2) share_tiles(dy, columns, rows->share[top], 2, dx);
    else share_tiles(dy, columns, rows->share[top], columns->stride, dx);
    return;
  }
  if (columns->stride > 0 && columns->window <= 16) {
    for (int64_t ix = 0; ix < columns->in; ix++) dx[ix] = 0;
    for (int64_t oy = top; oy < bottom; oy++)
      for (int64_t kx = 0; kx < columns->window; kx++) {
        int64_t lo, hi;
        outputs_with(columns, kx, &lo, &hi);
        if (lo >= hi) continue;
        T *to = dx + columns->base[0] + kx + lo * columns->stride;
        const T *from = dy + oy * columns->out + lo;
        if (columns->stride == 1) share_step(from, columns->share + lo, rows->share[oy], 1, to, hi - lo);
        else share_step(from, columns->share + lo, rows->share[oy], columns->stride, to, hi - lo);
      }
    return;
  }
  for (int64_t ix = 0; ix < columns->in; ix++) {
    T sum = 0;
    for (int64_t oy = top; oy < bottom; oy++)
      for (int64_t ox = columns->from[ix]; ox < columns->to[ix]; ox++)
        sum += dy[oy * columns->out + ox] * (T)(rows->share[oy] * columns->share[ox]);
    dx[ix] = sum;
  }
}

static void share_part(void *context, long begin, long end) {
  const struct pool_job *job = context;
  for (long row = begin; row < end; row++) {
    if (job->pool->channels_last) share_row_last(job, row);
    else share_row_first(job, row);
  }
}

void SUFFIX(pith_avg_pool_spread)(const struct pith_pool *p, const T *dy, T *dx) {
  struct pool_job job = {.pool = p, .x = dy, .y = dx};
  const int64_t images = p->channels_last ? p->batch : p->batch * p->channels;
  run_pool(&job, images * p->rows.in, p->columns.in * (p->channels_last ? p->channels : 1) * 2, share_part);
}
