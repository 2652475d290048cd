/* Failures and what came of them: signals/episodes.py, compiled. */
#ifndef RELHEALTH_EPISODES_H
#define RELHEALTH_EPISODES_H

#include "likeness.h"
#include "pairing.h"

/* What is not said to be missing once it came, however late. */
static const int AMENDING[] = {APOLOGY, OWNERSHIP, HELP, GOODWILL};

/* A message and how surely it is what it is listed for. */
typedef struct {
    int32_t position;
    double probability;
} Sure;

typedef struct {
    Places complaints, answers;
    double probability, completeness; /* the largest of the complaints', of the apology */
    Sure best[BRAND_ACTS];            /* the brand's surest message by act; NONE without one */
    double late[BRAND_ACTS]; /* how surely the brand did an act after the customer fell silent */
    LIST(Sure) deflections;
    LIST(Sure) repeats;
    int32_t closed_by; /* NONE while the customer has not closed it */
    int64_t spoken_us, ended_us;
    uint8_t has_ended;
} Episode;

typedef LIST(Episode) Episodes;

static double chance(const Episode *episode, int act) {
    return episode->best[act].position == NONE ? 0.0 : episode->best[act].probability;
}

/* How surely the brand did an act in it or too late. */
static double said(const Episode *episode, int act) {
    return larger(chance(episode, act), episode->late[act]);
}

/* Whether all its complaints want to be left alone, and nothing else. */
static int wants_silence(const Episode *episode, const Pairing *pairing) {
    for (int32_t i = 0; i < episode->complaints.count; i++)
        if (!pairing->dismissals[episode->complaints.items[i]]) return 0;
    return 1;
}

/* When its failing was first complained of. */
static int64_t failed_us(const Episode *episode, const History *history) {
    return history->sent_us[episode->complaints.items[0]];
}

/* How surely each of the customer's interactions says that something fell short. A low rating makes
 * sure of what its words hardly say; of what they do not say it names nothing. */
static double *find_failing(Arena *arena, const History *history, const Rules *rules) {
    double *found = TAKE(arena, history->count, double);
    for (int32_t i = 0; i < history->count; i++) {
        const double *row = row_of(history, i);
        const Outcome *outcome = outcome_at(history, i);
        found[i] = larger(row[COMPLAINT], row[UNRESOLVED]);
        if (outcome->is != RATING || found[i] < rules->least) continue;
        double share = (outcome->value - outcome->worst) / (outcome->best - outcome->worst);
        if (share <= rules->low_rating_share) found[i] = 1.0;
    }
    return found;
}

/* How surely each interaction of the customer's says that it is still not solved. */
static double *find_unresolved(Arena *arena, const History *history, const double *failing,
    const Pairing *pairing, const Rules *rules) {
    int64_t gap_us = whole_us(rules->again_after_minutes, MICROSECONDS_PER_MINUTE);
    double *found = TAKE_ZEROS(arena, history->count, double);
    double *complained = TAKE_ZEROS(arena, pairing->threads.count, double);
    int64_t *spoken_us = TAKE(arena, pairing->threads.count, int64_t);
    const Places *customer = pairing->with_role + ROLE_CUSTOMER;
    for (int32_t i = 0; i < pairing->threads.count; i++)
        spoken_us[i] = history->sent_us[pairing->threads.items[i].first];
    for (int32_t i = 0; i < customer->count; i++) {
        int32_t position = customer->items[i], number = pairing->conversations[position];
        int64_t sent_us = history->sent_us[position];
        double before = complained[number];
        double again = sent_us - spoken_us[number] >= gap_us ? failing[position] * before : 0.0;
        found[position] = larger(again, act_at(history, position, UNRESOLVED));
        complained[number] = larger(failing[position], before);
        spoken_us[number] = sent_us;
    }
    return found;
}

/* ---- the pass -------------------------------------------------------------------------------- */

typedef struct {
    Arena *arena;
    const History *history;
    const Rules *rules;
    Words *words;
    Likeness complained;
    int64_t quiet_us, repeat_us, again_us;
} Gathering;

