/* Does this customer want a relationship? scoring/stance.py, compiled. */
#ifndef RELHEALTH_STANCE_H
#define RELHEALTH_STANCE_H

#include "ledger.h"

#define FEATURES(feature)                                                                         \
    feature(writes_friendly) feature(writes_at_length) feature(speaks_again) feature(informs)     \
    feature(asks) feature(thanks) feature(praises) feature(recommends) feature(suggests)          \
    feature(abuses) feature(sets_ultimatum) feature(demands_compensation) feature(means_to_leave) \
    feature(wants_to_be_left_alone)                                                               \
    feature(is_warm) feature(is_cold) feature(parts_warmly) feature(parts_coldly)                 \
    feature(visits) feature(visits_in_peace) feature(never_spoke)                                 \
    feature(outreach_into_silence) feature(outreach_answered) feature(months_covered)
#define FEATURE_NUMBER(name) FEATURE_##name,
enum { FEATURES(FEATURE_NUMBER) KNOWN_FEATURES };
static const char *const FEATURE_NAMES[] = {FEATURES(KIND_NAME)};

/* In the order of their numbers, which begin at 1. */
static const char *const STANCE_NAMES[STANCES] = {
    "unknown", "engaged", "transactional", "adversarial", "disengaged", "opted_out"};
enum { UNKNOWN_STANCE = 1, DISENGAGED_STANCE = 5, OPTED_OUT_STANCE = STANCES };

/* One number about what the customer wants, and the interactions that it rests on. */
typedef struct {
    double value;
    Places positions;
} Feature;

typedef struct {
    int label; /* its number */
    double probabilities[STANCES];
    Feature features[MOST_FEATURES];
} Stance;

/* That at least one of the customer's messages does an act. */
static Feature any_act(const Scene *scene, int act) {
    const Places *doing = scene->customer_doing + act;
    double none = 1.0;
    for (int32_t i = 0; i < doing->count; i++) none *= 1.0 - does(scene, doing->items[i], act);
    return (Feature){1.0 - none, *doing};
}

/* Whether a text is there and can be read. */
static int is_readable(const Scene *scene, int32_t position) {
    if (scene->history->unread[position]) return 0;
    return letters_at(scene->arena, scene->history, position).size > 0;
}

/* Whether the customer ever said a word that can be read. */
static int has_spoken(const Scene *scene) {
    const Places *customer = customer_places(scene);
    for (int32_t i = 0; i < customer->count; i++)
        if (is_readable(scene, customer->items[i])) return 1;
    return 0;
}

/* All, or those neither with a complaint nor to take leave; of a customer who spoke. */
static Feature visits(const Scene *scene, int in_peace) {
    Feature found = {0};
    int32_t count = has_spoken(scene) ? scene->pairing.threads.count : 0;
    for (int32_t i = 0; i < count; i++) {
        int32_t first = scene->pairing.threads.items[i].first;
        if (!in_peace || larger(scene->failing[first], leaving_of(scene, first)) < scene->least)
            append(scene->arena, &found.positions, first);
    }
    found.value = log1p((double)found.positions.count);
    return found;
}

/* Unasked messages since the customer last spoke. */
static Feature outreach_into_silence(const Scene *scene) {
    const Places *customer = customer_places(scene), *unasked = &scene->outreach.unasked;
    int32_t spoke = customer->count ? customer->items[customer->count - 1] : NONE;
    Feature found = {0};
    for (int32_t i = 0; i < unasked->count; i++)
        if (unasked->items[i] > spoke) append(scene->arena, &found.positions, unasked->items[i]);
    found.value = log1p((double)found.positions.count);
    return found;
}

static Feature outreach_answered(const Scene *scene) {
    Feature found = {0};
    for (int32_t i = 0; i < scene->outreach.welcomes.count; i++)
        append(scene->arena, &found.positions, scene->outreach.welcomes.items[i].answer);
    found.value = log1p((double)found.positions.count);
    return found;
}

/* How long the customer has been coming by. */
static Feature months_covered(const Scene *scene) {
    const Places *customer = customer_places(scene);
    Feature found = {0};
    if (!has_spoken(scene)) return found;
    int32_t first = customer->items[0], last = customer->items[customer->count - 1];
    int64_t covered_us = sent_at(scene, last) - sent_at(scene, first);
    found.value = log1p(quotient(scene->arena, covered_us, MICROSECONDS_PER_DAY) / 30.0);
    append(scene->arena, &found.positions, first);
    append(scene->arena, &found.positions, last);
    return found;
}

/* How many more times than once the customer has spoken. */
static Feature speaks_again(const Scene *scene) {
    const Places *customer = customer_places(scene);
    Feature found = {0};
    for (int32_t i = 0; i < customer->count; i++)
        if (is_readable(scene, customer->items[i]))
            append(scene->arena, &found.positions, customer->items[i]);
    if (found.positions.count) found.value = log1p((double)(found.positions.count - 1));
    return found;
}

