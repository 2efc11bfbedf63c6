// The shim for one type: T is the type, S the ending of our names, F makes LAPACK's.

int F(potrf)(const char *, const int32_t *, T *, const int32_t *, int32_t *, size_t);
int F(getrf)(const int32_t *, const int32_t *, T *, const int32_t *, int32_t *, int32_t *);
int F(gesv)(const int32_t *, const int32_t *, T *, const int32_t *, int32_t *, T *, const int32_t *, int32_t *);
int F(trtrs)(const char *, const char *, const char *, const int32_t *, const int32_t *, const T *, const int32_t *, T *, const int32_t *, int32_t *,
             size_t, size_t, size_t);
int F(syevd)(const char *, const char *, const int32_t *, T *, const int32_t *, T *, T *, const int32_t *, int32_t *, const int32_t *, int32_t *,
             size_t, size_t);
int F(gesdd)(const char *, const int32_t *, const int32_t *, T *, const int32_t *, T *, T *, const int32_t *, T *, const int32_t *, T *,
             const int32_t *, int32_t *, int32_t *, size_t);
int F(geqrf)(const int32_t *, const int32_t *, T *, const int32_t *, T *, T *, const int32_t *, int32_t *);
int F(orgqr)(const int32_t *, const int32_t *, const int32_t *, T *, const int32_t *, const T *, T *, const int32_t *, int32_t *);

int F(geev)(const char *, const char *, const int32_t *, T *, const int32_t *, T *, T *, T *, const int32_t *, T *, const int32_t *, T *,
            const int32_t *, int32_t *, size_t, size_t);

int NAME(pith_cholesky)(int32_t n, T *a) {
  int32_t info = 0;
  pith_lapack_prepare();
  F(potrf)("U", &n, a, &n, &info, 1);
  return info;
}

int NAME(pith_lu)(int32_t m, int32_t n, T *a, int32_t *pivots) {
  int32_t info = 0;
  pith_lapack_prepare();
  F(getrf)(&m, &n, a, &m, pivots, &info);
  return info;
}

int NAME(pith_eig)(int32_t n, T *a, T *re, T *im, T *v) {
  int32_t info = 0, ask = -1, one = 1;
  T size = 0;
  pith_lapack_prepare();
  F(geev)("N", "V", &n, a, &n, re, im, NULL, &one, v, &n, &size, &ask, &info, 1, 1);
  if (info) return info;
  int32_t reals = (int32_t)((double)size * 1.0001) + 16;
  T *work = malloc(sizeof(T) * (size_t)reals);
  if (work) F(geev)("N", "V", &n, a, &n, re, im, NULL, &one, v, &n, work, &reals, &info, 1, 1);
  else info = PITH_LAPACK_MEMORY;
  free(work);
  return info;
}

int NAME(pith_solve)(int32_t n, int32_t columns, T *a, T *b) {
  int32_t info = 0, *pivots = malloc(sizeof(int32_t) * (size_t)(n > 0 ? n : 1));
  if (!pivots) return PITH_LAPACK_MEMORY;
  pith_lapack_prepare();
  F(gesv)(&n, &columns, a, &n, pivots, b, &n, &info);
  free(pivots);
  return info;
}

int NAME(pith_solve_triangle)(int is_upper, int is_unit, int32_t n, int32_t columns, const T *a, T *b) {
  int32_t info = 0;
  pith_lapack_prepare();
  F(trtrs)(is_upper ? "U" : "L", "N", is_unit ? "U" : "N", &n, &columns, a, &n, b, &n, &info, 1, 1, 1);
  return info;
}

int NAME(pith_eigh)(int32_t n, T *a, T *w) {
  int32_t info = 0, ask = -1, whole = 0;
  T size = 0;
  pith_lapack_prepare();
  F(syevd)("V", "L", &n, a, &n, w, &size, &ask, &whole, &ask, &info, 1, 1);
  if (info) return info;
  // LAPACK gives the size as a real number, which float32 may have rounded down.
  int32_t reals = (int32_t)((double)size * 1.0001) + 16, integers = whole;
  T *work = malloc(sizeof(T) * (size_t)reals);
  int32_t *more = malloc(sizeof(int32_t) * (size_t)(integers > 0 ? integers : 1));
  if (work && more) F(syevd)("V", "L", &n, a, &n, w, work, &reals, more, &integers, &info, 1, 1);
  else info = PITH_LAPACK_MEMORY;
  free(work);
  free(more);
  return info;
}

int NAME(pith_svd)(int32_t m, int32_t n, T *a, T *s, T *u, T *vt) {
  int32_t info = 0, ask = -1, k = m < n ? m : n;
  T size = 0;
  pith_lapack_prepare();
  int32_t *more = malloc(sizeof(int32_t) * 8 * (size_t)(k > 0 ? k : 1));
  if (!more) return PITH_LAPACK_MEMORY;
  F(gesdd)("S", &m, &n, a, &m, s, u, &m, vt, &k, &size, &ask, more, &info, 1);
  if (info == 0) {
    int32_t reals = (int32_t)((double)size * 1.0001) + 16;
    T *work = malloc(sizeof(T) * (size_t)reals);
    if (work) F(gesdd)("S", &m, &n, a, &m, s, u, &m, vt, &k, work, &reals, more, &info, 1);
    else info = PITH_LAPACK_MEMORY;
    free(work);
  }
  free(more);
  return info;
}

int NAME(pith_qr)(int32_t m, int32_t n, int32_t columns, T *r, T *q) {
  int32_t info = 0, k = m < n ? m : n, reals = 64 * (m > n ? m : n) + 64;
  pith_lapack_prepare();
  T *tau = malloc(sizeof(T) * (size_t)(k > 0 ? k : 1)), *work = malloc(sizeof(T) * (size_t)reals);
  if (tau && work) {
    F(geqrf)(&m, &n, r, &m, tau, work, &reals, &info);
    memcpy(q, r, sizeof(T) * (size_t)m * (size_t)k);
    if (info == 0) F(orgqr)(&m, &columns, &k, q, &m, tau, work, &reals, &info);
  } else {
    info = PITH_LAPACK_MEMORY;
  }
  free(tau);
  free(work);
  return info;
}
