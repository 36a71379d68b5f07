#include <string.h>

#include "CKernels.h"
#include "internal.h"

/// CRC-32C of the page's number and content: a page that was written to another's place is noticed too.
static uint32_t page_sum(const uint8_t *page, uint32_t number) {
    const uint8_t place[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
    return pk_crc32c(pk_crc32c(0, place, sizeof place), page, CP_PAGE_BYTES - CP_RESERVED_BYTES);
}

/// The sum and its complement, so that all of the reserved bytes are determined.
static void reserved_bytes(const uint8_t *page, uint32_t number, uint8_t bytes[CP_RESERVED_BYTES]) {
    const uint32_t sum = page_sum(page, number);
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(sum >> 8 * i);
        bytes[i + 4] = (uint8_t)~bytes[i];
    }
}

int cp_page_is_sound(const void *page, uint32_t number) {
    const uint8_t *bytes = page;
    uint8_t expected[CP_RESERVED_BYTES];
    reserved_bytes(bytes, number, expected);
    return memcmp(bytes + CP_PAGE_BYTES - CP_RESERVED_BYTES, expected, sizeof expected) == 0;
}

void cp_seal_page(void *page, uint32_t number) {
    uint8_t *bytes = page;
    reserved_bytes(bytes, number, bytes + CP_PAGE_BYTES - CP_RESERVED_BYTES);
}
