/* The act detector's kernel: a message in, calibrated probabilities or the words of an act out.
 *
 * It repeats, step by step and in the same order of floating point operations, what tokens.py,
 * features.py, language.py, reference.py and spans.py state; a test holds it equal to them, bit
 * for bit. Whoever changes one changes both. docs/detector.md tells the idea.
 *
 * Everything is linear in the text's length. All buffers are sized from the number of code points
 * before they are filled, and live for one call. Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LETTER, DIGIT, SPACE, LINE, SKIP, SYMBOL, NOTHING = 255 };
enum { WORD, NUMBER, MARK, LINK, HANDLE, SIGNATURE, BREAK };
enum { MAX_FORM = 24, MAX_SENTENCE = 60, NEGATED = 3, STEM = 4, LONG_STEM = 6, ENDING = 3 };
enum { SIGN_LOOKBACK = 6, MAX_NAME = 12, BARE_LINE = 80, LINE_HEAD = 24 };
enum { MAX_ACTS = 24, WIDTH = 24 }; /* a fixed width lets the compiler unroll the sums */

static const double LOGIT_LIMIT = 30.0, TINY = 1e-9, NEAR = 1.5, COST = 0.12;
static const char *const CAPSULE = "relhealth.detection.kernel";

/* ---- Hashes -------------------------------------------------------------------------------- */

static const uint64_t FNV_START = 0xCBF29CE484222325u, FNV_PRIME = 0x100000001B3u;

static uint64_t fnv(uint64_t state, const char *bytes, int count) {
    for (int i = 0; i < count; i++) state = (state ^ (unsigned char)bytes[i]) * FNV_PRIME;
    return state;
}

static uint64_t fnv_text(uint64_t state, const char *text) {
    return fnv(state, text, (int)strlen(text));
}

static uint32_t folded(uint64_t state) { return (uint32_t)(state >> 32) ^ (uint32_t)state; }

/* ---- The model ----------------------------------------------------------------------------- */

typedef struct {
    uint64_t *slots; /* 0 is empty */
    uint64_t mask;
} Words;

typedef struct {
    uint32_t key;
    int32_t row; /* -1 is empty */
} Slot;

typedef struct {
    int acts;
    Slot *slots; /* open addressing */
    uint64_t mask;
    int16_t *weights; /* a row a key, WIDTH columns of which the first `acts` count */
    double *numbers;  /* scales, biases, slopes, offsets: `acts` each */
    Words foreign, english, negators;
} Model;

static void model_free(Model *model) {
    if (model == NULL) return;
    free(model->slots);
    free(model->weights);
    free(model->numbers);
    free(model->foreign.slots);
    free(model->english.slots);
    free(model->negators.slots);
    free(model);
}

static uint64_t table_size(uint64_t count) {
    uint64_t size = 16;
    while (size < 2 * count + 1) size *= 2;
    return size;
}

static int words_fill(Words *words, const char *bytes, Py_ssize_t length) {
    uint64_t count = (uint64_t)length / sizeof(uint64_t), size = table_size(count);
    words->slots = calloc(size, sizeof(uint64_t));
    if (words->slots == NULL) return -1;
    words->mask = size - 1;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, bytes + i * sizeof word, sizeof word);
        uint64_t at = word & words->mask;
        while (words->slots[at] != 0 && words->slots[at] != word) at = (at + 1) & words->mask;
        words->slots[at] = word;
    }
    return 0;
}

static int words_hold(const Words *words, uint64_t word) {
    for (uint64_t at = word & words->mask; words->slots[at] != 0; at = (at + 1) & words->mask)
        if (words->slots[at] == word) return 1;
    return 0;
}

static int model_index(Model *model, const char *keys, uint64_t count) {
    uint64_t size = table_size(count);
    model->mask = size - 1;
    model->slots = malloc(size * sizeof *model->slots);
    if (model->slots == NULL) return -1;
    memset(model->slots, 0xFF, size * sizeof *model->slots);
    for (uint64_t row = 0; row < count; row++) {
        uint32_t key;
        memcpy(&key, keys + row * sizeof key, sizeof key);
        uint64_t at = key & model->mask;
        while (model->slots[at].row >= 0) at = (at + 1) & model->mask;
        model->slots[at] = (Slot){key, (int32_t)row};
    }
    return 0;
}

static const int16_t *weights_of(const Model *model, uint32_t key) {
    for (uint64_t at = key & model->mask; model->slots[at].row >= 0; at = (at + 1) & model->mask)
        if (model->slots[at].key == key)
            return model->weights + (size_t)model->slots[at].row * WIDTH;
    return NULL;
}

/* Keys wait in a queue until it is full, so that the memory that they need is on its way while
 * others are added: the tables do not fit the processor's caches, and order does not matter to
 * whole numbers. */
enum { QUEUE = 128, AHEAD = 16 };

typedef struct {
    const Model *model;
    int64_t *sums;
    int count;
    uint32_t keys[QUEUE];
} Adder;

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("avx2", "default"))) /* whole numbers: the same sums on both */
#endif
static void adder_empty(Adder *adder) {
    const Model *model = adder->model;
    const int16_t *rows[QUEUE];
    int found = 0;
    for (int i = 0; i < adder->count; i++) {
        if (i + AHEAD < adder->count)
            __builtin_prefetch(model->slots + (adder->keys[i + AHEAD] & model->mask));
        const int16_t *row = weights_of(model, adder->keys[i]);
        if (row == NULL) continue;
        __builtin_prefetch(row);
        rows[found++] = row;
    }
    int32_t sums[MAX_ACTS] = {0}; /* QUEUE weights of 16 bits fit in */
    for (int i = 0; i < found; i++)
        for (int act = 0; act < WIDTH; act++) sums[act] += rows[i][act];
    for (int act = 0; act < model->acts; act++) adder->sums[act] += sums[act];
    adder->count = 0;
}

