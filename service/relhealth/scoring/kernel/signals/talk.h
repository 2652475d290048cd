/* Talking and listening, lines said before, questions asked again: signals/talk.py, compiled. */
#ifndef RELHEALTH_TALK_H
#define RELHEALTH_TALK_H

#include "episodes.h"

enum { ASKABLES = 8 };

typedef struct {
    int64_t unasked_words, customer_words;
    int32_t longest, longest_words; /* NONE without a longest */
    Places monologues;
    const Places *positions;
} Talk;

typedef struct {
    int32_t position, earlier;
    double probability;
} Repetition;

typedef LIST(Repetition) Repetitions;

static Talk find_talk(Arena *arena, Words *words, const Pairing *pairing, const Places *unasked,
    const Rules *rules) {
    Talk found = {.longest = NONE, .positions = unasked};
    const Places *customer = pairing->with_role + ROLE_CUSTOMER;
    for (int32_t i = 0; i < found.positions->count; i++) {
        int32_t position = found.positions->items[i], length = said_at(words, position).count;
        found.unasked_words += length;
        if ((double)length >= rules->monologue_words) append(arena, &found.monologues, position);
        if (found.longest != NONE && length <= found.longest_words) continue;
        found.longest = position;
        found.longest_words = length;
    }
    for (int32_t i = 0; i < customer->count; i++)
        found.customer_words += said_at(words, customer->items[i]).count;
    return found;
}

/* ---- neighbouring words ---------------------------------------------------------------------- */

typedef struct {
    int32_t first, second;
} Pair;

typedef struct {
    Words *words;
    LIST(Pair) known;
    Table table;
} Pairs;

static int32_t pair_of(Pairs *pairs, Pair pair) {
    uint32_t hash = hash_of_number((uint64_t)pair.first << 32 | (uint32_t)pair.second);
    uint32_t place = hash;
    for (int32_t id; (id = next_of(&pairs->table, hash, &place)) != FREE;)
        if (pairs->known.items[id].first == pair.first &&
            pairs->known.items[id].second == pair.second)
            return id;
    *ADD(pairs->words->arena, &pairs->known) = pair;
    return new_number(pairs->words->arena, &pairs->table, hash);
}

/* As the strings "first second" would be ordered: a space comes before all that words hold. */
static int order_of_pairs(const void *names, int32_t one, int32_t other) {
    const Pairs *pairs = names;
    Pair a = pairs->known.items[one], b = pairs->known.items[other];
    int order = letters_order(pairs->words, a.first, b.first);
    return order ? order : letters_order(pairs->words, a.second, b.second);
}

static Set word_pairs(Pairs *pairs, Line *line) {
    Words *words = pairs->words;
    Row said = line->said;
    if (line->is_paired) return line->pairs;
    int32_t *items = TAKE(words->arena, said.count, int32_t), count = 0;
    int32_t first = said.count ? alike_of(words, said.items[0]) : NONE;
    for (int32_t i = 1; i < said.count; i++) {
        int32_t second = alike_of(words, said.items[i]);
        items[count++] = pair_of(pairs, (Pair){first, second});
        first = second;
    }
    line->pairs = set_of(items, count);
    line->is_paired = 1;
    return line->pairs;
}

/* The pairs of a line that is long enough to be canned; none of a shorter one. */
static Set long_line_at(Pairs *pairs, int32_t position, const Rules *rules) {
    Line *line = line_at(pairs->words, position);
    if ((double)line->said.count < rules->canned_minimum_words) return (Set){0};
    Set set = word_pairs(pairs, line);
    return (double)(set.count + 1) < rules->canned_minimum_words ? (Set){0} : set;
}

/* The place before which a line repeats nothing: a machine's receipt reads as it did in the last
 * conversation. */
static int32_t repeats_from(const Pairing *pairing, int32_t position) {
    if (pairing->roles[position] != ROLE_RECEIPT) return 0;
    return pairing->threads.items[pairing->conversations[position]].first;
}

