/* What follows the tag of a field of protobuf. */
#ifndef RELHEALTH_WIRE_TYPES_H
#define RELHEALTH_WIRE_TYPES_H

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

#endif
