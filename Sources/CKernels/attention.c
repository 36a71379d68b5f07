#include <float.h>
#include <math.h>
#include <string.h>

#include "product.h"
#include "vector_math.h"
#include "vector_math512.h"

static size_t padded(size_t count) { return (count + PK_PANEL - 1) / PK_PANEL * PK_PANEL; }

size_t pk_attention_scratch_count(size_t tokens, size_t head_size) {
    size_t keys, count;
    if (tokens > SIZE_MAX / 2 - PK_PANEL || head_size > SIZE_MAX / 2 - PK_PANEL || !head_size) return 0;
    // Keys by column, values by row where their width is no multiple of a panel, and a tile of scores and of results.
    if (__builtin_mul_overflow(padded(tokens), head_size, &keys)) return 0;
    size_t values = head_size % PK_PANEL ? padded(head_size) : 0, rows;
    if (__builtin_mul_overflow(tokens, values, &values)) return 0;
    if (__builtin_mul_overflow(padded(tokens) + padded(head_size), (size_t)TILE_ROWS, &rows)) return 0;
    if (__builtin_add_overflow(keys, values, &count) || __builtin_add_overflow(count, rows, &count)) return 0;
    return count > PTRDIFF_MAX / sizeof(float) ? 0 : count;
}

static void pack_keys(const float *keys, size_t stride, size_t count, size_t head_size, size_t width, float *columns,
                      size_t from) {
    for (size_t d = 0; d < head_size; d++) {
        float *column = columns + d * width;
        for (size_t j = from; j < count; j++) column[j] = keys[j * stride + d];
        memset(column + count, 0, (width - count) * sizeof *column);
    }
}

#if defined(__x86_64__)
/// Transposes 8 by 8 at a time; returns how many keys are done.
PK_AVX2 static size_t pack_keys_avx2(const float *keys, size_t stride, size_t count, size_t head_size, size_t width,
                                     float *columns) {
    if (head_size % 8) return 0;
    size_t j = 0;
    for (; j + 8 <= count; j += 8)
        for (size_t d = 0; d < head_size; d += 8) {
            const float *in = keys + j * stride + d;
            __m256 a[8], b[8];
            for (size_t i = 0; i < 8; i++) a[i] = _mm256_loadu_ps(in + i * stride);
            for (size_t i = 0; i < 8; i += 2) {
                b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
                b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
            }
            for (size_t i = 0; i < 8; i += 4) {
                a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
                a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xEE);
                a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
                a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xEE);
            }
            for (size_t i = 0; i < 4; i++) {
                _mm256_storeu_ps(columns + (d + i) * width + j, _mm256_permute2f128_ps(a[i], a[i + 4], 0x20));
                _mm256_storeu_ps(columns + (d + i + 4) * width + j, _mm256_permute2f128_ps(a[i], a[i + 4], 0x31));
            }
        }
    return j;
}
#endif

/// row = exp(scale * row - largest); returns the sum.
static float exponentials(float *row, float scale, size_t count) {
    float top = -FLT_MAX, sum = 0;
    for (size_t c = 0; c < count; c++)
        if (row[c] * scale > top) top = row[c] * scale;
    for (size_t c = 0; c < count; c++) {
        row[c] = expf(row[c] * scale - top);
        sum += row[c];
    }
    return sum;
}

#if defined(__x86_64__)
PK_AVX2 static float exponentials_avx2(float *row, float scale, size_t count) {
    const __m256 scales = _mm256_set1_ps(scale);
    __m256 tops = _mm256_set1_ps(-FLT_MAX), sums = _mm256_setzero_ps();
    float top = -FLT_MAX, sum = 0;
    size_t c = 0;
    for (; c + 8 <= count; c += 8) tops = _mm256_max_ps(tops, _mm256_mul_ps(_mm256_loadu_ps(row + c), scales));
    for (; c < count; c++)
        if (row[c] * scale > top) top = row[c] * scale;
    float widest = pk_max8(tops);
    if (widest > top) top = widest;
    const __m256 largest = _mm256_set1_ps(top);
    for (c = 0; c + 8 <= count; c += 8) {
        __m256 e = pk_exp8(_mm256_fmsub_ps(_mm256_loadu_ps(row + c), scales, largest));
        _mm256_storeu_ps(row + c, e);
        sums = _mm256_add_ps(sums, e);
    }
    for (; c < count; c++) {
        row[c] = expf(row[c] * scale - top);
        sum += row[c];
    }
    return sum + pk_sum8(sums);
}

