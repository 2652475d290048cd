/* Numbers for words: 0, 1, 2, ... in the order in which they are met. */
#ifndef RELHEALTH_DICTIONARY_H
#define RELHEALTH_DICTIONARY_H

#include "table.h"

/* The bytes of a word that its code holds: most have no more, and their code is all of them. */
enum { CODED = BLOCK };

typedef struct {
    uint64_t code;       /* the last bytes as one number */
    const char *letters; /* UTF-8 in lower case, none of them NUL */
    int32_t size, alike; /* the word that stands for all that differ from it in numbers alone */
    uint8_t tells;       /* what its text is about */
} Word;

typedef struct {
    LIST(Word) known;
    Table table;
} Dictionary;

static uint64_t code_of(const char *letters, int32_t size) {
    uint64_t code = 0;
    for (int32_t i = 0; i < size; i++) code = code << 8 | (uint8_t)letters[i];
    return code;
}

/* The code of as many bytes as it holds. */
static inline uint64_t whole_code_of(const char *letters) {
    return __builtin_bswap64(block_at(letters));
}

/* In each byte of a code. */
static const uint64_t EACH = 0x0101010101010101u, HIGHEST = 0x80 * 0x0101010101010101u;

/* How many of a code's bytes come before the first NUL. */
static inline int32_t bytes_before_nul(uint64_t code) {
    uint64_t lower = ~HIGHEST, nuls = ~(((code & lower) + lower) | code | lower);
    return nuls ? __builtin_clzll(nuls) / 8 : CODED;
}

static inline int is_ascii_code(uint64_t code) { return (code & HIGHEST) == 0; }

/* Whether any of the bytes, which are ASCII, is a digit. */
static inline int has_digit_code(uint64_t code) {
    uint64_t at_least_0 = code + EACH * (0x80 - '0'), above_9 = code + EACH * (0x7F - '9');
    return (at_least_0 & ~above_9 & HIGHEST) != 0;
}

static uint32_t word_hash(uint64_t code, const char *letters, int32_t size) {
    return size <= CODED ? hash_of_number(code) : hash_of(letters, (size_t)size);
}

/* The number of a word whose code and hash are known; FREE where it is new. */
static int32_t known_word(const Dictionary *dictionary, uint64_t code, uint32_t hash,
    const char *letters, int32_t size) {
    uint32_t place = hash;
    for (int32_t id; (id = next_of(&dictionary->table, hash, &place)) != FREE;) {
        const Word *word = dictionary->known.items + id;
        if (word->code != code || word->size != size) continue;
        if (size <= CODED || !memcmp(word->letters, letters, (size_t)(size - CODED))) return id;
    }
    return FREE;
}

/* Gives the next number to a word that is not in it yet, and keeps a copy of its letters. */
static int32_t new_word(Arena *arena, Dictionary *dictionary, uint64_t code, uint32_t hash,
    const char *letters, int32_t size) {
    char *own = TAKE(arena, size, char);
    memcpy(own, letters, (size_t)size);
    *ADD(arena, &dictionary->known) = (Word){code, own, size, FREE, 0};
    return new_number(arena, &dictionary->table, hash);
}

/* The same words and numbers, and room for those that are likely to come. */
static Dictionary dictionary_copy(Arena *arena, const Dictionary *dictionary, int32_t likely) {
    Dictionary copy = {.table = table_copy(arena, &dictionary->table, likely)};
    copy.known.count = dictionary->known.count;
    copy.known.room = copy.known.count + likely;
    copy.known.items = grown(arena, dictionary->known.items, (size_t)copy.known.count,
        (size_t)copy.known.room, sizeof(Word));
    return copy;
}

#endif
