/* The judgement's kernel: a history and its reading in, health, traits and stance out.
 *
 * It repeats what signals/, traits/ and scoring/ state in Python, with the same operations on
 * doubles in the same order; a test holds it equal to them, bit for bit. Whoever changes one
 * changes both: the files here have the names of those that they repeat. What is rare (texts
 * beyond ASCII, times named in promises, phrases) it asks of the Python functions themselves.
 *
 * Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "digest.h"
#include "missing.h"
#include "shown.h"

static const char *const RULES = "relhealth.scoring.rules";

/* ---- rules ------------------------------------------------------------------------------------ */

static void rules_capsule_free(PyObject *capsule) {
    rules_free(PyCapsule_GetPointer(capsule, RULES));
}

/* What Python gives by name: functions, types and members. */
static int take_readers(Readers *python, PyObject *given) {
    const struct {
        const char *name;
        PyObject **into;
    } wanted[] = {
        {"split_words", &python->split_words}, {"is_telling", &python->is_telling},
        {"alike", &python->alike}, {"asked_for", &python->asked_for},
        {"asks_pardon", &python->asks_pardon}, {"promises_better", &python->promises_better},
        {"due_us", &python->due_us}, {"is_friendly", &python->is_friendly},
        {"rating", python->outcomes + RATING - 1}, {"opt_out", python->outcomes + OPTED_OUT - 1},
        {"consent", python->outcomes + CONSENTED - 1}, {"remainder", &python->remainder},
        {"opted_out", &python->opted_out}, {"evidence", (PyObject **)&python->evidence},
        {"line", (PyObject **)&python->line}, {"mention", (PyObject **)&python->mention},
        {"estimate", (PyObject **)&python->estimate},
        {"brand_acts", python->acts + BRAND}, {"customer_acts", python->acts + CUSTOMER},
        {"parties", &python->parties},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].into = PyDict_GetItemString(given, wanted[i].name);
        if (*wanted[i].into != NULL) continue;
        PyErr_Format(PyExc_ValueError, "%s is missing", wanted[i].name);
        return -1;
    }
    if (take_clues(&python->asked_for_clues, PyDict_GetItemString(given, "asked_for_clues")) < 0 ||
        take_clues(&python->asks_pardon_clues, PyDict_GetItemString(given, "asks_pardon_clues")) < 0)
        return -1;
    return take_clues(
        &python->promises_better_clues, PyDict_GetItemString(given, "promises_better_clues"));
}

static int take_rules(Rules *rules, PyObject *rubric, PyObject *given, PyObject *common) {
    PyObject *traits = kept(rubric, "traits"), *episodes = kept(rubric, "episodes");
    if (traits == NULL || episodes == NULL || PyTuple_Size(traits) != TRAITS) return -1;
    if (take_numbers(rules, rubric) < 0 || take_bands(rules, rubric) < 0 ||
        take_calls(rules, kept(rubric, "calls")) < 0 ||
        take_components(rules, kept(episodes, "component_weights")) < 0 ||
        take_common(rules, common) < 0 || take_readers(&rules->python, given) < 0)
        return -1;
    for (int i = 0; i < TRAITS; i++)
        if (take_trait(rules->traits + i, PyTuple_GetItem(traits, i), JUDGES[i].names,
                JUDGES[i].kinds) < 0)
            return -1;
    return take_stance(&rules->stance, kept(rubric, "stance"), FEATURE_NAMES, KNOWN_FEATURES,
        STANCE_NAMES);
}

PyDoc_STRVAR(rules_doc,
    "rules(rubric, readers, common_words) -> rules\n\n"
    "A rubric's numbers for judge(). The readers are Python's functions, types and members by\n"
    "name; the common words, ascending, tell nothing.");

static PyObject *kernel_rules(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *rubric, *readers, *common;
    if (!PyArg_ParseTuple(args, "OO!O!", &rubric, &PyDict_Type, &readers, &PyTuple_Type, &common))
        return NULL;
    Rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL) return PyErr_NoMemory();
    rules->held = Py_BuildValue("(OO)", rubric, readers);
    if (rules->held == NULL || take_rules(rules, rubric, readers, common) < 0) {
        rules_free(rules);
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "the rubric is not complete");
        return NULL;
    }
    PyObject *capsule = PyCapsule_New(rules, RULES, rules_capsule_free);
    if (capsule == NULL) rules_free(rules);
    return capsule;
}

