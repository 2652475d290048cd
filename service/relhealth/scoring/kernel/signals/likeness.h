/* Which of the sets before a set is like it: signals/likeness.py, compiled. */
#ifndef RELHEALTH_LIKENESS_H
#define RELHEALTH_LIKENESS_H

#include "wording.h"

/* A feature that a set holds, in the list of all sets that hold it. */
typedef struct {
    int32_t set, before, after; /* holdings, NONE at the ends */
} Holding;

typedef struct {
    int32_t held, latest; /* by how many sets; the holding of the set seen last */
} Holders;

/* A few bits of a set: each feature sets the one that its number names. Two sets have at least as
 * many features in one of them alone as their sketches have bits (Sandes et al. 2018). */
enum { SKETCH_WORDS = 2, SKETCH_BITS = 64 * SKETCH_WORDS };

typedef struct {
    uint64_t words[SKETCH_WORDS];
} Sketch;

static Sketch sketch_of(Set features) {
    Sketch sketch = {{0}};
    for (int32_t i = 0; i < features.count; i++) {
        uint32_t bit = (uint32_t)features.items[i] % SKETCH_BITS;
        sketch.words[bit / 64] |= 1ULL << bit % 64;
    }
    return sketch;
}

static int32_t bits_of(uint64_t word) {
    word -= word >> 1 & 0x5555555555555555ULL;
    word = (word & 0x3333333333333333ULL) + (word >> 2 & 0x3333333333333333ULL);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0FULL;
    return (int32_t)(word * 0x0101010101010101ULL >> 56);
}

static int32_t bits_apart(const Sketch *one, const Sketch *other) {
    int32_t apart = 0;
    for (int i = 0; i < SKETCH_WORDS; i++) apart += bits_of(one->words[i] ^ other->words[i]);
    return apart;
}

typedef struct {
    Set features;
    Sketch sketch;
    int32_t position, first; /* where it was seen last; the holding of its first feature */
    uint32_t asked;          /* by which search it was compared last */
} Seen;

typedef int (*Order)(const void *names, int32_t one, int32_t other);

typedef struct {
    Arena *arena;
    double least;
    Order order; /* of features that equally many sets hold */
    const void *names;
    LIST(Seen) seen;
    LIST(Holding) holdings;
    LIST(Holders) features;
    Table table;
    uint32_t search;
} Likeness;

static Likeness likeness_of(Arena *arena, double least, Order order, const void *names) {
    return (Likeness){.arena = arena, .least = least, .order = order, .names = names};
}

/* A set that is looked for, and may be taken in then. */
typedef struct {
    Set features;
    Sketch sketch;
    uint32_t hash;
    int32_t same; /* its number among those seen; FREE where it is new */
} Sought;

static int32_t same_set(const Likeness *likeness, Set set, uint32_t hash) {
    uint32_t place = hash;
    for (int32_t i; (i = next_of(&likeness->table, hash, &place)) != FREE;) {
        Set other = likeness->seen.items[i].features;
        size_t bytes = (size_t)set.count * sizeof *set.items;
        if (other.count == set.count && (bytes == 0 || !memcmp(other.items, set.items, bytes)))
            return i;
    }
    return FREE;
}

static Sought seek(const Likeness *likeness, Set features) {
    uint32_t hash = hash_of(features.items, (size_t)features.count * sizeof *features.items);
    return (Sought){features, sketch_of(features), hash, same_set(likeness, features, hash)};
}

/* Makes a holding the latest of its feature. */
static void put_last(Likeness *likeness, int32_t holding, int32_t number) {
    Holders *feature = likeness->features.items + number;
    Holding *holdings = likeness->holdings.items;
    holdings[holding].before = feature->latest;
    holdings[holding].after = NONE;
    if (feature->latest != NONE) holdings[feature->latest].after = holding;
    feature->latest = holding;
}

static void move_last(Likeness *likeness, int32_t holding, int32_t number) {
    Holding *holdings = likeness->holdings.items, *moved = holdings + holding;
    if (moved->after == NONE) return;
    holdings[moved->after].before = moved->before;
    if (moved->before != NONE) holdings[moved->before].after = moved->after;
    put_last(likeness, holding, number);
}

/* Takes in all features whose numbers come before one. */
static void know_features(Likeness *likeness, int32_t end) {
    int32_t known = likeness->features.count;
    if (end <= known) return;
    if (end > likeness->features.room) {
        likeness->features.room = end * 2;
        likeness->features.items = grown(likeness->arena, likeness->features.items, (size_t)known,
            (size_t)end * 2, sizeof *likeness->features.items);
    }
    for (int32_t i = known; i < end; i++) likeness->features.items[i] = (Holders){0, NONE};
    likeness->features.count = end;
}