static void add_key(Adder *adder, uint32_t key) {
    if (adder->count == QUEUE) adder_empty(adder);
    adder->keys[adder->count++] = key;
}

/* ---- Code points --------------------------------------------------------------------------- */

typedef struct {
    uint32_t start;
    uint8_t kind;
} Run;

static const Run RUNS[] = {
    {0x00, SKIP},     {0x09, SPACE},    {0x0A, LINE},     {0x0B, SPACE},    {0x0D, LINE},
    {0x0E, SKIP},     {0x20, SPACE},    {0x21, SYMBOL},   {0x30, DIGIT},    {0x3A, SYMBOL},
    {0x41, LETTER},   {0x5B, SYMBOL},   {0x61, LETTER},   {0x7B, SYMBOL},   {0x7F, SKIP},
    {0x85, SPACE},    {0x86, SKIP},     {0xA0, SPACE},    {0xA1, SYMBOL},   {0xAA, LETTER},
    {0xAB, SYMBOL},   {0xAD, SKIP},     {0xAE, SYMBOL},   {0xB5, LETTER},   {0xB6, SYMBOL},
    {0xBA, LETTER},   {0xBB, SYMBOL},   {0xC0, LETTER},   {0xD7, SYMBOL},   {0xD8, LETTER},
    {0xF7, SYMBOL},   {0xF8, LETTER},   {0x300, SKIP},    {0x370, LETTER},  {0x2000, SPACE},
    {0x200B, SKIP},   {0x2010, SYMBOL}, {0x2028, LINE},   {0x202A, SKIP},   {0x202F, SPACE},
    {0x2030, SYMBOL}, {0x205F, SPACE},  {0x2060, SKIP},   {0x2070, SYMBOL}, {0x20D0, SKIP},
    {0x2100, SYMBOL}, {0x2C00, LETTER}, {0x2E00, SYMBOL}, {0x3000, SPACE},  {0x3001, SYMBOL},
    {0x3040, LETTER}, {0xD800, SKIP},   {0xE000, SYMBOL}, {0xF900, LETTER}, {0xFE00, SKIP},
    {0xFE10, SYMBOL}, {0xFE70, LETTER}, {0xFEFF, SKIP},   {0xFF00, SYMBOL}, {0xFF66, LETTER},
    {0xFFE0, SYMBOL}, {0x10000, LETTER}, {0x1F000, SYMBOL}, {0x1F3FB, SKIP}, {0x1F400, SYMBOL},
    {0x20000, LETTER}, {0xE0000, SKIP}, {0xF0000, SYMBOL},
};

static uint8_t LOW_CLASSES[0x300];

static uint8_t class_in_runs(uint32_t code) {
    size_t low = 0, high = sizeof RUNS / sizeof *RUNS;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (RUNS[middle].start <= code) low = middle; else high = middle;
    }
    return RUNS[low].kind;
}

static uint8_t class_of(uint32_t code) {
    return code < 0x300 ? LOW_CLASSES[code] : class_in_runs(code);
}

static uint32_t fold(uint32_t code) {
    if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
    if (code >= 0xC0 && code <= 0xDE && code != 0xD7) return code + 32;
    if (code >= 0xFF01 && code <= 0xFF5E) return fold(code - 0xFEE0);
    if (code == 0x2018 || code == 0x2019 || code == 0x2BC) return 0x27;
    if (code == 0x201C || code == 0x201D) return 0x22;
    return code;
}

