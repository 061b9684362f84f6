#include "CQuantisedRows.h"

#include <math.h>
#include <string.h>

#include "BitPlanes.h"

/// The number of codes of all planes together, and the clipping range in units of the root mean square of a row:
/// numbers outside it are clipped, which are one in 200 after the rotation.
enum { CODES = 64 };
static const double REACH = 2.8;

/// A random sign, the same on every run (the last step of SplitMix64).
static float sign_of(uint64_t index) {
  uint64_t z = index * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) & 1 ? -1.0f : 1.0f;
}

/// The Walsh–Hadamard transform of x[width], a power of two, divided by its root.
static void walsh_hadamard(int64_t width, float *x) {
  for (int64_t half = 1; half < width; half *= 2) {
    for (int64_t block = 0; block < width; block += 2 * half) {
      float *a = x + block, *b = a + half;
      for (int64_t i = 0; i < half; i++) {
        float sum = a[i] + b[i], difference = a[i] - b[i];
        a[i] = sum;
        b[i] = difference;
      }
    }
  }
  float factor = 1 / sqrtf((float)width);
  for (int64_t i = 0; i < width; i++) x[i] *= factor;
}

void deepen_rotate(int64_t n, float *x) {
  enum { ROUNDS = 4 };
  int64_t width = 1;
  while (2 * width <= n) width *= 2;
  // The first and the last elements alternate; the two ranges overlap, so that each element is mixed with all others.
  for (int round = 0; round < ROUNDS && n > 1; round++) {
    for (int64_t i = 0; i < n; i++) x[i] *= sign_of((uint64_t)(round * n + i) + 1);
    walsh_hadamard(width, round % 2 ? x + (n - width) : x);
  }
}

int64_t deepen_plane_width(int64_t n) { return (n + BLOCK_CODES - 1) / BLOCK_CODES * BLOCK_BYTES; }

/// The byte of a plane that holds a code's bits, and their shift in it.
static int64_t byte_of(int64_t i) { return i / BLOCK_CODES * BLOCK_BYTES + i % BLOCK_BYTES; }
static int shift_of(int64_t i) { return (int)(i % BLOCK_CODES / BLOCK_BYTES * BITS); }

/// The first planes' part of a code, minus the middle of its range.
static double level_of(int32_t code, int planes) {
  return (double)(code >> BITS * (DEEPEN_PLANES - planes)) - ((double)(1 << BITS * planes) - 1) / 2;
}

void deepen_quantise_planes(int64_t n, const float *x, uint8_t *codes, int64_t stride, float scales[DEEPEN_PLANES]) {
  for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
    memset(codes + plane * stride, 0, (size_t)deepen_plane_width(n));
  }
  double squares = 0, products[DEEPEN_PLANES] = {0}, levels[DEEPEN_PLANES] = {0};
  for (int64_t i = 0; i < n; i++) squares += (double)x[i] * (double)x[i];
  double factor = squares > 0 ? CODES / 2 / (REACH * sqrt(squares / (double)n)) : 0;
  for (int64_t i = 0; i < n; i++) {
    double level = floor((double)x[i] * factor) + CODES / 2;
    int32_t code = (int32_t)(level < 0 ? 0 : level > CODES - 1 ? CODES - 1 : level);
    for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
      int32_t bits = code >> BITS * (DEEPEN_PLANES - 1 - plane) & ((1 << BITS) - 1);
      codes[plane * stride + byte_of(i)] |= (uint8_t)(bits << shift_of(i));
      double part = level_of(code, plane + 1);
      products[plane] += (double)x[i] * part;
      levels[plane] += part * part;
    }
  }
  for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
    scales[plane] = squares > 0 ? (float)(products[plane] / levels[plane]) : 0;
  }
}

void deepen_dequantise_planes(int64_t n, const uint8_t *codes, int64_t stride, float scale, float *x) {
  for (int64_t i = 0; i < n; i++) {
    int32_t code = 0;
    for (int plane = 0; plane < DEEPEN_PLANES; plane++) {
      code = code << BITS | (codes[plane * stride + byte_of(i)] >> shift_of(i) & ((1 << BITS) - 1));
    }
    x[i] = (float)level_of(code, DEEPEN_PLANES) * scale;
  }
}

float deepen_round8(int64_t n, const float *x, int8_t *codes) {
  float most = 0;
  for (int64_t i = 0; i < n; i++) most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
  float factor = most > 0 ? 127.0f / most : 0;
  for (int64_t i = 0; i < n; i++) codes[i] = (int8_t)lrintf(x[i] * factor);
  return most / 127.0f;
}
