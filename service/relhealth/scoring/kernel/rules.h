/* The rubric, from Python's values into C's, made once; and what Python still does itself. */
#ifndef RELHEALTH_RULES_H
#define RELHEALTH_RULES_H

#include <stddef.h>

#include "dictionary.h"
#include "history.h"

enum { TRAITS = 7, MOST_KINDS = 32, MOST_FEATURES = 64, STANCES = 6, MOST_BANDS = 8 };
enum { COMPONENTS = 6, WEEKDAYS = 7, MOST_CLUES = 64 };
enum { CLUE_BEGINNINGS = 1 << 10 };
/* Below it something is less likely than not, and said to be so perhaps. */
static const double LIKELY = 0.5;

/* Plain words in lower case, one of which whatever a pattern matches holds. */
typedef struct {
    int count;
    const char *words[MOST_CLUES]; /* Python's strings keep them */
    uint8_t begins[CLUE_BEGINNINGS]; /* whether any has such a beginning */
} Clues;

/* The first two letters of a clue or a text, alike in upper and lower case. */
static unsigned beginning_of(const char *letters) {
    return ((unsigned)letters[0] & 31) << 5 | ((unsigned)letters[1] & 31);
}

/* Functions of Python's for what is rare, and the types that are answered with. */
typedef struct {
    PyObject *split_words, *is_telling, *alike; /* of texts and words beyond ASCII */
    PyObject *asked_for, *is_not_at_hand, *asks_pardon, *promises_better, *confirms_opt_out;
    PyObject *due_us, *is_friendly;
    PyObject *outcomes[CONSENTED]; /* classes, in the order of their numbers */
    Clues asked_for_clues, is_not_at_hand_clues, asks_pardon_clues, promises_better_clues;
    Clues confirms_opt_out_clues;
    PyObject *remainder, *opted_out; /* names of kinds */
    PyTypeObject *evidence, *line, *mention, *span, *estimate;
    PyTypeObject *trait_score, *health_score, *stance_score, *missing_fact;
    PyObject *lines; /* makes lines of evidence of a judgement and a place */
    PyObject *traits, *statuses, *bands, *stances, *advice; /* by number less 1 */
    PyObject *reasons, *facts;                              /* by number */
    PyObject *acts[CUSTOMER + 1], *act_names[CUSTOMER + 1], *parties; /* by number */
} Readers;

typedef struct {
    double weight, value; /* NaN where each item is graded */
    uint8_t party;
    PyObject *name, *description;
    Letters name_letters, description_letters; /* theirs, which they keep */
} Kind;

typedef struct {
    double weight, coverage_floor;
    Kind kinds[MOST_KINDS]; /* in the order of the trait's own list */
} TraitRules;

typedef struct {
    double half_credit_hours;
    uint8_t business_hours;
} Pace;

typedef struct {
    double value;
    uint8_t band;
} Threshold;

typedef struct {
    int features, feature[MOST_FEATURES]; /* which it is, in the order of the coefficients */
    int stances, stance[STANCES];         /* which one each row of coefficients is for */
    double intercepts[STANCES], coefficients[STANCES][MOST_FEATURES];
    PyObject *names[MOST_FEATURES], *descriptions[MOST_FEATURES];
    PyObject *opted_out_description;
} StanceRules;

typedef struct {
    double credible_level, evidence_scale, trait_correlation, coverage_floor, least;
    double missing_fact_width, missing_fact_narrowing;
    uint8_t opt_out_cap;
    int bands;
    Threshold thresholds[MOST_BANDS];
    double answer_information_ratio, answer_complaint_ratio; /* context */
    /* calls */
    int calling;
    int calling_act[CUSTOMER_ACTS];
    double calling_weight[CUSTOMER_ACTS];
    double call_probability, substance_probability, explicit_substance_probability;
    double pairing_window_days, apology_window_days, continuation_hours, decay_shape;
    Pace paces[CHANNELS];
    double utc_offset_hours, opens_hour, closes_hour;
    uint8_t at_work[WEEKDAYS];
    /* outreach */
    double answer_window_days, marketing_probability, run_exponent, run_severity_cap;
    double load_window_days, load_allowance, load_allowance_consented;
    double load_allowance_per_customer_message, load_severity_cap;
    /* episodes */
    double episode_probability, low_rating_share, quiet_days, again_after_minutes;
    double repeat_window_days, repeat_similarity, components[COMPONENTS];
    /* commitments */
    double commitment_probability, grace_share, silent_break_severity, late_relief;
    /* wording */
    double near_duplicate_similarity, canned_minimum_words, uptake_minimum_share;
    double talk_half_words, monologue_words;
    TraitRules traits[TRAITS];
    StanceRules stance;
    Readers python;
    PyObject *held;    /* everything above that Python owns */
    Arena arena;       /* of the words that follow */
    Dictionary common; /* words that tell nothing */
} Rules;