static int put_utf8(uint32_t code, char *out) {
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

/* ---- One call's work ----------------------------------------------------------------------- */

typedef struct {
    char form[4 * MAX_FORM]; /* UTF-8 */
    uint8_t size;            /* bytes of the form */
    uint8_t points;          /* code points of the form */
    uint8_t kind;
    uint8_t stem, long_stem, ending; /* bytes before code point 4, 6, and the third from the end */
    uint8_t accented, others;        /* any letter from 0xDF to 0x24F; how many from 0x250 on */
    uint32_t begin, end;
} Token;

typedef struct {
    uint32_t begin, end; /* tokens */
} Sentence;

typedef struct {
    uint32_t *text;    /* code points */
    Py_ssize_t length; /* how many */
    uint32_t *codes;   /* visible ones, folded */
    uint8_t *classes;
    uint32_t *places;
    Py_ssize_t visible;
    Token *tokens;
    Py_ssize_t token_count;
    Py_ssize_t start; /* first token that is no handle */
    Sentence *sentences;
    Py_ssize_t sentence_count;
    uint32_t *context; /* table of keys seen; 0 is empty */
    void *block;
} Work;

static void work_free(Work *work) {
    free(work->block);
    free(work->tokens);
    free(work->sentences);
    free(work->context);
}

static int work_open(Work *work, const char *utf8, Py_ssize_t size) {
    memset(work, 0, sizeof *work);
    size_t room = (size_t)size + 1;
    work->block = malloc(room * (3 * sizeof(uint32_t) + 1));
    if (work->block == NULL) return -1;
    work->text = work->block;
    work->codes = work->text + room;
    work->places = work->codes + room;
    work->classes = (uint8_t *)(work->places + room);
    const unsigned char *at = (const unsigned char *)utf8, *end = at + size;
    while (at < end) { /* CPython vouches for the UTF-8 */
        uint32_t code = *at++;
        int more = code < 0x80 ? 0 : code < 0xE0 ? 1 : code < 0xF0 ? 2 : 3;
        if (more) code &= 0x3Fu >> more;
        while (more-- > 0 && at < end) code = code << 6 | (*at++ & 0x3Fu);
        work->text[work->length++] = code;
    }
    return 0;
}

static int kind_at(const Work *work, Py_ssize_t i) {
    return i >= 0 && i < work->visible ? work->classes[i] : NOTHING;
}

static uint32_t code_at(const Work *work, Py_ssize_t i) {
    return i < work->visible ? work->codes[i] : UINT32_MAX;
}

static int one_of(uint32_t code, const char *set) {
    return code != 0 && code < 0x80 && strchr(set, (int)code) != NULL;
}

/* ---- The message's own lines --------------------------------------------------------------- */

static void keep(Work *work, Py_ssize_t begin, Py_ssize_t end) {
    for (Py_ssize_t place = begin; place < end; place++) {
        uint32_t code = fold(work->text[place]);
        uint8_t kind = class_of(code);
        if (kind == SKIP) continue;
        work->codes[work->visible] = code;
        work->classes[work->visible] = kind;
        work->places[work->visible++] = (uint32_t)place;
    }
}

static int is_blank(uint32_t code) { return code == ' ' || code == '\t' || code == '\r'; }

static int begins(const uint32_t *codes, Py_ssize_t count, const char *prefix) {
    for (Py_ssize_t i = 0; prefix[i] != '\0'; i++) {
        if (i >= count || i >= LINE_HEAD) return 0;
        uint32_t code = codes[i] >= 'A' && codes[i] <= 'Z' ? codes[i] + 32 : codes[i];
        if (code != (unsigned char)prefix[i]) return 0;
    }
    return 1;
}

static int ends_wrote(const uint32_t *line, Py_ssize_t length) {
    static const char wrote[] = "wrote:";
    while (length > 0 && is_blank(line[length - 1])) length--;
    if (length < 6) return 0;
    for (int i = 0; i < 6; i++)
        if (line[length - 6 + i] != (unsigned char)wrote[i]) return 0;
    return 1;
}

static int cuts(const uint32_t *bare, Py_ssize_t count, const uint32_t *line, Py_ssize_t length) {
    if ((count == 2 || count == 3) && bare[0] == '-' && bare[1] == '-' && bare[count - 1] == '-')
        return 1;
    return begins(bare, count, "-----original message") || begins(bare, count, "__________") ||
           begins(bare, count, "sent from my ") ||
           (begins(bare, count, "on ") && ends_wrote(line, length));
}

static void keep_own_lines(Work *work) {
    Py_ssize_t begin = 0, length = work->length, kept = 0;
    int lines = 0;
    for (Py_ssize_t i = 0; i < length && !lines; i++) lines = work->text[i] == '\n';
    if (!lines) {
        keep(work, 0, length);
        return;
    }
    while (begin <= length) {
        Py_ssize_t stop = begin;
        while (stop < length && work->text[stop] != '\n') stop++;
        const uint32_t *line = work->text + begin, *bare = line;
        Py_ssize_t end = stop + 1 < length ? stop + 1 : length;
        Py_ssize_t count = stop - begin < BARE_LINE ? stop - begin : BARE_LINE;
        while (count > 0 && is_blank(*bare)) bare++, count--;
        while (count > 0 && is_blank(bare[count - 1])) count--;
        if (cuts(bare, count, line, stop - begin)) {
            if (kept) return;
        } else if (count > 0 && *bare != '>') {
            keep(work, begin, end);
            kept++;
        }
        if (stop >= length) return;
        begin = stop + 1;
    }
}

/* ---- Tokens -------------------------------------------------------------------------------- */

static void set_form(Token *token, const char *form, int kind) {
    size_t size = strlen(form);
    memcpy(token->form, form, size);
    token->size = (uint8_t)size;
    token->kind = (uint8_t)kind;
}

static int is_link(const Work *work, Py_ssize_t i) {
    static const char *const heads[] = {"http://", "https://", "www."};
    for (int h = 0; h < 3; h++) {
        Py_ssize_t k = 0;
        while (heads[h][k] != '\0' && code_at(work, i + k) == (unsigned char)heads[h][k]) k++;
        if (heads[h][k] == '\0') return 1;
    }
    return 0;
}

static Py_ssize_t take_word(const Work *work, Py_ssize_t i, Token *token) {
    uint32_t form[MAX_FORM];
    int count = 0, size = 0;
    Py_ssize_t j = i;
    if ((work->codes[i] == 'h' || work->codes[i] == 'w') && is_link(work, i)) {
        while (kind_at(work, j) != NOTHING && kind_at(work, j) != SPACE && kind_at(work, j) != LINE)
            j++;
        set_form(token, "<url>", LINK);
        return j;
    }
    while (kind_at(work, j) == LETTER ||
           (code_at(work, j) == '\'' && kind_at(work, j + 1) == LETTER)) {
        uint32_t code = work->codes[j++];
        int thrice = count > 1 && form[count - 1] == code && form[count - 2] == code;
        if (count < MAX_FORM && !thrice) form[count++] = code;
    }
    for (int k = 0; k < count; k++) {
        if (k == STEM) token->stem = (uint8_t)size;
        if (k == LONG_STEM) token->long_stem = (uint8_t)size;
        if (k == count - ENDING) token->ending = (uint8_t)size;
        if (form[k] >= 0x250) token->others++;
        else if (form[k] >= 0xDF) token->accented = 1;
        size += put_utf8(form[k], token->form + size);
    }
    if (count == LONG_STEM) token->long_stem = (uint8_t)size;
    token->size = (uint8_t)size;
    token->points = (uint8_t)count;
    token->kind = WORD;
    return j;
}

static Py_ssize_t take_number(const Work *work, Py_ssize_t i, Token *token) {
    Py_ssize_t j = i;
    while (kind_at(work, j) == DIGIT ||
           (one_of(code_at(work, j), ".,:/") && kind_at(work, j + 1) == DIGIT))
        j++;
    char form[] = "#0";
    form[1] = (char)('0' + (j - i < 4 ? j - i : 4));
    set_form(token, form, NUMBER);
    return j;
}

static Py_ssize_t take_handle(const Work *work, Py_ssize_t i, Token *token) {
    int before = kind_at(work, i - 1);
    int mail = (before == LETTER || before == DIGIT) && work->places[i - 1] + 1 == work->places[i];
    Py_ssize_t j = i + 1;
    for (;; j++) {
        int kind = kind_at(work, j), next = kind_at(work, j + 1);
        if (kind == LETTER || kind == DIGIT || code_at(work, j) == '_') continue;
        if (mail && one_of(code_at(work, j), "._-") && (next == LETTER || next == DIGIT)) continue;
        break;
    }
    set_form(token, mail ? "<mail>" : "<at>", mail ? LINK : HANDLE);
    return j;
}

static Py_ssize_t take_shout(const Work *work, Py_ssize_t i, Token *token) {
    Py_ssize_t j = i;
    int asked = 0;
    while (code_at(work, j) == '!' || code_at(work, j) == '?') asked |= work->codes[j++] == '?';
    set_form(token, asked ? (j - i > 1 ? "?+" : "?") : (j - i > 1 ? "!+" : "!"), MARK);
    return j;
}

static Py_ssize_t smiley_end(const Work *work, Py_ssize_t i) {
    Py_ssize_t j = one_of(code_at(work, i + 1), "-'") ? i + 2 : i + 1;
    if (!one_of(code_at(work, j), ")(dp/|]") || kind_at(work, j + 1) == LETTER ||
        code_at(work, j + 1) == '/')
        return 0;
    return j + 1;
}

static Py_ssize_t take_mark(const Work *work, Py_ssize_t i, Token *token) {
    uint32_t code = work->codes[i];
    int next = kind_at(work, i + 1);
    if (code == '@' && (next == LETTER || next == DIGIT || code_at(work, i + 1) == '_'))
        return take_handle(work, i, token);
    if (code == '!' || code == '?') return take_shout(work, i, token);
    token->kind = MARK;
    Py_ssize_t end = one_of(code, ":;=") ? smiley_end(work, i) : 0;
    if (end) {
        token->form[0] = (char)code;
        token->form[1] = (char)work->codes[end - 1];
        token->size = 2;
        return end;
    }
    Py_ssize_t j = i;
    while (code_at(work, j) == code) j++;
    if (code == '.' && j - i > 1) code = 0x2026;
    token->size = (uint8_t)put_utf8(code, token->form);
    return j;
}

static int has_form(const Token *token, const char *form) {
    size_t size = strlen(form);
    return token->size == size && memcmp(token->form, form, size) == 0;
}

static int is_dash(const Token *mark) {
    return has_form(mark, "-") || has_form(mark, "\xE2\x80\x93") || has_form(mark, "\xE2\x80\x94");
}

static int is_signature(const Work *work, Py_ssize_t last) {
    const Token *mark = work->tokens + last - 1, *name = mark + 1;
    int caret = has_form(mark, "^"), dash = is_dash(mark);
    if (name->kind != WORD || name->end - name->begin > MAX_NAME) return 0;
    if (!(caret || dash || has_form(mark, "/") || has_form(mark, "*") || has_form(mark, "~")))
        return 0;
    if (last > 1 && mark[-1].end == mark->begin) return 0;
    uint32_t initial = work->text[name->begin];
    int upper = (initial >= 'A' && initial <= 'Z') || (initial >= 0xC0 && initial <= 0xDE);
    return (upper || caret) && name->begin - mark->end <= (dash ? 1u : 0u);
}

static void sign(Work *work) {
    Py_ssize_t last = work->token_count - 1;
    Py_ssize_t floor = last > SIGN_LOOKBACK ? last - SIGN_LOOKBACK : 0;
    while (last > floor) {
        const Token *token = work->tokens + last;
        if (token->kind != BREAK && token->kind != LINK && token->kind != NUMBER &&
            !has_form(token, "/") && !has_form(token, "(") && !has_form(token, ")"))
            break;
        last--;
    }
    if (last < 1 || !is_signature(work, last)) return;
    Token *mark = work->tokens + last - 1;
    mark->end = mark[1].end;
    set_form(mark, "<sig>", SIGNATURE);
    memmove(mark + 1, mark + 2, (size_t)(work->token_count - last - 1) * sizeof *mark);
    work->token_count--;
}

static int tokenise(Work *work) {
    Py_ssize_t room = 64;
    work->tokens = malloc((size_t)room * sizeof *work->tokens);
    if (work->tokens == NULL) return -1;
    for (Py_ssize_t i = 0; i < work->visible;) {
        int kind = work->classes[i];
        if (kind == SPACE) {
            i++;
            continue;
        }
        if (work->token_count == room) {
            Token *larger = realloc(work->tokens, (size_t)(room *= 2) * sizeof *larger);
            if (larger == NULL) return -1;
            work->tokens = larger;
        }
        Token *token = work->tokens + work->token_count++;
        memset(token, 0, sizeof *token);
        Py_ssize_t j = i + 1;
        if (kind == LINE) set_form(token, "\n", BREAK);
        else if (kind == LETTER) j = take_word(work, i, token);
        else if (kind == DIGIT) j = take_number(work, i, token);
        else j = take_mark(work, i, token);
        token->begin = work->places[i];
        token->end = work->places[j - 1] + 1;
        i = j;
    }
    sign(work);
    return 0;
}

/* ---- Sentences ----------------------------------------------------------------------------- */

static int is_end_mark(const Token *token) {
    return token->kind == MARK &&
           (has_form(token, ".") || has_form(token, "!") || has_form(token, "?") ||
            has_form(token, "!+") || has_form(token, "?+") || has_form(token, "\xE2\x80\xA6"));
}

static int ends_sentence(const Token *token, const Token *following) {
    if (token->kind == BREAK) return 1;
    if (!is_end_mark(token)) return 0;
    return following == NULL || following->kind != WORD || following->begin > token->end;
}

/* Line breaks end sentences and belong to none: the tokens are moved together over them. */
static int split(Work *work) {
    Token *tokens = work->tokens;
    Py_ssize_t count = work->token_count, out, begin, i = 0;
    while (i < count && tokens[i].kind == HANDLE) i++;
    work->start = out = begin = i;
    work->sentences = malloc((size_t)(count - i + 1) * sizeof *work->sentences);
    if (work->sentences == NULL) return -1;
    int has_word = 0;
    for (; i < count; i++) {
        Token token = tokens[i];
        const Token *following = i + 1 < count ? tokens + i + 1 : NULL;
        int ends = ends_sentence(&token, following);
        if (token.kind != BREAK) {
            tokens[out++] = token;
            has_word |= token.kind == WORD;
        }
        if ((has_word && ends) || out - begin >= MAX_SENTENCE) {
            work->sentences[work->sentence_count++] = (Sentence){(uint32_t)begin, (uint32_t)out};
            begin = out;
            has_word = 0;
        }
    }
    work->token_count = out;
    if (out == begin) return 0;
    if (has_word || work->sentence_count == 0)
        work->sentences[work->sentence_count++] = (Sentence){(uint32_t)begin, (uint32_t)out};
    else
        work->sentences[work->sentence_count - 1].end = (uint32_t)out;
    return 0;
}

/* ---- Features ------------------------------------------------------------------------------ */

static uint64_t STATE_1, STATE_2, STATE_N, STATE_P, STATE_F, STATE_LOW_G, STATE_G, STATE_BEFORE,
    STATE_AFTER, STATE_ASKS;
static const char OPEN[] = "<s>", CLOSE[] = "</s>";

static uint64_t state_of(const char *kind) { return fnv_text(FNV_START, kind); }

static uint32_t key_form(uint64_t state, const Token *token) {
    return folded(fnv(state, token->form, token->size));
}

static uint32_t key_pair(uint64_t state, const Token *first, const Token *second) {
    state = first ? fnv(state, first->form, first->size) : fnv_text(state, OPEN);
    state = fnv(state, "\x1f", 1);
    return folded(second ? fnv(state, second->form, second->size) : fnv_text(state, CLOSE));
}

static uint32_t key_number(const char *kind, const char *name, Py_ssize_t number) {
    char text[] = "\x1f" "0";
    text[1] = (char)('0' + number);
    uint64_t state = fnv_text(fnv(state_of(kind), "\x1f", 1), name);
    return folded(fnv_text(state, text));
}

static uint32_t key_name(const char *kind, const char *name) {
    return folded(fnv_text(fnv(state_of(kind), "\x1f", 1), name));
}

typedef void (*Visit)(void *to, uint32_t key, uint32_t begin, uint32_t end);

static int is_negator(const Model *model, const Token *token) {
    if (token->size >= 3 && memcmp(token->form + token->size - 3, "n't", 3) == 0) return 1;
    return words_hold(&model->negators, fnv(FNV_START, token->form, token->size));
}

static int ends_clause(const Token *token) {
    return has_form(token, ",") || has_form(token, "but") || has_form(token, ".") ||
           has_form(token, ";");
}

static inline void visit_words(const Token *tokens, uint32_t count, Visit visit, void *to) {
    for (uint32_t i = 0; i < count; i++) {
        visit(to, key_form(STATE_1, tokens + i), i, i + 1);
        visit(to, key_pair(STATE_2, i ? tokens + i - 1 : NULL, tokens + i), i ? i - 1 : 0, i + 1);
    }
    visit(to, key_pair(STATE_2, tokens + count - 1, NULL), count - 1, count);
}

static inline void visit_negated(
    const Model *model, const Token *tokens, uint32_t count, Visit visit, void *to) {
    int left = 0;
    uint32_t negator = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (is_negator(model, tokens + i)) {
            left = NEGATED;
            negator = i;
            continue;
        }
        if (left && tokens[i].kind == WORD)
            visit(to, key_form(STATE_N, tokens + i), negator, i + 1);
        left = ends_clause(tokens + i) ? 0 : left > 0 ? left - 1 : 0;
    }
}

