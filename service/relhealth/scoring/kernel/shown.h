/* What is shown: lines of evidence with their words, and Python's objects for them. */
#ifndef RELHEALTH_SHOWN_H
#define RELHEALTH_SHOWN_H

#include "../../domain/spans.h"
#include "health.h"
#include "sentences.h"
#include "stance.h"

/* The words of an act that were found. */
typedef struct Found {
    struct Found *next;
    int act;
    LIST(Extent) extents;
} Found;

/* What the words of acts are found by, each once: they stay in the scene's arena. */
typedef struct {
    Arena *arena; /* of whoever looks at the evidence, until they have seen it */
    const Scene *scene;
    PyObject *words, *find; /* a reading's words, and the name of their method */
    const SpanFinder *finder; /* NULL where they are found by Python */
    Found **found;            /* by place; NULL until somebody asks */
} Mentions;

static PyObject *act_member(const Scene *scene, int32_t position, int act) {
    return PyTuple_GetItem(scene->rules->python.acts[scene->history->sender[position]], act);
}

/* What finds words in C; NULL where they are Python's. */
static const SpanFinder *finder_of(Arena *arena, PyObject *words) {
    PyObject *capsule = PyObject_GetAttrString(words, "in_c");
    if (capsule == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        return NULL;
    }
    const SpanFinder *finder = PyCapsule_GetPointer(held(arena, capsule), SPAN_FINDER);
    if (finder == NULL) fail(arena);
    return finder;
}

static void find_in_c(const Mentions *mentions, int32_t position, Found *found) {
    uint32_t sentence = 0;
    Extent extent;
    int more;
    while ((more = mentions->finder->next(
                mentions->words, position, found->act, &sentence, &extent)) > 0)
        *ADD(mentions->scene->arena, &found->extents) = extent;
    if (more < 0) fail(mentions->arena);
}

static void find_in_python(const Mentions *mentions, int32_t position, Found *found) {
    Arena *arena = mentions->arena;
    PyObject *at = held(arena, PyLong_FromLong(position));
    PyObject *member = act_member(mentions->scene, position, found->act);
    PyObject *spans = held(
        arena, PyObject_CallMethodObjArgs(mentions->words, mentions->find, at, member, NULL));
    if (!PyTuple_Check(spans)) {
        PyErr_SetString(PyExc_TypeError, "spans are a tuple");
        fail(arena);
    }
    for (Py_ssize_t i = 0; i < PyTuple_Size(spans); i++) {
        PyObject *span = PyTuple_GetItem(spans, i);
        *ADD(mentions->scene->arena, &found->extents) = (Extent){
            whole(arena, PyTuple_GetItem(span, 0)), whole(arena, PyTuple_GetItem(span, 1))};
    }
}

static const Found *found_at(Mentions *mentions, int32_t position, int act) {
    const Scene *scene = mentions->scene;
    if (mentions->found == NULL) {
        mentions->finder = finder_of(mentions->arena, mentions->words);
        mentions->found = TAKE_ZEROS(scene->arena, scene->history->count, Found *);
    }
    Found **first = mentions->found + position;
    for (const Found *known = *first; known != NULL; known = known->next)
        if (known->act == act) return known;
    Found *found = TAKE(scene->arena, 1, Found);
    *found = (Found){.next = *first, .act = act};
    if (mentions->finder != NULL) find_in_c(mentions, position, found);
    else find_in_python(mentions, position, found);
    return *first = found;
}

/* ---- which lines ----------------------------------------------------------------------------- */

/* What lies beyond the lines that are shown, in one. */
typedef struct {
    int32_t items;
    double value, weight, contribution;
} Remainder;

static Remainder remainder_of(Arena *arena, const Ledger *ledger, const Heaviest *shown) {
    int32_t all = ledger->seen.count, items = 0;
    double *weights = TAKE(arena, all, double), *weighted = TAKE(arena, all, double);
    double *points = TAKE(arena, all, double);
    for (int32_t i = 0; i < all; i++) {
        if (shown->is_among[i]) continue;
        weights[items] = ledger->weights[i];
        weighted[items] = ledger->weights[i] * ledger->seen.items[i].value;
        points[items++] = ledger->points[i];
    }
    double weight = sum_of(weights, items);
    return (Remainder){items, sum_of(weighted, items) / weight, weight, sum_of(points, items)};
}

typedef struct {
    PyObject *name, *description;
    double value, log_odds;
    Row positions;
    int is_doubtful;
} StanceLine;

/* What a line says, with a perhaps where that is less likely than not. */
static Letters stance_summary(Arena *arena, const StanceLine *line) {
    Letters said = letters_in(arena, line->description);
    return line->is_doubtful ? hedged(arena, said) : said;
}

/* That the customer opted out, by the interactions that say so. */
static StanceLine opt_out_line(Arena *arena, const Scene *scene) {
    static const double most = 1.0 - 1e-9;
    const StanceRules *rules = &scene->rules->stance;
    double surely = smaller(scene->permission.withdrawn_probability, most);
    int32_t *items = TAKE(arena, CHANNELS, int32_t), count = 0;
    for (int i = 0; i < CHANNELS; i++)
        if (scene->permission.withdrawn[i] != NONE) items[count++] = scene->permission.withdrawn[i];
    Set positions = set_of(items, count);
    return (StanceLine){scene->rules->python.opted_out, rules->opted_out_description, 1.0,
        log(surely / (1.0 - surely)), {positions.items, positions.count}, 0};
}

