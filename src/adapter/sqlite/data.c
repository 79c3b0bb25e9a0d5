/* SPDX-License-Identifier: Apache-2.0 */
/* Transaction data in SQLite.  A sealed value is encrypted under the key of its (machine, key)
 * before SQLite sees it; destroying that key is what erases the value from pages and log. */
#include "ops.h"

#include <sodium.h>
#include <string.h>

enum {
    SEALED_MAX = JK_ENVELOPE_SIZE_MAX + crypto_secretbox_MACBYTES
};

typedef struct data_secret {
    int64_t key_id;
    uint8_t byte[crypto_secretbox_KEYBYTES];
} data_secret;

static jk_status secret_find(jk_store *store, const jk_data_key *key, data_secret *secret)
{
    jk_call call = jk_call_of(store, JK_SQL_DATA_KEY_GET);
    jk_call_int(&call, key->machine);
    jk_call_token(&call, &key->key);
    jk_status status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    secret->key_id = jk_call_read_int(&call);
    size_t size = 0;
    jk_call_read_bytes(&call, secret->byte, sizeof secret->byte, &size);
    return jk_call_end(&call);
}

static jk_status secret_make(jk_store *store, const jk_data_key *key, data_secret *secret)
{
    randombytes_buf(secret->byte, sizeof secret->byte);
    jk_call call = jk_call_of(store, JK_SQL_DATA_KEY_PUT);
    jk_call_int(&call, key->machine);
    jk_call_token(&call, &key->key);
    jk_call_bytes(&call, secret->byte, sizeof secret->byte);
    return jk_call_run_number(&call, &secret->key_id);
}

static jk_status put(jk_store *store, const jk_data_key *key, jk_span value, const int64_t *key_id,
                     const uint8_t *nonce)
{
    jk_call call = jk_call_of(store, JK_SQL_DATA_PUT);
    jk_call_int(&call, key->machine);
    jk_call_token(&call, &key->key);
    jk_call_text(&call, key->name);
    jk_call_int(&call, key->member);
    if (key_id == NULL) {
        jk_call_null(&call);
        jk_call_null(&call);
    } else {
        jk_call_int(&call, *key_id);
        jk_call_bytes(&call, nonce, crypto_secretbox_NONCEBYTES);
    }
    jk_call_bytes(&call, value.data, value.size);
    return jk_call_run(&call);
}

static jk_status put_sealed(jk_store *store, const jk_data_key *key, jk_span value)
{
    data_secret secret = {.key_id = 0};
    jk_status status = secret_find(store, key, &secret);
    if (status == JK_E_NOT_FOUND) {
        status = secret_make(store, key, &secret);
    }
    if (status == JK_OK) {
        uint8_t sealed[SEALED_MAX];
        uint8_t nonce[crypto_secretbox_NONCEBYTES];
        randombytes_buf(nonce, sizeof nonce);
        (void)crypto_secretbox_easy(sealed, value.data, value.size, nonce, secret.byte);
        jk_span span = {sealed, value.size + crypto_secretbox_MACBYTES};
        status = put(store, key, span, &secret.key_id, nonce);
    }
    sodium_memzero(&secret, sizeof secret);
    return status;
}

jk_status jk_sqlite_data_put(jk_store *store, const jk_data_key *key, jk_span value, bool sealed)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_data_key(key);
    }
    if (status == JK_OK && value.size > JK_ENVELOPE_SIZE_MAX) {
        status = JK_E_OVERSIZED;
    }
    if (status != JK_OK) {
        return status;
    }
    return sealed ? put_sealed(store, key, value) : put(store, key, value, NULL, NULL);
}

/* One row as it is stored. */
typedef struct data_row {
    bool sealed;
    size_t secret_size; /* 0: the key was destroyed */
    uint8_t secret[crypto_secretbox_KEYBYTES];
    uint8_t nonce[crypto_secretbox_NONCEBYTES];
    size_t size;
    uint8_t value[SEALED_MAX];
} data_row;

static jk_status read_row(jk_call *call, data_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    size_t nonce_size = 0;
    row->sealed = !jk_call_read_null(call);
    (void)jk_call_read_int(call);
    jk_call_read_bytes(call, row->secret, sizeof row->secret, &row->secret_size);
    jk_call_read_bytes(call, row->nonce, sizeof row->nonce, &nonce_size);
    jk_call_read_bytes(call, row->value, sizeof row->value, &row->size);
    return jk_call_end(call);
}

static jk_status unseal(jk_sqlite *sqlite, data_row *row)
{
    if (row->secret_size == 0) {
        return JK_E_NOT_FOUND;
    }
    if (row->size < crypto_secretbox_MACBYTES ||
        crypto_secretbox_open_easy(row->value, row->value, row->size, row->nonce, row->secret) !=
            0) {
        return jk_sqlite_fail_text(sqlite, JK_E_STORE, "a sealed row does not open");
    }
    row->size -= crypto_secretbox_MACBYTES;
    return JK_OK;
}

jk_status jk_sqlite_data_get(jk_store *store, const jk_data_key *key, uint8_t *value,
                             size_t capacity, size_t *size)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status == JK_OK) {
        status = jk_store_check_data_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_DATA_GET);
    jk_call_int(&call, key->machine);
    jk_call_token(&call, &key->key);
    jk_call_text(&call, key->name);
    jk_call_int(&call, key->member);
    data_row row;
    row.size = 0;
    row.secret_size = 0;
    status = read_row(&call, &row);
    size_t used = row.size; /* beyond it nothing was written */
    if (status == JK_OK && row.sealed) {
        status = unseal(call.sqlite, &row);
    }
    if (status == JK_OK && row.size > capacity) {
        status = JK_E_OVERSIZED;
    }
    if (status == JK_OK) {
        *size = row.size;
        if (row.size > 0) {
            memcpy(value, row.value, row.size);
        }
    }
    sodium_memzero(row.secret, sizeof row.secret);
    sodium_memzero(row.value, used);
    return status;
}

jk_status jk_sqlite_data_erase(jk_store *store, uint16_t machine, const jk_token *key,
                               const char *name)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_data_name(name);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_DATA_ERASE);
    jk_call_int(&call, machine);
    jk_call_token(&call, key);
    jk_call_text(&call, name);
    return jk_call_run(&call);
}

jk_status jk_sqlite_data_key_destroy(jk_store *store, uint16_t machine, const jk_token *key)
{
    static const jk_sql both[] = {JK_SQL_DATA_KEY_BLANK, JK_SQL_DATA_KEY_DELETE};
    jk_status status = jk_sqlite_may_write(store);
    for (size_t i = 0; i < sizeof both / sizeof both[0] && status == JK_OK; i++) {
        jk_call call = jk_call_of(store, both[i]);
        jk_call_int(&call, machine);
        jk_call_token(&call, key);
        status = jk_call_run(&call);
        if (status == JK_OK && sqlite3_changes(call.sqlite->db) > 0) {
            call.sqlite->erase_in_group = true;
        }
    }
    return status;
}
