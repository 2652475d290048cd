/* The act detector's kernel: messages in, calibrated probabilities and the words of acts out.
 *
 * It repeats what tokens.py, features.py, language.py, reference.py and spans.py state, with the
 * same operations on doubles in the same order; a test holds it equal to them, bit for bit. Whoever
 * changes one changes both. docs/detector.md tells the idea.
 *
 * Everything is linear in the texts' length. Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../../domain/columns.h"
#include "parsed.h"
#include "reader.h"

enum { BRAND = 1, CUSTOMER = 2, SIDES }; /* numbers of Party */

/* ---- model ----------------------------------------------------------------------------------- */

static void model_capsule_free(PyObject *capsule) {
    model_free(PyCapsule_GetPointer(capsule, MODEL));
}

static void set_numbers(Model *model, const char *numbers) {
    double *const columns[] = {
        model->scales, model->biases, model->slopes, model->offsets, model->thresholds};
    size_t size = (size_t)model->acts * sizeof(double);
    for (size_t i = 0; i < 5; i++) memcpy(columns[i], numbers + i * size, size);
}

PyDoc_STRVAR(model_doc,
    "model(keys, weights, numbers, foreign, english, negators, clause_ends) -> model\n\n"
    "A side's model from little-endian bytes: uint32 keys, ascending; int16 weights, a row a key;\n"
    "float64 scales, biases, slopes, offsets and thresholds, one an act each; words, one a line.");

static PyObject *kernel_model(PyObject *self, PyObject *args) {
    (void)self;
    static const unsigned marks[] = {FOREIGN, ENGLISH, NEGATOR, CLAUSE_END};
    const char *keys, *weights, *numbers, *words[4];
    Py_ssize_t keys_size, weights_size, numbers_size;
    if (!PyArg_ParseTuple(args, "y#y#y#ssss", &keys, &keys_size, &weights, &weights_size, &numbers,
            &numbers_size, &words[0], &words[1], &words[2], &words[3]))
        return NULL;
    Py_ssize_t rows = keys_size / 4, acts = numbers_size / (5 * 8);
    if (acts < 1 || acts > MAX_ACTS || keys_size % 4 || numbers_size % (5 * 8) ||
        rows > INT32_MAX / 4 || weights_size != rows * acts * 2) {
        PyErr_SetString(PyExc_ValueError, "the sizes of the arrays do not fit together");
        return NULL;
    }
    Model *model = calloc(1, sizeof *model);
    if (model == NULL) return PyErr_NoMemory();
    model->acts = (int)acts;
    set_numbers(model, numbers);
    size_t bytes = 0;
    for (int i = 0; i < 4; i++) bytes += strlen(words[i]) + 1;
    int failed = reserve_words(model, bytes);
    if (!failed) failed = reserve_forms(model);
    if (!failed) failed = model_fill(model, (const uint32_t *)keys, (uint32_t)rows, weights);
    if (failed) {
        model_free(model);
        if (failed == -1) return PyErr_NoMemory();
        PyErr_SetString(
            PyExc_ValueError, "the keys cannot be told apart");
        return NULL;
    }
    for (int i = 0; i < 4; i++) mark_words(model, words[i], marks[i]);
    PyObject *capsule = PyCapsule_New(model, MODEL, model_capsule_free);
    if (capsule == NULL) model_free(model);
    return capsule;
}

/* ---- read ------------------------------------------------------------------------------------ */

/* What read() works with and makes. */
typedef struct {
    Desk desk;
    const Model *models[SIDES]; /* by the sender's number */
    size_t columns;
    double *next_row;
    ParseObject *parse;
    PyObject *probabilities, *unread;
} Reading;

/* What is told of a text's language. */
enum Told { NOTHING_TOLD, ENGLISH_TOLD, OTHER_TOLD };

static enum Told told_by(const char *tag, Py_ssize_t size) {
    Py_ssize_t length = 0;
    while (length < size && tag[length] != '-' && tag[length] != '_') length++;
    int is_english = (length == 2 || length == 3) && (tag[0] | 0x20) == 'e' &&
                     (tag[1] | 0x20) == 'n' && (length == 2 || (tag[2] | 0x20) == 'g');
    return is_english ? ENGLISH_TOLD : OTHER_TOLD;
}

/* Room at the desk for a text; -1 with an exception set. */
static int open_desk(Desk *desk, Py_ssize_t length) {
    if (length > MAX_LENGTH) {
        PyErr_SetString(PyExc_OverflowError, "the text is too long");
        return -1;
    }
    if (desk_reserve(desk, (size_t)length) == 0) return 0;
    PyErr_NoMemory();
    return -1;
}

/* The code points of ASCII at the desk; -1 with an exception set. */
static int open_ascii(Desk *desk, const char *bytes, Py_ssize_t size) {
    if (open_desk(desk, size) < 0) return -1;
    take_ascii(&desk->text, bytes, (size_t)size);
    return 0;
}