PK_AVX512 static float exponentials_avx512(float *row, float scale, size_t count) {
    const __m512 scales = _mm512_set1_ps(scale), least = _mm512_set1_ps(-FLT_MAX);
    __m512 tops = least, sums = _mm512_setzero_ps();
    for (size_t c = 0; c < count; c += 16) {
        __mmask16 mask = count - c < 16 ? (__mmask16)((1u << (count - c)) - 1) : 0xFFFF;
        tops = _mm512_mask_max_ps(tops, mask, tops, _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, row + c), scales));
    }
    const __m512 largest = _mm512_set1_ps(_mm512_reduce_max_ps(tops));
    for (size_t c = 0; c < count; c += 16) {
        __mmask16 mask = count - c < 16 ? (__mmask16)((1u << (count - c)) - 1) : 0xFFFF;
        __m512 e = pk_exp16(_mm512_fmsub_ps(_mm512_maskz_loadu_ps(mask, row + c), scales, largest));
        _mm512_mask_storeu_ps(row + c, mask, e);
        sums = _mm512_mask_add_ps(sums, mask, sums, e);
    }
    return _mm512_reduce_add_ps(sums);
}
#endif

static float exponentials_of(int level, float *row, float scale, size_t count) {
#if defined(__x86_64__)
    if (level >= PK_LEVEL_AVX512) return exponentials_avx512(row, scale, count);
    if (level >= PK_LEVEL_AVX2) return exponentials_avx2(row, scale, count);
#endif
    (void)level;
    return exponentials(row, scale, count);
}

int pk_attention(int level, const float *queries, const float *keys, const float *values, size_t stride,
                 size_t tokens, size_t attended, size_t head_size, size_t window, float scale, float *scratch,
                 float *out, size_t out_stride) {
    if (!pk_attention_scratch_count(tokens, head_size) || !attended || attended > tokens || stride < head_size ||
        out_stride < head_size)
        return PK_BAD_SIZE;
    if (level > pk_best_level()) level = pk_best_level();
    pk_tile_f32 tile = pk_tile_f32_of(level);
    const size_t width = padded(attended), depth = padded(head_size), height = pk_tile_height(tokens);
    float *columns = scratch, *scores = columns + head_size * width, *results = scores + TILE_ROWS * width;
    const float *rows = values;
    size_t row_stride = stride;
    if (depth != head_size) {
        float *wide = results + TILE_ROWS * depth;
        for (size_t j = 0; j < attended; j++) {
            memcpy(wide + j * depth, values + j * stride, head_size * sizeof *wide);
            memset(wide + j * depth + head_size, 0, (depth - head_size) * sizeof *wide);
        }
        rows = wide;
        row_stride = depth;
    }
    size_t packed = 0;
#if defined(__x86_64__)
    if (level >= PK_LEVEL_AVX2) packed = pack_keys_avx2(keys, stride, attended, head_size, width, columns);
#endif
    pack_keys(keys, stride, attended, head_size, width, columns, packed);

    for (size_t r = 0; r < tokens; r += height) {
        size_t count = tokens - r < height ? tokens - r : height;
        // The keys that some row of this tile may see: from `low` up to `high`.
        size_t low = window && r > window ? r - window : 0;
        size_t high = window && r + count + window < attended ? r + count + window : attended;
        if (low >= attended) low = attended - 1;  // rows beyond the attended ones with nothing near see the last
        low = low / PK_PANEL * PK_PANEL;
        for (size_t j = low; j < high; j += PK_PANEL)
            tile(queries + r * stride, stride, count, columns + j, width, head_size, scores + j, width);
        float factors[TILE_ROWS];
        for (size_t i = 0; i < count; i++) {
            float *row = scores + i * width;
            size_t from = low, to = high;
            if (window) {
                if (r + i > window && r + i - window > from) from = r + i - window;
                if (r + i + window + 1 < to) to = r + i + window + 1;
                if (from >= attended) from = attended - 1;
                memset(row + low, 0, (from - low) * sizeof *row);
                memset(row + to, 0, (high - to) * sizeof *row);
            }
            factors[i] = 1.0f / exponentials_of(level, row + from, scale, to - from);
        }
        for (size_t c = 0; c < depth; c += PK_PANEL)
            tile(scores + low, width, count, rows + low * row_stride + c, row_stride, high - low, results + c, depth);
        for (size_t i = 0; i < count; i++)
            for (size_t c = 0; c < head_size; c++)
                out[(r + i) * out_stride + c] = results[i * depth + c] * factors[i];
    }
    return PK_OK;
}
