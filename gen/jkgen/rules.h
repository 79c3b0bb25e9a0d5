/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule by which jkgen refuses a model: its name, what it asks, and what to do instead. */
#ifndef JK_GEN_RULES_H
#define JK_GEN_RULES_H

#define JK_GEN_RULES(X)                                                                            \
    X(FILE, "file", "every file that is named can be read", "paths in a .bind are relative to it") \
    X(BIND, "bind", "a line of the .bind has a known word and its words",                          \
      "gen/README.md lists the lines of a .bind")                                                  \
    X(CPP, "cpp", "gcc -E takes the files, as SPIN does", "correct the directive or comment")      \
    X(SYNTAX, "syntax", "a role is written in the subset's grammar",                               \
      "gen/README.md shows every form that a role may have")                                       \
    X(WORD, "word", "a role uses no other word of Promela",                                        \
      "roles are assignments, if, goto and the words of spec/lib/role.pml")                        \
    X(GLOBAL, "global", "no globals but channels",                                                 \
      "declare it inside the proctype; ghosts belong into effects.pml")                            \
    X(ROLE, "role", "one proctype a role file, named in the .bind",                                \
      "a role file holds its proctype and its macros, nothing else")                               \
    X(NAME, "name", "a name is unique, no word of C, and none of pan.c", "choose another name")    \
    X(STATE, "state", "a state is LABEL: if ... fi; goto LABEL;",                                  \
      "end every state with a goto of its own label, or DROP falls into the next one")             \
    X(INPUT, "input", "an option is one input, first and without a guard",                         \
      "put conditions into an if behind the input")                                                \
    X(TWICE, "twice", "one option for a state and input",                                          \
      "put the conditions into an if of one option")                                               \
    X(MISSING, "missing", "every state names every input",                                         \
      "act on it, or name it: DROP, UNEXPECTED, NOT_NOW or UNARMED")                               \
    X(UNREACHABLE, "unreachable", "every state is reached by a NEXT",                              \
      "remove the state, or lead a NEXT to it")                                                    \
    X(END, "end", "every path of a body ends in NEXT or IMPOSSIBLE",                               \
      "write NEXT with the state, also if it stays the same")                                      \
    X(AFTER, "after", "nothing follows NEXT",                                                      \
      "NEXT clears the registers and leaves: move the statement before it")                        \
    X(UNSET, "unset", "a register is read only where it is set",                                   \
      "in: behind a message or command; peer: in EACH; others: behind their hook")                 \
    X(REGISTER, "register", "registers are not assigned", "copy it into a variable of the role")   \
    X(UNDECLARED, "undeclared", "every name is declared",                                          \
      "a variable stands behind REGISTERS, a constant in an mtype")                                \
    X(TYPE, "type", "tokens and peers know ==, members & | ~ ==, counts + - and order",            \
      "gen/README.md has the table of types and operators")                                        \
    X(GUARD, "guard", "exactly one option of an if is possible",                                   \
      "end the if with :: else, and let no two guards hold at once")                               \
    X(UNKNOWN, "unknown", "words, links, timers, hooks and effects stand in the .bind",            \
      "add a line to the .bind, or correct the name")                                              \
    X(ARITY, "arity", "a word has its number of arguments",                                        \
      "compare with spec/lib/role.pml and the effect's line in the .bind")                         \
    X(DIRECTION, "direction", "a role sends and receives only on its own links",                   \
      "the .bind names sender and receiver of each link")                                          \
    X(KIND, "kind", "kinds and reasons stand in the .proto; every kind is used",                   \
      "add the kind to the .proto, or take it out of messages.pml")                                \
    X(FIELD, "field", "every field of the message is bound to the .proto",                         \
      "add a field line to the .bind")                                                             \
    X(INITIAL, "initial", "variables start as zero",                                               \
      "an absent row is the initial state: number things from one instead")                        \
    X(ACTIONS, "actions", "a step has at most 16 actions", "use send_each, or split the step")     \
    X(HOOK, "hook", "a hook is an inline: one parameter and its possible answers",                 \
      "inline name(ANSWER) { if :: ANSWER = A :: ANSWER = B fi }")                                 \
    X(UNUSED, "unused", "what is declared is used", "remove it")                                   \
    X(ENVIRONMENT, "environment",                                                                  \
      "what a check adds to the roles can be compiled for the explorer",                           \
      "gen/README.md lists what the model around the roles may use")                               \
    X(SPIN, "spin", "SPIN reads the same variables, labels and constants",                         \
      "jkgen and spin disagree on the files: neither is to be trusted until this is explained")

typedef enum gen_rule {
#define JK_GEN_RULE(name, word, text, hint) RULE_##name,
    JK_GEN_RULES(JK_GEN_RULE)
#undef JK_GEN_RULE
} gen_rule;

#endif
