/* A whole response as the bytes of its message, without any object for what is judged.
 *
 * The wire tells the fields' numbers, which must ascend in each message: what comes last is written
 * first. wire/writing.py's plans give the same bytes from the objects; a test holds it.
 */
#ifndef RELHEALTH_RESPONSE_H
#define RELHEALTH_RESPONSE_H

#include "judged.h"

enum { OF_BRAND_ID, OF_CUSTOMER_ID, OF_REQUEST_ID, OF_HEALTH, OF_TRAITS, OF_STANCE_SCORE,
    OF_AS_OF, OF_IGNORED, OF_MODEL, OF_RUBRIC, OF_DIGEST, OF_UNREAD, OF_MISSING,
    ESTIMATE_VALUE, ESTIMATE_LOWER, ESTIMATE_UPPER, ESTIMATE_LEVEL, ESTIMATE_COVERAGE,
    HEALTH_ESTIMATE, HEALTH_BAND, HEALTH_BEFORE, HEALTH_REASONS, HEALTH_PRIOR, HEALTH_SHARES,
    TRAIT_TRAIT, TRAIT_STATUS, TRAIT_ESTIMATE, TRAIT_PRIOR, TRAIT_BRAND, TRAIT_CUSTOMER,
    TRAIT_EVIDENCE, STANCE_LABEL, STANCE_SHARES, STANCE_EVIDENCE, STANCE_ADVICE,
    SHARE_OF, SHARE_NUMBER, MISSING_TRAIT, MISSING_FACT, MISSING_NARROWING, MISSING_SUMMARY,
    TIME_SECONDS, TIME_NANOS, RESPONSE_FIELDS };

/* What is not judged. */
typedef struct {
    PyObject *brand_id, *customer_id, *request_id, *model, *rubric, *digest;
    long long as_of_us, ignored;
    Encoded lines; /* what is written, and how lines of evidence are */
    int fields[RESPONSE_FIELDS];
} Response;

static void write_estimate(Response *response, int number, const Rules *rules, const Estimate *it) {
    Backwards *out = &response->lines.out;
    const int *fields = response->fields;
    size_t before = written_of(out);
    put_number(out, fields[ESTIMATE_COVERAGE], it->coverage);
    put_number(out, fields[ESTIMATE_LEVEL], rules->credible_level);
    put_number(out, fields[ESTIMATE_UPPER], it->upper);
    put_number(out, fields[ESTIMATE_LOWER], it->lower);
    put_number(out, fields[ESTIMATE_VALUE], it->value);
    put_head(out, fields[number], before);
}

/* Numbers, each of the member of an enumeration at its place. */
static void write_shares(Response *response, int number, const double *shares, int count) {
    Backwards *out = &response->lines.out;
    for (int i = count - 1; i >= 0; i--) {
        size_t before = written_of(out);
        put_number(out, response->fields[SHARE_NUMBER], shares[i]);
        put_whole(out, response->fields[SHARE_OF], (uint64_t)i + 1);
        put_head(out, response->fields[number], before);
    }
}

static void write_string(Response *response, int number, PyObject *string) {
    Backwards *out = &response->lines.out;
    put_text(out, response->fields[number], letters_in(out->arena, string));
}

static void write_moment(Response *response, int number, int64_t moment_us) {
    Backwards *out = &response->lines.out;
    size_t before = written_of(out);
    put_whole(out, response->fields[TIME_NANOS], (uint64_t)(moment_us % 1000000 * 1000));
    put_whole(out, response->fields[TIME_SECONDS], (uint64_t)(moment_us / 1000000));
    put_head(out, response->fields[number], before);
}

static void write_trait(Response *response, Judged *judged, int trait) {
    Backwards *out = &response->lines.out;
    const Ledger *ledger = judged->ledgers + trait;
    const Conclusion *found = &judged->conclusion;
    const int *fields = response->fields;
    size_t before = written_of(out);
    response->lines.number = fields[TRAIT_EVIDENCE];
    if (judged->limit >= 0)
        encode_evidence(&response->lines, &judged->mentions, ledger, trait, judged->limit);
    put_number(out, fields[TRAIT_CUSTOMER], ledger->customer_points);
    put_number(out, fields[TRAIT_BRAND], ledger->brand_points);
    put_number(out, fields[TRAIT_PRIOR], POINTS * ledger->prior.mean);
    if (found->statuses[trait] == SCORED)
        write_estimate(response, TRAIT_ESTIMATE, judged->rules, found->traits + trait);
    put_whole(out, fields[TRAIT_STATUS], found->statuses[trait]);
    put_whole(out, fields[TRAIT_TRAIT], (uint64_t)trait + 1);
    put_head(out, fields[OF_TRAITS], before);
}

