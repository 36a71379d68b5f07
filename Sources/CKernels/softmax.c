#include <float.h>
#include <math.h>

#include "dispatch.h"
#include "vector_math.h"

void pk_softmax_portable(float *x, float scale, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        float largest = -FLT_MAX, sum = 0;
        for (size_t c = 0; c < columns; c++) {
            row[c] *= scale;
            if (row[c] > largest) largest = row[c];
        }
        for (size_t c = 0; c < columns; c++) {
            row[c] = expf(row[c] - largest);
            sum += row[c];
        }
        for (size_t c = 0; c < columns; c++) row[c] /= sum;
    }
}

#if defined(__x86_64__)
PK_AVX2 static void softmax_avx2(float *x, float scale, size_t rows, size_t columns) {
    const __m256 scales = _mm256_set1_ps(scale);
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        __m256 tops = _mm256_set1_ps(-FLT_MAX), sums = _mm256_setzero_ps();
        float top = -FLT_MAX, sum = 0;
        size_t c = 0;
        for (; c + 8 <= columns; c += 8) {
            __m256 v = _mm256_mul_ps(_mm256_loadu_ps(row + c), scales);
            _mm256_storeu_ps(row + c, v);
            tops = _mm256_max_ps(tops, v);
        }
        for (; c < columns; c++) {
            row[c] *= scale;
            if (row[c] > top) top = row[c];
        }
        float widest = pk_max8(tops);
        if (widest > top) top = widest;
        const __m256 largest = _mm256_set1_ps(top);
        for (c = 0; c + 8 <= columns; c += 8) {
            __m256 e = pk_exp8(_mm256_sub_ps(_mm256_loadu_ps(row + c), largest));
            _mm256_storeu_ps(row + c, e);
            sums = _mm256_add_ps(sums, e);
        }
        for (; c < columns; c++) {
            row[c] = expf(row[c] - top);
            sum += row[c];
        }
        float factor = 1.0f / (sum + pk_sum8(sums));
        const __m256 factors = _mm256_set1_ps(factor);
        for (c = 0; c + 8 <= columns; c += 8)
            _mm256_storeu_ps(row + c, _mm256_mul_ps(_mm256_loadu_ps(row + c), factors));
        for (; c < columns; c++) row[c] *= factor;
    }
}
#endif

void pk_softmax(float *x, float scale, size_t rows, size_t columns) {
    PK_CHOOSE(pk_has_avx2, softmax_avx2(x, scale, rows, columns), pk_softmax_portable(x, scale, rows, columns));
}
