/* Bytes eight at a time. */
#ifndef RELHEALTH_BLOCK_H
#define RELHEALTH_BLOCK_H

#include <stdint.h>
#include <string.h>

enum { BLOCK = 8 }; /* bytes that are one whole number */

/* The next eight bytes as a whole number whose last byte is the first. */
static inline uint64_t block_at(const void *bytes) {
    uint64_t block;
    memcpy(&block, bytes, BLOCK);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    block = __builtin_bswap64(block);
#endif
    return block;
}

#endif
