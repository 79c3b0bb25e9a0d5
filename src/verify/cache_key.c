/* SPDX-License-Identifier: Apache-2.0 */
/* What a result depends on, as one digest. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "command.h"
#include "digest.h"

#define VERDICTS "juki verify verdicts 1" /* of judge.c and output.c: what they take for complete */

static void field(jk_digest *digest, const char *text)
{
    jk_digest_field(digest, text, strlen(text));
}

/* The patch of a mutant; one that includes another file is not known whole. */
static bool add_patch(jk_digest *digest, const jk_build *build)
{
    char path[JK_PATH_SIZE];
    size_t size = 0;
    if (build->patch == NULL) {
        field(digest, "no patch");
        return true;
    }
    char *text = jk_path_join(path, build->protocol->folder, build->patch)
                     ? jk_file_read(path, &size)
                     : NULL;
    bool good = text != NULL && strstr(text, "#include") == NULL;
    if (good) {
        field(digest, "patch");
        jk_digest_field(digest, text, size);
    }
    free(text);
    return good;
}

static bool add_options(jk_digest *digest, const jk_build *build, const jk_run *run)
{
    jk_arguments list = {.count = 0};
    jk_argument_defines(&list, build->defines);
    jk_argument(&list, "compiler:");
    jk_mode_arguments(build, &list);
    jk_argument(&list, "pan:");
    jk_pan_arguments(build, run, &list);
    for (size_t i = 0; i < list.count; i++) {
        field(digest, list.items[i]);
    }
    return !list.full;
}

bool jk_cache_key(const jk_plan *plan, const jk_run *run, char key[JK_CACHE_KEY_SIZE])
{
    const jk_build *build = &plan->builds[run->build];
    const jk_tools *tools = &plan->tools;
    bool clang = plan->options->full || plan->options->write_states;
    jk_digest digest;
    if (tools->spin[0] == '\0' || tools->tcc[0] == '\0' || tools->clang[0] == '\0') {
        return false;
    }
    jk_digest_begin(&digest);
    field(&digest, VERDICTS);
    field(&digest, tools->spin);
    field(&digest, tools->tcc);
    field(&digest, tools->clang);
    field(&digest, clang ? "clang" : "tcc or clang");
    field(&digest, run->shortest_failed ? "depth-first after breadth-first" : "at once");
    field(&digest, run->claim == NULL ? "" : run->claim);
    field(&digest, run->mutant ? "mutant" : jk_run_cell(run, JK_CHECK_KIND));
    if (!add_options(&digest, build, run) || !add_patch(&digest, build) ||
        !jk_digest_model(&digest, build->protocol->folder, build->file)) {
        return false;
    }
    jk_digest_end(&digest, key);
    return true;
}
