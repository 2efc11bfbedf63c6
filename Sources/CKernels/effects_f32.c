#include "math_f32.h"

#define T float
#define SUFFIX(NAME) NAME##_f32
#include "effects_float.h"

// The rise of the cross-entropy of moved scores. With chances p of the classes and scores that move by d v, it is
// log Σ p e^(d v) - d v[label] = log(1 + Σ p (e^(d v) - 1)) - d v[label]: no score is formed, and what is small keeps its
// digits. Where an input is 0 nothing moves: each sample's inputs that are not are listed once for all units.

enum { LANES = 16, BLOCK_SAMPLES = 64 };
typedef float lanes __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t lanes_i __attribute__((vector_size(LANES * 4), aligned(4)));

/// Up to here the exponentials stay within the range in which the sum keeps its digits.
static const float SAFE = 20.0f;

struct room {
  int32_t *column;  // the inputs of each sample that are not 0, padded to whole vectors
  float *value;
  size_t *start, *count;
  float *moved, *rise, *sums;
  int32_t *at;
};

static size_t padded(size_t n) { return (n + LANES - 1) / LANES * LANES; }

static int make_room(struct room *room, size_t inputs) {
  const size_t most = padded(inputs) * BLOCK_SAMPLES;
  room->column = malloc(most * sizeof *room->column);
  room->value = malloc(most * sizeof *room->value);
  room->start = malloc(2 * BLOCK_SAMPLES * sizeof *room->start);
  room->moved = malloc(4 * padded(inputs) * sizeof *room->moved);
  const int failed = room->column == NULL || room->value == NULL || room->start == NULL || room->moved == NULL;
  if (failed) return 1;
  room->count = room->start + BLOCK_SAMPLES;
  room->rise = room->moved + padded(inputs);
  room->sums = room->rise + padded(inputs);
  room->at = (int32_t *)(room->sums + padded(inputs));
  return 0;
}

static void free_room(struct room *room) {
  free(room->column);
  free(room->value);
  free(room->start);
  free(room->moved);
}

static void list_inputs(const pith_weight_losses *job, struct room *room, size_t from, size_t to) {
  size_t next = 0;
  for (size_t s = from; s < to; s++) {
    const float *input = job->input + s * job->inputs;
    const size_t start = next;
    for (size_t j = 0; j < job->inputs; j++) {
      room->column[next] = (int32_t)j;
      room->value[next] = input[j];
      next += !(input[j] == 0);
    }
    room->start[s - from] = start;
    room->count[s - from] = next - start;
    for (; next % LANES != 0; next++) (room->column[next] = 0, room->value[next] = 0);
  }
}

/// How far the unit's output moves for each listed input, in whole vectors; returns the largest distance.
static PITH_CLONES float moves(const pith_weight_losses *job, const float *step, float z, const int32_t *column, const float *value,
                               size_t n, float *moved) {
  PITH_CONTRACT
  if (job->activation == PITH_UNARY_RELU) {
    const float before = z > 0 ? z : z <= 0 ? 0 : z;
    for (size_t k = 0; k < n; k++) {
      const float after = z + step[column[k]] * value[k];
      moved[k] = (after < 0 ? 0 : after) - before;
    }
  } else if (job->activation < 0) {
    for (size_t k = 0; k < n; k++) moved[k] = step[column[k]] * value[k];
  } else {
    for (size_t k = 0; k < n; k++) moved[k] = z + step[column[k]] * value[k];
    float before = z;
    pith_unary_f32(job->activation, &before, &before, 1);
    pith_unary_f32(job->activation, moved, moved, n);
    for (size_t k = 0; k < n; k++) moved[k] -= before;
  }
  // Sizes have the order of their bits, and what is not a number stands above all.
  uint32_t most = 0;
  for (size_t k = 0; k < n; k++) {
    const uint32_t size = f32_bits(moved[k]) & 0x7fffffffu;
    most = size > most ? size : most;
  }
  return bits_f32(most);
}

/// rise = log(1 + Σ p (e^(moved v) - 1)) - moved v[label], for whole vectors.
static PITH_CLONES void rises(const float *moved, size_t n, const float *along, const float *chance, size_t classes, float own, float *rise) {
  PITH_CONTRACT
  for (size_t k = 0; k < n; k += LANES) {
    const lanes d = *(const lanes *)(moved + k);
    lanes sum = {0};
    for (size_t c = 0; c < classes; c++) {
      const lanes x = d * along[c];
      const lanes shifted = x * 1.44269504f + PITH_MAGIC_F32, whole = shifted - PITH_MAGIC_F32;
      const lanes r = (x - whole * 0.693145751953125f) - whole * 1.428606765330187e-06f;
      lanes p = r * 0.000199193804f + 0.00139472249f;
      p = p * r + 0.00833326299f;
      p = p * r + 0.0416662544f;
      p = p * r + 0.166666672f;
      p = p * r + 0.5f;
      p = p * (r * r) + r;
      const lanes_i power = (((lanes_i)shifted - 0x4b400000) + 127) << 23;
      const lanes s = (lanes)power;
      sum += (s * p + (s - 1.0f)) * chance[c];
    }
    *(lanes *)(rise + k) = sum;
  }
  PITH_INDEPENDENT
  for (size_t k = 0; k < n; k++) rise[k] = log1p_f32(rise[k]) - moved[k] * own;
}

