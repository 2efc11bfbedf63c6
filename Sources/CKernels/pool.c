// What poolings of both floating types share: where the largest elements stand.
#include "internal.h"

void pith_max_pool_places(const struct pith_pool *p, const uint8_t *small, const int64_t *wide, int64_t *places) {
  const struct pith_pool_axis *rows = &p->rows, *columns = &p->columns;
  // The axes in the order of memory; the channels go with the inner ones or with the outer.
  const int64_t outer = p->channels_last ? p->batch : p->batch * p->channels;
  const int64_t inner = p->channels_last ? p->channels : 1;
  size_t at = 0;
  for (int64_t n = 0; n < outer; n++)
    for (int64_t oy = 0; oy < rows->out; oy++)
      for (int64_t ox = 0; ox < columns->out; ox++)
        for (int64_t c = 0; c < inner; c++, at++) {
          const int64_t j = small != NULL ? small[at] : wide[at];
          const int64_t row = rows->base[oy] + j / columns->window * rows->dilation;
          places[at] = row * columns->in + columns->base[ox] + j % columns->window * columns->dilation;
        }
}
