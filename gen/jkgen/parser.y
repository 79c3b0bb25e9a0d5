/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of the files that jkgen reads.  It accepts a little more than a role may be, so that
 * check.c can say what is wrong in words. */
%code top {
#include "syntax.h"
}
%code requires {
#include "syntax.h"
}
%define api.pure full
%define parse.error verbose
%expect 0
%param { void *scanner }
%parse-param { gen_reader *r }

%union {
    gen_token token;
    gen_node *node;
}
%code {
int yylex(YYSTYPE *value, void *scanner);
static void yyerror(void *scanner, gen_reader *r, const char *text);

static gen_node *make(gen_reader *r, gen_op op, gen_token t)
{
    return jk_gen_node(r->model, op, t.at, t.text);
}

static gen_node *unary(gen_reader *r, gen_token t, gen_node *a)
{
    gen_node *n = make(r, OP_UNARY, t);
    n->a = a;
    return n;
}

static gen_node *binary(gen_reader *r, gen_node *a, gen_token t, gen_node *b)
{
    gen_node *n = make(r, OP_BINARY, t);
    n->a = a;
    n->b = b;
    return n;
}

static gen_node *with(gen_node *n, gen_node *a, gen_node *b, gen_node *list)
{
    n->a = a;
    n->b = b;
    n->list = list;
    return n;
}

static gen_node *statement(gen_reader *r, gen_op op, gen_node *a, gen_node *b)
{
    gen_node *n = jk_gen_node(r->model, op, a->at, NULL);
    return with(n, a, b, NULL);
}
}

%token <token> IF FI ATOMIC GOTO ELSE SKIP MTYPE TYPEDEF CHAN OF INLINE PROCTYPE EACH NAME NUMBER
%token <token> CASE "::" ARROW "->" STEPPED "++" FORBIDDEN EQ NE LE GE AND OR SHL SHR
%token <token> DO OD D_STEP FOR BREAK RUN INIT LTL NEVER TEMPORAL DOTS ANYWHERE REMOTE '@'
%token <token> '(' ')' '[' ']' '{' '}' ';' ',' ':' '.' '=' '<' '>' '&' '|' '~' '!' '?'
%token <token> '*' '/' '%' '+' '-'
%type <node> item names name parameters declarations declaration declared sequence statement
%type <node> options option expression variable arguments filled types type
%type <node> open closed braced
%left OR
%left AND
%left '|'
%left '&'
%left EQ NE
%left '<' '>' LE GE
%left SHL SHR
%left '+' '-'
%left '*' '/' '%'
%precedence UNARY

%%

file: %empty
    | file item { r->model->items = jk_gen_append(r->model->items, $2); }
    | file ';'
    ;

item: MTYPE ':' NAME '=' '{' names '}' { $$ = with(make(r, IT_MTYPE, $3), NULL, NULL, $6); }
    | TYPEDEF NAME '{' declarations '}' { $$ = with(make(r, IT_TYPEDEF, $2), NULL, NULL, $4); }
    | CHAN NAME '=' '[' expression ']' OF '{' types '}' {
          $$ = with(make(r, IT_CHAN, $2), NULL, $5, $9);
      }
    | CHAN NAME '[' expression ']' '=' '[' expression ']' OF '{' types '}' {
          $$ = with(make(r, IT_CHAN, $2), $4, $8, $12);
      }
    | INLINE NAME '(' names ')' '{' sequence '}' {
          $$ = with(make(r, IT_INLINE, $2), $4, NULL, $7);
      }
    | INLINE NAME '(' ')' '{' sequence '}' {
          $$ = with(make(r, IT_INLINE, $2), NULL, NULL, $6);
      }
    | PROCTYPE NAME '(' parameters ')' '{' sequence '}' {
          $$ = with(make(r, IT_PROCTYPE, $2), $4, NULL, $7);
      }
    | declaration
    | INIT '{' sequence '}' { $$ = with(make(r, IT_INIT, $1), NULL, NULL, $3); }
    | LTL NAME '{' expression '}' { $$ = with(make(r, IT_LTL, $2), $4, NULL, NULL); }
    | NEVER NAME '{' sequence '}' { $$ = make(r, IT_NEVER, $2); }
    ;

