/* Letters that stand in bytes of others, which may be no UTF-8. */
#ifndef RELHEALTH_LETTERS_H
#define RELHEALTH_LETTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../../domain/columns.h"
#include "../../domain/points.h"

typedef struct {
    const uint8_t *at, *end;
} Bytes;

/* Bytes of the code point beyond ASCII that begins there; 0 where none does. */
static int bytes_of_point(const uint8_t *at, const uint8_t *end) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int width = width_of_point(at[0]);
    if (at[0] < 0xC0 || at[0] >= 0xF8 || end - at < width) return 0;
    for (int i = 1; i < width; i++)
        if ((at[i] & 0xC0) != 0x80) return 0;
    uint32_t point = point_of(at, width);
    bool is_surrogate = point >> 11 == 0xD800 >> 11;
    return point < least[width] || point > 0x10FFFF || is_surrogate ? 0 : width;
}

/* How many code points there are, NONE where the bytes are no UTF-8. */
static int32_t points_in(Bytes letters) {
    int32_t points = 0;
    for (; letters.at < letters.end; points++) {
        int width = *letters.at < 0x80 ? 1 : bytes_of_point(letters.at, letters.end);
        if (width == 0) return NONE;
        letters.at += width;
    }
    return points;
}

static inline uint64_t eight_at(const uint8_t *at) {
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    return eight;
}

static bool is_ascii(Bytes letters) {
    const uint8_t *at = letters.at, *end = letters.end;
    uint64_t all = 0;
    if (end - at < 8) {
        while (at < end) all |= *at++;
    } else {
        for (all = eight_at(end - 8); end - at > 8; at += 8) all |= eight_at(at);
    }
    return !(all & 0x8080808080808080u);
}

/* The letters in bytes, none where these are empty; how many code points they are, NONE where they
 * are no UTF-8. */
static inline int32_t take_letters(Bytes bytes, Letters *letters) {
    int32_t size = (int32_t)(bytes.end - bytes.at);
    *letters = (Letters){size ? (const char *)bytes.at : NULL, size, true};
    if (size == 0 || is_ascii(bytes)) return size;
    letters->is_ascii = false;
    return points_in(bytes);
}

#endif
