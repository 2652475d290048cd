/* A text's visible code points: folded, classed, and at their places; only its sender's lines.
 * tokens.py states the same (_RUNS, _fold, _Scan, _own_lines). */
#ifndef RELHEALTH_TEXT_H
#define RELHEALTH_TEXT_H

#include "ascii.h"

enum { BARE_LINE = 80, LINE_HEAD = 24 };
enum { LOW_CODES = 0x300 };            /* these are read from a table */
enum { BEFORE_TEXT = 1, BEYOND_TEXT = 3 }; /* NOTHING stands around the text, so that none need
                                              ask where it ends */

typedef struct {
    uint32_t *text;    /* all code points, and a zero */
    size_t length;
    Glance glance;
    Ascii ascii;       /* where the glance was at ASCII */
    Cell *cells;       /* the visible ones, folded, with NOTHING around them */
    uint32_t *places;  /* of the cells in the text */
    size_t visible;
} Text;

typedef struct {
    uint32_t start;
    Class class;
} Run;

static const Run RUNS[] = {
    {0x00, SKIP},     {0x09, SPACE},    {0x0A, LINE_END}, {0x0B, SPACE},    {0x0D, LINE_END},
    {0x0E, SKIP},     {0x20, SPACE},    {0x21, SYMBOL},   {0x30, DIGIT},    {0x3A, SYMBOL},
    {0x41, LETTER},   {0x5B, SYMBOL},   {0x61, LETTER},   {0x7B, SYMBOL},   {0x7F, SKIP},
    {0x85, SPACE},    {0x86, SKIP},     {0xA0, SPACE},    {0xA1, SYMBOL},   {0xAA, LETTER},
    {0xAB, SYMBOL},   {0xAD, SKIP},     {0xAE, SYMBOL},   {0xB5, LETTER},   {0xB6, SYMBOL},
    {0xBA, LETTER},   {0xBB, SYMBOL},   {0xC0, LETTER},   {0xD7, SYMBOL},   {0xD8, LETTER},
    {0xF7, SYMBOL},   {0xF8, LETTER},   {0x300, SKIP},    {0x370, LETTER},  {0x2000, SPACE},
    {0x200B, SKIP},   {0x2010, SYMBOL}, {0x2028, LINE_END}, {0x202A, SKIP}, {0x202F, SPACE},
    {0x2030, SYMBOL}, {0x205F, SPACE},  {0x2060, SKIP},   {0x2070, SYMBOL}, {0x20D0, SKIP},
    {0x2100, SYMBOL}, {0x2C00, LETTER}, {0x2E00, SYMBOL}, {0x3000, SPACE},  {0x3001, SYMBOL},
    {0x3040, LETTER}, {0xD800, SKIP},   {0xE000, SYMBOL}, {0xF900, LETTER}, {0xFE00, SKIP},
    {0xFE10, SYMBOL}, {0xFE70, LETTER}, {0xFEFF, SKIP},   {0xFF00, SYMBOL}, {0xFF66, LETTER},
    {0xFFE0, SYMBOL}, {0x10000, LETTER}, {0x1F000, SYMBOL}, {0x1F3FB, SKIP}, {0x1F400, SYMBOL},
    {0x20000, LETTER}, {0xE0000, SKIP}, {0xF0000, SYMBOL},
};

static Cell LOW_CELLS[LOW_CODES];

static Class class_in_runs(uint32_t code) {
    size_t low = 0, high = sizeof RUNS / sizeof *RUNS;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (RUNS[middle].start <= code) low = middle; else high = middle;
    }
    return RUNS[low].class;
}

static inline uint32_t lower(uint32_t code) {
    return code - 'A' < 26 || (code - 0xC0 < 31 && code != 0xD7) ? code + 32 : code;
}

static uint32_t fold(uint32_t code) {
    if (code >= 0xFF01 && code <= 0xFF5E) return lower(code - 0xFEE0);
    if (code == 0x2018 || code == 0x2019 || code == 0x2BC) return '\'';
    if (code == 0x201C || code == 0x201D) return '"';
    return lower(code);
}

static Cell cell_of(uint32_t code) {
    uint32_t folded = fold(code);
    return CELL(class_in_runs(folded), folded);
}

static void fill_low_cells(void) {
    for (uint32_t code = 0; code < LOW_CODES; code++) LOW_CELLS[code] = cell_of(code);
}

static inline Class class_of(Cell cell) { return (Class)(cell >> CLASS_SHIFT); }

static inline uint32_t code_of(Cell cell) { return cell & CODE_MASK; }