static const struct {
    const char *group, *name;
    size_t offset;
} NUMBERS[] = {
    {NULL, "credible_level", offsetof(Rules, credible_level)},
    {NULL, "evidence_scale", offsetof(Rules, evidence_scale)},
    {NULL, "trait_correlation", offsetof(Rules, trait_correlation)},
    {NULL, "coverage_floor", offsetof(Rules, coverage_floor)},
    {NULL, "minimum_act_probability", offsetof(Rules, least)},
    {NULL, "missing_fact_width", offsetof(Rules, missing_fact_width)},
    {NULL, "missing_fact_narrowing", offsetof(Rules, missing_fact_narrowing)},
    {"context", "answer_information_ratio", offsetof(Rules, answer_information_ratio)},
    {"context", "answer_complaint_ratio", offsetof(Rules, answer_complaint_ratio)},
    {"calls", "minimum_probability", offsetof(Rules, call_probability)},
    {"calls", "substance_probability", offsetof(Rules, substance_probability)},
    {"calls", "explicit_substance_probability", offsetof(Rules, explicit_substance_probability)},
    {"calls", "pairing_window_days", offsetof(Rules, pairing_window_days)},
    {"calls", "apology_window_days", offsetof(Rules, apology_window_days)},
    {"calls", "continuation_hours", offsetof(Rules, continuation_hours)},
    {"calls", "decay_shape", offsetof(Rules, decay_shape)},
    {"outreach", "answer_window_days", offsetof(Rules, answer_window_days)},
    {"outreach", "marketing_probability", offsetof(Rules, marketing_probability)},
    {"outreach", "run_exponent", offsetof(Rules, run_exponent)},
    {"outreach", "run_severity_cap", offsetof(Rules, run_severity_cap)},
    {"outreach", "load_window_days", offsetof(Rules, load_window_days)},
    {"outreach", "load_allowance", offsetof(Rules, load_allowance)},
    {"outreach", "load_allowance_consented", offsetof(Rules, load_allowance_consented)},
    {"outreach", "load_allowance_per_customer_message",
        offsetof(Rules, load_allowance_per_customer_message)},
    {"outreach", "load_severity_cap", offsetof(Rules, load_severity_cap)},
    {"episodes", "minimum_probability", offsetof(Rules, episode_probability)},
    {"episodes", "low_rating_share", offsetof(Rules, low_rating_share)},
    {"episodes", "quiet_days", offsetof(Rules, quiet_days)},
    {"episodes", "again_after_minutes", offsetof(Rules, again_after_minutes)},
    {"episodes", "repeat_window_days", offsetof(Rules, repeat_window_days)},
    {"episodes", "repeat_similarity", offsetof(Rules, repeat_similarity)},
    {"commitments", "minimum_probability", offsetof(Rules, commitment_probability)},
    {"commitments", "grace_share", offsetof(Rules, grace_share)},
    {"commitments", "silent_break_severity", offsetof(Rules, silent_break_severity)},
    {"commitments", "late_relief", offsetof(Rules, late_relief)},
    {"wording", "near_duplicate_similarity", offsetof(Rules, near_duplicate_similarity)},
    {"wording", "canned_minimum_words", offsetof(Rules, canned_minimum_words)},
    {"wording", "uptake_minimum_share", offsetof(Rules, uptake_minimum_share)},
    {"wording", "talk_half_words", offsetof(Rules, talk_half_words)},
    {"wording", "monologue_words", offsetof(Rules, monologue_words)},
};

static const char *const CUSTOMER_ACT_NAMES[CUSTOMER_ACTS] = {"complaint", "request", "praise",
    "gratitude", "advocacy", "compensation_demand", "abuse", "churn_intent", "forgiveness",
    "own_mistake", "resolution", "unresolved", "opt_out", "information", "suggestion", "patience",
    "ultimatum"};

/* The parts of an apology, in the order that episodes.h gives them. */
static const char *const COMPONENT_NAMES[COMPONENTS] = {
    "regret", "explanation", "responsibility", "repentance", "repair", "request"};

/* ---- reading Python's values; all fail with an exception set and -1 -------------------------- */

/* An attribute that its owner, which is frozen, keeps. */
static PyObject *kept(PyObject *owner, const char *name) {
    PyObject *found = owner == NULL ? NULL : PyObject_GetAttrString(owner, name);
    Py_XDECREF(found);
    return found;
}

/* An item of a dictionary that keeps it; NULL where there is none, with an exception set where that
 * could not be found out. */
