/* Numbers 0, 1, 2, ... for whatever is told apart by a hash and its owner's comparison. */
#ifndef RELHEALTH_TABLE_H
#define RELHEALTH_TABLE_H

#include "arena.h"
#include "hash.h"

enum { LEAST_TABLE = 128, FREE = -1 };

/* What a message is likely to add to a table, and all messages together, who say much again. */
enum { LIKELY_EACH = 8, LIKELY_ALL = 512 };

typedef struct {
    int32_t *places; /* the numbers by their hashes, FREE where there is none */
    uint32_t mask;
    LIST(uint32_t) hashes; /* by number */
} Table;

static int32_t likely_of(int32_t messages) {
    return messages < LIKELY_ALL / LIKELY_EACH ? messages * LIKELY_EACH : LIKELY_ALL;
}

/* The next number of a hash from a place on, which moves behind it; FREE after the last. The first
 * place is the hash itself. */
static int32_t next_of(const Table *table, uint32_t hash, uint32_t *place) {
    if (table->places == NULL) return FREE;
    for (int32_t number; (number = table->places[*place & table->mask]) != FREE;) {
        ++*place;
        if (table->hashes.items[number] == hash) return number;
    }
    return FREE;
}

/* Puts the numbers into room for twice as many as there may be, a power of two. */
static void table_place(Arena *arena, Table *table, uint32_t room) {
    table->places = TAKE(arena, room, int32_t);
    table->mask = room - 1;
    memset(table->places, 0xFF, room * sizeof(int32_t));
    for (int32_t number = 0; number < table->hashes.count; number++) {
        uint32_t place = table->hashes.items[number];
        while (table->places[place & table->mask] != FREE) place++;
        table->places[place & table->mask] = number;
    }
}

/* Gives the next number to what has a hash and is not in the table yet. */
static int32_t new_number(Arena *arena, Table *table, uint32_t hash) {
    if (table->places == NULL || (uint32_t)table->hashes.count * 2 > table->mask)
        table_place(arena, table, table->places == NULL ? LEAST_TABLE : (table->mask + 1) * 2);
    uint32_t place = hash;
    while (table->places[place & table->mask] != FREE) place++;
    table->places[place & table->mask] = table->hashes.count;
    *ADD(arena, &table->hashes) = hash;
    return table->hashes.count - 1;
}

/* The same numbers, and room for those that are likely to come. */
static Table table_copy(Arena *arena, const Table *table, int32_t likely) {
    Table copy = {0};
    int32_t count = table->hashes.count;
    uint32_t room = LEAST_TABLE;
    while (room < 2 * (uint32_t)(count + likely)) room *= 2;
    copy.hashes.count = count;
    copy.hashes.room = count + likely;
    copy.hashes.items = grown(arena, table->hashes.items, (size_t)count,
        (size_t)copy.hashes.room, sizeof *table->hashes.items);
    table_place(arena, &copy, room);
    return copy;
}

#endif
