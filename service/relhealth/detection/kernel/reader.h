/* Reads a message: text to sentences, features, probabilities; what spans need is kept. */
#ifndef RELHEALTH_READER_H
#define RELHEALTH_READER_H

#include "scores.h"

/* Code points of a message, and parts of a call's messages: with one more message, counts still fit
 * 32 bits. */
enum { MAX_LENGTH = 1 << 26, MAX_PARTS = INT32_MAX };

/* Buffers that one call fills anew for each message, as large as its longest needs. */
typedef struct {
    size_t room; /* code points */
    uint32_t *code_points;
    Text text;
    Token *tokens;
    char *forms;
    void *block;
    uint32_t *context; /* rows of the message's features */
    uint64_t *seen;    /* a table of what was seen: rows, each below its message's number */
    uint64_t message;  /* its number, from one, above a row */
    size_t context_room, context_count, seen_mask;
    double context_sums[MAX_ACTS]; /* what holds for the message as a whole, for each act */
    double *logits;                /* MAX_ACTS a sentence */
    size_t logits_room;
    Key own[MAX_PAIRS], around[AROUND_A_SENTENCE], from_words[MAX_CONTEXT]; /* of a sentence */
} Desk;

static void desk_clear(Desk *desk) {
    free(desk->block);
    free(desk->context);
    free(desk->seen);
    free(desk->logits);
}

/* Around a text, in each of the buffers: cells that are NOTHING, spaces, lanes that are begun. */
enum { AROUND_TEXT = BEFORE_TEXT + BEYOND_TEXT + 3 * LANES };

/* Buffers for a text of `length` code points; -1 without memory. */
static int desk_reserve(Desk *desk, size_t length) {
    if (length < desk->room) return 0;
    size_t room = 2 * length + 256 + AROUND_TEXT, bits = room / 8 + 2 * BLOCK;
    size_t each = sizeof(Token) + 3 * sizeof(uint32_t) + (UTF8 + 1) * sizeof(char);
    free(desk->block);
    desk->room = 0;
    desk->block = malloc(room * each + bits);
    if (desk->block == NULL) return -1;
    desk->room = room - AROUND_TEXT;
    desk->tokens = desk->block;
    desk->code_points = (uint32_t *)(desk->tokens + room);
    desk->text.cells = desk->code_points + room + BEFORE_TEXT;
    desk->text.places = desk->code_points + 2 * room;
    desk->forms = (char *)(desk->code_points + 3 * room);
    desk->text.ascii.lowered = desk->forms + UTF8 * room;
    desk->text.ascii.in_words = (uint8_t *)desk->text.ascii.lowered + room;
    desk->text.cells[-BEFORE_TEXT] = CELL(NOTHING, 0);
    desk->text.text = desk->code_points;
    return 0;
}

enum { SEEN_A_ROW = 4 }; /* places of the table of rows seen: few meet, and few branches surprise */

/* An empty context for as many tokens; -1 without memory. The table of what was seen is left as it
 * is: what other messages put there has other numbers. */
static int context_open(Desk *desk, size_t tokens) {
    size_t most = CONTEXT_A_TOKEN * tokens + CONTEXT_A_MESSAGE + 1;
    if (most > desk->context_room) {
        size_t size = 64;
        while (size < SEEN_A_ROW * most) size *= 2;
        free(desk->context);
        free(desk->seen);
        desk->context_room = 0;
        desk->context = malloc(size / SEEN_A_ROW * sizeof *desk->context);
        desk->seen = calloc(size, sizeof *desk->seen);
        if (desk->context == NULL || desk->seen == NULL) return -1;
        desk->context_room = size / SEEN_A_ROW;
    }
    desk->seen_mask = SEEN_A_ROW * desk->context_room - 1;
    while (desk->seen_mask > 2 * SEEN_A_ROW * most) desk->seen_mask /= 2;
    desk->message += (uint64_t)1 << 32;
    desk->context_count = 0;
    return 0;
}

/* Room for the logits of so many sentences; -1 without memory. */
static int logits_reserve(Desk *desk, size_t sentences) {
    if (sentences <= desk->logits_room) return 0;
    free(desk->logits);
    desk->logits = malloc(2 * sentences * MAX_ACTS * sizeof *desk->logits);
    desk->logits_room = desk->logits == NULL ? 0 : 2 * sentences;
    return desk->logits == NULL ? -1 : 0;
}

/* Adds those keys to the message's context that the model has. */
static void add_to_context(Desk *desk, const Model *model, const Key *keys, size_t count) {
    uint32_t *context = desk->context + desk->context_count;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        context[found] = keys[i].row;
        found += model->rows[keys[i].row].key == keys[i].key;
    }
    desk->context_count += found;
}

