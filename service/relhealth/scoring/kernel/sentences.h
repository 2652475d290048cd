/* The sentence that a piece of evidence reads as: scoring/sentences.py, compiled. */
#ifndef RELHEALTH_SENTENCES_H
#define RELHEALTH_SENTENCES_H

#include <stdio.h>

#include "ledger.h"

enum { LONGEST_SENTENCE = 256 };

/* A sentence as it grows; what it is made of is far shorter than its room. */
typedef struct {
    Arena *arena;
    char letters[LONGEST_SENTENCE];
    int32_t size;
} Sentence;

static void say(Sentence *sentence, const char *words) {
    size_t size = strlen(words);
    if (size >= sizeof sentence->letters - (size_t)sentence->size) return;
    memcpy(sentence->letters + sentence->size, words, size + 1);
    sentence->size += (int32_t)size;
}

/* A number without its fraction, half an even one rounded down; as C's %.0f. */
static void say_whole(Sentence *sentence, double number) {
    char digits[32], *at = digits + sizeof digits - 1;
    double whole = nearbyint(number);
    if (fabs(whole) >= 1e15) {
        snprintf(digits, sizeof digits, "%.0f", number);
        say(sentence, digits);
        return;
    }
    uint64_t rest = (uint64_t)fabs(whole);
    *at = '\0';
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (signbit(whole)) *--at = '-';
    say(sentence, at);
}

/* By Python, since C writes the point of a fraction as the process's locale does. */
static void say_number(Sentence *sentence, double number) {
    char *digits = PyOS_double_to_string(number, 'g', 6, 0, NULL);
    if (digits == NULL) fail(sentence->arena);
    say(sentence, digits);
    PyMem_Free(digits);
}

static void say_count(Sentence *sentence, double number, const char *one, const char *many) {
    say_whole(sentence, number);
    say(sentence, " ");
    say(sentence, nearbyint(number) == 1.0 ? one : many);
}

enum { DAYS_WITHOUT_HOURS = 7 };

/* A duration as people say it: 59 days, 3 days 4 h, 2 h 5 min, 40 s. */
static void say_duration(Sentence *sentence, double hours) {
    double all = nearbyint(hours * 60.0);
    if (all == 0.0) {
        say_whole(sentence, hours * 3600.0);
        say(sentence, " s");
        return;
    }
    int64_t rest, minutes, days = floored((int64_t)all, 24 * 60, &rest);
    int64_t whole_hours = floored(rest, 60, &minutes);
    if (days) say_count(sentence, (double)days, "day", "days");
    if (days >= DAYS_WITHOUT_HOURS) return;
    if (days && whole_hours) say(sentence, " ");
    if (whole_hours) {
        say_whole(sentence, (double)whole_hours);
        say(sentence, " h");
    }
    if (days || (whole_hours && !minutes)) return;
    if (whole_hours) say(sentence, " ");
    say_whole(sentence, (double)minutes);
    say(sentence, " min");
}

/* What an answer answers, by the customer's act. */
static const char *called(int act) {
    switch (act) {
    case REQUEST: return "a request";
    case COMPLAINT: return "a complaint";
    case UNRESOLVED: return "a repeated request for help";
    case PRAISE: return "praise";
    case GRATITUDE: return "thanks";
    case ADVOCACY: return "a recommendation";
    case INFORMATION: return "information from the customer";
    case COMPENSATION_DEMAND: return "a demand for compensation";
    case SUGGESTION: return "a suggestion";
    case CHURN_INTENT: return "a farewell";
    case ULTIMATUM: return "an ultimatum";
    case OPT_OUT: return "a wish to be left alone";
    }
    return "a message";
}

static void say_answer(Sentence *sentence, const Observation *seen) {
    static const char *const before[] = {
        "Answered ", "No real answer to ", "No real answer to ", "There was no need to answer "};
    static const char *const between[] = {" after ", " for ", " for ", ""};
    static const char *const after[] = {
        ".", " so far.", "; then the customer needed none.", "."};
    int ended = (int)seen->facts[1];
    say(sentence, before[ended]);
    say(sentence, called(seen->act));
    say(sentence, between[ended]);
    if (ended != WAITED_NOT_OWED) say_duration(sentence, seen->facts[0]);
    say(sentence, after[ended]);
}

