/// Copies between layouts, casts and fills.
#ifndef PITH_MEMORY_H
#define PITH_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/// dst (contiguous of `shape`) = src read by strides. `elem_size` is 1, 2, 4 or 8 bytes. A stride may be 0 or negative.
void pith_copy_strided(int elem_size, const void *src, int rank, const int64_t *shape, const int64_t *src_strides,
                       void *dst);
/// dst written by strides = src (contiguous of `shape`). Where strides make elements meet, the last one stays.
void pith_copy_to_strided(int elem_size, const void *src, void *dst, int rank, const int64_t *shape,
                          const int64_t *dst_strides);
/// dst by strides += src (contiguous of `shape`). Strides may make elements meet: all are added, in order.
void pith_add_to_strided_f32(const float *src, float *dst, int rank, const int64_t *shape, const int64_t *dst_strides);
void pith_add_to_strided_f64(const double *src, double *dst, int rank, const int64_t *shape,
                             const int64_t *dst_strides);
void pith_add_to_strided_i64(const int64_t *src, int64_t *dst, int rank, const int64_t *shape,
                             const int64_t *dst_strides);

enum pith_dtype : int32_t { PITH_F32 = 0, PITH_F64 = 1, PITH_I64 = 2, PITH_BOOL = 3 };
/// dst[i] = src[i] as another type. To bool: x != 0 (NaN is true). Float to int64: towards zero, saturating, NaN is 0.
void pith_cast(int from, int to, const void *src, void *dst, size_t n);

/// dst[i] = src[i] rounded to the nearest bfloat16, to even where two are as near; a NaN stays one.
void pith_to_bf16(const float *src, uint16_t *dst, size_t n);
/// The same as float32, whose lower 16 bits are 0.
void pith_round_bf16(const float *src, float *dst, size_t n);

void pith_fill_f32(float *y, size_t n, float value);
void pith_fill_f64(double *y, size_t n, double value);
void pith_fill_i64(int64_t *y, size_t n, int64_t value);
void pith_fill_u8(uint8_t *y, size_t n, uint8_t value);

/// y[i] = start + i step, computed in double for both float types.
void pith_arange_f32(float *y, size_t n, double start, double step);
void pith_arange_f64(double *y, size_t n, double start, double step);
void pith_arange_i64(int64_t *y, size_t n, int64_t start, int64_t step);

#endif
