/* Words: signals/wording.py, compiled. Words are numbers in the dictionary of one judgement. */
#ifndef RELHEALTH_WORDING_H
#define RELHEALTH_WORDING_H

#include "../table.h"
#include "../texts.h"

enum { SHORTEST_TELLING_WORD = 4, LONGEST_INITIALS = 6, LONGEST_AGENT = 3 };

typedef struct {
    const char *letters; /* UTF-8 */
    int32_t size, alike; /* the word that stands for all that differ from it in numbers alone */
    uint8_t tells;
} Word;

/* A set of numbers: ascending, each once. */
typedef struct {
    const int32_t *items;
    int32_t count;
} Set;

typedef struct {
    Places said; /* the words in order */
    Set telling;
    uint8_t is_split, is_told;
} Line;

/* The words of a history's texts, each text split when it is first asked for. */
typedef struct {
    Arena *arena;
    const Rules *rules;
    const History *history;
    LIST(Word) known;
    Table table;
    Line *lines;
    char *lower; /* room for a text in lower case */
    int32_t room;
} Words;

static Words words_of(Arena *arena, const Rules *rules, const History *history) {
    Words words = {.arena = arena, .rules = rules, .history = history};
    words.lines = TAKE_ZEROS(arena, history->count, Line);
    return words;
}

/* ---- the dictionary --------------------------------------------------------------------------- */

/* What a Python function says of a word. */
static PyObject *said_of(Words *words, PyObject *function, const char *letters, int32_t size) {
    PyObject *word = held(words->arena, PyUnicode_FromStringAndSize(letters, size));
    return held(words->arena, PyObject_CallFunctionObjArgs(function, word, NULL));
}

/* The letters of a Python string, which keeps them. */
static const char *letters_of(Arena *arena, PyObject *string, int32_t *size) {
    Py_ssize_t length;
    const char *letters = PyUnicode_AsUTF8AndSize(string, &length);
    if (letters == NULL) fail(arena);
    *size = (int32_t)length;
    return letters;
}

static int is_common(const Rules *rules, const char *letters, int32_t size) {
    size_t low = 0, high = rules->common_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = rules->common[middle];
        int order = strncmp(other, letters, (size_t)size);
        if (order == 0 && other[size] == '\0') return 1;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return 0;
}

/* wording.is_telling */
static int tells(Words *words, const char *letters, int32_t size) {
    int32_t points = 0, digits = 0;
    if (!is_all_plain(letters, size))
        return said_of(words, words->rules->python.is_telling, letters, size) == Py_True;
    for (int32_t i = 0; i < size; i++) {
        points += (letters[i] & 0xC0) != 0x80;
        digits += is_digit(letters[i]);
    }
    if (points >= SHORTEST_TELLING_WORD && !is_common(words->rules, letters, size)) return 1;
    return digits > 0;
}

/* The number of a word of letters in lower case, which the arena takes over if they are new. */
static int32_t word_of(Words *words, const char *letters, int32_t size) {
    uint32_t hash = hash_of(letters, (size_t)size), place = hash;
    for (int32_t id; (id = next_of(&words->table, hash, &place)) != FREE;) {
        const Word *word = words->known.items + id;
        if (word->size == size && !memcmp(word->letters, letters, (size_t)size)) return id;
    }
    char *own = TAKE(words->arena, size, char);
    memcpy(own, letters, (size_t)size);
    int told = tells(words, letters, size);
    *ADD(words->arena, &words->known) = (Word){own, size, NONE, (uint8_t)told};
    return new_number(words->arena, &words->table, hash);
}

/* wording.alike: the word with each of its numbers made 0. */
static int32_t alike_of(Words *words, int32_t id) {
    if (words->known.items[id].alike != NONE) return words->known.items[id].alike;
    const char *letters = words->known.items[id].letters;
    int32_t size = words->known.items[id].size, alike = id;
    if (!is_all_plain(letters, size)) {
        PyObject *found = said_of(words, words->rules->python.alike, letters, size);
        const char *other = letters_of(words->arena, found, &size);
        alike = word_of(words, other, size);
    } else {
        int32_t length = 0, numbers = 0;
        char *own = TAKE(words->arena, size, char);
        for (int32_t i = 0; i < size; i++) {
            int digit = is_digit(letters[i]);
            if (digit) numbers++;
            if (!digit) own[length++] = letters[i];
            else if (i == 0 || !is_digit(letters[i - 1])) own[length++] = '0';
        }
        if (numbers) alike = word_of(words, own, length);
    }
    words->known.items[id].alike = alike;
    return alike;
}

/* ---- splitting -------------------------------------------------------------------------------- */