static void say_left_open(Sentence *sentence, const Observation *seen) {
    say(sentence, "No real answer to ");
    say(sentence, called(seen->act));
    say(sentence, seen->facts[0] != 0.0 ? "; then the customer needed none." : " so far.");
}

static void say_run(Sentence *sentence, const Observation *seen) {
    if (nearbyint(seen->facts[0]) == 1.0) {
        say(sentence, "One message that nobody asked for and nobody took up.");
        return;
    }
    say_whole(sentence, seen->facts[0]);
    say(sentence, " messages in a row that nobody asked for and nobody took up.");
}

static void say_talking_at(Sentence *sentence, const Observation *seen) {
    say(sentence, "Talked at the customer: ");
    say_count(sentence, seen->facts[0], "word", "words");
    say(sentence, " unasked, ");
    say_whole(sentence, seen->facts[1]);
    say(sentence, " from the customer.");
}

static void say_broken(Sentence *sentence, const Observation *seen) {
    int asked = seen->facts[1] != 0.0;
    say(sentence, asked ? "A promise was not kept: " : "A promise was due after ");
    say_duration(sentence, seen->facts[0]);
    say(sentence, asked ? " later the customer had to ask again."
                        : " and was not seen to be kept in time.");
}

static void say_kept(Sentence *sentence, const Observation *seen) {
    say(sentence, "A promise was seen to be kept after ");
    say_duration(sentence, seen->facts[0]);
    say(sentence, ".");
}

static void say_load(Sentence *sentence, const Observation *seen) {
    say_count(sentence, ceil(seen->facts[0]), "more message", "more messages");
    say(sentence, " within ");
    say_whole(sentence, seen->facts[1]);
    say(sentence, " days than the customer's attention warrants.");
}

static void say_monologue(Sentence *sentence, const Observation *seen) {
    say(sentence, "A monologue of ");
    say_whole(sentence, seen->facts[0]);
    say(sentence, " words that nobody asked for.");
}

static void say_old_failing(Sentence *sentence, const Observation *seen) {
    say(sentence, "Brought up again what had been put right ");
    say_count(sentence, seen->facts[0], "day", "days");
    say(sentence, " before.");
}

static void say_sent_around(Sentence *sentence, const Observation *seen) {
    say(sentence, "The brand sent the customer elsewhere ");
    say_whole(sentence, seen->facts[0]);
    say(sentence, " times in one conversation.");
}

static void say_rated(Sentence *sentence, const Observation *seen) {
    say(sentence, "The customer rated ");
    say_number(sentence, seen->facts[0]);
    say(sentence, " on a scale from ");
    say_number(sentence, seen->facts[1]);
    say(sentence, " to ");
    say_number(sentence, seen->facts[2]);
    say(sentence, ".");
}

/* How a kind's sentence is made of its numbers; NULL where its description says it. */
typedef void (*Sayer)(Sentence *sentence, const Observation *seen);

static Sayer sayer_of(int trait, int kind) {
    static const Sayer happiness[OWN_HAPPINESS_KINDS] = {
        [OWN_HAPPINESS_unanswered_outreach] = say_run};
    static const Sayer time[TIME_KINDS] = {[TIME_answer] = say_answer};
    static const Sayer communication[COMMUNICATION_KINDS] = {
        [COMMUNICATION_left_open] = say_left_open,
        [COMMUNICATION_talks_at] = say_talking_at, [COMMUNICATION_monologue] = say_monologue,
        [COMMUNICATION_sent_around] = say_sent_around};
    static const Sayer realism[REALISM_KINDS] = {[REALISM_commitment_kept] = say_kept,
        [REALISM_commitment_broken] = say_broken, [REALISM_message_load] = say_load};
    static const Sayer mistakes[MISTAKES_KINDS] = {NULL};
    static const Sayer forgiving[FORGIVING_KINDS] = {
        [FORGIVING_old_failing_again] = say_old_failing};
    static const Sayer support[SUPPORT_KINDS] = {[SUPPORT_unanswered_outreach] = say_run,
        [SUPPORT_rated_well] = say_rated, [SUPPORT_rated_poorly] = say_rated};
    static const Sayer *const sayers[TRAITS] = {
        happiness, time, communication, realism, mistakes, forgiving, support};
    return sayers[trait][kind];
}