static inline void visit_parts(const Token *tokens, uint32_t count, Visit visit, void *to) {
    for (uint32_t i = 0; i < count; i++) {
        const Token *token = tokens + i;
        if (token->kind != WORD || token->points <= STEM) continue;
        visit(to, folded(fnv(STATE_P, token->form, token->stem)), i, i + 1);
        if (token->points >= LONG_STEM) {
            int tail = token->size - token->ending;
            visit(to, folded(fnv(STATE_F, token->form + token->ending, tail)), i, i + 1);
        }
        if (token->points > LONG_STEM)
            visit(to, folded(fnv(STATE_P, token->form, token->long_stem)), i, i + 1);
    }
}

static inline void visit_features(
    const Model *model, const Token *tokens, uint32_t count, Visit visit, void *to) {
    visit_words(tokens, count, visit, to);
    visit_negated(model, tokens, count, visit, to);
    visit_parts(tokens, count, visit, to);
}

/* ---- Context ------------------------------------------------------------------------------- */

typedef struct {
    Adder adder;
    uint32_t *seen; /* 0 is empty */
    uint64_t mask;
    int has_zero;
} Context;

static void add_once(Context *context, uint32_t key) {
    if (key == 0) {
        if (!context->has_zero) add_key(&context->adder, key);
        context->has_zero = 1;
        return;
    }
    uint64_t at = key & context->mask;
    while (context->seen[at] != 0 && context->seen[at] != key) at = (at + 1) & context->mask;
    if (context->seen[at] == key) return;
    context->seen[at] = key;
    add_key(&context->adder, key);
}

