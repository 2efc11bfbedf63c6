// oneDNN called directly, for the comparison in scripts/bench: the seconds of a matrix product or of a convolution, the best
// layout of the weights chosen beforehand. `onednn peak COMMAND ...` runs a command and prints the memory it took at most.
//
//   cc -O2 scripts/benchmark/onednn.c -ldnnl -o onednn
#define _GNU_SOURCE
#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(CALL)                                                            \
  do {                                                                         \
    const int status_ = (int)(CALL);                                           \
    if (status_ != 0) {                                                        \
      fprintf(stderr, "%s:%d: oneDNN status %d\n", __FILE__, __LINE__, status_); \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

static dnnl_engine_t engine;
static dnnl_stream_t stream;

// oneDNN 2 keeps memory descriptors by value, oneDNN 3 behind pointers.
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t layout;
typedef const_dnnl_memory_desc_t layout_in;
static layout plain(int rank, const dnnl_dim_t *dims, dnnl_format_tag_t tag) {
  layout out;
  CHECK(dnnl_memory_desc_create_with_tag(&out, rank, dims, dnnl_f32, tag));
  return out;
}
#define IN(L) (L)
#else
typedef dnnl_memory_desc_t layout;
typedef const dnnl_memory_desc_t *layout_in;
static layout plain(int rank, const dnnl_dim_t *dims, dnnl_format_tag_t tag) {
  layout out;
  CHECK(dnnl_memory_desc_init_by_tag(&out, rank, dims, dnnl_f32, tag));
  return out;
}
#define IN(L) (&(L))
#endif
static size_t bytes(layout_in l) { return dnnl_memory_desc_get_size(l); }
static int same(layout_in a, layout_in b) { return dnnl_memory_desc_equal(a, b); }

static dnnl_memory_t memory(layout_in l) {
  dnnl_memory_t m;
  void *p = aligned_alloc(64, (bytes(l) + 63) / 64 * 64);
  if (p == NULL) exit(1);
  for (size_t i = 0; i < bytes(l) / 4; i++) ((float *)p)[i] = (float)(i % 17) / 17.0f - 0.5f;
  CHECK(dnnl_memory_create(&m, l, engine, p));
  return m;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// The median of `runs` executions, after one to warm up.
static double timed(dnnl_primitive_t p, int n, const dnnl_exec_arg_t *args, int runs) {
  double seconds[101];
  if (runs > 101) runs = 101;
  for (int i = -1; i < runs; i++) {
    const double start = now();
    CHECK(dnnl_primitive_execute(p, stream, n, args));
    CHECK(dnnl_stream_wait(stream));
    if (i >= 0) seconds[i] = now() - start;
  }
  qsort(seconds, (size_t)runs, sizeof(double), by_size);
  return seconds[runs / 2];
}

static double product(long m, long n, long k, int runs) {
  const dnnl_dim_t a[] = {m, k}, b[] = {k, n}, c[] = {m, n};
  layout x = plain(2, a, dnnl_ab), w = plain(2, b, dnnl_ab), y = plain(2, c, dnnl_ab);
  dnnl_primitive_desc_t pd;
#if DNNL_VERSION_MAJOR >= 3
  CHECK(dnnl_matmul_primitive_desc_create(&pd, engine, x, w, NULL, y, NULL));
#else
  dnnl_matmul_desc_t d;
  CHECK(dnnl_matmul_desc_init(&d, &x, &w, NULL, &y));
  CHECK(dnnl_primitive_desc_create(&pd, &d, NULL, engine, NULL));
#endif
  dnnl_primitive_t p;
  CHECK(dnnl_primitive_create(&p, pd));
  const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, memory(IN(x))}, {DNNL_ARG_WEIGHTS, memory(IN(w))}, {DNNL_ARG_DST, memory(IN(y))}};
  return timed(p, 3, args, runs);
}

// Input and output channels-last, the weights in the layout that the primitive likes best.
static double convolution(long batch, long in, long out, long size, long kernel, long stride, int runs) {
  const dnnl_dim_t pad = kernel / 2, wide = (size + 2 * pad - kernel) / stride + 1;
  const dnnl_dim_t a[] = {batch, in, size, size}, b[] = {out, in, kernel, kernel}, c[] = {batch, out, wide, wide};
  const dnnl_dims_t strides = {stride, stride}, pads = {pad, pad};
  layout x = plain(4, a, dnnl_nhwc), w = plain(4, b, dnnl_format_tag_any), y = plain(4, c, dnnl_nhwc), stored = plain(4, b, dnnl_oihw);
  dnnl_primitive_desc_t pd;
#if DNNL_VERSION_MAJOR >= 3
  const dnnl_dims_t dilates = {0, 0};
  CHECK(dnnl_convolution_forward_primitive_desc_create(
      &pd, engine, dnnl_forward_inference, dnnl_convolution_direct, x, w, NULL, y, strides, dilates, pads, pads, NULL));
#else
  dnnl_convolution_desc_t d;
  CHECK(dnnl_convolution_forward_desc_init(&d, dnnl_forward_inference, dnnl_convolution_direct, &x, &w, NULL, &y, strides, pads, pads));
  CHECK(dnnl_primitive_desc_create(&pd, &d, NULL, engine, NULL));
#endif
  layout_in best = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
  dnnl_memory_t weights = memory(IN(stored));
  if (!same(best, IN(stored))) {
    dnnl_memory_t packed = memory(best);
    dnnl_primitive_desc_t rd;
    dnnl_primitive_t r;
    CHECK(dnnl_reorder_primitive_desc_create(&rd, IN(stored), engine, best, engine, NULL));
    CHECK(dnnl_primitive_create(&r, rd));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, weights}, {DNNL_ARG_TO, packed}};
    CHECK(dnnl_primitive_execute(r, stream, 2, args));
    CHECK(dnnl_stream_wait(stream));
    weights = packed;
  }
  dnnl_primitive_t p;
  CHECK(dnnl_primitive_create(&p, pd));
  const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, memory(IN(x))}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, memory(IN(y))}};
  return timed(p, 3, args, runs);
}

