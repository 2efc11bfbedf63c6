#include "pith_stack.h"

#include "internal.h"

#if defined(__x86_64__)

#include "stack_tiles.h"

int pith_stack_is_fast(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"); }

PITH_ROW_TILE(row_6x4, 6, 4)
PITH_ROW_TILE(row_12x2, 12, 2)
PITH_ROW_TILE(row_12x1, 12, 1)
PITH_COLUMN_TILE(column_6x4, 6, 4)
PITH_COLUMN_TILE(column_2x4, 2, 4)
PITH_COLUMN_TILE(column_1x4, 1, 4)
PITH_COLUMN_TILE(column_12x2, 12, 2)
PITH_COLUMN_TILE(column_4x2, 4, 2)
PITH_COLUMN_TILE(column_1x2, 1, 2)
PITH_COLUMN_TILE(column_12x1, 12, 1)
PITH_COLUMN_TILE(column_4x1, 4, 1)
PITH_COLUMN_TILE(column_1x1, 1, 1)

// Rows that are taken through all layers before the next are begun; and, where few are left after them, those too.
enum { BLOCK = 96, MOST = BLOCK + BLOCK / 4 };

/// Columns come in panels of 4, 2 or 1 vectors; the last is filled up.
static int64_t panel_of(int64_t columns) { return columns >= PITH_PANEL ? 4 : columns >= 32 ? 2 : 1; }
static int64_t padded(int64_t n) { return (n + PITH_LANES - 1) / PITH_LANES * PITH_LANES; }
static __mmask16 lanes_of(int64_t columns, int64_t vectors) {
  return columns >= vectors * PITH_LANES ? (__mmask16)-1 : (__mmask16)((1u << (columns % PITH_LANES)) - 1);
}

/// The rows of the tile of a panel.
static int64_t height_of(int64_t vectors) { return vectors == 4 ? 6 : 12; }

/// to [depth, 16], rows `step` apart = the transpose of x [lines, depth], lines `ldx` apart; lines that are not there are 0.
/// By shuffles: a gather is slow on processors that are careful with it.
PITH_WIDE static void turn(const float *x, int64_t ldx, int64_t lines, int64_t depth, float *to, int64_t step) {
  const __mmask16 there = depth >= PITH_LANES ? (__mmask16)-1 : (__mmask16)((1u << depth) - 1);
  __m512 a[16], b[16];
  PITH_UNROLL for (int i = 0; i < 16; i++) a[i] = i < lines ? _mm512_maskz_loadu_ps(there, x + i * ldx) : _mm512_setzero_ps();
  PITH_UNROLL for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
  }
  PITH_UNROLL for (int i = 0; i < 16; i += 4)
    PITH_UNROLL for (int j = 0; j < 2; j++) {
      const __m512d low = _mm512_castps_pd(b[i + j]), high = _mm512_castps_pd(b[i + j + 2]);
      a[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
      a[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
    }
  // a[i + c] has, in quarter q, the numbers of column 4 q + c of the lines i ... i + 3.
  PITH_UNROLL for (int c = 0; c < 4; c++) {
    const __m512 even = _mm512_shuffle_f32x4(a[c], a[4 + c], 0x88), odd = _mm512_shuffle_f32x4(a[c], a[4 + c], 0xdd);
    const __m512 even2 = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0x88), odd2 = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0xdd);
    b[c] = _mm512_shuffle_f32x4(even, even2, 0x88);
    b[8 + c] = _mm512_shuffle_f32x4(even, even2, 0xdd);
    b[4 + c] = _mm512_shuffle_f32x4(odd, odd2, 0x88);
    b[12 + c] = _mm512_shuffle_f32x4(odd, odd2, 0xdd);
  }
  PITH_UNROLL for (int i = 0; i < 16; i++) if (i < depth) _mm512_storeu_ps(to + i * step, b[i]);
}

/// Weights [n, k] as panels of outputs [k, panel], one after the other, then the bias: what a forward pass reads.
static void pack_forward(const pith_stack_layer *l, float *to) {
  for (int64_t j = 0; j < l->n;) {
    const int64_t vectors = panel_of(l->n - j), width = vectors * PITH_LANES;
    for (int64_t v = 0; v < width; v += PITH_LANES)
      for (int64_t t = 0; t < l->k; t += PITH_LANES)
        turn(l->weight + (j + v) * l->k + t, l->k, l->n - j - v, l->k - t, to + j * l->k + t * width + v, width);
    j += width;
  }
  float *bias = to + padded(l->n) * l->k;
  memset(bias, 0, (size_t)padded(l->n) * sizeof(float));
  if (l->bias != NULL) memcpy(bias, l->bias, (size_t)l->n * sizeof(float));
}

