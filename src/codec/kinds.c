/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of message kinds: body, required model-visible fields, who sends it to whom.
 * Names and numbers come from spec/wire/kinds.proto by way of gen/wire. */
#include "kinds.h"

#include <string.h>

#define PAIRS_MAX 3

enum {
    CS = JK_ROLE_CS,
    REGISTRY = JK_ROLE_REGISTRY,
    TERMINAL = JK_ROLE_TERMINAL,
    PREFECTURE = JK_ROLE_PREFECTURE,
    NATIONAL = JK_ROLE_NATIONAL,
    CARDS = JK_ROLE_CARDS,
    CASE = JK_MODEL_CASE,
    TXN = JK_MODEL_TXN,
    MEMBERS = JK_MODEL_MEMBERS,
    EPOCH = JK_MODEL_EPOCH,
    REASON = JK_MODEL_REASON
};

typedef struct kind_pair {
    uint8_t from;
    uint8_t to;
} kind_pair;

typedef struct kind_row {
    uint16_t kind;
    uint16_t required;
    const jk_wire_type *body;
    kind_pair pair[PAIRS_MAX];
} kind_row;

#define KIND(name) jk_wire_Kind_KIND_##name
#define BODY(name) &jk_wire_type_##name

/* A kind requires what its sender always knows: a request has no case, an answer has both once
 * there is a case (M11). */
