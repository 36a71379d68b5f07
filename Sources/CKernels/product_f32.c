#include <string.h>

#include "product.h"

size_t pk_packed_f32_count(size_t outputs, size_t inputs) {
    size_t count;
    if (outputs > SIZE_MAX / 2) return 0;
    size_t panels = outputs / PK_PANEL + (outputs % PK_PANEL != 0);
    if (__builtin_mul_overflow(panels * PK_PANEL, inputs, &count) || count > PTRDIFF_MAX / sizeof(float)) return 0;
    return count;
}

int pk_pack_f32(const float *weight, size_t outputs, size_t inputs, float *packed) {
    size_t count = pk_packed_f32_count(outputs, inputs);
    if (!count) return PK_BAD_SIZE;
    for (size_t first = 0; first < outputs; first += PK_PANEL) {
        float *panel = packed + first * inputs;
        size_t columns = outputs - first < PK_PANEL ? outputs - first : PK_PANEL;
        if (columns < PK_PANEL) memset(panel, 0, PK_PANEL * inputs * sizeof *panel);
        for (size_t c = 0; c < columns; c++)
            for (size_t i = 0; i < inputs; i++) panel[i * PK_PANEL + c] = weight[(first + c) * inputs + i];
    }
    return PK_OK;
}

static void tile_portable(const float *x, size_t x_stride, size_t rows, const float *panel, size_t panel_stride,
                          size_t inputs, float *y, size_t y_stride) {
    for (size_t r = 0; r < rows; r++) {
        float sums[PK_PANEL] = {0};
        for (size_t i = 0; i < inputs; i++)
            for (size_t c = 0; c < PK_PANEL; c++) sums[c] += x[r * x_stride + i] * panel[i * panel_stride + c];
        memcpy(y + r * y_stride, sums, sizeof sums);
    }
}

#if defined(__x86_64__)
/// Rows of a panel that are asked for before they are needed: 6 KB.
enum { ROWS_AHEAD = 48 };

/// Six rows by 16 columns, or fewer rows: 12 of the 16 registers hold sums.
PK_AVX2 PK_INLINE void part_avx2(const size_t rows, const float *x, size_t x_stride, const float *panel,
                                 size_t panel_stride, size_t inputs, float *y, size_t y_stride) {
    __m256 sums[6][2];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm256_setzero_ps();
    for (size_t i = 0; i < inputs; i++) {
        __m256 low = _mm256_loadu_ps(panel + i * panel_stride), high = _mm256_loadu_ps(panel + i * panel_stride + 8);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            __m256 value = _mm256_broadcast_ss(x + r * x_stride + i);
            sums[r][0] = _mm256_fmadd_ps(value, low, sums[r][0]);
            sums[r][1] = _mm256_fmadd_ps(value, high, sums[r][1]);
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        _mm256_storeu_ps(y + r * y_stride, sums[r][0]);
        _mm256_storeu_ps(y + r * y_stride + 8, sums[r][1]);
    }
}

PK_AVX2 static void tile_avx2(const float *x, size_t x_stride, size_t rows, const float *panel, size_t panel_stride,
                              size_t inputs, float *y, size_t y_stride) {
    for (size_t half = 0; half < PK_PANEL; half += 16) {
        size_t r = 0;
        const float *b = panel + half;
        for (; r + 6 <= rows; r += 6)
            part_avx2(6, x + r * x_stride, x_stride, b, panel_stride, inputs, y + r * y_stride + half, y_stride);
        const float *a = x + r * x_stride;
        float *c = y + r * y_stride + half;
        switch (rows - r) {
            case 5: part_avx2(5, a, x_stride, b, panel_stride, inputs, c, y_stride); break;
            case 4: part_avx2(4, a, x_stride, b, panel_stride, inputs, c, y_stride); break;
            case 3: part_avx2(3, a, x_stride, b, panel_stride, inputs, c, y_stride); break;
            case 2: part_avx2(2, a, x_stride, b, panel_stride, inputs, c, y_stride); break;
            case 1: part_avx2(1, a, x_stride, b, panel_stride, inputs, c, y_stride); break;
            default: break;
        }
    }
}

PK_AVX512 PK_INLINE void part_avx512(const size_t rows, const float *x, size_t x_stride, const float *panel,
                                     size_t panel_stride, size_t inputs, float *y, size_t y_stride) {
    __m512 sums[TILE_ROWS][2];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    for (size_t i = 0; i < inputs; i++) {
        // Weights of a short batch come from far: the processor's own prefetching stops at every page.
        const float *ahead = panel + (i + ROWS_AHEAD) * panel_stride;
        _mm_prefetch((const char *)ahead, _MM_HINT_T0);
        _mm_prefetch((const char *)(ahead + 16), _MM_HINT_T0);
        __m512 low = _mm512_loadu_ps(panel + i * panel_stride), high = _mm512_loadu_ps(panel + i * panel_stride + 16);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            __m512 value = _mm512_set1_ps(x[r * x_stride + i]);
            sums[r][0] = _mm512_fmadd_ps(value, low, sums[r][0]);
            sums[r][1] = _mm512_fmadd_ps(value, high, sums[r][1]);
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        _mm512_storeu_ps(y + r * y_stride, sums[r][0]);
        _mm512_storeu_ps(y + r * y_stride + 16, sums[r][1]);
    }
}

PK_AVX512 static void tile_avx512(const float *x, size_t x_stride, size_t rows, const float *panel,
                                  size_t panel_stride, size_t inputs, float *y, size_t y_stride) {
#define PK_CASE(n) \
    case n: part_avx512(n, x, x_stride, panel, panel_stride, inputs, y, y_stride); break
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
#endif

pk_tile_f32 pk_tile_f32_of(int level) {
#if defined(__x86_64__)
    if (level >= PK_LEVEL_AVX512) return tile_avx512;
    if (level >= PK_LEVEL_AVX2) return tile_avx2;
#endif
    (void)level;
    return tile_portable;
}

int pk_product_f32(int level, const float *x, size_t rows, size_t x_stride, const float *packed, size_t outputs,
                   size_t inputs, size_t first, size_t last, const pk_completion *completion, float *y,
                   size_t y_stride) {
    if (!pk_packed_f32_count(outputs, inputs) || x_stride < inputs || !pk_are_panels(outputs, first, last, y_stride))
        return PK_BAD_SIZE;
    if (level > pk_best_level()) level = pk_best_level();
    pk_tile_f32 tile = pk_tile_f32_of(level);
    size_t height = pk_tile_height(rows);
    float edge[TILE_ROWS * PK_PANEL];
    // A panel stays in the nearest caches while all rows pass it.
    for (size_t c = first; c < last; c += PK_PANEL) {
        const float *panel = packed + c * inputs;
        size_t columns = last - c < PK_PANEL ? last - c : PK_PANEL;
        for (size_t r = 0; r < rows; r += height) {
            size_t count = rows - r < height ? rows - r : height;
            float *out = y + r * y_stride + c;
            if (columns == PK_PANEL) {
                pk_expect(completion, out, y_stride, r, count, c);
                tile(x + r * x_stride, x_stride, count, panel, PK_PANEL, inputs, out, y_stride);
            } else {
                tile(x + r * x_stride, x_stride, count, panel, PK_PANEL, inputs, edge, PK_PANEL);
                for (size_t i = 0; i < count; i++)
                    memcpy(out + i * y_stride, edge + i * PK_PANEL, columns * sizeof(float));
            }
            pk_finish(level, completion, out, y_stride, r, count, c, columns);
        }
    }
    return PK_OK;
}
