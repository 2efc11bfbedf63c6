// Largest elements of windows that lie side by side like tiles, with the channels last: what nearly every network has. A
// vector holds channels of one place, and each element is read or written once. Read by pool_float.h.

enum { TILE_LANES = 64 / sizeof(T) };
typedef T tile_vector __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
typedef __typeof__((tile_vector){0} < (tile_vector){0}) tile_mask;
typedef uint8_t tile_bytes __attribute__((vector_size(64 / sizeof(T)), aligned(1), may_alias));

static int is_tiled_axis(const struct pith_pool_axis *axis) {
  return axis->dilation == 1 && axis->base[0] == 0 && axis->last[axis->out - 1] == axis->window &&
         (axis->out == 1 || axis->stride == axis->window);
}

static int is_tiled(const struct pool_job *job) {
  const struct pith_pool *p = job->pool;
  return p->channels_last && job->wide == NULL && p->channels % TILE_LANES == 0 && p->rows.out > 0 && p->columns.out > 0 &&
         is_tiled_axis(&p->rows) && is_tiled_axis(&p->columns);
}

static PITH_CLONES void max_row_tiled(const struct pool_job *job, int64_t row) {
  const struct pith_pool *p = job->pool;
  const int64_t n = row / p->rows.out, oy = row % p->rows.out, channels = p->channels, line = p->columns.in * channels;
  const T *from = job->x + n * p->rows.in * line + p->rows.base[oy] * line;
  for (int64_t ox = 0; ox < p->columns.out; ox++)
    for (int64_t c = 0; c < channels; c += TILE_LANES) {
      const T *x = from + p->columns.base[ox] * channels + c;
      tile_vector best = (tile_vector){0} - (T)INFINITY;
      tile_mask at = {0}, k = {0};
      for (int64_t ky = 0; ky < p->rows.window; ky++)
        for (int64_t kx = 0; kx < p->columns.window; kx++, k += 1) {
          const tile_vector v = *(const tile_vector *)(x + ky * line + kx * channels);
          const tile_mask is_better = (v > best) | (v != v);
          best = (tile_vector)((is_better & (tile_mask)v) | (~is_better & (tile_mask)best));
          at = (is_better & k) | (~is_better & at);
        }
      const int64_t to = (row * p->columns.out + ox) * channels + c;
      *(tile_vector *)(job->y + to) = best;
      if (job->small != NULL) *(tile_bytes *)(job->small + to) = __builtin_convertvector(at, tile_bytes);
    }
}

/// The rows of dx that an output row reads, and for the last one the rows below that none reads.
static PITH_CLONES void spread_row_tiled(const struct pool_job *job, int64_t row) {
  const struct pith_pool *p = job->pool;
  const int64_t n = row / p->rows.out, oy = row % p->rows.out, channels = p->channels, line = p->columns.in * channels;
  T *to = job->y + n * p->rows.in * line + p->rows.base[oy] * line;
  const int64_t covered = p->columns.base[p->columns.out - 1] + p->columns.window, below = p->rows.base[oy] + p->rows.window;
  for (int64_t ox = 0; ox < p->columns.out; ox++)
    for (int64_t c = 0; c < channels; c += TILE_LANES) {
      const int64_t from = (row * p->columns.out + ox) * channels + c;
      const tile_vector dy = *(const tile_vector *)(job->x + from);
      const tile_mask at = __builtin_convertvector(*(const tile_bytes *)(job->small + from), tile_mask);
      T *dx = to + p->columns.base[ox] * channels + c;
      tile_mask k = {0};
      for (int64_t ky = 0; ky < p->rows.window; ky++)
        for (int64_t kx = 0; kx < p->columns.window; kx++, k += 1)
          *(tile_vector *)(dx + ky * line + kx * channels) = (tile_vector)((tile_mask)dy & (at == k));
    }
  for (int64_t ky = 0; ky < p->rows.window && covered < p->columns.in; ky++)
    memset(to + ky * line + covered * channels, 0, (size_t)((p->columns.in - covered) * channels) * sizeof(T));
  if (oy + 1 == p->rows.out && below < p->rows.in)
    memset(to + p->rows.window * line, 0, (size_t)((p->rows.in - below) * line) * sizeof(T));
}

static void spread_tiled_part(void *context, long begin, long end) {
  for (long row = begin; row < end; row++) spread_row_tiled(context, row);
}
