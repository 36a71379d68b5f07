#include <string.h>

#include "dispatch.h"

static inline float float_from_half(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 0x1F, fraction = h & 0x3FF, bits;
    if (exponent == 0x1F) {
        bits = sign | 0x7F800000 | fraction << 13 | (fraction ? 0x400000 : 0);
    } else if (exponent) {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    } else {
        float small = (float)fraction * 5.9604644775390625e-8f;  // 2^-24, the unit of subnormal halves
        memcpy(&bits, &small, 4);
        bits |= sign;
    }
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline uint16_t half_from_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t size = bits & 0x7FFFFFFF;
    if (size > 0x7F800000) return (uint16_t)(sign | 0x7E00 | (size >> 13 & 0x3FF));
    if (size >= 0x477FF000) return sign | 0x7C00;
    if (size < 0x38800000) {
        // Adding 0.5 moves the subnormal's bits to the bottom of the fraction, rounded by the addition itself.
        float moved;
        memcpy(&moved, &size, 4);
        moved += 0.5f;
        uint32_t result;
        memcpy(&result, &moved, 4);
        return (uint16_t)(sign | (result - 0x3F000000));
    }
    uint32_t odd = size >> 13 & 1;
    return (uint16_t)(sign | ((size + 0xC8000FFF + odd) >> 13));
}

void pk_half_to_float_portable(const uint16_t *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = float_from_half(x[i]);
}

void pk_float_to_half_portable(const float *x, uint16_t *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = half_from_float(x[i]);
}

#if defined(__x86_64__)
PK_AVX2 static void half_to_float_avx2(const uint16_t *x, float *y, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_storeu_ps(y + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(x + i))));
    for (; i < count; i++) y[i] = float_from_half(x[i]);
}

PK_AVX2 static void float_to_half_avx2(const float *x, uint16_t *y, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm_storeu_si128((__m128i *)(y + i), _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT));
    for (; i < count; i++) y[i] = half_from_float(x[i]);
}
#endif

void pk_half_to_float(const uint16_t *x, float *y, size_t count) {
    PK_CHOOSE(pk_has_avx2, half_to_float_avx2(x, y, count), pk_half_to_float_portable(x, y, count));
}

void pk_float_to_half(const float *x, uint16_t *y, size_t count) {
    PK_CHOOSE(pk_has_avx2, float_to_half_avx2(x, y, count), pk_float_to_half_portable(x, y, count));
}
