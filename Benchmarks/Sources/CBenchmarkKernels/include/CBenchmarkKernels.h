// Loops that measure memory bandwidth, as a scale for measurements. Normal numbers for synthetic inputs.
#ifndef DEEPEN_BENCHMARK_KERNELS_H
#define DEEPEN_BENCHMARK_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The sum of x[n]: reads every element once and writes nothing.
float benchmark_sum(int64_t n, const float *x);

/// a[i] = b[i] + factor · c[i], STREAM's triad: two reads and a write an element.
void benchmark_triad(int64_t n, float *a, const float *b, const float *c, float factor);

/// x[i] += scale · a standard normal number, the same for one seed on every machine; 3.45 deviations are the furthest.
void benchmark_add_normal(int64_t n, uint64_t seed, float scale, float *x);

/// The standard normal number of a seed and an index.
float benchmark_normal(uint64_t seed, uint64_t index);

#ifdef __cplusplus
}
#endif
#endif
