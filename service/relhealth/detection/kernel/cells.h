/* What a text is read from: its code points, folded, with their classes. */
#ifndef RELHEALTH_CELLS_H
#define RELHEALTH_CELLS_H

#include <stdint.h>

/* A cell is a visible code point with its class above it. */
typedef uint32_t Cell;
typedef enum { LETTER, DIGIT, SPACE, LINE_END, SKIP, SYMBOL, NOTHING } Class;

enum { CLASS_SHIFT = 24, CODE_MASK = (1 << CLASS_SHIFT) - 1 };

#define CELL(class, code) ((Cell)(class) << CLASS_SHIFT | (code))

#endif
