/* Adds to the numbers of a board: board.py's plain functions, compiled; a test holds them equal.
 *
 * Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

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

/* The items of a tuple; -1 with an exception set where it is none. */
static Py_ssize_t items_of(PyObject *tuple) {
    if (PyTuple_Check(tuple)) return PyTuple_Size(tuple);
    PyErr_SetString(PyExc_TypeError, "the third argument must be a tuple");
    return -1;
}

static bool add_amounts(const Numbers *numbers, PyObject *first, PyObject *amounts) {
    Py_ssize_t place = PyLong_AsSsize_t(first), count = items_of(amounts);
    double amount;
    if (count < 0 || PyErr_Occurred()) return false;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!number_of(PyTuple_GetItem(amounts, i), &amount) ||
            !add_at(numbers, place + i, amount))
            return false;
    return true;
}

/* Counts a value in the first bucket whose bound it does not exceed, and adds it to their sum. The
 * bounds ascend. */
static bool observe_value(const Numbers *numbers, PyObject *histogram, double value) {
    PyObject *begin = PyTuple_GetItem(histogram, 0), *bounds = PyTuple_GetItem(histogram, 1);
    char *bytes;
    Py_ssize_t size, bucket = 0;
    if (begin == NULL || bounds == NULL || PyBytes_AsStringAndSize(bounds, &bytes, &size) < 0)
        return false;
    Py_ssize_t start = PyLong_AsSsize_t(begin), buckets = size / (Py_ssize_t)sizeof(double);
    if (start == -1 && PyErr_Occurred()) return false;
    for (; bucket < buckets; bucket++) {
        double bound;
        memcpy(&bound, bytes + bucket * (Py_ssize_t)sizeof bound, sizeof bound);
        if (!(bound < value)) break;
    }
    return add_at(numbers, start + bucket, 1.0) && add_at(numbers, start + buckets + 1, value);
}

/* Whether there are as many histograms as values; an exception is set where not. */
static bool are_matched(PyObject *histograms, Py_ssize_t values) {
    if (PyTuple_Check(histograms) && PyTuple_Size(histograms) == values) return true;
    PyErr_SetString(PyExc_ValueError, "there must be a value for every histogram");
    return false;
}

static bool observe_values(const Numbers *numbers, PyObject *histograms, PyObject *values) {
    Py_ssize_t count = items_of(values);
    double number;
    if (count < 0 || !are_matched(histograms, count)) return false;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = PyTuple_GetItem(values, i);
        if (value == Py_None) continue;
        if (!number_of(value, &number) ||
            !observe_value(numbers, PyTuple_GetItem(histograms, i), number))
            return false;
    }
    return true;
}

static bool observe_bytes(const Numbers *numbers, PyObject *histograms, PyObject *row) {
    char *bytes;
    Py_ssize_t size, each = (Py_ssize_t)sizeof(double);
    if (PyBytes_AsStringAndSize(row, &bytes, &size) < 0) return false;
    if (!are_matched(histograms, size % each ? -1 : size / each)) return false;
    for (Py_ssize_t i = 0; i < size / each; i++) {
        double value;
        memcpy(&value, bytes + i * each, sizeof value);
        if (!isnan(value) && !observe_value(numbers, PyTuple_GetItem(histograms, i), value))
            return false;
    }
    return true;
}

/* Opens the numbers that are added to, and adds what the second and the third argument say. */
static PyObject *added(PyObject *const *args, Py_ssize_t count,
    bool (*add)(const Numbers *, PyObject *, PyObject *)) {
    Numbers numbers;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "there must be three arguments");
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

PyDoc_STRVAR(observe_row_doc,
    "observe_row(numbers, histograms, row)\n\n"
    "The same for float64 values in bytes, of which those that are no number are not counted.");

static PyObject *observe_row(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    return added(args, count, observe_bytes);
}

static PyMethodDef METHODS[] = {
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL, add_doc},
    {"observe", (PyCFunction)(void (*)(void))observe, METH_FASTCALL, observe_doc},
    {"observe_row", (PyCFunction)(void (*)(void))observe_row, METH_FASTCALL, observe_row_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_counting", "Counting, compiled.", 0, METHODS, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__counting(void) { return PyModule_Create(&MODULE); }
