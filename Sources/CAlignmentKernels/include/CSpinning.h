// Spin-waiting for another thread that is about to finish.
#ifndef DEEPEN_SPINNING_H
#define DEEPEN_SPINNING_H

#include <sched.h>
#include <stdint.h>

/// Waits briefly before the caller polls again; after many polls, other threads may have the core.
static inline void deepen_spin(int64_t look) {
  enum { PATIENT_LOOKS = 20000 };
  if (look >= PATIENT_LOOKS) {
    sched_yield();
    return;
  }
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

#endif
