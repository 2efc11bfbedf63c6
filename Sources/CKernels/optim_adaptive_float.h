// Steps of the optimisers that came before and after Adam, in the form of optim_float.h.

PITH_INLINE T decayed(const struct step *job, long i) {
  return job->decay != 0 ? FMA(job->p[i], job->decay, job->g[i]) : job->g[i];
}

PITH_INLINE void squared_mean(const struct step *job, long i, T g) {
  const T kept = job->second[i] * job->keep, taken = job->take * g;
  job->second[i] = FMA(taken, g, kept);
}

static PITH_CLONES void adagrad_part(void *context, long begin, long end) {
  LOOP {
    const T g = decayed(&job, i), sum = FMA(g, g, job.first[i]), scaled = job.rate * g;
    job.first[i] = sum;
    job.p[i] = job.p[i] + scaled / (SQRT(sum) + job.eps);
  }
}

void SUFFIX(pith_adagrad)(T *p, const T *g, T *sum, size_t n, double lr, double eps, double weight_decay) {
  struct step job = {.p = p, .g = g, .first = sum, .rate = (T)-lr, .decay = (T)weight_decay, .eps = (T)eps};
  run(&job, n, adagrad_part);
}

static PITH_CLONES void adadelta_part(void *context, long begin, long end) {
  LOOP {
    const T g = decayed(&job, i);
    squared_mean(&job, i, g);
    const T ratio = SQRT(job.first[i] + job.eps) / SQRT(job.second[i] + job.eps), delta = ratio * g;
    const T kept = job.first[i] * job.keep, taken = job.take * delta;
    job.first[i] = FMA(taken, delta, kept);
    job.p[i] = FMA(delta, job.rate, job.p[i]);
  }
}

void SUFFIX(pith_adadelta)(T *p, const T *g, T *square, T *moved, size_t n, double lr, double rho, double eps,
                           double weight_decay) {
  struct step job = {.p = p, .g = g, .first = moved, .second = square, .rate = (T)-lr, .decay = (T)weight_decay,
                     .keep = (T)rho, .take = (T)(1 - rho), .eps = (T)eps};
  run(&job, n, adadelta_part);
}

static PITH_CLONES void adamax_part(void *context, long begin, long end) {
  LOOP {
    const T g = decayed(&job, i), m = lerp(job.first[i], g, &job), kept = job.second[i] * job.keep, size = FABS(g) + job.eps;
    job.first[i] = m;
    const T most = kept > size || kept != kept ? kept : size, scaled = job.rate * m;
    job.second[i] = most;
    job.p[i] = job.p[i] + scaled / most;
  }
}

void SUFFIX(pith_adamax)(T *p, const T *g, T *m, T *most, size_t n, double lr, double beta1, double beta2, double eps,
                         double weight_decay, int64_t step) {
  struct step job = {.p = p, .g = g, .first = m, .second = most, .rate = (T)(-lr / (1 - pow(beta1, (double)step))),
                     .decay = (T)weight_decay, .keep = (T)beta2, .eps = (T)eps};
  set_lerp(&job, 1 - beta1);
  run(&job, n, adamax_part);
}

static PITH_CLONES void nadam_part(void *context, long begin, long end) {
  LOOP {
    const T p = job.p[i] * job.shrink, g = job.decay != 0 ? FMA(p, job.decay, job.g[i]) : job.g[i];
    const T m = lerp(job.first[i], g, &job);
    job.first[i] = m;
    squared_mean(&job, i, g);
    const T denominator = SQRT(job.second[i] / job.bias) + job.eps;
    const T here = job.rate * g, ahead = job.onward * m, near = p + here / denominator;
    job.p[i] = near + ahead / denominator;
  }
}

void SUFFIX(pith_nadam)(T *p, const T *g, T *m, T *v, size_t n, double lr, double beta1, double beta2, double eps,
                        double weight_decay, int decoupled, double mu, double mu_next, double mu_product, int64_t step) {
  struct step job = {.p = p, .g = g, .first = m, .second = v,
                     .rate = (T)(-lr * (1 - mu) / (1 - mu_product)), .onward = (T)(-lr * mu_next / (1 - mu_product * mu_next)),
                     .bias = (T)(1 - pow(beta2, (double)step)),
                     .decay = decoupled ? 0 : (T)weight_decay, .shrink = decoupled ? (T)(1 - lr * weight_decay) : 1,
                     .keep = (T)beta2, .take = (T)(1 - beta2), .eps = (T)eps};
  set_lerp(&job, 1 - beta1);
  run(&job, n, nadam_part);
}

static PITH_CLONES void radam_part(void *context, long begin, long end) {
  LOOP {
    const T p = job.p[i] * job.shrink, g = job.decay != 0 ? FMA(p, job.decay, job.g[i]) : job.g[i];
    const T m = lerp(job.first[i], g, &job);
    job.first[i] = m;
    squared_mean(&job, i, g);
    T move = m / job.bias * job.rate;
    // `root` is 0 while too few squares were seen to divide by them.
    if (job.root != 0) move = move * (job.root / (SQRT(job.second[i]) + job.eps)) * job.onward;
    job.p[i] = p - move;
  }
}

void SUFFIX(pith_radam)(T *p, const T *g, T *m, T *v, size_t n, double lr, double beta1, double beta2, double eps,
                        double weight_decay, int decoupled, int64_t step) {
  const double t = (double)step, far = pow(beta2, t), correction = 1 - far, most = 2 / (1 - beta2) - 1;
  const double length = most - 2 * t * far / correction;
  const double rectified = sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
  struct step job = {.p = p, .g = g, .first = m, .second = v, .rate = (T)lr, .bias = (T)(1 - pow(beta1, t)),
                     .root = length > 5 ? (T)sqrt(correction) : 0, .onward = length > 5 ? (T)rectified : 0,
                     .decay = decoupled ? 0 : (T)weight_decay, .shrink = decoupled ? (T)(1 - lr * weight_decay) : 1,
                     .keep = (T)beta2, .take = (T)(1 - beta2), .eps = (T)eps};
  set_lerp(&job, 1 - beta1);
  run(&job, n, radam_part);
}
