/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of values: what a number, text or message must be beyond its type. */
#include "forms.h"

#include "juki/registry.h"
#include "scan.h"

#include <string.h>

#define NAME_POINTS_MAX    100
#define KANA_POINTS_MAX    200
#define ADDRESS_POINTS_MAX 200
#define TEXT_POINTS_MAX    50
#define ID_SIZE_MAX        32
#define TOKEN_SIZE         16
#define CARD_NUMBER_SIZE   12
#define POSTCODE_SIZE      7
#define NODE_CODE_SIZE     6
#define RESIDENT_CODE_MAX  UINT64_C(99999999999)
#define DAY_MAX            84005 /* 2199-12-31 */

static const char no_municipality[] = "000000";

static jk_status judge(jk_status status, const char *name, const char **rule)
{
    if (status != JK_OK) {
        *rule = name;
    }
    return status;
}

static bool in_list(const jk_wire_enum *list, uint64_t value)
{
    const jk_wire_value *at = list->value;
    for (size_t left = list->count; left > 1;) {
        const size_t half = left / 2;
        at += at[half].number <= value ? half : 0;
        left -= half;
    }
    return at->number == value;
}

jk_status jk_form_number(const jk_wire_field *field, uint64_t value, const char **rule)
{
    if (field->form == JK_FORM_KIND) {
        bool known = value <= UINT16_MAX && jk_kind_in_envelope((uint16_t)value);
        return judge(known ? JK_OK : JK_E_KIND, "kind", rule);
    }
    if (field->values != NULL && !in_list(field->values, value)) {
        return judge(JK_E_ENUM, "enum", rule);
    }
    if (field->form == JK_FORM_MEMBERS && value >> JK_MEMBERS_MAX != 0) {
        return judge(JK_E_RANGE, "members", rule);
    }
    if (field->form == JK_FORM_MEMBER && value >= JK_MEMBERS_MAX) {
        return judge(JK_E_RANGE, "member", rule);
    }
    if (field->form == JK_FORM_EPOCH && value > JK_EPOCH_MAX) {
        return judge(JK_E_RANGE, "epoch", rule);
    }
    if (field->form == JK_FORM_ELEMENT && (value >> 16) > RESIDENT_CODE_MAX) {
        return judge(JK_E_RANGE, "element", rule);
    }
    if (field->form == JK_FORM_DAY && value > DAY_MAX) {
        return judge(JK_E_DATE, "day", rule);
    }
    return JK_OK;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool all_digits(jk_span text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (!is_digit(text.data[i])) {
            return false;
        }
    }
    return true;
}

/* Two letters, eight digits, two letters. */
static bool is_card_number(jk_span text)
{
    return text.size == CARD_NUMBER_SIZE && is_capital(text.data[0]) && is_capital(text.data[1]) &&
           all_digits(text, 2, 10) && is_capital(text.data[10]) && is_capital(text.data[11]);
}

static bool is_id(jk_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool good = is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
        if (!good) {
            return false;
        }
    }
    return text.size > 0 && text.size <= ID_SIZE_MAX;
}

static jk_status check_resident(const char *text, size_t size, const jk_codec_rules *rules,
                                const char **rule)
{
    jk_status status = jk_resident_code_check(text, size, !rules->resident_code_any_digit);
    return judge(
        status, status == JK_E_RESIDENT_CODE_CHECK ? "resident-code-check" : "resident-code", rule);
}

jk_status jk_form_text(const jk_wire_field *field, jk_span text, const jk_codec_rules *rules,
                       const char **rule)
{
    const char *chars = (const char *)text.data;
    switch (field->form) {
    case JK_FORM_NAME: return judge(jk_text_check(chars, text.size, NAME_POINTS_MAX), "text", rule);
    case JK_FORM_KANA: return judge(jk_text_check(chars, text.size, KANA_POINTS_MAX), "text", rule);
    case JK_FORM_ADDRESS:
        return judge(jk_text_check(chars, text.size, ADDRESS_POINTS_MAX), "text", rule);
    case JK_FORM_TEXT: return judge(jk_text_check(chars, text.size, TEXT_POINTS_MAX), "text", rule);
    case JK_FORM_ID: return judge(is_id(text) ? JK_OK : JK_E_NAME, "id", rule);
    case JK_FORM_RESIDENT_CODE: return check_resident(chars, text.size, rules, rule);
    case JK_FORM_INDIVIDUAL_NUMBER:
        return judge(jk_individual_number_check(chars, text.size), "individual-number", rule);
    case JK_FORM_MUNICIPALITY_CODE:
        return judge(jk_municipality_code_check(chars, text.size), "municipality-code", rule);
    case JK_FORM_NODE_CODE:
        return judge(text.size == NODE_CODE_SIZE && all_digits(text, 0, text.size)
                         ? JK_OK
                         : JK_E_MUNICIPALITY_CODE,
                     "node-code", rule);
    case JK_FORM_POSTCODE:
        return judge(text.size == POSTCODE_SIZE && all_digits(text, 0, text.size) ? JK_OK
                                                                                  : JK_E_RANGE,
                     "postcode", rule);
    case JK_FORM_CARD_NUMBER:
        return judge(is_card_number(text) ? JK_OK : JK_E_RANGE, "card-number", rule);
    case JK_FORM_PLAIN:
    case JK_FORM_VERSION:
    case JK_FORM_KIND:
    case JK_FORM_TOKEN:
    case JK_FORM_NODE:
    case JK_FORM_MEMBERS:
    case JK_FORM_EPOCH:
    case JK_FORM_DATE:
    case JK_FORM_DAY:
    case JK_FORM_MEMBER:
    case JK_FORM_EXACT:
    case JK_FORM_BYTES:
    case JK_FORM_ELEMENT:
    case JK_FORM_SEALED_LIST:
    case JK_FORM_CERTIFICATE_LIST:
    case JK_FORM_PERSON_LIST: break;
    }
    return judge(JK_E_BUG, "form", rule); /* a text without a form: the tests see to it */
}

