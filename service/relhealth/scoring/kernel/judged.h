/* A judgement, and the object that keeps it for as long as somebody may ask for its evidence.
 *
 * Its numbers are scoring/scorer.py's and valuation.py's, compiled.
 */
#ifndef RELHEALTH_JUDGED_H
#define RELHEALTH_JUDGED_H

#include "encoded.h"
#include "missing.h"

enum { OF_STANCE = TRAITS }; /* the place of the stance's evidence, after the traits' */

static PyTypeObject *JUDGED_TYPE;

/* What was judged, kept for as long as somebody may ask for its evidence. */
typedef struct {
    PyObject_HEAD
    Arena arena, look; /* of what is kept; of one look at the evidence */
    PyThread_type_lock alone; /* of who looks at the evidence; NULL until somebody does */
    unsigned long looking;    /* the thread that does, 0 for none */
    PyObject *capsule, *unread, *owner, *words, *find, *checkpoint; /* what the rest points into */
    Py_buffer rows;
    const Rules *rules;
    History history;
    const Prior *priors;
    Scene *scene;
    Ledger ledgers[TRAITS];
    Share shares[TRAITS];
    Estimate health;
    Stance stance;
    Mentions mentions;
    int limit; /* lines of evidence; below 0 none */
} Judged;

static void judged_dealloc(PyObject *self) {
    Judged *judged = (Judged *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject *const owned[] = {judged->capsule, judged->unread, judged->owner, judged->words,
        judged->find, judged->checkpoint};
    arena_clear(&judged->arena);
    if (judged->rows.obj != NULL) PyBuffer_Release(&judged->rows);
    for (int i = 0; i < COUNT_OF(owned); i++) Py_XDECREF(owned[i]);
    if (judged->alone != NULL) PyThread_free_lock(judged->alone);
    PyObject_Free(self);
    Py_DECREF(type);
}

static void take_reading(Judged *judged) {
    Arena *arena = &judged->arena;
    History *history = &judged->history;
    Py_ssize_t bytes = (Py_ssize_t)history->count * COLUMNS * (Py_ssize_t)sizeof(double);
    if (judged->rows.len != bytes || PyTuple_Size(judged->unread) != history->count) {
        PyErr_SetString(PyExc_ValueError, "the reading is not this history's");
        fail(arena);
    }
    history->rows = judged->rows.buf;
    uint8_t *unread = TAKE(arena, history->count, uint8_t);
    for (int32_t i = 0; i < history->count; i++)
        unread[i] = PyTuple_GetItem(judged->unread, i) == Py_True;
    history->unread = unread;
}

/* Priors from the bytes of their numbers. */
static const Prior *take_priors(Arena *arena, PyObject *bytes) {
    Prior *found = TAKE(arena, TRAITS, Prior);
    char *numbers;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(bytes, &numbers, &size) < 0) fail(arena);
    if (size != (Py_ssize_t)(TRAITS * sizeof *found)) {
        PyErr_SetString(PyExc_ValueError, "each trait has a prior");
        fail(arena);
    }
    memcpy(found, numbers, TRAITS * sizeof *found);
    return found;
}

/* Fills the ledgers of a new judgement. */
static void weigh_all(Judged *judged, PyObject *priors, int64_t as_of_us, double half_life_us) {
    Arena *arena = &judged->arena;
    judged->history = history_of(arena, judged->owner);
    judged->history.outcome =
        outcomes_in(arena, &judged->history, judged->rules->python.outcomes);
    take_reading(judged);
    judged->priors = take_priors(arena, priors);
    judged->scene =
        find_scene(arena, judged->rules, &judged->history, judged->priors, as_of_us);
    judged->mentions =
        (Mentions){&judged->look, judged->scene, judged->words, judged->find, NULL, NULL};
    Observations seen = {0};
    for (int i = 0; i < TRAITS; i++) {
        Ledger *ledger = judged->ledgers + i;
        if (judged->limit >= 0) seen = (Observations){0}; /* each trait's may be shown later */
        *ledger = make_ledger(judged->scene, i, half_life_us, &seen);
        judged->shares[i] =
            share_of(judged->rules, ledger->prior, ledger->sums, ledger->rules->weight);
    }
}

/* ---- its evidence ---------------------------------------------------------------------------- */

static PyObject *lines_at(Judged *judged, int place) {
    if (place == OF_STANCE)
        return Py_NewRef(
            stance_evidence(&judged->look, judged->scene, &judged->stance, judged->limit));
    return Py_NewRef(
        evidence_of(&judged->mentions, judged->ledgers + place, place, judged->limit));
}

