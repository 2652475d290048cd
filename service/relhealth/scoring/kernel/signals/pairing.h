/* Who answered what: signals/pairing.py, compiled. Function by function the same. */
#ifndef RELHEALTH_PAIRING_H
#define RELHEALTH_PAIRING_H

#include "substance.h"
#include "wording.h"

enum { ROLE_CUSTOMER, ROLE_ANSWER, ROLE_CONTINUATION, ROLE_RECEIPT, ROLE_NOTICE, ROLE_OUTREACH,
    ROLES };

typedef struct {
    int32_t position, act;
    double importance;
    uint8_t keeps_waiting;
} Call;

static int praises(const Call *call) { return call->act == PRAISE || call->act == ADVOCACY; }

/* Whether an act asks for something; by praise, thanks, news or a goodbye nobody waits. */
static int is_asking(int act) {
    return act != PRAISE && act != ADVOCACY && act != GRATITUDE && act != INFORMATION &&
           act != OPT_OUT;
}

/* Whether no answer falls short; what nobody waits by, but praise, calls for none. */
static int is_owed(const Call *call) { return call->keeps_waiting || praises(call); }

typedef struct {
    int32_t first, last; /* places of its first message, and of the customer's last */
    int64_t spoken_us, alive_us;
    uint8_t left, waits;
    Places open_calls, asked; /* without an answer; not shown to be settled */
    int32_t before, after; /* of the conversations that wait, by the last of their calls */
} Conversation;

typedef struct {
    uint8_t *roles;
    int32_t *conversations; /* NONE for what the brand sent unasked */
    LIST(Call) calls;
    /* By place of an answer, the calls that it closed: `closed_count` of `closed` from a first. */
    Places closed;
    int32_t *closed_first, *closed_count;
    int32_t *answered_by; /* by place of a call, NONE while it is open */
    int32_t *settled_by;  /* the same, by the customer's word that they need no answer */
    Places answers; /* places that closed calls, ascending */
    uint8_t *dismissals; /* by place, whether it wants to be left alone, and nothing else */
    LIST(Conversation) threads;
    Places with_role[ROLES];
} Pairing;

/* ---- the pass -------------------------------------------------------------------------------- */

typedef struct {
    Arena *arena;
    const History *history;
    const Rules *rules;
    Words *words;
    int64_t window_us, apology_us, continuation_us;
    int32_t *by_thread, *near, *named; /* `named`: what each names, whatever the brand sends */
    int32_t spoken, alive, waiting; /* conversations; the one that waits since latest */
    Pairing found;
} Walk;

/* The conversation that a message names by what it answers, else by its thread. */
static int32_t named_in(const Walk *walk, int32_t position, const int32_t *places) {
    int32_t parent = walk->history->reply_to[position], thread = walk->history->thread[position];
    if (parent != NONE && parent < position && places[parent] != NONE) return places[parent];
    return thread == NONE ? NONE : walk->by_thread[thread];
}

static Conversation *conversation(const Walk *walk, int32_t number) {
    return walk->found.threads.items + number;
}

static int32_t spoken_within(const Walk *walk, int64_t window_us, int32_t position) {
    if (walk->spoken == NONE) return NONE;
    int64_t spoken_us = conversation(walk, walk->spoken)->spoken_us;
    return walk->history->sent_us[position] - spoken_us <= window_us ? walk->spoken : NONE;
}

/* Whether a brand's message confirms that who wanted to be left alone of late will be. To erase what
 * is kept of somebody may take months. */
static int confirms(const Walk *walk, int32_t position) {
    int32_t number = spoken_within(walk, walk->apology_us, position);
    if (number == NONE || !conversation(walk, number)->left) return 0;
    const Readers *python = &walk->rules->python;
    return asked_of(walk->arena, walk->history, position, python->confirms_opt_out,
               &python->confirms_opt_out_clues) == Py_True;
}

/* Whether a brand's message has enough substance to answer what it names, or anything. */
static int serves(const Walk *walk, int32_t position, int named) {
    if (walk->history->unread[position]) return named;
    double floor = named ? walk->rules->explicit_substance_probability
                         : walk->rules->substance_probability;
    return serving(row_of(walk->history, position)) >= floor;
}

static int32_t alive_within(const Walk *walk, int64_t window_us, int32_t position) {
    if (walk->alive == NONE) return NONE;
    int64_t quiet_us = walk->history->sent_us[position] - conversation(walk, walk->alive)->alive_us;
    return quiet_us <= window_us ? walk->alive : NONE;
}

static void place(Walk *walk, int32_t position, int role, int32_t number) {
    append(walk->arena, walk->found.with_role + role, position);
    walk->found.roles[position] = (uint8_t)role;
    walk->found.conversations[position] = number;
}

