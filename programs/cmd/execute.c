/*
 * Execution of the tree.
 */
#include "cmd.h"

BOOL stopped(void)
{
    return state.leaving || state.jump || state.interrupted;
}

static int change_drive(wchar_t letter)
{
    wchar_t folder[PATH_ROOM], name[4] = {'=', (wchar_t)towupper(letter), ':', 0};
    if (!GetEnvironmentVariableW(name, folder, ARRAYSIZE(folder)))
        _snwprintf(folder, ARRAYSIZE(folder), L"%lc:\\", towupper(letter));
    if (SetCurrentDirectoryW(folder))
        return 0;
    const wchar_t root[4] = {letter, ':', '\\', 0};
    if (SetCurrentDirectoryW(root))
        return 0;
    print_error(L"The system cannot find the drive specified.\r\n");
    return state.error_level = 1;
}

/* The level says what it was, && and the exit status of cmd /c see a plain failure. */
static int unknown_command(const wchar_t *typed, const wchar_t *word, BOOL called)
{
    wchar_t *folder = copy_chars(word, folder_length(word));
    const BOOL no_folder = *folder && !is_folder(folder);
    free(folder);
    if (no_folder) {
        state.error_level = 1;
        return fail_system(ERROR_PATH_NOT_FOUND);
    }
    print_error(L"'%ls' is not recognized as an internal or external command,\r\n"
                L"operable program or batch file.\r\n",
                typed);
    state.error_level = called ? 1 : 9009;
    return 1;
}

static int run_builtin(const struct builtin_entry *entry, const wchar_t *arguments)
{
    if (show_help(entry, arguments))
        return 0;
    const int result = entry->function(arguments);
    if (entry->clears == OWN)
        return result;
    if (result)
        state.error_level = result;
    else if (entry->clears == CLEARS ||
             (entry->clears == CLEARS_IN_CMD && state.batch && state.batch->is_cmd))
        state.error_level = 0;
    return result;
}

/* A command whose expansions are done. */
int run_command_text(const wchar_t *text, BOOL called)
{
    wchar_t word[PATH_ROOM], path[PATH_ROOM * 2];
    text = skip_delimiters(text);
    if (!*text || (*text == ':' && !called))
        return 0;
    const size_t used = command_word(text, word, ARRAYSIZE(word));
    const struct builtin_entry *entry = *text == '"' ? NULL : find_builtin(word);
    if (entry)
        return run_builtin(entry, text + used);
    if (iswalpha(word[0]) && word[1] == ':' && !word[2])
        return change_drive(word[0]);
    wchar_t *typed = copy_chars(text, used);
    if (!find_program(word, path, ARRAYSIZE(path))) {
        const int missing = unknown_command(typed, word, called);
        free(typed);
        return missing;
    }
    int result;
    if (is_batch_file(path)) {
        result = run_batch(path, typed, text + used, called);
    } else {
        STARTUPINFOW startup = {0};
        const HANDLE process = start_program(path, typed, text + used, 0, &startup);
        result = process ? wait_for_process(process) : 9009;
        if (process)
            CloseHandle(process);
        state.error_level = result;
    }
    free(typed);
    return result;
}

static int run_command(struct node *node)
{
    wchar_t *text = expand_command(node->text);
    const int result = run_command_text(text, FALSE);
    free(text);
    return result;
}

/* Without anything on the stack while the children run: subroutines may call themselves often. */
static int execute_node(struct node *node)
{
    int result = 0;
    switch (node->kind) {
    case NODE_COMMAND: return run_command(node);
    case NODE_BLOCK:
        for (struct node *link = node->first; link && !stopped(); link = link->second)
            result = execute(link->first);
        return result;
    case NODE_SEQUENCE: execute(node->first); return execute(node->second);
    case NODE_AND: result = execute(node->first); return result ? result : execute(node->second);
    case NODE_OR:
        result = execute(node->first);
        if (!result || stopped())
            return result;
        state.error_level = result;
        return execute(node->second);
    case NODE_PIPE: return run_pipe(node);
    case NODE_IF: return execute(condition_holds(node) ? node->first : node->second);
    case NODE_FOR: return run_for(node);
    }
    return result;
}

int execute(struct node *node)
{
    struct saved_handle *saved = NULL;
    if (!node || stopped())
        return 0;
    if (!node->redirections)
        return execute_node(node);
    if (!redirect(node->redirections, &saved))
        return 1;
    const int result = execute_node(node);
    undo_redirections(saved);
    return result;
}

int run_line(const wchar_t *line, wchar_t *(*more)(void))
{
    const wchar_t *error;
    struct node *node = parse(line, more, &error);
    if (error) {
        print_error(L"%ls\r\n", error);
        state.error_level = 255;
        end_all_batches(); /* as documented for a syntax error */
        return 255;
    }
    if (!node)
        return 0;
    if (state.batch)
        echo_node(node);
    const int result = execute(node);
    free_node(node);
    return result;
}