jk_status jk_form_bytes(const jk_wire_field *field, jk_span bytes, const char **rule)
{
    if (field->form == JK_FORM_EXACT) {
        return judge(bytes.size == field->most ? JK_OK : JK_E_RANGE, "exact", rule);
    }
    if (field->form != JK_FORM_TOKEN) {
        return JK_OK;
    }
    jk_token token = {{0}};
    if (bytes.size != TOKEN_SIZE) {
        return judge(JK_E_RANGE, "token", rule);
    }
    memcpy(token.byte, bytes.data, TOKEN_SIZE);
    return judge(jk_token_is_none(&token) ? JK_E_NOT_CANONICAL : JK_OK, "token", rule);
}

/* The next number of a message that was scanned, and its tag; false at the end. */
static bool next_number(jk_span bytes, size_t *at, uint64_t *tag, uint64_t *value)
{
    const char *rule = NULL;
    uint64_t key = 0;
    if (*at >= bytes.size || jk_scan_varint(bytes, at, JK_SCAN_VARINT_MAX, &key, &rule) != JK_OK ||
        jk_scan_varint(bytes, at, JK_SCAN_VARINT_MAX, value, &rule) != JK_OK) {
        return false;
    }
    *tag = key >> 3;
    return true;
}

jk_node_id jk_form_node(jk_span bytes)
{
    jk_node_id node = {.role = 0};
    size_t at = 0;
    uint64_t tag = 0;
    uint64_t value = 0;
    while (next_number(bytes, &at, &tag, &value)) {
        if (tag == jk_wire_NodeId_role_tag) {
            node.role = (uint8_t)value;
        } else if (tag == jk_wire_NodeId_unit_tag) {
            node.unit = (uint16_t)value;
        } else if (value < sizeof node.code && value <= bytes.size - at) { /* the code's length */
            memcpy(node.code, bytes.data + at, (size_t)value);
            at += (size_t)value;
        }
    }
    return node;
}

static jk_status check_date(jk_span bytes, const char **rule)
{
    jk_date date = {.year = 0};
    size_t at = 0;
    uint64_t tag = 0;
    uint64_t value = 0;
    while (next_number(bytes, &at, &tag, &value)) {
        switch (tag) {
        case jk_wire_Date_year_tag: date.year = (uint16_t)value; break;
        case jk_wire_Date_month_tag: date.month = (uint8_t)value; break;
        case jk_wire_Date_day_tag: date.day = (uint8_t)value; break;
        default: date.qualifier = (uint8_t)value; break;
        }
    }
    return judge(jk_date_check(&date), "date", rule);
}

/* National and cards have no municipality; every other node's code is one. */
static jk_status check_node(jk_span bytes, const char **rule)
{
    const jk_node_id node = jk_form_node(bytes);
    if (node.role == JK_ROLE_NATIONAL || node.role == JK_ROLE_CARDS) {
        bool none = strcmp(node.code, no_municipality) == 0;
        return judge(none ? JK_OK : JK_E_MUNICIPALITY_CODE, "node", rule);
    }
    return judge(jk_municipality_code_check(node.code, NODE_CODE_SIZE), "node", rule);
}

jk_status jk_form_message(const jk_wire_field *field, jk_span bytes, const char **rule)
{
    if (field->form == JK_FORM_DATE) {
        return check_date(bytes, rule);
    }
    if (field->form == JK_FORM_NODE) {
        return check_node(bytes, rule);
    }
    return JK_OK;
}
