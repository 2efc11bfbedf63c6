// Convolutions of pictures of few channels, such as grey or red, green and blue: oneDNN fills its vectors with channels of
// the input, of which there are too few. Here a vector holds channels of the output, and a number of the input meets all
// of them.
#include "internal.h"
#include "pith_convolution.h"

#if defined(__x86_64__)

#define WIDE __attribute__((target("avx512f")))
enum { LANES = 16 };
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(64)));

int pith_few_is_fast(void) { return __builtin_cpu_supports("avx512f"); }

/// y [P, V vectors] = start + the sum over `taps` of x at the tap, P numbers `step` apart, times the tap's row of w.
#define TILE(NAME, P, V)                                                                                       \
  WIDE static void NAME(const float *x, int64_t step, const int32_t *at, int64_t taps, const float *w,          \
                        int64_t w_row, const float *start, int relu, float *y, int64_t y_row) {                  \
    lanes sum[P][V];                                                                                           \
    _Pragma("clang loop unroll(full)") for (int p = 0; p < P; p++)                                             \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) sum[p][v] = *(const lanes *)(start + v * LANES); \
    for (int64_t t = 0; t < taps; t++, w += w_row) {                                                           \
      PITH_CONTRACT                                                                                            \
      const float *from = x + at[t];                                                                           \
      lanes row[V];                                                                                            \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) row[v] = *(const lanes *)(w + v * LANES);  \
      _Pragma("clang loop unroll(full)") for (int p = 0; p < P; p++)                                           \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) sum[p][v] += from[p * step] * row[v];   \
    }                                                                                                          \
    _Pragma("clang loop unroll(full)") for (int p = 0; p < P; p++)                                             \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) {                                         \
        /* What is not below 0, NaN too, stays. */                                                             \
        if (relu) sum[p][v] = (lanes)((mask)sum[p][v] & ~(sum[p][v] < 0));                                     \
        *(lanes *)(y + p * y_row + v * LANES) = sum[p][v];                                                     \
      }                                                                                                        \
  }

TILE(tile_6x4, 6, 4)
TILE(tile_8x2, 8, 2)
TILE(tile_12x1, 12, 1)
TILE(tile_1x4, 1, 4)
TILE(tile_1x2, 1, 2)
TILE(tile_1x1, 1, 1)

typedef void (*tile)(const float *, int64_t, const int32_t *, int64_t, const float *, int64_t, const float *, int, float *, int64_t);

/// A row of `count` places: y [count, width], width a multiple of the lanes.
static void run_row(const float *x, int64_t step, int64_t count, const int32_t *at, int64_t taps, const float *w,
                    int64_t width, const float *start, int relu, float *y) {
  for (int64_t o = 0; o < width;) {
    const int64_t vectors = (width - o) / LANES, v = vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1, many = v == 4 ? 6 : v == 2 ? 8 : 12;
    const tile whole = v == 4 ? tile_6x4 : v == 2 ? tile_8x2 : tile_12x1, single = v == 4 ? tile_1x4 : v == 2 ? tile_1x2 : tile_1x1;
    int64_t p = 0;
    for (; p + many <= count; p += many)
      whole(x + p * step, step, at, taps, w + o, width, start + o, relu, y + p * width + o, width);
    if (p < count && count >= many) {
      // The last ones once more with those before them.
      p = count - many;
      whole(x + p * step, step, at, taps, w + o, width, start + o, relu, y + p * width + o, width);
      p = count;
    }
    for (; p < count; p++) single(x + p * step, step, at, taps, w + o, width, start + o, relu, y + p * width + o, width);
    o += v * LANES;
  }
}

static int64_t rounded(int64_t n) { return (n + LANES - 1) / LANES * LANES; }

/// What all parts of a call share.
struct few {
  const pith_windows *of;
  int64_t batch, outputs, width, taps;
  int64_t row;             ///< numbers in a row of the padded copy, whose places hold their channels together
  const int64_t *x_steps;  ///< of sample, channel, row, column
  const float *x, *w, *start, *dy;
  const int32_t *at;
  float *y, *dx, *sums;    ///< sums [parts, taps rounded up + 1, width]
  int relu, failed;
  int64_t parts;
};

