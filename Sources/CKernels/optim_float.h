// Optimiser steps of one floating type T. PyTorch computes `a + alpha b`, `lerp` and `addcmul` with one rounding of the
// last product and sum, and `addcdiv` with all of them: FMA marks the former, so that the bits are the same.

#define LOOP                                                       \
  const struct step job = *(const struct step *)context;           \
  PITH_INDEPENDENT                                                 \
  for (long i = begin; i < end; i++)

struct step {
  T *p, *first, *second, *third;
  const T *g;
  T rate;   ///< minus the learning rate, or minus the step size
  T decay;  ///< of the weights, added to the gradient
  T keep;   ///< how much of the buffer stays
  T take;   ///< how much of the gradient goes into it
  T eps, root, shrink;
  T near, far;  ///< the two forms of `lerp`: a + near (b - a), or b + far (b - a)
  T onward;     ///< minus the step size along the running mean, of NAdam
  T bias;       ///< what the running mean or square is divided by
  int flag, maximize, first_step;
};

static void run(struct step *job, size_t n, void (*body)(void *, long, long)) {
  pith_parallel_for((long)n, PITH_GRAIN_CHEAP / 4, job, body);
}

static PITH_CLONES void sgd_part(void *context, long begin, long end) {
  LOOP {
    T g = job.maximize ? -job.g[i] : job.g[i];
    g = job.decay != 0 ? FMA(job.p[i], job.decay, g) : g;
    job.p[i] = FMA(g, job.rate, job.p[i]);
  }
}

static PITH_CLONES void momentum_part(void *context, long begin, long end) {
  LOOP {
    T g = job.maximize ? -job.g[i] : job.g[i];
    g = job.decay != 0 ? FMA(job.p[i], job.decay, g) : g;
    const T old = job.first[i] * job.keep;
    const T buffer = job.first_step ? g : FMA(g, job.take, old);
    job.first[i] = buffer;
    g = job.flag ? FMA(buffer, job.keep, g) : buffer;
    job.p[i] = FMA(g, job.rate, job.p[i]);
  }
}

void SUFFIX(pith_sgd)(T *p, const T *g, T *buf, size_t n, double lr, double momentum, double dampening, int nesterov,
                      double weight_decay, int maximize, int first_step) {
  struct step job = {.p = p, .g = g, .first = buf, .rate = (T)-lr, .decay = (T)weight_decay, .keep = (T)momentum,
                     .take = (T)(1 - dampening), .flag = nesterov, .maximize = maximize, .first_step = first_step};
  run(&job, n, buf == NULL || momentum == 0 ? sgd_part : momentum_part);
}

/// `lerp(a, b, weight)`: the form for weights below a half, or the other.
PITH_INLINE T lerp(T a, T b, const struct step *job) { return job->flag ? FMA(b - a, job->near, a) : FMA(b - a, job->far, b); }

static void set_lerp(struct step *job, double weight) {
  job->near = (T)weight;
  job->far = (T)weight - 1;
  job->flag = fabs((double)job->near) < 0.5;
}

PITH_INLINE T adam_moment(const struct step *job, long i) {
  T p = job->p[i] * job->shrink, g = job->g[i];
  g = job->decay != 0 ? FMA(p, job->decay, g) : g;
  job->p[i] = p;
  job->first[i] = lerp(job->first[i], g, job);
  const T kept = job->second[i] * job->keep, taken = job->take * g;
  return job->second[i] = FMA(taken, g, kept);
}

PITH_INLINE void adam_move(const struct step *job, long i, T v) {
  const T denominator = SQRT(v) / job->root + job->eps;
  const T scaled = job->rate * job->first[i];
  job->p[i] = job->p[i] + scaled / denominator;
}

static PITH_CLONES void adam_part(void *context, long begin, long end) {
  LOOP { adam_move(&job, i, adam_moment(&job, i)); }
}

static PITH_CLONES void amsgrad_part(void *context, long begin, long end) {
  LOOP {
    const T v = adam_moment(&job, i), most = job.third[i];
    job.third[i] = most > v || most != most ? most : v;
    adam_move(&job, i, job.third[i]);
  }
}

void SUFFIX(pith_adam)(T *p, const T *g, T *m, T *v, T *vmax, size_t n, double lr, double beta1, double beta2,
                       double eps, double weight_decay, int decoupled, int64_t step) {
  struct step job = {.p = p, .g = g, .first = m, .second = v, .third = vmax,
                     .rate = (T)(-lr / (1 - pow(beta1, (double)step))),
                     .root = (T)sqrt(1 - pow(beta2, (double)step)),
                     .decay = decoupled ? 0 : (T)weight_decay, .shrink = decoupled ? (T)(1 - lr * weight_decay) : 1,
                     .keep = (T)beta2, .take = (T)(1 - beta2), .eps = (T)eps};
  set_lerp(&job, 1 - beta1);
  run(&job, n, vmax == NULL ? adam_part : amsgrad_part);
}

static PITH_CLONES void rmsprop_part(void *context, long begin, long end) {
  LOOP {
    T g = job.g[i];
    g = job.decay != 0 ? FMA(job.p[i], job.decay, g) : g;
    const T kept = job.first[i] * job.keep, taken = job.take * g;
    T average = FMA(taken, g, kept);
    job.first[i] = average;
    if (job.third != NULL) {
      const T mean = lerp(job.third[i], g, &job);
      job.third[i] = mean;
      average = FMA(-mean, mean, average);
    }
    average = SQRT(average) + job.eps;
    if (job.second != NULL) {
      const T old = job.second[i] * job.shrink, buffer = old + g / average;
      job.second[i] = buffer;
      job.p[i] = FMA(buffer, job.rate, job.p[i]);
    } else {
      const T scaled = job.rate * g;
      job.p[i] = job.p[i] + scaled / average;
    }
  }
}

void SUFFIX(pith_rmsprop)(T *p, const T *g, T *avg, T *buf, T *gavg, size_t n, double lr, double alpha, double eps,
                          double weight_decay, double momentum, int centered) {
  struct step job = {.p = p, .g = g, .first = avg, .second = momentum != 0 ? buf : NULL,
                     .third = centered ? gavg : NULL, .rate = (T)-lr, .decay = (T)weight_decay, .keep = (T)alpha,
                     .take = (T)(1 - alpha), .eps = (T)eps, .shrink = (T)momentum};
  set_lerp(&job, 1 - alpha);
  run(&job, n, rmsprop_part);
}
