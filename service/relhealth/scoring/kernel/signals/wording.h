/* Words: signals/wording.py, compiled. Words are numbers in the dictionary of one judgement. */
#ifndef RELHEALTH_WORDING_H
#define RELHEALTH_WORDING_H

#include "../texts.h"

enum { SHORTEST_TELLING_WORD = 4, LONGEST_INITIALS = 6, LONGEST_AGENT = 3 };
enum { FEW_NUMBERS = 32 }; /* are sorted by inserting each */

/* A set of numbers: ascending, each once. */
typedef struct {
    const int32_t *items;
    int32_t count;
} Set;

/* What a text says, however often it is said. */
typedef struct {
    const char *bytes; /* the text */
    int32_t size;
    Row said;           /* its words in order */
    Set telling, pairs; /* those that say what it is about; neighbours among them (talk.h) */
    uint8_t is_told, is_paired;
} Line;

/* The words of a history's texts, each different text split when it is first asked for. */
typedef struct {
    Arena *arena;
    const Rules *rules;
    const History *history;
    Dictionary known;
    Line **lines; /* by place; NULL until somebody asks */
    LIST(Line *) different;
    Table table; /* of them */
    char *letters; /* room for those of a text */
    int32_t room;
    Places split; /* room for its words */
} Words;

static Words words_of(Arena *arena, const Rules *rules, const History *history) {
    Words words = {.arena = arena, .rules = rules, .history = history};
    words.known = dictionary_copy(arena, &rules->common, likely_of(history->count));
    words.lines = TAKE_ZEROS(arena, history->count, Line *);
    return words;
}

/* ---- the dictionary -------------------------------------------------------------------------- */

/* What a Python function says of a word. */
static PyObject *said_of(Words *words, PyObject *function, const char *letters, int32_t size) {
    PyObject *word = held(words->arena, PyUnicode_FromStringAndSize(letters, size));
    return held(words->arena, PyObject_CallFunctionObjArgs(function, word, NULL));
}

/* What a new word is like: wording.is_telling and, where it is the word itself, wording.alike. */
static void look_at(Words *words, int32_t id) {
    Word *word = words->known.known.items + id;
    int32_t points = 0, digits = 0;
    if (word->size <= CODED && is_ascii_code(word->code)) {
        int has_digits = has_digit_code(word->code);
        word->tells = word->size >= SHORTEST_TELLING_WORD || has_digits;
        if (!has_digits) word->alike = id;
        return;
    }
    if (!is_all_plain(word->letters, word->size)) {
        PyObject *asked = words->rules->python.is_telling;
        word->tells = said_of(words, asked, word->letters, word->size) == Py_True;
        return;
    }
    for (int32_t i = 0; i < word->size; i++) {
        points += (word->letters[i] & 0xC0) != 0x80;
        digits += is_digit(word->letters[i]);
    }
    word->tells = points >= SHORTEST_TELLING_WORD || digits > 0;
    if (digits == 0) word->alike = id;
}

/* The number of a word in lower case that has a code. */
static int32_t word_with(Words *words, uint64_t code, const char *letters, int32_t size) {
    uint32_t hash = word_hash(code, letters, size);
    int32_t id = known_word(&words->known, code, hash, letters, size);
    if (id != FREE) return id;
    id = new_word(words->arena, &words->known, code, hash, letters, size);
    look_at(words, id);
    return id;
}

static int32_t word_of(Words *words, const char *letters, int32_t size) {
    return word_with(words, code_of(letters, size), letters, size);
}

/* wording.alike of a word with numbers: each of them made 0. */
static int32_t without_numbers(Words *words, int32_t id) {
    const Word *word = words->known.known.items + id;
    const char *letters = word->letters;
    int32_t size = word->size, length = 0;
    if (is_all_plain(letters, size)) {
        char *own = TAKE(words->arena, size, char);
        for (int32_t i = 0; i < size; i++) {
            if (!is_digit(letters[i])) own[length++] = letters[i];
            else if (i == 0 || !is_digit(letters[i - 1])) own[length++] = '0';
        }
        letters = own;
    } else {
        PyObject *asked = words->rules->python.alike;
        Letters found = letters_in(words->arena, said_of(words, asked, letters, size));
        letters = found.bytes;
        length = found.size;
    }
    int32_t alike = word_of(words, letters, length);
    words->known.known.items[id].alike = alike;
    return alike;
}

static int32_t alike_of(Words *words, int32_t id) {
    int32_t alike = words->known.known.items[id].alike;
    return alike == FREE ? without_numbers(words, id) : alike;
}

/* ---- splitting ------------------------------------------------------------------------------- */

static int begins_link(const char *text) {
    static const char link[] = "http";
    for (int i = 0; i < 4; i++)
        if (lower_of(text[i]) != link[i]) return 0;
    return 1;
}

