#include "CKernelForm.h"

static _Thread_local int allowed = DEEPEN_AVX512;

#if defined(__x86_64__) && defined(__clang__)
static int last_of_processor(void) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return DEEPEN_BASELINE;
  if (!__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512vnni")) return DEEPEN_AVX2;
  int has_wide_registers = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
  return has_wide_registers ? DEEPEN_AVX512 : DEEPEN_VNNI;
}
#else
static int last_of_processor(void) { return DEEPEN_BASELINE; }
#endif

int deepen_kernel_form(void) {
  int last = last_of_processor();
  return last < allowed ? last : allowed;
}

int deepen_limit_kernel_form(int last) {
  int before = allowed;
  allowed = last;
  return before;
}
