#include <float.h>
#include <math.h>
#include <string.h>

#include "dispatch.h"

// A packed query is [block][dimension / 2][8 rows][2]: one passage pair, broadcast, meets eight query rows at once, so
// that no sum across a register is ever needed.
enum { LANES = PK_QUERY_LANES, LARGEST_DIMENSION = 1024 };

static size_t blocks(size_t rows) { return rows / LANES + (rows % LANES != 0); }

size_t pk_packed_query_i8_count(size_t rows, size_t dimension) {
    size_t count;
    if (rows > SIZE_MAX / 2 || dimension % 2) return 0;
    if (__builtin_mul_overflow(blocks(rows) * LANES, dimension, &count)) return 0;
    return count;
}

// A row of codes is no longer than LENGTH but for rounding, and no row of a passage than 127 * 32, so that by the
// inequality of Cauchy and Schwarz no sum reaches 2^31.
enum { LENGTH = 32767 };

int pk_pack_query_i8(const float *query, size_t rows, size_t dimension, int16_t *packed, float *scales) {
    size_t count = pk_packed_query_i8_count(rows, dimension);
    if (!count || dimension > LARGEST_DIMENSION) return PK_BAD_SIZE;
    memset(packed, 0, count * sizeof *packed);
    for (size_t r = 0; r < rows; r++) {
        const float *row = query + r * dimension;
        double squares = 0;
        for (size_t c = 0; c < dimension; c++) squares += (double)row[c] * row[c];
        scales[r] = isfinite(squares) ? (float)(sqrt(squares) / LENGTH) : 0;
        float factor = scales[r] > 0 ? 1.0f / scales[r] : 0;
        if (!(factor > 0) || !isfinite(factor)) continue;
        for (size_t c = 0; c < dimension; c++) {
            float value = rintf(row[c] * factor);
            packed[((r / LANES * (dimension / 2) + c / 2) * LANES + r % LANES) * 2 + c % 2] =
                (int16_t)(value > LENGTH ? LENGTH : value < -LENGTH ? -LENGTH : value);
        }
    }
    return PK_OK;
}

int pk_max_sim_i8_portable(const int16_t *packed_query, size_t query_rows, const int8_t *passage, const float *scales,
                           size_t passage_rows, size_t dimension, float *best) {
    if (!dimension || dimension % 2 || dimension > LARGEST_DIMENSION) return PK_BAD_SIZE;
    size_t pairs = dimension / 2;
    for (size_t b = 0; b < blocks(query_rows); b++)
        for (size_t lane = 0; lane < LANES; lane++) {
            float top = -FLT_MAX;
            for (size_t j = 0; j < passage_rows; j++) {
                int32_t sum = 0;
                for (size_t p = 0; p < pairs; p++) {
                    const int16_t *q = packed_query + ((b * pairs + p) * LANES + lane) * 2;
                    sum += q[0] * passage[j * dimension + 2 * p] + q[1] * passage[j * dimension + 2 * p + 1];
                }
                float value = (float)sum * scales[j];
                if (value > top) top = value;
            }
            best[b * LANES + lane] = top;
        }
    return PK_OK;
}

#if defined(__x86_64__)
PK_AVX2 static void widen(const int8_t *row, int16_t *wide, size_t dimension) {
    size_t c = 0;
    for (; c + 16 <= dimension; c += 16)
        _mm256_storeu_si256((__m256i *)(wide + c), _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(row + c))));
    for (; c < dimension; c++) wide[c] = row[c];
}

/// One block of eight query rows against two passage rows, in steps that keep both multipliers busy.
PK_AVX2 static inline void two_rows(const int16_t *block, const int16_t *first, const int16_t *second, size_t pairs,
                                    __m256i *one, __m256i *two) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    size_t p = 0;
    for (; p + 2 <= pairs; p += 2) {
        __m256i q = _mm256_loadu_si256((const __m256i *)(block + p * 16));
        __m256i r = _mm256_loadu_si256((const __m256i *)(block + p * 16 + 16));
        int32_t x[2], y[2];
        memcpy(x, first + 2 * p, 8);
        memcpy(y, second + 2 * p, 8);
        a = _mm256_add_epi32(a, _mm256_madd_epi16(q, _mm256_set1_epi32(x[0])));
        b = _mm256_add_epi32(b, _mm256_madd_epi16(q, _mm256_set1_epi32(y[0])));
        c = _mm256_add_epi32(c, _mm256_madd_epi16(r, _mm256_set1_epi32(x[1])));
        d = _mm256_add_epi32(d, _mm256_madd_epi16(r, _mm256_set1_epi32(y[1])));
    }
    if (p < pairs) {
        __m256i q = _mm256_loadu_si256((const __m256i *)(block + p * 16));
        int32_t x, y;
        memcpy(&x, first + 2 * p, 4);
        memcpy(&y, second + 2 * p, 4);
        a = _mm256_add_epi32(a, _mm256_madd_epi16(q, _mm256_set1_epi32(x)));
        b = _mm256_add_epi32(b, _mm256_madd_epi16(q, _mm256_set1_epi32(y)));
    }
    *one = _mm256_add_epi32(a, c);
    *two = _mm256_add_epi32(b, d);
}

PK_AVX2 static int max_sim_i8_avx2(const int16_t *packed_query, size_t query_rows, const int8_t *passage,
                                   const float *scales, size_t passage_rows, size_t dimension, float *best) {
    if (!dimension || dimension % 2 || dimension > LARGEST_DIMENSION) return PK_BAD_SIZE;
    int16_t wide[2][LARGEST_DIMENSION] __attribute__((aligned(32)));
    size_t pairs = dimension / 2, count = blocks(query_rows);
    for (size_t i = 0; i < count * LANES; i++) best[i] = -FLT_MAX;
    for (size_t j = 0; j < passage_rows; j += 2) {
        // An odd last row is scored twice: a maximum does not mind.
        size_t k = j + 1 < passage_rows ? j + 1 : j;
        widen(passage + j * dimension, wide[0], dimension);
        widen(passage + k * dimension, wide[1], dimension);
        __m256 first_scale = _mm256_set1_ps(scales[j]), second_scale = _mm256_set1_ps(scales[k]);
        for (size_t b = 0; b < count; b++) {
            __m256i one, two;
            two_rows(packed_query + b * pairs * 16, wide[0], wide[1], pairs, &one, &two);
            __m256 top = _mm256_max_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(one), first_scale),
                                       _mm256_mul_ps(_mm256_cvtepi32_ps(two), second_scale));
            _mm256_storeu_ps(best + b * LANES, _mm256_max_ps(top, _mm256_loadu_ps(best + b * LANES)));
        }
    }
    return PK_OK;
}
#endif

int pk_max_sim_i8(const int16_t *packed_query, size_t query_rows, const int8_t *passage, const float *scales,
                  size_t passage_rows, size_t dimension, float *best) {
    PK_CHOOSE(pk_has_avx2, max_sim_i8_avx2(packed_query, query_rows, passage, scales, passage_rows, dimension, best),
              pk_max_sim_i8_portable(packed_query, query_rows, passage, scales, passage_rows, dimension, best));
}
