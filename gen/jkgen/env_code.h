/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that write the explorer's C. */
#ifndef JK_GEN_ENV_CODE_H
#define JK_GEN_ENV_CODE_H

#include "env.h"

typedef struct env_writer {
    gen_env *e;
    const env_process *p; /* whose names are known; NULL: globals only */
    FILE *f;
    bool glue; /* of a role: runs to its end, never rests */
} env_writer;

int jk_env_instance(gen_env *e, const env_process *p, const gen_node *n);
void jk_env_put(env_writer *w, const gen_node *expression);
void jk_env_put_channel(env_writer *w, const gen_node *end);
void jk_env_put_note(env_writer *w, const gen_node *end, const char *message);
void jk_env_code(env_writer *w);      /* a process compiled from its statements, or glue */
void jk_env_code_role(env_writer *w); /* a role: the generated machine between links and glue */
/* env_border.c: behind the functions of a role; behind all roles */
void jk_env_code_border(env_writer *w);
bool jk_env_adds(const gen_role *r); /* to a count, in some step */
void jk_env_code_borders(gen_env *e, FILE *f);
void jk_env_put_unused(env_writer *w, const char *effect);
void jk_env_code_spin(gen_env *e, FILE *f, const char *check, const char *const *defines,
                      int count);
bool jk_env_is_register(const char *name);

#endif
