/* SPDX-License-Identifier: Apache-2.0 */
/* The directory: a file signed by the root that names every node with its certificate, its sealing
 * prekey and its address.  Fixed layout, sorted by (role, code, unit), at most 4,096 entries; the
 * byte layout stands in README.md. */
#ifndef JUKI_CHANNEL_DIRECTORY_H
#define JUKI_CHANNEL_DIRECTORY_H

#include "channel/certificate.h"

#define JK_DIRECTORY_HEADER_SIZE  32
#define JK_DIRECTORY_ENTRY_SIZE   272
#define JK_DIRECTORY_ENTRIES_MAX  4096 /* 1,741 municipalities, 47 prefectures, and room */
#define JK_DIRECTORY_ADDRESS_SIZE 64   /* bytes with NUL: host:port */
#define JK_DIRECTORY_SIZE_MAX                                                        \
    (JK_DIRECTORY_HEADER_SIZE + JK_DIRECTORY_ENTRIES_MAX * JK_DIRECTORY_ENTRY_SIZE + \
     JK_SIGNATURE_SIZE)

typedef struct jk_directory_entry {
    uint8_t node_certificate[JK_CERTIFICATE_SIZE];
    uint8_t prekey[JK_KEY_SIZE];
    char address[JK_DIRECTORY_ADDRESS_SIZE];
    jk_certificate node; /* the certificate's fields; filled by at and find, not read by build */
} jk_directory_entry;

/* An opened directory: a view of the caller's bytes, which must live as long and not change. */
typedef struct jk_directory {
    const uint8_t *bytes;
    uint32_t count;
    uint64_t sequence; /* rises with every issue; a node refuses an older one than it has used */
    uint64_t issued_s; /* Unix time */
} jk_directory;

/* Bytes of a directory with so many entries. */
size_t jk_directory_size(size_t count);

/* Orders node ids as the directory does: <0, 0, >0. */
int jk_directory_compare(const jk_node_id *a, const jk_node_id *b);

/* Writes and signs header.count entries, which must be sorted without repetition; the header's
 * bytes are not used.  JK_E_USAGE for entries that open would refuse, JK_E_OVERSIZED. */
JK_MUST_USE jk_status jk_directory_build(const jk_directory *header,
                                         const jk_directory_entry *entries,
                                         const uint8_t root_secret[JK_SIGN_SECRET_SIZE],
                                         uint8_t *bytes, size_t capacity);

/* Checks the whole file: signature and form of every entry.  The root's signature covers the
 * certificates, so theirs are not checked again; their dates are the reader's business.
 * JK_E_CERTIFICATE for a signature or an entry that is not valid, JK_E_TRUNCATED or JK_E_OVERSIZED
 * for a size that does not fit the count, JK_E_WIRE for another magic or order, JK_E_VERSION. */
JK_MUST_USE jk_status jk_directory_open(jk_span bytes,
                                        const uint8_t root_public[JK_SIGN_PUBLIC_SIZE],
                                        jk_directory *directory);

/* The entry at an index, or of a node.  JK_E_NOT_FOUND. */
JK_MUST_USE jk_status jk_directory_at(const jk_directory *directory, size_t index,
                                      jk_directory_entry *entry);
JK_MUST_USE jk_status jk_directory_find(const jk_directory *directory, const jk_node_id *id,
                                        jk_directory_entry *entry);

#endif
