// Loops over rows of one floating type T; SUFFIX(f) is our f for T, EXP and LOG its vectorised functions.

#include "beside.h"

// Rows are taken several at once, so that short rows still fill the vector unit where it matters: in the exponential.
enum { BLOCK = 2048 };

static PITH_CLONES void exponentials(T *y, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] = EXP(y[i]);
}

static PITH_CLONES T sum_of(const T *x, size_t n) {
  PITH_REASSOCIATE
  T sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  return sum;
}

static T largest(const T *x, size_t n) {
  T best = -(T)INFINITY;
  if (n >= 64) SUFFIX(pith_reduce)(PITH_REDUCE_MAX, x, &best, 1, n, 1);
  else
    for (size_t i = 0; i < n; i++) best = x[i] > best ? x[i] : best;
  return best;
}

static PITH_CLONES void shifted(const T *x, T *y, size_t n, T by) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] = x[i] - by;
}

static PITH_CLONES void scaled(T *y, size_t n, T by) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) y[i] *= by;
}

/// Σ e^(x - max) of a row that need not be kept.
static T sum_of_exponentials(const T *x, size_t n, T max) {
  T buffer[BLOCK];
  double total = 0;
  for (size_t i = 0; i < n; i += BLOCK) {
    const size_t m = pith_min(BLOCK, n - i);
    shifted(x + i, buffer, m, max);
    exponentials(buffer, m);
    total += sum_of(buffer, m);
  }
  return (T)total;
}

struct rows_job {
  const T *x, *z;
  T *y, *loss;
  const int64_t *labels;
  size_t n;
  T scale;
};

static void run_rows(struct rows_job *job, size_t rows, void (*body)(void *, long, long)) {
  pith_parallel_for((long)rows, (long)(1 + PITH_GRAIN_DEAR / (job->n + 1)), job, body);
}

/// y = e^(x - max) for rows from ..< to.
static void exponential_rows(const T *x, T *y, size_t from, size_t to, size_t n) {
  for (size_t r = from; r < to; r++) shifted(x + r * n, y + r * n, n, largest(x + r * n, n));
  exponentials(y + from * n, (to - from) * n);
}

static size_t rows_at_once(size_t n) { return n >= BLOCK ? 1 : BLOCK / (n + 1) + 1; }

static void softmax_part(void *context, long begin, long end) {
  const struct rows_job *job = context;
  const size_t n = job->n, at_once = rows_at_once(n);
  for (size_t from = (size_t)begin; from < (size_t)end; from += at_once) {
    const size_t to = pith_min(from + at_once, (size_t)end);
    exponential_rows(job->x, job->y, from, to, n);
    for (size_t r = from; r < to; r++) scaled(job->y + r * n, n, 1 / sum_of(job->y + r * n, n));
  }
}

void SUFFIX(pith_softmax)(const T *x, T *y, size_t rows, size_t n) {
  struct rows_job job = {.x = x, .y = y, .n = n};
  if (n > 0) run_rows(&job, rows, softmax_part);
}

/// The logarithms of the sums of rows from ..< to, with the exponentials of many short rows at once.
static void row_sums(const T *x, size_t from, size_t to, size_t n, T *max, T *sum) {
  if (n > BLOCK / 8) {
    for (size_t r = from; r < to; r++) {
      max[r - from] = largest(x + r * n, n);
      sum[r - from] = sum_of_exponentials(x + r * n, n, max[r - from]);
    }
    return;
  }
  T buffer[BLOCK];
  for (size_t r = from; r < to; r++) {
    max[r - from] = largest(x + r * n, n);
    shifted(x + r * n, buffer + (r - from) * n, n, max[r - from]);
  }
  exponentials(buffer, (to - from) * n);
  for (size_t r = from; r < to; r++) sum[r - from] = sum_of(buffer + (r - from) * n, n);
}

enum { SUMS = 64 };
static size_t sums_at_once(size_t n) { return n == 0 || n > BLOCK / 8 ? 1 : pith_min(SUMS, BLOCK / n); }

static void log_softmax_part(void *context, long begin, long end) {
  const struct rows_job *job = context;
  const size_t n = job->n, at_once = sums_at_once(n);
  T max[SUMS], sum[SUMS];
  for (size_t from = (size_t)begin; from < (size_t)end; from += at_once) {
    const size_t to = pith_min(from + at_once, (size_t)end);
    row_sums(job->x, from, to, n, max, sum);
    for (size_t r = from; r < to; r++) {
      shifted(job->x + r * n, job->y + r * n, n, max[r - from]);
      shifted(job->y + r * n, job->y + r * n, n, LOG(sum[r - from]));
    }
  }
}

void SUFFIX(pith_log_softmax)(const T *x, T *y, size_t rows, size_t n) {
  struct rows_job job = {.x = x, .y = y, .n = n};
  if (n > 0) run_rows(&job, rows, log_softmax_part);
}

