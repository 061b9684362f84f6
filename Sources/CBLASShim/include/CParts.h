// Parts of one piece of work, done at the same time.
#ifndef DEEPEN_PARTS_H
#define DEEPEN_PARTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Calls work(context, part) once for each part from 0 to parts − 1, by the calling thread and parts − 1 others, and returns when all are done.
///
/// The other threads stay, and look for more work for about a tenth of a millisecond before they sleep: waking one takes longer than many of the
/// passes that a fused step consists of, which follow each other closely. Returns 0, and has done nothing, where another thread is using them or they
/// cannot be started.
int deepen_run_parts(int64_t parts, void (*work)(void *context, int64_t part), void *context);

/// Calls work(context, part), as a part.
void deepen_do_part(void (*work)(void *context, int64_t part), void *context, int64_t part);

/// Whether the calling thread is doing a part.
int deepen_is_in_part(void);

#ifdef __cplusplus
}
#endif
#endif
