/*
 * Pipes: all sides run at the same time, programs directly, everything else in child interpreters, which
 * parse their side a second time.
 */
#include "cmd.h"

/* The handle of the process for one side, whose standard handles are set; NULL if it could not start. */
static HANDLE start_side(struct node *node)
{
    STARTUPINFOW startup = {0};
    struct text line = {0};
    wchar_t self[PATH_ROOM];
    if (node->kind == NODE_COMMAND) {
        wchar_t word[PATH_ROOM], path[PATH_ROOM * 2], *text = expand_command(node->text);
        const wchar_t *p = skip_delimiters(text);
        const size_t used = command_word(p, word, ARRAYSIZE(word));
        HANDLE process = NULL;
        const BOOL direct = (*p == '"' || !find_builtin(word)) && !(word[0] && word[1] == ':' && !word[2]) &&
                            find_program(word, path, ARRAYSIZE(path)) && !is_batch_file(path);
        if (direct) {
            struct saved_handle *saved = NULL;
            wchar_t *typed = copy_chars(p, used);
            if (redirect(node->redirections, &saved)) {
                process = start_program(path, typed, p + used, 0, &startup);
                undo_redirections(saved);
            }
            free(typed);
        }
        free(text);
        if (direct)
            return process;
    }
    own_path(self, ARRAYSIZE(self));
    text_append(&line, state.echo ? L"  /S /D /c\" " : L"  /S /D /Q /c\" ");
    unparse(node, &line, TRUE);
    text_put(&line, '"');
    const HANDLE process = start_program(self, self, line.chars, 0, &startup);
    text_free(&line);
    return process;
}

static size_t count_sides(const struct node *node)
{
    return node->kind == NODE_PIPE && !node->redirections ? count_sides(node->first) + 1 : 1;
}

/* Starts the sides from the left; only the handles of the one that starts can be inherited. */
static size_t start_sides(struct node *node, HANDLE *processes, HANDLE final_output, HANDLE *input)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE read_end = NULL, write_end = NULL;
    const BOOL last = final_output != NULL;
    size_t count = 0;
    struct node *side = node;
    if (node->kind == NODE_PIPE && !node->redirections) {
        count = start_sides(node->first, processes, NULL, input);
        side = node->second;
    }
    const HANDLE old_input = GetStdHandle(STD_INPUT_HANDLE), old_output = GetStdHandle(STD_OUTPUT_HANDLE);
    if (!last && !CreatePipe(&read_end, &write_end, &inherit, 0)) {
        fail_system(GetLastError());
        return count;
    }
    if (*input) {
        SetHandleInformation(*input, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        SetStdHandle(STD_INPUT_HANDLE, *input);
    }
    if (!last) {
        SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, 0);
        SetStdHandle(STD_OUTPUT_HANDLE, write_end);
    }
    processes[count] = start_side(side);
    SetStdHandle(STD_INPUT_HANDLE, old_input);
    SetStdHandle(STD_OUTPUT_HANDLE, old_output);
    if (*input)
        CloseHandle(*input);
    if (write_end)
        CloseHandle(write_end);
    *input = read_end;
    return count + 1;
}

int run_pipe(struct node *node)
{
    const size_t sides = count_sides(node);
    HANDLE *processes = allocate(sides * sizeof *processes), input = NULL;
    int result = 255;
    const size_t started = start_sides(node, processes, GetStdHandle(STD_OUTPUT_HANDLE), &input);
    if (input)
        CloseHandle(input);
    for (size_t i = started; i-- > 0;) {
        if (!processes[i])
            continue;
        const int code = wait_for_process(processes[i]);
        if (i + 1 == sides)
            result = code;
        CloseHandle(processes[i]);
    }
    free(processes);
    return state.error_level = result;
}
