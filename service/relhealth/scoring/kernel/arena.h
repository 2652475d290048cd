/* Memory of one judgement, lists in it, and the one way out when something fails.
 *
 * What is taken and held is given back all at once at the end. A failure (no memory, an exception
 * that a Python function raised) leaves by longjmp with Python's exception set.
 */
#ifndef RELHEALTH_ARENA_H
#define RELHEALTH_ARENA_H

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Block {
    struct Block *before;
    size_t used, size;
} Block;

typedef struct Held {
    struct Held *before;
    PyObject *object;
} Held;

typedef struct {
    Block *block;
    Held *held; /* Python's objects that are given back at the end */
    jmp_buf *out; /* the way out of what is being done */
    PyObject *checkpoint; /* what is asked now and then whether to go on */
    uint32_t work;        /* since it was asked */
} Arena;

enum { LEAST_BLOCK = 1 << 18, LARGEST_SPARE = 1 << 20, ALIGNMENT = 16, WORK_BETWEEN = 1 << 18 };

/* Leaves with Python's exception. */
static _Noreturn void fail(Arena *arena) { longjmp(*arena->out, 1); }

static size_t aligned(size_t bytes) {
    return (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* The last judgement's largest block, for the next one; Python's lock guards it. */
static Block *spare;

static Arena arena_of(PyObject *checkpoint) {
    Arena arena = {.block = spare, .checkpoint = checkpoint};
    spare = NULL;
    return arena;
}

static void arena_clear(Arena *arena) {
    while (arena->held != NULL) {
        Held *last = arena->held;
        arena->held = last->before;
        Py_DECREF(last->object);
    }
    while (arena->block != NULL) {
        Block *block = arena->block;
        arena->block = block->before;
        if (spare == NULL && block->size <= LARGEST_SPARE) {
            spare = block;
            *spare = (Block){NULL, aligned(sizeof(Block)), block->size};
        } else {
            free(block);
        }
    }
}

static void add_block(Arena *arena, size_t bytes) {
    size_t head = aligned(sizeof(Block));
    size_t size = arena->block == NULL ? LEAST_BLOCK : arena->block->size * 2;
    if (size < head + bytes) size = head + bytes;
    Block *block = malloc(size);
    if (block == NULL) {
        PyErr_NoMemory();
        fail(arena);
    }
    *block = (Block){arena->block, head, size};
    arena->block = block;
}

/* Room for `count` things of a size, aligned for any of them, not cleared. */
static void *take(Arena *arena, size_t count, size_t size) {
    if (count > INT32_MAX) {
        PyErr_NoMemory();
        fail(arena);
    }
    size_t bytes = aligned(count * size);
    if (arena->block == NULL || arena->block->size - arena->block->used < bytes)
        add_block(arena, bytes);
    void *room = (char *)arena->block + arena->block->used;
    arena->block->used += bytes;
    return room;
}

static void *take_zeros(Arena *arena, size_t count, size_t size) {
    void *room = take(arena, count, size);
    return count > INT32_MAX ? NULL : memset(room, 0, count * size);
}

#define TAKE(arena, count, type) ((type *)take(arena, (size_t)(count), sizeof(type)))
#define TAKE_ZEROS(arena, count, type) ((type *)take_zeros(arena, (size_t)(count), sizeof(type)))

/* Takes over an object that Python gave, or fails where it gave none. */
static PyObject *held(Arena *arena, PyObject *object) {
    if (object == NULL) fail(arena);
    Held *node = TAKE(arena, 1, Held); /* without memory the object is lost, too */
    *node = (Held){arena->held, object};
    arena->held = node;
    return object;
}

/* A larger room with what the smaller one held. */
static void *grown(Arena *arena, const void *items, size_t count, size_t room, size_t size) {
    void *larger = take(arena, room, size);
    if (count) memcpy(larger, items, count * size);
    return larger;
}

/* Counts work done; asks after every so much whether to go on. */
static void worked(Arena *arena, uint32_t units) {
    arena->work += units;
    if (arena->work < WORK_BETWEEN) return;
    arena->work = 0;
    held(arena, PyObject_CallNoArgs(arena->checkpoint));
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* A growing list of places. */
typedef struct {
    int32_t *items, count, room;
} Places;

static void give_room(Arena *arena, Places *list) {
    int32_t room = list->room ? list->room * 2 : 8;
    list->items =
        grown(arena, list->items, (size_t)list->count, (size_t)room, sizeof *list->items);
    list->room = room;
}

static inline void append(Arena *arena, Places *list, int32_t item) {
    if (list->count == list->room) give_room(arena, list);
    list->items[list->count++] = item;
}

/* Some of them in a row, which grows no more. */
typedef struct {
    const int32_t *items;
    int32_t count;
} Row;

/* A growing list of any structure: LIST(Call) has items, count and room; ADD gives the new one. */
#define LIST(type)                                                                                \
    struct {                                                                                      \
        type *items;                                                                              \
        int32_t count, room;                                                                      \
    }
#define ADD(arena, list)                                                                          \
    ((list)->count == (list)->room                                                                \
            ? ((list)->room = (list)->room ? (list)->room * 2 : 8,                                \
                  (list)->items = grown(arena, (list)->items, (size_t)(list)->count,              \
                      (size_t)(list)->room, sizeof *(list)->items))                               \
            : (void *)0,                                                                          \
        &(list)->items[(list)->count++])

/* The first of ascending places that is not below one. */
static int32_t first_from(const int32_t *places, int32_t low, int32_t high, int32_t place) {
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (places[middle] < place) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* The first of places in order of time that was not sent before a moment. */
static int32_t first_since(
    const int32_t *places, int32_t low, int32_t high, const int64_t *sent_us, int64_t moment_us) {
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (sent_us[places[middle]] < moment_us) low = middle + 1;
        else high = middle;
    }
    return low;
}

#define COUNT_OF(list) (int)(sizeof(list) / sizeof *(list))

static double larger(double a, double b) { return b > a ? b : a; }
static double smaller(double a, double b) { return b < a ? b : a; }

#endif
