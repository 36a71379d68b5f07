#include <float.h>
#include <string.h>

#include "dispatch.h"

enum { LANES = PK_QUERY_LANES, LARGEST_DIMENSION = 1024 };

static size_t blocks(size_t rows) { return rows / LANES + (rows % LANES != 0); }

size_t pk_packed_query_f32_count(size_t rows, size_t dimension) {
    size_t count;
    if (rows > SIZE_MAX / 2 || __builtin_mul_overflow(blocks(rows) * LANES, dimension, &count)) return 0;
    return count;
}

int pk_pack_query_f32(const float *query, size_t rows, size_t dimension, float *packed) {
    size_t count = pk_packed_query_f32_count(rows, dimension);
    if (!count || dimension > LARGEST_DIMENSION) return PK_BAD_SIZE;
    memset(packed, 0, count * sizeof *packed);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < dimension; c++)
            packed[(r / LANES * dimension + c) * LANES + r % LANES] = query[r * dimension + c];
    return PK_OK;
}

/// The rows that are widened once and then met by every block of the query.
enum { GROUP = 4 };

int pk_max_sim_f16_portable(const float *packed_query, size_t query_rows, const uint16_t *passage,
                            size_t passage_rows, size_t dimension, float *best) {
    if (!dimension || dimension > LARGEST_DIMENSION) return PK_BAD_SIZE;
    float row[LARGEST_DIMENSION];
    for (size_t i = 0; i < blocks(query_rows) * LANES; i++) best[i] = -FLT_MAX;
    for (size_t j = 0; j < passage_rows; j++) {
        pk_half_to_float_portable(passage + j * dimension, row, dimension);
        for (size_t b = 0; b < blocks(query_rows); b++)
            for (size_t lane = 0; lane < LANES; lane++) {
                float sum = 0;
                for (size_t c = 0; c < dimension; c++)
                    sum += packed_query[(b * dimension + c) * LANES + lane] * row[c];
                if (sum > best[b * LANES + lane]) best[b * LANES + lane] = sum;
            }
    }
    return PK_OK;
}

#if defined(__x86_64__)
PK_AVX2 static int max_sim_f16_avx2(const float *packed_query, size_t query_rows, const uint16_t *passage,
                                    size_t passage_rows, size_t dimension, float *best) {
    if (!dimension || dimension > LARGEST_DIMENSION) return PK_BAD_SIZE;
    float rows[GROUP][LARGEST_DIMENSION] __attribute__((aligned(32)));
    size_t count = blocks(query_rows);
    for (size_t i = 0; i < count * LANES; i++) best[i] = -FLT_MAX;
    for (size_t j = 0; j < passage_rows; j += GROUP) {
        for (size_t g = 0; g < GROUP; g++) {
            size_t k = j + g < passage_rows ? j + g : passage_rows - 1;
            pk_half_to_float(passage + k * dimension, rows[g], dimension);
        }
        for (size_t b = 0; b < count; b++) {
            const float *block = packed_query + b * dimension * LANES;
            __m256 s = _mm256_setzero_ps(), t = s, u = s, v = s;
            for (size_t c = 0; c < dimension; c++) {
                __m256 q = _mm256_loadu_ps(block + c * LANES);
                s = _mm256_fmadd_ps(q, _mm256_broadcast_ss(&rows[0][c]), s);
                t = _mm256_fmadd_ps(q, _mm256_broadcast_ss(&rows[1][c]), t);
                u = _mm256_fmadd_ps(q, _mm256_broadcast_ss(&rows[2][c]), u);
                v = _mm256_fmadd_ps(q, _mm256_broadcast_ss(&rows[3][c]), v);
            }
            __m256 top = _mm256_max_ps(_mm256_max_ps(s, t), _mm256_max_ps(u, v));
            _mm256_storeu_ps(best + b * LANES, _mm256_max_ps(top, _mm256_loadu_ps(best + b * LANES)));
        }
    }
    return PK_OK;
}
#endif

int pk_max_sim_f16(const float *packed_query, size_t query_rows, const uint16_t *passage, size_t passage_rows,
                   size_t dimension, float *best) {
    PK_CHOOSE(pk_has_avx2, max_sim_f16_avx2(packed_query, query_rows, passage, passage_rows, dimension, best),
              pk_max_sim_f16_portable(packed_query, query_rows, passage, passage_rows, dimension, best));
}
