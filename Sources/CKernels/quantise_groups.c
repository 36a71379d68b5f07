#include <math.h>
#include <string.h>

#include "product.h"

size_t pk_code_count(size_t inputs) {
    if (inputs > SIZE_MAX / 2) return 0;
    return (inputs + PK_GROUP - 1) / PK_GROUP * PK_GROUP;
}

/// Largest code above the zero's.
static float limit_of(int zero) { return (float)(zero ? 255 - zero : 255); }

static void quantise_group(const float *x, const float *factors, float shift, int zero, size_t count, uint8_t *codes,
                           float *scale) {
    float values[PK_GROUP] = {0}, largest = 0;
    int finite = 1;
    for (size_t i = 0; i < count; i++) {
        values[i] = (x[i] + shift) * (factors ? factors[i] : 1.0f);
        finite &= isfinite(values[i]) != 0;
        if (fabsf(values[i]) > largest) largest = fabsf(values[i]);
    }
    float limit = limit_of(zero), inverse = limit / largest;
    *scale = finite ? largest * (1.0f / limit) : NAN;  // what is not a number must not turn into a plausible state
    if (!finite || !isfinite(inverse)) inverse = 0;
    for (size_t i = 0; i < PK_GROUP; i++) {
        int code = (finite ? (int)rintf(values[i] * inverse) : 0) + zero;
        codes[i] = (uint8_t)(code < 0 ? 0 : code > 255 ? 255 : code);
    }
}

static void quantise_portable(const float *x, size_t rows, size_t x_stride, size_t inputs, const float *factors,
                              float shift, int zero, uint8_t *codes, float *scales, size_t stride) {
    size_t groups = pk_code_count(inputs) / PK_GROUP;
    for (size_t r = 0; r < rows; r++)
        for (size_t g = 0; g < groups; g++) {
            size_t first = g * PK_GROUP, count = inputs - first < PK_GROUP ? inputs - first : PK_GROUP;
            quantise_group(x + r * x_stride + first, factors ? factors + first : NULL, shift, zero, count,
                           codes + r * stride * PK_GROUP + first, scales + r * stride + g);
        }
}

#if defined(__x86_64__)
_Static_assert(PK_GROUP == 32, "a group is two registers of floats");

PK_AVX512 static void quantise_avx512(const float *x, size_t rows, size_t x_stride, size_t inputs,
                                      const float *factors, float shift, int zero, uint8_t *codes, float *scales,
                                      size_t stride) {
    size_t groups = pk_code_count(inputs) / PK_GROUP, whole = inputs / PK_GROUP;
    const float limit = limit_of(zero), part = 1.0f / limit;
    const __m512 shifts = _mm512_set1_ps(shift);
    const __m512i zeros = _mm512_set1_epi32(zero);
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * x_stride;
        uint8_t *code = codes + r * stride * PK_GROUP;
        for (size_t g = 0; g < whole; g++, code += PK_GROUP) {
            __m512 a = _mm512_add_ps(_mm512_loadu_ps(row + g * PK_GROUP), shifts);
            __m512 b = _mm512_add_ps(_mm512_loadu_ps(row + g * PK_GROUP + 16), shifts);
            if (factors) {
                a = _mm512_mul_ps(a, _mm512_loadu_ps(factors + g * PK_GROUP));
                b = _mm512_mul_ps(b, _mm512_loadu_ps(factors + g * PK_GROUP + 16));
            }
            // As integers, absolute values of floats are in order, and those that are not finite come last.
            __m512i sizes = _mm512_max_epi32(_mm512_castps_si512(_mm512_abs_ps(a)), _mm512_castps_si512(_mm512_abs_ps(b)));
            int32_t bits = _mm512_reduce_max_epi32(sizes);
            float largest;
            memcpy(&largest, &bits, 4);
            float inverse = limit / largest;
            if (bits >= 0x7F800000 || !isfinite(inverse)) {
                quantise_group(row + g * PK_GROUP, factors ? factors + g * PK_GROUP : NULL, shift, zero, PK_GROUP, code,
                               scales + r * stride + g);
                continue;
            }
            scales[r * stride + g] = largest * part;
            const __m512 inverses = _mm512_set1_ps(inverse);
            __m512i p = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(a, inverses)), zeros);
            __m512i q = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(b, inverses)), zeros);
            const __m512i none = _mm512_setzero_si512();
            _mm_storeu_si128((__m128i *)code, _mm512_cvtusepi32_epi8(_mm512_max_epi32(p, none)));
            _mm_storeu_si128((__m128i *)(code + 16), _mm512_cvtusepi32_epi8(_mm512_max_epi32(q, none)));
        }
        if (whole < groups)
            quantise_group(row + whole * PK_GROUP, factors ? factors + whole * PK_GROUP : NULL, shift, zero,
                           inputs - whole * PK_GROUP, code, scales + r * stride + whole);
    }
}

