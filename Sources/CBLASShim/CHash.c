#include "CHash.h"

#include <string.h>

// XXH64 as its specification describes it: four accumulators take 32 bytes at a time, are merged, take the remaining
// bytes, and are mixed once more. All sums and products are modulo 2⁶⁴, and bytes are read as little-endian on every
// machine.

static const uint64_t prime1 = 0x9E3779B185EBCA87u;
static const uint64_t prime2 = 0xC2B2AE3D27D4EB4Fu;
static const uint64_t prime3 = 0x165667B19E3779F9u;
static const uint64_t prime4 = 0x85EBCA77C2B2AE63u;
static const uint64_t prime5 = 0x27D4EB2F165667C5u;

static inline uint64_t rotate(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

static inline uint64_t read64(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

static inline uint64_t read32(const uint8_t *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap32(word);
#endif
  return word;
}

static inline uint64_t take(uint64_t accumulator, uint64_t word) {
  return rotate(accumulator + word * prime2, 31) * prime1;
}

static inline uint64_t merge(uint64_t hash, uint64_t accumulator) {
  return (hash ^ take(0, accumulator)) * prime1 + prime4;
}

uint64_t deepen_xxh64(int64_t n, const void *bytes, uint64_t seed) {
  const uint8_t *next = bytes;
  uint64_t left = (uint64_t)n;
  uint64_t hash = seed + prime5;
  if (left >= 32) {
    uint64_t a = seed + prime1 + prime2, b = seed + prime2, c = seed, d = seed - prime1;
    for (; left >= 32; next += 32, left -= 32) {
      a = take(a, read64(next));
      b = take(b, read64(next + 8));
      c = take(c, read64(next + 16));
      d = take(d, read64(next + 24));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  }
  hash += (uint64_t)n;
  for (; left >= 8; next += 8, left -= 8) hash = rotate(hash ^ take(0, read64(next)), 27) * prime1 + prime4;
  if (left >= 4) {
    hash = rotate(hash ^ read32(next) * prime1, 23) * prime2 + prime3;
    next += 4;
    left -= 4;
  }
  for (; left > 0; next++, left--) hash = rotate(hash ^ *next * prime5, 11) * prime1;
  hash = (hash ^ hash >> 33) * prime2;
  hash = (hash ^ hash >> 29) * prime3;
  return hash ^ hash >> 32;
}