static int peak(char **command) {
  const pid_t child = fork();
  if (child == 0) {
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) return 1;
  printf("PEAK %ld\n", usage.ru_maxrss * 1024);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int count, char **words) {
  if (count > 2 && strcmp(words[1], "peak") == 0) return peak(words + 2);
  const int runs = count > 1 ? atoi(words[1]) : 21;
  CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
  CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
  static const long products[][3] = {{64, 64, 64},     {128, 128, 128},  {256, 256, 256},   {512, 512, 512},  {1024, 1024, 1024},
                                     {32, 1024, 1024}, {1024, 32, 1024}, {2048, 256, 512},  {1797, 128, 64},  {512, 4096, 256}};
  for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
    const long *s = products[i];
    printf("matmul_%ldx%ldx%ld %.9f\n", s[0], s[1], s[2], product(s[0], s[1], s[2], runs));
  }
  static const long convolutions[][6] = {{8, 64, 64, 56, 3, 1},  {8, 128, 128, 28, 3, 1}, {8, 256, 256, 14, 3, 1}, {8, 512, 512, 7, 3, 1},
                                         {1, 64, 64, 56, 3, 1},  {1, 3, 64, 224, 7, 2},   {8, 64, 256, 56, 1, 1},  {8, 256, 64, 56, 1, 1},
                                         {8, 64, 128, 56, 3, 2}, {64, 16, 32, 14, 3, 1}};
  for (size_t i = 0; i < sizeof convolutions / sizeof *convolutions; i++) {
    const long *s = convolutions[i];
    printf("conv_%ldx%ldx%ld_%ldpx_k%ld_s%ld %.9f\n", s[0], s[1], s[2], s[3], s[4], s[5], convolution(s[0], s[1], s[2], s[3], s[4], s[5], runs));
  }
  return 0;
}
