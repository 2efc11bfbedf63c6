// What normalisations of both floating types share: how work is cut, and moments put together.
#include "internal.h"
#include "norm.h"

size_t norm_chunks(size_t channels, size_t inner) {
  const size_t chunks = channels * inner / NORM_CHUNK;
  return chunks < 1 ? 1 : chunks > NORM_CHUNKS ? NORM_CHUNKS : chunks;
}

size_t pith_norm_room(size_t outer, size_t channels, size_t inner, int last) {
  return last ? 2 * outer * channels * norm_chunks(channels, inner) : 0;
}

void pith_merge_moments(const double *mean, const double *squares, size_t count, size_t sets, size_t set_step,
                        size_t members, size_t member_step, double *merged_mean, double *merged_squares) {
  for (size_t s = 0; s < sets; s++) {
    const double *m = mean + s * set_step, *q = squares + s * set_step;
    double centre = 0, total = 0;
    for (size_t i = 0; i < members; i++) centre += m[i * member_step];
    centre /= (double)members;
    for (size_t i = 0; i < members; i++) {
      const double distance = m[i * member_step] - centre;
      total += q[i * member_step] + distance * distance * (double)count;
    }
    merged_mean[s] = centre;
    merged_squares[s] = total;
  }
}