static int goes_on(const Walk *walk, int32_t position, int32_t number) {
    if (is_marketing(walk->history, walk->rules, position)) return 0;
    if (!conversation(walk, number)->left) return 1;
    return serves(walk, position, 0) || confirms(walk, position);
}

/* A message that stands in no conversation: a notice if it serves or cannot be read, else
 * outreach. */
static void place_apart(Walk *walk, int32_t position) {
    uint8_t purpose = walk->history->purpose[position];
    int expected = purpose == TRANSACTIONAL || purpose == PURPOSE_SERVICE ||
                   walk->history->unread[position];
    int is_notice = !is_marketing(walk->history, walk->rules, position) &&
                    (expected || informs(walk->history, walk->rules, position));
    place(walk, position, is_notice ? ROLE_NOTICE : ROLE_OUTREACH, NONE);
}

static int32_t open_conversation(Walk *walk, int32_t position) {
    int32_t number = walk->found.threads.count, thread = walk->history->thread[position];
    int64_t sent_us = walk->history->sent_us[position];
    *ADD(walk->arena, &walk->found.threads) =
        (Conversation){.first = position, .spoken_us = sent_us, .alive_us = sent_us};
    if (thread != NONE) walk->by_thread[thread] = number;
    return number;
}

static void stop_waiting(Walk *walk, int32_t number) {
    Conversation *ended = conversation(walk, number);
    if (!ended->waits) return;
    if (ended->after == NONE) walk->waiting = ended->before;
    else conversation(walk, ended->after)->before = ended->before;
    if (ended->before != NONE) conversation(walk, ended->before)->after = ended->after;
    ended->waits = 0;
}

static void wait_last(Walk *walk, int32_t number) {
    stop_waiting(walk, number);
    Conversation *waits = conversation(walk, number);
    waits->before = walk->waiting;
    waits->after = NONE;
    waits->waits = 1;
    if (walk->waiting != NONE) conversation(walk, walk->waiting)->after = number;
    walk->waiting = number;
}

/* What a customer's message calls for an answer with: its act and how much, below 0 for nothing. */
static double calls_for(const Rules *rules, const double *row, int *act) {
    double most = -1.0;
    for (int i = 0; i < rules->calling; i++) {
        double surely = row[rules->calling_act[i]];
        if (surely < rules->call_probability) continue;
        double weighed = surely * rules->calling_weight[i];
        if (weighed > most) {
            most = weighed;
            *act = rules->calling_act[i];
        }
    }
    return most;
}

/* How surely a customer's message wants to be left alone. */
static double opts_out(const History *history, int32_t position) {
    if (outcome_at(history, position)->is == OPTED_OUT) return 1.0;
    return act_at(history, position, OPT_OUT);
}

static int is_farewell(const History *history, const Rules *rules, int32_t position) {
    return opts_out(history, position) >= rules->call_probability;
}

/* Whether a customer's message says that something before it is still not settled. */
static int chases(const History *history, const Rules *rules, int32_t position) {
    return act_at(history, position, UNRESOLVED) >= rules->call_probability;
}

/* Whether who wants to be left alone asks for anything, or has to say so again. */
static int asks_too(const History *history, const Rules *rules, int32_t position) {
    const double *row = row_of(history, position);
    return larger(row[UNRESOLVED], row[REQUEST]) >= rules->call_probability;
}

/* Takes what the customer asked for settled, where they say so and ask for nothing more. */
static void settle(Walk *walk, Conversation *spoken, int32_t position) {
    if (spoken->asked.count == 0) return;
    const double *row = row_of(walk->history, position);
    double least = walk->rules->call_probability;
    double wanting = larger(larger(row[COMPLAINT], row[UNRESOLVED]), row[REQUEST]);
    double needless = row[RESOLUTION], thanks = larger(row[GRATITUDE], row[FORGIVENESS]);
    if (row[OWN_MISTAKE] > row[INFORMATION]) needless = larger(needless, row[OWN_MISTAKE]);
    if (needless >= least && needless > wanting) {
        for (int32_t i = 0; i < spoken->asked.count; i++)
            walk->found.settled_by[spoken->asked.items[i]] = position;
        spoken->asked.count = 0;
    }
    if (thanks < least || thanks <= wanting) return;
    int32_t left = 0;
    for (int32_t i = 0; i < spoken->asked.count; i++)
        if (walk->found.answered_by[spoken->asked.items[i]] == NONE)
            spoken->asked.items[left++] = spoken->asked.items[i];
    spoken->asked.count = left;
}

