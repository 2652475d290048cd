/* Hashes of forms and keys made of them, as features.py states (hash_of, key_of). */
#ifndef RELHEALTH_HASHES_H
#define RELHEALTH_HASHES_H

#include "blocks.h"

#define GOLDEN 0x9E3779B97F4A7C15u

enum { MAX_FORM = 24, UTF8 = 4 }; /* code points of a form at most, bytes of one at most */

static inline uint64_t stirred(uint64_t value, uint64_t other) { return (value ^ other) * GOLDEN; }

static inline uint64_t hashed(uint64_t value, uint64_t block) {
    value = stirred(value, block);
    return value ^ value >> 32;
}

/* Zeros for the bytes that a block has beyond `count`. */
static inline uint64_t cut(uint64_t block, size_t count) {
    return count < BLOCK ? block & (((uint64_t)1 << 8 * count) - 1) : block;
}

/* The hash of a form, behind whose start a block can be read as often as it has begun one. */
static inline uint64_t hash_of(const char *form, size_t size) {
    uint64_t value = 0;
    for (size_t at = 0; at < size; at += BLOCK)
        value = hashed(value, cut(block_at(form + at), size - at));
    return value;
}

static inline uint32_t folded(uint64_t value) { return (uint32_t)(value >> 32) ^ (uint32_t)value; }

#endif