static int is_loud(const Work *work, const Token *token) {
    if (token->end - token->begin <= 2) return 0;
    uint32_t end = token->end < token->begin + 24 ? token->end : token->begin + 24;
    for (uint32_t place = token->begin; place < end; place++)
        if (work->text[place] < 'A' || work->text[place] > 'Z') return 0;
    return 1;
}

static int sum_message_context(Work *work, const Model *model, int64_t *sums) {
    Py_ssize_t count = work->token_count - work->start, words = 0, loud = 0;
    uint64_t size = table_size(2 * (uint64_t)count + 8);
    work->context = calloc(size, sizeof *work->context);
    if (work->context == NULL) return -1;
    Context context = {.seen = work->context, .mask = size - 1};
    context.adder.model = model;
    context.adder.sums = sums;
    for (Py_ssize_t i = work->start; i < work->token_count; i++) {
        words += work->tokens[i].kind == WORD;
        loud += work->tokens[i].kind == WORD && is_loud(work, work->tokens + i);
    }
    add_once(&context, key_number("M", "words", words / 5 < 8 ? words / 5 : 8));
    Py_ssize_t sentences = work->sentence_count;
    add_once(&context, key_number("M", "sentences", sentences < 6 ? sentences : 6));
    add_once(&context, key_number("M", "loud", loud < 3 ? loud : 3));
    if (work->start) add_once(&context, key_name("M", "handle"));
    for (Py_ssize_t i = work->start; i < work->token_count; i++) {
        const Token *token = work->tokens + i;
        add_once(&context, key_form(STATE_LOW_G, token));
        add_once(&context, key_pair(STATE_G, i > work->start ? token - 1 : NULL, token));
    }
    adder_empty(&context.adder);
    return 0;
}