/* ---- the judgement as Python's objects --------------------------------------------------------- */

enum { SCORED = 1, NOT_APPLICABLE = 2, INSUFFICIENT = 3 };
enum { BAND_INSUFFICIENT = 1 };

/* What judge() is asked. */
typedef struct {
    const Rules *rules;
    PyObject *history, *unread, *words, *find, *priors;
    Py_buffer rows;
    long long as_of_us;
    double half_life_us;
    int limit; /* lines of evidence; below 0 none and no order either */
} Question;

static PyObject *estimate_tuple(Arena *arena, const Rules *rules, const Estimate *estimate) {
    const double fields[] = {estimate->value, estimate->lower, estimate->upper,
        rules->credible_level, estimate->coverage};
    PyObject *tuple = new_named(arena, rules->python.estimate, COUNT_OF(fields));
    for (int i = 0; i < COUNT_OF(fields); i++)
        put(arena, tuple, i, PyFloat_FromDouble(fields[i]));
    return tuple;
}

static PyObject *trait_tuple(
    Mentions *mentions, Ledger *ledger, int trait, int32_t limit) {
    Arena *arena = mentions->arena;
    const Rules *rules = mentions->scene->rules;
    int status = SCORED;
    if (!ledger->applies) status = NOT_APPLICABLE;
    else if (ledger->seen.count == 0 || ledger->coverage < ledger->rules->coverage_floor)
        status = INSUFFICIENT;
    PyObject *estimate = Py_None;
    if (status == SCORED) {
        Estimate found = trait_estimate(rules, ledger);
        estimate = estimate_tuple(arena, rules, &found);
    }
    double brand, customer;
    add_points(ledger, arena);
    party_points(ledger, &brand, &customer);
    PyObject *shown =
        limit < 0 ? new_tuple(arena, 0) : evidence_of(mentions, ledger, trait, limit);
    PyObject *tuple = new_tuple(arena, 7);
    put(arena, tuple, 0, PyLong_FromLong(status));
    put(arena, tuple, 1, Py_NewRef(estimate));
    put(arena, tuple, 2, PyFloat_FromDouble(POINTS * ledger->mean));
    put(arena, tuple, 3, PyFloat_FromDouble(POINTS * ledger->prior.mean));
    put(arena, tuple, 4, PyFloat_FromDouble(brand));
    put(arena, tuple, 5, PyFloat_FromDouble(customer));
    put(arena, tuple, 6, Py_NewRef(shown));
    return tuple;
}

static PyObject *health_tuple(
    const Scene *scene, double prior, const Share *shares) {
    Arena *arena = scene->arena;
    const Rules *rules = scene->rules;
    double contributions[TRAITS];
    for (int i = 0; i < TRAITS; i++) contributions[i] = shares[i].points;
    double value = prior + sum_of(contributions, TRAITS);
    Estimate estimate = health_estimate(rules, prior, shares);
    int told = estimate.coverage >= rules->coverage_floor;
    int before = told ? band_of(rules, value) : BAND_INSUFFICIENT, band = before;
    int capped = told && is_disregarded(scene);
    if (capped && rules->opt_out_cap < band) band = rules->opt_out_cap;
    PyObject *tuple = new_tuple(arena, 7);
    put(arena, tuple, 0, Py_NewRef(told ? estimate_tuple(arena, rules, &estimate) : Py_None));
    put(arena, tuple, 1, PyFloat_FromDouble(value));
    put(arena, tuple, 2, PyLong_FromLong(band));
    put(arena, tuple, 3, PyLong_FromLong(before));
    put(arena, tuple, 4, PyBool_FromLong(capped));
    put(arena, tuple, 5, PyFloat_FromDouble(prior));
    put(arena, tuple, 6, Py_NewRef(numbers(arena, contributions, TRAITS)));
    return tuple;
}

