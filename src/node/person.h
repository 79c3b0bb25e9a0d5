/* SPDX-License-Identifier: Apache-2.0 */
/* A person of the population file as the wire structs hold one, and the certificate that a registry
 * writes from its record.  Pure; nothing here shows a person to anybody. */
#ifndef JUKI_NODE_PERSON_H
#define JUKI_NODE_PERSON_H

#include "juki/person.h"
#include "person.pb.h"

void jk_wire_of_person(const jk_person *person, jk_wire_Person *out);
void jk_record_of_person(const jk_person *person, jk_wire_RegistryRecord *out);

/* 転出証明書情報 from a current record; planned items and days are left empty. */
void jk_certificate_of_record(const jk_wire_RegistryRecord *record, jk_wire_Certificate *out);

#endif
