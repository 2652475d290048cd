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
    double surely[CHANNELS], withdrawn_probability;
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
    for (int i = 0; i < CHANNELS; i++)
        if (found.withdrawn[i] != NONE)
            found.withdrawn_probability = larger(found.withdrawn_probability, found.surely[i]);
    return found;
}

#endif
