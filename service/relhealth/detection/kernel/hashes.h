/* Hashes of forms and keys made of them, as features.py states (hash_of, key_of). */
#ifndef RELHEALTH_HASHES_H
#define RELHEALTH_HASHES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define GOLDEN 0x9E3779B97F4A7C15u

enum { MAX_FORM = 24, UTF8 = 4 }; /* code points of a form at most, bytes of one at most */
enum { BLOCK = 8 }; /* bytes that are hashed at once: as many behind a form's start can be read */

static inline uint64_t stirred(uint64_t value, uint64_t other) { return (value ^ other) * GOLDEN; }

/* The first of at least `count` bytes as a whole number, the first byte last; zeros for what a block
 * has beyond them. */
static inline uint64_t block_of(const char *bytes, size_t count) {
    uint64_t block;
    memcpy(&block, bytes, BLOCK);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    block = __builtin_bswap64(block);
#endif
    return count < BLOCK ? block & (((uint64_t)1 << 8 * count) - 1) : block;
}

static inline uint64_t hash_of(const char *form, size_t size) {
    uint64_t value = 0;
    for (size_t at = 0; at < size; at += BLOCK) {
        value = stirred(value, block_of(form + at, size - at));
        value ^= value >> 32;
    }
    return value;
}

static inline uint32_t folded(uint64_t value) { return (uint32_t)(value >> 32) ^ (uint32_t)value; }

#endif