static void write_health(Response *response, const Judged *judged) {
    Backwards *out = &response->lines.out;
    const Conclusion *found = &judged->conclusion;
    const int *fields = response->fields;
    PyObject *reasons = PyTuple_GetItem(judged->rules->python.reasons, found->reason);
    size_t before = written_of(out);
    write_shares(response, HEALTH_SHARES, found->contributions, TRAITS);
    put_number(out, fields[HEALTH_PRIOR], found->prior);
    for (Py_ssize_t i = PyTuple_Size(reasons) - 1; i >= 0; i--)
        put_item(out, fields[HEALTH_REASONS], letters_in(out->arena, PyTuple_GetItem(reasons, i)));
    put_whole(out, fields[HEALTH_BEFORE], found->band_before_cap);
    put_whole(out, fields[HEALTH_BAND], found->band);
    if (found->is_told) write_estimate(response, HEALTH_ESTIMATE, judged->rules, &found->health);
    put_head(out, fields[OF_HEALTH], before);
}

static void write_stance(Response *response, const Judged *judged) {
    Backwards *out = &response->lines.out;
    const Stance *stance = &judged->conclusion.stance;
    const int *fields = response->fields;
    size_t before = written_of(out);
    write_string(
        response, STANCE_ADVICE, PyTuple_GetItem(judged->rules->python.advice, stance->label - 1));
    response->lines.number = fields[STANCE_EVIDENCE];
    if (judged->limit >= 0)
        encode_stance(&response->lines, judged->scene, stance, judged->limit);
    write_shares(response, STANCE_SHARES, stance->probabilities, STANCES);
    put_whole(out, fields[STANCE_LABEL], (uint64_t)stance->label);
    put_head(out, fields[OF_STANCE_SCORE], before);
}

static void write_missing(Response *response, const Judged *judged) {
    const Conclusion *found = &judged->conclusion;
    Backwards *out = &response->lines.out;
    const int *fields = response->fields;
    if (found->fact == NONE) return;
    /* trait, name, summary */
    PyObject *described = PyTuple_GetItem(judged->rules->python.facts, found->fact);
    size_t before = written_of(out);
    write_string(response, MISSING_SUMMARY, PyTuple_GetItem(described, 2));
    put_number(out, fields[MISSING_NARROWING], found->narrowing);
    write_string(response, MISSING_FACT, PyTuple_GetItem(described, 1));
    put_whole(out, fields[MISSING_TRAIT],
        (uint64_t)whole(out->arena, PyTuple_GetItem(described, 0)));
    put_head(out, fields[OF_MISSING], before);
}

static uint64_t unread_of(const Judged *judged) {
    uint64_t unread = 0;
    for (int32_t i = 0; i < judged->history.count; i++) unread += judged->history.unread[i];
    return unread;
}

static PyObject *written_response(Judged *judged, void *asked) {
    Response *response = asked;
    Backwards *out = &response->lines.out;
    write_missing(response, judged);
    put_whole(out, response->fields[OF_UNREAD], unread_of(judged));
    write_string(response, OF_DIGEST, response->digest);
    write_string(response, OF_RUBRIC, response->rubric);
    write_string(response, OF_MODEL, response->model);
    put_whole(out, response->fields[OF_IGNORED], (uint64_t)response->ignored);
    write_moment(response, OF_AS_OF, response->as_of_us);
    write_stance(response, judged);
    for (int trait = TRAITS - 1; trait >= 0; trait--) write_trait(response, judged, trait);
    write_health(response, judged);
    write_string(response, OF_REQUEST_ID, response->request_id);
    write_string(response, OF_CUSTOMER_ID, response->customer_id);
    write_string(response, OF_BRAND_ID, response->brand_id);
    return PyBytes_FromStringAndSize(out->at, (Py_ssize_t)written_of(out));
}

#endif
