// mt19937 (Matsumoto and Nishimura 1998) and PyTorch's ways of drawing from it.
#include "math_f32.h"

enum { WORDS = 624, SHIFT = 397 };

void pith_mt19937_seed(pith_mt19937 *g, uint64_t seed) {
  memset(g, 0, sizeof *g);
  g->seed = seed;
  g->state[0] = (uint32_t)seed;
  for (uint32_t i = 1; i < WORDS; i++) g->state[i] = 1812433253u * (g->state[i - 1] ^ (g->state[i - 1] >> 30)) + i;
  g->index = WORDS;
}

PITH_INLINE uint32_t twisted(uint32_t high, uint32_t low, uint32_t far) {
  const uint32_t mixed = (high & 0x80000000u) | (low & 0x7fffffffu);
  return far ^ (mixed >> 1) ^ (low & 1 ? 0x9908b0dfu : 0);
}

static PITH_CLONES void next_block(uint32_t *state) {
  for (int i = 0; i < WORDS - SHIFT; i++) state[i] = twisted(state[i], state[i + 1], state[i + SHIFT]);
  for (int i = WORDS - SHIFT; i < WORDS - 1; i++) state[i] = twisted(state[i], state[i + 1], state[i + SHIFT - WORDS]);
  state[WORDS - 1] = twisted(state[WORDS - 1], state[0], state[SHIFT - 1]);
}

PITH_INLINE uint32_t tempered(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

uint32_t pith_random32(pith_mt19937 *g) {
  // A state that was loaded from a file may hold any index.
  if (g->index < 0 || g->index >= WORDS) {
    next_block(g->state);
    g->index = 0;
  }
  return tempered(g->state[g->index++]);
}

uint64_t pith_random64(pith_mt19937 *g) {
  const uint64_t high = pith_random32(g);
  return high << 32 | pith_random32(g);
}

static inline double uniform53(pith_mt19937 *g) {
  return (double)(int64_t)(pith_random64(g) & ((1ull << 53) - 1)) * 0x1p-53;
}

static PITH_CLONES void uniform_words(const uint32_t *state, float *y, size_t n, float span, float from) {
  for (size_t i = 0; i < n; i++) {
    const float u = (float)(int32_t)(tempered(state[i]) & 0xffffff) * 0x1p-24f;
    y[i] = u * span + from;
  }
}

void pith_uniform_f32(pith_mt19937 *g, float *y, size_t n, double from, double to) {
  const float low = (float)from, span = (float)to - low;
  while (n > 0) {
    if (g->index < 0 || g->index >= WORDS) {
      next_block(g->state);
      g->index = 0;
    }
    const size_t m = pith_min(n, (size_t)(WORDS - g->index));
    uniform_words(g->state + g->index, y, m, span, low);
    g->index += (int32_t)m;
    y += m;
    n -= m;
  }
}

static PITH_CLONES void spread(double *y, size_t n, double span, double from) {
  for (size_t i = 0; i < n; i++) y[i] = y[i] * span + from;  // one rounding, as PyTorch's
}

void pith_uniform_f64(pith_mt19937 *g, double *y, size_t n, double from, double to) {
  for (size_t i = 0; i < n; i++) y[i] = uniform53(g);
  spread(y, n, to - from, from);
}

void pith_rand_f32(pith_mt19937 *g, float *y, size_t n) { pith_uniform_f32(g, y, n, 0, 1); }
void pith_rand_f64(pith_mt19937 *g, double *y, size_t n) { pith_uniform_f64(g, y, n, 0, 1); }

/// One number of a pair; the other waits in the generator.
static double normal_number(pith_mt19937 *g, double mean, double std) {
  if (g->has_next_normal) {
    g->has_next_normal = 0;
    return g->next_normal * std + mean;
  }
  const double u1 = uniform53(g), u2 = uniform53(g);
  const double r = sqrt(-2.0 * log1p(-u2)), theta = 2.0 * M_PI * u1;
  g->next_normal = r * sin(theta);
  g->has_next_normal = 1;
  return r * cos(theta) * std + mean;
}

/// Sixteen uniform numbers to sixteen normal ones: the first eight give the radii, the others the angles.
static PITH_CLONES void normal_blocks_f32(float *y, size_t blocks, float mean, float std) {
  PITH_CONTRACT
  for (size_t b = 0; b < blocks; b++, y += 16)
    for (int j = 0; j < 8; j++) {
      const float radius = __builtin_sqrtf(-2.0f * log_f32(1.0f - y[j])), theta = 6.28318531f * y[j + 8];
      y[j] = radius * sin_quarter_f32(theta, 1) * std + mean;
      y[j + 8] = radius * sin_quarter_f32(theta, 0) * std + mean;
    }
}

static void normal_blocks_f64(double *y, size_t blocks, double mean, double std) {
  for (size_t b = 0; b < blocks; b++, y += 16)
    for (int j = 0; j < 8; j++) {
      const double radius = sqrt(-2.0 * log(1.0 - y[j])), theta = 2.0 * M_PI * y[j + 8];
      y[j] = radius * cos(theta) * std + mean;
      y[j + 8] = radius * sin(theta) * std + mean;
    }
}

// A rest of less than 16 numbers is made by drawing the last 16 anew.
#define NORMAL(TYPE, T)                                                               \
  void pith_normal_##TYPE(pith_mt19937 *g, T *y, size_t n, double mean, double std) { \
    if (n < 16) {                                                                     \
      for (size_t i = 0; i < n; i++) y[i] = (T)normal_number(g, mean, std);           \
      return;                                                                         \
    }                                                                                 \
    pith_rand_##TYPE(g, y, n);                                                        \
    normal_blocks_##TYPE(y, n / 16, (T)mean, (T)std);                                 \
    if (n % 16 == 0) return;                                                          \
    pith_rand_##TYPE(g, y + n - 16, 16);                                              \
    normal_blocks_##TYPE(y + n - 16, 1, (T)mean, (T)std);                             \
  }
NORMAL(f32, float)
NORMAL(f64, double)

void pith_randperm(pith_mt19937 *g, int64_t *y, size_t n) {
  pith_arange_i64(y, n, 0, 1);
  for (size_t i = 0; i + 1 < n; i++) {
    const size_t z = i + pith_random32(g) % (n - i);
    const int64_t held = y[i];
    y[i] = y[z];
    y[z] = held;
  }
}

void pith_randint(pith_mt19937 *g, int64_t *y, size_t n, int64_t low, int64_t high) {
  const uint64_t range = high > low ? (uint64_t)high - (uint64_t)low : 1;
  for (size_t i = 0; i < n; i++) {
    // One word is near enough to uniform for ranges below 2^28 only.
    const uint64_t word = range >= 1u << 28 ? pith_random64(g) : pith_random32(g);
    y[i] = (int64_t)((uint64_t)low + word % range);
  }
}

void pith_random_i64(pith_mt19937 *g, int64_t *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = (int64_t)(pith_random64(g) & INT64_MAX);
}

#define BERNOULLI(TYPE, T)                                                  \
  void pith_bernoulli_##TYPE(pith_mt19937 *g, T *y, size_t n, double p) {   \
    for (size_t i = 0; i < n; i++) y[i] = uniform53(g) < p;                 \
  }
BERNOULLI(f32, float)
BERNOULLI(f64, double)
BERNOULLI(u8, uint8_t)