static const kind_row rows[] = {
    {KIND(ENTRY), EPOCH, BODY(LogRecord), {{CS, PREFECTURE}, {PREFECTURE, NATIONAL}}},
    {KIND(REMOVAL), EPOCH, BODY(LogRecord), {{CS, PREFECTURE}, {PREFECTURE, NATIONAL}}},
    {KIND(UPDATE), EPOCH, BODY(LogRecord), {{CS, PREFECTURE}, {PREFECTURE, NATIONAL}}},
    {KIND(REPAIR), TXN | EPOCH, BODY(Repair), {{CS, PREFECTURE}, {PREFECTURE, NATIONAL}}},
    {KIND(ENTRY_REFUSED), EPOCH | REASON, BODY(EntryRefused), {{PREFECTURE, CS}, {NATIONAL, CS}}},
    {KIND(CHANGED), 0, BODY(Changed), {{REGISTRY, CS}}},
    {KIND(VERIFY_REQUEST), TXN, BODY(VerifyRequest), {{TERMINAL, CS}, {CS, NATIONAL}}},
    {KIND(VERIFY_RESULT), TXN | REASON, BODY(VerifyResult), {{NATIONAL, CS}, {CS, TERMINAL}}},
    {KIND(CERT_REQUEST), TXN, BODY(CertRequest), {{TERMINAL, CS}, {CS, CS}}},
    {KIND(CERT), CASE | TXN | MEMBERS | EPOCH, BODY(Cert), {{CS, CS}}},
    {KIND(REFUSAL), TXN | REASON, BODY(Refusal), {{CS, CS}}},
    {KIND(RELEASE), TXN, BODY(Release), {{CS, CS}}},
    {KIND(REGISTER), CASE | TXN | MEMBERS, BODY(Register), {{CS, REGISTRY}}},
    {KIND(REGISTERED), CASE | TXN | MEMBERS, BODY(Registered), {{REGISTRY, CS}}},
    {KIND(REJECTED), TXN, BODY(Rejected), {{REGISTRY, CS}}},
    {KIND(STOP), TXN, BODY(Stop), {{CS, REGISTRY}}},
    {KIND(STOPPED), TXN, BODY(Stopped), {{REGISTRY, CS}}},
    {KIND(NOTICE), CASE | TXN | MEMBERS, BODY(Notice), {{CS, CS}}},
    {KIND(ACCEPTED), CASE | TXN | MEMBERS, BODY(Accepted), {{CS, CS}}},
    {KIND(CANCEL), TXN, BODY(Cancel), {{TERMINAL, CS}}},
    {KIND(DONE), TXN, BODY(Done), {{CS, TERMINAL}}},
    {KIND(REFUSED), TXN | REASON, BODY(Refused), {{CS, TERMINAL}}},
    {KIND(DISPUTED), TXN | MEMBERS | REASON, BODY(Disputed), {{CS, CS}, {CS, REGISTRY}}},
    {KIND(RETRY), TXN | MEMBERS, BODY(Retry), {{REGISTRY, CS}}},
    {KIND(CORRECTED), TXN | MEMBERS, BODY(Corrected), {{REGISTRY, CS}}},
    {KIND(WITHDRAWN), TXN | MEMBERS, BODY(Withdrawn), {{REGISTRY, CS}}},
    {KIND(WITHDRAW), TXN | MEMBERS, BODY(Withdraw), {{CS, CS}}},
    {KIND(FILED), CASE | MEMBERS, BODY(Filed), {{REGISTRY, CS}}},
    {KIND(REMOVED), CASE | MEMBERS, BODY(Removed), {{REGISTRY, CS}}},
    {KIND(RESTORED), CASE, BODY(Restored), {{REGISTRY, CS}}},
    {KIND(CANCEL_OUT), CASE, BODY(CancelOut), {{REGISTRY, CS}}},
    {KIND(CANCEL_OK), CASE, BODY(CancelOk), {{CS, REGISTRY}}},
    {KIND(CANCEL_REFUSED), CASE, BODY(CancelRefused), {{CS, REGISTRY}}},
    {KIND(MOVED), CASE | MEMBERS, BODY(Moved), {{CS, REGISTRY}}},
    {KIND(GRANT_STATUS), TXN, BODY(GrantStatus), {{CS, CS}}},
    {KIND(HOLDS), TXN, BODY(Holds), {{CS, CS}}},
    {KIND(DEATH), CASE | MEMBERS, BODY(Death), {{REGISTRY, CS}}},
    {KIND(DIED), TXN | MEMBERS, BODY(Died), {{CS, CS}, {CS, REGISTRY}}},
    {KIND(RECODE), CASE | MEMBERS, BODY(Recode), {{REGISTRY, CS}}},
    {KIND(RECODE_OK), CASE | MEMBERS, BODY(RecodeOk), {{CS, REGISTRY}}},
    {KIND(RECODE_REFUSED), CASE | MEMBERS | REASON, BODY(RecodeRefused), {{CS, REGISTRY}}},
    {KIND(MARKER), TXN | EPOCH, BODY(Marker), {{CS, PREFECTURE}, {PREFECTURE, NATIONAL}}},
    {KIND(CHECK), TXN | EPOCH, BODY(Round), {{CS, PREFECTURE}, {CS, NATIONAL}}},
    {KIND(MORE_CELLS), TXN, BODY(Round), {{PREFECTURE, CS}, {NATIONAL, CS}}},
    {KIND(CELLS), TXN, BODY(Round), {{CS, PREFECTURE}, {CS, NATIONAL}}},
    {KIND(COMPARED),
     TXN | REASON,
     BODY(Round),
     {{PREFECTURE, CS}, {NATIONAL, CS}, {NATIONAL, PREFECTURE}}},
    {KIND(CLOSE), TXN, BODY(Close), {{CS, PREFECTURE}, {CS, NATIONAL}}},
    {KIND(CONTINUE), TXN, BODY(Continue), {{CS, CARDS}}},
    {KIND(CONTINUED), TXN, BODY(Continued), {{CARDS, CS}, {CS, TERMINAL}}},
    {KIND(CONTINUE_REFUSED), TXN, BODY(ContinueRefused), {{CARDS, CS}}},
    {KIND(CARD_STATUS), TXN, BODY(CardStatus), {{CS, CARDS}}},
    {KIND(CARD_STATE), TXN | REASON, BODY(CardState), {{CARDS, CS}}},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

/* Halves the rows without a jump that depends on the kind. */
static const kind_row *row_of(uint16_t kind)
{
    const kind_row *row = rows;
    for (size_t left = ROW_COUNT; left > 1;) {
        const size_t half = left / 2;
        row += row[half].kind <= kind ? half : 0;
        left -= half;
    }
    return row->kind == kind ? row : NULL;
}

/* A letter or digit as names are compared: lower case; 0 for the end. '-' and '_' are skipped. */
static char name_next(const char **text)
{
    while (**text == '-' || **text == '_') {
        *text += 1;
    }
    char c = **text;
    if (c != '\0') {
        *text += 1;
    }
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool jk_name_alike(const char *a, const char *b)
{
    for (;;) {
        char x = name_next(&a);
        char y = name_next(&b);
        if (x != y) {
            return false;
        }
        if (x == '\0') {
            return true;
        }
    }
}

const char *jk_kind_name(uint16_t kind)
{
    const jk_wire_enum *list = &jk_wire_enum_Kind;
    for (size_t i = 0; i < list->count; i++) {
        if (list->value[i].number == kind && kind != 0) {
            return list->value[i].name;
        }
    }
    return "?";
}

uint16_t jk_kind_by_name(const char *name)
{
    const jk_wire_enum *list = &jk_wire_enum_Kind;
    for (size_t i = 0; i < list->count; i++) {
        if (jk_name_alike(list->value[i].name, name)) {
            return (uint16_t)list->value[i].number;
        }
    }
    return 0;
}

bool jk_kind_in_envelope(uint16_t kind)
{
    return row_of(kind) != NULL;
}

unsigned jk_kind_required(uint16_t kind)
{
    const kind_row *row = row_of(kind);
    return row != NULL ? row->required : 0;
}

bool jk_kind_allowed(uint16_t kind, jk_role from, jk_role to)
{
    const kind_row *row = row_of(kind);
    for (size_t i = 0; row != NULL && i < PAIRS_MAX && row->pair[i].from != JK_ROLE_NONE; i++) {
        if (row->pair[i].from == (uint8_t)from && row->pair[i].to == (uint8_t)to) {
            return true;
        }
    }
    return false;
}

bool jk_kind_forwarded(uint16_t kind)
{
    return kind == KIND(ENTRY) || kind == KIND(REMOVAL) || kind == KIND(UPDATE) ||
           kind == KIND(REPAIR) || kind == KIND(MARKER);
}

uint16_t jk_kind_at(size_t index)
{
    return index < ROW_COUNT ? rows[index].kind : 0;
}

const jk_wire_type *jk_codec_body_type(uint16_t kind)
{
    const kind_row *row = row_of(kind);
    return row != NULL ? row->body : NULL;
}

const jk_wire_type *jk_codec_type_by_name(const char *name, uint16_t *kind)
{
    uint16_t number = jk_kind_by_name(name);
    const jk_wire_type *body = jk_codec_body_type(number);
    if (body != NULL) {
        *kind = number;
        return body;
    }
    for (size_t i = 0; jk_wire_types[i] != NULL; i++) {
        if (jk_name_alike(jk_wire_types[i]->name, name)) {
            *kind = 0;
            return jk_wire_types[i];
        }
    }
    return NULL;
}
