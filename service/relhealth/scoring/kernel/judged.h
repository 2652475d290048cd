/* A judgement, in an object that keeps it for as long as somebody may ask something of it.
 *
 * Its numbers are scoring/scorer.py's and valuation.py's, compiled.
 */
#ifndef RELHEALTH_JUDGED_H
#define RELHEALTH_JUDGED_H

#include "conclusion.h"
#include "encoded.h"

enum { OF_STANCE = TRAITS }; /* the place of the stance's evidence, after the traits' */

static PyTypeObject *JUDGED_TYPE;

typedef struct {
    PyObject_HEAD
    Arena arena, look; /* of what is kept; of one look at it */
    PyThread_type_lock alone; /* of who looks at it; NULL until somebody does */
    unsigned long looking;    /* the thread that does, 0 for none */
    PyObject *capsule, *unread, *owner, *words, *find, *checkpoint; /* what the rest points into */
    Py_buffer rows;
    const Rules *rules;
    History history;
    const Prior *priors;
    Scene *scene;
    Ledger ledgers[TRAITS];
    Share shares[TRAITS];
    Conclusion conclusion;
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
    judged->history.rows = rows_in_context(arena, &judged->history, judged->rules);
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

/* ---- looking at it --------------------------------------------------------------------------- */

/* Takes a judgement for oneself, and waits for a thread that has it: what Python is asked of for
 * its evidence lets other threads come in. */
static int enter(Judged *judged) {
    unsigned long me = PyThread_get_thread_ident();
    if (judged->looking == me) {
        PyErr_SetString(PyExc_RuntimeError, "this judgement is being looked at");
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

/* Whoever looks at a judgement asks one thing of it. */
typedef PyObject *(*Look)(Judged *judged, void *asked);

/* Apart from who takes the judgement: a failure would leave what changed there undefined. */
static PyObject *seen_or_failure(Judged *judged, Look look, void *asked) {
    jmp_buf out;
    judged->arena.out = judged->look.out = &out;
    return setjmp(out) == 0 ? look(judged, asked) : NULL;
}

/* What is asked of a judgement, or NULL with an exception set. */
static PyObject *looked_at(Judged *judged, Look look, void *asked) {
    if (enter(judged) < 0) return NULL;
    PyObject *found = seen_or_failure(judged, look, asked);
    leave(judged);
    return found;
}

#endif
