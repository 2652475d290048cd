/* Bytes several at a time, and what of the code is compiled for wider processors, too. */
#ifndef RELHEALTH_BLOCKS_H
#define RELHEALTH_BLOCKS_H

#include <stddef.h>

#include "../../domain/block.h"
#if defined(__SSE2__) && !defined(RELHEALTH_ANY_PROCESSOR)
#define HAS_SSE2
#include <emmintrin.h>
#endif

/* Functions whose loops gain from wide registers: several lanes at a time make whole numbers, or
 * doubles in the order that is written, so that every processor gives the same bits. A test holds
 * them to what is compiled with RELHEALTH_ANY_PROCESSOR, for none in particular. */
#if defined(RELHEALTH_ANY_PROCESSOR) || !defined(__x86_64__) || !defined(__linux__) ||             \
    !defined(__GNUC__) || defined(__clang__)
#define FOR_WIDER_TOO
#elif __GNUC__ >= 12
#define FOR_WIDER_TOO __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FOR_WIDER_TOO __attribute__((target_clones("avx2", "default")))
#endif

/* ---- Vectors --------------------------------------------------------------------------------- */

enum { LANES = 16 }; /* as many as the least of processors has */

typedef int8_t Vector __attribute__((vector_size(LANES)));

static inline Vector vector_at(const char *bytes) {
    Vector vector;
    memcpy(&vector, bytes, sizeof vector);
    return vector;
}

static inline void put_vector(void *bytes, Vector vector) {
    memcpy(bytes, &vector, sizeof vector);
}

/* Of lanes that are 0 or -1, a bit each, the first lane's last. */
static inline uint32_t lane_bits(Vector lanes) {
#ifdef HAS_SSE2
    return (uint32_t)_mm_movemask_epi8((__m128i)lanes);
#else
    const uint64_t firsts = 0x0101010101010101u, gather = 0x0102040810204080u;
    uint64_t first = block_at(&lanes), second = block_at((const char *)&lanes + BLOCK);
    return (uint32_t)((first & firsts) * gather >> 56 | (second & firsts) * gather >> 56 << 8);
#endif
}

#endif
