#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "product_i8.h"

size_t pk_packed_i8_bytes(size_t outputs, size_t inputs) {
    size_t count;
    if (!outputs || !inputs || outputs > SIZE_MAX / 2 || inputs > SIZE_MAX / 2) return 0;
    size_t panels = outputs / PK_PANEL + (outputs % PK_PANEL != 0);
    if (__builtin_mul_overflow(panels, pk_groups(inputs), &count) || __builtin_mul_overflow(count, (size_t)BLOCK, &count))
        return 0;
    return count > PTRDIFF_MAX ? 0 : count;
}

/// The float below whose last two bits are 0.
static float short_scale(float scale) {
    uint32_t bits;
    memcpy(&bits, &scale, 4);
    bits &= ~3u;
    memcpy(&scale, &bits, 4);
    return scale;
}

int pk_pack_i8(const float *weight, size_t outputs, size_t inputs, int zero, void *packed, const float *x, float *y) {
    size_t bytes = pk_packed_i8_bytes(outputs, inputs);
    if (!bytes || zero < 0 || zero > 255) return PK_BAD_SIZE;
    memset(packed, 0, bytes);
    for (size_t o = 0; o < outputs; o++) {
        double total = 0;
        for (size_t g = 0; g < pk_groups(inputs); g++) {
            char *block = (char *)packed + (o / PK_PANEL * pk_groups(inputs) + g) * BLOCK;
            const float *row = weight + o * inputs + g * PK_GROUP;
            size_t count = inputs - g * PK_GROUP < PK_GROUP ? inputs - g * PK_GROUP : PK_GROUP, c = o % PK_PANEL;
            float largest = 0;
            for (size_t i = 0; i < count; i++)
                if (fabsf(row[i]) > largest) largest = fabsf(row[i]);
            float scale = short_scale(largest / 127.0f), factor = scale > 0 ? 1.0f / scale : 0;
            if (!isfinite(factor)) factor = scale = 0;  // denormals, or values that are not finite
            int32_t sum = 0;
            double product = 0;
            for (size_t i = 0; i < count; i++) {
                float value = rintf(row[i] * factor);
                int8_t code = (int8_t)(value > 127 ? 127 : value > -127 ? value : -127);
                ((int8_t *)block)[(i / 4 * PK_PANEL + c) * 4 + i % 4] = code;
                sum += code;
                product += x ? (double)x[g * PK_GROUP + i] * code : 0;
            }
            ((int32_t *)(block + CODES))[c] = LIFT - zero * sum;
            ((float *)(block + CODES + 4 * PK_PANEL))[c] = scale;
            total += scale * product;
        }
        if (x) y[o] = (float)total;
    }
    return PK_OK;
}

/// Rows of a tile at most.
enum { ROWS = 7 };

/// Multiplies `rows` (1 to ROWS) rows of codes with one panel.
typedef void (*tile_i8)(const uint8_t *codes, const float *scales, size_t stride, size_t rows, const char *panel,
                        size_t count, float *y, size_t y_stride);

static void tile_portable(const uint8_t *codes, const float *scales, size_t stride, size_t rows, const char *panel,
                          size_t count, float *y, size_t y_stride) {
    for (size_t r = 0; r < rows; r++) {
        float sums[PK_PANEL] = {0};
        for (size_t g = 0; g < count; g++) {
            const int8_t *weights = (const int8_t *)(panel + g * BLOCK);
            const int32_t *start = (const int32_t *)(panel + g * BLOCK + CODES);
            const float *scale = (const float *)(start + PK_PANEL);
            const uint8_t *code = codes + r * stride + g * PK_GROUP;
            for (size_t c = 0; c < PK_PANEL; c++) {
                int32_t sum = start[c] - LIFT;
                for (size_t i = 0; i < PK_GROUP; i++) sum += code[i] * weights[(i / 4 * PK_PANEL + c) * 4 + i % 4];
                sums[c] = fmaf((float)sum * scale[c], scales[r * (stride / PK_GROUP) + g], sums[c]);
            }
        }
        memcpy(y + r * y_stride, sums, sizeof sums);
    }
}

#if defined(__x86_64__)
PK_INLINE int32_t four(const uint8_t *codes) {
    int32_t value;
    memcpy(&value, codes, 4);
    return value;
}

