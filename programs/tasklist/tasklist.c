/*
 * tasklist.exe: the processes of the session, with filters, as a table, list or CSV.
 */
#include "../include/console.h"
#include "../include/tasks.h"

static enum { TABLE, LIST, CSV } format;
static BOOL no_header, verbose, modules;
static const wchar_t *module;

/* Modules of a process, joined with commas; empty unless one fits. */
static wchar_t *modules_of(DWORD process)
{
    MODULEENTRY32W entry = {.dwSize = sizeof entry};
    wchar_t *text = copy_string(L"");
    const HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE | TH32CS_SNAPMODULE32, process);
    if (snapshot == INVALID_HANDLE_VALUE)
        return text;
    for (BOOL more = Module32FirstW(snapshot, &entry); more; more = Module32NextW(snapshot, &entry)) {
        if (*module && !task_name_fits(entry.szModule, module))
            continue;
        const size_t length = wcslen(text);
        text = resize(text, (length + wcslen(entry.szModule) + 3) * sizeof *text);
        if (length)
            wcscat(text, L", ");
        wcscat(text, entry.szModule);
    }
    CloseHandle(snapshot);
    return text;
}

static void group(SIZE_T number, wchar_t *to)
{
    wchar_t digits[32];
    const int length = _snwprintf(digits, ARRAYSIZE(digits), L"%I64u", (unsigned __int64)number);
    int n = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            to[n++] = ',';
        to[n++] = digits[i];
    }
    to[n] = 0;
}

static unsigned row;

static void show(const struct task *task)
{
    wchar_t memory[40], time[32];
    wchar_t *list = modules ? modules_of(task->id) : NULL;
    if (modules && *module && !*list) {
        free(list);
        return;
    }
    group(task->memory / 1024, memory);
    _snwprintf(time, ARRAYSIZE(time), L"%u:%02u:%02u", task->seconds / 3600, task->seconds / 60 % 60,
               task->seconds % 60);
    if (format == LIST) {
        print(L"\r\nImage Name:   %ls\r\nPID:          %lu\r\n", task->name, task->id);
        if (modules)
            print(L"Modules:      %ls\r\n", list);
        else
            print(L"Session Name: Console\r\nSession#:     %lu\r\nMem Usage:    %ls K\r\n", task->session,
                  memory);
        if (verbose)
            print(L"Status:       Running\r\nUser Name:    %ls\r\nCPU Time:     %ls\r\nWindow Title: N/A\r\n",
                  task->user, time);
    } else if (format == CSV) {
        if (!row && !no_header)
            print(modules   ? L"\"Image Name\",\"PID\",\"Modules\"\r\n"
                  : verbose ? L"\"Image Name\",\"PID\",\"Session Name\",\"Session#\",\"Mem "
                              L"Usage\",\"Status\",\"User Name\","
                              L"\"CPU Time\",\"Window Title\"\r\n"
                            : L"\"Image Name\",\"PID\",\"Session Name\",\"Session#\",\"Mem Usage\"\r\n");
        print(L"\"%ls\",\"%lu\",", task->name, task->id);
        if (modules)
            print(L"\"%ls\"", list);
        else
            print(L"\"Console\",\"%lu\",\"%ls K\"", task->session, memory);
        if (verbose)
            print(L",\"Running\",\"%ls\",\"%ls\",\"N/A\"", task->user, time);
        print(L"\r\n");
    } else {
        if (!row && !no_header) {
            print(
                modules
                    ? L"\r\nImage Name                     PID Modules                                     "
                      L"\r\n"
                      L"========================= ======== ============================================\r\n"
                : verbose
                    ? L"\r\nImage Name                     PID Session Name        Session#    Mem Usage "
                      L"Status      "
                      L"    User Name                                              CPU Time Window Title\r\n"
                      L"========================= ======== ================ =========== ============ "
                      L"==========="
                      L"==== ================================================== ============ ============\r\n"
                    : L"\r\nImage Name                     PID Session Name        Session#    Mem Usage\r\n"
                      L"========================= ======== ================ =========== ============\r\n");
        }
        if (modules)
            print(L"%-25.25ls %8lu %ls\r\n", task->name, task->id, list);
        else if (verbose)
            print(L"%-25.25ls %8lu %-16ls %11lu %10ls K %-15ls %-50.50ls %12ls N/A\r\n", task->name, task->id,
                  L"Console", task->session, memory, L"Running", task->user, time);
        else
            print(L"%-25.25ls %8lu %-16ls %11lu %10ls K\r\n", task->name, task->id, L"Console", task->session,
                  memory);
    }
    row++;
    free(list);
}

int wmain(int argc, wchar_t **argv)
{
    for (int i = 1; i < argc; i++) {
        const BOOL has_value = i + 1 < argc && argv[i + 1][0] != '/';
        if (!_wcsicmp(argv[i], L"/fo") && has_value) {
            i++;
            format = !_wcsicmp(argv[i], L"csv") ? CSV : !_wcsicmp(argv[i], L"list") ? LIST : TABLE;
        } else if (!_wcsicmp(argv[i], L"/fi") && has_value) {
            if (!add_task_filter(argv[++i])) {
                complain(L"ERROR: The search filter cannot be recognized.\r\n");
                return 1;
            }
        } else if (!_wcsicmp(argv[i], L"/nh")) {
            no_header = TRUE;
        } else if (!_wcsicmp(argv[i], L"/v")) {
            verbose = TRUE;
        } else if (!_wcsicmp(argv[i], L"/m")) {
            modules = TRUE;
            module = has_value ? argv[++i] : L"";
        } else if (!_wcsicmp(argv[i], L"/svc") || !_wcsicmp(argv[i], L"/apps")) {
            /* there are no services and no packaged applications */
        } else if (!wcscmp(argv[i], L"/?")) {
            print(L"TASKLIST [/M [module] | /SVC | /V] [/FI filter] [/FO TABLE | LIST | CSV] [/NH]\r\n");
            return 0;
        } else {
            complain(L"ERROR: Invalid argument/option - '%ls'.\r\nType \"TASKLIST /?\" for usage.\r\n",
                     argv[i]);
            return 1;
        }
    }
    struct task *tasks;
    const size_t count = list_tasks(&tasks);
    for (size_t i = 0; i < count; i++)
        if (task_fits(&tasks[i]))
            show(&tasks[i]);
    free(tasks);
    if (!row)
        print(L"INFO: No tasks are running which match the specified criteria.\r\n");
    return 0;
}
