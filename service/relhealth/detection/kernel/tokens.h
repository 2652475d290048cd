/* Visible code points to tokens, as tokens.py states (tokenise). */
#ifndef RELHEALTH_TOKENS_H
#define RELHEALTH_TOKENS_H

#include "hashes.h"
#include "text.h"

enum { SIGN_LOOKBACK = 6, MAX_NAME = 12 };

typedef enum { WORD, NUMBER, LINK, HANDLE, BREAK, MARK, SIGNATURE } Kind; /* edges are last */
enum { ENDS = 1, ASKS = 2, ENDS_CLAUSE = 4 }; /* what marks do */

typedef struct {
    const char *form; /* UTF-8, in memory of two blocks at least */
    uint32_t begin, end;
    uint8_t size, points; /* of the form: bytes and code points */
    uint8_t kind, does;
} Token;

static inline size_t put_utf8(uint32_t code, char *out) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* Whether a cell is one of the symbols. */
static inline int is_among(Cell cell, const char *symbols) {
    for (; *symbols != '\0'; symbols++)
        if (is_symbol(cell, (unsigned char)*symbols)) return 1;
    return 0;
}

static inline int has_form(const Token *token, const char *form) {
    size_t size = strlen(form);
    return token->size == size && memcmp(token->form, form, size) == 0;
}

/* Every take_… reads one token from visible code point `i` on, sets its form and kind, and says
 * where it ends. Forms that are not constants are written to `room`, which moves on. */

typedef const char Constant[2 * BLOCK];
static Constant URL = "<url>", MAIL = "<mail>", AT = "<at>", LINE = "\n", SIGN = "<sig>";
static Constant NUMBERS[] = {"#1", "#2", "#3", "#4"};
static Constant SHOUTS[][2] = {{"!", "!+"}, {"?", "?+"}};

static inline void set_form(Token *token, Constant form, Kind kind) {
    token->form = form;
    token->size = (uint8_t)strlen(form);
    token->kind = (uint8_t)kind;
}

/* Whether cells begin as links do: few words, so that this one branch is foreseen. */
static inline int may_be_link(const Cell *cells) {
    return ((cells[0] == CELL(LETTER, 'h')) & (cells[1] == CELL(LETTER, 't'))) |
           ((cells[0] == CELL(LETTER, 'w')) & (cells[1] == CELL(LETTER, 'w')));
}

static int is_link(const Cell *cells) {
    static const char *const heads[] = {"http://", "https://", "www."};
    for (int h = 0; h < 3; h++) {
        size_t k = 0;
        while (heads[h][k] != '\0' && code_of(cells[k]) == (unsigned char)heads[h][k]) k++;
        if (heads[h][k] == '\0') return 1;
    }
    return 0;
}

static size_t take_link(const Text *text, size_t i, Token *token) {
    for (;; i++) {
        Class class = class_of(text->cells[i]);
        if (class == NOTHING || class == SPACE || class == LINE_END) break;
    }
    set_form(token, URL, LINK);
    return i;
}

static inline int is_in_word(const Cell *cell) {
    return is_letter(*cell) || (is_symbol(*cell, '\'') && is_letter(cell[1]));
}

/* A word that may have any letters, and more of them than a form. */
static size_t take_any_word(const Text *text, size_t i, Token *token, char **room) {
    const Cell *first = text->cells + i, *cell = first;
    char *out = *room;
    size_t points = 0;
    Cell last = 0, last_but_one = 0;
    for (; is_in_word(cell); cell++) {
        if (*cell == last && last == last_but_one) continue;
        last_but_one = last;
        last = *cell;
        if (points == MAX_FORM) continue;
        if (last < 0x80) *out++ = (char)last;
        else out += put_utf8(code_of(last), out);
        points++;
    }
    token->form = *room;
    token->size = (uint8_t)(out - *room);
    token->points = (uint8_t)points;
    token->kind = WORD;
    *room = out;
    return i + (size_t)(cell - first);
}

static inline size_t take_word(const Text *text, size_t i, Token *token, char **room) {
    if (may_be_link(text->cells + i) && is_link(text->cells + i)) return take_link(text, i, token);
    size_t place = text->places[i];
    size_t size = text->glance.is_plain ? word_size(&text->ascii, place) : SEEN_AT_ONCE;
    if (size > MAX_FORM) return take_any_word(text, i, token, room);
    token->form = text->ascii.lowered + place;
    token->size = token->points = (uint8_t)size;
    token->kind = WORD;
    return i + size;
}

static size_t take_number(const Text *text, size_t i, Token *token) {
    const Cell *cells = text->cells;
    size_t j = i;
    while (is_digit(cells[j]) || (is_digit(cells[j + 1]) && is_among(cells[j], ".,:/"))) j++;
    set_form(token, NUMBERS[(j - i < 4 ? j - i : 4) - 1], NUMBER);
    return j;
}

static size_t take_handle(const Text *text, size_t i, Token *token) {
    const Cell *cells = text->cells;
    int mail = is_alphanumeric(cells[i - 1]) && text->places[i - 1] + 1 == text->places[i];
    size_t j = i + 1;
    while (is_alphanumeric(cells[j]) || is_symbol(cells[j], '_') ||
           (mail && is_among(cells[j], ".-") && is_alphanumeric(cells[j + 1])))
        j++;
    set_form(token, mail ? MAIL : AT, mail ? LINK : HANDLE);
    return j;
}

