#include <math.h>

#include "product.h"
#include "vector_math.h"
#include "vector_math512.h"

static inline float activated(float x, int activation) {
    switch (activation) {
        case PK_GELU: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
        case PK_GELU_TANH: return 0.5f * x * (1.0f + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
        case PK_RELU: return x > 0 ? x : 0;
        case PK_TANH: return tanhf(x);
        case PK_SILU: return x / (1.0f + expf(-x));
        default: return x;
    }
}

static void finish_row(const pk_completion *completion, float *y, size_t row, size_t first, size_t from,
                       size_t columns) {
    const float *residual =
        completion->residual ? completion->residual + row * completion->residual_stride + first : NULL;
    for (size_t c = from; c < columns; c++) {
        float value = y[c] + (completion->bias ? completion->bias[first + c] : 0);
        y[c] = activated(value, completion->activation) + (residual ? residual[c] : 0);
    }
}

#if defined(__x86_64__)
/// Whole registers of all rows; the constants of the error function stay in registers meanwhile.
PK_AVX2 static size_t finish_avx2(const pk_completion *completion, float *y, size_t y_stride, size_t row, size_t rows,
                                  size_t first, size_t columns) {
    const int is_gelu = completion->activation == PK_GELU;
    const __m256 half = _mm256_set1_ps(0.5f), root = _mm256_set1_ps(0.70710678118654752f);
    const size_t whole = columns / 8 * 8;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < whole; c += 8) {
            float *out = y + r * y_stride + c;
            __m256 v = _mm256_loadu_ps(out);
            if (completion->bias) v = _mm256_add_ps(v, _mm256_loadu_ps(completion->bias + first + c));
            if (is_gelu) {
                __m256 h = _mm256_mul_ps(v, half);
                v = _mm256_fmadd_ps(h, pk_erf8(_mm256_mul_ps(v, root)), h);
            }
            if (completion->residual) {
                const float *residual = completion->residual + (row + r) * completion->residual_stride + first + c;
                v = _mm256_add_ps(v, _mm256_loadu_ps(residual));
            }
            _mm256_storeu_ps(out, v);
        }
    return whole;
}

PK_AVX512 static size_t finish_avx512(const pk_completion *completion, float *y, size_t y_stride, size_t row,
                                      size_t rows, size_t first, size_t columns) {
    const int is_gelu = completion->activation == PK_GELU;
    const __m512 half = _mm512_set1_ps(0.5f), root = _mm512_set1_ps(0.70710678118654752f);
    const size_t whole = columns / 16 * 16;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < whole; c += 16) {
            float *out = y + r * y_stride + c;
            __m512 v = _mm512_loadu_ps(out);
            if (completion->bias) v = _mm512_add_ps(v, _mm512_loadu_ps(completion->bias + first + c));
            if (is_gelu) {
                __m512 h = _mm512_mul_ps(v, half);
                v = _mm512_fmadd_ps(h, pk_erf16(_mm512_mul_ps(v, root)), h);
            }
            if (completion->residual) {
                const float *residual = completion->residual + (row + r) * completion->residual_stride + first + c;
                v = _mm512_add_ps(v, _mm512_loadu_ps(residual));
            }
            _mm512_storeu_ps(out, v);
        }
    return whole;
}
#endif

void pk_finish(int level, const pk_completion *completion, float *y, size_t y_stride, size_t row, size_t rows,
               size_t first, size_t columns) {
    if (!completion) return;
    size_t done = 0;
#if defined(__x86_64__)
    if (completion->activation == PK_IDENTITY || completion->activation == PK_GELU) {
        if (level >= PK_LEVEL_AVX512)
            done = finish_avx512(completion, y, y_stride, row, rows, first, columns);
        else if (level >= PK_LEVEL_AVX2)
            done = finish_avx2(completion, y, y_stride, row, rows, first, columns);
    }
#endif
    (void)level;
    for (size_t r = 0; r < rows && done < columns; r++)
        finish_row(completion, y + r * y_stride, row + r, first, done, columns);
}
