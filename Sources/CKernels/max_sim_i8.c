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

static void portable(const int16_t *packed_query, size_t query_rows, const int8_t *passage, const float *scales,
                     size_t passage_rows, size_t dimension, float *best) {
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

PK_AVX2 static void avx2(const int16_t *packed_query, size_t query_rows, const int8_t *passage, const float *scales,
                         size_t passage_rows, size_t dimension, float *best) {
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
}

enum { ROWS = 4 };

/// One to four blocks of eight query rows, two side by side in a register, against four passage rows. Where the last
/// block is alone, its register's upper half repeats it.
PK_AVX512_VNNI PK_INLINE void four_rows(const int16_t *block, size_t count, const int16_t *rows, size_t pairs,
                                        const float *scales, float *best) {
    size_t wides = (count + 1) / 2;
    __m512i sums[2][ROWS];
    for (size_t w = 0; w < wides; w++)
        for (size_t r = 0; r < ROWS; r++) sums[w][r] = _mm512_setzero_si512();
    for (size_t p = 0; p < pairs; p++) {
        __m512i query[2];
        for (size_t w = 0; w < wides; w++) {
            const int16_t *low = block + (2 * w * pairs + p) * 16;
            const int16_t *high = 2 * w + 1 < count ? low + pairs * 16 : low;
            query[w] = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)low)),
                                          _mm256_loadu_si256((const __m256i *)high), 1);
        }
        for (size_t r = 0; r < ROWS; r++) {
            int32_t pair;
            memcpy(&pair, rows + r * LARGEST_DIMENSION + 2 * p, sizeof pair);
            __m512i row = _mm512_set1_epi32(pair);
            for (size_t w = 0; w < wides; w++) sums[w][r] = _mm512_dpwssd_epi32(sums[w][r], query[w], row);
        }
    }
    for (size_t w = 0; w < wides; w++) {
        __m512 top = _mm512_set1_ps(-FLT_MAX);
        for (size_t r = 0; r < ROWS; r++)
            top = _mm512_max_ps(top, _mm512_mul_ps(_mm512_cvtepi32_ps(sums[w][r]), _mm512_set1_ps(scales[r])));
        float *place = best + w * 2 * LANES;
        __mmask16 held = 2 * w + 1 < count ? 0xFFFF : 0x00FF;
        _mm512_mask_storeu_ps(place, held, _mm512_max_ps(top, _mm512_maskz_loadu_ps(held, place)));
    }
}

PK_AVX512_VNNI static void avx512_vnni(const int16_t *packed_query, size_t query_rows, const int8_t *passage,
                                       const float *scales, size_t passage_rows, size_t dimension, float *best) {
    int16_t wide[ROWS * LARGEST_DIMENSION] __attribute__((aligned(64)));
    float four[ROWS];
    size_t pairs = dimension / 2, count = blocks(query_rows);
    for (size_t i = 0; i < count * LANES; i++) best[i] = -FLT_MAX;
    for (size_t j = 0; j < passage_rows; j += ROWS) {
        // The last row is scored again where there are no more: a maximum does not mind.
        for (size_t r = 0; r < ROWS; r++) {
            size_t k = j + r < passage_rows ? j + r : passage_rows - 1;
            widen(passage + k * dimension, wide + r * LARGEST_DIMENSION, dimension);
            four[r] = scales[k];
        }
        for (size_t b = 0; b < count; b += 4) {
            const int16_t *block = packed_query + b * pairs * 16;
            switch (count - b) {
            case 1: four_rows(block, 1, wide, pairs, four, best + b * LANES); break;
            case 2: four_rows(block, 2, wide, pairs, four, best + b * LANES); break;
            case 3: four_rows(block, 3, wide, pairs, four, best + b * LANES); break;
            default: four_rows(block, 4, wide, pairs, four, best + b * LANES);
            }
        }
    }
}
#endif

int pk_max_sim_i8(int level, const int16_t *packed_query, size_t query_rows, const int8_t *passage,
                  const float *scales, size_t passage_rows, size_t dimension, float *best) {
    if (!dimension || dimension % 2 || dimension > LARGEST_DIMENSION) return PK_BAD_SIZE;
    void (*form)(const int16_t *, size_t, const int8_t *, const float *, size_t, size_t, float *) = portable;
    if (level > pk_best_level()) level = pk_best_level();
#if defined(__x86_64__)
    if (level >= PK_LEVEL_AVX2) form = avx2;
    if (level >= PK_LEVEL_AVX512_VNNI) form = avx512_vnni;
#endif
    form(packed_query, query_rows, passage, scales, passage_rows, dimension, best);
    return PK_OK;
}
