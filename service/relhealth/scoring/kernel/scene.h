/* Everything that the traits look at: signals/scene.py, compiled. */
#ifndef RELHEALTH_SCENE_H
#define RELHEALTH_SCENE_H

#include "signals/commitments.h"
#include "signals/contentment.h"
#include "signals/context.h"
#include "signals/episodes.h"
#include "signals/outreach.h"
#include "signals/pace.h"
#include "signals/permission.h"
#include "signals/talk.h"

typedef struct {
    double mean, strength;
} Prior;

typedef struct {
    Arena *arena;
    const Rules *rules;
    const History *history;
    const Prior *priors; /* of the traits in the history's segment */
    int64_t as_of_us;
    double least; /* below this probability an act is no evidence */
    const int32_t *each; /* 0, 1, 2, ...: a place as a list of one */
    Places brand;        /* places of the brand's messages, ascending */
    Places brand_doing[BRAND_ACTS], customer_doing[CUSTOMER_ACTS];
    const double *failing, *unresolved; /* how surely the customer's messages are, by place */
    Places failing_at, unresolved_at;   /* those of the customer's that are evidence of it */
    Words words;
    Pairing pairing;
    Talk talk;
    Outreach outreach;
    Permission permission;
    Episodes episodes;
    Commitments commitments;
    Contentments contentments;
} Scene;

static const Places *with_role(const Scene *scene, int role) {
    return scene->pairing.with_role + role;
}

static const Places *customer_places(const Scene *scene) { return with_role(scene, ROLE_CUSTOMER); }

static double does(const Scene *scene, int32_t position, int act) {
    return act_at(scene->history, position, act);
}

static int64_t sent_at(const Scene *scene, int32_t position) {
    return scene->history->sent_us[position];
}

static int32_t answered_by(const Scene *scene, const Call *call) {
    return scene->pairing.answered_by[call->position];
}

static int32_t settled_by(const Scene *scene, const Call *call) {
    return scene->pairing.settled_by[call->position];
}

static void list_doing(Scene *scene) {
    const History *history = scene->history;
    for (int32_t position = 0; position < history->count; position++) {
        int customer = is_customer(history, position);
        Places *doing = customer ? scene->customer_doing : scene->brand_doing;
        const double *row = row_of(history, position);
        if (!customer) append(scene->arena, &scene->brand, position);
        for (int act = 0; act < (customer ? CUSTOMER_ACTS : BRAND_ACTS); act++)
            if (row[act] >= scene->least) append(scene->arena, doing + act, position);
    }
}

/* The customer's messages that are something surely enough to be evidence. */
static Places sure_places(const Scene *scene, const double *surely) {
    const Places *customer = customer_places(scene);
    Places found = {0};
    for (int32_t i = 0; i < customer->count; i++)
        if (surely[customer->items[i]] >= scene->least)
            append(scene->arena, &found, customer->items[i]);
    return found;
}

static const int32_t *counted(Arena *arena, int32_t count) {
    int32_t *each = TAKE(arena, count, int32_t);
    for (int32_t i = 0; i < count; i++) each[i] = i;
    return each;
}

static Scene *find_scene(Arena *arena, const Rules *rules, const History *history,
    const Prior *priors, int64_t as_of_us) {
    Scene *scene = TAKE_ZEROS(arena, 1, Scene);
    scene->arena = arena;
    scene->rules = rules;
    scene->history = history;
    scene->priors = priors;
    scene->as_of_us = as_of_us;
    scene->least = rules->least;
    scene->each = counted(arena, history->count);
    scene->words = words_of(arena, rules, history);
    scene->pairing = pair(arena, history, &scene->words, rules);
    const Pairing *pairing = &scene->pairing;
    scene->failing = find_failing(arena, history, rules);
    scene->episodes = find_episodes(
        arena, history, scene->failing, &scene->words, pairing, rules, as_of_us);
    list_doing(scene);
    scene->permission = find_permission(arena, history, pairing, scene->least);
    scene->outreach =
        find_outreach(arena, history, pairing, &scene->permission.invited, rules);
    const Places *talked = unwelcome(arena, &scene->outreach, history, rules);
    scene->talk = find_talk(arena, &scene->words, pairing, talked, rules);
    scene->commitments =
        find_commitments(arena, history, pairing, &scene->episodes, rules, as_of_us);
    scene->contentments =
        find_contentments(arena, history, scene->failing, pairing, scene->least);
    scene->unresolved = find_unresolved(arena, history, scene->failing, pairing, rules);
    scene->failing_at = sure_places(scene, scene->failing);
    scene->unresolved_at = sure_places(scene, scene->unresolved);
    return scene;
}

#endif
