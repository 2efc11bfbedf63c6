// Steps of recurrent layers for one floating type T; SUFFIX(f) is our f for T, SIGMOID and TANH its vectorised functions.

// Units of a step for which a second thread pays.
enum { GRAIN_UNITS = 1 << 11 };

static PITH_CLONES void lstm_row(T *gates, const T *c_before, T *c, T *h, size_t n) {
  PITH_INDEPENDENT
  for (size_t j = 0; j < n; j++) {
    const T i = SIGMOID(gates[j]), f = SIGMOID(gates[n + j]), g = TANH(gates[2 * n + j]), o = SIGMOID(gates[3 * n + j]);
    const T state = f * c_before[j] + i * g;
    gates[j] = i;
    gates[n + j] = f;
    gates[2 * n + j] = g;
    gates[3 * n + j] = o;
    c[j] = state;
    h[j] = o * TANH(state);
  }
}

static PITH_CLONES void lstm_row_backward(const T *gates, const T *c_before, const T *c, const T *dh, const T *carry, T *dc,
                                          T *dgates, size_t n) {
  PITH_INDEPENDENT
  for (size_t j = 0; j < n; j++) {
    const T i = gates[j], f = gates[n + j], g = gates[2 * n + j], o = gates[3 * n + j], bent = TANH(c[j]);
    const T whole = dh[j] + carry[j], state = dc[j] + whole * o * (1 - bent * bent);
    dgates[j] = state * g * i * (1 - i);
    dgates[n + j] = state * c_before[j] * f * (1 - f);
    dgates[2 * n + j] = state * i * (1 - g * g);
    dgates[3 * n + j] = whole * bent * o * (1 - o);
    dc[j] = state * f;
  }
}

static PITH_CLONES void gru_row(T *gates, const T *hidden, const T *bias, const T *h_before, T *h, T *inner, size_t n) {
  PITH_INDEPENDENT
  for (size_t j = 0; j < n; j++) {
    const T from_h = hidden[2 * n + j] + bias[2 * n + j];
    const T r = SIGMOID(gates[j] + hidden[j] + bias[j]), z = SIGMOID(gates[n + j] + hidden[n + j] + bias[n + j]);
    const T fresh = TANH(gates[2 * n + j] + r * from_h);
    gates[j] = r;
    gates[n + j] = z;
    gates[2 * n + j] = fresh;
    inner[j] = from_h;
    h[j] = (1 - z) * fresh + z * h_before[j];
  }
}

static PITH_CLONES void gru_row_plain(T *gates, const T *hidden, const T *h_before, T *h, T *inner, size_t n) {
  PITH_INDEPENDENT
  for (size_t j = 0; j < n; j++) {
    const T from_h = hidden[2 * n + j];
    const T r = SIGMOID(gates[j] + hidden[j]), z = SIGMOID(gates[n + j] + hidden[n + j]);
    const T fresh = TANH(gates[2 * n + j] + r * from_h);
    gates[j] = r;
    gates[n + j] = z;
    gates[2 * n + j] = fresh;
    inner[j] = from_h;
    h[j] = (1 - z) * fresh + z * h_before[j];
  }
}

static PITH_CLONES void gru_row_backward(const T *gates, const T *inner, const T *h_before, const T *dh, T *carry, T *dgates,
                                         T *dhidden, size_t n) {
  PITH_INDEPENDENT
  for (size_t j = 0; j < n; j++) {
    const T r = gates[j], z = gates[n + j], fresh = gates[2 * n + j], whole = dh[j] + carry[j];
    const T dfresh = whole * (1 - z) * (1 - fresh * fresh), dr = dfresh * inner[j] * r * (1 - r);
    const T dz = whole * (h_before[j] - fresh) * z * (1 - z);
    dgates[j] = dr;
    dgates[n + j] = dz;
    dgates[2 * n + j] = dfresh;
    dhidden[j] = dr;
    dhidden[n + j] = dz;
    dhidden[2 * n + j] = dfresh * r;
    carry[j] = whole * z;
  }
}

struct step_job {
  const T *kept, *c_before, *c, *dh, *bias, *hidden;
  T *gates, *state, *h, *inner, *dgates, *dhidden;
  size_t n;
};

static void run_step(struct step_job *job, size_t rows, void (*body)(void *, long, long)) {
  if (job->n > 0) pith_parallel_for((long)rows, (long)(1 + GRAIN_UNITS / job->n), job, body);
}

static void lstm_part(void *context, long begin, long end) {
  const struct step_job *job = context;
  const size_t n = job->n;
  for (size_t r = (size_t)begin; r < (size_t)end; r++)
    lstm_row(job->gates + r * 4 * n, job->c_before + r * n, job->state + r * n, job->h + r * n, n);
}