static void walk_customer(Walk *walk, int32_t position) {
    const History *history = walk->history;
    int32_t number = named_in(walk, position, walk->near);
    int names_any = history->reply_to[position] != NONE || history->thread[position] != NONE;
    if (number == NONE && !names_any) {
        int64_t window_us =
            chases(history, walk->rules, position) ? walk->apology_us : walk->window_us;
        number = spoken_within(walk, window_us, position);
    }
    if (number == NONE) number = open_conversation(walk, position);
    Conversation *spoken = conversation(walk, number);
    spoken->last = position;
    spoken->spoken_us = spoken->alive_us = history->sent_us[position];
    int farewell = is_farewell(history, walk->rules, position);
    int dismissed = farewell && !asks_too(history, walk->rules, position);
    walk->found.dismissals[position] = (uint8_t)dismissed;
    spoken->left = farewell || outcome_at(history, position)->is == CONSENTED;
    walk->spoken = walk->alive = number;
    settle(walk, spoken, position);
    int act = NONE;
    double importance = calls_for(walk->rules, row_of(history, position), &act);
    if (importance >= 0.0) {
        if (dismissed) act = OPT_OUT;
        int waits = is_asking(act) || (act == INFORMATION && spoken->asked.count > 0);
        if (is_asking(act)) append(walk->arena, &spoken->asked, position);
        *ADD(walk->arena, &walk->found.calls) = (Call){position, act, importance, (uint8_t)waits};
        append(walk->arena, &spoken->open_calls, position);
        wait_last(walk, number);
    }
    walk->near[position] = walk->named[position] = number;
    place(walk, position, ROLE_CUSTOMER, number);
}

/* Closes a conversation's calls that are not older than a moment; all, if one of them asks after
 * those before it. What only confirms an opt-out closes none beside others. */
static void close_calls(Walk *walk, int32_t number, int64_t earliest_us, int served) {
    Places *calls = &conversation(walk, number)->open_calls;
    int32_t first = first_since(calls->items, 0, calls->count, walk->history->sent_us, earliest_us);
    for (int32_t i = first; i < calls->count && first > 0; i++)
        if (chases(walk->history, walk->rules, calls->items[i])) first = 0;
    for (int32_t i = first; i < calls->count && !served; i++)
        if (!is_farewell(walk->history, walk->rules, calls->items[i])) return;
    for (int32_t i = first; i < calls->count; i++)
        append(walk->arena, &walk->found.closed, calls->items[i]);
    calls->count = first;
    if (first == 0) stop_waiting(walk, number);
}

static int ascending_places(const void *a, const void *b) {
    int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return (one > other) - (one < other);
}

static int32_t last_call(const Walk *walk, int32_t number) {
    const Places *calls = &conversation(walk, number)->open_calls;
    return calls->items[calls->count - 1];
}

static int is_sorry(const Walk *walk, int32_t position) {
    const double *row = row_of(walk->history, position);
    return larger(row[APOLOGY], row[OWNERSHIP]) >= walk->rules->substance_probability;
}

/* Whether an apology that names nothing looks back to a conversation that has waited for longer
 * than is usual: where the customer has said nothing of late that it could be about, or it takes up
 * a word of theirs. */
static int looks_back(const Walk *walk, int32_t position, int32_t number, int64_t earliest_us) {
    if (number == NONE) return 0;
    int32_t call = last_call(walk, number);
    if (walk->history->sent_us[call] < earliest_us) return 0;
    if (spoken_within(walk, walk->window_us, position) == NONE) return 1;
    Set said = telling_at(walk->words, call);
    return in_common(said, telling_at(walk->words, position), INT32_MAX) > 0;
}

/* Closes what is recent enough for an answer that names nothing, and what an apology looks back
 * to. */
static void close_recent(Walk *walk, int32_t position) {
    int64_t sent_us = walk->history->sent_us[position], earliest_us = sent_us - walk->window_us;
    int32_t end = walk->waiting; /* the latest that is too old */
    while (end != NONE && walk->history->sent_us[last_call(walk, end)] >= earliest_us)
        end = conversation(walk, end)->before;
    if (is_sorry(walk, position)) {
        earliest_us = sent_us - walk->apology_us;
        if (looks_back(walk, position, end, earliest_us)) end = conversation(walk, end)->before;
    }
    for (int32_t waits = walk->waiting, next; waits != end; waits = next) {
        next = conversation(walk, waits)->before;
        close_calls(walk, waits, earliest_us, 1);
    }
}