static void hold_features(Likeness *likeness, Set features, int32_t set) {
    if (features.count) know_features(likeness, features.items[features.count - 1] + 1);
    for (int32_t i = 0; i < features.count; i++) {
        int32_t number = features.items[i];
        *ADD(likeness->arena, &likeness->holdings) = (Holding){set, NONE, NONE};
        likeness->features.items[number].held++;
        put_last(likeness, likeness->holdings.count - 1, number);
    }
}

/* Takes in the features of a line. */
static void likeness_add(Likeness *likeness, const Sought *sought, int32_t position) {
    Set features = sought->features;
    worked(likeness->arena, (uint32_t)features.count + 1);
    if (sought->same != FREE) {
        Seen *seen = likeness->seen.items + sought->same;
        for (int32_t i = 0; i < features.count; i++)
            move_last(likeness, seen->first + i, features.items[i]);
        seen->position = position;
        return;
    }
    *ADD(likeness->arena, &likeness->seen) =
        (Seen){features, sought->sketch, position, likeness->holdings.count, 0};
    hold_features(likeness, features, new_number(likeness->arena, &likeness->table, sought->hash));
}

/* Keep rounding errors from asking for a feature too many, or too few, in common. */
static const double ROUNDING = 1e-9;

/* Whether two sets are alike that have no more than so many features in common. */
static int are_alike(
    const Likeness *likeness, const Sought *sought, const Seen *seen, int32_t most_common) {
    Set one = sought->features, other = seen->features;
    double least = likeness->least, all = (double)(one.count + other.count);
    int32_t fewer = one.count, more = other.count;
    if (fewer > more) {
        fewer = other.count;
        more = one.count;
    }
    if ((double)fewer / (double)more < least) return 0;
    int32_t most_apart = (int32_t)(all * (1.0 - least) / (1.0 + least) + ROUNDING);
    if (2 * most_common < fewer + more - most_apart) return 0;
    if (bits_apart(&sought->sketch, &seen->sketch) > most_apart) return 0;
    int32_t common = in_common(one, other, most_apart);
    return (double)common / (all - (double)common) >= least;
}

/* A feature of a set that is sought. */
typedef struct {
    const Likeness *among;
    int32_t held, number;
} Rare;

static int rarer_first(const void *a, const void *b) {
    const Rare *one = a, *other = b;
    if (one->held != other->held) return one->held < other->held ? -1 : 1;
    return one->among->order(one->among->names, one->number, other->number);
}

/* Puts the rarest of some features first, in order. */
static void put_rarest_first(Rare *features, int32_t count, int32_t rarest) {
    if (rarest > FEW_NUMBERS) {
        qsort(features, (size_t)count, sizeof *features, rarer_first);
        return;
    }
    for (int32_t i = 1; i < count; i++) {
        Rare feature = features[i];
        int32_t at = i;
        if (at >= rarest) {
            at = rarest - 1;
            if (rarer_first(&feature, features + at) > 0) continue;
            features[i] = features[at];
        }
        for (; at > 0 && rarer_first(&feature, features + at - 1) < 0; at--)
            features[at] = features[at - 1];
        features[at] = feature;
    }
}

/* The features of a set that were seen before. */
typedef struct {
    Rare *items;
    int32_t count, few; /* the rarest first, of which a set that is alike must hold one */
} Rarest;

static Rarest rarest_of(const Likeness *likeness, Set features) {
    Rarest found = {TAKE(likeness->arena, features.count, Rare), 0, 0};
    for (int32_t i = 0; i < features.count; i++) {
        int32_t number = features.items[i], held = 0;
        if (number < likeness->features.count) held = likeness->features.items[number].held;
        if (held) found.items[found.count++] = (Rare){likeness, held, number};
    }
    int32_t least = (int32_t)ceil(likeness->least * (double)features.count - ROUNDING);
    found.few = least > 0 ? found.count + 1 - least : found.count;
    if (found.few > 0) put_rarest_first(found.items, found.count, found.few);
    return found;
}

/* The place of a line like this one at or after another, the same line first; NONE without one. */
static int32_t likeness_find(Likeness *likeness, const Sought *sought, int32_t not_before) {
    Set features = sought->features;
    if (features.count == 0) return NONE;
    if (sought->same != FREE && likeness->seen.items[sought->same].position >= not_before)
        return likeness->seen.items[sought->same].position;
    Rarest rarest = rarest_of(likeness, features);
    likeness->search++;
    for (int32_t i = 0; i < rarest.few; i++) {
        int32_t at = likeness->features.items[rarest.items[i].number].latest;
        for (; at != NONE; at = likeness->holdings.items[at].before) {
            Seen *other = likeness->seen.items + likeness->holdings.items[at].set;
            if (other->position < not_before) break;
            if (other->asked == likeness->search) continue;
            worked(likeness->arena, (uint32_t)(features.count + other->features.count));
            /* Of those before this one it holds none. */
            if (are_alike(likeness, sought, other, rarest.count - i)) return other->position;
            other->asked = likeness->search;
        }
    }
    return NONE;
}

static int order_of_words(const void *words, int32_t one, int32_t other) {
    return letters_order(words, one, other);
}

#endif
