#include <math.h>

#include "dispatch.h"
#include "vector_math.h"

void pk_bias_residual_layer_norm_portable(float *x, const float *bias, const float *residual, const float *gain,
                                          const float *shift, float epsilon, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        const float *added = residual ? residual + r * columns : NULL;
        double sum = 0, squares = 0;
        for (size_t c = 0; c < columns; c++) {
            row[c] += (bias ? bias[c] : 0) + (added ? added[c] : 0);
            sum += row[c];
        }
        float mean = (float)(sum / (double)columns);
        for (size_t c = 0; c < columns; c++) squares += (double)(row[c] - mean) * (row[c] - mean);
        float factor = 1.0f / sqrtf((float)(squares / (double)columns) + epsilon);
        for (size_t c = 0; c < columns; c++) row[c] = (row[c] - mean) * factor * gain[c] + shift[c];
    }
}

#if defined(__x86_64__)
PK_AVX2 static void layer_norm_avx2(float *x, const float *bias, const float *residual, const float *gain,
                                    const float *shift, float epsilon, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        const float *added = residual ? residual + r * columns : NULL;
        __m256 sums = _mm256_setzero_ps();
        float sum = 0, squares = 0;
        size_t c = 0;
        for (; c + 8 <= columns; c += 8) {
            __m256 v = _mm256_loadu_ps(row + c);
            if (bias) v = _mm256_add_ps(v, _mm256_loadu_ps(bias + c));
            if (added) v = _mm256_add_ps(v, _mm256_loadu_ps(added + c));
            _mm256_storeu_ps(row + c, v);
            sums = _mm256_add_ps(sums, v);
        }
        for (; c < columns; c++) {
            row[c] += (bias ? bias[c] : 0) + (added ? added[c] : 0);
            sum += row[c];
        }
        float mean = (sum + pk_sum8(sums)) / (float)columns;
        // Two passes: the variance of rows with a large mean would drown in a sum of squares.
        __m256 means = _mm256_set1_ps(mean), totals = _mm256_setzero_ps();
        for (c = 0; c + 8 <= columns; c += 8) {
            __m256 d = _mm256_sub_ps(_mm256_loadu_ps(row + c), means);
            totals = _mm256_fmadd_ps(d, d, totals);
        }
        for (; c < columns; c++) squares += (row[c] - mean) * (row[c] - mean);
        float factor = 1.0f / sqrtf((squares + pk_sum8(totals)) / (float)columns + epsilon);
        __m256 factors = _mm256_set1_ps(factor);
        for (c = 0; c + 8 <= columns; c += 8) {
            __m256 d = _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(row + c), means), factors);
            _mm256_storeu_ps(row + c, _mm256_fmadd_ps(d, _mm256_loadu_ps(gain + c), _mm256_loadu_ps(shift + c)));
        }
        for (; c < columns; c++) row[c] = (row[c] - mean) * factor * gain[c] + shift[c];
    }
}
#endif

void pk_bias_residual_layer_norm(float *x, const float *bias, const float *residual, const float *gain,
                                 const float *shift, float epsilon, size_t rows, size_t columns) {
    PK_CHOOSE(pk_has_avx2, layer_norm_avx2(x, bias, residual, gain, shift, epsilon, rows, columns),
              pk_bias_residual_layer_norm_portable(x, bias, residual, gain, shift, epsilon, rows, columns));
}
