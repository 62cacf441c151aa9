/*
 * taskkill.exe: ends processes by number, name or filter, with their children if asked to.
 */
#include "../include/console.h"
#include "../include/tasks.h"

static BOOL with_children;
static struct task *tasks;
static size_t count;
static unsigned failed;

/* A polite request reaches only programs with windows; console programs are ended with force, as here all
 * are. */
static void end_task(const struct task *task, const struct task *parent)
{
    const HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, task->id);
    if (with_children)
        for (size_t i = 0; i < count; i++)
            if (tasks[i].parent == task->id && tasks[i].id != task->id &&
                tasks[i].id != GetCurrentProcessId())
                end_task(&tasks[i], task);
    if (!process || !TerminateProcess(process, 1)) {
        const DWORD error = GetLastError();
        if (error == ERROR_INVALID_PARAMETER)
            complain(L"ERROR: The process \"%lu\" not found.\r\n", task->id);
        else
            complain(L"ERROR: The process \"%ls\" with PID %lu could not be terminated.\r\nReason: %ls\r\n",
                     task->name, task->id, error_text(error));
        failed++;
    } else if (parent) {
        print(L"SUCCESS: The process with PID %lu (child process of PID %lu) has been terminated.\r\n",
              task->id, parent->id);
    } else {
        if (with_children)
            print(L"SUCCESS: The process with PID %lu has been terminated.\r\n", task->id);
        else
            print(L"SUCCESS: The process \"%ls\" with PID %lu has been terminated.\r\n", task->name,
                  task->id);
    }
    if (process)
        CloseHandle(process);
}

static int usage_error(const wchar_t *text)
{
    complain(L"ERROR: %ls\r\nType \"TASKKILL /?\" for usage.\r\n", text);
    return 1;
}

int wmain(int argc, wchar_t **argv)
{
    struct {
        const wchar_t *text;
        BOOL number;
    } wanted[64];
    size_t wanted_count = 0;
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/f")) {
            continue; /* the only way there is, see end_task */
        } else if (!_wcsicmp(argv[i], L"/t")) {
            with_children = TRUE;
        } else if (!wcscmp(argv[i], L"/?")) {
            print(L"TASKKILL [/FI filter] [/PID processid | /IM imagename] [/T] [/F]\r\n");
            return 0;
        } else if (i + 1 < argc && (!_wcsicmp(argv[i], L"/pid") || !_wcsicmp(argv[i], L"/im"))) {
            if (wanted_count == ARRAYSIZE(wanted))
                return usage_error(L"Too many processes.");
            wanted[wanted_count].number = towlower(argv[i][1]) == 'p';
            wanted[wanted_count++].text = argv[++i];
        } else if (i + 1 < argc && !_wcsicmp(argv[i], L"/fi")) {
            if (!add_task_filter(argv[++i]))
                return usage_error(L"The search filter cannot be recognized.");
        } else {
            complain(L"ERROR: Invalid argument/option - '%ls'.\r\nType \"TASKKILL /?\" for usage.\r\n",
                     argv[i]);
            return 1;
        }
    }
    if (!wanted_count && !task_filter_count)
        return usage_error(L"Invalid syntax. Neither /FI nor /PID nor /IM were specified.");
    count = list_tasks(&tasks);
    if (!wanted_count)
        wanted[wanted_count++].text = L"*", wanted[0].number = FALSE;
    int status = 0;
    for (size_t w = 0; w < wanted_count; w++) {
        BOOL found = FALSE;
        for (size_t i = 0; i < count; i++) {
            const BOOL fits = wanted[w].number ? tasks[i].id == wcstoul(wanted[w].text, NULL, 10)
                                               : task_name_fits(tasks[i].name, wanted[w].text);
            if (!fits || !task_fits(&tasks[i]) || (!wanted[w].number && tasks[i].id == GetCurrentProcessId()))
                continue;
            found = TRUE;
            end_task(&tasks[i], NULL);
        }
        if (!found && task_filter_count) {
            print(L"INFO: No tasks running with the specified criteria.\r\n");
        } else if (!found) {
            complain(L"ERROR: The process \"%ls\" not found.\r\n", wanted[w].text);
            status = 128;
        }
    }
    free(tasks);
    return status ? status : failed ? 1 : 0;
}