// A row at a time, 32 sums in four registers: bytes are widened, since their own products may saturate.
PK_AVX2 static void tile_avx2(const uint8_t *codes, const float *scales, size_t stride, size_t rows, const char *panel,
                              size_t count, float *y, size_t y_stride) {
    const __m256 lifted = _mm256_set1_ps(-LIFTED);
    for (size_t r = 0; r < rows; r++) {
        __m256 sums[4];
        for (size_t j = 0; j < 4; j++) sums[j] = _mm256_setzero_ps();
        for (size_t g = 0; g < count; g++) {
            const char *block = panel + g * BLOCK;
            const uint8_t *code = codes + r * stride + g * PK_GROUP;
            __m256i low[4], high[4];
            for (size_t j = 0; j < 4; j++) low[j] = high[j] = _mm256_setzero_si256();
            for (size_t s = 0; s < STEPS; s++) {
                __m256i x = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four(code + 4 * s))));
                const __m128i *w = (const __m128i *)(block + s * 4 * PK_PANEL);
                for (size_t j = 0; j < 4; j++) {
                    __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128(w + 2 * j));
                    __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128(w + 2 * j + 1));
                    low[j] = _mm256_add_epi32(low[j], _mm256_madd_epi16(x, a));
                    high[j] = _mm256_add_epi32(high[j], _mm256_madd_epi16(x, b));
                }
            }
            const __m256i *start = (const __m256i *)(block + CODES);
            const float *scale = (const float *)(block + CODES + 4 * PK_PANEL);
            const __m256 row_scale = _mm256_set1_ps(scales[r * (stride / PK_GROUP) + g]);
            for (size_t j = 0; j < 4; j++) {
                // Sums of neighbours come out as 0 1 4 5 2 3 6 7.
                __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(low[j], high[j]), 0xD8);
                sum = _mm256_add_epi32(sum, _mm256_loadu_si256(start + j));
                __m256 own = _mm256_loadu_ps(scale + 8 * j);
                __m256 value = _mm256_fmadd_ps(_mm256_castsi256_ps(sum), own, _mm256_mul_ps(own, lifted));
                sums[j] = _mm256_fmadd_ps(value, row_scale, sums[j]);
            }
        }
        for (size_t j = 0; j < 4; j++) _mm256_storeu_ps(y + r * y_stride + 8 * j, sums[j]);
    }
}

/// Two rows at a time: 8 of the 16 registers hold the group's sums, what they add up to waits in memory.
PK_AVX2_VNNI PK_INLINE void part_vnni256(const size_t rows, const uint8_t *codes, const float *scales, size_t stride,
                                         const char *panel, size_t count, float *y, size_t y_stride) {
    const __m256 lifted = _mm256_set1_ps(-LIFTED);
    __m256 sums[2][4];
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < 4; j++) sums[r][j] = _mm256_setzero_ps();
    for (size_t g = 0; g < count; g++) {
        const char *block = panel + g * BLOCK;
        __m256i acc[2][4];
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < 4; j++)
                acc[r][j] = _mm256_loadu_si256((const __m256i *)(block + CODES) + j);
#pragma clang loop unroll(full)
        for (size_t s = 0; s < STEPS; s++) {
            const __m256i *w = (const __m256i *)(block + s * 4 * PK_PANEL);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                __m256i x = _mm256_set1_epi32(four(codes + r * stride + g * PK_GROUP + 4 * s));
                for (size_t j = 0; j < 4; j++)
                    acc[r][j] = _mm256_dpbusd_avx_epi32(acc[r][j], x, _mm256_loadu_si256(w + j));
            }
        }
        const float *scale = (const float *)(block + CODES + 4 * PK_PANEL);
        for (size_t r = 0; r < rows; r++) {
            const __m256 row_scale = _mm256_set1_ps(scales[r * (stride / PK_GROUP) + g]);
            for (size_t j = 0; j < 4; j++) {
                __m256 own = _mm256_loadu_ps(scale + 8 * j);
                __m256 value = _mm256_fmadd_ps(_mm256_castsi256_ps(acc[r][j]), own, _mm256_mul_ps(own, lifted));
                sums[r][j] = _mm256_fmadd_ps(value, row_scale, sums[r][j]);
            }
        }
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < 4; j++) _mm256_storeu_ps(y + r * y_stride + 8 * j, sums[r][j]);
}

