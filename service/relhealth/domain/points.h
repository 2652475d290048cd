/* Code points of UTF-8. */
#ifndef RELHEALTH_DOMAIN_POINTS_H
#define RELHEALTH_DOMAIN_POINTS_H

#include <stdint.h>

/* How many bytes a code point takes that begins with this one. */
static inline int width_of_point(uint8_t first) {
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The code point that takes so many bytes there, all of which must be readable. */
static inline uint32_t point_of(const uint8_t *at, int width) {
    uint32_t point = width == 1 ? at[0] : at[0] & (0x7Fu >> width);
    for (int i = 1; i < width; i++) point = point << 6 | (at[i] & 0x3Fu);
    return point;
}

#endif
