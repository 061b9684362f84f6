// Which of a kernel's forms the processor at hand runs.
#ifndef DEEPEN_KERNEL_FORM_H
#define DEEPEN_KERNEL_FORM_H

#ifdef __cplusplus
extern "C" {
#endif

/// Forms of the kernels, by what the processor must have; each needs all that the ones before it need.
enum {
  DEEPEN_BASELINE,
  DEEPEN_AVX2,    ///< AVX2 with fused multiply-add.
  DEEPEN_VNNI,    ///< Products of bytes, in registers of the same width.
  DEEPEN_AVX512,  ///< Wider registers, where processors do not slow down for them: those with VBMI2, from Ice Lake and Zen 4 on.
};

/// The last form that the processor can run, and that the calling thread may use.
int deepen_kernel_form(void);

/// Keeps the calling thread to forms up to one, so that tests can hold them together. Returns the one it was kept to before.
int deepen_limit_kernel_form(int last);

#ifdef __cplusplus
}
#endif
#endif
