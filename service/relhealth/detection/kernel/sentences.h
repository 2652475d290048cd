/* Tokens to sentences, as features.py states (parse, _sentences). */
#ifndef RELHEALTH_SENTENCES_H
#define RELHEALTH_SENTENCES_H

#include "parse.h"
#include "tokens.h"

enum { MAX_SENTENCE = 60, LONGEST = 2 * MAX_SENTENCE }; /* with what is left without a word */

/* Whether the first of the tokens that are left ends a sentence. */
static inline int ends_sentence(const Token *token, size_t left) {
    if (!(token->does & ENDS)) return 0;
    return token->kind == BREAK || left == 1 || token[1].kind != WORD ||
           token[1].begin > token->end;
}

static void end_sentence(Parse *parse, size_t begin, size_t end) {
    parse->sentences[parse->sentence_count++] = (Sentence){
        .place = (uint32_t)(parse->place_count + begin), .places = (uint16_t)(end - begin)};
}

/* Appends the sentences of `tokens`, moving these together over the line breaks, which belong to
 * no sentence. Gives the places of the tokens that are left, and says how many they are; there is
 * room for as many, and as many sentences. */
static size_t split_tokens(Parse *parse, Token *tokens, size_t count, Place *places) {
    size_t begin = 0, out = 0, first = parse->sentence_count;
    int has_word = 0;
    for (size_t i = 0; i < count; i++) {
        int ends = ends_sentence(tokens + i, count - i);
        has_word |= tokens[i].kind == WORD;
        if (tokens[i].kind != BREAK) {
            if (out != i) tokens[out] = tokens[i];
            places[out++] = (Place){tokens[i].begin, tokens[i].end, tokens[i].kind >= MARK};
        }
        if ((has_word && ends) || out - begin >= MAX_SENTENCE) {
            end_sentence(parse, begin, out);
            begin = out;
            has_word = 0;
        }
    }
    if (out == begin) return out;
    if (has_word || parse->sentence_count == first) end_sentence(parse, begin, out);
    else parse->sentences[parse->sentence_count - 1].places += (uint16_t)(out - begin);
    return out;
}

/* Appends a message's sentences, and the places of the tokens that are in them; the parse has room
 * for as many as there are tokens. */
static void split(Parse *parse, Message *message, Token *tokens, size_t count) {
    message->sentence = (uint32_t)parse->sentence_count;
    parse->place_count += split_tokens(parse, tokens, count, parse->places + parse->place_count);
    message->sentences = (uint32_t)(parse->sentence_count - message->sentence);
}

#endif
