/* SPDX-License-Identifier: Apache-2.0 */
/* Every reason for which a call of this library can fail.  Numbers are never re-used. */
#ifndef JUKI_STATUS_H
#define JUKI_STATUS_H

#define JK_MUST_USE __attribute__((warn_unused_result))

/* PEER: the other side's bytes are wrong; count, log, go on.  HOST: this machine failed; retry or
 * stop.  CALLER: a bug on our side of the call. */
typedef enum jk_class {
    JK_CLASS_OK,
    JK_CLASS_PEER,
    JK_CLASS_HOST,
    JK_CLASS_CALLER
} jk_class;

/* X(name, number, class, text).  Groups: 1xx wire, 2xx values, 3xx channel, 4xx protocol,
 * 5xx host, 9xx caller. */
#define JK_STATUS_MAP(X)                                                                       \
    X(OK, 0, OK, "done")                                                                       \
    X(E_TRUNCATED, 101, PEER, "the bytes end too early")                                       \
    X(E_OVERSIZED, 102, PEER, "longer than the limit allows")                                  \
    X(E_WIRE, 103, PEER, "malformed wire format")                                              \
    X(E_NOT_CANONICAL, 104, PEER, "not the canonical encoding")                                \
    X(E_UNKNOWN_FIELD, 105, PEER, "a field that this version does not know")                   \
    X(E_REPEATED_FIELD, 106, PEER, "a single field stands twice")                              \
    X(E_VERSION, 107, PEER, "a version that is not spoken here")                               \
    X(E_KIND, 108, PEER, "a message kind that is not known")                                   \
    X(E_MISSING_FIELD, 109, PEER, "a required field is missing")                               \
    X(E_UTF8, 110, PEER, "not valid UTF-8, or with a NUL")                                     \
    X(E_DEPTH, 111, PEER, "nested too deep")                                                   \
    X(E_MUNICIPALITY_CODE, 201, PEER, "municipality code: form or check digit")                \
    X(E_INDIVIDUAL_NUMBER, 202, PEER, "individual number: form or check digit")                \
    X(E_RESIDENT_CODE, 203, PEER, "resident record code: form or range")                       \
    X(E_RESIDENT_CODE_CHECK, 204, PEER, "resident record code: check digit (rule can be off)") \
    X(E_DATE, 205, PEER, "no such date or unknown form")                                       \
    X(E_ENUM, 206, PEER, "a value outside its list")                                           \
    X(E_RANGE, 207, PEER, "a number outside its range")                                        \
    X(E_NAME, 208, PEER, "a name that is empty, too long or has control characters")           \
    X(E_MEMBERS, 209, PEER, "named twice, or not the members of the envelope")                 \
    X(E_HANDSHAKE, 301, PEER, "handshake failed")                                              \
    X(E_AEAD, 302, PEER, "a record does not authenticate")                                     \
    X(E_RECORD, 303, PEER, "a record that is not allowed here")                                \
    X(E_CERTIFICATE, 304, PEER, "a certificate that is not valid")                             \
    X(E_EXPIRED, 305, PEER, "a certificate outside its validity")                              \
    X(E_IDENTITY, 306, PEER, "another role or code than expected")                             \
    X(E_PEER_POLICY, 307, PEER, "this peer may not do that")                                   \
    X(E_DEADLINE, 308, PEER, "the peer was too slow")                                          \
    X(E_SEALED, 309, PEER, "sealed data does not open here")                                   \
    X(E_HELLO, 310, PEER, "HELLO is missing or contradicts what is stored")                    \
    X(E_UNEXPECTED, 401, PEER, "no such input in this state")                                  \
    X(E_ROUTE, 402, PEER, "the kind does not belong to this node or this peer")                \
    X(E_CONFLICT, 403, PEER, "the id is in use for something else")                            \
    X(E_NOT_FOUND, 404, PEER, "not known here")                                                \
    X(E_NOT_NOW, 405, PEER, "not possible in this state")                                      \
    X(E_STORE, 501, HOST, "the store failed")                                                  \
    X(E_STORE_GONE, 502, HOST, "the store dropped the whole transaction")                      \
    X(E_STORE_READONLY, 503, HOST, "the store cannot be written")                              \
    X(E_STORE_SCHEMA, 504, HOST, "the store was written by another version")                   \
    X(E_FULL, 505, HOST, "no room: a bound of this node is reached")                           \
    X(E_RANDOM, 506, HOST, "no randomness")                                                    \
    X(E_IO, 507, HOST, "input or output failed")                                               \
    X(E_MEMORY, 508, HOST, "no memory")                                                        \
    X(E_FILE, 509, HOST, "a file is missing or cannot be read")                                \
    X(E_USAGE, 901, CALLER, "the call is wrong")                                               \
    X(E_BUG, 902, CALLER, "an internal check failed; the engine is broken")                    \
    X(E_CONFIG, 903, CALLER, "the configuration is wrong")

typedef enum jk_status {
#define JK_STATUS_ENUM(name, number, class, text) JK_##name = number,
    JK_STATUS_MAP(JK_STATUS_ENUM)
#undef JK_STATUS_ENUM
} jk_status;

/* Where and why, filled at the edge by adapters; owned by the caller.  text never holds personal
 * data. */
typedef struct jk_fault {
    jk_status status;
    int os_code; /* errno or the library's code, 0 if none */
    char text[120];
} jk_fault;

/* The constant's name without "JK_", e.g. "E_WIRE"; "?" for a number that is not in the list. */
const char *jk_status_name(jk_status status);

/* One English sentence without a full stop. */
const char *jk_status_text(jk_status status);

jk_class jk_status_class(jk_status status);

#endif
