// Normalisation of one floating type T; SUFFIX(f) is our f for T.
#include "norm.h"

// Channels that are taken at once, and elements of a block that is read a second time while it is in the first cache.
enum { LANES = 64, BLOCK = 4096 };

struct norm_job {
  const T *x, *dy, *centre, *scale, *slope, *shift;
  T *y;
  double *first, *second, *room;
  size_t step, outer, channels, inner, chunks;
  int relu, last;
};

PITH_INLINE T block_sum(const T *x, size_t n) {
  PITH_REASSOCIATE
  T sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  return sum;
}

/// Σ (x - mean)², and what Σ (x - mean) is off from 0, which tells how far the mean is from the true one.
PITH_INLINE T block_squares(const T *x, size_t n, T mean, T *off) {
  PITH_REASSOCIATE
  T sum = 0, rest = 0;
  for (size_t i = 0; i < n; i++) {
    const T distance = x[i] - mean;
    sum += distance * distance;
    rest += distance;
  }
  *off = rest;
  return sum;
}

// MARK: moments

/// Of one channel whose places lie together.
/// - Source: Chan, Golub and LeVeque 1983, the merging of sums of squares.
static PITH_CLONES void plane_moments(const T *x, size_t n, double *mean, double *squares) {
  double m = 0, q = 0;
  for (size_t i = 0; i < n; i += BLOCK) {
    const size_t count = pith_min(BLOCK, n - i);
    const T about = block_sum(x + i, count) / (T)count;
    T rest;
    const double square = (double)block_squares(x + i, count, about, &rest), off = (double)rest / (double)count;
    const double delta = (double)about + off - m, share = (double)count / (double)(i + count);
    q += square - off * off * (double)count + delta * delta * (double)i * share;
    m += delta * share;
  }
  *mean = m;
  *squares = q < 0 ? 0 : q;
}

/// Of some channels next to each other over `rows` places that lie `channels` apart.
PITH_INLINE void lane_moments(const T *x, size_t channels, size_t lanes, size_t rows, size_t before, double *mean,
                              double *squares) {
  T sum[LANES], square[LANES], rest[LANES];
  for (size_t c = 0; c < lanes; c++) sum[c] = square[c] = rest[c] = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < lanes; c++) sum[c] += x[r * channels + c];
  for (size_t c = 0; c < lanes; c++) sum[c] /= (T)rows;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < lanes; c++) {
      const T distance = x[r * channels + c] - sum[c];
      square[c] += distance * distance;
      rest[c] += distance;
    }
  const double share = (double)rows / (double)(before + rows), weight = (double)before * share;
  for (size_t c = 0; c < lanes; c++) {
    const double off = (double)rest[c] / (double)rows, delta = (double)sum[c] + off - mean[c];
    mean[c] += delta * share;
    squares[c] += (double)square[c] - off * off * (double)rows + delta * delta * weight;
  }
}

static PITH_CLONES void chunk_moments(const T *x, size_t channels, size_t rows, double *mean, double *squares) {
  const size_t wanted = BLOCK / channels, at_once = wanted < 8 ? 8 : wanted > 256 ? 256 : wanted;
  for (size_t c = 0; c < channels; c++) mean[c] = squares[c] = 0;
  for (size_t r = 0; r < rows; r += at_once) {
    const size_t count = pith_min(at_once, rows - r);
    size_t c = 0;
    for (; c + LANES <= channels; c += LANES)
      lane_moments(x + r * channels + c, channels, LANES, count, r, mean + c, squares + c);
    if (c < channels) lane_moments(x + r * channels + c, channels, channels - c, count, r, mean + c, squares + c);
  }
}

/// The places of a chunk of one outer part.
PITH_INLINE void chunk_of(const struct norm_job *job, size_t part, size_t *outer, size_t *from, size_t *to) {
  const size_t size = (job->inner + job->chunks - 1) / job->chunks, chunk = part % job->chunks;
  *outer = part / job->chunks;
  *from = pith_min(chunk * size, job->inner);
  *to = pith_min(*from + size, job->inner);
}

static void moments_part(void *context, long begin, long end) {
  const struct norm_job *job = context;
  for (size_t part = (size_t)begin; part < (size_t)end; part++) {
    if (!job->last) {
      plane_moments(job->x + part * job->inner, job->inner, job->first + part, job->second + part);
      continue;
    }
    size_t outer, from, to;
    chunk_of(job, part, &outer, &from, &to);
    double *room = job->room + 2 * part * job->channels;
    chunk_moments(job->x + (outer * job->inner + from) * job->channels, job->channels, to - from, room,
                  room + job->channels);
  }
}

