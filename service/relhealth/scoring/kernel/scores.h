/* What a judgement says, as the values of domain/score.py. */
#ifndef RELHEALTH_SCORES_H
#define RELHEALTH_SCORES_H

#include "judged.h"

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
    Arena *arena = &judged->look;
    if (judged->limit < 0) return new_tuple(arena, 0);
    PyObject *number = held(arena, PyLong_FromLong(place));
    return held(arena, PyObject_CallFunctionObjArgs(
                           judged->rules->python.lines, (PyObject *)judged, number, NULL));
}

static PyObject *trait_score(Judged *judged, int trait) {
    Arena *arena = &judged->look;
    const Readers *python = &judged->rules->python;
    const Ledger *ledger = judged->ledgers + trait;
    int status = judged->conclusion.statuses[trait];
    PyObject *estimate = Py_None;
    if (status == SCORED)
        estimate = estimate_of(arena, judged->rules, judged->conclusion.traits + trait);
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
    PyObject *scores = new_tuple(&judged->look, TRAITS);
    for (int i = 0; i < TRAITS; i++)
        put(&judged->look, scores, i, Py_NewRef(trait_score(judged, i)));
    return scores;
}

static PyObject *health_score(Judged *judged) {
    Arena *arena = &judged->look;
    const Readers *python = &judged->rules->python;
    const Conclusion *found = &judged->conclusion;
    PyObject *estimate = Py_None, *score = new_named(arena, python->health_score, 7);
    if (found->is_told) estimate = estimate_of(arena, judged->rules, &found->health);
    put(arena, score, 0, Py_NewRef(estimate));
    put(arena, score, 1, PyFloat_FromDouble(found->value));
    put(arena, score, 2, member(python->bands, found->band));
    put(arena, score, 3, member(python->bands, found->band_before_cap));
    put(arena, score, 4, Py_XNewRef(PyTuple_GetItem(python->reasons, found->reason)));
    put(arena, score, 5, PyFloat_FromDouble(found->prior));
    put(arena, score, 6, Py_NewRef(numbers(arena, found->contributions, TRAITS)));
    return score;
}

static PyObject *stance_score(Judged *judged) {
    Arena *arena = &judged->look;
    const Readers *python = &judged->rules->python;
    const Stance *stance = &judged->conclusion.stance;
    PyObject *score = new_named(arena, python->stance_score, 4);
    put(arena, score, 0, member(python->stances, stance->label));
    put(arena, score, 1, Py_NewRef(numbers(arena, stance->probabilities, STANCES)));
    put(arena, score, 2, Py_NewRef(lines_of(judged, OF_STANCE)));
    put(arena, score, 3, member(python->advice, stance->label));
    return score;
}

static PyObject *missing_score(Judged *judged) {
    Arena *arena = &judged->look;
    const Readers *python = &judged->rules->python;
    if (judged->conclusion.fact == NONE) return Py_None;
    /* trait, name, summary */
    PyObject *described = PyTuple_GetItem(python->facts, judged->conclusion.fact);
    PyObject *score = new_named(arena, python->missing_fact, 4);
    put(arena, score, 0, Py_XNewRef(PyTuple_GetItem(described, 0)));
    put(arena, score, 1, Py_XNewRef(PyTuple_GetItem(described, 1)));
    put(arena, score, 2, PyFloat_FromDouble(judged->conclusion.narrowing));
    put(arena, score, 3, Py_XNewRef(PyTuple_GetItem(described, 2)));
    return score;
}

/* All that is judged; what is made for it is let go when the look ends. */
static PyObject *told(Judged *judged, void *nothing) {
    (void)nothing;
    PyObject *traits = trait_scores(judged), *health = health_score(judged);
    PyObject *stance = stance_score(judged), *missing = missing_score(judged);
    return Py_BuildValue("(OOOO)", health, traits, stance, missing);
}

/* Health and the traits in points, without anything else. */
static PyObject *valued(Judged *judged) {
    double values[TRAITS];
    for (int i = 0; i < TRAITS; i++) values[i] = POINTS * judged->ledgers[i].mean;
    double health = health_prior(judged->ledgers) + sum_of_points(judged->shares);
    return Py_BuildValue("(dO)", health, numbers(&judged->arena, values, TRAITS));
}

#endif