static int asks(const Token *last) { return has_form(last, "?") || has_form(last, "?+"); }

static void add_place_context(const Work *work, Py_ssize_t position, Adder *adder) {
    const Sentence *own = work->sentences + position;
    Py_ssize_t count = work->sentence_count, length = own->end - own->begin;
    int last = position + 1 == count;
    const char *place = count == 1 ? "only" : position == 0 ? "first" : last ? "last" : "middle";
    uint64_t state = fnv_text(state_of("P"), "\x1fplace\x1f");
    add_key(adder, folded(fnv_text(state, place)));
    add_key(adder, key_number("P", "length", length / 4 < 6 ? length / 4 : 6));
    const Token *before = position ? work->tokens + own[-1].begin : NULL;
    state = before ? fnv(STATE_BEFORE, before->form, before->size) : fnv_text(STATE_BEFORE, OPEN);
    add_key(adder, folded(state));
    const Token *after = last ? NULL : work->tokens + own[1].begin;
    state = after ? fnv(STATE_AFTER, after->form, after->size) : fnv_text(STATE_AFTER, CLOSE);
    add_key(adder, folded(state));
    if (asks(work->tokens + own->end - 1))
        add_key(adder, key_form(STATE_ASKS, work->tokens + own->begin));
    if (position && asks(work->tokens + own->begin - 1))
        add_key(adder, key_name("P", "answers"));
}

/* ---- Language ------------------------------------------------------------------------------ */

static int is_foreign(const Work *work, const Model *model) {
    int64_t words = 0, letters = 0, others = 0, foreign = 0, english = 0;
    for (Py_ssize_t i = work->start; i < work->token_count; i++) {
        const Token *token = work->tokens + i;
        if (token->kind != WORD) continue;
        uint64_t word = fnv(FNV_START, token->form, token->size);
        words++;
        letters += token->points;
        others += token->others;
        foreign += words_hold(&model->foreign, word) ? 2 : token->accented;
        english += words_hold(&model->english, word) ? 2 : 0;
    }
    if (2 * others > letters) return 1;
    return foreign >= (words <= 4 && english == 0 ? 2 : 3) && foreign > english;
}

/* ---- Scores -------------------------------------------------------------------------------- */

static void add_feature(void *adder, uint32_t key, uint32_t begin, uint32_t end) {
    (void)begin;
    (void)end;
    add_key(adder, key);
}

static double damping(uint32_t tokens) { return 1.0 / sqrt(sqrt((double)tokens + 2.0)); }

static void sentence_logits(const Work *work, const Model *model, Py_ssize_t position,
    const int64_t *message_context, double *logits) {
    int64_t own[MAX_ACTS] = {0}, context[MAX_ACTS];
    const Sentence *sentence = work->sentences + position;
    uint32_t count = sentence->end - sentence->begin;
    Adder adder;
    adder.model = model;
    adder.sums = own;
    adder.count = 0;
    visit_features(model, work->tokens + sentence->begin, count, add_feature, &adder);
    adder_empty(&adder);
    memcpy(context, message_context, sizeof context);
    adder.sums = context;
    add_place_context(work, position, &adder);
    adder_empty(&adder);
    const double *scales = model->numbers, *biases = scales + model->acts;
    double damped = damping(count);
    for (int act = 0; act < model->acts; act++) {
        double sum = (double)own[act] * damped + (double)context[act];
        logits[act] = biases[act] + scales[act] * sum;
    }
}

