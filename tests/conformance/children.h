/*
 * Children of a test: the same program once more, in which a CHILD(name) takes over. The format gives its
 * name and arguments.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include "harness.h"

__attribute__((format(printf, 5, 6))) static inline BOOL start_with(PROCESS_INFORMATION *ret,
                                                                    STARTUPINFOA *info, BOOL inherit,
                                                                    DWORD flags, const char *format, ...)
{
    char path[MAX_PATH], rest[1024], line[1536];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rest, sizeof rest, format, arguments);
    va_end(arguments);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, rest);
    info->cb = sizeof *info;
    return CreateProcessA(NULL, line, NULL, NULL, inherit, flags, NULL, NULL, info, ret);
}

#define start(ret, inherit, flags, ...) start_with(ret, &(STARTUPINFOA){0}, inherit, flags, __VA_ARGS__)

/* Waits for its end and closes the handles; the exit code. */
static inline DWORD finish(PROCESS_INFORMATION *process)
{
    DWORD code = 0xdeadbeef;
    CHECK_EQ(WaitForSingleObject(process->hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process->hProcess, &code));
    CloseHandle(process->hThread);
    CloseHandle(process->hProcess);
    return code;
}

/* Both; the exit code. */
static inline DWORD run_child(const char *name)
{
    PROCESS_INFORMATION process;
    if (!start(&process, FALSE, 0, "%s", name)) {
        FAIL("CreateProcess: %lu", GetLastError());
        return 0xdeadbeef;
    }
    return finish(&process);
}

/* A name of this run; it is good until 16 more were made. */
static inline const char *name_of_run(const char *prefix, const char *stem)
{
    static char names[16][96];
    static int next;
    char *text = names[next++ % 16];
    snprintf(text, sizeof names[0], "%s%lu-%s", prefix, GetCurrentProcessId(), stem);
    return text;
}

#endif
