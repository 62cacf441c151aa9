/*
 * The processes of the session and the filters of tasklist and taskkill.
 */
#ifndef PROGRAMS_TASKS_H
#define PROGRAMS_TASKS_H

#include "console.h"

#include <psapi.h>
#include <tlhelp32.h>

struct task {
    DWORD id, parent, session, seconds; /* of processor time */
    SIZE_T memory;
    wchar_t name[MAX_PATH], user[520];
};

enum task_field {
    FIELD_NAME,
    FIELD_ID,
    FIELD_SESSION,
    FIELD_MEMORY,
    FIELD_TIME,
    FIELD_USER,
    FIELD_STATUS,
    FIELD_OTHER
};
enum task_order { EQUAL, NOT_EQUAL, GREATER, LESS, NOT_LESS, NOT_GREATER };

static struct {
    enum task_field field;
    enum task_order order;
    wchar_t value[260];
} task_filters[32];
static size_t task_filter_count;

/* Stars stand for any text at the ends. */
HELPER BOOL task_name_fits(const wchar_t *name, const wchar_t *pattern)
{
    for (; *pattern; pattern++, name++) {
        if (*pattern == '*') {
            do
                if (task_name_fits(name, pattern + 1))
                    return TRUE;
            while (*name++);
            return FALSE;
        }
        if (!*name || towlower(*name) != towlower(*pattern))
            return FALSE;
    }
    return !*name;
}

/* "FIELD op value" */
HELPER BOOL add_task_filter(const wchar_t *text)
{
    static const struct {
        const wchar_t *name;
        enum task_field field;
    } fields[] = {{L"imagename", FIELD_NAME},    {L"pid", FIELD_ID},
                  {L"session", FIELD_SESSION},   {L"memusage", FIELD_MEMORY},
                  {L"cputime", FIELD_TIME},      {L"username", FIELD_USER},
                  {L"status", FIELD_STATUS},     {L"sessionname", FIELD_OTHER},
                  {L"windowtitle", FIELD_OTHER}, {L"services", FIELD_OTHER},
                  {L"modules", FIELD_OTHER}};
    static const wchar_t *const orders[] = {L"eq", L"ne", L"gt", L"lt", L"ge", L"le"};
    wchar_t field[32], order[8];
    int used = 0;
    if (swscanf(text, L"%31ls %7ls %n", field, order, &used) < 2 || !used ||
        task_filter_count == ARRAYSIZE(task_filters))
        return FALSE;
    size_t f = 0, o = 0;
    while (f < ARRAYSIZE(fields) && _wcsicmp(field, fields[f].name))
        f++;
    while (o < ARRAYSIZE(orders) && _wcsicmp(order, orders[o]))
        o++;
    if (f == ARRAYSIZE(fields) || o == ARRAYSIZE(orders))
        return FALSE;
    task_filters[task_filter_count].field = fields[f].field;
    task_filters[task_filter_count].order = (enum task_order)o;
    _snwprintf(task_filters[task_filter_count].value, 259, L"%ls", text + used);
    task_filter_count++;
    return TRUE;
}

static BOOL order_holds(enum task_order order, BOOL equal, BOOL greater)
{
    switch (order) {
    case EQUAL: return equal;
    case NOT_EQUAL: return !equal;
    case GREATER: return greater;
    case LESS: return !equal && !greater;
    case NOT_LESS: return equal || greater;
    default: return !greater;
    }
}

/* All filters must hold. Windows, services and modules are nobody's. */
HELPER BOOL task_fits(const struct task *task)
{
    for (size_t i = 0; i < task_filter_count; i++) {
        const wchar_t *value = task_filters[i].value;
        const enum task_order order = task_filters[i].order;
        unsigned long long number = 0, wanted = wcstoul(value, NULL, 10);
        unsigned h, m, s;
        BOOL good;
        switch (task_filters[i].field) {
        case FIELD_NAME: good = order_holds(order, task_name_fits(task->name, value), FALSE); break;
        case FIELD_USER: {
            const wchar_t *own = wcschr(task->user, '\\');
            good = order_holds(
                order, task_name_fits(task->user, value) || (own && task_name_fits(own + 1, value)), FALSE);
            break;
        }
        case FIELD_STATUS: good = order_holds(order, !_wcsicmp(value, L"running"), FALSE); break;
        case FIELD_OTHER: good = order == NOT_EQUAL || !wcscmp(value, L"N/A"); break;
        default:
            if (task_filters[i].field == FIELD_TIME && swscanf(value, L"%u:%u:%u", &h, &m, &s) == 3)
                wanted = h * 3600ull + m * 60 + s;
            number = task_filters[i].field == FIELD_ID        ? task->id
                     : task_filters[i].field == FIELD_SESSION ? task->session
                     : task_filters[i].field == FIELD_TIME    ? task->seconds
                                                              : task->memory / 1024;
            good = order_holds(order, number == wanted, number > wanted);
        }
        if (!good)
            return FALSE;
    }
    return TRUE;
}

static void describe_task(struct task *task)
{
    const HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, task->id);
    HANDLE token;
    wcscpy(task->user, L"N/A");
    ProcessIdToSessionId(task->id, &task->session);
    if (!process)
        return;
    PROCESS_MEMORY_COUNTERS memory = {.cb = sizeof memory};
    FILETIME created, ended, kernel, user;
    if (GetProcessMemoryInfo(process, &memory, sizeof memory))
        task->memory = memory.WorkingSetSize;
    if (GetProcessTimes(process, &created, &ended, &kernel, &user))
        task->seconds = (DWORD)((((ULONGLONG)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime) +
                                 ((ULONGLONG)user.dwHighDateTime << 32 | user.dwLowDateTime)) /
                                10000000);
    if (OpenProcessToken(process, TOKEN_QUERY, &token)) {
        union {
            TOKEN_USER user;
            char room[256];
        } data;
        DWORD size;
        wchar_t name[256], domain[256];
        DWORD name_room = ARRAYSIZE(name), domain_room = ARRAYSIZE(domain);
        SID_NAME_USE use;
        if (GetTokenInformation(token, TokenUser, &data, sizeof data, &size) &&
            LookupAccountSidW(NULL, data.user.User.Sid, name, &name_room, domain, &domain_room, &use))
            _snwprintf(task->user, ARRAYSIZE(task->user) - 1, L"%ls\\%ls", domain, name);
        CloseHandle(token);
    }
    CloseHandle(process);
}

/* All processes; the caller frees the list. */
HELPER size_t list_tasks(struct task **ret_tasks)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    struct task *tasks = NULL;
    size_t count = 0;
    const HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot != INVALID_HANDLE_VALUE) {
        for (BOOL more = Process32FirstW(snapshot, &entry); more; more = Process32NextW(snapshot, &entry)) {
            tasks = resize(tasks, (count + 1) * sizeof *tasks);
            memset(&tasks[count], 0, sizeof *tasks);
            tasks[count].id = entry.th32ProcessID;
            tasks[count].parent = entry.th32ParentProcessID;
            wcscpy(tasks[count].name, entry.szExeFile);
            describe_task(&tasks[count++]);
        }
        CloseHandle(snapshot);
    }
    *ret_tasks = tasks;
    return count;
}

#endif