PK_AVX2_VNNI static void tile_vnni256(const uint8_t *codes, const float *scales, size_t stride, size_t rows,
                                      const char *panel, size_t count, float *y, size_t y_stride) {
    size_t r = 0;
    for (; r + 2 <= rows; r += 2)
        part_vnni256(2, codes + r * stride, scales + r * (stride / PK_GROUP), stride, panel, count, y + r * y_stride,
                     y_stride);
    if (r < rows)
        part_vnni256(1, codes + r * stride, scales + r * (stride / PK_GROUP), stride, panel, count, y + r * y_stride,
                     y_stride);
}

/// The group's sums and what they add up to fill 28 of the 32 registers.
PK_AVX512_VNNI PK_INLINE void part_vnni512(const size_t rows, const uint8_t *codes, const float *scales,
                                           size_t stride, const char *panel, size_t count, float *y,
                                           size_t y_stride) {
    __m512 sums[ROWS][2];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    for (size_t g = 0; g < count; g++) {
        const char *block = panel + g * BLOCK;
        const uint8_t *code = codes + g * PK_GROUP;
        __m512i acc[ROWS][2];
        __m512i low = _mm512_loadu_si512(block + CODES), high = _mm512_loadu_si512(block + CODES + 64);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) acc[r][0] = low, acc[r][1] = high;
// Unrolled, loads would be moved up until registers run out.
#pragma clang loop unroll(disable)
        for (size_t s = 0; s < STEPS; s++) {
            // Weights of a short batch come from far: the processor's own prefetching stops at every page.
            _mm_prefetch(block + 4 * BLOCK + s * 128, _MM_HINT_T0);
            _mm_prefetch(block + 4 * BLOCK + s * 128 + 64, _MM_HINT_T0);
            low = _mm512_loadu_si512(block + s * 128);
            high = _mm512_loadu_si512(block + s * 128 + 64);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                __m512i x = _mm512_set1_epi32(four(code + r * stride + 4 * s));
                acc[r][0] = _mm512_dpbusd_epi32(acc[r][0], x, low);
                acc[r][1] = _mm512_dpbusd_epi32(acc[r][1], x, high);
            }
        }
        const float *scale = (const float *)(block + CODES + 4 * PK_PANEL);
        const __m512 lifted = _mm512_set1_ps(-LIFTED);
        __m512 first = _mm512_loadu_ps(scale), second = _mm512_loadu_ps(scale + 16);
        __m512 under = _mm512_mul_ps(first, lifted), beneath = _mm512_mul_ps(second, lifted);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            __m512 row_scale = _mm512_set1_ps(scales[r * (stride / PK_GROUP) + g]);
            __m512 a = _mm512_fmadd_ps(_mm512_castsi512_ps(acc[r][0]), first, under);
            __m512 b = _mm512_fmadd_ps(_mm512_castsi512_ps(acc[r][1]), second, beneath);
            sums[r][0] = _mm512_fmadd_ps(a, row_scale, sums[r][0]);
            sums[r][1] = _mm512_fmadd_ps(b, row_scale, sums[r][1]);
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        _mm512_storeu_ps(y + r * y_stride, sums[r][0]);
        _mm512_storeu_ps(y + r * y_stride + 16, sums[r][1]);
    }
}

PK_AVX512_VNNI static void tile_vnni512(const uint8_t *codes, const float *scales, size_t stride, size_t rows,
                                        const char *panel, size_t count, float *y, size_t y_stride) {
#define PK_CASE(n) \
    case n: part_vnni512(n, codes, scales, stride, panel, count, y, y_stride); break
    switch (rows) {
        PK_CASE(1);
        PK_CASE(2);
        PK_CASE(3);
        PK_CASE(4);
        PK_CASE(5);
        PK_CASE(6);
        PK_CASE(7);
        default: break;
    }
#undef PK_CASE
}
#endif

static tile_i8 tile_of(int level) {
#if defined(__x86_64__)
    if (level >= PK_LEVEL_AVX512_VNNI) return tile_vnni512;
    if (level == PK_LEVEL_AVX2_VNNI && __builtin_cpu_supports("avxvnni")) return tile_vnni256;
    if (level >= PK_LEVEL_AVX2) return tile_avx2;
#endif
    (void)level;
    return tile_portable;
}