/* Where a link, a handle or an agent's initials that begin at `at` end; `at` where none do. */
static int32_t end_of_noise(const char *text, int32_t at, int32_t size) {
    int32_t end = at + 1, left = size - at;
    if (text[at] == '@') {
        while (end < size && is_word_part(text[end])) end++;
        return end > at + 1 ? end : at;
    }
    if (lower_of(text[at]) == 'h' && left > 7 && begins_link(text + at)) {
        end = at + 4 + (lower_of(text[at + 4]) == 's');
        if (size - end < 4 || memcmp(text + end, "://", 3) || is_space(text[end + 3])) return at;
        for (end += 3; end < size && !is_space(text[end]);) end++;
        return end;
    }
    if (!strchr("^*/-", text[at]) || text[at] == '\0') return at;
    for (int skipped = 0; skipped < 2; skipped++) {
        int32_t first = at + 1 + skipped, last = first;
        if (skipped && (first > size || !is_space(text[at + 1]))) break;
        while (last < size && is_letter(text[last])) last++;
        int at_end = last == size || (last == size - 1 && text[last] == '\n');
        if (first < last && last - first <= LONGEST_AGENT && at_end) return last;
    }
    return at;
}

static int holds_link(const char *text, size_t size) {
    const char *at = text, *end = text + size;
    while ((at = memchr(at, ':', (size_t)(end - at))) != NULL)
        if (end - ++at >= 2 && at[0] == '/' && at[1] == '/') return 1;
    return 0;
}

static int is_noisy(const char *text, int32_t size) {
    for (int32_t i = size > LONGEST_INITIALS ? size - LONGEST_INITIALS : 0; i < size; i++)
        if (text[i] == '^' || text[i] == '*' || text[i] == '/' || text[i] == '-') return 1;
    return size > 0 && (memchr(text, '@', (size_t)size) != NULL || holds_link(text, (size_t)size));
}

/* Letters in lower case and digits in their places, and NUL in all others and behind the text, as
 * many as are looked at at once; links, handles and initials are no letters. */
static char *letters_in_place(Words *words, const Text *text) {
    int32_t size = text->size;
    if (words->room < size + CODED) {
        words->room = size * 2 + CODED;
        words->letters = TAKE(words->arena, words->room, char);
    }
    char *letters = words->letters;
    for (int32_t i = 0; i < size; i++) { /* without a branch: most of all characters come by here */
        uint8_t c = (uint8_t)text->bytes[i], lower = c | 0x20;
        uint8_t letter = (uint8_t)(lower - 'a') < 26 ? 0xFF : 0;
        uint8_t digit = (uint8_t)(c - '0') < 10 ? 0xFF : 0;
        letters[i] = (char)(lower & (letter | digit));
    }
    memset(letters + size, 0, CODED);
    if (text->is_ascii && !is_noisy(text->bytes, size)) return letters;
    for (int32_t at = 0, end; at < size; at = end > at ? end : at + 1) {
        end = end_of_noise(text->bytes, at, size);
        memset(letters + at, 0, (size_t)(end - at));
    }
    return letters;
}

/* How many bytes of apostrophe stand there behind a letter or digit and before another, or 0. */
static int32_t inner_apostrophe(const Text *text, const char *letters, int32_t at) {
    static const char curly[] = "\xE2\x80\x99";
    int32_t left = text->size - at;
    if (left > 1 && text->bytes[at] == '\'') return letters[at + 1] ? 1 : 0;
    if (left <= 3 || text->bytes[at] != curly[0] || memcmp(text->bytes + at, curly, 3)) return 0;
    return letters[at + 3] ? 3 : 0;
}

/* Where the letters from a place on end; they are added to the code of those before. */
static int32_t end_of_letters(const char *letters, int32_t at, uint64_t *code) {
    for (;; at += CODED) {
        uint64_t next = whole_code_of(letters + at);
        int32_t count = bytes_before_nul(next);
        if (count < CODED) {
            *code = *code << 8 * count | next >> 1 >> (63 - 8 * count);
            return at + count;
        }
        *code = next;
    }
}

static void split_plain(Words *words, Places *said, const Text *text) {
    char *letters = letters_in_place(words, text);
    for (int32_t at = 0, end; at < text->size; at = end + 1) {
        uint64_t code = 0;
        if ((end = end_of_letters(letters, at, &code)) == at) continue;
        for (int32_t more; (more = inner_apostrophe(text, letters, end)) > 0;) {
            memcpy(letters + end, text->bytes + end, (size_t)more);
            end = end_of_letters(letters, end, &code);
        }
        append(words->arena, said, word_with(words, code, letters + at, end - at));
    }
}

