/* What the brand sent unasked: signals/outreach.py, compiled. */
#ifndef RELHEALTH_OUTREACH_H
#define RELHEALTH_OUTREACH_H

#include "permission.h"

typedef struct {
    Row outreach;
    int32_t answer;
} Welcome;

typedef struct {
    int32_t position;
    double excess;
} Load;

typedef struct {
    Places unasked;        /* what nobody asked for: all outreach but what is wanted */
    const uint8_t *wanted; /* by place, whether it was consented to */
    LIST(Row) runs;
    LIST(Welcome) welcomes;
    LIST(Load) loads;
} Outreach;

/* Whether a customer's message answers a piece of outreach that was pending before it; who
 * wants to be left alone takes up nothing. */
static int answers_outreach(const History *history, const Pairing *pairing, int32_t position,
    int32_t unasked, int64_t since_us) {
    if (history->reply_to[position] != NONE) return history->reply_to[position] == unasked;
    if (history->thread[position] != NONE)
        return history->thread[unasked] == history->thread[position];
    int32_t number = pairing->conversations[position];
    if (number != NONE && pairing->threads.items[number].first < position) return 0;
    return history->sent_us[unasked] >= since_us &&
           history->channel[unasked] == history->channel[position];
}

/* Parts what was pending into what a customer's message answers and what nobody did. */
static void part_pending(Arena *arena, Outreach *found, const History *history,
    const Pairing *pairing, Row pending, int32_t position, const Rules *rules) {
    int64_t window_us = whole_us(rules->answer_window_days, MICROSECONDS_PER_DAY);
    int farewell = is_farewell(history, rules, position);
    int64_t since_us = history->sent_us[position] - window_us;
    int32_t *taken = TAKE(arena, pending.count, int32_t), taken_count = 0;
    int32_t *left = TAKE(arena, pending.count, int32_t), left_count = 0;
    for (int32_t i = 0; i < pending.count; i++) {
        int32_t unasked = pending.items[i];
        if (!farewell && answers_outreach(history, pairing, position, unasked, since_us))
            taken[taken_count++] = unasked;
        else if (!found->wanted[unasked])
            left[left_count++] = unasked;
    }
    if (taken_count) *ADD(arena, &found->welcomes) = (Welcome){{taken, taken_count}, position};
    if (left_count) *ADD(arena, &found->runs) = (Row){left, left_count};
}

/* The loads, and what nobody asked for. Before a message that nobody asked for, what is wanted
 * counts only as far as it was too much. */
static void find_loads(Arena *arena, Outreach *found, const History *history,
    const Pairing *pairing, const Rules *rules) {
    int64_t window_us = whole_us(rules->load_window_days, MICROSECONDS_PER_DAY);
    const Places *outreach = pairing->with_role + ROLE_OUTREACH;
    const Places *customer = pairing->with_role + ROLE_CUSTOMER;
    const int64_t *sent_us = history->sent_us;
    Places loading = {0};
    for (int32_t i = 0; i < outreach->count; i++) {
        int32_t position = outreach->items[i], until = i + 1;
        int64_t since_us = sent_us[position] - window_us;
        const Places *counted = outreach;
        double allowance = rules->load_allowance;
        if (found->wanted[position]) {
            allowance = larger(allowance, rules->load_allowance_consented);
        } else {
            append(arena, &found->unasked, position);
            append(arena, &loading, position);
            counted = &loading;
            until = counted->count;
        }
        int32_t sent = until - first_since(counted->items, 0, until, sent_us, since_us);
        if ((double)sent <= allowance) continue;
        int32_t before = first_from(customer->items, 0, customer->count, position);
        int32_t own = before - first_since(customer->items, 0, before, sent_us, since_us);
        allowance += rules->load_allowance_per_customer_message * (double)own;
        if ((double)sent <= allowance) continue;
        *ADD(arena, &found->loads) = (Load){position, (double)sent - allowance};
        if (found->wanted[position]) append(arena, &loading, position);
    }
}

static Outreach find_outreach(Arena *arena, const History *history, const Pairing *pairing,
    const Places *invited, const Rules *rules) {
    const Places *sent = pairing->with_role + ROLE_OUTREACH;
    const Places *customer = pairing->with_role + ROLE_CUSTOMER;
    uint8_t *wanted = TAKE_ZEROS(arena, history->count, uint8_t);
    for (int32_t i = 0; i < invited->count; i++) wanted[invited->items[i]] = 1;
    Outreach found = {.wanted = wanted};
    find_loads(arena, &found, history, pairing, rules);
    for (int32_t begin = 0, end; begin < sent->count; begin = end) {
        int32_t following = first_from(customer->items, 0, customer->count, sent->items[begin]);
        if (following == customer->count) {
            int32_t first = first_from(
                found.unasked.items, 0, found.unasked.count, sent->items[begin]);
            Row left = {found.unasked.items + first, found.unasked.count - first};
            if (left.count) *ADD(arena, &found.runs) = left;
            break;
        }
        int32_t position = customer->items[following];
        end = first_from(sent->items, begin, sent->count, position);
        Row pending = {sent->items + begin, end - begin};
        part_pending(arena, &found, history, pairing, pending, position, rules);
    }
    return found;
}

/* What an answer that welcomes does most surely, the first of equals. */
static int welcomes_by(const double *row) {
    int warm = row[GRATITUDE] > row[PRAISE] ? GRATITUDE : PRAISE;
    return row[ADVOCACY] > row[warm] ? ADVOCACY : warm;
}

/* How surely a customer's answer welcomes what it answers, 0 to 1; 0 below `least`. */
static double welcoming(const double *row, double least) {
    double warm = row[welcomes_by(row)];
    double cold = larger(larger(row[COMPLAINT], row[OPT_OUT]), row[ABUSE]);
    return warm >= least && warm > cold ? warm * (1.0 - cold) : 0.0;
}

/* What nobody asked for, and the customer likely did not welcome either, ascending. */
static const Places *unwelcome(
    Arena *arena, const Outreach *sent, const History *history, const Rules *rules) {
    uint8_t *welcomed = TAKE_ZEROS(arena, history->count, uint8_t);
    for (int32_t i = 0; i < sent->welcomes.count; i++) {
        const Welcome *welcome = sent->welcomes.items + i;
        if (welcoming(row_of(history, welcome->answer), rules->least) < LIKELY) continue;
        for (int32_t j = 0; j < welcome->outreach.count; j++)
            welcomed[welcome->outreach.items[j]] = 1;
    }
    Places *found = TAKE_ZEROS(arena, 1, Places);
    for (int32_t i = 0; i < sent->unasked.count; i++)
        if (!welcomed[sent->unasked.items[i]]) append(arena, found, sent->unasked.items[i]);
    return found;
}

#endif