static int is_over(const Gathering *gathering, const Episode *draft, int64_t now_us) {
    return draft->closed_by != NONE || now_us - draft->spoken_us > gathering->quiet_us;
}

static int is_unresolved(const Gathering *gathering, int32_t position) {
    double unresolved = act_at(gathering->history, position, UNRESOLVED);
    return unresolved >= gathering->rules->episode_probability;
}

/* Whether a complaint is of the same failing: before its end, or still not solved. */
static int is_of_same(const Gathering *gathering, const Episode *draft, int32_t position) {
    if (draft->closed_by != NONE) return 0;
    return !is_over(gathering, draft, gathering->history->sent_us[position]) ||
           is_unresolved(gathering, position);
}

/* Still the same failing, or one like a failing of late; what is sent twice within minutes is
 * one. */
static int is_repeat(
    Gathering *gathering, const Episode *draft, int32_t position, const Sought *failing) {
    const History *history = gathering->history;
    if (draft->complaints.count && is_unresolved(gathering, position)) return 1;
    int64_t gap_us = history->sent_us[position] - draft->spoken_us;
    if (draft->complaints.count && gap_us < gathering->again_us) return 0;
    int64_t since_us = history->sent_us[position] - gathering->repeat_us;
    int32_t low = 0, high = history->count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (history->sent_us[middle] < since_us) low = middle + 1;
        else high = middle;
    }
    return likeness_find(&gathering->complained, failing, low) != NONE;
}

static void complain(Gathering *gathering, Episode *draft, int32_t position, double failing) {
    Sought sought = seek(&gathering->complained, failing_words(gathering->words, position));
    if (is_repeat(gathering, draft, position, &sought))
        *ADD(gathering->arena, &draft->repeats) = (Sure){position, failing};
    likeness_add(&gathering->complained, &sought, position);
    append(gathering->arena, &draft->complaints, position);
    draft->probability = larger(draft->probability, failing);
    draft->spoken_us = gathering->history->sent_us[position];
}

static void customer_goes_on(Gathering *gathering, Episode *draft, int32_t position) {
    const double *row = row_of(gathering->history, position);
    double closing = larger(larger(row[RESOLUTION], row[FORGIVENESS]), row[GRATITUDE]);
    if (draft->closed_by == NONE && closing >= gathering->rules->episode_probability)
        draft->closed_by = position;
    draft->spoken_us = gathering->history->sent_us[position];
}

static void brand_reacts(Gathering *gathering, Episode *draft, int32_t position, int called_for) {
    const double *row = row_of(gathering->history, position);
    double least = gathering->rules->least;
    *ADD(gathering->arena, &draft->deflections) = (Sure){position, row[DEFLECTION]};
    if (!called_for && is_over(gathering, draft, gathering->history->sent_us[position])) {
        for (int i = 0; i < COUNT_OF(AMENDING) && draft->closed_by == NONE; i++) {
            double *late = draft->late + AMENDING[i], does = earnest(row, AMENDING[i]);
            if (does >= least) *late = larger(*late, does);
        }
        return;
    }
    append(gathering->arena, &draft->answers, position);
    for (int act = 0; act < BRAND_ACTS; act++) {
        Sure *best = draft->best + act;
        double does = earnest(row, act);
        if (row[act] < least || does < least) continue;
        if (best->position == NONE || does > best->probability) *best = (Sure){position, does};
    }
}

static Episode *new_draft(Gathering *gathering, Episodes *episodes) {
    Episode *draft = ADD(gathering->arena, episodes);
    *draft = (Episode){.closed_by = NONE};
    for (int act = 0; act < BRAND_ACTS; act++) draft->best[act].position = NONE;
    return draft;
}

/* Whether any of the brand's messages in it says what a Python function looks for. */
static double says(const Gathering *gathering, const Episode *draft, PyObject *looks_for,
    const Clues *clues) {
    for (int32_t i = 0; i < draft->answers.count; i++) {
        PyObject *found = asked_of(gathering->arena, gathering->history, draft->answers.items[i],
            looks_for, clues);
        if (found == Py_True) return 1.0;
    }
    return 0.0;
}