/* The sentence of what was seen; whether it has one of its own. */
static int sentence_of(Sentence *sentence, Arena *arena, int trait, const Observation *seen) {
    Sayer sayer = sayer_of(trait, seen->kind);
    sentence->arena = arena;
    sentence->size = 0;
    if (sayer != NULL) sayer(sentence, seen);
    return sayer != NULL;
}

/* How surely a message does what is said of it; a rating, too, says that it fell short. */
static double surely_done(const Scene *scene, const Observation *seen) {
    if (is_customer(scene->history, seen->act_at)) {
        if (seen->act == COMPLAINT) return scene->failing[seen->act_at];
        if (seen->act == UNRESOLVED) return scene->unresolved[seen->act_at];
    }
    return does(scene, seen->act_at, seen->act);
}

static int is_doubtful(const Scene *scene, const Observation *seen) {
    return seen->act_at != NONE && surely_done(scene, seen) < LIKELY;
}

/* What such a sentence is of is doubtful, not that it was answered. */
static const char *const OF_CALLS[] = {
    "Answered ", "No real answer to ", "There was no need to answer "};

/* Whether letters begin with words; how many letters those are. */
static int32_t begins_with(Letters said, const char *words) {
    int32_t size = (int32_t)strlen(words);
    return said.size >= size && memcmp(said.bytes, words, (size_t)size) == 0 ? size : 0;
}

/* The same letters with words put in after the first few. */
static Letters with_words(Arena *arena, Letters said, int32_t first, const char *words) {
    size_t size = strlen(words), begin = (size_t)first;
    char *bytes = TAKE(arena, (int32_t)size + said.size, char);
    memcpy(bytes, said.bytes, begin);
    memcpy(bytes + begin, words, size);
    memcpy(bytes + begin + size, (const char *)said.bytes + begin, (size_t)said.size - begin);
    said.bytes = bytes;
    said.size += (int32_t)size;
    return said;
}

/* The same said of what is less likely than not. */
static Letters hedged(Arena *arena, Letters said) {
    static const char perhaps[] = "Perhaps ";
    int32_t before = sizeof perhaps - 1;
    for (int i = 0; i < COUNT_OF(OF_CALLS); i++) {
        int32_t first = begins_with(said, OF_CALLS[i]);
        if (first) return with_words(arena, said, first, "what may be ");
    }
    if (said.size == 0) return said;
    char *bytes = TAKE(arena, before + said.size, char), *first = bytes + before;
    memcpy(bytes, perhaps, (size_t)before);
    memcpy(first, said.bytes, (size_t)said.size);
    char second = said.size > 1 ? first[1] : '\0';
    if (*first >= 'A' && *first <= 'Z' && (second == ' ' || (second >= 'a' && second <= 'z')))
        *first = (char)(*first + 'a' - 'A');
    said.bytes = bytes;
    said.size += before;
    return said;
}

/* The sentence of a line of evidence. */
static Letters summary_of(Sentence *sentence, Arena *arena, const Scene *scene, int trait,
    const Observation *seen, const Kind *kind) {
    Letters said = kind->description_letters;
    if (sentence_of(sentence, arena, trait, seen))
        said = (Letters){sentence->letters, sentence->size, 1};
    return is_doubtful(scene, seen) ? hedged(arena, said) : said;
}

static void say_remainder(Sentence *sentence, int32_t items) {
    sentence->size = 0;
    say_count(sentence, (double)items, "further item", "further items");
    say(sentence, ", summed.");
}

#endif
