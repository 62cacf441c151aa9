/*
 * forfiles.exe: a command for each file that matches a mask and a date.
 */
#include "../include/console.h"

static const wchar_t *mask = L"*", *command = L"cmd /c echo @file", *date;
static BOOL tree;
static unsigned found;

/* FILETIME of midnight, some days from now or on a date (MM/DD/YYYY). */
static BOOL read_date(const wchar_t *text, FILETIME *ret_limit)
{
    SYSTEMTIME day;
    FILETIME local;
    ULARGE_INTEGER number;
    int month, mday, year;
    GetLocalTime(&day);
    day.wHour = day.wMinute = day.wSecond = day.wMilliseconds = 0;
    if (swscanf(text + wcscspn(text, L"0123456789"), L"%d/%d/%d", &month, &mday, &year) == 3) {
        day.wMonth = (WORD)month;
        day.wDay = (WORD)mday;
        day.wYear = (WORD)year;
    }
    if (!SystemTimeToFileTime(&day, &local))
        return FALSE;
    if (!wcschr(text, '/')) {
        number.LowPart = local.dwLowDateTime;
        number.HighPart = local.dwHighDateTime;
        number.QuadPart += (ULONGLONG)((LONGLONG)wcstol(text, NULL, 10) * 864000000000LL);
        local.dwLowDateTime = number.LowPart;
        local.dwHighDateTime = number.HighPart;
    }
    return LocalFileTimeToFileTime(&local, ret_limit);
}

/* "+": last written on that day or later, "-": on that day or before. */
static BOOL date_fits(const FILETIME *written)
{
    FILETIME limit;
    if (!date || !read_date(date, &limit))
        return TRUE;
    if (*date != '-')
        return CompareFileTime(written, &limit) >= 0;
    ULARGE_INTEGER number = {.LowPart = limit.dwLowDateTime, .HighPart = limit.dwHighDateTime};
    number.QuadPart += 864000000000ULL;
    limit.dwLowDateTime = number.LowPart;
    limit.dwHighDateTime = number.HighPart;
    return CompareFileTime(written, &limit) < 0;
}

static wchar_t *quoted(const wchar_t *text)
{
    wchar_t *copy = allocate((wcslen(text) + 3) * sizeof *copy);
    wcscpy(copy, L"\"");
    wcscat(copy, text);
    return wcscat(copy, L"\"");
}

/* The value of @name; NULL if there is no such name. The longest name that fits counts. */
static wchar_t *value_of(const wchar_t *p, const WIN32_FIND_DATAW *entry, const wchar_t *full,
                         const wchar_t *relative, size_t *ret_length)
{
    static const wchar_t *const names[] = {L"relpath", L"fname", L"fsize", L"isdir", L"fdate",
                                           L"ftime",   L"file",  L"path",  L"ext"};
    wchar_t buffer[MAX_PATH];
    size_t which = 0;
    SYSTEMTIME time;
    FILETIME local;
    while (which < ARRAYSIZE(names) && _wcsnicmp(p, names[which], wcslen(names[which])) != 0)
        which++;
    if (which == ARRAYSIZE(names))
        return NULL;
    *ret_length = wcslen(names[which]);
    const wchar_t *dot = wcsrchr(entry->cFileName, '.');
    FileTimeToLocalFileTime(&entry->ftLastWriteTime, &local);
    FileTimeToSystemTime(&local, &time);
    switch (which) {
    case 0: return quoted(relative);
    case 1:
        wcscpy(buffer, entry->cFileName);
        if (dot)
            buffer[dot - entry->cFileName] = 0;
        return quoted(buffer);
    case 2:
        _snwprintf(buffer, ARRAYSIZE(buffer), L"%I64u",
                   (unsigned __int64)entry->nFileSizeHigh << 32 | entry->nFileSizeLow);
        break;
    case 3: return copy_string(entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? L"TRUE" : L"FALSE");
    case 4: _snwprintf(buffer, ARRAYSIZE(buffer), L"%d/%d/%04d", time.wMonth, time.wDay, time.wYear); break;
    case 5:
        _snwprintf(buffer, ARRAYSIZE(buffer), L"%d:%02d:%02d %ls", time.wHour % 12 ? time.wHour % 12 : 12,
                   time.wMinute, time.wSecond, time.wHour < 12 ? L"AM" : L"PM");
        break;
    case 6: return quoted(entry->cFileName);
    case 7: return quoted(full);
    default: return quoted(dot ? dot + 1 : L"");
    }
    return copy_string(buffer);
}

