#include "CKernelForm.h"

#include <stddef.h>

static _Thread_local int allowed = DEEPEN_WIDEST;

#if defined(__x86_64__) && defined(__clang__)
static int last_of_processor(void) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return DEEPEN_BASELINE;
  if (!__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512vnni")) return DEEPEN_WIDE;
  int has_wide_registers = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
  return has_wide_registers ? DEEPEN_WIDEST : DEEPEN_DOTS;
}
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static int last_of_processor(void) {
  // The kernel keeps it in a table: about a microsecond, so only quantised rows ask for it, once for thousands of rows.
  int has_dot_products = 0;
  size_t size = sizeof has_dot_products;
  int failed = sysctlbyname("hw.optional.arm.FEAT_DotProd", &has_dot_products, &size, NULL, 0);
  return !failed && has_dot_products ? DEEPEN_DOTS : DEEPEN_BASELINE;
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

static int last_of_processor(void) {
  const unsigned long dot_products = 1ul << 20;  // HWCAP_ASIMDDP, which older headers do not name
  return getauxval(AT_HWCAP) & dot_products ? DEEPEN_DOTS : DEEPEN_BASELINE;
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
