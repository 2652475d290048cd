/* How the objects of proto3 JSON stand for messages, as Python tells it. */
#ifndef RELHEALTH_JSON_FIELDS_H
#define RELHEALTH_JSON_FIELDS_H

#include <stdbool.h>
#include <string.h>

static const char *const PLAN = "relhealth.wire.json_plan";

/* In the order of wire/plain_json.py. */
enum JsonKind { JSON_STRING, JSON_NUMBER, JSON_WHOLE, JSON_MEMBER, JSON_TIME, JSON_MESSAGE };

/* What is written of a field that holds nothing. */
enum Absence {
    UNSET_IS_ABSENT, /* nothing where it is unset, else what it is */
    EMPTY_IS_ABSENT, /* nothing */
    NEVER_ABSENT,    /* 0, or an empty list */
};

enum { MOST_ENTRIES = 64 }; /* of a plan: one bit each */

typedef struct Plan Plan;

/* A name of a field, or of a member of an enumeration. */
typedef struct {
    const char *name;
    Py_ssize_t size;
    int number, kind, absence;
    int group; /* which fields of the message can be given but once, together */
    int is_repeated;
    const Plan *plan; /* of the message or the enumeration */
} Entry;

struct Plan {
    PyObject *held; /* what the names and the plans belong to */
    int count;
    Entry entries[MOST_ENTRIES];
};

static void plan_free(PyObject *capsule) {
    Plan *plan = PyCapsule_GetPointer(capsule, PLAN);
    if (plan == NULL) return;
    Py_XDECREF(plan->held);
    PyMem_Free(plan);
}

static bool take_entry(Entry *entry, PyObject *given) {
    PyObject *name, *plan;
    if (!PyArg_ParseTuple(given, "UiiiipO", &name, &entry->number, &entry->kind, &entry->absence,
            &entry->group, &entry->is_repeated, &plan))
        return false;
    if (plan != Py_None && (entry->plan = PyCapsule_GetPointer(plan, PLAN)) == NULL) return false;
    entry->name = PyUnicode_AsUTF8AndSize(name, &entry->size);
    return entry->name != NULL;
}

/* A plan from a tuple of its entries; NULL with an exception set. */
static PyObject *plan_of(PyObject *entries) {
    Py_ssize_t count = PyTuple_Size(entries);
    if (count < 0 || count > MOST_ENTRIES) {
        if (count >= 0) PyErr_SetString(PyExc_ValueError, "too many entries");
        return NULL;
    }
    Plan *plan = PyMem_Calloc(1, sizeof *plan);
    if (plan == NULL) return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(plan, PLAN, plan_free);
    if (capsule == NULL) {
        PyMem_Free(plan);
        return NULL;
    }
    plan->held = Py_NewRef(entries);
    for (plan->count = 0; plan->count < count; plan->count++) {
        if (take_entry(plan->entries + plan->count, PyTuple_GetItem(entries, plan->count)))
            continue;
        Py_DECREF(capsule);
        return NULL;
    }
    return capsule;
}

/* The place of a name in a plan, -1 where it has none. Looks from a place on, since whoever writes
 * many objects writes them in one order. */
static int place_of(const Plan *plan, const char *name, Py_ssize_t size, int from) {
    for (int i = 0; i < plan->count; i++) {
        int at = from + i < plan->count ? from + i : from + i - plan->count;
        const Entry *entry = plan->entries + at;
        if (entry->size == size && !memcmp(entry->name, name, (size_t)size)) return at;
    }
    return -1;
}

#endif
