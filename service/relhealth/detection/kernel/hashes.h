/* FNV-1a over the bytes that spell a feature; a key is its 64 bits folded to 32. */
#ifndef RELHEALTH_HASHES_H
#define RELHEALTH_HASHES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FNV_START 0xCBF29CE484222325u
#define FNV_PRIME 0x100000001B3u
#define JOINT 0x1F /* between a feature's kind and its forms */

static inline uint64_t fnv_byte(uint64_t state, unsigned char byte) {
    return (state ^ byte) * FNV_PRIME;
}

static inline uint64_t fnv(uint64_t state, const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) state = fnv_byte(state, (unsigned char)bytes[i]);
    return state;
}

static inline uint64_t fnv_text(uint64_t state, const char *text) {
    return fnv(state, text, strlen(text));
}

static inline uint32_t folded(uint64_t state) { return (uint32_t)(state >> 32) ^ (uint32_t)state; }

#endif
