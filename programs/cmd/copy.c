/*
 * copy, with joining of files, and move.
 */
#include "cmd.h"

struct job {
    const wchar_t *target; /* as typed; a folder or a pattern */
    BOOL to_folder, show, overwrite;
    BOOL stop; /* the answer was no more */
    unsigned done;
};

/* COPYCMD gives switches that come first. */
static void read_copy_words(const wchar_t *arguments, struct words *ret_words)
{
    struct text all = {0};
    wchar_t *preset = get_variable(L"COPYCMD", 7);
    if (preset)
        text_append(&all, preset);
    text_put(&all, ' ');
    text_append(&all, arguments);
    read_words(all.chars, ret_words);
    free(preset);
    text_free(&all);
}

static BOOL is_device(const wchar_t *name)
{
    return _wcsicmp(name, L"con") == 0 || _wcsicmp(name, L"nul") == 0 || _wcsicmp(name, L"con:") == 0 ||
           _wcsicmp(name, L"nul:") == 0 || _wcsicmp(name, L"prn") == 0 || _wcsicmp(name, L"aux") == 0;
}

static BOOL names_folder(const wchar_t *path)
{
    const size_t length = wcslen(path);
    return is_folder(path) || (length && wcschr(L"\\/", path[length - 1]));
}

static wchar_t *target_of(const struct job *job, const wchar_t *name)
{
    if (job->to_folder)
        return path_into(job->target, name);
    const size_t folder = folder_length(job->target);
    if (!has_wildcard(job->target + folder))
        return copy_string(job->target);
    wchar_t *renamed = apply_pattern(name, job->target + folder),
            *path = join_path(job->target, folder, renamed);
    free(renamed);
    return path;
}

/* Whether an existing target may go: asked about at the prompt, not in batch files. */
static BOOL may_replace(struct job *job, const wchar_t *target)
{
    wchar_t answer = 'Y';
    const DWORD attributes = GetFileAttributesW(target);
    if (job->overwrite || attributes == INVALID_FILE_ATTRIBUTES || attributes & FILE_ATTRIBUTE_DIRECTORY)
        return TRUE;
    struct text question = {0};
    wchar_t *full = full_path(target);
    text_append(&question, L"Overwrite ");
    text_append(&question, full);
    text_append(&question, L"? (Yes/No/All): ");
    free(full);
    if (!ask(question.chars, L"YNA", &answer)) {
        answer = 'N';
        job->stop = TRUE;
    }
    text_free(&question);
    job->overwrite |= answer == 'A';
    return answer != 'N';
}

static BOOL same_file(const wchar_t *one, const wchar_t *other)
{
    wchar_t *a = full_path(one), *b = full_path(other);
    const BOOL same = _wcsicmp(a, b) == 0;
    free(a);
    free(b);
    return same;
}

/* ---- joining and devices */

/* Appends a file; text ends at the first Ctrl-Z, and before the end of a console's input. */
static BOOL append_file(const wchar_t *path, HANDLE target, BOOL text)
{
    static char buffer[65536];
    DWORD done, written;
    const BOOL console = _wcsicmp(path, L"con") == 0 || _wcsicmp(path, L"con:") == 0;
    const HANDLE file = console ? GetStdHandle(STD_INPUT_HANDLE)
                                : CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                              OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    while (ReadFile(file, buffer, sizeof buffer, &done, NULL) && done) {
        const char *end = text ? memchr(buffer, 0x1a, done) : NULL;
        const DWORD size = end ? (DWORD)(end - buffer) : done;
        if (size && !WriteFile(target, buffer, size, &written, NULL))
            break;
        if (end)
            break;
    }
    if (!console)
        CloseHandle(file);
    return TRUE;
}