/* The code points of letters at the desk; -1 with an exception set. */
static int open_letters(Desk *desk, const Letters *text) {
    if (text->is_ascii) return open_ascii(desk, text->bytes, text->size);
    if (open_desk(desk, text->size) < 0) return -1;
    size_t length = decode((const uint8_t *)text->bytes, (size_t)text->size, desk->code_points);
    take_points(&desk->text, length);
    return 0;
}

/* The UTF-8 of a string; NULL, and no exception, where it has none, for it holds surrogates. */
static const char *utf8_of(PyObject *text, Py_ssize_t *size) {
    const char *bytes = PyUnicode_AsUTF8AndSize(text, size);
    if (bytes == NULL && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) PyErr_Clear();
    return bytes;
}

/* The code points of a string at the desk; -1 with an exception set. */
static int open_string(Desk *desk, PyObject *text) {
    Py_ssize_t size, length = PyUnicode_GetLength(text);
    if (length < 0) return -1;
    const char *bytes = utf8_of(text, &size);
    if (bytes == NULL && PyErr_Occurred()) return -1;
    /* ASCII is there as it is, nothing is made for it. */
    if (bytes != NULL && size == length) return open_ascii(desk, bytes, size);
    if (open_desk(desk, length) < 0) return -1;
    take_points(&desk->text, (size_t)length);
    return PyUnicode_AsUCS4(text, desk->code_points, (Py_ssize_t)desk->room, 0) ? 0 : -1;
}

/* Fills a message and its row from the text at the desk; says whether it was read, -1 with an
 * exception set. */
static int read_text(Reading *reading, Message *message, enum Told told) {
    Parse *parse = reading->parse->parse;
    int foreign = 0;
    if (parse_message(&reading->desk, parse, message, &foreign) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (foreign && told == NOTHING_TOLD) {
        message->sentences = 0;
        return 0;
    }
    const Desk *desk = &reading->desk;
    message->found =
        probabilities(parse, message, desk->context_sums, desk->logits, reading->next_row);
    return 1;
}

static int read_string(Reading *reading, Message *message, PyObject *text, PyObject *language) {
    enum Told told = NOTHING_TOLD;
    if (language != Py_None) {
        Py_ssize_t size;
        const char *tag = PyUnicode_AsUTF8AndSize(language, &size);
        if (tag == NULL) return -1;
        told = told_by(tag, size);
    }
    if (told == OTHER_TOLD) return 0;
    return open_string(&reading->desk, text) < 0 ? -1 : read_text(reading, message, told);
}

static int read_letters(
    Reading *reading, Message *message, const Letters *text, const Letters *language) {
    enum Told told = NOTHING_TOLD;
    if (language->bytes != NULL) told = told_by(language->bytes, language->size);
    if (told == OTHER_TOLD) return 0;
    return open_letters(&reading->desk, text) < 0 ? -1 : read_text(reading, message, told);
}

/* The next message, to be read with a side's model. */
static Message *next_message(Reading *reading, long side) {
    Parse *parse = reading->parse->parse;
    Message *message = parse->messages + parse->message_count;
    message->model = reading->models[side];
    return message;
}

/* Goes on behind a message; -1 with an exception set. */
static int end_message(Reading *reading, int is_read) {
    if (is_read < 0) return -1;
    Py_ssize_t place = (Py_ssize_t)reading->parse->parse->message_count++;
    reading->next_row += reading->columns;
    return PyTuple_SetItem(reading->unread, place, Py_NewRef(is_read ? Py_False : Py_True));
}

/* Reads a string; -1 with an exception set. */
static int read_message(Reading *reading, PyObject *text, PyObject *sender, PyObject *language) {
    long side = PyLong_AsLong(sender);
    if (side != BRAND && side != CUSTOMER) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "no such sender");
        return -1;
    }
    Message *message = next_message(reading, side);
    return end_message(reading, read_string(reading, message, text, language));
}

/* Messages and bytes of them between two looks at whether to go on; scoring/scorer.py has the same
 * numbers for what is not packed, there of characters. */
enum { FEW = 64, FEW_BYTES = 200000 };

/* Reads the texts of columns, and asks after every few whether to go on; -1 with an exception
 * set. */
static int read_columns(Reading *reading, const Columns *columns, PyObject *checkpoint) {
    int32_t messages = 0, bytes = 0;
    for (int32_t place = 0; place < columns->count; place++) {
        const Letters *text = columns->texts + place;
        if (messages == FEW || (messages && bytes + text->size > FEW_BYTES)) {
            PyObject *answer = PyObject_CallNoArgs(checkpoint);
            if (answer == NULL) return -1;
            Py_DECREF(answer);
            messages = bytes = 0;
        }
        Message *message = next_message(reading, columns->senders[place]);
        int is_read = read_letters(reading, message, text, columns->languages + place);
        if (end_message(reading, is_read) < 0) return -1;
        messages++;
        bytes += text->size;
    }
    return 0;
}

