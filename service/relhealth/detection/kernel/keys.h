/* Keys that do not depend on words, and what other keys begin with. */
#ifndef RELHEALTH_KEYS_H
#define RELHEALTH_KEYS_H

#include "hashes.h"

static uint64_t ONE, PAIR, NEGATION, PART, ENDS_WITH, LONE, GRAM, BEFORE, AFTER, ASKED;
static uint64_t PAIR_OPEN, GRAM_OPEN, CLOSE;
static uint32_t KEY_PLACES[4], KEY_LENGTHS[7], KEY_WORDS[9], KEY_SENTENCES[7], KEY_LOUD[4];
static uint32_t KEY_HANDLE, KEY_ANSWERS, KEY_NONE_BEFORE, KEY_NONE_AFTER;

enum { ONLY_ONE, FIRST_ONE, MIDDLE_ONE, LAST_ONE };

/* The hash of a constant form. */
static uint64_t hash_text(const char *text) {
    char padded[4 * BLOCK] = {0};
    size_t size = strlen(text);
    memcpy(padded, text, size);
    return hash_of(padded, size);
}

static uint64_t state_of(const char *kind, const char *name) {
    return stirred(hash_text(kind), hash_text(name));
}

static uint32_t key_of(const char *kind, const char *name, const char *value) {
    return folded(stirred(state_of(kind, name), hash_text(value)));
}

static void number_keys(uint32_t *keys, int count, const char *kind, const char *name) {
    for (int i = 0; i < count; i++) {
        char digit[] = {(char)('0' + i), '\0'};
        keys[i] = key_of(kind, name, digit);
    }
}

static void fill_keys(void) {
    ONE = hash_text("1");
    PAIR = hash_text("2");
    NEGATION = hash_text("n");
    PART = hash_text("p");
    ENDS_WITH = hash_text("f");
    LONE = hash_text("g");
    GRAM = hash_text("G");
    PAIR_OPEN = state_of("2", "<s>");
    GRAM_OPEN = state_of("G", "<s>");
    CLOSE = hash_text("</s>");
    BEFORE = state_of("P", "before");
    AFTER = state_of("P", "after");
    ASKED = state_of("P", "asks");
    KEY_PLACES[ONLY_ONE] = key_of("P", "place", "only");
    KEY_PLACES[FIRST_ONE] = key_of("P", "place", "first");
    KEY_PLACES[MIDDLE_ONE] = key_of("P", "place", "middle");
    KEY_PLACES[LAST_ONE] = key_of("P", "place", "last");
    number_keys(KEY_LENGTHS, 7, "P", "length");
    number_keys(KEY_WORDS, 9, "M", "words");
    number_keys(KEY_SENTENCES, 7, "M", "sentences");
    number_keys(KEY_LOUD, 4, "M", "loud");
    KEY_HANDLE = folded(state_of("M", "handle"));
    KEY_ANSWERS = folded(state_of("P", "answers"));
    KEY_NONE_BEFORE = key_of("P", "before", "<s>");
    KEY_NONE_AFTER = key_of("P", "after", "</s>");
}

#endif
