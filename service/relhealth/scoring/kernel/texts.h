/* Texts: which of them are plain enough to be read here, and which hold any of some clues. */
#ifndef RELHEALTH_TEXTS_H
#define RELHEALTH_TEXTS_H

#include "../../domain/points.h"
#include "rules.h"

enum { APOSTROPHE = 0x2019, LONGEST_POINT = 4 };

/* Symbols that are part of no word, no space, and the same in lower case; and the curly apostrophe,
 * which stands among them. A test holds them to what Python says of them. */
static const uint32_t SYMBOLS[][2] = {{0xA1, 0xA9}, {0xAB, 0xB1}, {0xB4, 0xB4}, {0xB6, 0xB8},
    {0xBB, 0xBB}, {0xBF, 0xBF}, {0xD7, 0xD7}, {0xF7, 0xF7}, {0x200B, 0x200F}, {0x2010, 0x2027},
    {0x2030, 0x205E}, {0x20A0, 0x20C0}, {0x2190, 0x23FF}, {0x2500, 0x2775}, {0x2794, 0x2BFF},
    {0xFE00, 0xFE0F}, {0x1F1E6, 0x1F1FF}, {0x1F300, 0x1FAFF}};

typedef struct {
    const char *bytes; /* UTF-8, which the history keeps */
    int32_t size;
    uint8_t is_ascii, is_plain; /* plain: ASCII and SYMBOLS alone */
} Text;

static int is_digit(char c) { return '0' <= c && c <= '9'; }
static int is_letter(char c) { return 'a' <= (c | 0x20) && (c | 0x20) <= 'z'; }
static int is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
static int is_word_part(char c) { return is_alphanumeric(c) || c == '_'; }
static int is_space(char c) { return (9 <= c && c <= 13) || (28 <= c && c <= 32); }
static char lower_of(char c) { return 'A' <= c && c <= 'Z' ? (char)(c | 0x20) : c; }

/* The code point at a place of what Python encoded, and how many bytes it takes. */
static uint32_t point_at(const char *bytes, int *taken) {
    const uint8_t *at = (const uint8_t *)bytes;
    *taken = width_of_point(at[0]);
    return point_of(at, *taken);
}

static int is_symbol(uint32_t point) {
    for (int i = 0; i < COUNT_OF(SYMBOLS); i++)
        if (point <= SYMBOLS[i][1]) return point >= SYMBOLS[i][0];
    return 0;
}

static int is_all_plain(const char *bytes, int32_t size) {
    int taken;
    for (int32_t at = 0; at < size; at += taken) {
        uint32_t point = point_at(bytes + at, &taken);
        if (point >= 0x80 && !is_symbol(point)) return 0;
    }
    return 1;
}

/* The text at a place. */
static Text text_at(Arena *arena, const History *history, int32_t position) {
    Letters letters = letters_at(arena, history, position);
    Text found = {letters.bytes, letters.size, letters.is_ascii, 1};
    if (!found.is_ascii) found.is_plain = (uint8_t)is_all_plain(found.bytes, found.size);
    return found;
}

/* Whether a Python function, which finds nothing in texts without any of its clues, is worth asking
 * about a text; letters beyond ASCII can match what is not their lower case. */
static int may_match(const Text *text, const Clues *clues) {
    if (!text->is_plain) return 1;
    for (int32_t at = 0; at + 1 < text->size; at++) {
        if (!clues->begins[beginning_of(text->bytes + at)]) continue;
        for (int i = 0; i < clues->count; i++) {
            const char *clue = clues->words[i];
            int32_t matched = 0;
            while (clue[matched] && at + matched < text->size &&
                   clue[matched] == lower_of(text->bytes[at + matched]))
                matched++;
            if (!clue[matched]) return 1;
        }
    }
    return 0;
}

/* What a Python function says of a text that it may say something of; NULL for nothing. */
static PyObject *asked_of(Arena *arena, const History *history, int32_t position,
    PyObject *function, const Clues *clues) {
    Text text = text_at(arena, history, position);
    worked(arena, (uint32_t)text.size);
    if (!may_match(&text, clues)) return NULL;
    PyObject *string = string_at(arena, history, position);
    return held(arena, PyObject_CallFunctionObjArgs(function, string, NULL));
}

#endif
