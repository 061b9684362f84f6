// The single file that chooses OpenBLAS (Linux) or Accelerate (Apple). Matrices are row-major, single precision.
#ifndef DEEPEN_CBLAS_SHIM_H
#define DEEPEN_CBLAS_SHIM_H

#include "CAdamW.h"
#include "CHash.h"
#include "CKernelForm.h"
#include "CMatrixKernels.h"
#include "CReductions.h"
#include "CVectorKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// C[m×n] = alpha · A[m×k] · op(B) + beta · C, where op(B) is B[k×n], or Bᵀ of B[n×k] when `transpose_b` is not 0.
/// `lda`, `ldb` and `ldc` are the row strides.
void deepen_sgemm(int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                  float beta, float *c, int ldc);

/// y = alpha · op(A) · x + beta · y for A[m×n]; op(A) is Aᵀ when `transpose_a` is not 0. `lda` is the row stride.
void deepen_sgemv(int transpose_a, int m, int n, float alpha, const float *a, int lda, const float *x, float beta,
                  float *y);

/// The dot product of two vectors of length n.
float deepen_sdot(int n, const float *x, const float *y);

/// Sets the number of threads that BLAS uses for one call, for the whole process. Does nothing where the library
/// decides itself.
void deepen_blas_set_threads(int threads);

/// The number of threads that BLAS uses for one call; 0 where the library does not report it.
int deepen_blas_threads(void);

/// The name and build of the BLAS in use.
const char *deepen_blas_description(void);

#ifdef __cplusplus
}
#endif
#endif
