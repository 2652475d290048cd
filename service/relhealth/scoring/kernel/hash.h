/* Keyed hashes: nobody can write texts whose words all fall on one place of a table.
 *
 * Of bytes it is SipHash-1-3 (Aumasson and Bernstein 2012), as Python's dictionaries use it; of one
 * number it is pair-multiply-shift (Thorup 2015), which is far cheaper: any two numbers that are
 * chosen without the key have the same hash with a chance of 2^-32. The keys only move what is in a
 * table, never the number that it has.
 */
#ifndef RELHEALTH_HASH_H
#define RELHEALTH_HASH_H

#include "../../domain/block.h"

static uint64_t hash_key[2], number_key[3];

/* Draws the keys from the system; -1 with an exception set. Not from Python's own hashes: with a
 * fixed PYTHONHASHSEED anybody could work out theirs. */
static int take_hash_key(void) {
    enum { DRAWN = sizeof hash_key + sizeof number_key };
    char *bytes;
    Py_ssize_t size;
    PyObject *os = PyImport_ImportModule("os"), *drawn = NULL;
    if (os != NULL) drawn = PyObject_CallMethod(os, "urandom", "i", (int)DRAWN);
    int failed = drawn == NULL || PyBytes_AsStringAndSize(drawn, &bytes, &size) < 0;
    if (!failed && size != DRAWN) {
        PyErr_SetString(PyExc_ValueError, "another number of bytes was drawn");
        failed = 1;
    }
    if (!failed) {
        memcpy(hash_key, bytes, sizeof hash_key);
        memcpy(number_key, bytes + sizeof hash_key, sizeof number_key);
    }
    Py_XDECREF(drawn);
    Py_XDECREF(os);
    return failed ? -1 : 0;
}

static uint64_t turned(uint64_t bits, int by) { return bits << by | bits >> (64 - by); }

static void sip_round(uint64_t *v) {
    v[0] += v[1];
    v[1] = turned(v[1], 13) ^ v[0];
    v[0] = turned(v[0], 32);
    v[2] += v[3];
    v[3] = turned(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = turned(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = turned(v[1], 17) ^ v[2];
    v[2] = turned(v[2], 32);
}

static void sip_word(uint64_t *v, uint64_t word) {
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

static uint32_t hash_of(const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    size_t left = size;
    uint64_t v[] = {hash_key[0] ^ 0x736f6d6570736575ULL, hash_key[1] ^ 0x646f72616e646f6dULL,
        hash_key[0] ^ 0x6c7967656e657261ULL, hash_key[1] ^ 0x7465646279746573ULL};
    for (; left >= BLOCK; left -= BLOCK, at += BLOCK) sip_word(v, block_at(at));
    uint64_t last = (uint64_t)size << 56;
    if (size < BLOCK)
        for (size_t i = 0; i < left; i++) last |= (uint64_t)at[i] << 8 * i;
    else /* some bytes of the block before are seen again, and left out */
        last |= block_at(at + left - BLOCK) >> 8 >> 8 * (BLOCK - 1 - left);
    sip_word(v, last);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

static inline uint32_t hash_of_number(uint64_t number) {
    uint64_t one = number_key[0] + (number >> 32), other = number_key[1] + (uint32_t)number;
    return (uint32_t)((one * other + number_key[2]) >> 32);
}

#endif
