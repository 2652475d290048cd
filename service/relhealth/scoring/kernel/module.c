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
#include "looks.h"

static const char *const RULES = "relhealth.scoring.rules";

/* ---- rules ----------------------------------------------------------------------------------- */

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
        {"is_not_at_hand", &python->is_not_at_hand},
        {"asks_pardon", &python->asks_pardon}, {"promises_better", &python->promises_better},
        {"confirms_opt_out", &python->confirms_opt_out},
        {"due_us", &python->due_us}, {"is_friendly", &python->is_friendly},
        {"rating", python->outcomes + RATING - 1}, {"opt_out", python->outcomes + OPTED_OUT - 1},
        {"consent", python->outcomes + CONSENTED - 1}, {"remainder", &python->remainder},
        {"opted_out", &python->opted_out}, {"evidence", (PyObject **)&python->evidence},
        {"line", (PyObject **)&python->line}, {"mention", (PyObject **)&python->mention},
        {"span", (PyObject **)&python->span},
        {"estimate", (PyObject **)&python->estimate},
        {"brand_acts", python->acts + BRAND}, {"customer_acts", python->acts + CUSTOMER},
        {"brand_act_names", python->act_names + BRAND},
        {"customer_act_names", python->act_names + CUSTOMER},
        {"parties", &python->parties}, {"lines", &python->lines},
        {"trait_score", (PyObject **)&python->trait_score},
        {"health_score", (PyObject **)&python->health_score},
        {"stance_score", (PyObject **)&python->stance_score},
        {"missing_fact", (PyObject **)&python->missing_fact},
        {"traits", &python->traits}, {"statuses", &python->statuses}, {"bands", &python->bands},
        {"stances", &python->stances}, {"advice", &python->advice},
        {"reasons", &python->reasons}, {"facts", &python->facts},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].into = item_of(given, wanted[i].name);
        if (*wanted[i].into == NULL) return is_missing(wanted[i].name);
    }
    if (take_clues(&python->asked_for_clues, item_of(given, "asked_for_clues")) < 0 ||
        take_clues(&python->is_not_at_hand_clues, item_of(given, "is_not_at_hand_clues")) < 0 ||
        take_clues(&python->asks_pardon_clues, item_of(given, "asks_pardon_clues")) < 0 ||
        take_clues(
            &python->confirms_opt_out_clues, item_of(given, "confirms_opt_out_clues")) < 0)
        return -1;
    return take_clues(
        &python->promises_better_clues, item_of(given, "promises_better_clues"));
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
    "name; the common words, each once and without numbers, tell nothing.");

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

/* ---- judge ----------------------------------------------------------------------------------- */

static Judged *new_judged(void) {
    Judged *judged = PyObject_New(Judged, JUDGED_TYPE);
    if (judged == NULL) return NULL;
    memset((char *)judged + sizeof(PyObject), 0, sizeof(Judged) - sizeof(PyObject));
    return judged;
}

/* What is asked beside what the judgement owns. */
typedef struct {
    PyObject *priors;
    long long as_of_us;
    double half_life_us;
} Question;

/* Apart from what owns the judgement: a failure would leave undefined what changed in its
 * function. */
static PyObject *answer_or_failure(
    Judged *judged, Question asked, PyObject *(*answer)(Judged *)) {
    jmp_buf out;
    judged->arena.out = &out;
    if (setjmp(out) != 0) return NULL;
    weigh_all(judged, asked.priors, asked.as_of_us, asked.half_life_us);
    return answer(judged);
}

/* Judges what is asked and answers with what is wanted of it. */
static PyObject *answered(PyObject *args, PyObject *(*answer)(Judged *)) {
    Judged *judged = new_judged();
    PyObject *found = NULL;
    Question asked;
    if (judged == NULL) return NULL;
    PyObject **owned[] = {&judged->capsule, &judged->owner, &judged->unread, &judged->words,
        &judged->checkpoint};
    int taken = PyArg_ParseTuple(args, "OOy*O!OO!LdiO", owned[0], owned[1], &judged->rows,
        &PyTuple_Type, owned[2], owned[3], &PyBytes_Type, &asked.priors, &asked.as_of_us,
        &asked.half_life_us, &judged->limit, owned[4]);
    for (int i = 0; i < COUNT_OF(owned); i++) {
        if (taken) Py_INCREF(*owned[i]);
        else *owned[i] = NULL;
    }
    if (taken) judged->rules = PyCapsule_GetPointer(judged->capsule, RULES);
    if (judged->rules != NULL) judged->find = PyUnicode_InternFromString("spans");
    judged->arena = arena_of(judged->checkpoint);
    if (judged->find != NULL) found = answer_or_failure(judged, asked, answer);
    Py_DECREF(judged);
    return found;
}

/* The judgement itself, which can be asked for what it says. */
static PyObject *concluded(Judged *judged) {
    conclude(&judged->conclusion, judged->scene, judged->ledgers, judged->shares);
    return Py_NewRef((PyObject *)judged);
}

PyDoc_STRVAR(judge_doc,
    "judge(rules, history, rows, unread, words, priors, as_of_us, half_life_us, limit,\n"
    "checkpoint) -> judgement\n\n"
    "Judges a History that was cut at `as_of_us`. The rows are its reading's probabilities,\n"
    "float64 in as many columns as a brand has acts; `words` finds the words of acts; the priors\n"
    "are a mean and a strength of each trait, float64; `limit` is the most lines of evidence of\n"
    "each, below 0 there are none; the checkpoint is called now and then, and what it raises ends\n"
    "the work.");

static PyObject *kernel_judge(PyObject *self, PyObject *args) {
    (void)self;
    return answered(args, concluded);
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

/* Apart from what owns the arena: a failure would leave what changed in its function undefined. */
static PyObject *input_or_failure(Arena *arena, PyObject *history) {
    jmp_buf out;
    arena->out = &out;
    return setjmp(out) == 0 ? written_input(arena, history) : NULL;
}

static PyObject *kernel_input(PyObject *self, PyObject *history) {
    (void)self;
    Arena arena = arena_of(NULL);
    PyObject *found = input_or_failure(&arena, history);
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

PyMODINIT_FUNC PyInit__judge(void) {
    PyObject *module = PyModule_Create(&MODULE);
    if (JUDGED_TYPE == NULL) JUDGED_TYPE = (PyTypeObject *)PyType_FromSpec(&JUDGED_SPEC);
    if (JUDGED_TYPE == NULL || take_hash_key() < 0) Py_CLEAR(module);
    return module;
}