#define FEW_WORDS 10.0

/* The words of the customer's messages, on average. */
static Feature writes_at_length(const Scene *scene) {
    const Places *customer = customer_places(scene);
    double words = (double)scene->talk.customer_words;
    if (customer->count) words /= (double)customer->count;
    return (Feature){log1p(words / FEW_WORDS), *customer};
}

/* ---- what the customer's messages are like --------------------------------------------------- */

/* Warm words, as far as they come with no grievance and are no farewell. */
static double warmth_of(const Scene *scene, int32_t position) {
    int act;
    return warmest(row_of(scene->history, position), &act) * (1.0 - scene->failing[position]) *
           (1.0 - leaving_of(scene, position));
}

/* Grievances, as far as they come with no praise. */
static double coldness_of(const Scene *scene, int32_t position) {
    double kind = larger(does(scene, position, PRAISE), does(scene, position, ADVOCACY));
    return scene->failing[position] * (1.0 - kind);
}

static double asking_of(const Scene *scene, int32_t position) {
    return does(scene, position, REQUEST);
}

static double informing_of(const Scene *scene, int32_t position) {
    return does(scene, position, INFORMATION);
}

/* What a smile or a heart is made of, beside ASCII. */
static const uint32_t SMILES[][2] = {{0x2600, 0x2605}, {0x263A, 0x263A}, {0x2764, 0x2764},
    {0x1F389, 0x1F38A}, {0x1F44D, 0x1F44D}, {0x1F44F, 0x1F44F}, {0x1F490, 0x1F49F},
    {0x1F600, 0x1F60F}, {0x1F618, 0x1F61D}, {0x1F642, 0x1F643}, {0x1F64C, 0x1F64C},
    {0x1F64F, 0x1F64F}, {0x1F917, 0x1F917}, {0x1F929, 0x1F929}, {0x1F970, 0x1F970}};

static int is_smile(uint32_t point) {
    for (int i = 0; i < COUNT_OF(SMILES); i++)
        if (point <= SMILES[i][1]) return point >= SMILES[i][0];
    return 0;
}

/* Whether kisses, a word of x alone, begin at a place. */
static int are_kisses(const char *text, int32_t at, int32_t size) {
    if (text[at] != 'x' || (at > 0 && is_word_part(text[at - 1]))) return 0;
    while (at < size && text[at] == 'x') at++;
    return at == size || !is_word_part(text[at]);
}

/* Whether a text holds any of what smiles and kisses are made of, as most do not. */
static int may_be_friendly(const Text *text) {
    uint8_t found = !text->is_ascii;
    for (int32_t i = 0; i < text->size; i++) {
        char c = text->bytes[i];
        found |= (c == ':') | (c == ';') | (c == '=') | (c == '<') | (c == 'x');
    }
    return found;
}

/* stance._FRIENDLY, of a plain text. */
static int is_friendly(const Text *text) {
    const char *bytes = text->bytes;
    int taken;
    if (!may_be_friendly(text)) return 0;
    for (int32_t at = 0; at < text->size; at += taken) {
        taken = 1;
        int eyes = bytes[at] == ':' || bytes[at] == ';' || bytes[at] == '=';
        if (!(bytes[at] & 0x80) && !eyes && bytes[at] != '<' && bytes[at] != 'x') continue;
        if (is_smile(point_at(bytes + at, &taken)) || are_kisses(bytes, at, text->size)) return 1;
        int32_t next = at + 1 + (eyes && at + 1 < text->size && bytes[at + 1] == '-');
        if (next >= text->size) continue;
        if (eyes && (bytes[next] == ')' || bytes[next] == 'D')) return 1;
        if (bytes[at] == '<' && bytes[next] == '3') return 1;
    }
    return 0;
}

static double friendliness_of(const Scene *scene, int32_t position) {
    Text text = text_at(scene->arena, scene->history, position);
    if (text.is_plain) return is_friendly(&text);
    PyObject *string = string_at(scene->arena, scene->history, position);
    PyObject *asked = scene->rules->python.is_friendly;
    return held(scene->arena, PyObject_CallFunctionObjArgs(asked, string, NULL)) == Py_True;
}

/* The mean of a value over each of the customer's messages. */
static Feature mean_over(const Scene *scene, double (*value_of)(const Scene *, int32_t)) {
    const Places *customer = customer_places(scene);
    double *values = TAKE(scene->arena, customer->count, double);
    Feature found = {0};
    for (int32_t i = 0; i < customer->count; i++) {
        values[i] = value_of(scene, customer->items[i]);
        if (values[i] >= scene->least) append(scene->arena, &found.positions, customer->items[i]);
    }
    if (customer->count) found.value = sum_of(values, customer->count) / (double)customer->count;
    return found;
}

