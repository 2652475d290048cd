/* Tokens to sentences, as features.py states (parse, _sentences). */
#ifndef RELHEALTH_SENTENCES_H
#define RELHEALTH_SENTENCES_H

#include "parse.h"
#include "tokens.h"

enum { MAX_SENTENCE = 60, LONGEST = 2 * MAX_SENTENCE }; /* with what is left without a word */

static inline int ends_sentence(const Token *token, const Token *following) {
    if (token->kind == BREAK) return 1;
    if (!(token->does & ENDS)) return 0;
    return following == NULL || following->kind != WORD || following->begin > token->end;
}

static void end_sentence(Parse *parse, size_t begin, size_t end) {
    parse->sentences[parse->sentence_count++] = (Sentence){
        .place = (uint32_t)(parse->place_count + begin), .places = (uint16_t)(end - begin)};
}

/* Appends the sentences of `tokens`, moving these together over the line breaks, which belong to
 * no sentence. Says how many tokens are left; the parse has room for as many sentences. */
static size_t split(Parse *parse, Token *tokens, size_t count) {
    size_t begin = 0, out = 0, first = parse->sentence_count;
    int has_word = 0;
    for (size_t i = 0; i < count; i++) {
        int ends = ends_sentence(tokens + i, i + 1 < count ? tokens + i + 1 : NULL);
        has_word |= tokens[i].kind == WORD;
        if (tokens[i].kind != BREAK) {
            if (out != i) tokens[out] = tokens[i];
            out++;
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

/* Appends the places of the tokens that are in sentences. */
static void keep_places(Parse *parse, const Token *tokens, size_t count) {
    Place *places = parse->places + parse->place_count;
    for (size_t i = 0; i < count; i++)
        places[i] = (Place){tokens[i].begin, tokens[i].end, tokens[i].kind >= MARK};
    parse->place_count += count;
}

#endif
