#include "CBLASShim.h"

#if defined(__APPLE__)
#define ACCELERATE_NEW_LAPACK 1
#include <Accelerate/Accelerate.h>
#elif __has_include(<openblas_config.h>)
#include <cblas.h>
#define DEEPEN_OPENBLAS 1
#else
#error "OpenBLAS is missing. Install it first: apt-get install libopenblas-dev pkg-config (Debian, Ubuntu)."
#endif

void deepen_sgemm(int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                  float beta, float *c, int ldc) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb,
              beta, c, ldc);
}

void deepen_sgemv(int transpose_a, int m, int n, float alpha, const float *a, int lda, const float *x, float beta,
                  float *y) {
  cblas_sgemv(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, m, n, alpha, a, lda, x, 1, beta, y, 1);
}

float deepen_sdot(int n, const float *x, const float *y) { return cblas_sdot(n, x, 1, y, 1); }

void deepen_blas_set_threads(int threads) {
#if defined(DEEPEN_OPENBLAS)
  openblas_set_num_threads(threads);
#else
  (void)threads;
#endif
}

int deepen_blas_threads(void) {
#if defined(DEEPEN_OPENBLAS)
  return openblas_get_num_threads();
#else
  return 0;
#endif
}

const char *deepen_blas_description(void) {
#if defined(DEEPEN_OPENBLAS)
  return openblas_get_config();
#else
  return "Accelerate";
#endif
}
