/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a value has the form that spec/wire/rules.proto gives to its field. */
#ifndef JK_CODEC_FORMS_H
#define JK_CODEC_FORMS_H

#include "juki/codec.h"

#include <names.h>

/* Each returns JK_OK or the status, and then sets *rule to the rule's name.  A text that has its
 * form is valid UTF-8 without NUL. */
JK_MUST_USE jk_status jk_form_number(const jk_wire_field *field, uint64_t value, const char **rule);
JK_MUST_USE jk_status jk_form_text(const jk_wire_field *field, jk_span text,
                                   const jk_codec_rules *rules, const char **rule);
JK_MUST_USE jk_status jk_form_bytes(const jk_wire_field *field, jk_span bytes, const char **rule);

/* Bytes of a message that was scanned to its end. */
JK_MUST_USE jk_status jk_form_message(const jk_wire_field *field, jk_span bytes, const char **rule);

/* A NodeId that was scanned to its end. */
jk_node_id jk_form_node(jk_span bytes);

#endif
