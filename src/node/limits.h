/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a node process, each with its unit and reason. */
#ifndef JUKI_NODE_LIMITS_H
#define JUKI_NODE_LIMITS_H

#define JK_NODE_HALF_OPEN_MAX   64    /* incoming connections that have not proven who they are */
#define JK_NODE_PER_ADDRESS_MAX 48    /* of those, from one address; one host may run many nodes */
#define JK_NODE_LOADED_OPEN     16    /* half-open ones from which on a cookie is demanded */
#define JK_NODE_LOADED_RATE     200   /* connections accepted in a second, likewise */
#define JK_NODE_COOKIE_SLOT_MS  60000 /* a cookie is good in its own slot and the next */
#define JK_NODE_CONNECTIONS_MAX 4200  /* all: one per peer, and one more while it is replaced */
#define JK_NODE_CLIENTS_MAX     64    /* operators' tools at the Unix socket */
#define JK_NODE_LINE_MAX        65536 /* bytes of a command line, without its newline */
#define JK_NODE_ANSWER_MAX      4194304 /* bytes of answers that wait for one tool */
#define JK_NODE_LAZY_ABOVE      64    /* CS in the directory above which links are dialled lazily */
#define JK_NODE_DIAL_MIN_MS     20    /* first wait before a peer is dialled again */
#define JK_NODE_SETTLED_MS      1000  /* a channel that lived so long starts the waits anew */
#define JK_NODE_BEHIND_MAX      3     /* by traffic in the same moment; more is a second node */
#define JK_NODE_REPLACED_MS     60000 /* channels of a peer do not replace each other so often */
#define JK_NODE_SWEEP_MS        250   /* channel deadlines are looked at this often */
#define JK_NODE_TIMER_MAX_MS    60000 /* legal days are looked at this often, at least */
#define JK_NODE_RETRY_MS        500   /* between two tries of what a full disk refused */
#define JK_NODE_STOP_MS         2000  /* longest wait for sockets to close at a stop */
#define JK_NODE_ROWS_SHOWN_MAX  20000 /* machine rows looked at for one `status` or `show` */
#define JK_NODE_IMPORT_GROUP    4096  /* rows of one commit of the population import */
#define JK_NODE_LOG_BUFFER      65536 /* bytes of lines about the process between two writes */
#define JK_NODE_STRANGERS_MAX   50    /* log lines a second about connections that prove nothing */
#define JK_NODE_LOG_LINE_MAX    4096  /* bytes of one line; a longer one is cut */
#define JK_NODE_PATH_SIZE       4096  /* bytes with NUL */

#endif