/* What comes again in a context counts once. */
static void count_once(Desk *desk) {
    uint32_t *context = desk->context;
    uint64_t *seen = desk->seen;
    size_t mask = desk->seen_mask, once = 0;
    for (size_t i = 0; i < desk->context_count; i++) {
        uint64_t row = context[i], own = desk->message | row;
        size_t at = row & mask;
        while (seen[at] >= desk->message && seen[at] != own) at = (at + 1) & mask;
        context[once] = (uint32_t)row;
        once += seen[at] != own;
        seen[at] = own;
    }
    desk->context_count = once;
}

static void sum_context(Desk *desk, const Model *model) {
    size_t from = 0;
    do {
        size_t left = desk->context_count - from, count = left < MOST_SUMMED ? left : MOST_SUMMED;
        int32_t some[MAX_ACTS];
        sum_features(model, desk->context + from, count, some);
        add_sums(some, from == 0, desk->context_sums);
        from += count;
    } while (from < desk->context_count);
}

/* The features of a sentence, and what it adds to the message's context; -1 without memory. */
static int read_sentence(
    Desk *desk, Parse *parse, Message *message, const Token *tokens, size_t position, Walk *walk) {
    const Model *model = message->model;
    Sentence *sentence = parse->sentences + message->sentence + position;
    if (grow_features(parse, MAX_OWN + AROUND_A_SENTENCE) < 0) return -1;
    uint32_t *features = parse->features + parse->feature_count;
    size_t around = around_sentence(parse, message, tokens, position, desk->around);
    Keys end = walk_sentence(model, &desk->text, tokens, sentence->places, walk,
        (Keys){features, parse->looks + parse->feature_count, desk->own, desk->from_words});
    sentence->feature = (uint32_t)parse->feature_count;
    parse->feature_count += (size_t)(end.features - features);
    add_features(parse, model, desk->own, (size_t)(end.own - desk->own));
    sentence->own = (uint16_t)(parse->feature_count - sentence->feature);
    sentence->around = add_features(parse, model, desk->around, around);
    add_to_context(desk, model, desk->from_words, (size_t)(end.context - desk->from_words));
    return 0;
}

static void add_message_keys(Desk *desk, const Message *message, const Walk *walk, int handle) {
    size_t words = walk->words / 5, sentences = message->sentences, loud = walk->loud;
    uint32_t found[CONTEXT_A_MESSAGE] = {KEY_WORDS[words < 8 ? words : 8],
        KEY_SENTENCES[sentences < 6 ? sentences : 6], KEY_LOUD[loud < 3 ? loud : 3], KEY_HANDLE};
    Key keys[CONTEXT_A_MESSAGE];
    for (int i = 0; i < CONTEXT_A_MESSAGE; i++) seek(message->model, keys + i, found[i]);
    size_t count = handle ? CONTEXT_A_MESSAGE : CONTEXT_A_MESSAGE - 1;
    add_to_context(desk, message->model, keys, count);
}

static int is_foreign(const Walk *walk) {
    enum { FEW_WORDS = 4 };
    if (2 * walk->others > walk->letters) return 1;
    size_t enough = walk->words <= FEW_WORDS && walk->english == 0 ? 2 : 3;
    return walk->foreign >= enough && walk->foreign > walk->english;
}

/* Text to features; -1 without memory. `foreign` says whether the text is not English. */
static int parse_message(Desk *desk, Parse *parse, Message *message, int *foreign) {
    keep_own_lines(&desk->text);
    Token *tokens = desk->tokens;
    size_t count = tokenise(&desk->text, tokens, desk->forms), handles = 0;
    while (handles < count && tokens[handles].kind == HANDLE) handles++;
    tokens += handles;
    count -= handles;
    if (parse->feature_count > MAX_PARTS || parse->place_count > MAX_PARTS ||
        grow_sentences(parse, count) < 0 || grow_places(parse, count) < 0 ||
        context_open(desk, count) < 0)
        return -1;
    split(parse, message, tokens, count);
    if (logits_reserve(desk, message->sentences) < 0) return -1;
    Walk walk = {.gram = GRAM_OPEN};
    for (size_t position = 0; position < message->sentences; position++) {
        if (read_sentence(desk, parse, message, tokens, position, &walk) < 0) return -1;
        tokens += parse->sentences[message->sentence + position].places;
    }
    add_message_keys(desk, message, &walk, handles > 0);
    count_once(desk);
    sum_context(desk, message->model);
    *foreign = is_foreign(&walk);
    return 0;
}

#endif