/// The same where scores move far: each sum is taken about its largest term, in double.
static void far_rises(const float *moved, size_t n, const float *along, const float *score, size_t classes, size_t label, float *rise) {
  double most = score[0], sum = 0;
  for (size_t c = 1; c < classes; c++) most = score[c] > most ? score[c] : most;
  for (size_t c = 0; c < classes; c++) sum += exp(score[c] - most);
  const double before = most + log(sum) - score[label];
  for (size_t k = 0; k < n; k++) {
    const double d = moved[k];
    double largest = score[0] + d * along[0], after = 0;
    for (size_t c = 1; c < classes; c++) largest = score[c] + d * along[c] > largest ? score[c] + d * along[c] : largest;
    for (size_t c = 0; c < classes; c++) after += exp(score[c] + d * along[c] - largest);
    rise[k] = (float)(largest + log(after) - (score[label] + d * along[label]) - before);
  }
}

/// One unit over the listed samples: adds to its row of sums.
static void add_unit(const pith_weight_losses *job, struct room *room, size_t unit, size_t from, size_t to, double *total) {
  const float *along = job->along + unit * job->classes, *step = job->step + unit * job->inputs;
  float reach = 0;
  for (size_t c = 0; c < job->classes; c++) reach = fabsf(along[c]) > reach ? fabsf(along[c]) : reach;
  memset(room->sums, 0, job->inputs * sizeof *room->sums);
  for (size_t s = from; s < to; s++) {
    const int32_t *column = room->column + room->start[s - from];
    size_t n = room->count[s - from];
    if (n == 0) continue;
    const float z = job->z[s * job->units + unit];
    const float most = moves(job, step, z, column, room->value + room->start[s - from], padded(n), room->moved);
    if (most == 0) continue;
    if (job->activation == PITH_UNARY_RELU && z <= 0) {
      // Of a unit at rest few inputs wake it: only those are looked at.
      size_t kept = 0;
      for (size_t k = 0; k < n; k++) {
        room->at[kept] = column[k];
        room->moved[kept] = room->moved[k];
        kept += !(room->moved[k] == 0);
      }
      for (size_t k = kept; k < padded(kept); k++) room->moved[k] = 0;
      (column = room->at, n = kept);
    }
    const size_t label = (size_t)job->label[s];
    if (most * reach <= SAFE)
      rises(room->moved, padded(n), along, job->chance + s * job->classes, job->classes, along[label], room->rise);
    else
      far_rises(room->moved, n, along, job->score + s * job->classes, job->classes, label, room->rise);
    for (size_t k = 0; k < n; k++) room->sums[column[k]] += room->rise[k];
  }
  for (size_t j = 0; j < job->inputs; j++) total[j] += room->sums[j];
}

struct losses_job {
  const pith_weight_losses *job;
  size_t begin;
  double *sums;
  volatile int failed;  // written by several threads, and only ever to 1
};

static void losses_part(void *context, long begin, long end) {
  struct losses_job *part = context;
  const pith_weight_losses *job = part->job;
  struct room room = {0};
  if (make_room(&room, job->inputs) != 0) {
    part->failed = 1;
    end = begin;
  }
  for (size_t from = 0; from < job->samples && begin < end && !pith_interrupted(); from += BLOCK_SAMPLES) {
    const size_t to = pith_min(from + BLOCK_SAMPLES, job->samples);
    list_inputs(job, &room, from, to);
    for (long u = begin; u < end; u++) add_unit(job, &room, part->begin + (size_t)u, from, to, part->sums + (size_t)u * job->inputs);
  }
  free_room(&room);
}

int pith_weight_losses_f32(const pith_weight_losses *job, size_t begin, size_t end, double *sums) {
  if (begin >= end) return 0;
  memset(sums, 0, (end - begin) * job->inputs * sizeof *sums);
  if (job->inputs == 0 || job->classes == 0) return 0;
  struct losses_job part = {job, begin, sums, 0};
  pith_parallel_for((long)(end - begin), 1, &part, losses_part);
  return part.failed;
}
