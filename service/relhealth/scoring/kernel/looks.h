/* What can be asked of a judgement: its values, its evidence, its response, what is counted. */
#ifndef RELHEALTH_LOOKS_H
#define RELHEALTH_LOOKS_H

#include "response.h"
#include "scores.h"

/* ---- values ---------------------------------------------------------------------------------- */

PyDoc_STRVAR(told_doc, "told() -> (health, traits, stance, missing fact)\n\nThe values.");

static PyObject *judged_told(PyObject *self, PyObject *nothing) {
    (void)nothing;
    return looked_at((Judged *)self, told, NULL);
}

/* ---- evidence -------------------------------------------------------------------------------- */

static PyObject *lines_at(Judged *judged, void *place) {
    int of = *(int *)place;
    const Stance *stance = &judged->conclusion.stance;
    if (of == OF_STANCE)
        return Py_NewRef(stance_evidence(&judged->look, judged->scene, stance, judged->limit));
    return Py_NewRef(evidence_of(&judged->mentions, judged->ledgers + of, of, judged->limit));
}

static int is_place(int place) {
    if (0 <= place && place <= OF_STANCE) return 1;
    PyErr_SetString(PyExc_IndexError, "no such evidence");
    return 0;
}

PyDoc_STRVAR(lines_doc,
    "lines(place) -> tuple of evidence lines\n\n"
    "The evidence of the trait at a place, or after the traits that of the stance.");

static PyObject *judged_lines(PyObject *self, PyObject *args) {
    int place;
    if (!PyArg_ParseTuple(args, "i", &place) || !is_place(place)) return NULL;
    return looked_at((Judged *)self, lines_at, &place);
}

/* Whether ids are the judged history's own, of which there are no objects yet (History.later); -1
 * with an exception set. */
static int are_own(const Judged *judged, PyObject *ids) {
    if (judged->history.packed == NULL || PyTuple_Check(ids)) return 0;
    PyObject *history = PyObject_GetAttrString(ids, "history");
    if (history == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return -1;
        PyErr_Clear();
    }
    int own = history == judged->owner;
    Py_XDECREF(history);
    return own;
}

/* The ids to write, a new reference where they are a tuple; -1 with an exception set. */
static int take_ids(Encoded *encoded, const Judged *judged, PyObject *ids) {
    int own = are_own(judged, ids);
    if (own == 1) encoded->own_ids = judged->history.packed->ids;
    if (own == 0) encoded->ids = PySequence_Tuple(ids);
    return own == 1 || encoded->ids != NULL ? 0 : -1;
}

/* The ids of the judged history, a new reference where they are a tuple; -1 with an exception
 * set. */
static int take_own_ids(Encoded *encoded, const Judged *judged) {
    if (judged->history.packed != NULL) {
        encoded->own_ids = judged->history.packed->ids;
        return 0;
    }
    encoded->ids = PyObject_GetAttrString(judged->owner, "ids");
    return encoded->ids != NULL ? 0 : -1;
}

/* Fields' numbers, a byte each; -1 with an exception set. */
static int take_fields(int *fields, int wanted, const char *numbers, Py_ssize_t count) {
    if (count != wanted) {
        PyErr_SetString(PyExc_TypeError, "there must be a byte for each field");
        return -1;
    }
    for (int i = 0; i < wanted; i++) fields[i] = (uint8_t)numbers[i];
    return 0;
}

typedef struct {
    int place;
    Encoded encoded;
} Lines;

static PyObject *encoded_at(Judged *judged, void *asked) {
    Lines *lines = asked;
    Encoded *encoded = &lines->encoded;
    const Ledger *ledger = judged->ledgers + lines->place;
    if (lines->place == OF_STANCE)
        encode_stance(encoded, judged->scene, &judged->conclusion.stance, judged->limit);
    else
        encode_evidence(encoded, &judged->mentions, ledger, lines->place, judged->limit);
    return PyBytes_FromStringAndSize(encoded->out.at, (Py_ssize_t)written_of(&encoded->out));
}

PyDoc_STRVAR(write_doc,
    "write(place, number, ids, fields) -> bytes\n\n"
    "The same evidence as a message's repeated field of a number. The ids name the interactions,\n"
    "by position. The fields are the numbers of kind, party, value, weight, contribution,\n"
    "summary, interaction_ids and mentions, and of a mention's act, interaction_id, begin, end\n"
    "and probability, a byte each.");

static PyObject *judged_write(PyObject *self, PyObject *args) {
    Judged *judged = (Judged *)self;
    Lines lines = {.encoded = {.out = {.arena = &judged->look}}};
    const char *fields;
    Py_ssize_t count;
    PyObject *ids, *found = NULL;
    if (!PyArg_ParseTuple(args, "iiOy#", &lines.place, &lines.encoded.number, &ids, &fields, &count) ||
        !is_place(lines.place) || take_fields(lines.encoded.fields, FIELDS, fields, count) < 0)
        return NULL;
    if (take_ids(&lines.encoded, judged, ids) == 0) found = looked_at(judged, encoded_at, &lines);
    Py_XDECREF(lines.encoded.ids);
    return found;
}

/* A line of a trait's ledger; the trait is NONE where there is none. */
typedef struct {
    int trait;
    int32_t at;
    double points;
} Moving;

