/* SPDX-License-Identifier: Apache-2.0 */
/* `juki keys init|issue|rotate|show|directory`.  Secrets go into files of mode 0600 and are
 * never printed.  Each sub-verb has one row in the table below, which also gives the help text. */
#define _POSIX_C_SOURCE 200809L

#include "tool/keys.h"

#include "channel/directory.h"
#include "channel/random.h"
#include "node/keyfile.h"

#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_WRONG_USAGE = 2,
    DAY_S = 86400,
    NODE_DAYS = 365,
    CHANNEL_DAYS = 30,
    CLOCK_ALLOWANCE_S = 300 /* a peer's clock may be a little behind ours */
};

/* Every option of every sub-verb; NULL or 0 when it was not given. */
typedef struct options {
    const char *root;
    const char *out;
    const char *role;
    const char *code;
    uint64_t unit;
    uint64_t days;
    uint64_t not_before;
    uint64_t sequence;
    char **rest; /* what follows the options */
    int rest_count;
} options;

typedef struct sub_verb {
    const char *name;
    const char *arguments;
    const char *help;
    int (*run)(const options *options);
} sub_verb;

static const struct option long_options[] = {
    {"root", required_argument, NULL, 'r'},
    {"out", required_argument, NULL, 'o'},
    {"role", required_argument, NULL, 'R'},
    {"code", required_argument, NULL, 'c'},
    {"unit", required_argument, NULL, 'u'},
    {"days", required_argument, NULL, 'd'},
    {"not-before", required_argument, NULL, 'n'},
    {"sequence", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int failed(const char *what, jk_status status, const jk_fault *fault)
{
    if (fault != NULL && fault->status == status && fault->text[0] != '\0') {
        (void)fprintf(stderr, "juki keys: %s: %s (%s)\n", what, fault->text,
                      jk_status_name(status));
    } else {
        (void)fprintf(stderr, "juki keys: %s: %s (%s)\n", what, jk_status_text(status),
                      jk_status_name(status));
    }
    return EXIT_FAILED;
}

static int wrong_usage(const char *what)
{
    (void)fprintf(stderr, "juki keys: %s; see juki keys --help\n", what);
    return EXIT_WRONG_USAGE;
}

static void print_hex(const char *name, const uint8_t *data, size_t size)
{
    (void)printf("%s=", name);
    for (size_t i = 0; i < size; i++) {
        (void)printf("%02x", (unsigned)data[i]);
    }
    (void)printf("\n");
}

/* --- init --- */

static int run_init(const options *o)
{
    if (o->out == NULL || o->rest_count != 0) {
        return wrong_usage("init needs --out");
    }
    jk_random random;
    jk_fault fault = {.status = JK_OK};
    uint8_t public_key[JK_SIGN_PUBLIC_SIZE];
    jk_status status = jk_random_system_init(&random);
    if (status != JK_OK) {
        return failed("init", status, NULL);
    }
    uint8_t *secret = sodium_malloc(JK_SIGN_SECRET_SIZE);
    if (secret == NULL) {
        return failed("init", JK_E_MEMORY, NULL);
    }
    status = jk_sign_keypair_make(&random, public_key, secret);
    if (status == JK_OK) {
        status = jk_keyfile_save_root(o->out, secret, &fault);
    }
    sodium_free(secret);
    if (status != JK_OK) {
        return failed("init", status, &fault);
    }
    print_hex("root_public", public_key, sizeof public_key);
    return EXIT_DONE;
}

/* --- issue --- */

static bool order_of(const options *o, jk_keys_order *order)
{
    memset(order, 0, sizeof *order);
    order->id.role = (uint8_t)jk_role_by_name(o->role);
    if (strlen(o->code) != 6 || o->unit > UINT16_MAX) {
        return false;
    }
    memcpy(order->id.code, o->code, 6);
    order->id.unit = (uint16_t)o->unit;
    const uint64_t days = o->days == 0 ? NODE_DAYS : o->days;
    if (days > JK_NODE_VALIDITY_MAX_S / DAY_S) {
        return false;
    }
    order->from_s = o->not_before != 0 ? o->not_before : (uint64_t)time(NULL) - CLOCK_ALLOWANCE_S;
    order->node_validity_s = days * DAY_S;
    order->channel_validity_s = (days < CHANNEL_DAYS ? days : CHANNEL_DAYS) * DAY_S;
    return jk_node_id_valid(&order->id);
}

static jk_status issue(const options *o, const jk_keys_order *order, jk_fault *fault)
{
    jk_random random;
    jk_status status = jk_random_system_init(&random);
    if (status != JK_OK) {
        return status;
    }
    uint8_t *root = sodium_malloc(JK_SIGN_SECRET_SIZE);
    jk_keys *keys = sodium_malloc(sizeof *keys);
    if (root == NULL || keys == NULL) {
        status = JK_E_MEMORY;
    } else {
        status = jk_keyfile_load_root(o->root, root, fault);
        if (status == JK_OK) {
            status = jk_keys_issue(order, root, &random, keys);
        }
        if (status == JK_OK) {
            status = jk_keyfile_save_node(o->out, keys, fault);
        }
    }
    sodium_free(root);
    sodium_free(keys);
    return status;
}

static int run_issue(const options *o)
{
    jk_keys_order order;
    if (o->root == NULL || o->role == NULL || o->code == NULL || o->out == NULL ||
        o->rest_count != 0) {
        return wrong_usage("issue needs --root, --role, --code and --out");
    }
    if (!order_of(o, &order)) {
        return wrong_usage("issue: role, code, unit or days out of range");
    }
    jk_fault fault = {.status = JK_OK};
    const jk_status status = issue(o, &order, &fault);
    if (status != JK_OK) {
        return failed("issue", status, &fault);
    }
    (void)printf("issued=%s:%s:%u\n", jk_role_name((jk_role)order.id.role), order.id.code,
                 (unsigned)order.id.unit);
    return EXIT_DONE;
}

/* --- rotate --- */

static jk_status rotate(const options *o, uint64_t from_s, uint64_t validity_s, jk_fault *fault)
{
    jk_random random;
    jk_status status = jk_random_system_init(&random);
    if (status != JK_OK) {
        return status;
    }
    jk_keys *keys = sodium_malloc(sizeof *keys);
    if (keys == NULL) {
        return JK_E_MEMORY;
    }
    status = jk_keyfile_load_node(o->rest[0], keys, fault);
    if (status == JK_OK) {
        status = jk_keys_rotate(keys, from_s, validity_s, &random);
    }
    if (status == JK_OK) {
        status = jk_keys_check(keys, from_s);
    }
    if (status == JK_OK) {
        status = jk_keyfile_save_channel(o->rest[0], keys, fault);
    }
    sodium_free(keys);
    return status;
}

static int run_rotate(const options *o)
{
    const uint64_t days = o->days == 0 ? CHANNEL_DAYS : o->days;
    if (o->rest_count != 1 || days > CHANNEL_DAYS) {
        return wrong_usage("rotate needs one NODE_DIR, and at most 30 days");
    }
    jk_fault fault = {.status = JK_OK};
    const uint64_t from_s =
        o->not_before != 0 ? o->not_before : (uint64_t)time(NULL) - CLOCK_ALLOWANCE_S;
    const jk_status status = rotate(o, from_s, days * DAY_S, &fault);
    if (status != JK_OK) {
        return failed("rotate", status, &fault);
    }
    (void)printf("rotated=%llu days\n", (unsigned long long)days);
    return EXIT_DONE;
}

/* --- show --- */

static void print_time(const char *name, uint64_t seconds)
{
    char text[32] = "?";
    struct tm parts;
    const time_t when = (time_t)seconds;
    if (seconds < 253402300800ULL && gmtime_r(&when, &parts) != NULL) {
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    (void)printf("%s=%llu (%s)\n", name, (unsigned long long)seconds, text);
}

static void print_id(const jk_node_id *id)
{
    (void)printf("role=%s\ncode=%s\nunit=%u\n", jk_role_name((jk_role)id->role), id->code,
                 (unsigned)id->unit);
}

static void print_certificate(const jk_certificate *c)
{
    const bool is_node = c->type == JK_CERTIFICATE_NODE;
    (void)printf("certificate=%s\n", is_node ? "node" : "channel");
    print_id(&c->id);
    (void)printf("serial=%016llx\n", (unsigned long long)c->serial);
    print_time("from", c->from_s);
    print_time("to", c->to_s);
    if (is_node) {
        print_hex("ed25519", c->sign_public, sizeof c->sign_public);
    } else {
        print_hex("x25519", c->exchange_public, sizeof c->exchange_public);
    }
    print_hex("issuer", c->issuer, sizeof c->issuer);
}

/* root NULL: the signature is not checked, and that is said. */
static int show_directory(jk_span bytes, const uint8_t *root)
{
    jk_directory directory;
    if (root == NULL) {
        return wrong_usage("show of a directory needs --root, to check its signature");
    }
    const jk_status status = jk_directory_open(bytes, root, &directory);
    if (status != JK_OK) {
        return failed("show", status, NULL);
    }
    (void)printf("directory=valid\nsequence=%llu\ncount=%u\n",
                 (unsigned long long)directory.sequence, (unsigned)directory.count);
    print_time("issued", directory.issued_s);
    for (size_t i = 0; i < directory.count; i++) {
        jk_directory_entry entry;
        if (jk_directory_at(&directory, i, &entry) == JK_OK) {
            (void)printf("entry=%s:%s:%u address=%s to=%llu\n",
                         jk_role_name((jk_role)entry.node.id.role), entry.node.id.code,
                         (unsigned)entry.node.id.unit, entry.address,
                         (unsigned long long)entry.node.to_s);
        }
    }
    return EXIT_DONE;
}

static int show_key(jk_keyfile *file)
{
    static const char *const kinds[] = {
        [JK_KEYFILE_ROOT] = "root",
        [JK_KEYFILE_NODE] = "node",
        [JK_KEYFILE_CHANNEL] = "channel",
        [JK_KEYFILE_SEAL] = "seal",
    };
    (void)printf("key=%s\nsecret=%s\n", kinds[file->kind],
                 file->has_secret ? "yes, not shown" : "no");
    print_hex("public", file->public_key, sizeof file->public_key);
    sodium_memzero(file, sizeof *file);
    return EXIT_DONE;
}

static jk_status load_root_public(const char *dir, uint8_t root[JK_SIGN_PUBLIC_SIZE],
                                  jk_fault *fault)
{
    char path[JK_KEYFILE_PATH_SIZE];
    jk_keyfile file;
    jk_status status = jk_keyfile_path(dir, "root.pub", path);
    if (status == JK_OK) {
        status = jk_keyfile_load(path, JK_KEYFILE_ROOT, false, &file, fault);
    }
    if (status == JK_OK) {
        memcpy(root, file.public_key, JK_SIGN_PUBLIC_SIZE);
    }
    return status;
}

static int show_bytes(jk_span bytes, const uint8_t *root)
{
    jk_keyfile file;
    jk_certificate certificate;
    if (bytes.size >= 4 && memcmp(bytes.data, "JKDR", 4) == 0) {
        return show_directory(bytes, root);
    }
    if (jk_keyfile_decode(bytes, &file) == JK_OK) {
        return show_key(&file);
    }
    if (bytes.size == JK_CERTIFICATE_SIZE &&
        jk_certificate_decode(bytes.data, &certificate) == JK_OK) {
        print_certificate(&certificate);
        if (certificate.type == JK_CERTIFICATE_NODE && root != NULL) {
            const bool good = jk_certificate_verify(bytes.data, root, &certificate) == JK_OK;
            (void)printf("signature=%s\n", good ? "valid" : "NOT VALID");
            return good ? EXIT_DONE : EXIT_FAILED;
        }
        (void)printf("signature=not checked\n");
        return EXIT_DONE;
    }
    return failed("show", JK_E_FILE, NULL);
}

static int run_show(const options *o)
{
    uint8_t root[JK_SIGN_PUBLIC_SIZE];
    jk_fault fault = {.status = JK_OK};
    size_t size = 0;
    if (o->rest_count != 1) {
        return wrong_usage("show needs one FILE");
    }
    if (o->root != NULL) {
        const jk_status status = load_root_public(o->root, root, &fault);
        if (status != JK_OK) {
            return failed("show", status, &fault);
        }
    }
    uint8_t *bytes = malloc(JK_DIRECTORY_SIZE_MAX);
    if (bytes == NULL) {
        return failed("show", JK_E_MEMORY, NULL);
    }
    const jk_status status =
        jk_keyfile_read(o->rest[0], bytes, JK_DIRECTORY_SIZE_MAX, &size, &fault);
    int code = EXIT_FAILED;
    if (status != JK_OK) {
        code = failed("show", status, &fault);
    } else {
        code = show_bytes((jk_span){bytes, size}, o->root != NULL ? root : NULL);
    }
    sodium_memzero(bytes, size);
    free(bytes);
    return code;
}

/* --- directory --- */

/* One NODE_DIR=HOST:PORT argument. */
static jk_status read_entry(const char *argument, const uint8_t *root_public,
                            jk_directory_entry *entry, jk_fault *fault)
{
    char dir[JK_KEYFILE_PATH_SIZE];
    char path[JK_KEYFILE_PATH_SIZE];
    const char *equals = strrchr(argument, '=');
    if (equals == NULL || strlen(equals + 1) >= sizeof entry->address ||
        (size_t)(equals - argument) >= sizeof dir) {
        return JK_E_USAGE;
    }
    memset(entry, 0, sizeof *entry);
    memcpy(entry->address, equals + 1, strlen(equals + 1));
    memcpy(dir, argument, (size_t)(equals - argument));
    dir[equals - argument] = '\0';
    size_t size = 0;
    jk_keyfile seal;
    jk_status status = jk_keyfile_path(dir, "node.cert", path);
    if (status == JK_OK) {
        status = jk_keyfile_read(path, entry->node_certificate, JK_CERTIFICATE_SIZE, &size, fault);
    }
    if (status == JK_OK) {
        status = size == JK_CERTIFICATE_SIZE
                     ? jk_certificate_verify(entry->node_certificate, root_public, &entry->node)
                     : JK_E_FILE;
    }
    if (status == JK_OK) {
        status = jk_keyfile_path(dir, "seal.pub", path);
    }
    if (status == JK_OK) {
        status = jk_keyfile_load(path, JK_KEYFILE_SEAL, false, &seal, fault);
    }
    if (status == JK_OK) {
        memcpy(entry->prekey, seal.public_key, JK_KEY_SIZE);
    }
    return status;
}

static int by_id(const void *a, const void *b)
{
    const jk_directory_entry *left = a;
    const jk_directory_entry *right = b;
    return jk_directory_compare(&left->node.id, &right->node.id);
}

static jk_status write_directory(const options *o, jk_directory_entry *entries,
                                 const uint8_t *root_secret, jk_fault *fault)
{
    const size_t count = (size_t)o->rest_count;
    jk_status status = JK_OK;
    for (size_t i = 0; i < count && status == JK_OK; i++) {
        status = read_entry(o->rest[i], root_secret + JK_SIGN_SEED_SIZE, &entries[i], fault);
        if (status != JK_OK) {
            (void)fprintf(stderr, "juki keys: directory: %s\n", o->rest[i]);
        }
    }
    if (status != JK_OK) {
        return status;
    }
    qsort(entries, count, sizeof *entries, by_id);
    const uint64_t now = (uint64_t)time(NULL);
    const jk_directory header = {
        .count = (uint32_t)count,
        .sequence = o->sequence != 0 ? o->sequence : now,
        .issued_s = now,
    };
    const size_t size = jk_directory_size(count);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL) {
        return JK_E_MEMORY;
    }
    status = jk_directory_build(&header, entries, root_secret, bytes, size);
    if (status == JK_OK) {
        status = jk_keyfile_write(o->out, (jk_span){bytes, size}, JK_KEYFILE_REPLACE, fault);
    }
    free(bytes);
    return status;
}

static int run_directory(const options *o)
{
    if (o->root == NULL || o->out == NULL || o->rest_count == 0 ||
        o->rest_count > JK_DIRECTORY_ENTRIES_MAX) {
        return wrong_usage("directory needs --root, --out and 1 to 4096 NODE_DIR=HOST:PORT");
    }
    jk_fault fault = {.status = JK_OK};
    jk_status status = sodium_init() < 0 ? JK_E_RANDOM : JK_OK;
    uint8_t *root = sodium_malloc(JK_SIGN_SECRET_SIZE);
    jk_directory_entry *entries = calloc((size_t)o->rest_count, sizeof *entries);
    if (root == NULL || entries == NULL) {
        status = JK_E_MEMORY;
    }
    if (status == JK_OK) {
        status = jk_keyfile_load_root(o->root, root, &fault);
    }
    if (status == JK_OK) {
        status = write_directory(o, entries, root, &fault);
    }
    sodium_free(root);
    free(entries);
    if (status != JK_OK) {
        return failed("directory", status, &fault);
    }
    (void)printf("entries=%d\n", o->rest_count);
    return EXIT_DONE;
}

/* --- the verb --- */

static const sub_verb verbs[] = {
    {"init", "--out DIR", "make a root key pair", run_init},
    {"issue",
     "--root DIR --role ROLE --code CODE [--unit N] [--days N] [--not-before SECONDS] --out DIR",
     "make a node's keys and certificates", run_issue},
    {"rotate", "[--days N] [--not-before SECONDS] NODE_DIR",
     "a new channel key and certificate, signed by the node's own key", run_rotate},
    {"show", "[--root DIR] FILE", "print a certificate, directory or key file, never secrets",
     run_show},
    {"directory", "--root DIR --out FILE [--sequence N] NODE_DIR=HOST:PORT...",
     "sign a directory of nodes", run_directory},
};

static void print_help(FILE *out)
{
    (void)fprintf(out, "Keys, certificates and the directory.\n\n");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        (void)fprintf(out, "  juki keys %s %s\n      %s\n", verbs[i].name, verbs[i].arguments,
                      verbs[i].help);
    }
}

static bool read_number(const char *text, uint64_t *number)
{
    char *end = NULL;
    errno = 0;
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0') {
        return false;
    }
    *number = value;
    return true;
}

/* Takes one option; false for a bad value or an unknown option. */
static bool take_option(int option, options *o)
{
    switch (option) {
    case 'r': o->root = optarg; return true;
    case 'o': o->out = optarg; return true;
    case 'R': o->role = optarg; return true;
    case 'c': o->code = optarg; return true;
    case 'u': return read_number(optarg, &o->unit);
    case 'd': return read_number(optarg, &o->days) && o->days > 0;
    case 'n': return read_number(optarg, &o->not_before);
    case 's': return read_number(optarg, &o->sequence);
    default: return false;
    }
}

int jk_tool_keys(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_WRONG_USAGE : EXIT_DONE;
    }
    options o;
    memset(&o, 0, sizeof o);
    optind = 0; /* glibc: start anew, another verb may have parsed before */
    int option = 0;
    while ((option = getopt_long(argc - 1, argv + 1, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            print_help(stdout);
            return EXIT_DONE;
        }
        if (!take_option(option, &o)) {
            return wrong_usage("unknown option or bad value");
        }
    }
    o.rest = argv + 1 + optind;
    o.rest_count = argc - 1 - optind;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            return verbs[i].run(&o);
        }
    }
    return wrong_usage("unknown sub-verb");
}
