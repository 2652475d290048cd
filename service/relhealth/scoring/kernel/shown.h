/* What is shown, made into Python's objects: lines of evidence with their words. */
#ifndef RELHEALTH_SHOWN_H
#define RELHEALTH_SHOWN_H

#include "health.h"
#include "sentences.h"
#include "stance.h"

/* What the words of acts are found by, each once. */
typedef struct {
    Arena *arena;
    const Scene *scene;
    PyObject *words, *find;  /* a reading's words, and the name of their method */
    PyObject **found;        /* by place and act, NULL where nobody asked yet */
} Mentions;

/* Puts an item, which it takes over, into a tuple that is being made. */
static void put(Arena *arena, PyObject *tuple, Py_ssize_t at, PyObject *item) {
    if (item == NULL || PyTuple_SetItem(tuple, at, item) < 0) fail(arena);
}

static PyObject *new_tuple(Arena *arena, Py_ssize_t count) {
    return held(arena, PyTuple_New(count));
}

/* An object of a named tuple's type, whose fields are still to be put. */
static PyObject *new_named(Arena *arena, PyTypeObject *type, Py_ssize_t fields) {
    return held(arena, PyType_GenericAlloc(type, fields));
}

static PyObject *numbers(Arena *arena, const double *items, int count) {
    PyObject *tuple = new_tuple(arena, count);
    for (int i = 0; i < count; i++) put(arena, tuple, i, PyFloat_FromDouble(items[i]));
    return tuple;
}

static PyObject *places(Arena *arena, Row row) {
    PyObject *tuple = new_tuple(arena, row.count);
    for (int32_t i = 0; i < row.count; i++) put(arena, tuple, i, PyLong_FromLong(row.items[i]));
    return tuple;
}

static PyObject *act_member(const Scene *scene, int32_t position, int act) {
    return PyTuple_GetItem(scene->rules->python.acts[scene->history->sender[position]], act);
}

/* The words that carry an act of a message. */
static PyObject *mentions_of(Mentions *mentions, int32_t position, int act) {
    Arena *arena = mentions->arena;
    const Scene *scene = mentions->scene;
    PyObject **known = mentions->found + (size_t)position * COLUMNS + act;
    if (*known != NULL) return *known;
    PyObject *member = act_member(scene, position, act);
    PyObject *at = held(arena, PyLong_FromLong(position));
    PyObject *spans = held(
        arena, PyObject_CallMethodObjArgs(mentions->words, mentions->find, at, member, NULL));
    PyObject *surely = held(arena, PyFloat_FromDouble(does(scene, position, act)));
    PyObject *tuple = new_tuple(arena, PyTuple_Size(spans));
    for (Py_ssize_t i = 0; i < PyTuple_Size(spans); i++) {
        PyObject *mention = new_named(arena, scene->rules->python.mention, 4);
        put(arena, mention, 0, Py_NewRef(at));
        put(arena, mention, 1, Py_NewRef(member));
        put(arena, mention, 2, Py_NewRef(PyTuple_GetItem(spans, i)));
        put(arena, mention, 3, Py_NewRef(surely));
        put(arena, tuple, i, Py_NewRef(mention));
    }
    return *known = tuple;
}

/* A relhealth.domain.evidence.Evidence; what it takes stays its callers'. */
static PyObject *new_evidence(Arena *arena, const Readers *python, PyObject *kind, PyObject *party,
    double value, double weight, double contribution, PyObject *positions, PyObject *acts,
    PyObject *facts) {
    PyObject *evidence = new_named(arena, python->evidence, 8);
    put(arena, evidence, 0, Py_NewRef(kind));
    put(arena, evidence, 1, Py_NewRef(party));
    put(arena, evidence, 2, PyFloat_FromDouble(value));
    put(arena, evidence, 3, PyFloat_FromDouble(weight));
    put(arena, evidence, 4, PyFloat_FromDouble(contribution));
    put(arena, evidence, 5, Py_NewRef(positions));
    put(arena, evidence, 6, Py_NewRef(acts));
    put(arena, evidence, 7, Py_NewRef(facts));
    return evidence;
}

static PyObject *new_line(Arena *arena, const Readers *python, PyObject *evidence,
    PyObject *sentence, PyObject *mentions) {
    PyObject *line = new_named(arena, python->line, 3);
    put(arena, line, 0, Py_NewRef(evidence));
    put(arena, line, 1, Py_NewRef(sentence));
    put(arena, line, 2, Py_NewRef(mentions));
    return line;
}

static PyObject *party_member(const Readers *python, uint8_t party) {
    return PyTuple_GetItem(python->parties, party - BRAND);
}