static void logsumexp_part(void *context, long begin, long end) {
  const struct rows_job *job = context;
  const size_t n = job->n, at_once = sums_at_once(n);
  T max[SUMS], sum[SUMS];
  for (size_t from = (size_t)begin; from < (size_t)end; from += at_once) {
    const size_t to = pith_min(from + at_once, (size_t)end);
    row_sums(job->x, from, to, n, max, sum);
    for (size_t r = from; r < to; r++) {
      const T m = max[r - from];
      // An infinite largest number is the result: subtracted from itself, it would give NaN.
      job->y[r] = fabs((double)m) == INFINITY && !isnan(sum_of(job->x + r * n, n)) ? m : m + LOG(sum[r - from]);
    }
  }
}

void SUFFIX(pith_logsumexp)(const T *x, T *y, size_t rows, size_t n) {
  struct rows_job job = {.x = x, .y = y, .n = n};
  if (n == 0) {
    for (size_t r = 0; r < rows; r++) y[r] = -(T)INFINITY;
    return;
  }
  run_rows(&job, rows, logsumexp_part);
}

static PITH_CLONES void softmax_row_backward(const T *y, const T *dy, T *dx, size_t n) {
  PITH_REASSOCIATE
  T dot = 0;
  for (size_t i = 0; i < n; i++) dot += y[i] * dy[i];
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - dot);
}

static PITH_CLONES void log_softmax_row_backward(const T *y, const T *dy, T *dx, size_t n) {
  PITH_REASSOCIATE
  T sum = 0;
  for (size_t i = 0; i < n; i++) sum += dy[i];
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) dx[i] = dy[i] - EXP(y[i]) * sum;
}

#define BACKWARD(NAME, ROW)                                                                                \
  static void NAME##_part(void *context, long begin, long end) {                                           \
    const struct rows_job *job = context;                                                                  \
    for (size_t at = (size_t)begin * job->n; at < (size_t)end * job->n; at += job->n)                      \
      ROW(job->x + at, job->z + at, job->y + at, job->n);                                                  \
  }                                                                                                        \
  void SUFFIX(pith_##NAME)(const T *y, const T *dy, T *dx, size_t rows, size_t n) {                        \
    struct rows_job job = {.x = y, .z = dy, .y = dx, .n = n};                                              \
    if (n > 0) run_rows(&job, rows, NAME##_part);                                                          \
  }
BACKWARD(softmax_backward, softmax_row_backward)
BACKWARD(log_softmax_backward, log_softmax_row_backward)

// Classes up to which rows are laid side by side, and how many: the vector unit then holds rows, not classes.
enum { FEW = 32, BESIDE = 64 };
// Numbers that lie apart are fetched one by one: a gather is slow on processors that are careful with it.
#define PITH_SCALAR _Pragma("clang loop vectorize(disable) interleave(disable)")

/// Loss and gradient of up to BESIDE rows of few classes.
static PITH_CLONES void cross_entropy_few(const struct rows_job *job, size_t from, size_t rows) {
  const size_t n = job->n;
  const T *x = job->x + from * n;
  const int64_t *labels = job->labels + from;
  T e[FEW * BESIDE], max[BESIDE], sum[BESIDE], own[BESIDE];
  PITH_SCALAR
  for (size_t r = 0; r < BESIDE; r++) {
    PITH_SCALAR
    for (size_t i = 0; i < n; i++) e[i * BESIDE + r] = r < rows ? x[r * n + i] : 0;
    own[r] = r < rows ? x[r * n + (size_t)labels[r]] : 0;
  }
  exponentials_beside(e, n, BESIDE, max, sum);
  if (job->loss != NULL) {
    T loss[BESIDE];
    losses_beside(BESIDE, max, sum, own, loss);
    memcpy(job->loss + from, loss, rows * sizeof(T));
  }
  if (job->y == NULL) return;
  for (size_t r = 0; r < BESIDE; r++) sum[r] = job->scale / sum[r];
  for (size_t r = 0; r < rows; r++) {
    T *y = job->y + (from + r) * n;
    PITH_SCALAR
    for (size_t i = 0; i < n; i++) y[i] = e[i * BESIDE + r] * sum[r];
    y[labels[r]] -= job->scale;
  }
}

// Loss and gradient share the exponentials; the logit of the label is read before `dlogits` may overwrite it.
static void cross_entropy_part(void *context, long begin, long end) {
  const struct rows_job *job = context;
  if (job->n <= FEW) {
    for (size_t from = (size_t)begin; from < (size_t)end; from += BESIDE) cross_entropy_few(job, from, pith_min(BESIDE, (size_t)end - from));
    return;
  }
  const size_t n = job->n, at_once = pith_min(job->y == NULL ? sums_at_once(n) : rows_at_once(n), SUMS);
  T max[SUMS], sum[SUMS], own[SUMS];
  for (size_t from = (size_t)begin; from < (size_t)end; from += at_once) {
    const size_t to = pith_min(from + at_once, (size_t)end);
    for (size_t r = from; r < to; r++) own[r - from] = job->x[r * n + (size_t)job->labels[r]];
    if (job->y == NULL) {
      row_sums(job->x, from, to, n, max, sum);
    } else {
      for (size_t r = from; r < to; r++) {
        max[r - from] = largest(job->x + r * n, n);
        shifted(job->x + r * n, job->y + r * n, n, max[r - from]);
      }
      exponentials(job->y + from * n, (to - from) * n);
      for (size_t r = from; r < to; r++) {
        T *y = job->y + r * n;
        sum[r - from] = sum_of(y, n);
        scaled(y, n, job->scale / sum[r - from]);
        y[job->labels[r]] -= job->scale;
      }
    }
    if (job->loss != NULL)
      for (size_t r = from; r < to; r++) job->loss[r] = LOG(sum[r - from]) + (max[r - from] - own[r - from]);
  }
}

int64_t SUFFIX(pith_cross_entropy_rows)(const T *logits, const int64_t *labels, size_t rows, size_t n,
                                        T *loss_per_row, T *dlogits, T scale) {
  const int64_t bad = pith_index_first_bad(labels, rows, 0, (int64_t)n);
  if (bad >= 0) return bad;
  struct rows_job job = {
      .x = logits, .y = dlogits, .loss = loss_per_row, .labels = labels, .n = n, .scale = scale};
  // To lay few classes side by side takes longer than their exponentials.
  pith_parallel_for((long)rows, (long)(1 + (n <= FEW ? PITH_GRAIN_DEAR / 4 : PITH_GRAIN_DEAR) / (n + 1)), &job, cross_entropy_part);
  return -1;
}

struct norm_job {
  const T *x, *weight, *bias;
  T *y, *mean, *rstd;
  size_t n;
  double eps;
};

static PITH_CLONES double squares_about(const T *x, size_t n, double mean) {
  PITH_REASSOCIATE
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += ((double)x[i] - mean) * ((double)x[i] - mean);
  return sum;
}

static PITH_CLONES double exact_sum(const T *x, size_t n) {
  PITH_REASSOCIATE
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)x[i];
  return sum;
}

