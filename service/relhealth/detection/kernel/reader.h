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
    Feature *context; /* of the message */
    uint32_t *seen;   /* a table of their rows */
    size_t context_room, context_count, seen_mask;
    double *logits; /* MAX_ACTS a sentence */
    size_t logits_room;
    Key own[MAX_PAIRS], around[AROUND_A_SENTENCE], from_words[MAX_CONTEXT]; /* of a sentence */
} Desk;

static void desk_clear(Desk *desk) {
    free(desk->block);
    free(desk->context);
    free(desk->seen);
    free(desk->logits);
}

/* Buffers for a text of `length` code points; -1 without memory. */
static int desk_reserve(Desk *desk, size_t length) {
    if (length < desk->room) return 0;
    size_t room = 2 * length + 256, around = BEFORE_TEXT + BEYOND_TEXT;
    size_t each = sizeof(Token) + 3 * sizeof(uint32_t) + UTF8;
    free(desk->block);
    desk->room = 0;
    desk->block = malloc((room + around) * each);
    if (desk->block == NULL) return -1;
    desk->room = room;
    room += around;
    desk->tokens = desk->block;
    desk->code_points = (uint32_t *)(desk->tokens + room);
    desk->text.cells = desk->code_points + room + BEFORE_TEXT;
    desk->text.places = desk->code_points + 2 * room;
    desk->forms = (char *)(desk->code_points + 3 * room);
    desk->text.cells[-BEFORE_TEXT] = CELL(NOTHING, 0);
    desk->text.text = desk->code_points;
    return 0;
}

enum { SEEN_A_ROW = 4 }; /* places of the table of rows seen: few meet, and few branches surprise */

/* An empty context for as many tokens; -1 without memory. */
static int context_open(Desk *desk, size_t tokens) {
    size_t most = CONTEXT_A_TOKEN * tokens + CONTEXT_A_MESSAGE;
    if (most > desk->context_room) {
        size_t size = 64;
        while (size < SEEN_A_ROW * most) size *= 2;
        free(desk->context);
        free(desk->seen);
        desk->context_room = 0;
        desk->context = malloc(size / SEEN_A_ROW * sizeof *desk->context);
        desk->seen = malloc(size * sizeof *desk->seen);
        if (desk->context == NULL || desk->seen == NULL) return -1;
        desk->context_room = size / SEEN_A_ROW;
    }
    desk->seen_mask = SEEN_A_ROW * desk->context_room - 1;
    while (desk->seen_mask > 2 * SEEN_A_ROW * most) desk->seen_mask /= 2;
    memset(desk->seen, 0, (desk->seen_mask + 1) * sizeof *desk->seen);
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

/* A key of the message's context counts once, however often it comes. */
static inline void add_to_context(Desk *desk, const Model *model, const Key *key) {
    uint32_t row = key->row;
    if (model->rows[row].key != key->key) return;
    size_t at = row & desk->seen_mask;
    while (desk->seen[at] != 0 && desk->seen[at] != row + 1) at = (at + 1) & desk->seen_mask;
    if (desk->seen[at]) return;
    desk->seen[at] = row + 1;
    desk->context[desk->context_count++].row = row;
}

static void sum_context(const Desk *desk, const Model *model, double *sums) {
    for (size_t from = 0; from < desk->context_count; from += MOST_SUMMED) {
        size_t left = desk->context_count - from;
        int32_t some[MAX_ACTS];
        sum_features(model, desk->context + from, left < MOST_SUMMED ? left : MOST_SUMMED, some);
        for (int act = 0; act < MAX_ACTS; act++) sums[act] += some[act];
    }
}

/* The features of a sentence, and what it adds to the message's context; -1 without memory. */
static int read_sentence(
    Desk *desk, Parse *parse, Message *message, const Token *tokens, size_t position, Walk *walk) {
    const Model *model = message->model;
    Sentence *sentence = parse->sentences + message->sentence + position;
    if (GROW(parse, feature, MAX_OWN + AROUND_A_SENTENCE) < 0) return -1;
    Feature *features = parse->features + parse->feature_count;
    size_t around = around_sentence(parse, message, tokens, position, desk->around);
    Keys end = walk_sentence(model, &desk->text, tokens, sentence->places, walk,
        (Keys){features, desk->own, desk->from_words});
    sentence->feature = (uint32_t)parse->feature_count;
    parse->feature_count += (size_t)(end.features - features);
    add_features(parse, model, desk->own, (size_t)(end.own - desk->own));
    sentence->own = (uint16_t)(parse->feature_count - sentence->feature);
    sentence->around = add_features(parse, model, desk->around, around);
    for (const Key *key = desk->from_words; key < end.context; key++)
        add_to_context(desk, model, key);
    return 0;
}

static void add_message_keys(Desk *desk, const Message *message, const Walk *walk, int handle) {
    size_t words = walk->words / 5, sentences = message->sentences, loud = walk->loud;
    uint32_t found[CONTEXT_A_MESSAGE] = {KEY_WORDS[words < 8 ? words : 8],
        KEY_SENTENCES[sentences < 6 ? sentences : 6], KEY_LOUD[loud < 3 ? loud : 3], KEY_HANDLE};
    for (int i = 0; i < (handle ? CONTEXT_A_MESSAGE : CONTEXT_A_MESSAGE - 1); i++) {
        Key key;
        seek(message->model, &key, found[i]);
        add_to_context(desk, message->model, &key);
    }
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
        GROW(parse, sentence, count) < 0 || GROW(parse, place, count) < 0 ||
        context_open(desk, count) < 0)
        return -1;
    message->sentence = (uint32_t)parse->sentence_count;
    count = split(parse, tokens, count);
    message->sentences = (uint32_t)(parse->sentence_count - message->sentence);
    if (logits_reserve(desk, message->sentences) < 0) return -1;
    keep_places(parse, tokens, count);
    Walk walk = {.gram = GRAM_OPEN};
    for (size_t position = 0; position < message->sentences; position++) {
        if (read_sentence(desk, parse, message, tokens, position, &walk) < 0) return -1;
        tokens += parse->sentences[message->sentence + position].places;
    }
    add_message_keys(desk, message, &walk, handles > 0);
    sum_context(desk, message->model, message->around);
    *foreign = is_foreign(&walk);
    return 0;
}

#endif
