/* ASCII, many characters at a time: what text.h and tokens.h else find out one by one. */
#ifndef RELHEALTH_ASCII_H
#define RELHEALTH_ASCII_H

#include "blocks.h"
#include "cells.h"

/* A text's ASCII in small letters, with spaces behind it, and a bit for each character that is in a
 * word, the first the last of its byte. */
typedef struct {
    char *lowered;
    uint8_t *in_words;
} Ascii;

/* What a glance at some ASCII told. */
typedef struct {
    int is_printed; /* nothing but what is printed: one line, and all visible */
    int is_plain;   /* all visible, and no letter three times in a row */
} Glance;

static inline Vector lanes_with(char byte) { return (Vector){0} + (int8_t)byte; }

static inline Vector between(Vector bytes, char least, char most) {
    return (bytes > lanes_with((char)(least - 1))) & (bytes < lanes_with((char)(most + 1)));
}

static inline Vector classes_of(Vector bytes, Vector letters) {
    Vector digits = between(bytes, '0', '9'), spaces = bytes == lanes_with(' ');
    Vector symbols = ~(letters | digits | spaces);
    return (digits & lanes_with(DIGIT)) | (spaces & lanes_with(SPACE)) |
           (symbols & lanes_with(SYMBOL));
}

/* Puts as many code points as there are lanes, and their places. */
static inline void put_points(uint32_t *points, uint32_t *places, size_t first, Vector bytes) {
    uint8_t codes[LANES];
    put_vector(codes, bytes);
    for (int lane = 0; lane < LANES; lane++) points[lane] = codes[lane];
    for (int lane = 0; lane < LANES; lane++) places[lane] = (uint32_t)first + (uint32_t)lane;
}

/* Puts as many cells as there are lanes. */
static inline void put_cells(Cell *cells, Vector lowered, Vector classes) {
    uint8_t codes[LANES], above[LANES];
    put_vector(codes, lowered);
    put_vector(above, classes);
    for (int lane = 0; lane < LANES; lane++) cells[lane] = CELL(above[lane], codes[lane]);
}

/* Fills what is told of ASCII, its code points, and the cells that it has if it is printed, with
 * their places. */
FOR_WIDER_TOO
static Glance glance_at_ascii(const char *text, size_t size, Ascii *ascii, uint32_t *points,
    Cell *cells, uint32_t *places) {
    char *bytes = ascii->lowered; /* made small where they are: none is looked at again */
    Vector unprinted = lanes_with(0), hidden = lanes_with(0), thrice = lanes_with(0);
    memcpy(bytes, text, size);
    put_vector(bytes + size, lanes_with(' '));
    put_vector(bytes + size + LANES, lanes_with(' '));
    for (size_t i = 0; i < size; i += LANES) {
        const Vector case_bit = lanes_with(' ');
        Vector own = vector_at(bytes + i), small = own | case_bit;
        Vector next = vector_at(bytes + i + 1) | case_bit;
        Vector after = vector_at(bytes + i + 2) | case_bit;
        Vector letters = between(small, 'a', 'z');
        Vector lowered = own | (letters & case_bit);
        Vector quotes = (own == lanes_with('\'')) & between(next, 'a', 'z');
        Vector others = (own < case_bit) | (own == lanes_with(0x7F));
        unprinted |= others;
        hidden |= others & ~between(own, '\t', '\r');
        thrice |= letters & (small == next) & (small == after);
        uint32_t in_word = lane_bits(letters | quotes);
        ascii->in_words[i / 8] = (uint8_t)in_word;
        ascii->in_words[i / 8 + 1] = (uint8_t)(in_word >> 8);
        ascii->in_words[i / 8 + 2] = 0; /* the text may end here */
        put_points(points + i, places + i, i, own);
        put_cells(cells + i, lowered, classes_of(own, letters));
        put_vector(bytes + i, lowered);
    }
    return (Glance){!lane_bits(unprinted), !lane_bits(hidden | thrice)};
}

enum { SEEN_AT_ONCE = 8 * BLOCK - 7 }; /* bits, wherever in a byte they begin */

/* How many characters a word has that begins at `place`; SEEN_AT_ONCE if there may be more. */
static inline size_t word_size(const Ascii *ascii, size_t place) {
    uint64_t others = ~(block_at(ascii->in_words + place / 8) >> place % 8);
    return (size_t)__builtin_ctzll(others | (uint64_t)1 << SEEN_AT_ONCE);
}

#endif
