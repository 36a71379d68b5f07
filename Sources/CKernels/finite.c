#include <string.h>

#include "product_i8.h"

// Values that are looked at together: enough for the compiler to make vectors of, few enough to stay near for the second
// look that finds which it was.
enum { TOGETHER = 2048 };

#define FLOAT_EXPONENT 0x7F800000u
#define HALF_EXPONENT 0x7C00u

size_t pk_first_not_finite(const float *x, size_t count) {
    for (size_t start = 0; start < count; start += TOGETHER) {
        size_t end = count - start < TOGETHER ? count : start + TOGETHER;
        uint32_t found = 0;
        for (size_t i = start; i < end; i++) {
            uint32_t bits;
            memcpy(&bits, x + i, 4);
            found |= (bits & FLOAT_EXPONENT) == FLOAT_EXPONENT;
        }
        if (!found) continue;
        for (size_t i = start; i < end; i++) {
            uint32_t bits;
            memcpy(&bits, x + i, 4);
            if ((bits & FLOAT_EXPONENT) == FLOAT_EXPONENT) return i;
        }
    }
    return count;
}

size_t pk_first_not_finite_half(const uint16_t *x, size_t count) {
    for (size_t start = 0; start < count; start += TOGETHER) {
        size_t end = count - start < TOGETHER ? count : start + TOGETHER;
        uint16_t found = 0;
        for (size_t i = start; i < end; i++) found |= (uint16_t)((x[i] & HALF_EXPONENT) == HALF_EXPONENT);
        if (!found) continue;
        for (size_t i = start; i < end; i++)
            if ((x[i] & HALF_EXPONENT) == HALF_EXPONENT) return i;
    }
    return count;
}

int pk_packed_is_finite(const void *packed, size_t outputs, size_t inputs, int bits) {
    size_t bytes = bits == 4 ? pk_packed_i4_bytes(outputs, inputs) : pk_packed_i8_bytes(outputs, inputs);
    size_t block = bits == 4 ? pk_panel_i4_bytes(1) : BLOCK, size = bits == 4 ? 2 : 4;
    // A block ends with its scales.
    for (size_t end = block; end <= bytes; end += block) {
        const uint8_t *scales = (const uint8_t *)packed + end - size * PK_PANEL;
        for (size_t c = 0; c < PK_PANEL; c++) {
            uint32_t scale = 0;
            if (bits == 4) {
                uint16_t upper;
                memcpy(&upper, scales + 2 * c, 2);
                scale = (uint32_t)upper << 16;
            } else {
                memcpy(&scale, scales + 4 * c, 4);
            }
            if ((scale & FLOAT_EXPONENT) == FLOAT_EXPONENT) return 0;
            if (bits == 4) continue;
            // A sum of bytes begins near LIFT, so that taken as a float it is one whatever is added; missing outputs have 0.
            uint32_t start;
            memcpy(&start, scales - size * PK_PANEL + 4 * c, 4);
            if (start && start - LIFT + (1 << 21) > 1 << 22) return 0;
        }
    }
    return 1;
}