/// Runs over all channels, or over all chunks with the channels last.
static void run_norm(struct norm_job *job, void (*body)(void *, long, long)) {
  job->chunks = norm_chunks(job->channels, job->inner);
  const size_t parts = job->outer * (job->last ? job->chunks : job->channels);
  const size_t cost = job->last ? job->inner * job->channels / job->chunks : job->inner;
  pith_parallel_for((long)parts, (long)(1 + PITH_GRAIN_DEAR / (cost + 1)), job, body);
}

void SUFFIX(pith_moments)(const T *x, size_t outer, size_t channels, size_t inner, int last, double *mean,
                          double *squares, double *room) {
  struct norm_job job = {.x = x, .first = mean, .second = squares, .room = room, .outer = outer, .channels = channels,
                         .inner = inner, .last = last};
  if (outer == 0 || channels == 0 || inner == 0) return;
  run_norm(&job, moments_part);
  if (!last) return;
  for (size_t o = 0; o < outer; o++)
    for (size_t c = 0; c < channels; c++) {
      double m = 0, q = 0, n = 0;
      for (size_t part = o * job.chunks; part < (o + 1) * job.chunks; part++) {
        size_t at, from, to;
        chunk_of(&job, part, &at, &from, &to);
        if (from == to) continue;
        const double count = (double)(to - from), *here = room + 2 * part * channels;
        const double delta = here[c] - m, share = count / (n + count);
        q += here[channels + c] + delta * delta * n * share;
        m += delta * share;
        n += count;
      }
      mean[o * channels + c] = m;
      squares[o * channels + c] = q;
    }
}

// MARK: sums of the backward pass

static PITH_CLONES void plane_dots(const T *dy, const T *x, size_t n, T centre, double *sum, double *dot) {
  PITH_REASSOCIATE
  double total = 0, product = 0;
  for (size_t i = 0; i < n; i += BLOCK) {
    const size_t end = pith_min(n, i + BLOCK);
    T s = 0, p = 0;
    for (size_t k = i; k < end; k++) {
      s += dy[k];
      p += dy[k] * (x[k] - centre);
    }
    total += (double)s;
    product += (double)p;
  }
  *sum = total;
  *dot = product;
}

PITH_INLINE void lane_dots(const T *dy, const T *x, const T *centre, size_t channels, size_t lanes, size_t rows,
                           double *sum, double *dot) {
  PITH_CONTRACT
  T s[LANES], p[LANES];
  for (size_t c = 0; c < lanes; c++) s[c] = p[c] = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < lanes; c++) {
      s[c] += dy[r * channels + c];
      p[c] += dy[r * channels + c] * (x[r * channels + c] - centre[c]);
    }
  for (size_t c = 0; c < lanes; c++) {
    sum[c] += (double)s[c];
    dot[c] += (double)p[c];
  }
}

static PITH_CLONES void chunk_dots(const T *dy, const T *x, const T *centre, size_t channels, size_t rows, double *sum,
                                   double *dot) {
  const size_t at_once = 128;
  for (size_t c = 0; c < channels; c++) sum[c] = dot[c] = 0;
  for (size_t r = 0; r < rows; r += at_once) {
    const size_t count = pith_min(at_once, rows - r), at = r * channels;
    size_t c = 0;
    for (; c + LANES <= channels; c += LANES)
      lane_dots(dy + at + c, x + at + c, centre + c, channels, LANES, count, sum + c, dot + c);
    if (c < channels)
      lane_dots(dy + at + c, x + at + c, centre + c, channels, channels - c, count, sum + c, dot + c);
  }
}

static void dots_part(void *context, long begin, long end) {
  const struct norm_job *job = context;
  for (size_t part = (size_t)begin; part < (size_t)end; part++) {
    if (!job->last) {
      const size_t outer = part / job->channels, c = part % job->channels;
      plane_dots(job->dy + part * job->inner, job->x + part * job->inner, job->inner,
                 job->centre[outer * job->step + c], job->first + part, job->second + part);
      continue;
    }
    size_t outer, from, to;
    chunk_of(job, part, &outer, &from, &to);
    double *room = job->room + 2 * part * job->channels;
    const size_t at = (outer * job->inner + from) * job->channels;
    chunk_dots(job->dy + at, job->x + at, job->centre + outer * job->step, job->channels, to - from, room,
               room + job->channels);
  }
}

