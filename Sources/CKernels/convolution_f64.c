// Patches of pictures as columns of a matrix, and back.
#include "internal.h"
#include "pith_convolution.h"

/// The steps `first ..< *last` of a dimension at which place `at` of the window lies inside of `size`.
static int64_t inside(int64_t at, int64_t size, int64_t stride, int64_t out, int64_t *last) {
  const int64_t first = at < 0 ? (-at + stride - 1) / stride : 0, rest = size - at;
  const int64_t end = rest <= 0 ? 0 : (rest + stride - 1) / stride;
  *last = end < out ? end : out;
  return first < *last ? first : *last;
}

struct job {
  const pith_windows *windows;
  const double *from;
  double *to;
};

static void unfold(void *context, long begin, long end) {
  const struct job *job = context;
  const pith_windows *w = job->windows;
  double *row = job->to + begin * w->kernel[0] * w->kernel[1] * w->out[0] * w->out[1];
  for (long c = begin; c < end; c++) {
    const double *x = job->from + c * w->size[0] * w->size[1];
    for (int64_t i = 0; i < w->kernel[0]; i++)
      for (int64_t j = 0; j < w->kernel[1]; j++) {
        const int64_t left = j * w->dilation[1] - w->before[1], step = w->stride[1];
        int64_t last;
        const int64_t first = inside(left, w->size[1], step, w->out[1], &last);
        for (int64_t oh = 0; oh < w->out[0]; oh++, row += w->out[1]) {
          const int64_t h = oh * w->stride[0] + i * w->dilation[0] - w->before[0];
          if (h < 0 || h >= w->size[0] || first >= last) {
            pith_fill_f64(row, (size_t)w->out[1], 0);
            continue;
          }
          const double *line = x + h * w->size[1] + left;
          pith_fill_f64(row, (size_t)first, 0);
          for (int64_t ow = first; ow < last; ow++) row[ow] = line[ow * step];
          pith_fill_f64(row + last, (size_t)(w->out[1] - last), 0);
        }
      }
  }
}

static void fold(void *context, long begin, long end) {
  const struct job *job = context;
  const pith_windows *w = job->windows;
  const double *row = job->from + begin * w->kernel[0] * w->kernel[1] * w->out[0] * w->out[1];
  for (long c = begin; c < end; c++) {
    double *x = job->to + c * w->size[0] * w->size[1];
    for (int64_t i = 0; i < w->kernel[0]; i++)
      for (int64_t j = 0; j < w->kernel[1]; j++) {
        const int64_t left = j * w->dilation[1] - w->before[1], step = w->stride[1];
        int64_t last;
        const int64_t first = inside(left, w->size[1], step, w->out[1], &last);
        for (int64_t oh = 0; oh < w->out[0]; oh++, row += w->out[1]) {
          const int64_t h = oh * w->stride[0] + i * w->dilation[0] - w->before[0];
          if (h < 0 || h >= w->size[0]) continue;
          double *line = x + h * w->size[1] + left;
          for (int64_t ow = first; ow < last; ow++) line[ow * step] += row[ow];
        }
      }
  }
}

static long grain(const pith_windows *w) {
  const int64_t area = w->kernel[0] * w->kernel[1] * w->out[0] * w->out[1];
  return (long)(1 + (1 << 15) / (area > 0 ? area : 1));
}

void pith_unfold_f64(const pith_windows *w, const double *x, double *columns) {
  struct job job = {w, x, columns};
  pith_parallel_for(w->channels, grain(w), &job, unfold);
}

void pith_fold_f64(const pith_windows *w, const double *columns, double *x) {
  struct job job = {w, columns, x};
  pith_parallel_for(w->channels, grain(w), &job, fold);
}