/* The six components of an apology, weighted. */
static double completeness(const Gathering *gathering, const Episode *draft) {
    if (draft->best[APOLOGY].position == NONE) return 0.0;
    const Readers *python = &gathering->rules->python;
    const double present[COMPONENTS] = {chance(draft, APOLOGY), chance(draft, EXPLANATION),
        chance(draft, OWNERSHIP),
        says(gathering, draft, python->promises_better, &python->promises_better_clues),
        larger(chance(draft, GOODWILL), chance(draft, HELP)),
        says(gathering, draft, python->asks_pardon, &python->asks_pardon_clues)};
    double parts[COMPONENTS];
    for (int i = 0; i < COMPONENTS; i++) parts[i] = gathering->rules->components[i] * present[i];
    return sum_of(parts, COMPONENTS);
}

static void end_draft(const Gathering *gathering, Episode *draft, int64_t as_of_us) {
    draft->ended_us = draft->spoken_us + gathering->quiet_us;
    draft->has_ended = draft->ended_us <= as_of_us;
    if (draft->closed_by != NONE) {
        draft->ended_us = gathering->history->sent_us[draft->closed_by];
        draft->has_ended = 1;
    }
    draft->completeness = completeness(gathering, draft);
}

/* An answer, in the episodes of all conversations whose calls it closed: one that names nothing may
 * answer for what went wrong in several, but not for what the customer had closed, unless its own
 * conversation goes on with it. `reacted` has the last answer in each conversation. */
static void answer_reacts(Gathering *gathering, Episodes *found, const int32_t *current,
    int32_t *reacted, const Pairing *pairing, int32_t position) {
    const int32_t *closed = pairing->closed.items + pairing->closed_first[position];
    for (int32_t i = 0; i < pairing->closed_count[position]; i++) {
        int32_t number = pairing->conversations[closed[i]];
        if (reacted[number] == position) continue;
        reacted[number] = position;
        if (current[number] == NONE) continue;
        Episode *draft = found->items + current[number];
        if (number == pairing->conversations[position] || draft->closed_by == NONE)
            brand_reacts(gathering, draft, position, 1);
    }
}

/* All episodes, by their first complaint. */
static Episodes find_episodes(Arena *arena, const History *history, const double *failing,
    Words *words, const Pairing *pairing, const Rules *rules, int64_t as_of_us) {
    Gathering gathering = {arena, history, rules, words,
        likeness_of(arena, rules->repeat_similarity, order_of_words, words),
        whole_us(rules->quiet_days, MICROSECONDS_PER_DAY),
        whole_us(rules->repeat_window_days, MICROSECONDS_PER_DAY),
        whole_us(rules->again_after_minutes, MICROSECONDS_PER_MINUTE)};
    Episodes found = {0};
    int32_t *current = TAKE(arena, pairing->threads.count, int32_t);
    int32_t *reacted = TAKE(arena, pairing->threads.count, int32_t);
    for (int32_t i = 0; i < pairing->threads.count; i++) current[i] = reacted[i] = NONE;
    for (int32_t position = 0; position < history->count; position++) {
        int32_t number = pairing->conversations[position];
        int role = pairing->roles[position];
        if (number == NONE || role == ROLE_RECEIPT) continue;
        Episode *draft = current[number] == NONE ? NULL : found.items + current[number];
        if (role == ROLE_ANSWER) {
            answer_reacts(&gathering, &found, current, reacted, pairing, position);
        } else if (role != ROLE_CUSTOMER) {
            if (draft != NULL) brand_reacts(&gathering, draft, position, 0);
        } else if (failing[position] >= rules->episode_probability) {
            if (draft == NULL || !is_of_same(&gathering, draft, position)) {
                draft = new_draft(&gathering, &found);
                current[number] = found.count - 1;
            }
            complain(&gathering, draft, position, failing[position]);
        } else if (draft != NULL) {
            customer_goes_on(&gathering, draft, position);
        }
    }
    for (int32_t i = 0; i < found.count; i++) end_draft(&gathering, found.items + i, as_of_us);
    return found;
}

#endif