static size_t take_shout(const Text *text, size_t i, Token *token) {
    size_t j = i;
    int asked = 0;
    for (; is_among(text->cells[j], "!?"); j++) asked |= is_symbol(text->cells[j], '?');
    set_form(token, SHOUTS[asked][j - i > 1], MARK);
    token->does = asked ? ENDS | ASKS : ENDS;
    return j;
}

static int is_mouth(Cell cell) {
    return is_among(cell, ")(/|]") || cell == CELL(LETTER, 'd') || cell == CELL(LETTER, 'p');
}

/* Where the smiley that starts at `i` ends; 0 where none does. */
static size_t smiley_end(const Text *text, size_t i) {
    size_t j = is_among(text->cells[i + 1], "-'") ? i + 2 : i + 1;
    const Cell *mouth = text->cells + j;
    return is_mouth(*mouth) && !is_letter(mouth[1]) && !is_symbol(mouth[1], '/') ? j + 1 : 0;
}

static size_t take_smiley(const Text *text, size_t i, size_t end, Token *token, char **room) {
    token->form = *room;
    token->size = 2;
    token->kind = MARK;
    *(*room)++ = (char)code_of(text->cells[i]);
    *(*room)++ = (char)code_of(text->cells[end - 1]);
    return end;
}

static uint8_t what_does(uint32_t mark) {
    if (mark == '.') return ENDS | ENDS_CLAUSE;
    if (mark == ',' || mark == ';') return ENDS_CLAUSE;
    return mark == 0x2026 ? ENDS : 0;
}

static size_t take_run(const Text *text, size_t i, Token *token, char **room) {
    uint32_t code = code_of(text->cells[i]);
    size_t j = i + 1;
    while (text->cells[j] == text->cells[i]) j++;
    if (code == '.' && j - i > 1) code = 0x2026;
    token->form = *room;
    token->size = (uint8_t)put_utf8(code, *room);
    token->kind = MARK;
    token->does = what_does(code);
    *room += token->size;
    return j;
}

static size_t take_mark(const Text *text, size_t i, Token *token, char **room) {
    const Cell *cells = text->cells + i;
    if (is_among(*cells, "!?")) return take_shout(text, i, token);
    if (is_symbol(*cells, '@') && (is_alphanumeric(cells[1]) || is_symbol(cells[1], '_')))
        return take_handle(text, i, token);
    size_t end = is_among(*cells, ":;=") ? smiley_end(text, i) : 0;
    return end ? take_smiley(text, i, end, token, room) : take_run(text, i, token, room);
}

static inline size_t take(const Text *text, size_t i, Token *token, char **room) {
    if (is_letter(text->cells[i])) return take_word(text, i, token, room);
    if (is_digit(text->cells[i])) return take_number(text, i, token);
    if (class_of(text->cells[i]) != LINE_END) return take_mark(text, i, token, room);
    set_form(token, LINE, BREAK);
    token->does = ENDS;
    return i + 1;
}

/* ---- The agent's mark at the end ----------------------------------------------------------- */

static int is_signature(const Text *text, const Token *name, int has_more_before) {
    const Token *mark = name - 1;
    int caret = has_form(mark, "^");
    int dash = has_form(mark, "-") || has_form(mark, "\xE2\x80\x93") ||
               has_form(mark, "\xE2\x80\x94");
    if (name->kind != WORD || name->end - name->begin > MAX_NAME) return 0;
    if (!(caret || dash || has_form(mark, "/") || has_form(mark, "*") || has_form(mark, "~")))
        return 0;
    if (has_more_before && mark[-1].end == mark->begin) return 0;
    uint32_t initial = text->text[name->begin];
    int upper = initial - 'A' < 26 || (initial >= 0xC0 && initial <= 0xDE);
    return (upper || caret) && name->begin - mark->end <= (dash ? 1u : 0u);
}

static int is_before_signature(const Token *token) {
    return token->kind == BREAK || token->kind == LINK || token->kind == NUMBER ||
           has_form(token, "/") || has_form(token, "(") || has_form(token, ")");
}

/* Makes mark and name one token; says how many tokens there are then. */
static size_t sign(const Text *text, Token *tokens, size_t count) {
    if (count < 2) return count;
    size_t last = count - 1, floor = last > SIGN_LOOKBACK ? last - SIGN_LOOKBACK : 0;
    while (last > floor && is_before_signature(tokens + last)) last--;
    if (last < 1 || !is_signature(text, tokens + last, last > 1)) return count;
    Token *mark = tokens + last - 1;
    mark->end = mark[1].end;
    mark->does = 0;
    set_form(mark, SIGN, SIGNATURE);
    memmove(mark + 1, mark + 2, (count - last - 1) * sizeof *mark);
    return count - 1;
}

/* Fills `tokens`, which has room for as many as there are visible code points, with forms in
 * `room` (UTF8 bytes for each of them); says how many there are. */
static size_t tokenise(const Text *text, Token *tokens, char *room) {
    Token *token = tokens;
    for (size_t i = 0; i < text->visible;) {
        if (is_space(text->cells[i])) {
            i++;
            continue;
        }
        token->does = 0;
        size_t j = take(text, i, token, &room);
        token->begin = text->places[i];
        token->end = text->places[j - 1] + 1;
        token++;
        i = j;
    }
    return sign(text, tokens, (size_t)(token - tokens));
}

#endif