void SUFFIX(pith_dots)(const T *dy, const T *x, const T *centre, size_t step, size_t outer, size_t channels,
                       size_t inner, int last, double *sum, double *dot, double *room) {
  struct norm_job job = {.dy = dy, .x = x, .centre = centre, .step = step, .first = sum, .second = dot, .room = room,
                         .outer = outer, .channels = channels, .inner = inner, .last = last};
  if (outer == 0 || channels == 0) return;
  run_norm(&job, dots_part);
  if (!last) return;
  for (size_t o = 0; o < outer; o++) {
    double *s = sum + o * channels, *d = dot + o * channels;
    for (size_t c = 0; c < channels; c++) s[c] = d[c] = 0;
    for (size_t part = o * job.chunks; part < (o + 1) * job.chunks; part++) {
      const double *here = room + 2 * part * channels;
      for (size_t c = 0; c < channels; c++) {
        s[c] += here[c];
        d[c] += here[channels + c];
      }
    }
  }
}

// MARK: elements

PITH_INLINE T cut(T v, int relu) { return relu && v < 0 ? 0 : v; }

static PITH_CLONES void normalise_plane(const T *x, T centre, T scale, T shift, int relu, T *y, size_t n) {
  PITH_CONTRACT
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] = cut((x[i] - centre) * scale + shift, relu);
}

static PITH_CLONES void normalise_rows(const T *x, const T *centre, const T *scale, const T *shift, int relu, T *y,
                                       size_t rows, size_t channels) {
  PITH_CONTRACT
  for (size_t r = 0; r < rows; r++, x += channels, y += channels) {
    PITH_INDEPENDENT
    for (size_t c = 0; c < channels; c++) y[c] = cut((x[c] - centre[c]) * scale[c] + shift[c], relu);
  }
}

static void normalise_part(void *context, long begin, long end) {
  const struct norm_job *job = context;
  for (size_t part = (size_t)begin; part < (size_t)end; part++) {
    if (!job->last) {
      const size_t at = part / job->channels * job->step + part % job->channels;
      normalise_plane(job->x + part * job->inner, job->centre[at], job->scale[at], job->shift[at], job->relu,
                      job->y + part * job->inner, job->inner);
      continue;
    }
    size_t outer, from, to;
    chunk_of(job, part, &outer, &from, &to);
    const size_t at = (outer * job->inner + from) * job->channels, list = outer * job->step;
    normalise_rows(job->x + at, job->centre + list, job->scale + list, job->shift + list, job->relu, job->y + at,
                   to - from, job->channels);
  }
}

void SUFFIX(pith_normalise)(const T *x, const T *centre, const T *scale, const T *shift, size_t step, size_t outer,
                            size_t channels, size_t inner, int last, int relu, T *y) {
  struct norm_job job = {.x = x, .centre = centre, .scale = scale, .shift = shift, .step = step, .y = y,
                         .outer = outer, .channels = channels, .inner = inner, .last = last, .relu = relu};
  run_norm(&job, normalise_part);
}

static PITH_CLONES void backward_plane(const T *dy, const T *x, T centre, T scale, T slope, T shift, T *dx, size_t n) {
  PITH_CONTRACT
  if (x == NULL) {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * scale;
    return;
  }
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) dx[i] = dy[i] * scale + ((x[i] - centre) * slope + shift);
}

static PITH_CLONES void backward_rows(const struct norm_job *job, size_t at, size_t list, size_t rows) {
  PITH_CONTRACT
  const size_t channels = job->channels;
  const T *dy = job->dy + at, *scale = job->scale + list;
  T *dx = job->y + at;
  if (job->x == NULL) {
    for (size_t r = 0; r < rows; r++, dy += channels, dx += channels) {
      PITH_INDEPENDENT
      for (size_t c = 0; c < channels; c++) dx[c] = dy[c] * scale[c];
    }
    return;
  }
  const T *x = job->x + at, *centre = job->centre + list, *slope = job->slope + list, *shift = job->shift + list;
  for (size_t r = 0; r < rows; r++, dy += channels, x += channels, dx += channels) {
    PITH_INDEPENDENT
    for (size_t c = 0; c < channels; c++) dx[c] = dy[c] * scale[c] + ((x[c] - centre[c]) * slope[c] + shift[c]);
  }
}

