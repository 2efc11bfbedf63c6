#include "internal.h"

#pragma clang fp contract(off)

#define T float
#define SUFFIX(NAME) NAME##_f32
#include "gather_float.h"

void pith_gather_tile_f32(int kind, const float *x, size_t rows, size_t columns, double *sum, size_t step) {
  if (kind < 0 || kind >= PITH_GATHER_COUNT) return;
  for (size_t r = 0; r < rows; r++) gathers[kind](x + r * columns, columns, sum + r * step);
}

void pith_tap_f32(const pith_tap *tap, const float *x, size_t from, size_t columns, float *y) {
  for (int64_t r = 0; r < tap->out[0]; r++) {
    const int64_t row = tap->first[0] + r * tap->stride[0];
    for (int64_t c = 0; c < tap->out[1]; c++, y += columns) {
      const int64_t column = tap->first[1] + c * tap->stride[1];
      if (row < 0 || row >= tap->size[0] || column < 0 || column >= tap->size[1]) {
        memset(y, 0, columns * sizeof *y);
      } else {
        memcpy(y, x + (row * tap->size[1] + column) * tap->channels + (int64_t)from, columns * sizeof *y);
      }
    }
  }
}