static int64_t span(const pith_windows *w, int d) { return (w->out[d] - 1) * w->stride[d] + (w->kernel[d] - 1) * w->dilation[d] + 1; }

/// Numbers of the padded copy that the output rows `first ..< last` of a sample read.
static int64_t padded_size(const struct few *f, int64_t first, int64_t last) {
  const pith_windows *w = f->of;
  return ((last - first - 1) * w->stride[0] + (w->kernel[0] - 1) * w->dilation[0] + 1) * f->row;
}

/// The rows of x that the output rows `first ..< last` of a sample read, zeros around them.
static void pad(const struct few *f, int64_t n, int64_t first, int64_t last, float *to) {
  const pith_windows *w = f->of;
  const int64_t c = w->channels, columns = f->row / c, rows = padded_size(f, first, last) / f->row;
  const int64_t left = w->before[1] < columns ? w->before[1] : columns;
  const int64_t end = left + w->size[1] < columns ? left + w->size[1] : columns;
  const int is_together = (c == 1 || f->x_steps[1] == 1) && f->x_steps[3] == c;
  for (int64_t r = 0; r < rows; r++, to += f->row) {
    const int64_t h = first * w->stride[0] + r - w->before[0];
    if (h < 0 || h >= w->size[0]) {
      memset(to, 0, (size_t)f->row * sizeof(float));
      continue;
    }
    memset(to, 0, (size_t)(left * c) * sizeof(float));
    memset(to + end * c, 0, (size_t)((columns - end) * c) * sizeof(float));
    const float *from = f->x + n * f->x_steps[0] + h * f->x_steps[2];
    float *inside = to + left * c;
    if (is_together) {
      memcpy(inside, from, (size_t)((end - left) * c) * sizeof(float));
      continue;
    }
    for (int64_t k = 0; k < c; k++)
      for (int64_t j = 0; j < end - left; j++) inside[j * c + k] = from[k * f->x_steps[1] + j * f->x_steps[3]];
  }
}

/// Calls `row` for each output row of `begin ..< end`, counted over all samples, with the padded rows that it reads.
static void each_row(struct few *f, int64_t begin, int64_t end, void *context,
                     void (*row)(const struct few *f, void *context, int64_t i, const float *padded)) {
  const pith_windows *w = f->of;
  // A band of output rows at a time, whose input stays in the cache.
  const int64_t most = (1 << 16) / (w->stride[0] * f->row) + 1, band = most < w->out[0] ? most : w->out[0];
  float *padded = pith_take((size_t)padded_size(f, 0, band) * sizeof(float));
  if (padded == NULL) f->failed = 1;
  for (int64_t i = begin; i < end && padded != NULL;) {
    const int64_t n = i / w->out[0], first = i % w->out[0], rest = w->out[0] - first < end - i ? w->out[0] - first : end - i;
    const int64_t rows = rest < band ? rest : band;
    pad(f, n, first, first + rows, padded);
    for (int64_t r = 0; r < rows; r++) row(f, context, i + r, padded + r * w->stride[0] * f->row);
    i += rows;
  }
  pith_give(padded);
}

static void forward_row(const struct few *f, void *wide, int64_t i, const float *padded) {
  const pith_windows *w = f->of;
  float *y = f->y + i * w->out[1] * f->outputs, *to = f->width == f->outputs ? y : wide;
  run_row(padded, w->stride[1] * w->channels, w->out[1], f->at, f->taps, f->w, f->width, f->start, f->relu, to);
  if (to != y)
    for (int64_t p = 0; p < w->out[1]; p++) memcpy(y + p * f->outputs, to + p * f->width, (size_t)f->outputs * sizeof(float));
}