/* Room for the answers about so many messages; -1 with an exception set. */
static int open_reading(
    Reading *reading, PyObject *models, PyObject *span_type, Py_ssize_t messages) {
    for (int side = BRAND; side <= CUSTOMER; side++) {
        const Model *model = PyCapsule_GetPointer(PyTuple_GetItem(models, side - BRAND), MODEL);
        if (model == NULL) return -1;
        reading->models[side] = model;
        if (reading->columns < (size_t)model->acts) reading->columns = (size_t)model->acts;
    }
    size_t bytes = (size_t)messages * reading->columns * sizeof(double);
    reading->probabilities = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)bytes);
    reading->unread = PyTuple_New(messages);
    reading->parse = parse_object((size_t)messages, models, span_type);
    if (!reading->probabilities || !reading->unread || !reading->parse) return -1;
    reading->next_row = (double *)PyBytes_AsString(reading->probabilities);
    memset(reading->next_row, 0, bytes);
    return 0;
}

/* The answers; NULL where the reading failed, with an exception set. */
static PyObject *close_reading(Reading *reading, int failed) {
    desk_clear(&reading->desk);
    if (!failed) {
        parse_trim(reading->parse->parse);
        return Py_BuildValue("(NNN)", reading->probabilities, reading->unread, reading->parse);
    }
    Py_XDECREF(reading->probabilities);
    Py_XDECREF(reading->unread);
    Py_XDECREF((PyObject *)reading->parse);
    return NULL;
}

/* Whether there are two models, and a span's type is one; an exception is set where not. */
static int check_given(PyObject *models, PyObject *span_type) {
    if (PyTuple_Size(models) != 2) {
        PyErr_SetString(PyExc_ValueError, "there must be two models");
        return 0;
    }
    if (PyType_IsSubtype((PyTypeObject *)span_type, &PyTuple_Type)) return 1;
    PyErr_SetString(PyExc_TypeError, "a span must be a kind of tuple");
    return 0;
}

PyDoc_STRVAR(read_doc,
    "read(models, texts, senders, languages, span_type) -> (probabilities, unread, parse)\n"
    "\n"
    "Reads messages with the models of brand and customer. A language given is believed, None is\n"
    "recognised. The probabilities are float64 in bytes, 0 to 1, a row a message with as many\n"
    "columns as the larger model has acts; unread says of each message whether it is not English.\n"
    "The parse tells acts that reach their thresholds, and finds spans, tuples of `span_type`.");

static PyObject *kernel_read(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *models, *texts, *senders, *languages, *span_type;
    if (!PyArg_ParseTuple(args, "O!O!O!O!O!", &PyTuple_Type, &models, &PyTuple_Type, &texts,
            &PyTuple_Type, &senders, &PyTuple_Type, &languages, &PyType_Type, &span_type) ||
        !check_given(models, span_type))
        return NULL;
    Py_ssize_t count = PyTuple_Size(texts);
    if (count != PyTuple_Size(senders) || count != PyTuple_Size(languages)) {
        PyErr_SetString(PyExc_ValueError, "there must be a sender and a language for every text");
        return NULL;
    }
    Reading reading = {.columns = 0};
    int failed = open_reading(&reading, models, span_type, count);
    for (Py_ssize_t i = 0; !failed && i < count; i++)
        failed = read_message(&reading, PyTuple_GetItem(texts, i), PyTuple_GetItem(senders, i),
            PyTuple_GetItem(languages, i));
    return close_reading(&reading, failed);
}

PyDoc_STRVAR(read_packed_doc,
    "read_packed(models, columns, span_type, checkpoint) -> (probabilities, unread, parse)\n"
    "\n"
    "Reads the texts of a history's packed columns as read() does. The checkpoint is called now\n"
    "and then, and what it raises ends the work.");

static PyObject *kernel_read_packed(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *models, *capsule, *span_type, *checkpoint;
    if (!PyArg_ParseTuple(args, "O!OO!O", &PyTuple_Type, &models, &capsule, &PyType_Type,
            &span_type, &checkpoint) ||
        !check_given(models, span_type))
        return NULL;
    const Columns *columns = PyCapsule_GetPointer(capsule, PACKED);
    if (columns == NULL) return NULL;
    Reading reading = {.columns = 0};
    int failed = open_reading(&reading, models, span_type, columns->count);
    if (!failed) failed = read_columns(&reading, columns, checkpoint);
    return close_reading(&reading, failed);
}

static PyMethodDef METHODS[] = {
    {"model", kernel_model, METH_VARARGS, model_doc},
    {"read", kernel_read, METH_VARARGS, read_doc},
    {"read_packed", kernel_read_packed, METH_VARARGS, read_packed_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_kernel", "The act detector's compiled kernel.", 0, METHODS,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void) {
    fill_low_cells();
    fill_keys();
    fill_scores();
    PyObject *module = PyModule_Create(&MODULE);
    if (PARSE_TYPE == NULL) PARSE_TYPE = (PyTypeObject *)PyType_FromSpec(&PARSE_SPEC);
    if (PARSE_TYPE == NULL) Py_CLEAR(module);
    return module;
}
