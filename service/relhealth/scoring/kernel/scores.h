/* What a judgement says, as the values of domain/score.py. */
#ifndef RELHEALTH_SCORES_H
#define RELHEALTH_SCORES_H

#include "judged.h"

enum { SCORED = 1, NOT_APPLICABLE = 2, INSUFFICIENT = 3 };
enum { BAND_INSUFFICIENT = 1 };
enum { NO_REASON, CAPPED_FOR_CONTACT, LACKS_COVERAGE };

/* A member of an enumeration, whose numbers begin at 1. */
static PyObject *member(PyObject *members, int number) {
    return Py_XNewRef(PyTuple_GetItem(members, number - 1));
}

static PyObject *estimate_of(Arena *arena, const Rules *rules, const Estimate *estimate) {
    const double fields[] = {estimate->value, estimate->lower, estimate->upper,
        rules->credible_level, estimate->coverage};
    PyObject *tuple = new_named(arena, rules->python.estimate, COUNT_OF(fields));
    for (int i = 0; i < COUNT_OF(fields); i++)
        put(arena, tuple, i, PyFloat_FromDouble(fields[i]));
    return tuple;
}

/* Lines of evidence, which will be made when somebody looks at them. */
static PyObject *lines_of(Judged *judged, int place) {
    Arena *arena = &judged->arena;
    if (judged->limit < 0) return new_tuple(arena, 0);
    PyObject *number = held(arena, PyLong_FromLong(place));
    return held(arena, PyObject_CallFunctionObjArgs(
                           judged->rules->python.lines, (PyObject *)judged, number, NULL));
}

static PyObject *trait_score(Judged *judged, int trait) {
    Arena *arena = &judged->arena;
    const Rules *rules = judged->rules;
    const Readers *python = &rules->python;
    const Ledger *ledger = judged->ledgers + trait;
    int status = SCORED;
    if (!ledger->applies) status = NOT_APPLICABLE;
    else if (ledger->seen.count == 0 || ledger->coverage < ledger->rules->coverage_floor)
        status = INSUFFICIENT;
    PyObject *estimate = Py_None;
    if (status == SCORED) {
        Estimate found = trait_estimate(rules, ledger);
        estimate = estimate_of(arena, rules, &found);
    }
    PyObject *score = new_named(arena, python->trait_score, 8);
    put(arena, score, 0, member(python->traits, trait + 1));
    put(arena, score, 1, member(python->statuses, status));
    put(arena, score, 2, Py_NewRef(estimate));
    put(arena, score, 3, PyFloat_FromDouble(POINTS * ledger->mean));
    put(arena, score, 4, PyFloat_FromDouble(POINTS * ledger->prior.mean));
    put(arena, score, 5, PyFloat_FromDouble(ledger->brand_points));
    put(arena, score, 6, PyFloat_FromDouble(ledger->customer_points));
    put(arena, score, 7, Py_NewRef(lines_of(judged, trait)));
    return score;
}

static PyObject *trait_scores(Judged *judged) {
    PyObject *scores = new_tuple(&judged->arena, TRAITS);
    for (int i = 0; i < TRAITS; i++)
        put(&judged->arena, scores, i, Py_NewRef(trait_score(judged, i)));
    return scores;
}

static PyObject *health_score(Judged *judged, double prior) {
    Arena *arena = &judged->arena;
    const Rules *rules = judged->rules;
    const Readers *python = &rules->python;
    double contributions[TRAITS];
    for (int i = 0; i < TRAITS; i++) contributions[i] = judged->shares[i].points;
    double value = prior + sum_of(contributions, TRAITS);
    judged->health = health_estimate(rules, prior, judged->shares);
    int told = judged->health.coverage >= rules->coverage_floor;
    int before = told ? band_of(rules, value) : BAND_INSUFFICIENT, band = before;
    int reason = told ? NO_REASON : LACKS_COVERAGE;
    if (told && is_disregarded(judged->scene)) {
        reason = CAPPED_FOR_CONTACT;
        if (rules->opt_out_cap < band) band = rules->opt_out_cap;
    }
    PyObject *score = new_named(arena, python->health_score, 7);
    put(arena, score, 0, Py_NewRef(told ? estimate_of(arena, rules, &judged->health) : Py_None));
    put(arena, score, 1, PyFloat_FromDouble(value));
    put(arena, score, 2, member(python->bands, band));
    put(arena, score, 3, member(python->bands, before));
    put(arena, score, 4, Py_XNewRef(PyTuple_GetItem(python->reasons, reason)));
    put(arena, score, 5, PyFloat_FromDouble(prior));
    put(arena, score, 6, Py_NewRef(numbers(arena, contributions, TRAITS)));
    return score;
}

static PyObject *stance_score(Judged *judged) {
    Arena *arena = &judged->arena;
    const Readers *python = &judged->rules->python;
    judged->stance = judge_stance(judged->scene);
    PyObject *score = new_named(arena, python->stance_score, 4);
    put(arena, score, 0, member(python->stances, judged->stance.label));
    put(arena, score, 1, Py_NewRef(numbers(arena, judged->stance.probabilities, STANCES)));
    put(arena, score, 2, Py_NewRef(lines_of(judged, OF_STANCE)));
    put(arena, score, 3, member(python->advice, judged->stance.label));
    return score;
}

static PyObject *missing_score(Judged *judged, double prior) {
    Arena *arena = &judged->arena;
    const Readers *python = &judged->rules->python;
    double narrowing;
    int fact = missing_fact(judged->scene, judged->ledgers, prior, judged->shares,
        width_of(judged->health), &narrowing);
    if (fact == NONE) return Py_None;
    PyObject *described = PyTuple_GetItem(python->facts, fact); /* trait, name, summary */
    PyObject *score = new_named(arena, python->missing_fact, 4);
    put(arena, score, 0, Py_XNewRef(PyTuple_GetItem(described, 0)));
    put(arena, score, 1, Py_XNewRef(PyTuple_GetItem(described, 1)));
    put(arena, score, 2, PyFloat_FromDouble(narrowing));
    put(arena, score, 3, Py_XNewRef(PyTuple_GetItem(described, 2)));
    return score;
}

/* All that is judged. Its objects are given back to whoever asked: the judgement keeps none of
 * them, since the lines of evidence keep the judgement. Where this fails, whoever catches that lets
 * them go. */
static PyObject *told(Judged *judged) {
    Held *before = judged->arena.held;
    double prior = health_prior(judged->ledgers);
    PyObject *traits = trait_scores(judged), *health = health_score(judged, prior);
    PyObject *stance = stance_score(judged), *missing = missing_score(judged, prior);
    PyObject *answer = Py_BuildValue("(OOOO)", health, traits, stance, missing);
    let_go(&judged->arena, before);
    return answer;
}

/* Health and the traits in points, without anything else. */
static PyObject *valued(Judged *judged) {
    double values[TRAITS];
    for (int i = 0; i < TRAITS; i++) values[i] = POINTS * judged->ledgers[i].mean;
    double health = health_prior(judged->ledgers) + sum_of_points(judged->shares);
    return Py_BuildValue("(dO)", health, numbers(&judged->arena, values, TRAITS));
}

#endif