/* What spoke for the label, the heaviest first; how many. */
static int stance_lines(Arena *arena, const Scene *scene, const Stance *stance, int32_t limit,
    StanceLine *into) {
    const StanceRules *rules = &scene->rules->stance;
    int count = 0;
    if (stance->label == OPTED_OUT_STANCE) {
        if (limit > 0) into[count++] = opt_out_line(arena, scene);
        return count;
    }
    double log_odds[MOST_FEATURES];
    log_odds_of(rules, stance, log_odds);
    Heaviest order = heaviest(arena, log_odds, rules->features, limit);
    while (count < order.count) {
        int at = order.items[count].place;
        if (log_odds[at] == 0.0) break;
        into[count++] = (StanceLine){rules->names[at], rules->descriptions[at], log_odds[at] > 0.0,
            log_odds[at], all_of(&stance->features[at].positions),
            feature_is_doubtful(rules->feature[at], stance->features[at].value)};
    }
    return count;
}

/* ---- Python's objects ------------------------------------------------------------------------ */

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

static PyObject *span_of(Arena *arena, const Readers *python, Extent extent) {
    PyObject *span = new_named(arena, python->span, 2);
    put(arena, span, 0, PyLong_FromLongLong(extent.begin));
    put(arena, span, 1, PyLong_FromLongLong(extent.end));
    return span;
}

static PyObject *mentions_of(Mentions *mentions, int32_t position, int act) {
    Arena *arena = mentions->arena;
    const Scene *scene = mentions->scene;
    const Readers *python = &scene->rules->python;
    const Found *found = found_at(mentions, position, act);
    PyObject *tuple = new_tuple(arena, found->extents.count);
    for (int32_t i = 0; i < found->extents.count; i++) {
        PyObject *mention = new_named(arena, python->mention, 4);
        put(arena, mention, 0, PyLong_FromLong(position));
        put(arena, mention, 1, Py_NewRef(act_member(scene, position, act)));
        put(arena, mention, 2, Py_NewRef(span_of(arena, python, found->extents.items[i])));
        put(arena, mention, 3, PyFloat_FromDouble(does(scene, position, act)));
        put(arena, tuple, i, Py_NewRef(mention));
    }
    return tuple;
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
    Sentence said;
    Letters letters = summary_of(&said, arena, mentions->scene, trait, seen, kind);
    PyObject *sentence = kind->description;
    if (letters.bytes != kind->description_letters.bytes)
        sentence = held(arena, PyUnicode_FromStringAndSize(letters.bytes, letters.size));
    return new_line(arena, python, evidence, sentence, words);
}

static PyObject *remainder_line(Arena *arena, const Rules *rules, const Remainder *rest) {
    const Readers *python = &rules->python;
    double items = (double)rest->items;
    PyObject *nothing = new_tuple(arena, 0);
    PyObject *evidence = new_evidence(arena, python, python->remainder, Py_None, rest->value,
        rest->weight, rest->contribution, nothing, nothing, numbers(arena, &items, 1));
    Sentence said;
    say_remainder(&said, rest->items);
    PyObject *sentence = held(arena, PyUnicode_FromString(said.letters));
    return new_line(arena, python, evidence, sentence, nothing);
}

/* A trait's evidence, the heaviest first; beyond the limit one remainder. */
static PyObject *evidence_of(Mentions *mentions, const Ledger *ledger, int trait, int32_t limit) {
    Arena *arena = mentions->arena;
    Heaviest shown = heaviest(arena, ledger->points, ledger->seen.count, limit);
    PyObject *tuple = new_tuple(arena, shown.count + (shown.count < ledger->seen.count));
    for (int32_t i = 0; i < shown.count; i++) {
        int32_t place = shown.items[i].place;
        put(arena, tuple, i, Py_NewRef(line_of(mentions, ledger, trait, place)));
        worked(arena, WORK_BETWEEN >> 6);
    }
    if (shown.count == ledger->seen.count) return tuple;
    Remainder rest = remainder_of(arena, ledger, &shown);
    put(arena, tuple, shown.count,
        Py_NewRef(remainder_line(arena, mentions->scene->rules, &rest)));
    return tuple;
}

static PyObject *stance_evidence(
    Arena *arena, const Scene *scene, const Stance *stance, int32_t limit) {
    const Readers *python = &scene->rules->python;
    StanceLine lines[MOST_FEATURES];
    int count = stance_lines(arena, scene, stance, limit, lines);
    PyObject *tuple = new_tuple(arena, count), *nothing = new_tuple(arena, 0);
    for (int i = 0; i < count; i++) {
        const StanceLine *line = lines + i;
        PyObject *evidence = new_evidence(arena, python, line->name,
            party_member(python, CUSTOMER), line->value, fabs(line->log_odds), line->log_odds,
            places(arena, line->positions), nothing, nothing);
        PyObject *said = line->description;
        if (line->is_doubtful) {
            Letters summary = stance_summary(arena, line);
            said = held(arena, PyUnicode_FromStringAndSize(summary.bytes, summary.size));
        }
        put(arena, tuple, i, Py_NewRef(new_line(arena, python, evidence, said, nothing)));
    }
    return tuple;
}

#endif
