/*
 * cmd.exe, the command interpreter. A line goes through the phases that batch files can tell apart:
 * percent expansion (percent.c), parsing to a tree with carets and quotes (parse.c), echo (unparse.c),
 * and for each command that runs, `for` variables, then !delayed! expansion (late.c), then execution.
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

#define MAX_LINE  8192
#define PATH_ROOM 1024 /* characters of a path in a buffer */

/* ---- text.c */

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
wchar_t *copy_chars(const wchar_t *chars, size_t count);
void *allocate(size_t size);
void *resize(void *memory, size_t size);

BOOL is_delimiter(wchar_t c); /* blank , ; = and the like, which separate words */
const wchar_t *skip_delimiters(const wchar_t *text);
const wchar_t *skip_blanks(const wchar_t *text);
void trim_end(wchar_t *text);
void remove_quotes(wchar_t *text);
/* The next word (quotes removed if `unquote`) of an argument list; NULL at the end; the caller frees it. */
wchar_t *next_word(const wchar_t **place, BOOL unquote);

/* ---- output.c */

void print(const wchar_t *format, ...);
void print_error(const wchar_t *format, ...);
void write_text(HANDLE handle, const wchar_t *text, size_t length);
/* The text of a system error on stderr; returns 1. */
int fail_system(DWORD error);
int fail_syntax(void); /* "The syntax of the command is incorrect."; returns 1 */
BOOL ask(const wchar_t *question, const wchar_t *answers, wchar_t *ret_answer);
/* A line from standard input without its end; FALSE when there is no more. */
BOOL read_input(wchar_t *line, size_t room);
/* From the console, with the line's end (none if a character of the control block ended it); FALSE when there
 * is no more, or Ctrl-C was typed (state.interrupted). */
BOOL read_console(wchar_t *line, size_t room, CONSOLE_READCONSOLE_CONTROL *control, DWORD *ret_length);

/* ---- complete.c: read_input for commands, in which Tab completes file names */

BOOL read_command(wchar_t *line, size_t room);

/* ---- the tree */

enum node_kind { NODE_COMMAND, NODE_BLOCK, NODE_SEQUENCE, NODE_AND, NODE_OR, NODE_PIPE, NODE_IF, NODE_FOR };

struct redirection {
    struct redirection *next;
    int handle;      /* 0..9 */
    wchar_t kind;    /* '<', '>', 'a' for >> */
    BOOL duplicate;  /* >&n or <&n: the target is the digit */
    wchar_t *target; /* not expanded yet */
};

enum if_kind { IF_EQUAL, IF_COMPARE, IF_EXIST, IF_DEFINED, IF_ERRORLEVEL, IF_CMDEXTVERSION };
enum for_kind { FOR_PLAIN, FOR_FOLDERS, FOR_TREE, FOR_FOLDER_TREE, FOR_COUNT, FOR_FILE };

