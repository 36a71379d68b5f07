// What all functions of this target share: checked sizes, and an end to exceptions; internal.
#ifndef CF_GUARD_HPP
#define CF_GUARD_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>

#include "CFaiss.h"

namespace cf {

/// A failure on its way to the caller.
struct Failure {
    int code;
    const char *text;
};

inline void say(char *message, size_t size, const char *text) noexcept {
    if (message && size) std::snprintf(message, size, "%s", text);
}

/// Runs `body` and turns whatever it throws into an error value with words.
template <typename Body>
int guarded(char *message, size_t size, Body body) noexcept {
    try {
        body();
        return CF_OK;
    } catch (const Failure &failure) {
        say(message, size, failure.text);
        return failure.code;
    } catch (const std::bad_alloc &) {
        say(message, size, "not enough memory");
    } catch (const std::exception &error) {
        say(message, size, error.what());
    } catch (...) {
        say(message, size, "an unknown exception");
    }
    return CF_FAILED;
}

inline void require(bool holds, int code, const char *text) {
    if (!holds) throw Failure{code, text};
}

/// Refuses a matrix that is too large to address, absent, or holds a value that is not finite.
inline void check_matrix(const float *x, size_t rows, size_t columns, const char *not_finite) {
    size_t count, bytes;
    require(!__builtin_mul_overflow(rows, columns, &count) && !__builtin_mul_overflow(count, sizeof(float), &bytes) &&
                bytes <= static_cast<size_t>(PTRDIFF_MAX),
            CF_BAD_SIZE, "a matrix is too large to address");
    require(x || !count, CF_BAD_VALUE, "a matrix is missing");
    for (size_t i = 0; i < count; i++) require(std::isfinite(x[i]), CF_BAD_VALUE, not_finite);
}

inline void check_sizes(size_t d, size_t k) {
    require(d >= 1 && d <= CF_LARGEST_DIMENSION, CF_BAD_SIZE, "the number of columns must be 1 to 4096");
    require(k >= 1 && k <= CF_LARGEST_CENTROIDS, CF_BAD_SIZE, "the number of centroids must be 1 to 1048576");
}

}  // namespace cf

#endif