PK_AVX2 static void quantise_avx2(const float *x, size_t rows, size_t x_stride, size_t inputs, const float *factors,
                                  float shift, int zero, uint8_t *codes, float *scales, size_t stride) {
    size_t groups = pk_code_count(inputs) / PK_GROUP, whole = inputs / PK_GROUP;
    const float limit = limit_of(zero), part = 1.0f / limit;
    const __m256 sign = _mm256_set1_ps(-0.0f), shifts = _mm256_set1_ps(shift);
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * x_stride;
        uint8_t *code = codes + r * stride * PK_GROUP;
        for (size_t g = 0; g < whole; g++, code += PK_GROUP) {
            __m256 v[4];
            __m256i sizes = _mm256_setzero_si256();
            for (size_t j = 0; j < 4; j++) {
                v[j] = _mm256_add_ps(_mm256_loadu_ps(row + g * PK_GROUP + 8 * j), shifts);
                if (factors) v[j] = _mm256_mul_ps(v[j], _mm256_loadu_ps(factors + g * PK_GROUP + 8 * j));
                sizes = _mm256_max_epi32(sizes, _mm256_castps_si256(_mm256_andnot_ps(sign, v[j])));
            }
            __m128i half = _mm_max_epi32(_mm256_castsi256_si128(sizes), _mm256_extracti128_si256(sizes, 1));
            half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0x4E));
            half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0xB1));
            int32_t bits = _mm_cvtsi128_si32(half);
            float largest;
            memcpy(&largest, &bits, 4);
            float inverse = limit / largest;
            if (bits >= 0x7F800000 || !isfinite(inverse)) {
                quantise_group(row + g * PK_GROUP, factors ? factors + g * PK_GROUP : NULL, shift, zero, PK_GROUP, code,
                               scales + r * stride + g);
                continue;
            }
            scales[r * stride + g] = largest * part;
            const __m256 inverses = _mm256_set1_ps(inverse);
            __m256i c[4];
            for (size_t j = 0; j < 4; j++)
                c[j] = _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(v[j], inverses)), _mm256_set1_epi32(zero));
            __m256i low = _mm256_packs_epi32(c[0], c[1]), high = _mm256_packs_epi32(c[2], c[3]);
            __m256i bytes = _mm256_packus_epi16(low, high);
            bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
            _mm256_storeu_si256((__m256i *)code, bytes);
        }
        if (whole < groups)
            quantise_group(row + whole * PK_GROUP, factors ? factors + whole * PK_GROUP : NULL, shift, zero,
                           inputs - whole * PK_GROUP, code, scales + r * stride + whole);
    }
}
#endif

void pk_quantise_into(int level, const float *x, size_t rows, size_t x_stride, size_t inputs,
                      const pk_quantisation *how, uint8_t *codes, float *scales, size_t stride) {
    const float *factors = how->factors;
#if defined(__x86_64__)
    if (level > pk_best_level()) level = pk_best_level();
    if (level >= PK_LEVEL_AVX512) {
        quantise_avx512(x, rows, x_stride, inputs, factors, how->shift, how->zero, codes, scales, stride);
        return;
    }
    if (level >= PK_LEVEL_AVX2) {
        quantise_avx2(x, rows, x_stride, inputs, factors, how->shift, how->zero, codes, scales, stride);
        return;
    }
#endif
    (void)level;
    quantise_portable(x, rows, x_stride, inputs, factors, how->shift, how->zero, codes, scales, stride);
}

void pk_quantise_groups(int level, const float *x, size_t rows, size_t x_stride, size_t inputs,
                        const pk_quantisation *how, uint8_t *codes, float *scales) {
    pk_quantise_into(level, x, rows, x_stride, inputs, how, codes, scales, pk_code_count(inputs) / PK_GROUP);
}