/* Brand messages that nearly repeat one of an earlier moment, each with one that it repeats. */
static Repetitions canned_lines(Arena *arena, Words *words, const History *history,
    const Places *brand_positions, const Pairing *pairing, const Rules *rules) {
    Pairs pairs = {
        words, .table = table_copy(arena, &(Table){0}, likely_of(brand_positions->count))};
    Likeness said = likeness_of(arena, rules->near_duplicate_similarity, order_of_pairs, &pairs);
    Repetitions found = {0};
    const int32_t *brand = brand_positions->items;
    for (int32_t i = 0, past = 0; i < brand_positions->count; i++) {
        for (; history->sent_us[brand[past]] < history->sent_us[brand[i]]; past++) {
            Set set = long_line_at(&pairs, brand[past], rules);
            Sought sought = seek(&said, set);
            if (set.count) likeness_add(&said, &sought, brand[past]);
        }
        Sought sought = seek(&said, long_line_at(&pairs, brand[i], rules));
        int32_t earlier = likeness_find(&said, &sought, repeats_from(pairing, brand[i]));
        if (earlier != NONE) *ADD(arena, &found) = (Repetition){brand[i], earlier, 1.0};
    }
    return found;
}

/* ---- what was asked -------------------------------------------------------------------------- */

/* By thing that can be asked for: when it was asked last in a conversation, and how surely it was
 * answered since. */
typedef struct {
    int32_t asked[ASKABLES];
    double told[ASKABLES];
} Asked;

static void ask(Arena *arena, Repetitions *found, Asked *here, const Rules *rules,
    const History *history, int32_t position, double asks) {
    const Readers *python = &rules->python;
    PyObject *named =
        asked_of(arena, history, position, python->asked_for, &python->asked_for_clues);
    for (Py_ssize_t i = 0; named != NULL && i < PyList_Size(named); i++) {
        long long thing = whole(arena, PyList_GetItem(named, i));
        if (thing < 0 || thing >= ASKABLES) continue;
        double told = here->told[thing];
        if (told >= rules->least)
            *ADD(arena, found) = (Repetition){position, here->asked[thing], asks * told};
        here->asked[thing] = position;
    }
}

/* What the customer says in answer to all that was asked, if it is anything at hand. */
static void tell(Arena *arena, Asked *here, const Rules *rules, const History *history,
    int32_t position) {
    const Readers *python = &rules->python;
    double informs = act_at(history, position, INFORMATION);
    int any = 0;
    for (int thing = 0; thing < ASKABLES; thing++) any |= here->asked[thing] != NONE;
    if (!any || asked_of(arena, history, position, python->is_not_at_hand,
                    &python->is_not_at_hand_clues) == Py_True)
        return;
    for (int thing = 0; thing < ASKABLES; thing++)
        if (here->asked[thing] != NONE) here->told[thing] = larger(here->told[thing], informs);
}

/* Questions for what the customer had already been asked for, and had answered since. */
static Repetitions asked_again(
    Arena *arena, const History *history, const Pairing *pairing, const Rules *rules) {
    Repetitions found = {0};
    Asked *asked = TAKE_ZEROS(arena, pairing->threads.count, Asked);
    for (int32_t i = 0; i < pairing->threads.count; i++)
        for (int thing = 0; thing < ASKABLES; thing++) asked[i].asked[thing] = NONE;
    for (int32_t position = 0; position < history->count; position++) {
        int32_t number = pairing->conversations[position];
        if (number == NONE) continue;
        const double *row = row_of(history, position);
        Asked *here = asked + number;
        if (pairing->roles[position] == ROLE_CUSTOMER) {
            tell(arena, here, rules, history, position);
            continue;
        }
        double asks = larger(row[QUESTION], row[REDIRECT]);
        if (asks >= rules->least) ask(arena, &found, here, rules, history, position, asks);
    }
    return found;
}

#endif