static PITH_CLONES void normalised(const T *x, const T *weight, const T *bias, T *y, size_t n, T mean, T rstd) {
  if (weight != NULL && bias != NULL) {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd * weight[i] + bias[i];
    return;
  }
  for (size_t i = 0; i < n; i++) {
    const T v = (x[i] - mean) * rstd * (weight != NULL ? weight[i] : 1);
    y[i] = bias != NULL ? v + bias[i] : v;
  }
}

static void norm_part(void *context, long begin, long end) {
  const struct norm_job *job = context;
  for (size_t r = (size_t)begin; r < (size_t)end; r++) {
    const T *x = job->x + r * job->n;
    const double mean = exact_sum(x, job->n) / (double)job->n;
    const double rstd = 1 / sqrt(squares_about(x, job->n, mean) / (double)job->n + job->eps);
    normalised(x, job->weight, job->bias, job->y + r * job->n, job->n, (T)mean, (T)rstd);
    if (job->mean != NULL) job->mean[r] = (T)mean;
    if (job->rstd != NULL) job->rstd[r] = (T)rstd;
  }
}

void SUFFIX(pith_layer_norm)(const T *x, const T *weight, const T *bias, T *y, T *mean, T *rstd, size_t rows, size_t n,
                             double eps) {
  struct norm_job job = {x, weight, bias, y, mean, rstd, n, eps};
  if (n > 0) pith_parallel_for((long)rows, (long)(1 + PITH_GRAIN_DEAR / n), &job, norm_part);
}

static PITH_CLONES void bias_rows(T *y, const T *bias, size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++, y += n) {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) y[i] += bias[i];
  }
}

static PITH_CLONES void bias_relu_rows(T *y, const T *bias, size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++, y += n) {
    PITH_INDEPENDENT
    for (size_t i = 0; i < n; i++) {
      const T v = y[i] + bias[i];
      y[i] = v < 0 ? 0 : v;
    }
  }
}

struct bias_job {
  T *y;
  const T *bias;
  size_t n;
  int relu;
};

static void bias_part(void *context, long begin, long end) {
  const struct bias_job *job = context;
  (job->relu ? bias_relu_rows : bias_rows)(job->y + (size_t)begin * job->n, job->bias, (size_t)(end - begin), job->n);
}

void SUFFIX(pith_add_bias)(T *y, const T *bias, size_t rows, size_t n, int relu) {
  struct bias_job job = {y, bias, n, relu};
  pith_parallel_for((long)rows, (long)(1 + PITH_GRAIN_CHEAP / (n + 1)), &job, bias_part);
}