/* By wording.words, which knows all scripts. */
static void split_other(Words *words, Places *said, int32_t position) {
    PyObject *text = string_at(words->arena, words->history, position);
    PyObject *split = words->rules->python.split_words;
    PyObject *found = held(words->arena, PyObject_CallFunctionObjArgs(split, text, NULL));
    for (Py_ssize_t i = 0; i < PyList_Size(found); i++) {
        Letters word = letters_in(words->arena, PyList_GetItem(found, i));
        append(words->arena, said, word_of(words, word.bytes, word.size));
    }
}

/* What the same text said before; NULL where it is new. */
static Line *known_line(const Words *words, const Text *text, uint32_t hash) {
    uint32_t place = hash;
    for (int32_t number; (number = next_of(&words->table, hash, &place)) != FREE;) {
        Line *line = words->different.items[number];
        if (line->size == text->size && !memcmp(line->bytes, text->bytes, (size_t)line->size))
            return line;
    }
    return NULL;
}

static Line *new_line_at(Words *words, int32_t position, const Text *text, uint32_t hash) {
    Line *line = TAKE_ZEROS(words->arena, 1, Line);
    Places *split = &words->split;
    split->count = 0;
    if (text->is_plain) split_plain(words, split, text);
    else split_other(words, split, position);
    line->bytes = text->bytes;
    line->size = text->size;
    line->said = (Row){grown(words->arena, split->items, (size_t)split->count,
                           (size_t)split->count, sizeof *split->items),
        split->count};
    *ADD(words->arena, &words->different) = line;
    new_number(words->arena, &words->table, hash);
    return line;
}

static Line *line_at(Words *words, int32_t position) {
    Line *line = words->lines[position];
    if (line != NULL) return line;
    Text text = text_at(words->arena, words->history, position);
    worked(words->arena, (uint32_t)text.size);
    uint32_t hash = hash_of(text.bytes, (size_t)text.size);
    line = known_line(words, &text, hash);
    if (line == NULL) line = new_line_at(words, position, &text, hash);
    return words->lines[position] = line;
}

/* The words of the text at a place, in order. */
static Row said_at(Words *words, int32_t position) { return line_at(words, position)->said; }

/* ---- sets ------------------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b) {
    int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return (one > other) - (one < other);
}

/* Sorts few numbers. */
static void insert_each(int32_t *items, int32_t count) {
    for (int32_t i = 1; i < count; i++) {
        int32_t item = items[i], at = i;
        for (; at > 0 && items[at - 1] > item; at--) items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Numbers in any order and number made a set, in place. */
static Set set_of(int32_t *items, int32_t count) {
    if (count > FEW_NUMBERS) qsort(items, (size_t)count, sizeof *items, ascending);
    else insert_each(items, count);
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++)
        if (kept == 0 || items[kept - 1] != items[i]) items[kept++] = items[i];
    return (Set){items, kept};
}

/* How many numbers two sets have in common; fewer once more than `most_apart` are in one alone. */
static int32_t in_common(Set one, Set other, int32_t most_apart) {
    int32_t found = 0;
    for (int32_t i = 0, j = 0; i < one.count && j < other.count && most_apart >= 0;) {
        int32_t left = one.items[i], right = other.items[j];
        found += left == right;
        most_apart -= left != right;
        i += left <= right;
        j += right <= left;
    }
    return found;
}

/* Those of a text's words that say what it is about. */
static Set telling_at(Words *words, int32_t position) {
    Line *line = line_at(words, position);
    if (line->is_told) return line->telling;
    Row said = line->said;
    int32_t *items = TAKE(words->arena, said.count, int32_t), count = 0;
    for (int32_t i = 0; i < said.count; i++)
        if (words->known.known.items[said.items[i]].tells) items[count++] = said.items[i];
    line->telling = set_of(items, count);
    line->is_told = 1;
    return line->telling;
}

/* What tells one failing from another: all words where none is telling. */
static Set failing_words(Words *words, int32_t position) {
    Set telling = telling_at(words, position);
    if (telling.count) return telling;
    Row said = said_at(words, position);
    int32_t *items = TAKE(words->arena, said.count, int32_t);
    if (said.count) memcpy(items, said.items, (size_t)said.count * sizeof *items);
    return set_of(items, said.count);
}

/* The share of a call's telling words that its answer takes up, 0 to 1. */
static double share_taken_up(Set call, Set answer) {
    return call.count ? (double)in_common(call, answer, INT32_MAX) / (double)call.count : 0.0;
}

/* Whether the letters of one word come before another's. */
static int letters_order(const Words *words, int32_t one, int32_t other) {
    const Word *a = words->known.known.items + one, *b = words->known.known.items + other;
    int order = memcmp(a->letters, b->letters, (size_t)(a->size < b->size ? a->size : b->size));
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

#endif
