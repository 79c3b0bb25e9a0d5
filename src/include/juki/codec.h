/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of the wire to structs and back: envelope, bodies, certificates, persons.
 *
 * Decoding reads the bytes strictly before anything is built from them: only the canonical encoding
 * of known fields with valid values passes, so that what is accepted encodes to the same bytes.
 * Message structs are nanopb's (gen/wire); a type is one of gen/wire/names.h.  Functions are pure,
 * without recursion and allocation; they use up to 24 KiB of stack.
 *
 * A failed call changes no output but *error.  error may be NULL everywhere. */
#ifndef JUKI_CODEC_H
#define JUKI_CODEC_H

#include "juki/envelope.h"
#include "juki/limits.h"
#include "juki/status.h"
#include "juki/types.h"

typedef struct jk_wire_type jk_wire_type;

/* What was wrong and where; never the value itself. */
typedef struct jk_codec_error {
    jk_status status;
    const char *rule; /* the rule's short name as in spec/wire/README.md, constant; "" when OK */
    size_t offset;    /* byte of the input at which the rule was broken */
    char path[96];    /* field, e.g. "person.birth.month" or "resident_code[2]"; "" the whole */
} jk_codec_error;

/* Rules that can be switched; NULL instead of a pointer means that all hold. */
typedef struct jk_codec_rules {
    bool resident_code_any_digit; /* the resident code's check digit is not looked at */
} jk_codec_rules;

/* Where encoders write: capacity is the caller's, size is set on success. */
typedef struct jk_codec_bytes {
    uint8_t *data;
    size_t capacity;
    size_t size;
} jk_codec_bytes;

/* Decodes an envelope; out->body points into bytes.  The body is not read, only whether there is
 * one; see jk_codec_decode_body.  Every status of groups 1xx and 2xx is possible. */
JK_MUST_USE jk_status jk_codec_decode_envelope(jk_span bytes, jk_envelope *out,
                                               jk_codec_error *error);

/* JK_E_OVERSIZED when out is too small; else what decoding these bytes would refuse. */
JK_MUST_USE jk_status jk_codec_encode_envelope(const jk_envelope *envelope, jk_codec_bytes *out,
                                               jk_codec_error *error);

/* Decodes and checks an envelope's body by its kind; the members named in it must be those of the
 * envelope.  message: the struct of jk_codec_body_type(kind), message_size its size in bytes; NULL
 * and 0 to check only. */
JK_MUST_USE jk_status jk_codec_decode_body(const jk_envelope *envelope, const jk_codec_rules *rules,
                                           void *message, size_t message_size,
                                           jk_codec_error *error);

/* Encodes the body of a kind; a kind without data gives no bytes. */
JK_MUST_USE jk_status jk_codec_encode_body(uint16_t kind, const void *message,
                                           const jk_codec_rules *rules, jk_codec_bytes *out,
                                           jk_codec_error *error);

/* Any type that is not a body of its own, e.g. &jk_wire_type_Person.  message as above; NULL to
 * check only. */
JK_MUST_USE jk_status jk_codec_decode(const jk_wire_type *type, jk_span bytes,
                                      const jk_codec_rules *rules, void *message,
                                      jk_codec_error *error);
JK_MUST_USE jk_status jk_codec_encode(const jk_wire_type *type, const void *message,
                                      const jk_codec_rules *rules, jk_codec_bytes *out,
                                      jk_codec_error *error);

/* The type of a kind's body; NULL for a kind that has no place in an envelope. */
const jk_wire_type *jk_codec_body_type(uint16_t kind);

/* A type by the name of a kind ("cert-request", then *kind is set) or of a message ("person");
 * NULL if there is none.  *kind is 0 for what is no kind. */
const jk_wire_type *jk_codec_type_by_name(const char *name, uint16_t *kind);

/* One member of a list: the field `members` of Cert, Register, Registered and Filed. */
typedef struct jk_codec_member {
    uint8_t member; /* 0..15 */
    jk_span data;   /* sealed certificate, encoded Certificate or encoded Person; borrowed */
} jk_codec_member;

/* Splits a list; data points into it.  What the data holds is not looked at. */
JK_MUST_USE jk_status jk_codec_members_read(jk_span list, jk_codec_member items[JK_MEMBERS_MAX],
                                            size_t *count, jk_codec_error *error);

/* Joins items, ascending by member, to a list. */
JK_MUST_USE jk_status jk_codec_members_write(const jk_codec_member *items, size_t count,
                                             jk_codec_bytes *out);

#endif