static PyObject *stance_tuple(const Scene *scene, int32_t limit) {
    Arena *arena = scene->arena;
    Stance stance = judge_stance(scene);
    PyObject *tuple = new_tuple(arena, 3);
    put(arena, tuple, 0, PyLong_FromLong(stance.label));
    put(arena, tuple, 1, Py_NewRef(numbers(arena, stance.probabilities, STANCES)));
    put(arena, tuple, 2,
        Py_NewRef(limit < 0 ? new_tuple(arena, 0) : stance_evidence(scene, &stance, limit)));
    return tuple;
}

static PyObject *missing_tuple(
    const Scene *scene, const Ledger *ledgers, double prior, const Share *shares) {
    double narrowing;
    int fact = missing_fact(scene, ledgers, prior, shares, &narrowing);
    if (fact == NONE) return Py_None;
    PyObject *tuple = new_tuple(scene->arena, 2);
    put(scene->arena, tuple, 0, PyLong_FromLong(fact));
    put(scene->arena, tuple, 1, PyFloat_FromDouble(narrowing));
    return tuple;
}

/* ---- judge ------------------------------------------------------------------------------------ */

static void take_reading(Arena *arena, History *history, const Question *question) {
    if (question->rows.len != (Py_ssize_t)history->count * COLUMNS * (Py_ssize_t)sizeof(double)) {
        PyErr_SetString(PyExc_ValueError, "the reading is not this history's");
        fail(arena);
    }
    history->rows = question->rows.buf;
    history->unread = TAKE(arena, history->count, uint8_t);
    if (PyTuple_Size(question->unread) != history->count) {
        PyErr_SetString(PyExc_ValueError, "the reading is not this history's");
        fail(arena);
    }
    for (int32_t i = 0; i < history->count; i++)
        history->unread[i] = PyTuple_GetItem(question->unread, i) == Py_True;
}

static Prior *take_priors(Arena *arena, PyObject *priors) {
    Prior *found = TAKE(arena, TRAITS, Prior);
    if (PyTuple_Size(priors) != TRAITS) {
        PyErr_SetString(PyExc_ValueError, "each trait has a prior");
        fail(arena);
    }
    for (int i = 0; i < TRAITS; i++) {
        PyObject *prior = PyTuple_GetItem(priors, i);
        found[i] = (Prior){number_in(arena, prior, "mean"), number_in(arena, prior, "strength")};
    }
    return found;
}

static PyObject *judged(Arena *arena, const Question *question) {
    const Rules *rules = question->rules;
    History history;
    history_take(arena, &history, question->history, rules->python.outcomes);
    take_reading(arena, &history, question);
    const Prior *priors = take_priors(arena, question->priors);
    Scene *scene = find_scene(arena, rules, &history, priors, question->as_of_us);
    Ledger ledgers[TRAITS];
    Share shares[TRAITS];
    for (int i = 0; i < TRAITS; i++) {
        ledgers[i] = make_ledger(scene, i, question->half_life_us);
        shares[i] = share_of(rules, ledgers[i].prior, ledgers[i].sums, ledgers[i].rules->weight);
    }
    Mentions mentions = {arena, scene, question->words, question->find, NULL};
    if (question->limit >= 0)
        mentions.found = TAKE_ZEROS(arena, (size_t)history.count * COLUMNS, PyObject *);
    PyObject *traits = new_tuple(arena, TRAITS), *tuple = new_tuple(arena, 4);
    for (int i = 0; i < TRAITS; i++)
        put(arena, traits, i,
            Py_NewRef(trait_tuple(&mentions, ledgers + i, i, question->limit)));
    double prior = health_prior(ledgers);
    put(arena, tuple, 0, Py_NewRef(health_tuple(scene, prior, shares)));
    put(arena, tuple, 1, Py_NewRef(traits));
    put(arena, tuple, 2, Py_NewRef(stance_tuple(scene, question->limit)));
    put(arena, tuple, 3, Py_NewRef(missing_tuple(scene, ledgers, prior, shares)));
    return Py_NewRef(tuple);
}