static inline int is_letter(Cell cell) { return cell < CELL(LETTER + 1, 0); }

static inline int is_digit(Cell cell) { return class_of(cell) == DIGIT; }

static inline int is_space(Cell cell) { return class_of(cell) == SPACE; }

static inline int is_alphanumeric(Cell cell) { return cell < CELL(DIGIT + 1, 0); }

static inline int is_symbol(Cell cell, uint32_t code) { return cell == CELL(SYMBOL, code); }

/* The code points of UTF-8, which must be sound; how many they are. */
static size_t decode(const uint8_t *bytes, size_t size, uint32_t *points) {
    const uint8_t *end = bytes + size;
    size_t count = 0;
    while (bytes < end) {
        uint32_t point = *bytes++;
        int more = point < 0x80 ? 0 : point < 0xE0 ? 1 : point < 0xF0 ? 2 : 3;
        if (more) point &= 0x3Fu >> more;
        for (; more; more--) point = point << 6 | (*bytes++ & 0x3Fu);
        points[count++] = point;
    }
    return count;
}

/* Takes code points for a text. */
static void take_points(Text *text, size_t length) {
    text->length = length;
    text->glance = (Glance){0}; /* nobody has looked */
}

/* Takes ASCII for a text. */
static void take_ascii(Text *text, const char *bytes, size_t size) {
    text->length = size;
    text->glance = glance_at_ascii(bytes, size, &text->ascii, text->text, text->cells,
        text->places);
}

/* ---- The sender's own lines ---------------------------------------------------------------- */

static void keep(Text *text, size_t begin, size_t end) {
    size_t visible = text->visible;
    for (size_t place = begin; place < end; place++) {
        uint32_t code = text->text[place];
        Cell cell = code < LOW_CODES ? LOW_CELLS[code] : cell_of(code);
        text->cells[visible] = cell;
        text->places[visible] = (uint32_t)place;
        visible += class_of(cell) != SKIP;
    }
    text->visible = visible;
}

static int is_blank(uint32_t code) { return code == ' ' || code == '\t' || code == '\r'; }

static int begins(const uint32_t *codes, size_t count, const char *prefix) {
    for (size_t i = 0; prefix[i] != '\0'; i++) {
        if (i >= count || i >= LINE_HEAD) return 0;
        uint32_t code = codes[i] - 'A' < 26 ? codes[i] + 32 : codes[i];
        if (code != (unsigned char)prefix[i]) return 0;
    }
    return 1;
}

static int ends_wrote(const uint32_t *line, size_t length) {
    static const char wrote[] = "wrote:";
    while (length > 0 && is_blank(line[length - 1])) length--;
    if (length < 6) return 0;
    for (int i = 0; i < 6; i++)
        if (line[length - 6 + i] != (unsigned char)wrote[i]) return 0;
    return 1;
}

static int cuts(const uint32_t *bare, size_t count, const uint32_t *line, size_t length) {
    if ((count == 2 || count == 3) && bare[0] == '-' && bare[1] == '-' && bare[count - 1] == '-')
        return 1;
    return begins(bare, count, "-----original message") || begins(bare, count, "__________") ||
           begins(bare, count, "sent from my ") ||
           (begins(bare, count, "on ") && ends_wrote(line, length));
}

static void keep_lines(Text *text) {
    size_t begin = 0, kept = 0;
    while (begin <= text->length) {
        size_t stop = begin;
        while (stop < text->length && text->text[stop] != '\n') stop++;
        const uint32_t *line = text->text + begin, *bare = line;
        size_t end = stop < text->length ? stop + 1 : stop, length = stop - begin;
        size_t count = length < BARE_LINE ? length : BARE_LINE;
        while (count > 0 && is_blank(*bare)) bare++, count--;
        while (count > 0 && is_blank(bare[count - 1])) count--;
        if (cuts(bare, count, line, length)) {
            if (kept) return;
        } else if (count > 0 && *bare != '>') {
            keep(text, begin, end);
            kept++;
        }
        begin = stop + 1;
    }
}

static void keep_own_lines(Text *text) {
    int lines = 0;
    text->visible = 0;
    if (text->glance.is_printed) {
        text->visible = text->length; /* cells and places are there already */
    } else {
        for (size_t i = 0; i < text->length; i++) lines |= text->text[i] == '\n';
        if (lines) keep_lines(text); else keep(text, 0, text->length);
    }
    text->text[text->length] = 0;
    for (size_t i = 0; i < BEYOND_TEXT; i++) text->cells[text->visible + i] = CELL(NOTHING, 0);
}

#endif
