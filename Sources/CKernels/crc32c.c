#include <string.h>

#include "dispatch.h"

// Reflected Castagnoli polynomial (RFC 3720, appendix B.4).
static uint32_t table[256];

__attribute__((constructor)) static void make_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
        table[i] = crc;
    }
}

uint32_t pk_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *byte = bytes;
    crc = ~crc;
    for (size_t i = 0; i < count; i++) crc = crc >> 8 ^ table[(crc ^ byte[i]) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)
PK_SSE42 static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *byte = bytes;
    uint64_t state = ~crc;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t word;
        memcpy(&word, byte + i, 8);
        state = _mm_crc32_u64(state, word);
    }
    for (; i < count; i++) state = _mm_crc32_u8((uint32_t)state, byte[i]);
    return ~(uint32_t)state;
}
#endif

uint32_t pk_crc32c(uint32_t crc, const void *bytes, size_t count) {
    PK_CHOOSE(pk_has_sse42, crc32c_sse42(crc, bytes, count), pk_crc32c_portable(crc, bytes, count));
}
