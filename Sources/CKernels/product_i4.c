#include <math.h>
#include <string.h>

#include "product_i8.h"

// A weight of 4 bits a code has blocks half as long, from which those of bytes are made panel by panel:
//   codes  uint8 [PK_GROUP / 8][PK_PANEL][4], two to a byte, those of the first half of the group in the low bits,
//   total  int16 [PK_PANEL], the sum of the group's codes,
//   scale  bfloat16[PK_PANEL].
// A code stands for one of LEVELS, which lie closer where weights are frequent (the values of llama.cpp's IQ4_NL).
enum { HALF_CODES = CODES / 2, HALF_BLOCK = HALF_CODES + 4 * PK_PANEL };
static const int8_t LEVELS[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

size_t pk_panel_i4_bytes(size_t inputs) { return pk_groups(inputs) * HALF_BLOCK; }

size_t pk_packed_i4_bytes(size_t outputs, size_t inputs) {
    return pk_packed_i8_bytes(outputs, inputs) / BLOCK * HALF_BLOCK;
}

/// Codes of the levels that lie nearest to a group's values.
static void nearest_levels(const float *values, uint8_t *codes) {
    memset(codes, 0, PK_GROUP);
    for (size_t level = 1; level < 16; level++) {
        float middle = 0.5f * (float)(LEVELS[level - 1] + LEVELS[level]);
        for (size_t i = 0; i < PK_GROUP; i++) codes[i] += values[i] > middle;
    }
}

/// Chooses a group's scale, of either sign, and its codes for the least sum of squared errors; 0 where there is nothing to
/// keep. What lies behind `count` becomes code 8, and must meet codes of 0.
static float quantise_i4(const float *row, size_t count, uint8_t *codes) {
    enum { SCALES = 16 };
    float largest = 0, best = 0, least = INFINITY;
    for (size_t i = 0; i < count; i++)
        if (fabsf(row[i]) > fabsf(largest)) largest = row[i];
    memset(codes, 8, PK_GROUP);
    if (largest == 0 || !isfinite(largest)) return 0;
    for (int step = 0; step < SCALES; step++) {
        // From the largest weight some way beyond the levels to well within them, at either end.
        float scale = largest / (-127.0f * (0.7f + 0.05f * (float)(step / 2))) * (step % 2 ? -1.0f : 1.0f);
        uint32_t bits;
        memcpy(&bits, &scale, 4);
        bits = (bits + 0x8000) & 0xFFFF0000;
        memcpy(&scale, &bits, 4);
        float inverse = 1.0f / scale, error = 0, values[PK_GROUP] = {0};
        if (!isfinite(inverse)) continue;
        uint8_t tried[PK_GROUP];
        for (size_t i = 0; i < count; i++) values[i] = row[i] * inverse;
        nearest_levels(values, tried);
        for (size_t i = 0; i < count; i++) {
            float off = row[i] - scale * LEVELS[tried[i]];
            error += off * off;
        }
        if (error < least) {
            least = error;
            best = scale;
            memcpy(codes, tried, count);
        }
    }
    return best;
}

int pk_pack_i4(const float *weight, size_t outputs, size_t inputs, void *packed, const float *x, float *y) {
    size_t bytes = pk_packed_i4_bytes(outputs, inputs);
    if (!bytes) return PK_BAD_SIZE;
    memset(packed, 0, bytes);
    for (size_t o = 0; o < outputs; o++) {
        double total = 0;
        for (size_t g = 0; g < pk_groups(inputs); g++) {
            uint8_t *block = (uint8_t *)packed + (o / PK_PANEL * pk_groups(inputs) + g) * HALF_BLOCK;
            const float *row = weight + o * inputs + g * PK_GROUP;
            size_t count = inputs - g * PK_GROUP < PK_GROUP ? inputs - g * PK_GROUP : PK_GROUP, c = o % PK_PANEL;
            uint8_t codes[PK_GROUP];
            float scale = quantise_i4(row, count, codes);
            int sum = 0;
            double product = 0;
            for (size_t i = 0; i < PK_GROUP; i++) {
                size_t step = i / 4, half = step / (STEPS / 2);
                block[(step % (STEPS / 2) * PK_PANEL + c) * 4 + i % 4] |= (uint8_t)(codes[i] << (4 * half));
                sum += LEVELS[codes[i]];
                if (x && i < count) product += (double)x[g * PK_GROUP + i] * LEVELS[codes[i]];
            }
            ((int16_t *)(block + HALF_CODES))[c] = (int16_t)sum;
            uint32_t bits;
            memcpy(&bits, &scale, 4);
            ((uint16_t *)(block + HALF_CODES + 2 * PK_PANEL))[c] = (uint16_t)(bits >> 16);
            total += scale * product;
        }
        if (x) y[o] = (float)total;
    }
    return PK_OK;
}

static void widen_portable(const uint8_t *half, size_t count, int zero, char *panel) {
    for (size_t g = 0; g < count; g++, half += HALF_BLOCK, panel += BLOCK) {
        for (size_t i = 0; i < HALF_CODES; i++) {
            ((int8_t *)panel)[i] = LEVELS[half[i] & 15];
            ((int8_t *)panel)[HALF_CODES + i] = LEVELS[half[i] >> 4];
        }
        for (size_t c = 0; c < PK_PANEL; c++) {
            ((int32_t *)(panel + CODES))[c] = LIFT - zero * ((const int16_t *)(half + HALF_CODES))[c];
            uint32_t bits = (uint32_t)((const uint16_t *)(half + HALF_CODES + 2 * PK_PANEL))[c] << 16;
            memcpy(panel + CODES + 4 * PK_PANEL + 4 * c, &bits, 4);
        }
    }
}

#if defined(__x86_64__)
PK_AVX2 static void widen_avx2(const uint8_t *half, size_t count, int zero, char *panel) {
    const __m256i levels = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)LEVELS));
    const __m256i low = _mm256_set1_epi8(15), lift = _mm256_set1_epi32(LIFT), zeros = _mm256_set1_epi32(zero);
    for (size_t g = 0; g < count; g++, half += HALF_BLOCK, panel += BLOCK) {
        for (size_t i = 0; i < HALF_CODES; i += 32) {
            __m256i codes = _mm256_loadu_si256((const __m256i *)(half + i));
            __m256i first = _mm256_and_si256(codes, low);
            __m256i second = _mm256_and_si256(_mm256_srli_epi16(codes, 4), low);
            _mm256_storeu_si256((__m256i *)(panel + i), _mm256_shuffle_epi8(levels, first));
            _mm256_storeu_si256((__m256i *)(panel + HALF_CODES + i), _mm256_shuffle_epi8(levels, second));
        }
        for (size_t c = 0; c < PK_PANEL; c += 8) {
            const uint8_t *total = half + HALF_CODES + 2 * c, *scale = total + 2 * PK_PANEL;
            __m256i sums = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)total));
            __m256i start = _mm256_sub_epi32(lift, _mm256_mullo_epi32(sums, zeros));
            _mm256_storeu_si256((__m256i *)(panel + CODES + 4 * c), start);
            __m256i bits = _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)scale)), 16);
            _mm256_storeu_si256((__m256i *)(panel + CODES + 4 * PK_PANEL + 4 * c), bits);
        }
    }
}
#endif

void pk_widen_i4(int level, const uint8_t *half, size_t inputs, int zero, char *panel) {
#if defined(__x86_64__)
    if (level >= PK_LEVEL_AVX2) {
        widen_avx2(half, pk_groups(inputs), zero, panel);
        return;
    }
#endif
    (void)level;
    widen_portable(half, pk_groups(inputs), zero, panel);
}