static void forward_rows(void *context, long begin, long end) {
  struct few *f = context;
  float *wide = pith_take((size_t)(f->of->out[1] * f->width) * sizeof(float));
  if (wide == NULL) f->failed = 1;
  else each_row(f, begin, end, wide, forward_row);
  pith_give(wide);
}

/// Where each tap lies in the padded copy, in the order of a weight's window with the channel last.
static int32_t *taps_of(const pith_windows *w, int64_t row, int64_t count) {
  int32_t *at = malloc((size_t)count * sizeof *at);
  if (at == NULL) return NULL;
  int64_t t = 0;
  for (int64_t i = 0; i < w->kernel[0]; i++)
    for (int64_t j = 0; j < w->kernel[1]; j++)
      for (int64_t c = 0; c < w->channels; c++) at[t++] = (int32_t)(i * w->dilation[0] * row + j * w->dilation[1] * w->channels + c);
  while (t < count) at[t++] = 0;
  return at;
}

/// Where the number of a tap stands in the weight of an output [channels, window].
static int64_t place(const pith_windows *w, int64_t tap) {
  return tap % w->channels * w->kernel[0] * w->kernel[1] + tap / w->channels;
}

static long grain(const struct few *f) {
  const int64_t work = f->of->out[1] * f->taps * f->width;
  return (long)(1 + (1 << 20) / (work > 0 ? work : 1));
}

int pith_few_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *x, const int64_t *x_steps,
                 const float *weight, const float *bias, int relu, float *y) {
  struct few f = {.of = w, .batch = batch, .outputs = outputs, .width = rounded(outputs), .row = span(w, 1) * w->channels,
                  .taps = w->kernel[0] * w->kernel[1] * w->channels, .x = x, .x_steps = x_steps, .y = y, .relu = relu};
  float *packed = calloc((size_t)((f.taps + 1) * f.width), sizeof(float)), *start = packed + f.taps * f.width;
  int32_t *at = taps_of(w, f.row, f.taps);
  f.failed = packed == NULL || at == NULL;
  if (!f.failed) {
    for (int64_t o = 0; o < outputs; o++)
      for (int64_t t = 0; t < f.taps; t++) packed[t * f.width + o] = weight[o * f.taps + place(w, t)];
    if (bias != NULL) memcpy(start, bias, (size_t)outputs * sizeof(float));
    f.w = packed;
    f.start = start;
    f.at = at;
    pith_parallel_for(batch * w->out[0], grain(&f), &f, forward_rows);
  }
  free(packed);
  free(at);
  return f.failed;
}

/// dx += the columns [out, taps] of one output row, at the places that they came from; channels together.
WIDE static void spread(const struct few *f, int64_t oh, const float *columns, float *dx) {
  const pith_windows *w = f->of;
  const int64_t c = w->channels, length = w->kernel[1] * c;
  for (int64_t i = 0; i < w->kernel[0]; i++) {
    const int64_t h = oh * w->stride[0] + i * w->dilation[0] - w->before[0];
    if (h < 0 || h >= w->size[0]) continue;
    float *line = dx + h * w->size[1] * c;
    for (int64_t p = 0; p < w->out[1]; p++) {
      const float *from = columns + p * f->width + i * length;
      const int64_t left = p * w->stride[1] - w->before[1];
      if (w->dilation[1] == 1 && left >= 0 && left + w->kernel[1] <= w->size[1]) {
        for (int64_t j = 0; j < length; j++) line[left * c + j] += from[j];
        continue;
      }
      for (int64_t j = 0; j < w->kernel[1]; j++) {
        const int64_t at = left + j * w->dilation[1];
        if (at >= 0 && at < w->size[1])
          for (int64_t k = 0; k < c; k++) line[at * c + k] += from[j * c + k];
      }
    }
  }
}

