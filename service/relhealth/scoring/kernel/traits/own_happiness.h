/* Take responsibility for your own happiness: traits/own_happiness.py, compiled. */
#ifndef RELHEALTH_OWN_HAPPINESS_H
#define RELHEALTH_OWN_HAPPINESS_H

#include "observing.h"

#define OWN_HAPPINESS(kind)                                                                       \
    kind(engagement_bait) kind(bought_attention) kind(unanswered_outreach)                        \
    kind(contact_after_opt_out) kind(own_mistake_admitted) kind(outreach_welcomed)                \
    kind(compensation_as_condition) kind(public_shaming) kind(abuse) kind(good_word)              \
    kind(loyalty) kind(content) kind(grievance) kind(still_unresolved)
#define OWN_HAPPINESS_KIND(name) OWN_HAPPINESS_##name,
enum { OWN_HAPPINESS(OWN_HAPPINESS_KIND) OWN_HAPPINESS_KINDS };
static const char *const OWN_HAPPINESS_NAMES[] = {OWN_HAPPINESS(KIND_NAME)};

static int is_public(const Scene *scene, int32_t position) {
    uint8_t channel = scene->history->channel[position];
    return channel == SOCIAL_PUBLIC || channel == REVIEW;
}

static void see_bought_attention(const Scene *scene, Observations *seen) {
    const Places *baits = scene->brand_doing + ENGAGEMENT_BAIT;
    for (int32_t i = 0; i < baits->count; i++) {
        int32_t position = baits->items[i];
        double bait = does(scene, position, ENGAGEMENT_BAIT);
        double reward = larger(does(scene, position, PROMOTION), does(scene, position, GOODWILL));
        if (reward < scene->least) continue;
        see_act(scene, seen, OWN_HAPPINESS_bought_attention, ENGAGEMENT_BAIT, position, BAD,
            bait * reward, sent_at(scene, position));
    }
}

/* Its words are those of an opt-out in words; one that was recorded has none. */
static void see_contact_after_opt_out(const Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->permission.disregards.count; i++) {
        const Disregard *one = scene->permission.disregards.items + i;
        int is_recorded = outcome_at(scene->history, one->opt_out)->is == OPTED_OUT;
        SEE(scene, seen, .kind = OWN_HAPPINESS_contact_after_opt_out, .value = BAD,
            .severity = one->probability, .at_us = sent_at(scene, one->position),
            .positions = two(scene, one->opt_out, one->position),
            .act_at = is_recorded ? NONE : one->opt_out, .act = OPT_OUT);
    }
}

/* At most one a message of the customer's, however much it answers. */
static void see_outreach_welcomed(const Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->outreach.welcomes.count; i++) {
        const Welcome *welcome = scene->outreach.welcomes.items + i;
        const double *row = row_of(scene->history, welcome->answer);
        double severity = welcoming(row, scene->least);
        if (severity <= 0.0) continue;
        SEE(scene, seen, .kind = OWN_HAPPINESS_outreach_welcomed, .value = GOOD,
            .severity = severity, .at_us = sent_at(scene, welcome->answer),
            .positions = row_with(scene, welcome->outreach, welcome->answer),
            .act_at = welcome->answer, .act = welcomes_by(row));
    }
}

/* Compensation as a condition, and shaming in public for the sake of it. */
static void see_demands(const Scene *scene, Observations *seen) {
    const Places *demanding = scene->customer_doing + COMPENSATION_DEMAND;
    for (int32_t i = 0; i < demanding->count; i++) {
        int32_t position = demanding->items[i];
        const double *row = row_of(scene->history, position);
        double demand = row[COMPENSATION_DEMAND];
        double threat = larger(row[ULTIMATUM], row[CHURN_INTENT]);
        if (threat >= scene->least)
            see_act(scene, seen, OWN_HAPPINESS_compensation_as_condition, COMPENSATION_DEMAND,
                position, BAD, demand * threat, sent_at(scene, position));
        if (is_public(scene, position) && row[COMPLAINT] >= scene->least)
            see_act(scene, seen, OWN_HAPPINESS_public_shaming, COMPENSATION_DEMAND, position, BAD,
                demand * row[COMPLAINT], sent_at(scene, position));
    }
}

static void observe_own_happiness(Scene *scene, Observations *seen) {
    see_bad_brand_acts(scene, seen, OWN_HAPPINESS_engagement_bait, ENGAGEMENT_BAIT);
    see_bought_attention(scene, seen);
    see_unanswered_outreach(scene, seen, OWN_HAPPINESS_unanswered_outreach);
    see_contact_after_opt_out(scene, seen);
    see_customer_acts(scene, seen, OWN_HAPPINESS_own_mistake_admitted, OWN_MISTAKE, GOOD);
    see_outreach_welcomed(scene, seen);
    see_demands(scene, seen);
    see_customer_acts(scene, seen, OWN_HAPPINESS_abuse, ABUSE, BAD);
    see_customer_acts(scene, seen, OWN_HAPPINESS_good_word, PRAISE, GOOD);
    see_customer_acts(scene, seen, OWN_HAPPINESS_loyalty, ADVOCACY, GOOD);
    see_contentment(scene, seen, OWN_HAPPINESS_content);
    see_grievances(scene, seen, OWN_HAPPINESS_grievance);
    see_unresolved(scene, seen, OWN_HAPPINESS_still_unresolved);
}

/* Wherever anything was said. */
static int applies_always(const Scene *scene) { return scene->history->count > 0; }

#endif