/* Health and the traits in points, without anything else. */
static PyObject *valued(Arena *arena, const Question *question) {
    History history;
    history_take(arena, &history, question->history, question->rules->python.outcomes);
    take_reading(arena, &history, question);
    const Prior *priors = take_priors(arena, question->priors);
    Scene *scene = find_scene(arena, question->rules, &history, priors, question->as_of_us);
    Ledger ledgers[TRAITS];
    Share shares[TRAITS];
    double values[TRAITS];
    for (int i = 0; i < TRAITS; i++) {
        ledgers[i] = make_ledger(scene, i, question->half_life_us);
        shares[i] = share_of(
            question->rules, ledgers[i].prior, ledgers[i].sums, ledgers[i].rules->weight);
        values[i] = POINTS * ledgers[i].mean;
    }
    PyObject *tuple = new_tuple(arena, 2);
    put(arena, tuple, 0, PyFloat_FromDouble(health_prior(ledgers) + sum_of_points(shares)));
    put(arena, tuple, 1, Py_NewRef(numbers(arena, values, TRAITS)));
    return Py_NewRef(tuple);
}

/* Answers a question with all memory given back, whether or not it fails. */
static PyObject *answered(PyObject *args, PyObject *(*answer)(Arena *, const Question *)) {
    PyObject *capsule, *checkpoint;
    Question question = {.limit = -1};
    if (!PyArg_ParseTuple(args, "OOy*O!OO!LdiO", &capsule, &question.history, &question.rows,
            &PyTuple_Type, &question.unread, &question.words, &PyTuple_Type, &question.priors,
            &question.as_of_us, &question.half_life_us, &question.limit, &checkpoint))
        return NULL;
    PyObject *volatile found = NULL;
    Arena arena = arena_of(checkpoint);
    question.rules = PyCapsule_GetPointer(capsule, RULES);
    question.find = PyUnicode_InternFromString("spans");
    if (question.rules != NULL && question.find != NULL && setjmp(arena.out) == 0)
        found = answer(&arena, &question);
    arena_clear(&arena);
    Py_XDECREF(question.find);
    PyBuffer_Release(&question.rows);
    return found;
}

PyDoc_STRVAR(judge_doc,
    "judge(rules, history, rows, unread, words, priors, as_of_us, half_life_us, limit, checkpoint)\n"
    "-> (health, traits, stance, missing)\n\n"
    "Judges a History that was cut at `as_of_us`. The rows are its reading's probabilities, float64\n"
    "in as many columns as a brand has acts; `words` finds the words of acts; the priors are the\n"
    "seven traits'; `limit` is the most lines of evidence of each, below 0 shows none; the\n"
    "checkpoint is called now and then, and what it raises ends the work.");

static PyObject *kernel_judge(PyObject *self, PyObject *args) {
    (void)self;
    return answered(args, judged);
}

PyDoc_STRVAR(value_doc,
    "value(...) -> (health, traits)\n\n"
    "Takes what judge() takes; only health and the traits, in points.");

static PyObject *kernel_value(PyObject *self, PyObject *args) {
    (void)self;
    return answered(args, valued);
}

PyDoc_STRVAR(input_doc,
    "input(history) -> bytes\n\n"
    "What the digest of a history is made over.");

static PyObject *kernel_input(PyObject *self, PyObject *history) {
    (void)self;
    PyObject *volatile found = NULL;
    Arena arena = arena_of(NULL);
    if (setjmp(arena.out) == 0) found = written_input(&arena, history);
    arena_clear(&arena);
    return found;
}

PyDoc_STRVAR(interval_doc,
    "central_interval(a, b, level) -> (lower, upper)\n\n"
    "The equal-tailed interval that holds a share of a Beta's mass.");

static PyObject *kernel_interval(PyObject *self, PyObject *args) {
    double a, b, level, lower, upper;
    (void)self;
    if (!PyArg_ParseTuple(args, "ddd", &a, &b, &level)) return NULL;
    central(a, b, level, &lower, &upper);
    return Py_BuildValue("dd", lower, upper);
}

static PyMethodDef METHODS[] = {
    {"rules", kernel_rules, METH_VARARGS, rules_doc},
    {"judge", kernel_judge, METH_VARARGS, judge_doc},
    {"value", kernel_value, METH_VARARGS, value_doc},
    {"input", kernel_input, METH_O, input_doc},
    {"central_interval", kernel_interval, METH_VARARGS, interval_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_judge", "The judgement, compiled.", 0, METHODS,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__judge(void) { return PyModule_Create(&MODULE); }