static double sigmoid(double logit) {
    if (logit >= 0) return 1.0 / (1.0 + exp(-logit));
    return exp(logit) / (1.0 + exp(logit));
}

static double calibrated(const Model *model, int act, double silence) {
    const double *slopes = model->numbers + 2 * model->acts, *offsets = slopes + model->acts;
    if (silence < TINY) silence = TINY;
    double pooled = silence + log(-expm1(-silence));
    return sigmoid(slopes[act] * pooled + offsets[act]);
}

static void silences(
    const Work *work, const Model *model, const int64_t *context, double *silence) {
    double logits[MAX_ACTS];
    for (Py_ssize_t position = 0; position < work->sentence_count; position++) {
        sentence_logits(work, model, position, context, logits);
        for (int act = 0; act < model->acts; act++) {
            double logit = logits[act] < LOGIT_LIMIT ? logits[act] : LOGIT_LIMIT;
            silence[act] += log1p(exp(logit));
        }
    }
}

/* ---- Spans --------------------------------------------------------------------------------- */

typedef struct {
    const Model *model;
    int act;
    double unit;
    double *shares;
} Sharing;

static void share_feature(void *to, uint32_t key, uint32_t begin, uint32_t end) {
    Sharing *sharing = to;
    const int16_t *row = weights_of(sharing->model, key);
    if (row == NULL) return;
    double logit = sharing->unit * (double)row[sharing->act];
    for (uint32_t place = begin; place < end; place++)
        sharing->shares[place] += logit / (double)(end - begin);
}

static int is_edge(const Token *token) { return token->kind == MARK || token->kind == SIGNATURE; }

/* The run of tokens with the greatest sum after each has paid its cost; 0 where there is none. */
static int underline(const Token *tokens, uint32_t count, const double *added, uint32_t *from,
    uint32_t *until) {
    double most = added[0], best = 0.0, total = 0.0;
    uint32_t begin = 0, end = 0, start = 0;
    for (uint32_t i = 1; i < count; i++)
        if (added[i] > most) most = added[i];
    double cost = COST * most;
    if (cost <= 0) return 0;
    for (uint32_t i = 0; i < count; i++) {
        if (total <= 0) {
            total = 0.0;
            start = i;
        }
        total += added[i] - cost;
        if (total > best) {
            best = total;
            begin = start;
            end = i + 1;
        }
    }
    uint32_t first = begin, last = end;
    while (first < last && is_edge(tokens + first)) first++;
    while (first < last && is_edge(tokens + last - 1)) last--;
    if (first == last) {
        first = begin;
        last = end;
    }
    *from = first;
    *until = last;
    return first < last;
}

static int append_span(PyObject *list, uint32_t begin, uint32_t end) {
    PyObject *span = Py_BuildValue("(II)", begin, end);
    int failed = span == NULL || PyList_Append(list, span) < 0;
    Py_XDECREF(span);
    return failed ? -1 : 0;
}

static int collect_spans(
    const Work *work, const Model *model, int act, const double *logits, PyObject *list) {
    double best = logits[0], shares[2 * MAX_SENTENCE];
    for (Py_ssize_t p = 1; p < work->sentence_count; p++)
        if (logits[p] > best) best = logits[p];
    for (Py_ssize_t p = 0; p < work->sentence_count; p++) {
        if (!(logits[p] >= best - NEAR)) continue;
        const Sentence *sentence = work->sentences + p;
        const Token *tokens = work->tokens + sentence->begin;
        uint32_t count = sentence->end - sentence->begin, from, until;
        memset(shares, 0, sizeof shares);
        Sharing to = {model, act, model->numbers[act] * damping(count), shares};
        visit_features(model, tokens, count, share_feature, &to);
        if (underline(tokens, count, shares, &from, &until) &&
            append_span(list, tokens[from].begin, tokens[until - 1].end) < 0)
            return -1;
    }
    return 0;
}

/* ---- Python -------------------------------------------------------------------------------- */

static void capsule_free(PyObject *capsule) { model_free(PyCapsule_GetPointer(capsule, CAPSULE)); }

static void *copy(const char *bytes, Py_ssize_t size) {
    void *to = malloc(size > 0 ? (size_t)size : 1);
    if (to != NULL) memcpy(to, bytes, (size_t)size);
    return to;
}

static int16_t *widen(const char *weights, Py_ssize_t rows, int acts) {
    int16_t *wide = calloc((size_t)rows + 1, WIDTH * sizeof *wide);
    size_t size = (size_t)acts * sizeof *wide;
    for (Py_ssize_t row = 0; wide != NULL && row < rows; row++)
        memcpy(wide + row * WIDTH, weights + (size_t)row * size, size);
    return wide;
}

PyDoc_STRVAR(model_doc,
    "model(keys, weights, numbers, foreign, english, negators) -> model\n\n"
    "A side's model from little-endian bytes: uint32 keys; int16 weights, a row a key; float64\n"
    "scales, biases, slopes and offsets, one an act each; uint64 FNV-1a hashes of word lists.");

