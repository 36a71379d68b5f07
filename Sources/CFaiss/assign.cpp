#include <faiss/utils/distances.h>

#include <algorithm>
#include <vector>

#include "guard.hpp"

/// Rows that are assigned at a time, so that memory does not grow with the collection.
static const size_t rows_at_once = 1 << 16;

extern "C" int cf_assign(const float *x, size_t n, size_t d, const float *centroids, size_t k, int32_t *nearest,
                         char *message, size_t message_size) {
    return cf::guarded(message, message_size, [&] {
        cf::check_sizes(d, k);
        cf::require(nearest || !n, CF_BAD_VALUE, "there is no room for the assignment");
        cf::check_matrix(x, n, d, "a row to assign holds a value that is not finite");
        cf::check_matrix(centroids, k, d, "a centroid holds a value that is not finite");

        std::vector<float> distances(std::min(n, rows_at_once));
        std::vector<int64_t> numbers(distances.size());
        for (size_t first = 0; first < n; first += rows_at_once) {
            size_t count = std::min(n - first, rows_at_once);
            faiss::knn_L2sqr(x + first * d, centroids, d, count, k, 1, distances.data(), numbers.data());
            for (size_t i = 0; i < count; i++) {
                cf::require(numbers[i] >= 0 && static_cast<size_t>(numbers[i]) < k, CF_FAILED,
                            "a row has no nearest centroid: its distances overflow");
                nearest[first + i] = static_cast<int32_t>(numbers[i]);
            }
        }
    });
}
