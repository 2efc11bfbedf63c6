#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdio.h>

#include "conednn.h"
#include "matmul.h"

// Multiplications from which on a second thread pays.
#define THREADS_FROM 262144.0

typedef void (*thread_setter)(int);
static thread_setter set_threads;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char version[32];

// oneDNN's pool is that of the OpenMP run-time library it was linked with, which is in the process with it.
static void look_up(void) {
  set_threads = (thread_setter)dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  const dnnl_version_t *v = dnnl_version();
  snprintf(version, sizeof version, "%d.%d.%d", v->major, v->minor, v->patch);
}

const char *pith_onednn_version(void) {
  pthread_once(&once, look_up);
  return version;
}

// The number is a setting of the calling thread, and so is what is remembered of it.
void pith_use_threads(int wanted) {
  static _Thread_local int current = 0;
  pthread_once(&once, look_up);
  if (wanted == current || set_threads == NULL) return;
  set_threads(wanted);
  current = wanted;
}

// For a member of a team, whose setting ends with the team.
static void stay_alone(void) {
  pthread_once(&once, look_up);
  if (set_threads != NULL) set_threads(1);
}

static void scale(float *c, int64_t m, int64_t n, int64_t ldc, float beta) {
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

static int is_turned(char trans) { return trans == 'T' || trans == 't'; }

// Of products that are not small: those of a transposed b whose panels `dnnl_sgemm` packs badly, and those of a transposed a
// with few columns, which it takes up to 1.7 times as long for. Measured with oneDNN 2.6 on one thread and on two.
enum { SMALL_DEPTH = 512, FEW_COLUMNS = 768 };
#define SMALL_WORK 4194304.0

/// Whether the primitive beats `dnnl_sgemm`.
static int is_for_primitive(int a_turned, int b_turned, int64_t m, int64_t n, int64_t k, int threads) {
  if ((double)m * (double)n * (double)k <= SMALL_WORK && k <= SMALL_DEPTH) return 1;
  if (a_turned == b_turned) return 0;
  return b_turned ? threads > 1 || k >= n : m >= n && n <= FEW_COLUMNS;
}

int pith_sgemm(char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
               const float *b, int64_t ldb, float beta, float *c, int64_t ldc, int threads) {
  if (m <= 0 || n <= 0) return 0;
  if (k <= 0 || alpha == 0) {
    scale(c, m, n, ldc, beta);
    return 0;
  }
  const int a_turned = is_turned(transa), b_turned = is_turned(transb);
  // A single row or column has no step; oneDNN wants one of at least the length.
  if (lda < (a_turned ? m : k)) lda = a_turned ? m : k;
  if (ldb < (b_turned ? k : n)) ldb = b_turned ? k : n;
  if (ldc < n) ldc = n;
  const double work = (double)m * (double)n * (double)k;
  const int used = threads > 1 && work >= THREADS_FROM ? threads : 1;
  pith_use_threads(used);
  if (alpha == 1 && beta == 0 && is_for_primitive(a_turned, b_turned, m, n, k, used)) {
    const pith_product product = {m, n, k, lda, ldb, ldc, a_turned, b_turned, used, 0, 0, 0};
    if (pith_matmul(&product, a, b, NULL, c) == 0) return 0;
  }
  return (int)dnnl_sgemm(a_turned ? 'T' : 'N', b_turned ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

// Rows from which the packing of the weights costs less than it saves.
enum { PACKED_FROM = 512 };

int pith_linear(int64_t m, int64_t n, int64_t k, const float *x, int64_t ldx, const float *weight, int64_t ldw,
                const float *bias, float *y, int threads) {
  if (m <= 0 || n <= 0 || k <= 0) return -1;
  const int used = threads > 1 && (double)m * (double)n * (double)k >= THREADS_FROM ? threads : 1;
  if (threads == 0) stay_alone();
  else pith_use_threads(used);
  const pith_product product = {m, n, k, ldx < k ? k : ldx, ldw < k ? k : ldw, n, 0, 1, used,
                                bias != NULL, m >= PACKED_FROM, 0};
  return pith_matmul(&product, x, weight, bias, y);
}

int pith_matmul_bf16(int a_turned, int b_turned, int64_t m, int64_t n, int64_t k, const uint16_t *a, const uint16_t *b,
                     const float *bias, float *c, int threads) {
  if (m <= 0 || n <= 0 || k <= 0) return -1;
  const int used = threads > 1 && (double)m * (double)n * (double)k >= THREADS_FROM ? threads : 1;
  pith_use_threads(used);
  const pith_product product = {m, n, k, a_turned ? m : k, b_turned ? k : n, n, a_turned != 0, b_turned != 0, used,
                                bias != NULL, m >= PACKED_FROM, 1};
  return pith_matmul(&product, a, b, bias, c);
}

pith_bf16_support pith_has_bf16(void) {
  const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
  const unsigned native = (unsigned)dnnl_cpu_isa_avx512_core_bf16, least = (unsigned)dnnl_cpu_isa_avx512_core;
  return (isa & native) == native ? PITH_BF16_NATIVE : (isa & least) == least ? PITH_BF16_SLOW : PITH_BF16_NONE;
}

/// What is not below 0, NaN too, stays; oneDNN's own ReLU makes 0 of NaN.
static void below_zero_to_zero(float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = y[i] < 0 ? 0 : y[i];
}

// Rows that go through a stack at a time.
enum { STACK_ROWS = 1024 };

int pith_linear_stack(const pith_linear_layer *layers, int count, const float *x, int64_t ldx, int64_t begin, int64_t end,
                      int keeps) {
  for (int64_t row = begin; row < end; row += STACK_ROWS) {
    const int64_t rows = end - row < STACK_ROWS ? end - row : STACK_ROWS;
    const float *input = x + row * ldx;
    int64_t ld = ldx;
    for (int i = 0; i < count; i++) {
      const pith_linear_layer *l = &layers[i];
      float *output = l->y + (keeps || i + 1 == count ? row : begin) * l->n;
      const int status = pith_linear(rows, l->n, l->k, input, ld, l->weight, l->k, l->bias, output, 0);
      if (status != 0) return status;
      if (l->has_relu) below_zero_to_zero(output, rows * l->n);
      input = output;
      ld = l->n;
    }
  }
  return 0;
}

int pith_sgemm_batch(char transa, char transb, int64_t batch, int64_t m, int64_t n, int64_t k, float alpha,
                     const float *a, int64_t lda, int64_t stride_a, const float *b, int64_t ldb, int64_t stride_b,
                     float beta, float *c, int64_t ldc, int64_t stride_c, int threads) {
  // One matrix b for all, and rows of a and c that go on from matrix to matrix: one tall product.
  if (batch > 1 && stride_b == 0 && !is_turned(transa) && stride_a == m * lda && stride_c == m * ldc)
    return pith_sgemm(transa, transb, batch * m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, threads);
  for (int64_t i = 0; i < batch; i++) {
    const int status = pith_sgemm(transa, transb, m, n, k, alpha, a + i * stride_a, lda, b + i * stride_b, ldb, beta,
                                  c + i * stride_c, ldc, threads);
    if (status != 0) return status;
  }
  return 0;
}