/* Where a link, a handle or an agent's initials that begin at `at` end; `at` where none do. */
static int32_t end_of_noise(const char *text, int32_t at, int32_t size) {
    int32_t end = at + 1, left = size - at;
    if (text[at] == '@') {
        while (end < size && is_word_part(text[end])) end++;
        return end > at + 1 ? end : at;
    }
    if (text[at] == 'h' && left > 7 && !memcmp(text + at, "http", 4)) {
        end = at + 4 + (text[at + 4] == 's');
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

static int is_noisy(const char *text, int32_t size) {
    for (int32_t i = 0; i < size; i++)
        if (text[i] == '@' || (text[i] == ':' && size - i >= 3 && !memcmp(text + i, "://", 3)))
            return 1;
    for (int32_t i = size > LONGEST_INITIALS ? size - LONGEST_INITIALS : 0; i < size; i++)
        if (text[i] == '^' || text[i] == '*' || text[i] == '/' || text[i] == '-') return 1;
    return 0;
}

/* Lower case, with links, handles and initials made spaces; its length. */
static int32_t lowered(Words *words, const Text *text) {
    if (words->room < text->size) {
        words->room = text->size * 2;
        words->lower = TAKE(words->arena, words->room, char);
    }
    char *lower = words->lower;
    int32_t size = text->size, kept = 0;
    for (int32_t i = 0; i < size; i++) lower[i] = lower_of(text->bytes[i]);
    if (text->is_ascii && !is_noisy(text->bytes, size)) return size;
    for (int32_t at = 0; at < size;) {
        int32_t end = end_of_noise(lower, at, size);
        lower[kept++] = end > at ? ' ' : lower[at];
        at = end > at ? end : at + 1;
    }
    return kept;
}

/* How many bytes of apostrophe stand there between what are letters or digits; 0 for none. */
static int32_t inner_apostrophe(const char *lower, int32_t at, int32_t size) {
    static const char curly[] = "\xE2\x80\x99";
    int32_t taken = lower[at] == '\'' ? 1 : 3;
    if (taken == 3 && (size - at < 3 || memcmp(lower + at, curly, 3))) return 0;
    int stands = at > 0 && is_alphanumeric(lower[at - 1]) && at + taken < size &&
                 is_alphanumeric(lower[at + taken]);
    return stands ? taken : 0;
}

static void split_plain(Words *words, Places *said, const Text *text) {
    int32_t size = lowered(words, text), more;
    const char *lower = words->lower;
    for (int32_t at = 0, end; at < size; at = end) {
        end = at + 1;
        if (!is_alphanumeric(lower[at])) continue;
        while (end < size && (more = is_alphanumeric(lower[end])
                                         ? 1
                                         : inner_apostrophe(lower, end, size)) > 0)
            end += more;
        append(words->arena, said, word_of(words, lower + at, end - at));
    }
}

/* By wording.words, which knows all scripts. */
static void split_other(Words *words, Places *said, int32_t position) {
    PyObject *text = PyTuple_GetItem(words->history->texts, position);
    PyObject *split = words->rules->python.split_words;
    PyObject *found = held(words->arena, PyObject_CallFunctionObjArgs(split, text, NULL));
    for (Py_ssize_t i = 0; i < PyList_Size(found); i++) {
        int32_t size;
        const char *letters = letters_of(words->arena, PyList_GetItem(found, i), &size);
        append(words->arena, said, word_of(words, letters, size));
    }
}

/* The words of the text at a place, in order. */
static const Places *said_at(Words *words, int32_t position) {
    Line *line = words->lines + position;
    if (line->is_split) return &line->said;
    Text text = text_at(words->arena, words->history, position);
    worked(words->arena, (uint32_t)text.size);
    if (text.is_plain) split_plain(words, &line->said, &text);
    else split_other(words, &line->said, position);
    line->is_split = 1;
    return &line->said;
}

/* ---- sets ------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b) {
    int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return (one > other) - (one < other);
}

/* Numbers in any order and number made a set, in place. */
static Set set_of(int32_t *items, int32_t count) {
    if (count > 32) {
        qsort(items, (size_t)count, sizeof *items, ascending);
    } else {
        for (int32_t i = 1; i < count; i++) {
            int32_t item = items[i], at = i;
            for (; at > 0 && items[at - 1] > item; at--) items[at] = items[at - 1];
            items[at] = item;
        }
    }
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++)
        if (kept == 0 || items[kept - 1] != items[i]) items[kept++] = items[i];
    return (Set){items, kept};
}

static int32_t in_common(Set one, Set other) {
    int32_t found = 0;
    for (int32_t i = 0, j = 0; i < one.count && j < other.count;) {
        if (one.items[i] == other.items[j]) found++;
        int32_t left = one.items[i], right = other.items[j];
        i += left <= right;
        j += right <= left;
    }
    return found;
}

/* Those of a text's words that say what it is about. */
static Set telling_at(Words *words, int32_t position) {
    Line *line = words->lines + position;
    if (line->is_told) return line->telling;
    const Places *said = said_at(words, position);
    int32_t *items = TAKE(words->arena, said->count, int32_t), count = 0;
    for (int32_t i = 0; i < said->count; i++)
        if (words->known.items[said->items[i]].tells) items[count++] = said->items[i];
    line->telling = set_of(items, count);
    line->is_told = 1;
    return line->telling;
}

/* What tells one failing from another: all words where none is telling. */
static Set failing_words(Words *words, int32_t position) {
    Set telling = telling_at(words, position);
    if (telling.count) return telling;
    const Places *said = said_at(words, position);
    int32_t *items = TAKE(words->arena, said->count, int32_t);
    if (said->count) memcpy(items, said->items, (size_t)said->count * sizeof *items);
    return set_of(items, said->count);
}

/* The share of a call's telling words that its answer takes up, 0 to 1. */
static double share_taken_up(Set call, Set answer) {
    return call.count ? (double)in_common(call, answer) / (double)call.count : 0.0;
}

/* Whether the letters of one word come before another's. */
static int letters_order(const Words *words, int32_t one, int32_t other) {
    const Word *a = words->known.items + one, *b = words->known.items + other;
    int order = memcmp(a->letters, b->letters, (size_t)(a->size < b->size ? a->size : b->size));
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

#endif