static void back_samples(void *context, long begin, long end) {
  struct few *f = context;
  const pith_windows *w = f->of;
  const int64_t area = w->size[0] * w->size[1] * w->channels;
  float *columns = pith_take((size_t)(w->out[1] * f->width) * sizeof(float));
  if (columns == NULL) {
    f->failed = 1;
    return;
  }
  for (long n = begin; n < end; n++) {
    float *dx = f->dx + n * area;
    memset(dx, 0, (size_t)area * sizeof(float));
    for (int64_t oh = 0; oh < w->out[0]; oh++) {
      const float *dy = f->dy + (n * w->out[0] + oh) * w->out[1] * f->outputs;
      run_row(dy, f->outputs, w->out[1], f->at, f->outputs, f->w, f->width, f->start, 0, columns);
      spread(f, oh, columns, dx);
    }
  }
  pith_give(columns);
}

int pith_few_back_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *dy, const float *weight, float *dx) {
  if (pith_few_back_fits(w, outputs)) return pith_few_back_even_f32(w, batch, outputs, dy, weight, dx);
  const int64_t taps = w->kernel[0] * w->kernel[1] * w->channels;
  // The row kernel with the parts exchanged: it sums over outputs, and a vector holds taps.
  struct few f = {.of = w, .batch = batch, .outputs = outputs, .width = rounded(taps), .taps = taps, .dy = dy, .dx = dx};
  float *packed = calloc((size_t)((outputs + 1) * f.width), sizeof(float));
  int32_t *at = malloc((size_t)outputs * sizeof *at);
  f.failed = packed == NULL || at == NULL;
  if (!f.failed) {
    for (int64_t o = 0; o < outputs; o++) {
      at[o] = (int32_t)o;
      for (int64_t t = 0; t < taps; t++) packed[o * f.width + t] = weight[o * taps + place(w, t)];
    }
    f.w = packed;
    f.start = packed + outputs * f.width;
    f.at = at;
    const int64_t work = w->out[0] * w->out[1] * taps * outputs;
    pith_parallel_for(batch, (long)(1 + (1 << 20) / (work > 0 ? work : 1)), &f, back_samples);
  }
  free(packed);
  free(at);
  return f.failed;
}

/// sums [T, V vectors] += the sum over places of x at each of T taps times dy.
#define TAPS(NAME, T, V)                                                                                       \
  WIDE static void NAME(const float *x, int64_t step, int64_t count, const int32_t *at, const float *dy,        \
                        int64_t dy_row, float *sums, int64_t row) {                                             \
    lanes sum[T][V] = {0};                                                                                     \
    const float *from[T];                                                                                      \
    _Pragma("clang loop unroll(full)") for (int t = 0; t < T; t++) from[t] = x + at[t];                        \
    for (int64_t p = 0; p < count; p++, dy += dy_row) {                                                        \
      PITH_CONTRACT                                                                                            \
      lanes d[V];                                                                                              \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) d[v] = *(const lanes *)(dy + v * LANES);  \
      _Pragma("clang loop unroll(full)") for (int t = 0; t < T; t++)                                           \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) sum[t][v] += from[t][p * step] * d[v];  \
    }                                                                                                          \
    _Pragma("clang loop unroll(full)") for (int t = 0; t < T; t++)                                             \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v++) *(lanes *)(sums + t * row + v * LANES) += sum[t][v]; \
  }

// Taps at a time: a multiple of all three.
enum { TAPS_STEP = 18 };
TAPS(taps_6x4, 6, 4)
TAPS(taps_9x2, 9, 2)
TAPS(taps_9x1, 9, 1)

/// Adds what one output row gives; the last row of the sums is that of dy alone.
WIDE static void weigh_row(const struct few *f, const float *padded, const float *dy, int64_t taps, float *sums) {
  const int64_t step = f->of->stride[1] * f->of->channels, count = f->of->out[1];
  for (int64_t o = 0; o < f->width;) {
    const int64_t vectors = (f->width - o) / LANES, v = vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1;
    for (int64_t t = 0; t < taps; t += v == 4 ? 6 : 9)
      (v == 4 ? taps_6x4 : v == 2 ? taps_9x2 : taps_9x1)(padded, step, count, f->at + t, dy + o, f->width,
                                                         sums + t * f->width + o, f->width);
    o += v * LANES;
  }
  float *total = sums + taps * f->width;
  for (int64_t o = 0; o < f->width; o += LANES) {
    lanes sum = {0};
    for (int64_t p = 0; p < count; p++) sum += *(const lanes *)(dy + p * f->width + o);
    *(lanes *)(total + o) += sum;
  }
}

