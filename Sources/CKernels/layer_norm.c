#include <math.h>

#include "dispatch.h"
#include "vector_math.h"

// Two passes: the variance of rows with a large mean would drown in a sum of squares.

static void layer_norm_portable(float *x, const float *gain, const float *shift, float epsilon, size_t rows,
                                size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        double sum = 0, squares = 0;
        for (size_t c = 0; c < columns; c++) sum += row[c];
        float mean = (float)(sum / (double)columns);
        for (size_t c = 0; c < columns; c++) squares += (double)(row[c] - mean) * (row[c] - mean);
        float factor = 1.0f / sqrtf((float)(squares / (double)columns) + epsilon);
        for (size_t c = 0; c < columns; c++) row[c] = (row[c] - mean) * factor * gain[c] + shift[c];
    }
}

#if defined(__x86_64__)
PK_AVX2 static void layer_norm_avx2(float *x, const float *gain, const float *shift, float epsilon, size_t rows,
                                    size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        __m256 sums = _mm256_setzero_ps();
        float sum = 0, squares = 0;
        size_t c = 0;
        for (; c + 8 <= columns; c += 8) sums = _mm256_add_ps(sums, _mm256_loadu_ps(row + c));
        for (; c < columns; c++) sum += row[c];
        float mean = (sum + pk_sum8(sums)) / (float)columns;
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

/// Four sums at a time, since each addition waits for the one before.
PK_AVX512 static void layer_norm_avx512(float *x, const float *gain, const float *shift, float epsilon, size_t rows,
                                        size_t columns) {
    const size_t whole = columns / 64 * 64;
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        __m512 sums[4], totals[4];
        for (size_t j = 0; j < 4; j++) sums[j] = totals[j] = _mm512_setzero_ps();
        for (size_t c = 0; c < whole; c += 64)
            for (size_t j = 0; j < 4; j++) sums[j] = _mm512_add_ps(sums[j], _mm512_loadu_ps(row + c + 16 * j));
        for (size_t c = whole; c < columns; c += 16) {
            __mmask16 mask = columns - c < 16 ? (__mmask16)((1u << (columns - c)) - 1) : 0xFFFF;
            sums[0] = _mm512_add_ps(sums[0], _mm512_maskz_loadu_ps(mask, row + c));
        }
        __m512 sum = _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
        const __m512 means = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / (float)columns);
        for (size_t c = 0; c < whole; c += 64)
            for (size_t j = 0; j < 4; j++) {
                __m512 d = _mm512_sub_ps(_mm512_loadu_ps(row + c + 16 * j), means);
                totals[j] = _mm512_fmadd_ps(d, d, totals[j]);
            }
        for (size_t c = whole; c < columns; c += 16) {
            __mmask16 mask = columns - c < 16 ? (__mmask16)((1u << (columns - c)) - 1) : 0xFFFF;
            __m512 d = _mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, row + c), means);
            totals[0] = _mm512_fmadd_ps(d, d, totals[0]);
        }
        __m512 total = _mm512_add_ps(_mm512_add_ps(totals[0], totals[1]), _mm512_add_ps(totals[2], totals[3]));
        const __m512 factors = _mm512_set1_ps(1.0f / sqrtf(_mm512_reduce_add_ps(total) / (float)columns + epsilon));
        for (size_t c = 0; c < columns; c += 16) {
            __mmask16 mask = columns - c < 16 ? (__mmask16)((1u << (columns - c)) - 1) : 0xFFFF;
            __m512 d = _mm512_mul_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, row + c), means), factors);
            d = _mm512_fmadd_ps(d, _mm512_maskz_loadu_ps(mask, gain + c), _mm512_maskz_loadu_ps(mask, shift + c));
            _mm512_mask_storeu_ps(row + c, mask, d);
        }
    }
}
#endif

void pk_layer_norm(int level, float *x, const float *gain, const float *shift, float epsilon, size_t rows,
                   size_t columns) {
#if defined(__x86_64__)
    if (level > pk_best_level()) level = pk_best_level();
    if (level >= PK_LEVEL_AVX512) {
        layer_norm_avx512(x, gain, shift, epsilon, rows, columns);
        return;
    }
    if (level >= PK_LEVEL_AVX2) {
        layer_norm_avx2(x, gain, shift, epsilon, rows, columns);
        return;
    }
#endif
    (void)level;
    layer_norm_portable(x, gain, shift, epsilon, rows, columns);
}
