#include <string.h>

#include "postings.h"

// A full block is laid out vertically, as four streams of 32 values in the lanes of 128-bit words (Lemire and Boytsov
// 2015, "Decoding billions of integers per second through vectorization"): value i is in lane i % 4.
enum { ROWS = POSTINGS_BLOCK / 4 };

void pk_postings_pack(const uint32_t *values, unsigned bits, uint8_t *packed) {
    uint32_t words[4 * 33] = {0};
    for (unsigned i = 0; i < POSTINGS_BLOCK; i++) {
        unsigned at = i / 4 * bits, shift = at % 32;
        uint64_t value = (uint64_t)values[i] << shift;
        words[at / 32 * 4 + i % 4] |= (uint32_t)value;
        words[(at / 32 + 1) * 4 + i % 4] |= (uint32_t)(value >> 32);
    }
    memcpy(packed, words, (size_t)bits * 16);
}

static inline uint32_t value_at(const uint8_t *packed, unsigned bits, unsigned row, unsigned lane) {
    unsigned at = row * bits, shift = at % 32;
    uint32_t low, high = 0;
    memcpy(&low, packed + at / 32 * 16 + lane * 4, 4);
    if (shift + bits > 32) memcpy(&high, packed + (at / 32 + 1) * 16 + lane * 4, 4);
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    return (uint32_t)(((uint64_t)high << 32 | low) >> shift & mask);
}

void pk_postings_unpack_portable(const uint8_t *packed, unsigned bits, uint32_t *values) {
    if (!bits) {
        memset(values, 0, POSTINGS_BLOCK * sizeof *values);
        return;
    }
    for (unsigned i = 0; i < POSTINGS_BLOCK; i++) values[i] = value_at(packed, bits, i / 4, i % 4);
}

void pk_postings_unpack_gaps_portable(const uint8_t *packed, unsigned bits, uint32_t before, uint32_t *numbers) {
    pk_postings_unpack_portable(packed, bits, numbers);
    for (unsigned i = 0; i < POSTINGS_BLOCK; i++) numbers[i] = before += numbers[i] + 1;
}

#if defined(__x86_64__)
/// One row of four values. The bits that cross into the next word are shifted in; a shift by 32 gives none.
#define ROW(bits, r)                                                                                                 \
    __m128i v = _mm_srli_epi32(_mm_loadu_si128(words + (r) * (bits) / 32), (r) * (bits) % 32);                        \
    if ((r) * (bits) % 32 + (bits) > 32)                                                                              \
        v = _mm_or_si128(v, _mm_slli_epi32(_mm_loadu_si128(words + (r) * (bits) / 32 + 1), 32 - (r) * (bits) % 32)); \
    v = _mm_and_si128(v, mask)

/// `bits` is a constant where this is inlined, so that shifts and branches are known when compiled.
PK_AVX2 __attribute__((always_inline)) static inline void unpack(const uint8_t *packed, unsigned bits, uint32_t *values) {
    const __m128i *words = (const __m128i *)packed;
    __m128i mask = _mm_set1_epi32((int)(((uint64_t)1 << bits) - 1));
#pragma GCC unroll 32
    for (unsigned r = 0; r < ROWS; r++) {
        ROW(bits, r);
        _mm_storeu_si128((__m128i *)(values + 4 * r), v);
    }
}

PK_AVX2 __attribute__((always_inline)) static inline void unpack_gaps(const uint8_t *packed, unsigned bits,
                                                                      uint32_t before, uint32_t *numbers) {
    const __m128i *words = (const __m128i *)packed;
    __m128i mask = _mm_set1_epi32((int)(((uint64_t)1 << bits) - 1));
    __m128i last = _mm_set1_epi32((int)before), steps = _mm_setr_epi32(1, 2, 3, 4);
#pragma GCC unroll 32
    for (unsigned r = 0; r < ROWS; r++) {
        ROW(bits, r);
        v = _mm_add_epi32(v, _mm_slli_si128(v, 4));
        v = _mm_add_epi32(v, _mm_slli_si128(v, 8));
        v = _mm_add_epi32(_mm_add_epi32(v, steps), last);
        last = _mm_shuffle_epi32(v, 0xFF);
        _mm_storeu_si128((__m128i *)(numbers + 4 * r), v);
    }
}

#define EACH_WIDTH(DO)                                                                                          \
    DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15) DO(16) DO(17) \
        DO(18) DO(19) DO(20) DO(21) DO(22) DO(23) DO(24) DO(25) DO(26) DO(27) DO(28) DO(29) DO(30) DO(31) DO(32)

PK_AVX2 static void unpack_avx2(const uint8_t *packed, unsigned bits, uint32_t *values) {
    switch (bits) {
#define DO(width) case width: unpack(packed, width, values); return;
        EACH_WIDTH(DO)
#undef DO
        default: memset(values, 0, POSTINGS_BLOCK * sizeof *values);
    }
}

PK_AVX2 static void unpack_gaps_avx2(const uint8_t *packed, unsigned bits, uint32_t before, uint32_t *numbers) {
    switch (bits) {
#define DO(width) case width: unpack_gaps(packed, width, before, numbers); return;
        EACH_WIDTH(DO)
#undef DO
        default:
            for (unsigned i = 0; i < POSTINGS_BLOCK; i++) numbers[i] = before + i + 1;
    }
}
#endif

void pk_postings_unpack(const uint8_t *packed, unsigned bits, uint32_t *values) {
    PK_CHOOSE(pk_has_avx2, unpack_avx2(packed, bits, values), pk_postings_unpack_portable(packed, bits, values));
}

void pk_postings_unpack_gaps(const uint8_t *packed, unsigned bits, uint32_t before, uint32_t *numbers) {
    PK_CHOOSE(pk_has_avx2, unpack_gaps_avx2(packed, bits, before, numbers),
              pk_postings_unpack_gaps_portable(packed, bits, before, numbers));
}