static PyObject *kernel_model(PyObject *self, PyObject *args) {
    (void)self;
    const char *keys, *weights, *numbers, *foreign, *english, *negators;
    Py_ssize_t keys_size, weights_size, numbers_size, foreign_size, english_size, negators_size;
    if (!PyArg_ParseTuple(args, "y#y#y#y#y#y#", &keys, &keys_size, &weights, &weights_size,
            &numbers, &numbers_size, &foreign, &foreign_size, &english, &english_size, &negators,
            &negators_size))
        return NULL;
    Py_ssize_t rows = keys_size / 4, acts = numbers_size / (4 * 8);
    if (acts < 1 || acts > MAX_ACTS || keys_size % 4 || numbers_size % (4 * 8) ||
        weights_size != rows * acts * 2 || foreign_size % 8 || english_size % 8 ||
        negators_size % 8) {
        PyErr_SetString(PyExc_ValueError, "the sizes of the arrays do not fit together");
        return NULL;
    }
    Model *model = calloc(1, sizeof *model);
    if (model == NULL) return PyErr_NoMemory();
    model->acts = (int)acts;
    model->weights = widen(weights, rows, (int)acts);
    model->numbers = copy(numbers, numbers_size);
    if (model->weights == NULL || model->numbers == NULL ||
        model_index(model, keys, (uint64_t)rows) < 0 ||
        words_fill(&model->foreign, foreign, foreign_size) < 0 ||
        words_fill(&model->english, english, english_size) < 0 ||
        words_fill(&model->negators, negators, negators_size) < 0) {
        model_free(model);
        return PyErr_NoMemory();
    }
    PyObject *capsule = PyCapsule_New(model, CAPSULE, capsule_free);
    if (capsule == NULL) model_free(model);
    return capsule;
}

/* Opens a text up to its sentences; -1 with an exception set where that fails. */
static int open_text(Work *work, PyObject *text) {
    memset(work, 0, sizeof *work);
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == NULL) return -1;
    if (size >= INT32_MAX / 32) {
        PyErr_SetString(PyExc_OverflowError, "the text is too long");
        return -1;
    }
    if (work_open(work, utf8, size) == 0) {
        keep_own_lines(work);
        if (tokenise(work) == 0 && split(work) == 0) return 0;
    }
    work_free(work);
    PyErr_NoMemory();
    return -1;
}

PyDoc_STRVAR(read_doc,
    "read(model, text, recognise) -> tuple or None\n\n"
    "Calibrated probability of each act, 0 to 1; None for a text that is recognised as not English.");

static PyObject *kernel_read(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule, *text;
    int recognise;
    if (!PyArg_ParseTuple(args, "OUp", &capsule, &text, &recognise)) return NULL;
    const Model *model = PyCapsule_GetPointer(capsule, CAPSULE);
    Work work;
    if (model == NULL || open_text(&work, text) < 0) return NULL;
    int64_t context[MAX_ACTS] = {0};
    double silence[MAX_ACTS] = {0};
    if (recognise && is_foreign(&work, model)) {
        work_free(&work);
        Py_RETURN_NONE;
    }
    if (sum_message_context(&work, model, context) < 0) {
        work_free(&work);
        return PyErr_NoMemory();
    }
    silences(&work, model, context, silence);
    Py_ssize_t sentences = work.sentence_count;
    work_free(&work);
    PyObject *row = PyTuple_New(model->acts);
    if (row == NULL) return NULL;
    for (int act = 0; act < model->acts; act++) {
        double probability = sentences ? calibrated(model, act, silence[act]) : 0.0;
        PyObject *number = PyFloat_FromDouble(probability);
        if (number == NULL || PyTuple_SetItem(row, act, number) < 0) {
            Py_DECREF(row);
            return NULL;
        }
    }
    return row;
}

PyDoc_STRVAR(spans_doc,
    "spans(model, text, act) -> list of (begin, end)\n\n"
    "The words that carry an act, in code points, end exclusive.");

static PyObject *kernel_spans(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *capsule, *text;
    int act;
    if (!PyArg_ParseTuple(args, "OUi", &capsule, &text, &act)) return NULL;
    const Model *model = PyCapsule_GetPointer(capsule, CAPSULE);
    if (model == NULL) return NULL;
    if (act < 0 || act >= model->acts) {
        PyErr_SetString(PyExc_ValueError, "no such act");
        return NULL;
    }
    Work work;
    if (open_text(&work, text) < 0) return NULL;
    PyObject *list = PyList_New(0);
    int64_t context[MAX_ACTS] = {0};
    double all[MAX_ACTS];
    double *logits = malloc(((size_t)work.sentence_count + 1) * sizeof *logits);
    int failed = list == NULL || logits == NULL || sum_message_context(&work, model, context) < 0;
    if (failed && !PyErr_Occurred()) PyErr_NoMemory();
    for (Py_ssize_t p = 0; !failed && p < work.sentence_count; p++) {
        sentence_logits(&work, model, p, context, all);
        logits[p] = all[act];
    }
    if (!failed && work.sentence_count) failed = collect_spans(&work, model, act, logits, list) < 0;
    free(logits);
    work_free(&work);
    if (failed) Py_CLEAR(list);
    return list;
}

static PyMethodDef METHODS[] = {
    {"model", kernel_model, METH_VARARGS, model_doc},
    {"read", kernel_read, METH_VARARGS, read_doc},
    {"spans", kernel_spans, METH_VARARGS, spans_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_kernel", "The act detector's compiled kernel.", 0, METHODS,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void) {
    for (uint32_t code = 0; code < 0x300; code++) LOW_CLASSES[code] = class_in_runs(code);
    STATE_1 = state_of("1\x1f");
    STATE_2 = state_of("2\x1f");
    STATE_N = state_of("n\x1f");
    STATE_P = state_of("p\x1f");
    STATE_F = state_of("f\x1f");
    STATE_LOW_G = state_of("g\x1f");
    STATE_G = state_of("G\x1f");
    STATE_BEFORE = state_of("P\x1f" "before\x1f");
    STATE_AFTER = state_of("P\x1f" "after\x1f");
    STATE_ASKS = state_of("P\x1f" "asks\x1f");
    return PyModule_Create(&MODULE);
}
