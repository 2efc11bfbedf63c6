/// PyTorch's CPU generator (mt19937) and its fill rules, so that a seed gives the numbers that PyTorch gives.
#ifndef PITH_RANDOM_H
#define PITH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/// A plain value: copying it forks the stream.
typedef struct pith_mt19937 {
  uint32_t state[624];
  int32_t index;            ///< the next word of `state`; 624 where the block is used up
  int32_t has_next_normal;  ///< 1 where the second normal number of a pair waits
  double next_normal;
  uint64_t seed;
} pith_mt19937;

/// `torch.manual_seed(seed)`.
void pith_mt19937_seed(pith_mt19937 *g, uint64_t seed);
uint32_t pith_random32(pith_mt19937 *g);
/// Two words, the first one high.
uint64_t pith_random64(pith_mt19937 *g);

/// `torch.rand`: 24 bits of one word, 53 bits of two.
void pith_rand_f32(pith_mt19937 *g, float *y, size_t n);
void pith_rand_f64(pith_mt19937 *g, double *y, size_t n);
/// `uniform_(from, to)`.
void pith_uniform_f32(pith_mt19937 *g, float *y, size_t n, double from, double to);
void pith_uniform_f64(pith_mt19937 *g, double *y, size_t n, double from, double to);
/// `torch.randn` with mean 0 and std 1, `normal_(mean, std)`: pairs below 16 numbers, blocks of 16 from there on.
void pith_normal_f32(pith_mt19937 *g, float *y, size_t n, double mean, double std);
void pith_normal_f64(pith_mt19937 *g, double *y, size_t n, double mean, double std);
/// `torch.randperm(n)`.
void pith_randperm(pith_mt19937 *g, int64_t *y, size_t n);
/// `torch.randint(low, high)`: low ... high - 1; all `low` where high <= low.
void pith_randint(pith_mt19937 *g, int64_t *y, size_t n, int64_t low, int64_t high);
/// `torch.empty(n, dtype=torch.int64).random_()`: 63 bits of two words.
void pith_random_i64(pith_mt19937 *g, int64_t *y, size_t n);
/// `torch.empty(n).bernoulli_(p)`, 0 or 1, as dropout draws its mask with p = 1 - dropout.
void pith_bernoulli_f32(pith_mt19937 *g, float *y, size_t n, double p);
void pith_bernoulli_f64(pith_mt19937 *g, double *y, size_t n, double p);
void pith_bernoulli_u8(pith_mt19937 *g, uint8_t *y, size_t n, double p);

#endif
