#include <string.h>

#include "dispatch.h"

enum { GROUP = PK_POSTINGS_GROUP };

size_t pk_postings_collect_portable(const uint32_t *scores, const uint8_t *touched, size_t groups, uint32_t least,
                                    uint16_t *places) {
    size_t count = 0;
    for (size_t group = 0; group < groups; group++) {
        if (!touched[group]) continue;
        for (size_t i = group * GROUP; i < (group + 1) * GROUP; i++)
            if (scores[i] >= least) places[count++] = (uint16_t)i;
    }
    return count;
}

void pk_postings_clear_portable(uint32_t *scores, uint8_t *touched, size_t groups) {
    for (size_t group = 0; group < groups; group++)
        if (touched[group]) memset(scores + group * GROUP, 0, GROUP * sizeof *scores);
    memset(touched, 0, groups);
}

#if defined(__x86_64__)
/// For each of 256 sets of lanes the lanes in it, ascending.
static uint8_t lanes_of[256][8];

__attribute__((constructor)) static void list_lanes(void) {
    for (unsigned set = 0; set < 256; set++)
        for (unsigned lane = 0, count = 0; lane < 8; lane++)
            if (set >> lane & 1) lanes_of[set][count++] = (uint8_t)lane;
}

/// Writes the places of eight scores above `below`; always eight, of which the returned number counts.
PK_AVX2 static inline size_t append_places(const uint32_t *scores, __m256i below, size_t place, uint16_t *places) {
    __m256i eight = _mm256_loadu_si256((const __m256i *)scores);
    unsigned set = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(eight, below)));
    __m128i lanes = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)lanes_of[set]));
    _mm_storeu_si128((__m128i *)places, _mm_add_epi16(lanes, _mm_set1_epi16((short)place)));
    return (size_t)__builtin_popcount(set);
}

/// Which of 32 groups are touched, as bits.
PK_AVX2 static inline uint32_t touched_groups(const uint8_t *touched) {
    __m256i marks = _mm256_loadu_si256((const __m256i *)touched);
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(marks, _mm256_setzero_si256()));
}

PK_AVX2 static size_t collect_avx2(const uint32_t *scores, const uint8_t *touched, size_t groups, uint32_t least,
                                   uint16_t *places) {
    const __m256i below = _mm256_set1_epi32((int)least - 1);
    size_t count = 0;
    for (size_t first = 0; first < groups; first += 32)
        for (uint32_t some = touched_groups(touched + first); some; some &= some - 1) {
            size_t place = (first + (size_t)__builtin_ctz(some)) * GROUP;
            count += append_places(scores + place, below, place, places + count);
            count += append_places(scores + place + 8, below, place + 8, places + count);
        }
    return count;
}

PK_AVX2 static void clear_avx2(uint32_t *scores, uint8_t *touched, size_t groups) {
    const __m256i zero = _mm256_setzero_si256();
    for (size_t first = 0; first < groups; first += 32) {
        for (uint32_t some = touched_groups(touched + first); some; some &= some - 1) {
            uint32_t *group = scores + (first + (size_t)__builtin_ctz(some)) * GROUP;
            _mm256_storeu_si256((__m256i *)group, zero);
            _mm256_storeu_si256((__m256i *)(group + 8), zero);
        }
        _mm256_storeu_si256((__m256i *)(touched + first), zero);
    }
}
#endif

size_t pk_postings_collect(const uint32_t *scores, const uint8_t *touched, size_t groups, uint32_t least,
                           uint16_t *places) {
    PK_CHOOSE(pk_has_avx2, collect_avx2(scores, touched, groups, least, places),
              pk_postings_collect_portable(scores, touched, groups, least, places));
}

void pk_postings_clear(uint32_t *scores, uint8_t *touched, size_t groups) {
    PK_CHOOSE(pk_has_avx2, clear_avx2(scores, touched, groups), pk_postings_clear_portable(scores, touched, groups));
}