names: name
    | names ',' name { $$ = jk_gen_append($1, $3); }
    ;

name: NAME { $$ = make(r, OP_NAME, $1); }
    ;

types: type
    | types ',' type { $$ = jk_gen_append($1, $3); }
    ;

type: name
    | MTYPE ':' name { $$ = $3; }
    ;

parameters: %empty { $$ = NULL; }
    | declarations
    ;

declarations: declaration
    | declarations ';' declaration { $$ = jk_gen_append($1, $3); }
    | declarations ';'
    ;

declaration: NAME declared { $$ = with(make(r, ST_DECLARE, $1), NULL, NULL, $2); }
    | MTYPE ':' name declared { $$ = with(make(r, ST_DECLARE, $1), NULL, $3, $4); }
    ;

declared: name
    | name '[' expression ']' { $$ = with($1, NULL, $3, NULL); }
    | name '=' expression { $$ = with($1, $3, NULL, NULL); }
    | declared ',' name { $$ = jk_gen_append($1, $3); }
    | declared ',' name '=' expression { $$ = jk_gen_append($1, with($3, $5, NULL, NULL)); }
    ;

/* Behind a closing brace no separator is needed. */
sequence: open
    | closed
    ;

open: statement
    | sequence ';' statement { $$ = jk_gen_append($1, $3); }
    | sequence "->" statement { $$ = jk_gen_append($1, $3); }
    | closed statement { $$ = jk_gen_append($1, $2); }
    | sequence ';'
    ;

closed: braced
    | sequence ';' braced { $$ = jk_gen_append($1, $3); }
    | sequence "->" braced { $$ = jk_gen_append($1, $3); }
    | closed braced { $$ = jk_gen_append($1, $2); }
    ;

braced: ATOMIC '{' sequence '}' { $$ = with(make(r, ST_ATOMIC, $1), NULL, NULL, $3); }
    | D_STEP '{' sequence '}' { $$ = with(make(r, ST_D_STEP, $1), NULL, NULL, $3); }
    | FOR '(' name ':' expression DOTS expression ')' '{' sequence '}' {
          $$ = with(make(r, ST_FOR, $1), $3, NULL, $10);
          $3->next = $5;
          $5->next = $7;
      }
    | NAME ':' braced { $$ = with(make(r, ST_LABEL, $1), $3, NULL, NULL); }
    ;

statement: declaration
    | NAME ':' statement { $$ = with(make(r, ST_LABEL, $1), $3, NULL, NULL); }
    | IF options FI { $$ = with(make(r, ST_IF, $1), NULL, NULL, $2); }
    | DO options OD { $$ = with(make(r, ST_DO, $1), NULL, NULL, $2); }
    | BREAK { $$ = make(r, ST_BREAK, $1); }
    | GOTO NAME { $$ = make(r, ST_GOTO, $2); }
    | ELSE { $$ = make(r, ST_ELSE, $1); }
    | SKIP { $$ = make(r, ST_SKIP, $1); }
    | EACH '(' NAME ',' name ',' sequence ')' {
          gen_node *each = make(r, ST_EACH, $1);
          each->text = $3.text;
          $$ = with(each, $5, NULL, $7);
      }
    | variable '=' expression { $$ = statement(r, ST_ASSIGN, $1, $3); }
    | variable "++" {
          jk_gen_refuse(r->model, $2.at, RULE_SYNTAX, "`%s` is written as an assignment", $2.text);
          $$ = statement(r, ST_EXPRESSION, $1, NULL);
      }
    | variable '?' arguments { $$ = with(statement(r, ST_RECEIVE, $1, NULL), $1, NULL, $3); }
    | variable '!' arguments { $$ = with(statement(r, ST_SEND, $1, NULL), $1, NULL, $3); }
    | expression { $$ = statement(r, ST_EXPRESSION, $1, NULL); }
    ;

options: option
    | options option { $$ = jk_gen_append($1, $2); }
    ;

option: "::" sequence { $$ = with(make(r, ST_OPTION, $1), NULL, NULL, $2); }
    ;