static PyObject *item_of(PyObject *dictionary, const char *name) {
    PyObject *key = PyUnicode_FromString(name);
    PyObject *found = key == NULL ? NULL : PyDict_GetItemWithError(dictionary, key);
    Py_XDECREF(key);
    return found;
}

/* Says what a rubric or its readers lack, unless it was a failure that hid it. */
static int is_missing(const char *name) {
    if (!PyErr_Occurred()) PyErr_Format(PyExc_ValueError, "%s is missing", name);
    return -1;
}

static int take_number(PyObject *number, double *into) {
    if (number == NULL) return -1;
    *into = PyFloat_AsDouble(number);
    return *into == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static int take_letters(PyObject *string, Letters *into) {
    Py_ssize_t size;
    into->bytes = string == NULL ? NULL : PyUnicode_AsUTF8AndSize(string, &size);
    if (into->bytes == NULL) return -1;
    into->size = (int32_t)size;
    return 0;
}

static int take_small(PyObject *number, uint8_t *into) {
    if (number == NULL) return -1;
    long value = PyLong_AsLong(number);
    *into = (uint8_t)value;
    return value == -1 && PyErr_Occurred() ? -1 : 0;
}

static int index_of(const char *const *names, int count, PyObject *name) {
    Py_ssize_t size;
    const char *letters = PyUnicode_AsUTF8AndSize(name, &size);
    if (letters == NULL) return -1;
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], letters)) return i;
    PyErr_Format(PyExc_ValueError, "the kernel does not know %U", name);
    return -1;
}

