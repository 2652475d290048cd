/* Numbers 0, 1, 2, ... for whatever is told apart by a hash and its owner's comparison. */
#ifndef RELHEALTH_TABLE_H
#define RELHEALTH_TABLE_H

#include "arena.h"
#include "hash.h"

enum { LEAST_TABLE = 512, FREE = -1 };

typedef struct {
    int32_t *places; /* the numbers by their hashes, FREE where there is none */
    uint32_t mask;
    LIST(uint32_t) hashes; /* by number */
} Table;

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

static void table_grow(Arena *arena, Table *table) {
    uint32_t room = table->places == NULL ? LEAST_TABLE : (table->mask + 1) * 2;
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
        table_grow(arena, table);
    uint32_t place = hash;
    while (table->places[place & table->mask] != FREE) place++;
    table->places[place & table->mask] = table->hashes.count;
    *ADD(arena, &table->hashes) = hash;
    return table->hashes.count - 1;
}

/* The same numbers, to be added to. */
static Table table_copy(Arena *arena, const Table *table) {
    Table copy = *table;
    if (table->places == NULL) return copy;
    size_t room = (size_t)table->mask + 1;
    copy.places = grown(arena, table->places, room, room, sizeof *table->places);
    copy.hashes.room = table->hashes.count * 2;
    copy.hashes.items = grown(arena, table->hashes.items, (size_t)table->hashes.count,
        (size_t)copy.hashes.room, sizeof *table->hashes.items);
    return copy;
}

#endif
