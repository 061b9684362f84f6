// Kernels are one body each, compiled for the machine's baseline and, on x86-64, for AVX2 with fused multiply-add; the
// processor decides at run time.
#ifndef DEEPEN_DISPATCH_H
#define DEEPEN_DISPATCH_H

#define DEEPEN_BODY static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__clang__)
#define DEEPEN_DISPATCHES 1
#define DEEPEN_WIDE __attribute__((target("avx2,fma")))
static int deepen_has_wide(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#define DEEPEN_CALL_WIDE(call) \
  if (deepen_has_wide()) return call
#define DEEPEN_CALL_WIDE_VOID(call) \
  if (deepen_has_wide()) {          \
    call;                           \
    return;                         \
  }
#else
#define DEEPEN_CALL_WIDE(call)
#define DEEPEN_CALL_WIDE_VOID(call)
#endif

#endif
