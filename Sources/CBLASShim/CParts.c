#include "CParts.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#if defined(__APPLE__)
#include <pthread/qos.h>
#endif

enum {
  MOST_HELPERS = 255,
  // How often a helper looks for work before it sleeps, for about a tenth of a millisecond.
  LOOKS = 10000,
  // How often the caller looks whether helpers are done before it lets other threads have its core.
  PATIENT_LOOKS = 20000,
};

/// Who holds it gives out work. Helpers never take it.
static pthread_mutex_t giving = PTHREAD_MUTEX_INITIALIZER;
static int helpers = 0;

/// The work that is given out. Only read by helpers that have counted themselves in `inside` and found the work open.
static struct {
  void (*work)(void *, int64_t);
  void *context;
  int64_t parts;
} job;
static atomic_int_fast64_t next_part, parts_done;
static atomic_int is_open, inside;
/// Goes up with each piece of work.
static atomic_uint_fast64_t generation;

/// Whether the thread is doing a part of some work.
static _Thread_local int is_in_part = 0;

static pthread_mutex_t sleeping = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static atomic_int sleepers;

static void look_away(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

void deepen_do_part(void (*work)(void *, int64_t), void *context, int64_t part) {
  int before = is_in_part;
  is_in_part = 1;
  work(context, part);
  is_in_part = before;
}

static void take_parts(void) {
  for (;;) {
    int64_t part = atomic_fetch_add(&next_part, 1);
    if (part >= job.parts) return;
    deepen_do_part(job.work, job.context, part);
    atomic_fetch_add(&parts_done, 1);
  }
}

int deepen_is_in_part(void) { return is_in_part; }

static void wait_for_more_than(uint_fast64_t seen) {
  for (int look = 0; look < LOOKS; look++) {
    if (atomic_load(&generation) != seen) return;
    look_away();
  }
  pthread_mutex_lock(&sleeping);
  atomic_fetch_add(&sleepers, 1);
  while (atomic_load(&generation) == seen) pthread_cond_wait(&woken, &sleeping);
  atomic_fetch_sub(&sleepers, 1);
  pthread_mutex_unlock(&sleeping);
}

static void *help(void *unused) {
  (void)unused;
#if defined(__APPLE__)
  pthread_set_qos_class_self_np(QOS_CLASS_USER_INITIATED, 0);
#endif
  uint_fast64_t seen = 0;
  for (;;) {
    wait_for_more_than(seen);
    seen = atomic_load(&generation);
    atomic_fetch_add(&inside, 1);
    if (atomic_load(&is_open)) take_parts();
    atomic_fetch_sub(&inside, 1);
  }
  return NULL;
}

static int has_helpers(int64_t count) {
  for (; helpers < count && helpers < MOST_HELPERS; helpers++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, help, NULL) != 0) break;
    pthread_detach(thread);
  }
  return helpers > 0;
}

static void be_patient(int64_t look) {
  if (look < PATIENT_LOOKS) {
    look_away();
  } else {
    sched_yield();
  }
}

int deepen_run_parts(int64_t parts, void (*work)(void *, int64_t), void *context) {
  if (pthread_mutex_trylock(&giving) != 0) return 0;
  if (!has_helpers(parts - 1)) {
    pthread_mutex_unlock(&giving);
    return 0;
  }
  job.work = work;
  job.context = context;
  job.parts = parts;
  atomic_store(&next_part, 0);
  atomic_store(&parts_done, 0);
  atomic_store(&is_open, 1);
  atomic_fetch_add(&generation, 1);
  if (atomic_load(&sleepers) > 0) {
    pthread_mutex_lock(&sleeping);
    pthread_cond_broadcast(&woken);
    pthread_mutex_unlock(&sleeping);
  }
  take_parts();
  for (int64_t look = 0; atomic_load(&parts_done) != parts; look++) be_patient(look);
  // A helper that comes late finds the work closed, or is waited for.
  atomic_store(&is_open, 0);
  for (int64_t look = 0; atomic_load(&inside) != 0; look++) be_patient(look);
  pthread_mutex_unlock(&giving);
  return 1;
}