/* The same of the last one alone. */
static Feature at_last(const Scene *scene, double (*value_of)(const Scene *, int32_t)) {
    const Places *customer = customer_places(scene);
    Feature found = {0};
    if (customer->count == 0) return found;
    int32_t last = customer->items[customer->count - 1];
    found.value = value_of(scene, last);
    append(scene->arena, &found.positions, last);
    return found;
}

static Feature feature_of(const Scene *scene, int feature) {
    switch (feature) {
    case FEATURE_writes_friendly: return mean_over(scene, friendliness_of);
    case FEATURE_writes_at_length: return writes_at_length(scene);
    case FEATURE_speaks_again: return speaks_again(scene);
    case FEATURE_informs: return mean_over(scene, informing_of);
    case FEATURE_asks: return mean_over(scene, asking_of);
    case FEATURE_thanks: return any_act(scene, GRATITUDE);
    case FEATURE_praises: return any_act(scene, PRAISE);
    case FEATURE_recommends: return any_act(scene, ADVOCACY);
    case FEATURE_suggests: return any_act(scene, SUGGESTION);
    case FEATURE_abuses: return any_act(scene, ABUSE);
    case FEATURE_sets_ultimatum: return any_act(scene, ULTIMATUM);
    case FEATURE_demands_compensation: return any_act(scene, COMPENSATION_DEMAND);
    case FEATURE_means_to_leave: return any_act(scene, CHURN_INTENT);
    case FEATURE_wants_to_be_left_alone: return any_act(scene, OPT_OUT);
    case FEATURE_is_warm: return mean_over(scene, warmth_of);
    case FEATURE_is_cold: return mean_over(scene, coldness_of);
    case FEATURE_parts_warmly: return at_last(scene, warmth_of);
    case FEATURE_parts_coldly: return at_last(scene, coldness_of);
    case FEATURE_visits: return visits(scene, 0);
    case FEATURE_visits_in_peace: return visits(scene, 1);
    case FEATURE_outreach_into_silence: return outreach_into_silence(scene);
    case FEATURE_outreach_answered: return outreach_answered(scene);
    case FEATURE_months_covered: return months_covered(scene);
    }
    return (Feature){.value = has_spoken(scene) ? 0.0 : 1.0}; /* never_spoke */
}

/* ---- the model ------------------------------------------------------------------------------- */

/* Whether a stance is considered: of who never spoke, only those of silence. */
static int is_considered(const StanceRules *rules, int row, int spoken) {
    int stance = rules->stance[row] + 1;
    return spoken || stance == UNKNOWN_STANCE || stance == DISENGAGED_STANCE;
}

static Stance judge_stance(const Scene *scene) {
    const StanceRules *rules = &scene->rules->stance;
    Stance found = {.label = 1};
    int spoken = has_spoken(scene);
    double logits[STANCES], scaled[STANCES], peak = -INFINITY;
    for (int i = 0; i < rules->features; i++)
        found.features[i] = feature_of(scene, rules->feature[i]);
    for (int row = 0; row < rules->stances; row++) {
        logits[row] = rules->intercepts[row];
        for (int i = 0; i < rules->features; i++)
            logits[row] += rules->coefficients[row][i] * found.features[i].value;
        if (is_considered(rules, row, spoken)) peak = larger(peak, logits[row]);
    }
    for (int row = 0; row < rules->stances; row++)
        scaled[row] = is_considered(rules, row, spoken) ? exp(logits[row] - peak) : 0.0;
    double total = sum_of(scaled, rules->stances);
    double opted_out = scene->permission.withdrawn_probability, modelled[STANCES] = {0};
    for (int row = 0; row < rules->stances; row++)
        modelled[rules->stance[row]] = scaled[row] / total;
    for (int i = 0; i < STANCES; i++) {
        int is_opt_out = i + 1 == OPTED_OUT_STANCE;
        found.probabilities[i] = (1.0 - opted_out) * modelled[i] + (is_opt_out ? opted_out : 0.0);
        if (found.probabilities[i] > found.probabilities[found.label - 1]) found.label = i + 1;
    }
    return found;
}

/* Whether what a feature says of the customer is less likely than not. */
static int feature_is_doubtful(int feature, double value) {
    return feature >= FEATURE_thanks && feature <= FEATURE_wants_to_be_left_alone && value < LIKELY;
}

/* What each feature adds to the log odds of a label over the mean of the others. */
static void log_odds_of(const StanceRules *rules, const Stance *stance, double *log_odds) {
    int mine = 0;
    for (int row = 0; row < rules->stances; row++)
        if (rules->stance[row] == stance->label - 1) mine = row;
    for (int i = 0; i < rules->features; i++) {
        double others[STANCES];
        int count = 0;
        for (int row = 0; row < rules->stances; row++)
            if (row != mine) others[count++] = rules->coefficients[row][i];
        double theirs = sum_of(others, count) / (double)count;
        log_odds[i] = (rules->coefficients[mine][i] - theirs) * stance->features[i].value;
    }
}

#endif