static void backward_part(void *context, long begin, long end) {
  const struct norm_job *job = context;
  for (size_t part = (size_t)begin; part < (size_t)end; part++) {
    if (!job->last) {
      const size_t at = part / job->channels * job->step + part % job->channels, from = part * job->inner;
      if (job->x == NULL) backward_plane(job->dy + from, NULL, 0, job->scale[at], 0, 0, job->y + from, job->inner);
      else
        backward_plane(job->dy + from, job->x + from, job->centre[at], job->scale[at], job->slope[at], job->shift[at],
                       job->y + from, job->inner);
      continue;
    }
    size_t outer, from, to;
    chunk_of(job, part, &outer, &from, &to);
    backward_rows(job, (outer * job->inner + from) * job->channels, outer * job->step, to - from);
  }
}

void SUFFIX(pith_normalise_backward)(const T *dy, const T *x, const T *centre, const T *scale, const T *slope,
                                     const T *shift, size_t step, size_t outer, size_t channels, size_t inner,
                                     int last, T *dx) {
  struct norm_job job = {.dy = dy, .x = slope == NULL ? NULL : x, .centre = centre, .scale = scale, .slope = slope,
                         .shift = shift, .step = step, .y = dx, .outer = outer, .channels = channels, .inner = inner,
                         .last = last};
  run_norm(&job, backward_part);
}

// MARK: rows

struct rows_job {
  const T *dy, *x, *weight, *mean, *rstd;
  T *dx;
  double *room;
  size_t rows, n, chunk;
};

static PITH_CLONES void row_backward(const T *dy, const T *x, const T *weight, T mean, T rstd, T *dx, size_t n) {
  PITH_REASSOCIATE
  T sum = 0, dot = 0;
  if (weight != NULL) {
    for (size_t i = 0; i < n; i++) {
      const T g = dy[i] * weight[i];
      sum += g;
      dot += g * (x[i] - mean);
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      sum += dy[i];
      dot += dy[i] * (x[i] - mean);
    }
  }
  const T slope = -dot * rstd * rstd * rstd / (T)n, shift = -sum * rstd / (T)n;
  if (weight != NULL) {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * weight[i] * rstd + ((x[i] - mean) * slope + shift);
  } else {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * rstd + ((x[i] - mean) * slope + shift);
  }
}

static PITH_CLONES void row_sums(const T *dy, const T *x, T mean, T rstd, double *dweight, double *dbias, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) {
    dweight[i] += (double)(dy[i] * ((x[i] - mean) * rstd));
    dbias[i] += (double)dy[i];
  }
}

static void rows_part(void *context, long begin, long end) {
  const struct rows_job *job = context;
  const size_t n = job->n;
  for (size_t part = (size_t)begin; part < (size_t)end; part++) {
    double *dweight = job->room == NULL ? NULL : job->room + 2 * part * n;
    if (dweight != NULL) memset(dweight, 0, 2 * n * sizeof(double));
    const size_t last = pith_min((part + 1) * job->chunk, job->rows);
    for (size_t r = part * job->chunk; r < last; r++) {
      const T *dy = job->dy + r * n, *x = job->x + r * n;
      if (job->dx != NULL) row_backward(dy, x, job->weight, job->mean[r], job->rstd[r], job->dx + r * n, n);
      if (dweight != NULL) row_sums(dy, x, job->mean[r], job->rstd[r], dweight, dweight + n, n);
    }
  }
}

void SUFFIX(pith_layer_norm_backward)(const T *dy, const T *x, const T *weight, const T *mean, const T *rstd,
                                      size_t rows, size_t n, T *dx, T *dweight, T *dbias, double *room) {
  const size_t chunks = norm_chunks(n, rows), chunk = (rows + chunks - 1) / chunks;
  struct rows_job job = {dy, x, weight, mean, rstd, dx, dweight == NULL ? NULL : room, rows, n, chunk};
  pith_parallel_for((long)chunks, (long)(1 + PITH_GRAIN_DEAR / (chunk * n + 1)), &job, rows_part);
  if (dweight == NULL) return;
  for (size_t i = 0; i < n; i++) {
    double w = 0, b = 0;
    for (size_t part = 0; part < chunks; part++) {
      w += room[2 * part * n + i];
      b += room[2 * part * n + n + i];
    }
    dweight[i] = (T)w;
    dbias[i] = (T)b;
  }
}
