/* Adds to the numbers of a board: board.py's plain functions, compiled; a test holds them equal.
 *
 * Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/* The numbers of a board, while they are written to. */
typedef struct {
    Py_buffer buffer;
    double *items;
    Py_ssize_t count;
} Numbers;

/* Adds an amount at a place; false with an exception set. */
static bool add_at(const Numbers *numbers, Py_ssize_t place, double amount) {
    if (place < 0 || place >= numbers->count) {
        PyErr_SetString(PyExc_IndexError, "there is no such number");
        return false;
    }
    numbers->items[place] += amount;
    return true;
}

/* An object's number; false with an exception set. */
static bool number_of(PyObject *object, double *number) {
    *number = -1.0;
    if (object != NULL)
        *number = PyLong_Check(object) ? PyLong_AsDouble(object) : PyFloat_AsDouble(object);
    return *number != -1.0 || !PyErr_Occurred();
}

static bool add_amounts(const Numbers *numbers, PyObject *first, PyObject *amounts) {
    Py_ssize_t place = PyLong_AsSsize_t(first);
    double amount;
    if (place == -1 && PyErr_Occurred()) return false;
    for (Py_ssize_t i = 0; i < PyTuple_Size(amounts); i++)
        if (!number_of(PyTuple_GetItem(amounts, i), &amount) ||
            !add_at(numbers, place + i, amount))
            return false;
    return true;
}

/* Counts a value in the first bucket whose bound it does not exceed, and adds it to their sum. The
 * bounds ascend. */
static bool observe_value(const Numbers *numbers, PyObject *histogram, PyObject *observed) {
    PyObject *begin = PyTuple_GetItem(histogram, 0), *bounds = PyTuple_GetItem(histogram, 1);
    double value, bound;
    if (begin == NULL || bounds == NULL) return false;
    Py_ssize_t start = PyLong_AsSsize_t(begin), buckets = PyTuple_Size(bounds);
    Py_ssize_t bucket = 0, beyond = buckets;
    if (PyErr_Occurred() || !number_of(observed, &value)) return false;
    while (bucket < beyond) {
        Py_ssize_t middle = bucket + (beyond - bucket) / 2;
        if (!number_of(PyTuple_GetItem(bounds, middle), &bound)) return false;
        if (bound < value) bucket = middle + 1;
        else beyond = middle;
    }
    return add_at(numbers, start + bucket, 1.0) && add_at(numbers, start + buckets + 1, value);
}

static bool observe_values(const Numbers *numbers, PyObject *histograms, PyObject *values) {
    if (!PyTuple_Check(histograms) || PyTuple_Size(histograms) != PyTuple_Size(values)) {
        PyErr_SetString(PyExc_ValueError, "there must be a value for every histogram");
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_Size(values); i++) {
        PyObject *value = PyTuple_GetItem(values, i);
        if (value != Py_None && !observe_value(numbers, PyTuple_GetItem(histograms, i), value))
            return false;
    }
    return true;
}

/* Counts in a histogram the item of a tuple that it is for. */
static bool observe_item(const Numbers *numbers, PyObject *histogram, PyObject *observed) {
    PyObject *place = PyTuple_GetItem(histogram, 2);
    if (place == NULL) return false;
    Py_ssize_t item = PyLong_AsSsize_t(place);
    if (item == -1 && PyErr_Occurred()) return false;
    PyObject *value = PyTuple_GetItem(observed, item);
    return value != NULL && observe_value(numbers, histogram, value);
}

static bool observe_tuples(const Numbers *numbers, PyObject *groups, PyObject *tuples) {
    if (!PyTuple_Check(groups) || PyTuple_Size(groups) != PyTuple_Size(tuples)) {
        PyErr_SetString(PyExc_ValueError, "there must be histograms for every tuple");
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_Size(tuples); i++) {
        PyObject *observed = PyTuple_GetItem(tuples, i), *group = PyTuple_GetItem(groups, i);
        if (observed == Py_None) continue;
        for (Py_ssize_t k = 0, count = PyTuple_Size(group); k < count; k++)
            if (!observe_item(numbers, PyTuple_GetItem(group, k), observed)) return false;
        if (PyErr_Occurred()) return false;
    }
    return true;
}

/* Opens the numbers that are added to, and adds what the second and the third argument say. */
static PyObject *added(PyObject *const *args, Py_ssize_t count,
    bool (*add)(const Numbers *, PyObject *, PyObject *)) {
    Numbers numbers;
    if (count != 3 || !PyTuple_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "there must be three arguments, the third a tuple");
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &numbers.buffer, PyBUF_WRITABLE) < 0) return NULL;
    numbers.items = numbers.buffer.buf;
    numbers.count = numbers.buffer.len / (Py_ssize_t)sizeof(double);
    bool is_added = add(&numbers, args[1], args[2]);
    PyBuffer_Release(&numbers.buffer);
    if (!is_added) return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(add_doc,
    "add(numbers, first, amounts)\n\nAdds amounts to float64 numbers from a place on.");

static PyObject *add(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    return added(args, count, add_amounts);
}

PyDoc_STRVAR(observe_doc,
    "observe(numbers, histograms, values)\n\n"
    "Counts a value, unless it is None, in the histogram at its place: where the buckets begin\n"
    "among the float64 numbers, and their upper bounds.");

static PyObject *observe(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    return added(args, count, observe_values);
}

PyDoc_STRVAR(observe_items_doc,
    "observe_items(numbers, groups, tuples)\n\n"
    "Counts items of a tuple, unless it is None, in the histograms of the group at its place:\n"
    "where the buckets begin among the float64 numbers, their upper bounds, and which item\n"
    "counts.");

static PyObject *observe_items(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    return added(args, count, observe_tuples);
}

static PyMethodDef METHODS[] = {
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL, add_doc},
    {"observe", (PyCFunction)(void (*)(void))observe, METH_FASTCALL, observe_doc},
    {"observe_items", (PyCFunction)(void (*)(void))observe_items, METH_FASTCALL, observe_items_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_counting", "Counting, compiled.", 0, METHODS, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__counting(void) { return PyModule_Create(&MODULE); }
