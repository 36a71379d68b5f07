#include <math.h>

#include "dispatch.h"
#include "vector_math.h"

static inline float gelu(float x) { return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f)); }

void pk_bias_gelu_portable(float *x, const float *bias, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) x[r * columns + c] = gelu(x[r * columns + c] + bias[c]);
}

#if defined(__x86_64__)
PK_AVX2 static void bias_gelu_avx2(float *x, const float *bias, size_t rows, size_t columns) {
    const __m256 half = _mm256_set1_ps(0.5f), root = _mm256_set1_ps(0.70710678118654752f);
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        size_t c = 0;
        for (; c + 8 <= columns; c += 8) {
            __m256 v = _mm256_add_ps(_mm256_loadu_ps(row + c), _mm256_loadu_ps(bias + c));
            __m256 h = _mm256_mul_ps(v, half);
            _mm256_storeu_ps(row + c, _mm256_fmadd_ps(h, pk_erf8(_mm256_mul_ps(v, root)), h));
        }
        for (; c < columns; c++) row[c] = gelu(row[c] + bias[c]);
    }
}
#endif

void pk_bias_gelu(float *x, const float *bias, size_t rows, size_t columns) {
    PK_CHOOSE(pk_has_avx2, bias_gelu_avx2(x, bias, rows, columns), pk_bias_gelu_portable(x, bias, rows, columns));
}

void pk_bias_gelu_tanh(float *x, const float *bias, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) {
            float v = x[r * columns + c] + bias[c];
            x[r * columns + c] = 0.5f * v * (1.0f + tanhf(0.79788456080286536f * (v + 0.044715f * v * v * v)));
        }
}

void pk_bias_relu(float *x, const float *bias, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) {
            float v = x[r * columns + c] + bias[c];
            x[r * columns + c] = v > 0 ? v : 0;
        }
}

void pk_bias_tanh(float *x, const float *bias, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) x[r * columns + c] = tanhf(x[r * columns + c] + bias[c]);
}

void pk_bias(float *x, const float *bias, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) x[r * columns + c] += bias[c];
}