/* The calls that an answer closes, ascending, at the end of those closed so far; how many. */
static int32_t close_by(Walk *walk, int32_t position, int32_t number) {
    if (walk->waiting == NONE || is_marketing(walk->history, walk->rules, position)) return 0;
    int served = serves(walk, position, number != NONE);
    if (!served && !confirms(walk, position)) return 0;
    int32_t before = walk->found.closed.count;
    if (number == NONE && walk->history->purpose[position] == TRANSACTIONAL) return 0;
    int32_t where = served || number != NONE ? number : walk->spoken;
    if (where == NONE) close_recent(walk, position);
    else if (conversation(walk, where)->waits) close_calls(walk, where, 0, served);
    int32_t closed = walk->found.closed.count - before;
    if (closed > 1)
        qsort(walk->found.closed.items + before, (size_t)closed, sizeof(int32_t), ascending_places);
    return closed;
}

static void walk_brand(Walk *walk, int32_t position) {
    Pairing *found = &walk->found;
    int32_t number = named_in(walk, position, found->conversations);
    int32_t near = named_in(walk, position, walk->near);
    int32_t named = walk->named[position] = named_in(walk, position, walk->named);
    walk->near[position] = near != NONE ? near : spoken_within(walk, walk->window_us, position);
    if (walk->history->sender_kind[position] == BOT) {
        if (number == NONE && walk->history->purpose[position] != TRANSACTIONAL) {
            number = alive_within(walk, walk->continuation_us, position);
            if (number == NONE && confirms(walk, position)) number = walk->spoken;
        }
        if (number != NONE && goes_on(walk, position, number))
            place(walk, position, ROLE_RECEIPT, number);
        else
            place_apart(walk, position);
        return;
    }
    int32_t first = found->closed.count, closed = close_by(walk, position, named);
    if (closed) {
        int32_t in = found->conversations[found->closed.items[first + closed - 1]];
        found->closed_first[position] = first;
        found->closed_count[position] = closed;
        for (int32_t i = first; i < found->closed.count; i++)
            found->answered_by[found->closed.items[i]] = position;
        append(walk->arena, &found->answers, position);
        conversation(walk, in)->alive_us = walk->history->sent_us[position];
        walk->alive = in;
        place(walk, position, ROLE_ANSWER, in);
        return;
    }
    if (number == NONE && walk->history->purpose[position] != TRANSACTIONAL) {
        number = alive_within(walk, walk->continuation_us, position);
        if (number == NONE && informs(walk->history, walk->rules, position))
            number = spoken_within(walk, walk->window_us, position);
        if (number == NONE && confirms(walk, position)) number = walk->spoken;
    }
    if (number != NONE && goes_on(walk, position, number))
        place(walk, position, ROLE_CONTINUATION, number);
    else
        place_apart(walk, position);
}

static Pairing pair(Arena *arena, const History *history, Words *words, const Rules *rules) {
    int32_t n = history->count;
    Walk walk = {.arena = arena, .history = history, .rules = rules, .words = words,
        .spoken = NONE, .alive = NONE, .waiting = NONE};
    walk.window_us = whole_us(rules->pairing_window_days, MICROSECONDS_PER_DAY);
    walk.apology_us = whole_us(rules->apology_window_days, MICROSECONDS_PER_DAY);
    walk.continuation_us = whole_us(rules->continuation_hours, MICROSECONDS_PER_HOUR);
    walk.near = TAKE(arena, n, int32_t);
    walk.named = TAKE(arena, n, int32_t);
    walk.by_thread = TAKE(arena, history->threads, int32_t);
    for (int32_t i = 0; i < history->threads; i++) walk.by_thread[i] = NONE;
    walk.found.roles = TAKE(arena, n, uint8_t);
    walk.found.dismissals = TAKE_ZEROS(arena, n, uint8_t);
    walk.found.conversations = TAKE(arena, n, int32_t);
    walk.found.closed_first = TAKE_ZEROS(arena, n, int32_t);
    walk.found.closed_count = TAKE_ZEROS(arena, n, int32_t);
    walk.found.answered_by = TAKE(arena, n, int32_t);
    walk.found.settled_by = TAKE(arena, n, int32_t);
    for (int32_t position = 0; position < n; position++) {
        walk.found.answered_by[position] = walk.found.settled_by[position] = NONE;
        if (is_customer(history, position)) walk_customer(&walk, position);
        else walk_brand(&walk, position);
    }
    return walk.found;
}

/* Whether a message answered a call, and when the latest came that it closed. */
static int is_answer(const Pairing *pairing, int32_t position) {
    return pairing->closed_count[position] > 0;
}

static int64_t called_us(const Pairing *pairing, const History *history, int32_t position) {
    int32_t last = pairing->closed_first[position] + pairing->closed_count[position] - 1;
    return history->sent_us[pairing->closed.items[last]];
}

#endif