void SUFFIX(pith_lstm_step)(T *gates, const T *c_before, T *c, T *h, size_t rows, size_t n) {
  struct step_job job = {.gates = gates, .c_before = c_before, .state = c, .h = h, .n = n};
  run_step(&job, rows, lstm_part);
}

static void lstm_backward_part(void *context, long begin, long end) {
  const struct step_job *job = context;
  const size_t n = job->n;
  for (size_t r = (size_t)begin; r < (size_t)end; r++)
    lstm_row_backward(job->kept + r * 4 * n, job->c_before + r * n, job->c + r * n, job->dh + r * n, job->hidden + r * n,
                      job->state + r * n, job->dgates + r * 4 * n, n);
}

void SUFFIX(pith_lstm_step_backward)(const T *gates, const T *c_before, const T *c, const T *dh, const T *carry, T *dc,
                                     T *dgates, size_t rows, size_t n) {
  struct step_job job = {
      .kept = gates, .c_before = c_before, .c = c, .dh = dh, .hidden = carry, .state = dc, .dgates = dgates, .n = n};
  run_step(&job, rows, lstm_backward_part);
}

static void gru_part(void *context, long begin, long end) {
  const struct step_job *job = context;
  const size_t n = job->n;
  for (size_t r = (size_t)begin; r < (size_t)end; r++) {
    T *gates = job->gates + r * 3 * n;
    const T *hidden = job->hidden + r * 3 * n, *before = job->c_before + r * n;
    if (job->bias != NULL) gru_row(gates, hidden, job->bias, before, job->h + r * n, job->inner + r * n, n);
    else gru_row_plain(gates, hidden, before, job->h + r * n, job->inner + r * n, n);
  }
}

void SUFFIX(pith_gru_step)(T *gates, const T *hidden, const T *bias, const T *h_before, T *h, T *inner, size_t rows,
                           size_t n) {
  struct step_job job = {
      .gates = gates, .hidden = hidden, .bias = bias, .c_before = h_before, .h = h, .inner = inner, .n = n};
  run_step(&job, rows, gru_part);
}

static void gru_backward_part(void *context, long begin, long end) {
  const struct step_job *job = context;
  const size_t n = job->n;
  for (size_t r = (size_t)begin; r < (size_t)end; r++)
    gru_row_backward(job->kept + r * 3 * n, job->c + r * n, job->c_before + r * n, job->dh + r * n, job->state + r * n,
                     job->dgates + r * 3 * n, job->dhidden + r * 3 * n, n);
}

void SUFFIX(pith_gru_step_backward)(const T *gates, const T *inner, const T *h_before, const T *dh, T *carry, T *dgates,
                                    T *dhidden, size_t rows, size_t n) {
  struct step_job job = {.kept = gates, .c = inner, .c_before = h_before, .dh = dh, .state = carry,
                         .dgates = dgates, .dhidden = dhidden, .n = n};
  run_step(&job, rows, gru_backward_part);
}

static PITH_CLONES void bent(const T *sums, T *h, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) h[i] = TANH(sums[i]);
}

static PITH_CLONES void cut(const T *sums, T *h, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) h[i] = sums[i] < 0 ? 0 : sums[i];
}

static PITH_CLONES void bent_backward(const T *h, const T *dh, const T *carry, T *dsums, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) dsums[i] = (dh[i] + carry[i]) * (1 - h[i] * h[i]);
}

static PITH_CLONES void cut_backward(const T *h, const T *dh, const T *carry, T *dsums, size_t n) {
  PITH_INDEPENDENT
  for (size_t i = 0; i < n; i++) dsums[i] = h[i] > 0 ? dh[i] + carry[i] : 0;
}

static void rnn_part(void *context, long begin, long end) {
  const struct step_job *job = context;
  (job->bias != NULL ? cut : bent)(job->hidden + begin, job->h + begin, (size_t)(end - begin));
}

void SUFFIX(pith_rnn_step)(const T *sums, T *h, size_t count, int relu) {
  struct step_job job = {.hidden = sums, .h = h, .bias = relu ? sums : NULL};
  pith_parallel_for((long)count, 4 * GRAIN_UNITS, &job, rnn_part);
}

static void rnn_backward_part(void *context, long begin, long end) {
  const struct step_job *job = context;
  (job->bias != NULL ? cut_backward : bent_backward)(job->c + begin, job->dh + begin, job->hidden + begin,
                                                     job->dgates + begin, (size_t)(end - begin));
}

void SUFFIX(pith_rnn_step_backward)(const T *h, const T *dh, const T *carry, T *dsums, size_t count, int relu) {
  struct step_job job = {.c = h, .dh = dh, .hidden = carry, .dgates = dsums, .bias = relu ? h : NULL};
  pith_parallel_for((long)count, 8 * GRAIN_UNITS, &job, rnn_backward_part);
}
