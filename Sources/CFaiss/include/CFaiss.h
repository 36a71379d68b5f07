/// A small C face on the FAISS library's clustering (Johnson et al. 2017).
///
/// Every function returns `CF_OK` or an error value; C++'s exceptions end here. On an error `message`, unless NULL, gets
/// a zero-terminated text cut to `message_size` bytes, and results are not to be used (after `CF_BAD_SIZE` and
/// `CF_BAD_VALUE` they are untouched). Matrices are row-major and dense. The functions may be called from several
/// threads at once; each works on OpenMP's threads.
#ifndef CFAISS_H
#define CFAISS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CF_OK 0
/// A size is 0, too large, or does not fit the others.
#define CF_BAD_SIZE 1
/// A value is not finite, or a pointer is missing.
#define CF_BAD_VALUE 2
/// FAISS failed, or memory ran out.
#define CF_FAILED 3

/// Largest number of columns and of centroids that are taken.
#define CF_LARGEST_DIMENSION 4096
#define CF_LARGEST_CENTROIDS (1 << 20)

/// Trains `k` centroids `[k, d]` on the rows of `x` `[n, d]` by Lloyd's k-means with squared Euclidean distance.
/// The same rows, sizes and seed give the same centroids. `n` is at least `k`; `iterations` is 1 to 1000.
int cf_kmeans(const float *x, size_t n, size_t d, size_t k, int iterations, uint64_t seed, float *centroids,
              char *message, size_t message_size);

/// nearest[i] = number of the centroid `[k, d]` that is nearest to row i of `x` `[n, d]` by Euclidean distance.
/// `n` may be 0.
int cf_assign(const float *x, size_t n, size_t d, const float *centroids, size_t k, int32_t *nearest, char *message,
              size_t message_size);

#ifdef __cplusplus
}
#endif

#endif