/// Where a product goes: rows of floats, or codes for the next product where `next` is not NULL.
typedef struct {
    float *y;
    size_t y_stride;
    const pk_quantisation *next;
    uint8_t *codes;
    float *scales;
} target;

static void product(int level, const pk_factors_i8 *x, const void *packed, size_t outputs, size_t inputs, size_t first,
                    size_t last, const pk_completion *completion, const target *to, char *wide) {
    if (level > pk_best_level()) level = pk_best_level();
    tile_i8 tile = tile_of(level);
    const size_t count = pk_groups(inputs), stride = count * PK_GROUP, next_groups = pk_groups(outputs), rows = x->rows;
    const size_t tiles = (rows + ROWS - 1) / ROWS, height = tiles ? (rows + tiles - 1) / tiles : 0;
    _Alignas(64) float near[ROWS * PK_PANEL];
    for (size_t c = first; c < last; c += PK_PANEL) {
        const char *panel = (const char *)packed + c / PK_PANEL * (wide ? pk_panel_i4_bytes(inputs) : count * BLOCK);
        if (wide && rows) {
            pk_widen_i4(level, (const uint8_t *)panel, inputs, x->zero, wide);
            panel = wide;
        }
        size_t columns = last - c < PK_PANEL ? last - c : PK_PANEL;
        for (size_t r = 0; r < rows; r += height) {
            size_t some = rows - r < height ? rows - r : height;
            int direct = columns == PK_PANEL && !to->next;
            float *out = direct ? to->y + r * to->y_stride + c : near;
            size_t out_stride = direct ? to->y_stride : PK_PANEL;
            if (direct) pk_expect(completion, out, out_stride, r, some, c);
            tile(x->codes + r * stride, x->scales + r * count, stride, some, panel, count, out, out_stride);
            pk_finish(level, completion, out, out_stride, r, some, c, columns);
            if (to->next) {
                pk_quantisation own = *to->next;
                if (own.factors) own.factors += c;
                pk_quantise_into(level, out, some, out_stride, columns, &own, to->codes + r * next_groups * PK_GROUP + c,
                                 to->scales + r * next_groups + c / PK_GROUP, next_groups);
            } else if (!direct) {
                for (size_t i = 0; i < some; i++)
                    memcpy(to->y + (r + i) * to->y_stride + c, near + i * PK_PANEL, columns * sizeof(float));
            }
        }
    }
}

/// Checks sizes, and makes room for a panel where the weight has 4 bits a code.
static int checked(int level, const pk_factors_i8 *x, const void *packed, size_t outputs, size_t inputs, size_t first,
                   size_t last, const pk_completion *completion, const target *to) {
    if (!pk_packed_i8_bytes(outputs, inputs) || !pk_are_panels(outputs, first, last, to->next ? outputs : to->y_stride) ||
        x->zero < 0 || x->zero > 255 || (x->bits != 8 && x->bits != 4))
        return PK_BAD_SIZE;
    char *wide = NULL;
    if (x->bits == 4 && !(wide = aligned_alloc(64, pk_groups(inputs) * BLOCK))) return PK_NO_MEMORY;
    product(level, x, packed, outputs, inputs, first, last, completion, to, wide);
    free(wide);
    return PK_OK;
}

int pk_product_i8(int level, const pk_factors_i8 *x, const void *packed, size_t outputs, size_t inputs, size_t first,
                  size_t last, const pk_completion *completion, float *y, size_t y_stride) {
    const target to = {.y = y, .y_stride = y_stride};
    return checked(level, x, packed, outputs, inputs, first, last, completion, &to);
}

int pk_product_i8_codes(int level, const pk_factors_i8 *x, const void *packed, size_t outputs, size_t inputs,
                        size_t first, size_t last, const pk_completion *completion, const pk_quantisation *next,
                        uint8_t *next_codes, float *next_scales) {
    _Static_assert(PK_PANEL == PK_GROUP, "a panel's columns are a group of the next product");
    if (!next) return PK_BAD_SIZE;
    const target to = {.next = next, .codes = next_codes, .scales = next_scales};
    return checked(level, x, packed, outputs, inputs, first, last, completion, &to);
}