/* The command with its @names and 0xHH characters replaced. */
static wchar_t *fill_in(const WIN32_FIND_DATAW *entry, const wchar_t *full, const wchar_t *relative)
{
    size_t room = wcslen(command) + 1, n = 0, length;
    wchar_t *line = allocate(room * sizeof *line);
    for (const wchar_t *p = command; *p;) {
        wchar_t one[2] = {*p, 0}, *value = *p == '@' ? value_of(p + 1, entry, full, relative, &length) : NULL;
        if (value) {
            p += length + 1;
        } else if (p[0] == '0' && (p[1] | 32) == 'x' && iswxdigit(p[2]) && iswxdigit(p[3])) {
            const wchar_t digits[3] = {p[2], p[3], 0};
            one[0] = (wchar_t)wcstoul(digits, NULL, 16);
            p += 4;
        } else {
            p++;
        }
        const wchar_t *add = value ? value : one;
        room += wcslen(add);
        line = resize(line, room * sizeof *line);
        wcscpy(line + n, add);
        n += wcslen(add);
        free(value);
    }
    return line;
}

static void run(const wchar_t *folder, const WIN32_FIND_DATAW *entry, const wchar_t *relative)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    wchar_t *full = join_path(folder, wcslen(folder), entry->cFileName),
            *line = fill_in(entry, full, relative);
    found++;
    if (CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, folder, &startup, &process)) {
        WaitForSingleObject(process.hProcess, INFINITE);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    } else {
        complain(L"ERROR: %ls\r\n", error_text(GetLastError()));
    }
    free(line);
    free(full);
}

static BOOL fits(const wchar_t *name, const wchar_t *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            for (; *name; name++)
                if (fits(name, pattern + 1))
                    return TRUE;
            continue;
        }
        if (*pattern == '.' && !*name && (!pattern[1] || !wcscmp(pattern, L".*")))
            return TRUE;
        if (!*name || (*pattern != '?' && towupper(*pattern) != towupper(*name)))
            return FALSE;
        name++;
    }
    return !*name;
}

static void walk(const wchar_t *folder, const wchar_t *relative)
{
    WIN32_FIND_DATAW *list;
    wchar_t *pattern = join_path(folder, wcslen(folder), L"*");
    const size_t count = list_files(pattern, &list);
    free(pattern);
    for (size_t i = 0; i < count; i++) {
        wchar_t *path = join_path(relative, wcslen(relative), list[i].cFileName);
        if (fits(list[i].cFileName, mask) && date_fits(&list[i].ftLastWriteTime))
            run(folder, &list[i], path);
        if (tree && list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY &&
            !(list[i].dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)) {
            wchar_t *below = join_path(folder, wcslen(folder), list[i].cFileName);
            walk(below, path);
            free(below);
        }
        free(path);
    }
    free(list);
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *root = L".";
    for (int i = 1; i < argc; i++) {
        const wchar_t **place = switch_value(argv[i], L"p")   ? &root
                                : switch_value(argv[i], L"m") ? &mask
                                : switch_value(argv[i], L"c") ? &command
                                : switch_value(argv[i], L"d") ? &date
                                                              : NULL;
        if (switch_value(argv[i], L"s")) {
            tree = TRUE;
        } else if (place && argv[i][2]) {
            *place = argv[i] + 3;
        } else if (place && i + 1 < argc) {
            *place = argv[++i];
        } else if (!wcscmp(argv[i], L"/?")) {
            print(L"FORFILES [/P pathname] [/M searchmask] [/S] [/C command] [/D [+ | -] {MM/dd/yyyy | "
                  L"dd}]\r\n");
            return 0;
        } else {
            complain(L"ERROR: Invalid argument/option - '%ls'.\r\nType \"FORFILES /?\" for usage.\r\n",
                     argv[i]);
            return 1;
        }
    }
    wchar_t *full = full_path(root);
    const size_t length = wcslen(full);
    if (length > 3 && full[length - 1] == '\\')
        full[length - 1] = 0;
    if (!is_folder(full)) {
        complain(L"ERROR: The directory name is invalid.\r\n");
        return 1;
    }
    print(L"\r\n");
    walk(full, L".");
    free(full);
    if (!found)
        complain(date ? L"ERROR: No files found with the specified search criteria.\r\n"
                      : L"ERROR: Files of type \"%ls\" not found.\r\n",
                 mask);
    return !found;
}
