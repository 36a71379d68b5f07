#include <math.h>

#include "dispatch.h"
#include "vector_math.h"

float pk_dot_portable(const float *a, const float *b, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

#if defined(__x86_64__)
PK_AVX2 static float dot_avx2(const float *a, const float *b, size_t count) {
    __m256 first = _mm256_setzero_ps(), second = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        first = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), first);
        second = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), second);
    }
    float sum = pk_sum8(_mm256_add_ps(first, second));
    for (; i < count; i++) sum += a[i] * b[i];
    return sum;
}
#endif

float pk_dot(const float *a, const float *b, size_t count) {
    PK_CHOOSE(pk_has_avx2, dot_avx2(a, b, count), pk_dot_portable(a, b, count));
}

void pk_unit_rows(float *x, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        float length = sqrtf(pk_dot(row, row, columns));
        if (length == 0) continue;
        int finite = isfinite(length) != 0;
        for (size_t c = 0; c < columns; c++) row[c] = finite ? row[c] / length : 0;
    }
}
