/* Keys that do not depend on words, and hashes that others begin with. */
#ifndef RELHEALTH_KEYS_H
#define RELHEALTH_KEYS_H

#include "hashes.h"

static uint64_t ONE, PAIR, NEGATION, PART, ENDS_WITH, LONE, GRAM, BEFORE, AFTER, ASKED;
static uint64_t PAIR_OPEN, GRAM_OPEN;
static uint32_t KEY_PLACES[4], KEY_LENGTHS[7], KEY_WORDS[9], KEY_SENTENCES[7], KEY_LOUD[4];
static uint32_t KEY_HANDLE, KEY_ANSWERS, KEY_NONE_BEFORE, KEY_NONE_AFTER;

enum { ONLY_ONE, FIRST_ONE, MIDDLE_ONE, LAST_ONE };

static void number_keys(uint32_t *keys, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        char digit = (char)('0' + i);
        keys[i] = folded(fnv(fnv_text(FNV_START, name), &digit, 1));
    }
}

static uint32_t key_of(const char *spelt) { return folded(fnv_text(FNV_START, spelt)); }

static void fill_keys(void) {
    struct {
        uint64_t *state;
        const char *begins;
    } states[] = {
        {&ONE, "1\x1f"}, {&PAIR, "2\x1f"}, {&NEGATION, "n\x1f"}, {&PART, "p\x1f"},
        {&ENDS_WITH, "f\x1f"}, {&LONE, "g\x1f"}, {&GRAM, "G\x1f"},
        {&BEFORE, "P\x1f" "before\x1f"}, {&AFTER, "P\x1f" "after\x1f"}, {&ASKED, "P\x1f" "asks\x1f"},
        {&PAIR_OPEN, "2\x1f<s>\x1f"}, {&GRAM_OPEN, "G\x1f<s>\x1f"},
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        *states[i].state = fnv_text(FNV_START, states[i].begins);
    KEY_PLACES[ONLY_ONE] = key_of("P\x1fplace\x1fonly");
    KEY_PLACES[FIRST_ONE] = key_of("P\x1fplace\x1f" "first");
    KEY_PLACES[MIDDLE_ONE] = key_of("P\x1fplace\x1fmiddle");
    KEY_PLACES[LAST_ONE] = key_of("P\x1fplace\x1flast");
    number_keys(KEY_LENGTHS, 7, "P\x1flength\x1f");
    number_keys(KEY_WORDS, 9, "M\x1fwords\x1f");
    number_keys(KEY_SENTENCES, 7, "M\x1fsentences\x1f");
    number_keys(KEY_LOUD, 4, "M\x1floud\x1f");
    KEY_HANDLE = key_of("M\x1fhandle");
    KEY_ANSWERS = key_of("P\x1f" "answers");
    KEY_NONE_BEFORE = key_of("P\x1f" "before\x1f<s>");
    KEY_NONE_AFTER = key_of("P\x1f" "after\x1f</s>");
}

#endif
