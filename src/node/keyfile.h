/* SPDX-License-Identifier: Apache-2.0 */
/* A node's keys as files in one folder:
 *   node.key channel.key seal.key   secret, mode 0600, 72 bytes
 *   node.cert channel.cert          certificates, raw 176 bytes
 *   seal.pub root.pub               public keys, 40 bytes
 * and a root's folder: root.key, root.pub.  The layouts stand in src/channel/README.md.  Plain
 * files only; nothing here knows of a node. */
#ifndef JUKI_NODE_KEYFILE_H
#define JUKI_NODE_KEYFILE_H

#include "channel/keys.h"

#define JK_KEYFILE_SECRET_SIZE 72
#define JK_KEYFILE_PUBLIC_SIZE 40
#define JK_KEYFILE_PATH_SIZE   4096 /* bytes with NUL */

typedef enum jk_keyfile_kind {
    JK_KEYFILE_ROOT = 1,    /* Ed25519 */
    JK_KEYFILE_NODE = 2,    /* Ed25519 */
    JK_KEYFILE_CHANNEL = 3, /* X25519 */
    JK_KEYFILE_SEAL = 4     /* X25519 */
} jk_keyfile_kind;

/* What a key file holds.  secret: an Ed25519 seed or an X25519 scalar; zeros for a public file. */
typedef struct jk_keyfile {
    jk_keyfile_kind kind;
    bool has_secret;
    uint8_t secret[JK_KEY_SIZE];
    uint8_t public_key[JK_KEY_SIZE];
} jk_keyfile;

/* Fault texts name the file's base name and the reason, never bytes of it. */

/* Reads a whole file.  JK_E_FILE when it cannot be read, JK_E_OVERSIZED when it is longer. */
JK_MUST_USE jk_status jk_keyfile_read(const char *path, uint8_t *bytes, size_t capacity,
                                      size_t *size, jk_fault *fault);

/* How jk_keyfile_write makes a file. */
typedef enum jk_keyfile_mode {
    JK_KEYFILE_NEW_SECRET,    /* 0600; must not exist yet */
    JK_KEYFILE_NEW_PUBLIC,    /* 0644; must not exist yet */
    JK_KEYFILE_REPLACE,       /* 0644; takes the place of an older one in one step */
    JK_KEYFILE_REPLACE_SECRET /* 0600; likewise */
} jk_keyfile_mode;

/* Writes a file and waits until it is on disk.  JK_E_IO, JK_E_CONFLICT when it exists already. */
JK_MUST_USE jk_status jk_keyfile_write(const char *path, jk_span bytes, jk_keyfile_mode mode,
                                       jk_fault *fault);

/* Reads the bytes of a key file.  JK_E_FILE for any other form, and when secret and public key do
 * not belong together. */
JK_MUST_USE jk_status jk_keyfile_decode(jk_span bytes, jk_keyfile *file);

/* Loads one key file of the kind; a secret one must not be accessible to group or others
 * (JK_E_CONFIG). */
JK_MUST_USE jk_status jk_keyfile_load(const char *path, jk_keyfile_kind kind, bool secret,
                                      jk_keyfile *file, jk_fault *fault);

/* Loads everything of a node's folder; the name comes from the node certificate.  Neither chain nor
 * dates are checked: call jk_keys_check. */
JK_MUST_USE jk_status jk_keyfile_load_node(const char *dir, jk_keys *keys, jk_fault *fault);

/* Writes a node's folder, making it if needed; existing files are never overwritten. */
JK_MUST_USE jk_status jk_keyfile_save_node(const char *dir, const jk_keys *keys, jk_fault *fault);

/* Replaces channel.key and channel.cert after jk_keys_rotate.  Two files: when the machine stops
 * between them, jk_keys_check says JK_E_IDENTITY at the next start, and rotating again heals it. */
JK_MUST_USE jk_status jk_keyfile_save_channel(const char *dir, const jk_keys *keys,
                                              jk_fault *fault);

/* Loads and makes a root's folder. */
JK_MUST_USE jk_status jk_keyfile_load_root(const char *dir, uint8_t secret[JK_SIGN_SECRET_SIZE],
                                           jk_fault *fault);
JK_MUST_USE jk_status jk_keyfile_save_root(const char *dir,
                                           const uint8_t secret[JK_SIGN_SECRET_SIZE],
                                           jk_fault *fault);

/* dir/name into path; JK_E_OVERSIZED when it is too long. */
JK_MUST_USE jk_status jk_keyfile_path(const char *dir, const char *name,
                                      char path[JK_KEYFILE_PATH_SIZE]);

#endif
