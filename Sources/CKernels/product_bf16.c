#include <string.h>

#include "product.h"

// A packed weight is, panel by panel of PK_PANEL outputs, bfloat16 [pairs of inputs][PK_PANEL][2].
enum { PAIR = 2 * PK_PANEL };

static size_t pairs(size_t inputs) { return inputs / 2 + inputs % 2; }

static uint16_t bfloat16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);  // stays not a number
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);                 // to nearest, ties to even
}

PK_INLINE float widened(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

size_t pk_packed_bf16_count(size_t outputs, size_t inputs) {
    size_t count;
    if (!outputs || !inputs || outputs > SIZE_MAX / 2 || inputs > SIZE_MAX / 2) return 0;
    size_t panels = outputs / PK_PANEL + (outputs % PK_PANEL != 0);
    if (__builtin_mul_overflow(panels * PAIR, pairs(inputs), &count)) return 0;
    return count > PTRDIFF_MAX / 2 ? 0 : count;
}

int pk_pack_bf16(const float *weight, size_t outputs, size_t inputs, uint16_t *packed) {
    size_t count = pk_packed_bf16_count(outputs, inputs);
    if (!count) return PK_BAD_SIZE;
    memset(packed, 0, count * sizeof *packed);
    for (size_t o = 0; o < outputs; o++) {
        uint16_t *panel = packed + o / PK_PANEL * PAIR * pairs(inputs) + o % PK_PANEL * 2;
        for (size_t i = 0; i < inputs; i++) panel[i / 2 * PAIR + i % 2] = bfloat16(weight[o * inputs + i]);
    }
    return PK_OK;
}

/// Multiplies `rows` (1 to TILE_ROWS) rows of pairs with one panel.
typedef void (*tile_bf16)(const uint16_t *x, size_t rows, const uint16_t *panel, size_t count, float *y,
                          size_t y_stride);

PK_INLINE void tile_generic(const uint16_t *x, size_t rows, const uint16_t *panel, size_t count, float *y,
                            size_t y_stride) {
    for (size_t r = 0; r < rows; r++) {
        float sums[PK_PANEL] = {0};
        for (size_t p = 0; p < count; p++) {
            float first = widened(x[(r * count + p) * 2]), second = widened(x[(r * count + p) * 2 + 1]);
            for (size_t c = 0; c < PK_PANEL; c++)
                sums[c] += first * widened(panel[p * PAIR + 2 * c]) + second * widened(panel[p * PAIR + 2 * c + 1]);
        }
        memcpy(y + r * y_stride, sums, sizeof sums);
    }
}

static void tile_portable(const uint16_t *x, size_t rows, const uint16_t *panel, size_t count, float *y,
                          size_t y_stride) {
    tile_generic(x, rows, panel, count, y, y_stride);
}

#if defined(__x86_64__)
PK_AVX2 static void tile_avx2(const uint16_t *x, size_t rows, const uint16_t *panel, size_t count, float *y,
                              size_t y_stride) {
    tile_generic(x, rows, panel, count, y, y_stride);
}

PK_AVX512 static void tile_avx512(const uint16_t *x, size_t rows, const uint16_t *panel, size_t count, float *y,
                                  size_t y_stride) {
    tile_generic(x, rows, panel, count, y, y_stride);
}

PK_AVX512_BF16 PK_INLINE void part_bf16(const size_t rows, const uint16_t *x, const uint16_t *panel, size_t count,
                                        float *y, size_t y_stride) {
    __m512 sums[TILE_ROWS][2];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    for (size_t p = 0; p < count; p++) {
        __m512bh low = (__m512bh)_mm512_loadu_si512(panel + p * PAIR);
        __m512bh high = (__m512bh)_mm512_loadu_si512(panel + p * PAIR + 32);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            int32_t pair;
            memcpy(&pair, x + (r * count + p) * 2, 4);
            __m512bh value = (__m512bh)_mm512_set1_epi32(pair);
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], value, low);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], value, high);
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        _mm512_storeu_ps(y + r * y_stride, sums[r][0]);
        _mm512_storeu_ps(y + r * y_stride + 16, sums[r][1]);
    }
}

PK_AVX512_BF16 static void tile_native(const uint16_t *x, size_t rows, const uint16_t *panel, size_t count, float *y,
                                       size_t y_stride) {
#define PK_CASE(n) \
    case n: part_bf16(n, x, panel, count, y, y_stride); break
    switch (rows) {
        PK_CASE(1);
        PK_CASE(2);
        PK_CASE(3);
        PK_CASE(4);
        PK_CASE(5);
        PK_CASE(6);
        PK_CASE(7);
        PK_CASE(8);
        PK_CASE(9);
        PK_CASE(10);
        PK_CASE(11);
        PK_CASE(12);
        PK_CASE(13);
        PK_CASE(14);
        default: break;
    }
#undef PK_CASE
}

PK_AVX512_BF16 static size_t convert_native(const float *x, size_t count, uint16_t *y) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        _mm256_storeu_si256((__m256i *)(y + i), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(x + i)));
    return i;
}
#endif

static tile_bf16 tile_of(int level) {
#if defined(__x86_64__)
    if (level >= PK_LEVEL_AVX512_BF16) return tile_native;
    if (level >= PK_LEVEL_AVX512) return tile_avx512;
    if (level >= PK_LEVEL_AVX2) return tile_avx2;
#endif
    (void)level;
    return tile_portable;
}

void pk_bf16_rows(int level, const float *x, size_t rows, size_t x_stride, size_t inputs, uint16_t *y) {
    size_t width = pairs(inputs) * 2;
    for (size_t r = 0; r < rows; r++) {
        size_t i = 0;
#if defined(__x86_64__)
        if (level >= PK_LEVEL_AVX512_BF16 && pk_best_level() >= PK_LEVEL_AVX512_BF16)
            i = convert_native(x + r * x_stride, inputs, y + r * width);
#endif
        for (; i < inputs; i++) y[r * width + i] = bfloat16(x[r * x_stride + i]);
        if (width > inputs) y[r * width + inputs] = 0;
    }
    (void)level;
}

int pk_product_bf16(int level, const uint16_t *x, size_t rows, const uint16_t *packed, size_t outputs, size_t inputs,
                    size_t first, size_t last, const pk_completion *completion, float *y, size_t y_stride) {
    if (!pk_packed_bf16_count(outputs, inputs) || !pk_are_panels(outputs, first, last, y_stride))
        return PK_BAD_SIZE;
    if (level > pk_best_level()) level = pk_best_level();
    tile_bf16 tile = tile_of(level);
    const size_t count = pairs(inputs), height = pk_tile_height(rows);
    float edge[TILE_ROWS * PK_PANEL];
    for (size_t c = first; c < last; c += PK_PANEL) {
        const uint16_t *panel = packed + c / PK_PANEL * PAIR * count;
        size_t columns = last - c < PK_PANEL ? last - c : PK_PANEL;
        for (size_t r = 0; r < rows; r += height) {
            size_t some = rows - r < height ? rows - r : height;
            float *out = y + r * y_stride + c;
            int fits = columns == PK_PANEL;
            tile(x + r * count * 2, some, panel, count, fits ? out : edge, fits ? y_stride : PK_PANEL);
            for (size_t i = 0; i < some && !fits; i++)
                memcpy(out + i * y_stride, edge + i * PK_PANEL, columns * sizeof(float));
            pk_finish(level, completion, out, y_stride, r, some, c, columns);
        }
    }
    return PK_OK;
}
