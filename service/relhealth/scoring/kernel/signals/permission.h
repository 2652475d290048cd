/* What contact the customer permits: signals/permission.py, compiled. */
#ifndef RELHEALTH_PERMISSION_H
#define RELHEALTH_PERMISSION_H

#include "pairing.h"

typedef struct {
    int32_t position, opt_out, before; /* of the same channel, still standing; NONE for the first */
    double probability;
    uint8_t standing;
} Disregard;

typedef struct {
    LIST(Disregard) disregards;
    Places invited; /* unasked contacts that do not beg, on a channel that was consented to */
    int32_t withdrawn[CHANNELS]; /* the opt-out that closed each channel, NONE where it is open */
    double surely[CHANNELS], withdrawn_probability; /* where the two are in touch */
    uint16_t consented; /* channels, a bit each, as of the moment that was reached */
} Permission;

static void close_channels(Permission *found, uint16_t channels, int32_t position, double surely) {
    found->consented &= (uint16_t)~channels;
    for (int i = 0; i < CHANNELS; i++) {
        if (!(channels >> i & 1)) continue;
        if (found->withdrawn[i] != NONE && found->surely[i] >= surely) continue;
        found->withdrawn[i] = position;
        found->surely[i] = surely;
    }
}

static void reopen_channels(Permission *found, uint16_t channels, int32_t *standing) {
    found->consented |= channels;
    for (int i = 0; i < CHANNELS; i++) {
        if (!(channels >> i & 1)) continue;
        found->withdrawn[i] = NONE;
        for (int32_t at = standing[i]; at != NONE; at = found->disregards.items[at].before)
            found->disregards.items[at].standing = 0;
        standing[i] = NONE;
    }
}

static void hear_customer(
    Permission *found, const History *history, double least, int32_t position, int32_t *standing) {
    const Outcome *outcome = outcome_at(history, position);
    double surely = act_at(history, position, OPT_OUT);
    if (outcome->is == OPTED_OUT) close_channels(found, outcome->channels, position, 1.0);
    else if (outcome->is == CONSENTED) reopen_channels(found, outcome->channels, standing);
    else if (surely >= least) close_channels(found, ALL_CHANNELS, position, surely);
}

/* How surely an opt-out is in force on every channel on which the two are in touch, if there is
 * any. */
static double surely_left_alone(const Permission *found, Arena *arena, const History *history) {
    uint16_t in_touch = 0, any = 0;
    double least = 1.0;
    if (history->count == 0) return 0.0;
    for (int32_t i = 0; i < history->count; i++) {
        uint16_t channel = (uint16_t)(1 << history->channel[i]);
        any |= channel;
        if (letters_at(arena, history, i).size > 0) in_touch |= channel;
    }
    if (in_touch == 0) in_touch = any;
    for (int i = 0; i < CHANNELS; i++)
        if (in_touch >> i & 1)
            least = smaller(least, found->withdrawn[i] == NONE ? 0.0 : found->surely[i]);
    return least;
}

static Permission find_permission(
    Arena *arena, const History *history, const Pairing *pairing, double least) {
    Permission found = {.withdrawn_probability = 0.0};
    int32_t standing[CHANNELS];
    for (int i = 0; i < CHANNELS; i++) found.withdrawn[i] = standing[i] = NONE;
    for (int32_t position = 0; position < history->count; position++) {
        int role = pairing->roles[position], channel = history->channel[position];
        if (role == ROLE_CUSTOMER) hear_customer(&found, history, least, position, standing);
        if (role != ROLE_OUTREACH) continue;
        int begs = act_at(history, position, ENGAGEMENT_BAIT) >= least;
        if (found.consented >> channel & 1 && !begs) append(arena, &found.invited, position);
        if (found.withdrawn[channel] == NONE) continue;
        *ADD(arena, &found.disregards) = (Disregard){position, found.withdrawn[channel],
            standing[channel], found.surely[channel], 1};
        standing[channel] = found.disregards.count - 1;
    }
    found.withdrawn_probability = surely_left_alone(&found, arena, history);
    return found;
}

#endif
