/* A moment as a message, google.protobuf.Timestamp. */
#ifndef RELHEALTH_STAMPS_H
#define RELHEALTH_STAMPS_H

#include <stdint.h>

enum { SECONDS = 1, NANOS = 2 }; /* its fields */
static const uint64_t MOST_SECONDS = 253402300799u, NANOS_PER_SECOND = 1000000000u;

#endif
