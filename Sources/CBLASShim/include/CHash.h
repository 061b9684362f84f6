// Content hashes.
#ifndef DEEPEN_HASH_H
#define DEEPEN_HASH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// XXH64 of n bytes. It guards against accidents, not against someone who looks for two contents with the same hash.
uint64_t deepen_xxh64(int64_t n, const void *bytes, uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