/// The same weights as panels of inputs [n, panel], then zeros: what a backward pass reads.
static void pack_back(const pith_stack_layer *l, float *to) {
  for (int64_t j = 0; j < l->k;) {
    const int64_t width = panel_of(l->k - j) * PITH_LANES, there = l->k - j < width ? l->k - j : width;
    float *out = to + j * l->n;
    for (int64_t t = 0; t < l->n; t++, out += width) {
      memcpy(out, l->weight + t * l->k + j, (size_t)there * sizeof(float));
      if (there < width) memset(out + there, 0, (size_t)(width - there) * sizeof(float));
    }
    j += width;
  }
  memset(to + padded(l->k) * l->n, 0, (size_t)padded(l->k) * sizeof(float));
}

/// y [rows, n] = x times packed weights, plus what stands after them; at least PITH_STACK_ROWS rows.
static void multiply(const float *x, int64_t ldx, int64_t rows, int64_t n, int64_t k, const float *packed, int64_t relu,
                     const float *gate, float *y, int64_t ldy) {
  for (int64_t j = 0; j < n;) {
    const int64_t vectors = panel_of(n - j), height = height_of(vectors);
    const pith_tile_body run = vectors == 4 ? row_6x4 : vectors == 2 ? row_12x2 : row_12x1;
    struct pith_tile tile = {.x_row = ldx, .w = packed + j * k, .depth = k, .start = packed + padded(n) * k + j, .relu = relu,
                             .y_row = ldy, .gate_row = n, .last = lanes_of(n - j, vectors)};
    for (int64_t i = 0; i < rows; i += height) {
      // The last rows once more with those before them.
      const int64_t row = i + height <= rows ? i : rows - height;
      tile.x = x + row * ldx;
      tile.y = y + row * ldy + j;
      tile.gate = gate != NULL ? gate + row * n + j : NULL;
      run(&tile);
    }
    j += vectors * PITH_LANES;
  }
}

/// dw [n, k] = the sum over rows of the outer products of d and a, added to what is there where `adds` says so. a is in
/// panels, or, where `lda` is not 0, as it lies.
static void add_outer(const float *d, int64_t ldd, const float *a, int64_t lda, int64_t rows, int64_t n, int64_t k, int adds,
                      float *dw) {
  static const float zeros[PITH_PANEL] = {0};
  for (int64_t j = 0; j < k;) {
    const int64_t vectors = panel_of(k - j), height = height_of(vectors), few = vectors == 4 ? 2 : 4;
    const pith_tile_body whole = vectors == 4 ? column_6x4 : vectors == 2 ? column_12x2 : column_12x1;
    const pith_tile_body some = vectors == 4 ? column_2x4 : vectors == 2 ? column_4x2 : column_4x1;
    const pith_tile_body single = vectors == 4 ? column_1x4 : vectors == 2 ? column_1x2 : column_1x1;
    struct pith_tile tile = {.x_step = ldd, .w = lda != 0 ? a + j : a + j * rows,
                             .w_step = lda != 0 ? lda : vectors * PITH_LANES, .depth = rows, .start = adds ? NULL : zeros,
                             .y_row = k, .last = lanes_of(k - j, vectors)};
    for (int64_t i = 0; i < n;) {
      const int64_t left = n - i;
      tile.x = d + i;
      tile.y = dw + i * k + j;
      (left >= height ? whole : left >= few ? some : single)(&tile);
      i += left >= height ? height : left >= few ? few : 1;
    }
    j += vectors * PITH_LANES;
  }
}

/// db [n] = the sum of rows; added to what is there where `adds` says so.
PITH_WIDE static void add_rows(const float *d, int64_t ldd, int64_t rows, int64_t n, int adds, float *db) {
  for (int64_t j = 0; j < n; j += PITH_LANES) {
    const __mmask16 lanes = lanes_of(n - j, 1);
    __m512 sums[4] = {adds ? _mm512_maskz_loadu_ps(lanes, db + j) : _mm512_setzero_ps()};
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4)
      PITH_UNROLL for (int p = 0; p < 4; p++) sums[p] = _mm512_add_ps(sums[p], _mm512_maskz_loadu_ps(lanes, d + (i + p) * ldd + j));
    for (; i < rows; i++) sums[0] = _mm512_add_ps(sums[0], _mm512_maskz_loadu_ps(lanes, d + i * ldd + j));
    sums[0] = _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
    _mm512_mask_storeu_ps(db + j, lanes, sums[0]);
  }
}