static PyObject *encoded_at(Judged *judged, int place, Encoded *encoded) {
    if (place == OF_STANCE)
        encode_stance(encoded, judged->scene, &judged->stance, judged->limit);
    else
        encode_evidence(
            encoded, &judged->mentions, judged->ledgers + place, place, judged->limit);
    return PyBytes_FromStringAndSize(encoded->out.at, (Py_ssize_t)written_of(&encoded->out));
}

/* Takes a judgement for oneself, and waits for a thread that has it: what Python is asked of for
 * its evidence lets other threads come in. */
static int enter(Judged *judged, int place) {
    unsigned long me = PyThread_get_thread_ident();
    if (place < 0 || place > OF_STANCE) {
        PyErr_SetString(PyExc_IndexError, "no such evidence");
        return -1;
    }
    if (judged->looking == me) {
        PyErr_SetString(PyExc_RuntimeError, "this evidence is being looked at");
        return -1;
    }
    if (judged->alone == NULL && (judged->alone = PyThread_allocate_lock()) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (!PyThread_acquire_lock(judged->alone, NOWAIT_LOCK)) {
        Py_BEGIN_ALLOW_THREADS
        PyThread_acquire_lock(judged->alone, WAIT_LOCK);
        Py_END_ALLOW_THREADS
    }
    judged->looking = me;
    judged->look = arena_of(judged->checkpoint);
    judged->look.work = judged->arena.work;
    return 0;
}

static void leave(Judged *judged) {
    judged->arena.work = judged->look.work;
    arena_clear(&judged->look);
    judged->looking = 0;
    PyThread_release_lock(judged->alone);
}

PyDoc_STRVAR(lines_doc,
    "lines(place) -> tuple of evidence lines\n\n"
    "The evidence of the trait at a place, or after the traits that of the stance.");

static PyObject *lines_or_failure(Judged *judged, int place) {
    jmp_buf out;
    judged->arena.out = judged->look.out = &out;
    return setjmp(out) == 0 ? lines_at(judged, place) : NULL;
}

static PyObject *judged_lines(PyObject *self, PyObject *args) {
    Judged *judged = (Judged *)self;
    int place;
    if (!PyArg_ParseTuple(args, "i", &place) || enter(judged, place) < 0) return NULL;
    PyObject *found = lines_or_failure(judged, place);
    leave(judged);
    return found;
}

PyDoc_STRVAR(write_doc,
    "write(place, number, ids, fields) -> bytes\n\n"
    "The same evidence as a message's repeated field of a number. The ids name the interactions,\n"
    "by position. The fields are the numbers of kind, party, value, weight, contribution,\n"
    "summary, interaction_ids and mentions, and of a mention's act, interaction_id, begin, end\n"
    "and probability, a byte each.");

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

/* What else to write by; -1 with an exception set. */
static int take_fields(Encoded *encoded, PyObject *number, PyObject *fields) {
    char *numbers;
    Py_ssize_t count;
    encoded->number = (int)PyLong_AsLong(number);
    if (PyErr_Occurred() || PyBytes_AsStringAndSize(fields, &numbers, &count) < 0) return -1;
    if (count != FIELDS) {
        PyErr_SetString(PyExc_TypeError, "write() takes a byte a field");
        return -1;
    }
    for (int i = 0; i < FIELDS; i++) encoded->fields[i] = (uint8_t)numbers[i];
    return 0;
}

static PyObject *bytes_or_failure(Judged *judged, int place, Encoded *encoded) {
    jmp_buf out;
    judged->arena.out = judged->look.out = &out;
    return setjmp(out) == 0 ? encoded_at(judged, place, encoded) : NULL;
}

static PyObject *judged_write(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Judged *judged = (Judged *)self;
    Encoded encoded = {.out = {.arena = &judged->look}};
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "write() takes a place, a number, ids and fields");
        return NULL;
    }
    int place = (int)PyLong_AsLong(args[0]);
    if (PyErr_Occurred() || take_fields(&encoded, args[1], args[3]) < 0 ||
        take_ids(&encoded, judged, args[2]) < 0)
        return NULL;
    PyObject *found = NULL;
    if (enter(judged, place) == 0) {
        found = bytes_or_failure(judged, place, &encoded);
        leave(judged);
    }
    Py_XDECREF(encoded.ids);
    return found;
}

static PyMethodDef JUDGED_METHODS[] = {
    {"lines", judged_lines, METH_VARARGS, lines_doc},
    {"write", (PyCFunction)(void (*)(void))judged_write, METH_FASTCALL, write_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot JUDGED_SLOTS[] = {
    {Py_tp_dealloc, judged_dealloc},
    {Py_tp_methods, JUDGED_METHODS},
    {Py_tp_doc, "A judgement that can be asked for its evidence."},
    {0, NULL},
};

static PyType_Spec JUDGED_SPEC = {
    .name = "relhealth.scoring._judge.Judged",
    .basicsize = sizeof(Judged),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = JUDGED_SLOTS,
};

#endif
