// The losses of rows that move before the last layer, without the rows: a vector holds the changes of one sample, and the
// scores of some classes stay in registers while the sum over the row runs.
#include "internal.h"
#include "pith_effects.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "math_f32.h"
#define T float
#define EXP exp_f32
#define LOG log_f32
#include "beside.h"

#define WIDE __attribute__((target("avx512f")))
#define UNROLL _Pragma("clang loop unroll(full)")
enum { LANES = 16, VECTORS = 2, CHANGES = LANES * VECTORS, CLASSES = 12 };
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));

int pith_moved_losses_are_fast(void) { return __builtin_cpu_supports("avx512f"); }

/// What the parts of a call share.
struct moved {
  const pith_moved_losses *of;
  size_t classes, changes;  ///< rounded up to whole tiles
  const float *along;       ///< [changes / CHANGES, width, CHANGES]
  const float *weight;      ///< [classes / CLASSES, width, CLASSES]
  const float *bias;        ///< [classes]
  double *sums;             ///< [parts, changes]
  size_t part;              ///< samples in a part
  int failed;
};

/// score [CLASSES, CHANGES] = bias + the sum over the row of (base + step × along) times the classes' weights.
WIDE static void scores(const float *base, size_t width, const float *step, const float *along, int relu, const float *weight, const float *bias,
                        float *score) {
  PITH_CONTRACT
  lanes sum[CLASSES][VECTORS], by[VECTORS];
  const __m512 least = _mm512_set1_ps(relu ? 0 : -INFINITY);
  UNROLL for (int v = 0; v < VECTORS; v++) by[v] = *(const lanes *)(step + v * LANES);
  UNROLL for (int c = 0; c < CLASSES; c++)
    UNROLL for (int v = 0; v < VECTORS; v++) sum[c][v] = (lanes)_mm512_set1_ps(bias[c]);
  for (size_t j = 0; j < width; j++, along += CHANGES, weight += CLASSES) {
    lanes x[VECTORS];
    // What is not below 0, NaN too, stays.
    UNROLL for (int v = 0; v < VECTORS; v++)
      x[v] = (lanes)_mm512_max_ps(least, (__m512)(base[j] + by[v] * *(const lanes *)(along + v * LANES)));
    UNROLL for (int c = 0; c < CLASSES; c++)
      UNROLL for (int v = 0; v < VECTORS; v++) sum[c][v] += weight[c] * x[v];
  }
  UNROLL for (int c = 0; c < CLASSES; c++)
    UNROLL for (int v = 0; v < VECTORS; v++) *(lanes *)(score + c * CHANGES + v * LANES) = sum[c][v];
}

/// Adds what a tile of changes does to a sample's loss.
WIDE static void add_changes(const struct moved *m, size_t sample, size_t first, float *score, double *sums) {
  const pith_moved_losses *of = m->of;
  const size_t left = of->changes - first, there = left < CHANGES ? left : CHANGES;
  float step[CHANGES] = {0}, max[CHANGES], sum[CHANGES], loss[CHANGES];
  memcpy(step, of->step + sample * of->step_row + first, there * sizeof(float));
  int moves = 0;
  for (int r = 0; r < CHANGES; r++) moves |= step[r] != 0;
  if (!moves) return;
  for (size_t c = 0; c < m->classes; c += CLASSES)
    scores(of->base + sample * of->width, of->width, step, m->along + (of->has_one_direction ? 0 : first * of->width), of->relu,
           m->weight + c * of->width, m->bias + c, score + c * CHANGES);
  float own[CHANGES];
  memcpy(own, score + (size_t)of->label[sample] * CHANGES, sizeof own);
  exponentials_beside(score, of->classes, CHANGES, max, sum);
  losses_beside(CHANGES, max, sum, own, loss);
  // What does not move stays as it was to the last digit.
  const double was = of->loss[sample];
  for (int r = 0; r < CHANGES; r++) sums[first + (size_t)r] += step[r] != 0 ? (double)loss[r] - was : 0;
}

static void add_parts(void *context, long begin, long end) {
  struct moved *m = context;
  float *score = pith_take(m->classes * CHANGES * sizeof(float));
  if (score == NULL) __atomic_store_n(&m->failed, 1, __ATOMIC_RELAXED);
  for (size_t part = (size_t)begin; part < (size_t)end && score != NULL; part++) {
    const size_t last = pith_min((part + 1) * m->part, m->of->samples);
    // The directions of a tile of changes stay in the nearest cache while the samples pass.
    for (size_t first = 0; first < m->of->changes; first += CHANGES)
      for (size_t sample = part * m->part; sample < last && !pith_interrupted(); sample++)
        add_changes(m, sample, first, score, m->sums + part * m->changes);
  }
  pith_give(score);
}

static size_t rounded(size_t n, size_t to) { return (n + to - 1) / to * to; }

/// Lays out what the tiles read; all of it was 0.
static void pack(const pith_moved_losses *of, float *along, float *weight, float *bias) {
  const size_t w = of->width;
  for (size_t i = 0; i < (of->has_one_direction ? CHANGES : of->changes); i++)
    for (size_t j = 0; j < w; j++)
      along[i / CHANGES * CHANGES * w + j * CHANGES + i % CHANGES] = of->along[(of->has_one_direction ? 0 : i * w) + j];
  for (size_t c = 0; c < of->classes; c++)
    for (size_t j = 0; j < w; j++) weight[c / CLASSES * CLASSES * w + j * CLASSES + c % CLASSES] = of->weight[c * w + j];
  if (of->bias != NULL) memcpy(bias, of->bias, of->classes * sizeof(float));
}

int pith_moved_losses_f32(const pith_moved_losses *job, double *sums) {
  struct moved m = {.of = job, .classes = rounded(job->classes, CLASSES), .changes = rounded(job->changes, CHANGES)};
  const size_t directions = job->has_one_direction ? CHANGES : m.changes;
  // As many parts as are worth a thread.
  const double work = (double)job->samples * (double)m.changes * (double)m.classes * (double)(job->width + 16);
  const size_t most = (size_t)(work < 1e9 ? work / 1e6 : 1e3) + 1, threads = pith_min(pith_min((size_t)pith_threads(), most), job->samples);
  float *packed = calloc((directions + m.classes) * job->width + m.classes, sizeof(float));
  m.sums = calloc(threads * m.changes + 1, sizeof(double));
  m.failed = packed == NULL || m.sums == NULL;
  if (!m.failed && threads > 0) {
    float *weight = packed + directions * job->width, *bias = weight + m.classes * job->width;
    pack(job, packed, weight, bias);
    (m.along = packed, m.weight = weight, m.bias = bias, m.part = (job->samples + threads - 1) / threads);
    pith_parallel_for((long)threads, 1, &m, add_parts);
    for (size_t part = 0; part < threads && !m.failed; part++)
      for (size_t i = 0; i < job->changes; i++) sums[i] += m.sums[part * m.changes + i];
  }
  free(packed);
  free(m.sums);
  return m.failed;
}

#else

int pith_moved_losses_are_fast(void) { return 0; }
int pith_moved_losses_f32(const pith_moved_losses *, double *) { return 1; }

#endif