/// What the parts of a call share.
struct pass {
  const pith_stack_layer *layers;
  int64_t count;
  const float *x, *dy;
  int64_t ldx, rows, part, widest, widest_spread;
  float *dx;
  float **packed;  ///< of each layer
  float *sums;     ///< [parts - 1, size]: what all parts but the first add up, each with dw and then db of all layers
  float *work;     ///< [workers, work_size]: of a block of rows, dz of each layer, then f(dz) and the panels of f(x) of one
  int64_t size, work_size;
  int failed;
  int64_t workers, next;  ///< those that take rows; and going forward the first row, going back the first part not taken
  int64_t parts, large;   ///< going back: parts, and the rows of each of the first of them, one for each worker
  char *done;             ///< [parts]: which parts are summed
  int64_t gathered;       ///< the first part that is not yet where it belongs
  int gathering;          ///< whether a worker brings parts there
};

/// Rows a part: as many as are worth a thread.
static int64_t rows_of_part(int64_t rows, double multiplications) {
  const double few = 500000 / (multiplications > 1 ? multiplications : 1);
  const int64_t least = few > 2 * PITH_STACK_ROWS ? (int64_t)few : 2 * PITH_STACK_ROWS;
  const int64_t most = rows / least < pith_threads() ? rows / least : pith_threads();
  return most > 1 ? (rows + most - 1) / most : rows;
}

/// Rows of the next block.
static int64_t rows_of_block(int64_t left) { return left <= MOST ? left : BLOCK; }

static double multiplications(const pith_stack_layer *layers, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (double)layers[i].n * (double)layers[i].k;
  return sum;
}

/// Memory for `count` numbers; null where there is too little.
static float *numbers(int64_t count) { return pith_take((size_t)count * sizeof(float)); }

static void forward_part(const struct pass *p, int64_t begin, int64_t end, float *between) {
  for (int64_t row = begin; row < end;) {
    const int64_t rows = rows_of_block(end - row);
    const float *input = p->x + row * p->ldx;
    int64_t ld = p->ldx;
    for (int64_t i = 0; i < p->count; i++) {
      const pith_stack_layer *l = &p->layers[i];
      float *y = l->y != NULL ? l->y + row * l->n : between + i % 2 * MOST * p->widest;
      multiply(input, ld, rows, l->n, l->k, p->packed[i], l->has_relu, NULL, y, l->n);
      input = y;
      ld = l->n;
    }
    row += rows;
  }
}

