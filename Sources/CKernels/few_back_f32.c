// The gradient of the input of a convolution of pictures of few channels whose windows stand at every place: blocks of dy
// are turned so that a vector holds neighbouring places of one output, and each tap's sum over the outputs is then added
// to the picture as it lies.
#include "internal.h"
#include "pith_convolution.h"

#if defined(__x86_64__)

#define WIDE __attribute__((target("avx512f")))
enum { LANES = 16 };
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));

// Of rows `a` and `b` that are S apart, the S times S blocks off the diagonal change places.
#define EXCHANGE(S, FIRST, SECOND)                                                                    \
  _Pragma("clang loop unroll(full)") for (int i = 0; i < LANES; i++) if ((i & S) == 0) {              \
    const lanes a = row[i], b = row[i + S];                                                           \
    row[i] = __builtin_shufflevector(a, b, FIRST);                                                    \
    row[i + S] = __builtin_shufflevector(a, b, SECOND);                                               \
  }
#define LIST(...) __VA_ARGS__

/// Rows become columns: exchanges of blocks of 8, 4, 2 and 1.
WIDE __attribute__((always_inline)) static inline void turn(lanes row[LANES]) {
  EXCHANGE(8, LIST(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), LIST(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  EXCHANGE(4, LIST(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27), LIST(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  EXCHANGE(2, LIST(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29), LIST(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  EXCHANGE(1, LIST(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30), LIST(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
}

// T taps of 16 places: the sums over 16 outputs, added where each tap lies.
#define ADD_TAPS(NAME, T)                                                                                                  \
  WIDE __attribute__((always_inline)) static inline void NAME(const lanes row[LANES], const float *w, int64_t taps,         \
                                                              const int64_t *at, float *to) {                               \
    PITH_CONTRACT                                                                                                          \
    lanes sum[T] = {0};                                                                                                    \
    _Pragma("clang loop unroll(full)") for (int o = 0; o < LANES; o++)                                                     \
      _Pragma("clang loop unroll(full)") for (int t = 0; t < T; t++) sum[t] += w[o * taps + t] * row[o];                   \
    for (int t = 0; t < T; t++) *(lanes *)(to + at[t]) += sum[t];                                                          \
  }
ADD_TAPS(add_nine, 9)
ADD_TAPS(add_three, 3)
ADD_TAPS(add_one, 1)

struct back {
  const pith_windows *of;
  int64_t outputs, taps;
  int64_t rows, columns;  ///< of a plane: all places that windows reach, and to the right what a last block reaches beyond
  const float *dy, *w;    ///< w [outputs, taps], channels of a place together
  const int64_t *at;      ///< where each tap lies in the planes, from the first place of its window on
  float *dx;
  int failed;
};

/// At most 16 places of a row of dy.
WIDE static void add_block(const struct back *f, const float *dy, int64_t count, float *to) {
  const int64_t taps = f->taps;
  for (int64_t first = 0; first < f->outputs; first += LANES) {
    lanes row[LANES];
    if (count >= LANES) {
      _Pragma("clang loop unroll(full)") for (int p = 0; p < LANES; p++) row[p] = *(const lanes *)(dy + p * f->outputs + first);
    } else {
      for (int p = 0; p < LANES; p++) row[p] = p < count ? *(const lanes *)(dy + p * f->outputs + first) : (lanes){0};
    }
    turn(row);
    const float *w = f->w + first * taps;
    int64_t t = 0;
    for (; t + 9 <= taps; t += 9) add_nine(row, w + t, taps, f->at + t, to);
    for (; t + 3 <= taps; t += 3) add_three(row, w + t, taps, f->at + t, to);
    for (; t < taps; t++) add_one(row, w + t, taps, f->at + t, to);
  }
}

/// A picture out of its planes: channels together, without the places that padding had added.
static void gather(const struct back *f, const float *planes, float *dx) {
  const pith_windows *w = f->of;
  const int64_t c = w->channels, height = w->out[0] + w->kernel[0] - 1, width = w->out[1] + w->kernel[1] - 1;
  for (int64_t h = 0; h < w->size[0]; h++, dx += w->size[1] * c) {
    const int64_t row = h + w->before[0], left = w->before[1];
    const int64_t inside = row >= height || left >= width ? 0 : width - left < w->size[1] ? width - left : w->size[1];
    for (int64_t k = 0; k < c; k++) {
      const float *from = planes + (k * f->rows + row) * f->columns + left;
      for (int64_t j = 0; j < inside; j++) dx[j * c + k] = from[j];
    }
    memset(dx + inside * c, 0, (size_t)((w->size[1] - inside) * c) * sizeof(float));
  }
}

static void back_samples(void *context, long begin, long end) {
  struct back *f = context;
  const pith_windows *w = f->of;
  const size_t size = (size_t)(w->channels * f->rows * f->columns) * sizeof(float);
  float *planes = pith_take(size);
  if (planes == NULL) {
    f->failed = 1;
    return;
  }
  for (long n = begin; n < end; n++) {
    memset(planes, 0, size);
    for (int64_t h = 0; h < w->out[0]; h++) {
      const float *dy = f->dy + (n * w->out[0] + h) * w->out[1] * f->outputs;
      for (int64_t p = 0; p < w->out[1]; p += LANES) add_block(f, dy + p * f->outputs, w->out[1] - p, planes + h * f->columns + p);
    }
    gather(f, planes, f->dx + n * w->size[0] * w->size[1] * w->channels);
  }
  pith_give(planes);
}

int pith_few_back_fits(const pith_windows *w, int64_t outputs) {
  return outputs % LANES == 0 && w->stride[0] == 1 && w->stride[1] == 1 && w->dilation[0] == 1 && w->dilation[1] == 1;
}

int pith_few_back_even_f32(const pith_windows *w, int64_t batch, int64_t outputs, const float *dy, const float *weight, float *dx) {
  const int64_t area = w->kernel[0] * w->kernel[1], taps = area * w->channels;
  struct back f = {.of = w, .outputs = outputs, .taps = taps, .rows = w->out[0] + w->kernel[0] - 1,
                   .columns = (w->out[1] + LANES - 1) / LANES * LANES + w->kernel[1] - 1, .dy = dy, .dx = dx};
  float *packed = malloc((size_t)(outputs * taps) * sizeof(float));
  int64_t *at = malloc((size_t)taps * sizeof *at);
  f.failed = packed == NULL || at == NULL;
  if (!f.failed) {
    for (int64_t t = 0; t < taps; t++) {
      const int64_t channel = t % w->channels, place = t / w->channels;
      at[t] = (channel * f.rows + place / w->kernel[1]) * f.columns + place % w->kernel[1];
      for (int64_t o = 0; o < outputs; o++) packed[o * taps + t] = weight[o * taps + channel * area + place];
    }
    f.w = packed;
    f.at = at;
    const int64_t work = w->out[0] * w->out[1] * taps * outputs;
    pith_parallel_for(batch, (long)(1 + (1 << 20) / (work > 0 ? work : 1)), &f, back_samples);
  }
  free(packed);
  free(at);
  return f.failed;
}

#endif
