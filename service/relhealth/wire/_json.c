/* Proto3 JSON to the bytes of messages and back, without Python's objects in between.
 *
 * Takes what every writer writes: known names or numbers, each once, and values of their types.
 * Whatever is otherwise gives None, and is left to json_reading.py, which explains, and to
 * json_writing.py; tests hold each two equal. So nothing is refused here, and nothing is taken here
 * that would be taken differently there. Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernel/json_reading.h"
#include "kernel/json_writing.h"

PyDoc_STRVAR(take_plan_doc,
    "take_plan(entries) -> plan\n\n"
    "How objects stand for messages: of each name of a field the name, the field's number and\n"
    "kind, what is written where it holds nothing, the number of the group of which one may be\n"
    "given, whether it is repeated, and the plan of its message or enumeration, or None. An\n"
    "enumeration's plan has its members' names.");

static PyObject *take_plan(PyObject *module, PyObject *entries) {
    (void)module;
    return plan_of(entries);
}

PyDoc_STRVAR(read_doc,
    "read(line, plan, number) -> bytes\n\n"
    "The message that an object stands for, or if the number is not 0 the field of that number\n"
    "which holds the message. None where the line is not plain.");

static PyObject *read_json(PyObject *module, PyObject *arguments) {
    PyObject *line, *capsule, *found = NULL;
    const Plan *plan;
    int number;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "SOi", &line, &capsule, &number)) return NULL;
    if ((plan = PyCapsule_GetPointer(capsule, PLAN)) == NULL) return NULL;
    const uint8_t *at = (const uint8_t *)PyBytes_AsString(line);
    Bytes letters = {at, at + PyBytes_Size(line)};
    Json json = {.at = letters.at, .end = letters.end};
    Entry whole = {.number = number, .kind = JSON_MESSAGE, .plan = plan};
    if ((is_ascii(letters) || points_in(letters) != NONE) &&
        (number ? read_message(&json, &whole) : read_object(&json, plan))) {
        skip_space(&json);
        if (json.at == json.end)
            found = PyBytes_FromStringAndSize((const char *)json.out.bytes, (Py_ssize_t)json.out.count);
    }
    PyMem_Free(json.out.bytes);
    if (found != NULL || PyErr_Occurred()) return found;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(write_doc,
    "write(raw, plan) -> str\n\n"
    "The object that stands for a message, whose fields are written by ascending numbers. None where\n"
    "the bytes are not plain.");

static PyObject *write_json(PyObject *module, PyObject *arguments) {
    PyObject *raw, *capsule, *found = NULL;
    const Plan *plan;
    Growing out = {0};
    (void)module;
    if (!PyArg_ParseTuple(arguments, "SO", &raw, &capsule)) return NULL;
    if ((plan = PyCapsule_GetPointer(capsule, PLAN)) == NULL) return NULL;
    const uint8_t *at = (const uint8_t *)PyBytes_AsString(raw);
    if (write_object(&out, plan, (Bytes){at, at + PyBytes_Size(raw)}))
        found = PyUnicode_DecodeUTF8((const char *)out.bytes, (Py_ssize_t)out.count, "strict");
    PyMem_Free(out.bytes);
    if (found != NULL) return found;
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) return NULL;
    PyErr_Clear();
    Py_RETURN_NONE;
}

static PyMethodDef METHODS[] = {
    {"take_plan", take_plan, METH_O, take_plan_doc},
    {"read", read_json, METH_VARARGS, read_doc},
    {"write", write_json, METH_VARARGS, write_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_json", "JSON to messages, compiled.", 0, METHODS, NULL, NULL, NULL,
    NULL,
};

PyMODINIT_FUNC PyInit__json(void) { return PyModule_Create(&MODULE); }
