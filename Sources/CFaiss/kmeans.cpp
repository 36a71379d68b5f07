#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>

#include <algorithm>
#include <climits>

#include "guard.hpp"

extern "C" int cf_kmeans(const float *x, size_t n, size_t d, size_t k, int iterations, uint64_t seed, float *centroids,
                         char *message, size_t message_size) {
    return cf::guarded(message, message_size, [&] {
        cf::check_sizes(d, k);
        cf::require(n >= k, CF_BAD_SIZE, "there are fewer rows than centroids");
        cf::require(iterations >= 1 && iterations <= 1000, CF_BAD_SIZE, "the number of iterations must be 1 to 1000");
        cf::require(centroids, CF_BAD_VALUE, "there is no room for the centroids");
        cf::check_matrix(x, n, d, "a row to cluster holds a value that is not finite");

        faiss::ClusteringParameters parameters;
        parameters.niter = iterations;
        parameters.seed = static_cast<int>((seed ^ seed >> 32) & INT_MAX);
        // The caller has drawn the sample; FAISS would otherwise thin it out, or warn on standard error.
        parameters.min_points_per_centroid = 1;
        parameters.max_points_per_centroid = INT_MAX;
        faiss::Clustering clustering(static_cast<int>(d), static_cast<int>(k), parameters);
        faiss::IndexFlatL2 index(static_cast<faiss::Index::idx_t>(d));
        clustering.train(static_cast<faiss::Index::idx_t>(n), x, index);
        cf::require(clustering.centroids.size() == k * d, CF_FAILED, "FAISS returned another number of centroids");
        std::copy(clustering.centroids.begin(), clustering.centroids.end(), centroids);
    });
}