arguments: expression
    | arguments ',' expression { $$ = jk_gen_append($1, $3); }
    ;

filled: %empty { $$ = NULL; }
    | arguments
    ;

variable: NAME { $$ = make(r, OP_NAME, $1); }
    | NAME '[' expression ']' { $$ = with(make(r, OP_INDEX, $1), $3, NULL, NULL); }
    | NAME '.' NAME {
          $$ = with(make(r, OP_FIELD, $3), make(r, OP_NAME, $1), NULL, NULL);
          $$->at = $1.at;
      }
    ;

expression: variable
    | NUMBER {
          $$ = make(r, OP_NUMBER, $1);
          $$->number = 0;
          for (const char *digit = $1.text; *digit != '\0'; digit++) {
              $$->number = $$->number > 1000000000 ? 1000000001 : $$->number * 10 + (*digit - '0');
          }
          if ($$->number > 1000000000) {
              jk_gen_refuse(r->model, $1.at, RULE_TYPE, "%s is too large a number", $1.text);
          }
      }
    | NAME '(' filled ')' { $$ = with(make(r, OP_CALL, $1), NULL, NULL, $3); }
    | RUN NAME '(' filled ')' { $$ = with(make(r, OP_RUN, $2), NULL, NULL, $4); }
    | variable '?' '[' arguments ']' { $$ = with(make(r, OP_POLL, $2), $1, NULL, $4); }
    | variable ANYWHERE '[' arguments ']' { $$ = with(make(r, OP_POLL, $2), $1, NULL, $4); }
    | variable '@' NAME { $$ = with(make(r, OP_AT, $3), $1, NULL, NULL); }
    | NAME '[' expression REMOTE NAME {
          $$ = with(make(r, OP_REMOTE, $5), make(r, OP_INDEX, $1), NULL, NULL);
          $$->a->a = $3;
      }
    | TEMPORAL expression %prec UNARY { $$ = unary(r, $1, $2); $$->op = OP_TEMPORAL; }
    | '(' expression "->" expression ')' { $$ = binary(r, $2, $3, $4); }
    | '(' expression "->" expression ':' expression ')' {
          $$ = with(make(r, OP_IF_ELSE, $3), $2, $4, $6);
      }
    | '(' expression ')' { $$ = $2; }
    | '!' expression %prec UNARY { $$ = unary(r, $1, $2); }
    | '~' expression %prec UNARY { $$ = unary(r, $1, $2); }
    | '-' expression %prec UNARY { $$ = unary(r, $1, $2); }
    | expression OR expression { $$ = binary(r, $1, $2, $3); }
    | expression AND expression { $$ = binary(r, $1, $2, $3); }
    | expression '|' expression { $$ = binary(r, $1, $2, $3); }
    | expression '&' expression { $$ = binary(r, $1, $2, $3); }
    | expression EQ expression { $$ = binary(r, $1, $2, $3); }
    | expression NE expression { $$ = binary(r, $1, $2, $3); }
    | expression '<' expression { $$ = binary(r, $1, $2, $3); }
    | expression '>' expression { $$ = binary(r, $1, $2, $3); }
    | expression LE expression { $$ = binary(r, $1, $2, $3); }
    | expression GE expression { $$ = binary(r, $1, $2, $3); }
    | expression SHL expression { $$ = binary(r, $1, $2, $3); }
    | expression SHR expression { $$ = binary(r, $1, $2, $3); }
    | expression '+' expression { $$ = binary(r, $1, $2, $3); }
    | expression '-' expression { $$ = binary(r, $1, $2, $3); }
    | expression '*' expression { $$ = binary(r, $1, $2, $3); }
    | expression '/' expression { $$ = binary(r, $1, $2, $3); }
    | expression '%' expression { $$ = binary(r, $1, $2, $3); }
    ;

%%

static void yyerror(void *scanner, gen_reader *r, const char *text)
{
    (void)scanner;
    if (!r->said) {
        jk_gen_refuse(r->model, r->at, RULE_SYNTAX, "%s", text);
    }
    r->said = true;
}