/// The next rows that nobody has taken: large pieces first and then smaller ones, so that a core that other work slows down
/// takes fewer of them, and all end together. What comes out does not depend on who takes a row.
static int take_rows(struct pass *p, int64_t *begin, int64_t *end) {
  int64_t from = __atomic_load_n(&p->next, __ATOMIC_RELAXED), to;
  do {
    const int64_t left = p->rows - from, share = p->workers > 1 ? left / (2 * p->workers) / BLOCK * BLOCK : left;
    const int64_t some = share > 0 ? share : BLOCK / 2;
    if (left <= 0) return 0;
    to = left - some < PITH_STACK_ROWS ? p->rows : from + some;
  } while (!__atomic_compare_exchange_n(&p->next, &from, to, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  *begin = from;
  *end = to;
  return 1;
}

static void forward_rows(void *context, long begin, long end) {
  struct pass *p = context;
  int64_t first, last;
  for (long worker = begin; worker < end; worker++) {
    float *between = p->widest > 0 ? numbers(2 * MOST * p->widest) : NULL;
    if (p->widest > 0 && between == NULL) __atomic_store_n(&p->failed, 1, __ATOMIC_RELAXED);
    else
      while (take_rows(p, &first, &last)) forward_part(p, first, last, between);
    pith_give(between);
  }
}

/// Parts of a pass; the last has enough rows too.
static int64_t parts_of(struct pass *p) {
  const int64_t parts = (p->rows + p->part - 1) / p->part;
  if (parts > 1 && p->rows - (parts - 1) * p->part < PITH_STACK_ROWS) {
    p->part = p->rows;
    return 1;
  }
  return parts;
}

int pith_stack_f32(const pith_stack_layer *layers, int64_t count, const float *x, int64_t ldx, int64_t rows) {
  if (rows < PITH_STACK_ROWS || count <= 0) return 1;
  int64_t size = 0, widest = 0;
  for (int64_t i = 0; i < count; i++) {
    size += padded(layers[i].n) * (layers[i].k + 1);
    if (layers[i].y == NULL && layers[i].n > widest) widest = layers[i].n;
  }
  float **packed = malloc((size_t)count * sizeof *packed), *all = numbers(size);
  struct pass p = {.layers = layers, .count = count, .x = x, .ldx = ldx, .rows = rows, .widest = widest,
                   .packed = packed,
                   .part = rows_of_part(rows, multiplications(layers, count)), .failed = packed == NULL || all == NULL};
  if (!p.failed) {
    float *to = all;
    for (int64_t i = 0; i < count; i++) {
      pack_forward(&layers[i], to);
      packed[i] = to;
      to += padded(layers[i].n) * (layers[i].k + 1);
    }
    p.workers = parts_of(&p);
    pith_parallel_for(p.workers, 1, &p, forward_rows);
  }
  pith_give(all);
  free(packed);
  return p.failed;
}

/// The step between rows of a block of which the columns are read: one that does not bring them all to the same place in
/// the cache.
static int64_t spread(int64_t n) { return ((n + PITH_LANES - 1) / PITH_LANES | 1) * PITH_LANES; }

/// to = d, 0 where the gate is not above 0.
PITH_WIDE static void gate_rows(const float *d, const float *gate, int64_t rows, int64_t n, float *to, int64_t ldt) {
  for (int64_t i = 0; i < rows; i++, d += n, to += ldt) {
    if (gate == NULL) memcpy(to, d, (size_t)n * sizeof(float));
    else
      for (int64_t j = 0; j < n; j++) to[j] = gate[i * n + j] > 0 ? d[j] : 0;
  }
}

/// dz of a block of rows of all layers, the last first, and dx.
static void back_block(const struct pass *p, int64_t row, int64_t rows, float *work) {
  for (int64_t i = p->count - 1; i >= 0; i--) {
    const pith_stack_layer *l = &p->layers[i], *before = l - 1;
    float *dz = work;
    const int64_t ldd = spread(l->n);
    if (i == p->count - 1) gate_rows(p->dy + row * l->n, l->has_relu ? l->y + row * l->n : NULL, rows, l->n, dz, ldd);
    work += MOST * ldd;
    if (i > 0)
      multiply(dz, ldd, rows, l->k, l->n, p->packed[i], 0, before->has_relu ? before->y + row * l->k : NULL,
               work, spread(l->k));
    else if (p->dx != NULL)
      multiply(dz, ldd, rows, l->k, l->n, p->packed[i], 0, NULL, p->dx + row * l->k, l->k);
  }
}

/// f(x) of a vector.
PITH_WIDE PITH_INLINE __m512 raised(__m512 x, int64_t f) {
  return f == PITH_POWER_SQUARE ? _mm512_mul_ps(x, x) : f == PITH_POWER_SIZE ? _mm512_abs_ps(x) : x;
}

/// A panel [rows, vectors] of f(x), what is not there as 0.
PITH_WIDE PITH_INLINE void pack_panel(const float *x, int64_t ldx, int64_t rows, int64_t vectors, __mmask16 last, int64_t f,
                                      float *to, int64_t ldt) {
  for (int64_t i = 0; i < rows; i++, x += ldx, to += ldt) {
    for (int64_t v = 0; v + 1 < vectors; v++)
      _mm512_storeu_ps(to + v * PITH_LANES, raised(_mm512_loadu_ps(x + v * PITH_LANES), f));
    const int64_t v = (vectors - 1) * PITH_LANES;
    _mm512_storeu_ps(to + v, raised(_mm512_maskz_loadu_ps(last, x + v), f));
  }
}

/// f(x) as panels [rows, panel]; or, where `ldt` is not 0, as one of that step.
PITH_WIDE static void pack_panels(const float *x, int64_t ldx, int64_t rows, int64_t k, int64_t f, float *to, int64_t ldt) {
  for (int64_t j = 0; j < k;) {
    const int64_t vectors = ldt != 0 ? (k + PITH_LANES - 1) / PITH_LANES : panel_of(k - j), width = vectors * PITH_LANES;
    const __mmask16 last = lanes_of(k - j, vectors);
    const int64_t step = ldt != 0 ? ldt : width;
    switch (f) {
    case PITH_POWER_ITSELF: pack_panel(x + j, ldx, rows, vectors, last, PITH_POWER_ITSELF, to + j * rows, step); break;
    case PITH_POWER_SQUARE: pack_panel(x + j, ldx, rows, vectors, last, PITH_POWER_SQUARE, to + j * rows, step); break;
    case PITH_POWER_SIZE: pack_panel(x + j, ldx, rows, vectors, last, PITH_POWER_SIZE, to + j * rows, step); break;
    }
    j += width;
  }
}

/// Adds what a block of rows gives to the sums of a layer with one power of its factors. Returns the sums of the next.
static float *weigh(const struct pass *p, int64_t i, int64_t f, int64_t row, int64_t rows, int adds, float *dz, float *work,
                    float *sums) {
  const pith_stack_layer *l = &p->layers[i];
  const int64_t ldd = spread(l->n);
  if (l->dw[f] == NULL && l->db[f] == NULL) return sums;
  float *panels = work + MOST * p->widest_spread;
  if (f != PITH_POWER_ITSELF) {
    pack_panels(dz, ldd, rows, l->n, f, work, ldd);
    dz = work;
  }
  if (l->dw[f] != NULL) {
    const float *x = i == 0 ? p->x + row * p->ldx : l[-1].y + row * l->k;
    const int64_t ldx = i == 0 ? p->ldx : l->k;
    // Whole vectors are read where they are.
    const int as_it_lies = f == PITH_POWER_ITSELF && l->k % PITH_LANES == 0;
    if (!as_it_lies) pack_panels(x, ldx, rows, l->k, f, panels, 0);
    add_outer(dz, ldd, as_it_lies ? x : panels, as_it_lies ? ldx : 0, rows, l->n, l->k, adds, sums == NULL ? l->dw[f] : sums);
    if (sums != NULL) sums += l->n * l->k;
  }
  if (l->db[f] != NULL) {
    add_rows(dz, ldd, rows, l->n, adds, sums == NULL ? l->db[f] : sums);
    if (sums != NULL) sums += l->n;
  }
  return sums;
}

/// Adds what a block of rows gives to the sums of all layers.
static void weigh_block(const struct pass *p, int64_t part, int64_t row, int64_t rows, int adds, float *work) {
  float *sums = part == 0 ? NULL : p->sums + (part - 1) * p->size;
  float *after = work + p->work_size - MOST * (p->widest + p->widest_spread), *dz = after;
  for (int64_t i = 0; i < p->count; i++) {
    dz -= MOST * spread(p->layers[i].n);
    for (int64_t f = 0; f < PITH_POWERS; f++) sums = weigh(p, i, f, row, rows, adds, dz, after, sums);
  }
}

/// The first row of a part. The small ones share what the large ones leave.
static int64_t first_row(const struct pass *p, int64_t part) {
  if (part == p->parts) return p->rows;
  if (part <= p->workers) return part * p->large;
  const int64_t small = part - p->workers, before = p->workers * p->large;
  return before + (p->rows - before) * small / (p->parts - p->workers);
}

/// Adds the sums of a part after the first to where they belong.
static void add_part(const struct pass *p, int64_t part) {
  const float *sums = p->sums + (part - 1) * p->size;
  for (int64_t i = 0; i < p->count; i++) {
    const pith_stack_layer *l = &p->layers[i];
    for (int64_t f = 0; f < PITH_POWERS; f++) {
      if (l->dw[f] != NULL) {
        pith_add_inplace_f32(sums, l->dw[f], (size_t)(l->n * l->k));
        sums += l->n * l->k;
      }
      if (l->db[f] != NULL) {
        pith_add_inplace_f32(sums, l->db[f], (size_t)l->n);
        sums += l->n;
      }
    }
  }
}

/// Adds the parts that are done, in their order, so that sums do not depend on who is done first.
static void gather(struct pass *p) {
  if (__atomic_exchange_n(&p->gathering, 1, __ATOMIC_ACQUIRE)) return;
  for (; p->gathered < p->parts && __atomic_load_n(&p->done[p->gathered], __ATOMIC_ACQUIRE); p->gathered++)
    if (p->gathered > 0) add_part(p, p->gathered);
  __atomic_store_n(&p->gathering, 0, __ATOMIC_RELEASE);
}

static void back_rows(void *context, long begin, long end) {
  struct pass *p = context;
  for (long worker = begin; worker < end; worker++) {
    float *work = p->work + worker * p->work_size;
    for (int64_t part; (part = __atomic_fetch_add(&p->next, 1, __ATOMIC_RELAXED)) < p->parts;) {
      const int64_t first = first_row(p, part), last = first_row(p, part + 1);
      for (int64_t row = first; row < last;) {
        const int64_t rows = rows_of_block(last - row);
        back_block(p, row, rows, work);
        weigh_block(p, part, row, rows, row > first, work);
        row += rows;
      }
      __atomic_store_n(&p->done[part], 1, __ATOMIC_RELEASE);
      gather(p);
    }
  }
}

// Numbers of sums up to which small parts pay: more do not stay in a cache until they are added.
enum { FEW_SUMS = 1 << 17 };

/// Divides the rows of a pass back: one large part for each worker, then small ones for those that are done first. A core
/// that other work slows down takes fewer of them.
static void divide(struct pass *p) {
  p->workers = p->parts = parts_of(p);
  p->large = p->part;
  const int64_t large = p->rows * 3 / 4 / p->workers / BLOCK * BLOCK, most = p->rows / 4 / BLOCK;
  if (p->workers == 1 || large == 0 || most == 0 || p->size > FEW_SUMS) return;
  p->large = large;
  p->parts += most < 2 * p->workers ? most : 2 * p->workers;
}

/// Packs the weights, from a layer on, and runs a backward pass.
static int go_back(struct pass *p, int64_t from) {
  int64_t weights = 0;
  for (int64_t i = from; i < p->count; i++) weights += padded(p->layers[i].k) * (p->layers[i].n + 1);
  float *all = numbers(weights + p->workers * p->work_size + (p->parts - 1) * p->size + 1), *to = all;
  p->packed = calloc((size_t)p->count, sizeof *p->packed);
  p->done = calloc((size_t)p->parts, 1);
  const int failed = p->packed == NULL || p->done == NULL || all == NULL;
  if (!failed) {
    for (int64_t i = from; i < p->count; i++) {
      pack_back(&p->layers[i], to);
      p->packed[i] = to;
      to += padded(p->layers[i].k) * (p->layers[i].n + 1);
    }
    p->work = to;
    p->sums = to + p->workers * p->work_size;
    pith_parallel_for(p->workers, 1, p, back_rows);
    gather(p);
  }
  pith_give(all);
  free(p->packed);
  free(p->done);
  return failed;
}

int pith_stack_gradients_f32(const pith_stack_layer *layers, int64_t count, const float *x, int64_t ldx, const float *dy,
                             int64_t rows, float *dx) {
  if (rows < PITH_STACK_ROWS || count <= 0) return 1;
  struct pass p = {.layers = layers, .count = count, .x = x, .ldx = ldx, .dy = dy, .rows = rows, .dx = dx,
                   .part = rows_of_part(rows, 2 * multiplications(layers, count))};
  for (int64_t i = 0; i < count; i++) {
    const pith_stack_layer *l = &layers[i];
    for (int64_t f = 0; f < PITH_POWERS; f++) p.size += (l->dw[f] != NULL ? l->n * l->k : 0) + (l->db[f] != NULL ? l->n : 0);
    p.work_size += MOST * spread(l->n);
    if (padded(l->k) > p.widest) p.widest = padded(l->k);
    if (spread(l->n) > p.widest_spread) p.widest_spread = spread(l->n);
  }
  p.size = padded(p.size);
  p.work_size += MOST * (p.widest + p.widest_spread);
  divide(&p);
  return go_back(&p, dx != NULL ? 0 : 1);
}

#else

int pith_stack_is_fast(void) { return 0; }
int pith_stack_f32(const pith_stack_layer *, int64_t, const float *, int64_t, int64_t) { return 1; }
int pith_stack_gradients_f32(const pith_stack_layer *, int64_t, const float *, int64_t, const float *, int64_t, float *) { return 1; }

#endif