/* A line of a trait's ledger. */
static PyObject *line_of(Mentions *mentions, const Ledger *ledger, int trait, int32_t at) {
    Arena *arena = mentions->arena;
    const Readers *python = &mentions->scene->rules->python;
    const Observation *seen = ledger->seen.items + at;
    const Kind *kind = ledger->rules->kinds + seen->kind;
    PyObject *acts = new_tuple(arena, seen->act_at != NONE), *words = new_tuple(arena, 0);
    if (seen->act_at != NONE) {
        PyObject *act_at = new_tuple(arena, 2);
        put(arena, act_at, 0, PyLong_FromLong(seen->act_at));
        put(arena, act_at, 1, Py_NewRef(act_member(mentions->scene, seen->act_at, seen->act)));
        put(arena, acts, 0, Py_NewRef(act_at));
        words = mentions_of(mentions, seen->act_at, seen->act);
    }
    PyObject *evidence = new_evidence(arena, python, kind->name, party_member(python, kind->party),
        seen->value, ledger->weights[at], ledger->points[at], places(arena, seen->positions), acts,
        numbers(arena, seen->facts, seen->fact_count));
    char room[LONGEST_SENTENCE];
    const char *written = write_sentence(room, trait, seen);
    PyObject *sentence = kind->description;
    if (written != NULL) sentence = held(arena, PyUnicode_FromString(written));
    return new_line(arena, python, evidence, sentence, words);
}

/* What lies beyond the lines that are shown, in one. */
static PyObject *remainder_of(
    Arena *arena, const Rules *rules, const Ledger *ledger, const Ranked *rest, int32_t count) {
    Sum weight = {.count = 0}, weighted = {.count = 0}, points = {.count = 0};
    for (int32_t i = 0; i < count; i++) {
        int32_t at = rest[i].place;
        sum_add(&weight, ledger->weights[at]);
        sum_add(&weighted, ledger->weights[at] * ledger->seen.items[at].value);
        sum_add(&points, ledger->points[at]);
    }
    const Readers *python = &rules->python;
    double all = sum_value(&weight), items = (double)count;
    PyObject *nothing = new_tuple(arena, 0);
    PyObject *evidence = new_evidence(arena, python, python->remainder, Py_None,
        sum_value(&weighted) / all, all, sum_value(&points), nothing, nothing,
        numbers(arena, &items, 1));
    char room[LONGEST_SENTENCE];
    PyObject *sentence = held(arena, PyUnicode_FromString(write_remainder(room, count)));
    return new_line(arena, python, evidence, sentence, nothing);
}

/* A trait's evidence, the heaviest first; beyond the limit one remainder. */
static PyObject *evidence_of(Mentions *mentions, const Ledger *ledger, int trait, int32_t limit) {
    Arena *arena = mentions->arena;
    int32_t count = ledger->seen.count, shown = count < limit ? count : limit;
    const Ranked *order = heaviest(arena, ledger->points, count, shown);
    PyObject *tuple = new_tuple(arena, shown + (count > shown));
    for (int32_t i = 0; i < shown; i++) {
        int32_t place = order[count - 1 - i].place;
        put(arena, tuple, i, Py_NewRef(line_of(mentions, ledger, trait, place)));
        worked(arena, WORK_BETWEEN >> 6);
    }
    if (count > shown)
        put(arena, tuple, shown,
            Py_NewRef(
                remainder_of(arena, mentions->scene->rules, ledger, order, count - shown)));
    return tuple;
}

/* ---- the stance -------------------------------------------------------------------------------- */

static PyObject *stance_line(const Scene *scene, PyObject *name, PyObject *description,
    double value, double log_odds, Row positions) {
    Arena *arena = scene->arena;
    const Readers *python = &scene->rules->python;
    PyObject *nothing = new_tuple(arena, 0);
    PyObject *evidence = new_evidence(arena, python, name, party_member(python, CUSTOMER),
        value, fabs(log_odds), log_odds, places(arena, positions), nothing,
        nothing);
    return new_line(arena, python, evidence, description, nothing);
}

/* That the customer opted out, by the interactions that say so. */
static PyObject *opt_out_line(const Scene *scene) {
    static const double most = 1.0 - 1e-9;
    const StanceRules *rules = &scene->rules->stance;
    double surely = smaller(scene->permission.withdrawn_probability, most);
    int32_t items[CHANNELS], count = 0;
    for (int i = 0; i < CHANNELS; i++)
        if (scene->permission.withdrawn[i] != NONE) items[count++] = scene->permission.withdrawn[i];
    Set positions = set_of(items, count);
    PyObject *name = scene->rules->python.opted_out;
    return stance_line(scene, name, rules->opted_out_description, 1.0,
        log(surely / (1.0 - surely)), (Row){positions.items, positions.count});
}

/* What spoke for the label, the heaviest first. */
static PyObject *stance_evidence(const Scene *scene, const Stance *stance, int32_t limit) {
    Arena *arena = scene->arena;
    const StanceRules *rules = &scene->rules->stance;
    if (stance->label == OPTED_OUT_STANCE) {
        PyObject *tuple = new_tuple(arena, limit > 0);
        if (limit > 0) put(arena, tuple, 0, Py_NewRef(opt_out_line(scene)));
        return tuple;
    }
    double log_odds[MOST_FEATURES];
    log_odds_of(rules, stance, log_odds);
    int32_t last = rules->features - 1, shown = 0;
    const Ranked *order = heaviest(arena, log_odds, rules->features, rules->features);
    while (shown <= last && shown < limit && order[last - shown].size != 0.0) shown++;
    PyObject *tuple = new_tuple(arena, shown);
    for (int32_t i = 0; i < shown; i++) {
        int at = order[last - i].place;
        put(arena, tuple, i,
            Py_NewRef(stance_line(scene, rules->names[at], rules->descriptions[at],
                log_odds[at] > 0.0, log_odds[at], all_of(&stance->features[at].positions))));
    }
    return tuple;
}

#endif
