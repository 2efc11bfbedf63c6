/// Gathering and scattering by int64 indices. Callers have checked the bounds; indices are not negative.
#ifndef PITH_INDEX_H
#define PITH_INDEX_H

#include <stddef.h>
#include <stdint.h>

/// The place of the first index outside low ..< high, or -1.
int64_t pith_index_first_bad(const int64_t *index, size_t count, int64_t low, int64_t high);

/// y [outer, m, inner] = x [outer, n, inner] at [o, index[o, j, i], i]; index is [outer, m, inner].
void pith_gather_1(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
void pith_gather_4(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
void pith_gather_8(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
/// y [outer, n, inner] at [o, index[o, j, i], i] = x [outer, m, inner]; the last of equal indices stays.
void pith_scatter_1(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
void pith_scatter_4(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
void pith_scatter_8(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
/// The same with +=, in the order of x.
void pith_scatter_add_f32(const float *x, const int64_t *index, float *y, size_t outer, size_t n, size_t inner,
                          size_t m);
void pith_scatter_add_f64(const double *x, const int64_t *index, double *y, size_t outer, size_t n, size_t inner,
                          size_t m);
void pith_scatter_add_i64(const int64_t *x, const int64_t *index, int64_t *y, size_t outer, size_t n, size_t inner,
                          size_t m);

/// y [outer, m, inner] = x [outer, n, inner] at [:, index[j], :]; index is [m].
void pith_index_select_1(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
void pith_index_select_4(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
void pith_index_select_8(const void *x, const int64_t *index, void *y, size_t outer, size_t n, size_t inner, size_t m);
/// y [outer, n, inner] at [:, index[j], :] += x [outer, m, inner], in order of j.
void pith_index_add_f32(const float *x, const int64_t *index, float *y, size_t outer, size_t n, size_t inner, size_t m);
void pith_index_add_f64(const double *x, const int64_t *index, double *y, size_t outer, size_t n, size_t inner,
                        size_t m);
void pith_index_add_i64(const int64_t *x, const int64_t *index, int64_t *y, size_t outer, size_t n, size_t inner,
                        size_t m);

/// The number of non-zero bytes.
size_t pith_count_nonzero_u8(const uint8_t *x, size_t n);
/// Writes the places of the non-zero bytes, in order (as many as `pith_count_nonzero_u8` says), and returns how many.
size_t pith_nonzero_u8(const uint8_t *x, size_t n, int64_t *places);

#endif