static int take_calls(Rules *rules, PyObject *calls) {
    PyObject *acts = kept(calls, "acts"), *paces = kept(calls, "paces"), *name, *weight;
    PyObject *hours = kept(calls, "business_hours"), *days = kept(hours, "weekdays");
    if (acts == NULL || paces == NULL || days == NULL) return -1;
    for (Py_ssize_t at = 0; PyDict_Next(acts, &at, &name, &weight); rules->calling++) {
        int act = index_of(CUSTOMER_ACT_NAMES, CUSTOMER_ACTS, name);
        if (act < 0 || take_number(weight, rules->calling_weight + rules->calling) < 0) return -1;
        rules->calling_act[rules->calling] = act;
    }
    for (long channel = 0; channel < CHANNELS; channel++) {
        PyObject *key = PyLong_FromLong(channel);
        if (key == NULL) return -1;
        PyObject *pace = PyDict_GetItemWithError(paces, key);
        Py_DECREF(key);
        if (pace == NULL) {
            if (PyErr_Occurred() || channel == 0) return -1;
            rules->paces[channel] = rules->paces[0];
            continue;
        }
        Pace *into = rules->paces + channel;
        if (take_number(kept(pace, "half_credit_hours"), &into->half_credit_hours) < 0) return -1;
        into->business_hours = kept(pace, "business_hours") == Py_True;
    }
    if (take_number(kept(hours, "utc_offset_hours"), &rules->utc_offset_hours) < 0 ||
        take_number(kept(hours, "opens_hour"), &rules->opens_hour) < 0 ||
        take_number(kept(hours, "closes_hour"), &rules->closes_hour) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_Size(days); i++) {
        long day = PyLong_AsLong(PyTuple_GetItem(days, i));
        if (0 <= day && day < WEEKDAYS) rules->at_work[day] = 1;
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int take_components(Rules *rules, PyObject *weights) {
    if (weights == NULL) return -1;
    for (int i = 0; i < COMPONENTS; i++) {
        PyObject *weight = item_of(weights, COMPONENT_NAMES[i]);
        if (weight == NULL) return is_missing(COMPONENT_NAMES[i]);
        if (take_number(weight, rules->components + i) < 0) return -1;
    }
    return 0;
}

static int take_bands(Rules *rules, PyObject *rubric) {
    PyObject *bands = kept(rubric, "bands");
    if (bands == NULL || PyTuple_Size(bands) < 1 || PyTuple_Size(bands) > MOST_BANDS) return -1;
    rules->bands = (int)PyTuple_Size(bands);
    for (int i = 0; i < rules->bands; i++) {
        PyObject *threshold = PyTuple_GetItem(bands, i);
        if (take_number(kept(threshold, "lowest_value"), &rules->thresholds[i].value) < 0 ||
            take_small(kept(threshold, "band"), &rules->thresholds[i].band) < 0)
            return -1;
    }
    return take_small(kept(rubric, "opt_out_cap"), &rules->opt_out_cap);
}

/* A trait's kinds, by the names that its list in C has. */
static int take_trait(TraitRules *into, PyObject *trait, const char *const *names, int count) {
    PyObject *kinds = kept(trait, "kinds");
    if (kinds == NULL || take_number(kept(trait, "weight"), &into->weight) < 0 ||
        take_number(kept(trait, "coverage_floor"), &into->coverage_floor) < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        PyObject *kind = item_of(kinds, names[i]);
        if (kind == NULL) return is_missing(names[i]);
        Kind *taken = into->kinds + i;
        PyObject *value = kept(kind, "value");
        taken->value = NAN;
        if (value != Py_None && take_number(value, &taken->value) < 0) return -1;
        if (take_number(kept(kind, "weight"), &taken->weight) < 0 ||
            take_small(kept(kind, "party"), &taken->party) < 0)
            return -1;
        taken->name = kept(kind, "name");
        taken->description = kept(kind, "description");
        if (take_letters(taken->name, &taken->name_letters) < 0 ||
            take_letters(taken->description, &taken->description_letters) < 0)
            return -1;
    }
    return 0;
}

static int take_stance(StanceRules *into, PyObject *stance, const char *const *features, int known,
    const char *const *stances) {
    PyObject *names = kept(stance, "feature_names"), *descriptions = kept(stance, "descriptions");
    PyObject *intercepts = kept(stance, "intercepts"), *name, *intercept;
    PyObject *coefficients = kept(stance, "coefficients");
    if (names == NULL || descriptions == NULL) return -1;
    if (intercepts == NULL || coefficients == NULL) return -1;
    into->features = (int)PyTuple_Size(names);
    if (into->features > MOST_FEATURES || PyDict_Size(intercepts) > STANCES) {
        PyErr_SetString(PyExc_ValueError, "too many features or stances");
        return -1;
    }
    for (int i = 0; i < into->features; i++) {
        into->names[i] = PyTuple_GetItem(names, i);
        into->feature[i] = index_of(features, known, into->names[i]);
        into->descriptions[i] = PyDict_GetItemWithError(descriptions, into->names[i]);
        if (into->feature[i] < 0 || into->descriptions[i] == NULL) return -1;
    }
    for (Py_ssize_t at = 0; PyDict_Next(intercepts, &at, &name, &intercept); into->stances++) {
        int row = into->stances;
        PyObject *numbers = PyDict_GetItemWithError(coefficients, name);
        if ((into->stance[row] = index_of(stances, STANCES, name)) < 0) return -1;
        if (numbers == NULL || take_number(intercept, into->intercepts + row) < 0) return -1;
        for (int i = 0; i < into->features; i++) {
            PyObject *number = PyTuple_GetItem(numbers, i);
            if (take_number(number, into->coefficients[row] + i) < 0) return -1;
        }
    }
    into->opted_out_description = item_of(descriptions, "opted_out");
    return into->opted_out_description == NULL ? -1 : 0;
}

static int take_clues(Clues *into, PyObject *clues) {
    into->count = clues == NULL ? -1 : (int)PyTuple_Size(clues);
    if (into->count < 0 || into->count > MOST_CLUES) return -1;
    for (int i = 0; i < into->count; i++) {
        into->words[i] = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(clues, i), NULL);
        if (into->words[i] == NULL) return -1;
        into->begins[beginning_of(into->words[i])] = 1;
    }
    return 0;
}

/* What Python's string holds, as the next of the words that tell nothing. */
static void add_common(Rules *rules, PyObject *string) {
    Py_ssize_t size;
    const char *word = PyUnicode_AsUTF8AndSize(string, &size);
    if (word == NULL) fail(&rules->arena);
    uint64_t code = code_of(word, (int32_t)size);
    uint32_t hash = word_hash(code, word, (int32_t)size);
    int32_t id = new_word(&rules->arena, &rules->common, code, hash, word, (int32_t)size);
    rules->common.known.items[id].alike = id; /* they hold no numbers */
}

static int take_common(Rules *rules, PyObject *words) {
    jmp_buf out;
    rules->arena.out = &out;
    if (setjmp(out) != 0) return -1;
    for (Py_ssize_t i = 0; i < PyTuple_Size(words); i++)
        add_common(rules, PyTuple_GetItem(words, i));
    return 0;
}

static int take_numbers(Rules *rules, PyObject *rubric) {
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        PyObject *group = NUMBERS[i].group ? kept(rubric, NUMBERS[i].group) : rubric;
        double *into = (double *)((char *)rules + NUMBERS[i].offset);
        if (take_number(kept(group, NUMBERS[i].name), into) < 0) return -1;
    }
    return 0;
}

static void rules_free(Rules *rules) {
    if (rules == NULL) return;
    arena_clear(&rules->arena);
    Py_XDECREF(rules->held);
    free(rules);
}

#endif
