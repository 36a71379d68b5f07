// Exponential and error function on eight floats; internal to this target.
#ifndef PK_VECTOR_MATH_H
#define PK_VECTOR_MATH_H

#include "dispatch.h"

#if defined(__x86_64__)
/// exp(x) to about 1 ulp for x in [-87, 88], clamped outside (Cephes' expf); NaN stays NaN.
PK_AVX2 static inline __m256 pk_exp8(__m256 x) {
    // Minimum and maximum return their second operand where one is NaN.
    x = _mm256_min_ps(_mm256_set1_ps(88.0f), x);
    x = _mm256_max_ps(_mm256_set1_ps(-87.3f), x);
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504088896341f)),
                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    // ln 2 in two parts keeps the reduced argument exact.
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);
    __m256 p = _mm256_set1_ps(1.9875691500e-4f);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.3981999507e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(8.3334519073e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(4.1665795894e-2f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.6666665459e-1f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(5.0000001201e-1f));
    p = _mm256_fmadd_ps(p, _mm256_mul_ps(r, r), _mm256_add_ps(r, _mm256_set1_ps(1.0f)));
    __m256i exponent = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(p, _mm256_castsi256_ps(exponent));
}

/// erf(x) to about 5e-7, as a rational function of x on [-4, 4].
PK_AVX2 static inline __m256 pk_erf8(__m256 x) {
    x = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(-4.0f)), _mm256_set1_ps(4.0f));
    __m256 s = _mm256_mul_ps(x, x);
    __m256 p = _mm256_set1_ps(-2.72614225801306e-10f);
    p = _mm256_fmadd_ps(p, s, _mm256_set1_ps(2.77068142495902e-08f));
    p = _mm256_fmadd_ps(p, s, _mm256_set1_ps(-2.10102402082508e-06f));
    p = _mm256_fmadd_ps(p, s, _mm256_set1_ps(-5.69250639462346e-05f));
    p = _mm256_fmadd_ps(p, s, _mm256_set1_ps(-7.34990630326855e-04f));
    p = _mm256_fmadd_ps(p, s, _mm256_set1_ps(-2.95459980854025e-03f));
    p = _mm256_fmadd_ps(p, s, _mm256_set1_ps(-1.60960333262415e-02f));
    p = _mm256_mul_ps(p, x);
    __m256 q = _mm256_set1_ps(-1.45660718464996e-05f);
    q = _mm256_fmadd_ps(q, s, _mm256_set1_ps(-2.13374055278905e-04f));
    q = _mm256_fmadd_ps(q, s, _mm256_set1_ps(-1.68282697438203e-03f));
    q = _mm256_fmadd_ps(q, s, _mm256_set1_ps(-7.37332916720468e-03f));
    q = _mm256_fmadd_ps(q, s, _mm256_set1_ps(-1.42647390514189e-02f));
    return _mm256_div_ps(p, q);
}

PK_AVX2 static inline float pk_sum8(__m256 x) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

PK_AVX2 static inline float pk_max8(__m256 x) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}
#endif

#endif