static int64_t padded_taps(int64_t taps) { return (taps + TAPS_STEP - 1) / TAPS_STEP * TAPS_STEP; }

/// Where a part adds up, and a row of dy with whole vectors.
struct sums {
  float *sums, *wide;
};

static void add_row(const struct few *f, void *context, int64_t i, const float *padded) {
  const struct sums *to = context;
  const float *dy = f->dy + i * f->of->out[1] * f->outputs;
  if (f->width != f->outputs) {
    for (int64_t p = 0; p < f->of->out[1]; p++) memcpy(to->wide + p * f->width, dy + p * f->outputs, (size_t)f->outputs * sizeof(float));
    dy = to->wide;
  }
  weigh_row(f, padded, dy, padded_taps(f->taps), to->sums);
}

static void weigh_parts(void *context, long begin, long end) {
  struct few *f = context;
  const int64_t size = (padded_taps(f->taps) + 1) * f->width, all = f->batch * f->of->out[0];
  struct sums to = {NULL, calloc((size_t)(f->of->out[1] * f->width), sizeof(float))};
  if (to.wide == NULL) f->failed = 1;
  for (long part = begin; part < end && to.wide != NULL; part++) {
    to.sums = f->sums + part * size;
    each_row(f, all * part / f->parts, all * (part + 1) / f->parts, &to, add_row);
  }
  free(to.wide);
}

int pith_few_weights_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *x, const int64_t *x_steps,
                         const float *dy, float *dw, float *db) {
  struct few f = {.of = w, .batch = batch, .outputs = outputs, .width = rounded(outputs), .row = span(w, 1) * w->channels,
                  .taps = w->kernel[0] * w->kernel[1] * w->channels, .x = x, .x_steps = x_steps, .dy = dy};
  const int64_t rows = batch * w->out[0], most = pith_threads(), taps = padded_taps(f.taps), size = (taps + 1) * f.width;
  f.parts = rows / grain(&f) < most ? rows / grain(&f) : most;
  if (f.parts < 1) f.parts = 1;
  f.sums = calloc((size_t)(f.parts * size), sizeof(float));
  int32_t *at = taps_of(w, f.row, taps);
  f.failed = f.sums == NULL || at == NULL;
  f.at = at;
  if (!f.failed) pith_parallel_for(f.parts, 1, &f, weigh_parts);
  if (!f.failed) {
    for (int64_t part = 1; part < f.parts; part++) pith_add_inplace_f32(f.sums + part * size, f.sums, (size_t)size);
    for (int64_t o = 0; o < outputs; o++)
      for (int64_t t = 0; t < f.taps; t++) dw[o * f.taps + place(w, t)] = f.sums[t * f.width + o];
    if (db != NULL) memcpy(db, f.sums + taps * f.width, (size_t)outputs * sizeof(float));
  }
  free(f.sums);
  free(at);
  return f.failed;
}

#else

int pith_few_is_fast(void) { return 0; }
int pith_few_f32(const pith_windows *, int64_t, int64_t, const float *, const int64_t *, const float *, const float *, int,
                 float *) { return 1; }
int pith_few_back_f32(const pith_windows *, int64_t, int64_t, const float *, const float *, float *) { return 1; }
int pith_few_back_fits(const pith_windows *, int64_t) { return 0; }
int pith_few_back_even_f32(const pith_windows *, int64_t, int64_t, const float *, const float *, float *) { return 1; }
int pith_few_weights_f32(const pith_windows *, int64_t, int64_t, const float *, const int64_t *, const float *, float *,
                         float *) { return 1; }

#endif