/* The sentence of a line, None where there is none. */
static PyObject *summary_at(Judged *judged, const Moving *line) {
    if (line->trait == NONE) return Py_NewRef(Py_None);
    const Ledger *ledger = judged->ledgers + line->trait;
    const Observation *seen = ledger->seen.items + line->at;
    Sentence said;
    Letters letters = summary_of(&said, &judged->look, judged->scene, line->trait, seen,
        ledger->rules->kinds + seen->kind);
    return PyUnicode_FromStringAndSize(letters.bytes, letters.size);
}

static PyObject *strongest(Judged *judged, void *nothing) {
    Moving up = {NONE, 0, 0.0}, down = {NONE, 0, 0.0};
    (void)nothing;
    for (int trait = 0; trait < TRAITS && judged->limit >= 0; trait++) {
        const Ledger *ledger = judged->ledgers + trait;
        Heaviest shown =
            heaviest(&judged->look, ledger->points, ledger->seen.count, judged->limit);
        for (int32_t i = 0; i < shown.count; i++) {
            Moving line = {trait, shown.items[i].place, ledger->points[shown.items[i].place]};
            if (line.points > up.points) up = line;
            if (line.points < down.points) down = line;
        }
    }
    PyObject *rising = held(&judged->look, summary_at(judged, &up));
    return PyTuple_Pack(2, rising, held(&judged->look, summary_at(judged, &down)));
}

PyDoc_STRVAR(strongest_doc,
    "strongest() -> (summary or None, summary or None)\n\n"
    "The sentences of the lines that move their trait furthest up and furthest down.");

static PyObject *judged_strongest(PyObject *self, PyObject *nothing) {
    (void)nothing;
    return looked_at((Judged *)self, strongest, NULL);
}

/* ---- response -------------------------------------------------------------------------------- */

PyDoc_STRVAR(response_doc,
    "response(fields, line_fields, brand_id, customer_id, request_id, as_of_us, ignored,\n"
    "model_version, rubric_version, digest) -> bytes\n\n"
    "The whole as a message: the fields are the numbers of response.h, in its order, the fields\n"
    "of lines those of write().");

static PyObject *judged_response(PyObject *self, PyObject *args) {
    Judged *judged = (Judged *)self;
    Response response = {.lines = {.out = {.arena = &judged->look}}};
    const char *fields, *line_fields;
    Py_ssize_t count, line_count;
    PyObject *found = NULL;
    if (!PyArg_ParseTuple(args, "y#y#OOOLLOOO", &fields, &count, &line_fields, &line_count,
            &response.brand_id, &response.customer_id, &response.request_id, &response.as_of_us,
            &response.ignored, &response.model, &response.rubric, &response.digest) ||
        take_fields(response.fields, RESPONSE_FIELDS, fields, count) < 0 ||
        take_fields(response.lines.fields, FIELDS, line_fields, line_count) < 0)
        return NULL;
    if (take_own_ids(&response.lines, judged) == 0)
        found = looked_at(judged, written_response, &response);
    Py_XDECREF(response.lines.ids);
    return found;
}

/* ---- what is counted ------------------------------------------------------------------------- */

PyDoc_STRVAR(figures_doc,
    "figures() -> (band, stance, unread, statuses, shown)\n\n"
    "Numbers of band and stance, how many texts were not read, the number of each trait's status,\n"
    "a byte each, and value and coverage of health and each trait that is shown, float64; what is\n"
    "withheld is no number.");

static PyObject *judged_figures(PyObject *self, PyObject *nothing) {
    const Judged *judged = (Judged *)self;
    const Conclusion *found = &judged->conclusion;
    double shown[2 * (TRAITS + 1)];
    (void)nothing;
    for (int i = 0; i <= TRAITS; i++) {
        const Estimate *estimate = i ? found->traits + i - 1 : &found->health;
        int is_shown = i ? found->statuses[i - 1] == SCORED : found->is_told;
        shown[2 * i] = is_shown ? estimate->value : NAN;
        shown[2 * i + 1] = is_shown ? estimate->coverage : NAN;
    }
    return Py_BuildValue("iiKy#y#", (int)found->band, found->stance.label,
        (unsigned long long)unread_of(judged), (const char *)found->statuses, (Py_ssize_t)TRAITS,
        (const char *)shown, (Py_ssize_t)sizeof shown);
}

/* ---- the type -------------------------------------------------------------------------------- */

static PyMethodDef JUDGED_METHODS[] = {
    {"told", judged_told, METH_NOARGS, told_doc},
    {"lines", judged_lines, METH_VARARGS, lines_doc},
    {"write", judged_write, METH_VARARGS, write_doc},
    {"strongest", judged_strongest, METH_NOARGS, strongest_doc},
    {"response", judged_response, METH_VARARGS, response_doc},
    {"figures", judged_figures, METH_NOARGS, figures_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot JUDGED_SLOTS[] = {
    {Py_tp_dealloc, judged_dealloc},
    {Py_tp_methods, JUDGED_METHODS},
    {Py_tp_doc, "A judgement that can be asked for what it says."},
    {0, NULL},
};

static PyType_Spec JUDGED_SPEC = {
    .name = "relhealth.scoring._judge.Judged",
    .basicsize = sizeof(Judged),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = JUDGED_SLOTS,
};

#endif
