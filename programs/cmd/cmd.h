/*
 * cmd.exe, the command interpreter. A line goes through: percent expansion (expand.c), parsing to a
 * tree (parse.c), and execution (execute.c), where `for` variables and delayed expansion are
 * replaced just before a command runs.
 */
#ifndef CMD_H
#define CMD_H

#include <windows.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define MAX_LINE 8192

/* ---- growing text */

struct text {
    wchar_t *chars; /* terminated once something was added */
    size_t length, room;
};

void text_add(struct text *text, const wchar_t *chars, size_t count);
void text_put(struct text *text, wchar_t c);
void text_append(struct text *text, const wchar_t *string);
void text_free(struct text *text);
/* Hands the characters over (never NULL); the caller frees them. */
wchar_t *text_take(struct text *text);
wchar_t *copy_string(const wchar_t *string);
void *allocate(size_t size);

/* ---- the tree */

enum node_kind { NODE_COMMAND, NODE_BLOCK, NODE_SEQUENCE, NODE_AND, NODE_OR, NODE_PIPE, NODE_IF, NODE_FOR };

struct redirection {
    struct redirection *next;
    int handle;      /* 0..9 */
    wchar_t kind;    /* '<', '>', 'a' for >>, '&' for duplication */
    wchar_t *target; /* unexpanded file name, or the handle's digit */
};

enum if_kind { IF_EQUAL, IF_COMPARE, IF_EXIST, IF_DEFINED, IF_ERRORLEVEL, IF_CMDEXTVERSION };
enum for_kind { FOR_PLAIN, FOR_FOLDERS, FOR_TREE, FOR_COUNT, FOR_FILE };

struct node {
    enum node_kind kind;
    BOOL silent; /* @ */
    struct redirection *redirections;
    struct node *first, *second; /* children; IF: then, else; FOR: body in first */
    wchar_t *text;               /* COMMAND: the line; FOR: the set */
    struct {
        enum if_kind kind;
        BOOL negate, ignore_case;
        wchar_t *left, *right, *operation;
    } condition;
    struct {
        enum for_kind kind;
        wchar_t variable;
        wchar_t *options; /* of /f, or the root of /r */
    } loop;
};

/* Parses one complete command; `more` gives the next line of an unfinished block (NULL at the end).
 * Returns NULL for an empty line, or with *ret_error set: a text for people. */
struct node *parse(const wchar_t *line, wchar_t *(*more)(void), const wchar_t **ret_error);
void free_node(struct node *node);

/* ---- state */

struct batch {
    struct batch *caller;
    wchar_t *path; /* full */
    char *content; /* bytes of the file */
    size_t size, at;
    wchar_t *arguments;  /* %* */
    wchar_t *words[256]; /* %0 ... after shifts */
    int word_count;
    int setlocal_depth; /* environments saved by this batch */
    BOOL ended;         /* exit /b or goto :eof */
    BOOL frame;         /* call :label: shares the file of the caller */
};

extern struct state {
    int error_level;
    BOOL echo, extensions, delayed;
    BOOL leaving;        /* exit was run */
    struct batch *batch; /* innermost, or NULL */
    wchar_t *for_values[128];
    int jump; /* a goto is under way: blocks are left */
    BOOL interactive;
} state;

/* ---- expand.c */

/* Percent expansion of a whole line. */
wchar_t *expand_percent(const wchar_t *line);
/* for variables and, if on, !delayed! expansion in a command about to run. */
wchar_t *expand_late(const wchar_t *text);
wchar_t *get_variable(const wchar_t *name, size_t length); /* incl. dynamic ones; NULL if undefined */

/* ---- execute.c */

void execute(struct node *node);
/* Parses and runs a line (already percent-expanded). */
void run_line(const wchar_t *line, wchar_t *(*more)(void));
/* Runs an external program or batch file; returns its exit code, or -1 with nothing found. */
int run_program(const wchar_t *command, const wchar_t *arguments, BOOL wait);
/* Splits off the command word; returns its length. */
size_t command_word(const wchar_t *text, wchar_t *ret_word, size_t room);

/* ---- batch.c */

int run_batch(const wchar_t *path, const wchar_t *arguments);
int call_label(const wchar_t *label, const wchar_t *arguments);
wchar_t *batch_more(void); /* the next line, expanded, for an open block */
BOOL goto_label(const wchar_t *label);
void split_words(struct batch *batch, const wchar_t *arguments);

/* ---- builtins */

typedef void builtin(const wchar_t *arguments);
builtin *find_builtin(const wchar_t *word);
void command_set(const wchar_t *arguments);
void command_dir(const wchar_t *arguments);
void command_copy(const wchar_t *arguments);
void command_move(const wchar_t *arguments);
void command_del(const wchar_t *arguments);
void command_ren(const wchar_t *arguments);
void command_md(const wchar_t *arguments);
void command_mklink(const wchar_t *arguments);
void command_rd(const wchar_t *arguments);
void command_type(const wchar_t *arguments);
void command_for_set(struct node *node);
void restore_environment(int depth);

/* Reads the next word (quotes removed if `unquote`) of an argument list; NULL at the end. */
wchar_t *next_word(const wchar_t **place, BOOL unquote);

/* ---- output */

void print(const wchar_t *format, ...);
void print_error(const wchar_t *format, ...);
void write_text(HANDLE handle, const wchar_t *text, size_t length);
/* The text of a system error, on stderr; sets errorlevel 1. */
void print_system_error(DWORD error);

#endif