/* copy a+b c, copy con c, copy a con: sources are separated by plus signs, each may be a pattern. */
static int join_files(wchar_t *sources, struct job *job, BOOL binary)
{
    const BOOL to_console = _wcsnicmp(job->target, L"con", 3) == 0 && is_device(job->target);
    const wchar_t *first = sources + (*sources == '+');
    HANDLE out;
    unsigned count = 0;
    const size_t first_length = wcscspn(first, L"+");
    wchar_t *target = job->to_folder ? path_into(job->target, L"") : copy_string(job->target);
    if (job->to_folder) {
        wchar_t *name = copy_chars(first, first_length),
                *path = path_into(job->target, name + folder_length(name));
        free(target);
        free(name);
        target = path;
    }
    if (!is_device(target) && !may_replace(job, target)) {
        free(target);
        print(L"%9u file(s) copied.\r\n", 0);
        return 0;
    }
    wchar_t *temporary = join_path(target, wcslen(target), L".~copy");
    if (to_console)
        out = GetStdHandle(STD_OUTPUT_HANDLE);
    else
        out = CreateFileW(is_device(target) ? target : temporary, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0,
                          NULL);
    if (out == INVALID_HANDLE_VALUE) {
        const int result = fail_system(GetLastError());
        free(target);
        free(temporary);
        return result;
    }
    while (sources) {
        wchar_t *plus = wcschr(sources, '+');
        struct match *matches = NULL;
        if (plus)
            *plus = 0;
        if (is_device(sources)) {
            count += append_file(sources, out, !binary);
        } else if (*sources) {
            const size_t found = find_matches(sources, &matches);
            for (size_t i = 0; i < found; i++) {
                if (matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
                    continue;
                if (job->show)
                    print(L"%ls\r\n", matches[i].path);
                count += append_file(matches[i].path, out, !binary);
            }
            free_matches(matches, found);
        }
        sources = plus ? plus + 1 : NULL;
    }
    int result = 0;
    if (!to_console)
        CloseHandle(out);
    if (!count) {
        DeleteFileW(temporary);
        result = fail_system(ERROR_FILE_NOT_FOUND);
    } else if (!to_console && !is_device(target) &&
               !MoveFileExW(temporary, target, MOVEFILE_REPLACE_EXISTING)) {
        result = fail_system(GetLastError());
        DeleteFileW(temporary);
    }
    if (count)
        print(L"%9u file(s) copied.\r\n", result ? 0 : 1);
    free(target);
    free(temporary);
    return result;
}

/* ---- copy */

static int copy_one(struct job *job, const wchar_t *path, const wchar_t *name)
{
    wchar_t *target = target_of(job, name);
    int result = 0;
    if (job->show)
        print(L"%ls\r\n", path);
    if (same_file(path, target)) {
        print_error(L"The file cannot be copied onto itself.\r\n");
        result = 1;
        job->stop = TRUE;
    } else if (may_replace(job, target)) {
        if (CopyFileW(path, target, FALSE))
            job->done++;
        else
            result = fail_system(GetLastError() == ERROR_FILE_NOT_FOUND ? ERROR_PATH_NOT_FOUND
                                                                        : GetLastError());
    }
    free(target);
    return result;
}

int command_copy(const wchar_t *arguments)
{
    struct words words;
    int result = 0;
    read_copy_words(arguments, &words);
    /* "a + b" and "a+ b" are one list of sources: join what a plus sign touches */
    for (size_t i = 0; i + 1 < words.count;) {
        const size_t length = wcslen(words.names[i]);
        if (words.names[i + 1][0] != '+' && !(length && words.names[i][length - 1] == '+')) {
            i++;
            continue;
        }
        wchar_t *joined = join_path(words.names[i], length, words.names[i + 1]);
        free(words.names[i]);
        free(words.names[i + 1]);
        words.names[i] = joined;
        memmove(words.names + i + 1, words.names + i + 2, (words.count - i - 2) * sizeof *words.names);
        words.count--;
    }
    if (!only_switches(&words, L"abdvnyzl") || !words.count || words.count > 2) {
        result = words.switch_count && words.count && words.count <= 2 ? 1 : fail_syntax();
        free_words(&words);
        return result;
    }
    wchar_t *source = words.names[0];
    const BOOL joins = wcschr(source, '+') != NULL;
    const size_t first = wcscspn(source, L"+");
    wchar_t *implied = joins ? copy_chars(source, first) : copy_string(L".");
    struct job job = {.target = words.count > 1 ? words.names[1] : implied,
                      .overwrite = state.batch || !state.interactive || find_switch(&words, 'y'),
                      .show = joins || has_wildcard(source) || is_folder(source)};
    for (size_t i = 0; i < words.switch_count; i++)
        if (wcscmp(words.switches[i], L"/-y") == 0)
            job.overwrite = FALSE;
        else if (words.switches[i][1] == 'y')
            job.overwrite = TRUE;
    job.to_folder = names_folder(job.target);
    if (joins && words.count < 2)
        job.overwrite = TRUE;
    if (joins || is_device(source) || is_device(job.target)) {
        result = join_files(source, &job, find_switch(&words, 'b') || (!joins && !find_switch(&words, 'a')));
    } else {
        struct match *matches;
        wchar_t *pattern = is_folder(source) ? path_into(source, L"*") : copy_string(source);
        const size_t count = find_matches(pattern, &matches);
        BOOL any = FALSE;
        if (!job.to_folder && job.show && count > 1 && !has_wildcard(job.target)) {
            /* many into one file: as if joined */
            result = join_files(pattern, &job, find_switch(&words, 'b') != NULL);
        } else {
            for (size_t i = 0; i < count && !job.stop; i++) {
                if (matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
                    continue;
                any = TRUE;
                result |= copy_one(&job, matches[i].path, matches[i].entry.cFileName);
            }
            if (!any)
                result = fail_system(is_folder(source) || folder_length(source) == 0 ? ERROR_FILE_NOT_FOUND
                                     : GetLastError() == ERROR_PATH_NOT_FOUND        ? ERROR_PATH_NOT_FOUND
                                                                                     : ERROR_FILE_NOT_FOUND);
            else
                print(L"%9u file(s) copied.\r\n", job.done);
        }
        free_matches(matches, count);
        free(pattern);
    }
    free(implied);
    free_words(&words);
    return result;
}

/* ---- move */

static int move_one(struct job *job, const wchar_t *path, const wchar_t *name)
{
    wchar_t *target = target_of(job, name);
    int result = 0;
    if (job->show) {
        wchar_t *full = full_path(path);
        print(L"%ls\r\n", full);
        free(full);
    }
    if (may_replace(job, target)) {
        if (MoveFileExW(path, target, MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED))
            job->done++;
        else
            result = fail_system(GetLastError() == ERROR_FILE_NOT_FOUND ? ERROR_PATH_NOT_FOUND
                                                                        : GetLastError());
    }
    free(target);
    return result;
}

int command_move(const wchar_t *arguments)
{
    struct words words;
    int result = 0;
    read_copy_words(arguments, &words);
    if (!words.count || words.count > 2) {
        free_words(&words);
        return fail_syntax();
    }
    wchar_t *source = words.names[0];
    struct job job = {.target = words.count > 1 ? words.names[1] : L".",
                      .overwrite = state.batch || !state.interactive,
                      .show = has_wildcard(source)};
    for (size_t i = 0; i < words.switch_count; i++)
        if (wcscmp(words.switches[i], L"/-y") == 0)
            job.overwrite = FALSE;
        else if (words.switches[i][1] == 'y')
            job.overwrite = TRUE;
    job.to_folder = names_folder(job.target);
    const BOOL folder = is_folder(source);
    if (folder) {
        wchar_t *full = full_path(source);
        size_t length = wcslen(full);
        while (length > 3 && full[length - 1] == '\\')
            full[--length] = 0;
        result = move_one(&job, full, full + folder_length(full));
        if (!result)
            print(L"%9u dir(s) moved.\r\n", job.done);
        free(full);
    } else {
        struct match *matches;
        const size_t count = find_matches(source, &matches);
        BOOL any = FALSE;
        for (size_t i = 0; i < count && !job.stop; i++) {
            if (matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
                continue;
            any = TRUE;
            result |= move_one(&job, matches[i].path, matches[i].entry.cFileName);
        }
        if (!any)
            result = fail_system(ERROR_FILE_NOT_FOUND);
        else
            print(L"%9u file(s) moved.\r\n", job.done);
        free_matches(matches, count);
    }
    free_words(&words);
    return result;
}