struct node {
    enum node_kind kind;
    BOOL silent; /* @ */
    struct redirection *redirections;
    struct node *first, *second; /* children; IF: then, else; FOR: body in first; BLOCK: a list of SEQUENCE */
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

/* Parses one complete command; `more` gives the next line of an unfinished one (NULL at the end).
 * Returns NULL for an empty line, or with *ret_error set: a text for people. */
struct node *parse(const wchar_t *line, wchar_t *(*more)(void), const wchar_t **ret_error);
void free_node(struct node *node);
/* The text of a tree: as echo shows it, or on one line for the child that runs one side of a pipe. */
void unparse(const struct node *node, struct text *out, BOOL one_line);
void echo_node(const struct node *node);

/* ---- state */

struct batch {
    struct batch *caller;
    wchar_t *path; /* full */
    char *content; /* bytes of the file */
    size_t size, at;
    FILETIME written;   /* of the content; a file that changes is read again */
    wchar_t *arguments; /* %* */
    wchar_t **words;    /* %0 ... after shifts */
    int word_count;
    BOOL name_shifted;  /* %0 is no longer the file's name */
    int setlocal_depth; /* environments saved in this frame */
    BOOL ended;         /* exit /b or goto :eof */
    BOOL popped;        /* the caller is the innermost again, this one only finishes its line */
    BOOL frame;         /* call :label: path is the caller's */
    BOOL is_cmd;        /* .cmd: some commands clear errorlevel that do not in a .bat */
};

extern struct state {
    int error_level;
    BOOL echo, extensions, delayed, unicode;
    BOOL leaving; /* exit was run */
    BOOL jump;    /* a goto or exit /b is under way: the rest of the line is left */
    BOOL interactive, verify;
    struct batch *batch; /* innermost, or NULL */
    int depth;           /* of call */
    wchar_t *for_values[128];
    int for_depth; /* loops around the command in this frame */
    volatile LONG interrupted;
    struct {
        wchar_t *path, *name, *arguments; /* the batch file that takes the place of the running one */
    } chain;
} state;

BOOL stopped(void); /* nothing more of the line is to be run */

/* ---- variable.c, percent.c, late.c, pathname.c */

wchar_t *get_variable(const wchar_t *name, size_t length); /* incl. dynamic ones; NULL if undefined */
/* Percent expansion of a line; NULL after a fatal error, which has been printed. */
wchar_t *expand_percent(const wchar_t *line);
/* for variables and, if on, delayed expansion of one token. */
wchar_t *expand_late(const wchar_t *text);
wchar_t *expand_for(const wchar_t *text);
wchar_t *expand_command(
    const wchar_t *text); /* the same for a command: its word and the rest are two tokens */
/* What follows the colon of %name:...%: "~start,count" or "[*]from=to"; NULL if it is malformed. value is
 * freed. */
wchar_t *modify_value(wchar_t *value, const wchar_t *modifier, size_t length);
/* %~letters, with $search: the parts of a path. */
void add_path_parts(struct text *out, const wchar_t *value, const wchar_t *letters, size_t count,
                    const wchar_t *search);

/* ---- execution: each returns the result that && and || look at */

int execute(struct node *node);
int run_line(const wchar_t *line, wchar_t *(*more)(void)); /* already percent-expanded */
int run_command_text(const wchar_t *text, BOOL called);
int run_pipe(struct node *node);
int run_for(struct node *node);
BOOL condition_holds(struct node *node);
int wait_for_process(HANDLE process); /* its exit code */

struct saved_handle;
BOOL redirect(const struct redirection *redirection, struct saved_handle **ret_saved);
void undo_redirections(struct saved_handle *saved);

/* Splits off the command word, without quotes; returns its length in the text. */
size_t command_word(const wchar_t *text, wchar_t *ret_word, size_t room);
BOOL find_program(const wchar_t *word, wchar_t *ret_path, size_t room);
BOOL is_batch_file(const wchar_t *path);
/* Starts a program with our standard handles; the handle of the process, or NULL with a message printed. */
HANDLE start_program(const wchar_t *path, const wchar_t *word, const wchar_t *arguments, DWORD flags,
                     STARTUPINFOW *startup);
/* Our own path, and the start of a command line for a child interpreter. */
void own_path(wchar_t *to, size_t room);

/* ---- batch.c, local.c */

int run_batch(const wchar_t *path, const wchar_t *name, const wchar_t *arguments, BOOL called);
int call_label(const wchar_t *label, const wchar_t *arguments);
wchar_t *batch_more(void); /* the next line, expanded, for an open block */
void end_all_batches(void);
void pop_batch(struct batch *batch);
void restore_environment(int depth);

/* ---- builtins: 0 is success */

typedef int builtin(const wchar_t *arguments);
enum clears { CLEARS, KEEPS, CLEARS_IN_CMD, OWN }; /* errorlevel after success; OWN sets it itself */
struct builtin_entry {
    const wchar_t *name;
    builtin *function;
    enum clears clears;
};
const struct builtin_entry *find_builtin(const wchar_t *word);
BOOL show_help(const struct builtin_entry *entry, const wchar_t *arguments); /* FALSE if they are not /? */

builtin command_assoc, command_break, command_call, command_cd, command_cls, command_color, command_copy,
    command_date, command_del, command_dir, command_echo, command_endlocal, command_exit, command_ftype,
    command_goto, command_md, command_mklink, command_move, command_path, command_pause, command_popd,
    command_prompt, command_pushd, command_rd, command_rem, command_ren, command_set, command_setlocal,
    command_shift, command_start, command_time, command_title, command_type, command_ver, command_verify,
    command_vol;
int set_arithmetic(const wchar_t *text);
void show_prompt(void);
size_t pushed_folders(void); /* how many pushd has saved */

/* ---- files.c: what file commands share */

struct words { /* switches and names of a file command */
    wchar_t **names;
    size_t count;
    wchar_t **switches; /* lower case, with the slash */
    size_t switch_count;
};
void read_words(const wchar_t *arguments, struct words *ret_words);
void free_words(struct words *words);
/* The text behind a switch's letter, or NULL; /-x counts as no /x. The last one wins. */
const wchar_t *find_switch(const struct words *words, wchar_t letter);
BOOL only_switches(const struct words *words, const wchar_t *letters); /* else says which one is invalid */
BOOL is_folder(const wchar_t *path);
BOOL has_wildcard(const wchar_t *name);
size_t folder_length(const wchar_t *path); /* of the folder part of a path, with its backslash */
wchar_t *join_path(const wchar_t *folder, size_t folder_length, const wchar_t *name);
wchar_t *path_into(const wchar_t *folder, const wchar_t *name);
wchar_t *full_path(const wchar_t *path);
/* A new name from a pattern with * and ?, as ren and copy do. */
wchar_t *apply_pattern(const wchar_t *name, const wchar_t *pattern);

struct match {
    wchar_t *path; /* with the folder part of the pattern */
    WIN32_FIND_DATAW entry;
};
/* What a pattern matches, sorted as the volume lists it, without . and ..; the caller frees with
 * free_matches. */
size_t find_matches(const wchar_t *pattern, struct match **ret_matches);
void free_matches(struct match *matches, size_t count);
/* attributes "rhsad-..." as after /a: */
struct attributes {
    DWORD wanted, unwanted;
};
BOOL read_attributes(const wchar_t *letters, struct attributes *ret_attributes);

#endif
