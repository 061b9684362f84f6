// The form of a kernel that the current processor runs.
#ifndef DEEPEN_KERNEL_FORM_H
#define DEEPEN_KERNEL_FORM_H

#ifdef __cplusplus
extern "C" {
#endif

/// Forms of the kernels, by the required processor features; each needs all that the ones before it need, as far as
/// its architecture has them.
enum {
  DEEPEN_BASELINE,  ///< SSE2 on x86-64, NEON on arm64.
  DEEPEN_WIDE,      ///< AVX2 with fused multiply-add.
  DEEPEN_DOTS,      ///< Dot products of bytes: AVX512-VNNI on x86-64, DotProd on arm64.
  DEEPEN_WIDEST,    ///< AVX-512 on processors that do not slow down for it: with VBMI2, from Ice Lake and Zen 4 on.
};

/// The last form that the processor can run and that the calling thread may use.
int deepen_kernel_form(void);

/// Limits the calling thread to the forms up to `last`, so that tests can compare them. Returns the previous limit.
int deepen_limit_kernel_form(int last);

#ifdef __cplusplus
}
#endif
#endif
