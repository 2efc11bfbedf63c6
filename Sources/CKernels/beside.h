// Rows of few numbers beside one another, so that a vector holds one number of many rows; for the floating type T.

/// e [n, beside] becomes e^(e - max), with the max and the sum of each row.
PITH_INLINE void exponentials_beside(T *e, size_t n, size_t beside, T *max, T *sum) {
  for (size_t r = 0; r < beside; r++) {
    max[r] = -(T)INFINITY;
    sum[r] = 0;
  }
  for (size_t i = 0; i < n; i++)
    for (size_t r = 0; r < beside; r++) max[r] = e[i * beside + r] > max[r] ? e[i * beside + r] : max[r];
  for (size_t i = 0; i < n; i++) {
    PITH_INDEPENDENT
    for (size_t r = 0; r < beside; r++) sum[r] += e[i * beside + r] = EXP(e[i * beside + r] - max[r]);
  }
}

/// The cross-entropy of each row; `own` is its number for the label.
PITH_INLINE void losses_beside(size_t beside, const T *max, const T *sum, const T *own, T *loss) {
  PITH_INDEPENDENT
  for (size_t r = 0; r < beside; r++) loss[r] = LOG(sum[r]) + (max[r] - own[r]);
}
