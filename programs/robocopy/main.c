/*
 * robocopy.exe: makes a folder like another one. The exit status is a set of bits, see robocopy.h.
 */
#include "robocopy.h"

static HANDLE log_file = INVALID_HANDLE_VALUE;

void report(const wchar_t *format, ...)
{
    wchar_t text[2048];
    va_list arguments;
    va_start(arguments, format);
    _vsnwprintf(text, ARRAYSIZE(text) - 1, format, arguments);
    va_end(arguments);
    text[ARRAYSIZE(text) - 1] = 0;
    if (log_file == INVALID_HANDLE_VALUE || options.tee)
        write_to(STD_OUTPUT_HANDLE, text, wcslen(text));
    if (log_file != INVALID_HANDLE_VALUE) {
        char narrow[sizeof text * 2];
        DWORD done;
        const int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, sizeof narrow, NULL, NULL);
        if (size > 1)
            WriteFile(log_file, narrow, (DWORD)size - 1, &done, NULL);
    }
}

static void report_line(void)
{
    report(L"------------------------------------------------------------------------------\r\n");
}

static void report_time(const wchar_t *title)
{
    wchar_t date[128], time[64];
    GetDateFormatW(LOCALE_USER_DEFAULT, DATE_LONGDATE, NULL, NULL, date, ARRAYSIZE(date));
    GetTimeFormatW(LOCALE_USER_DEFAULT, 0, NULL, NULL, time, ARRAYSIZE(time));
    report(L"%ls : %ls %ls\r\n", title, date, time);
}

static void report_header(void)
{
    report(L"\r\n");
    report_line();
    report(L"   ROBOCOPY     ::     Robust File Copy for Windows\r\n");
    report_line();
    report(L"\r\n");
    report_time(L"  Started");
    report(L"   Source : %ls\\\r\n     Dest : %ls\\\r\n\r\n    Files :", options.source, options.target);
    for (size_t i = 0; i < options.files.count; i++)
        report(L" %ls\r\n", options.files.texts[i]);
    report(L"\r\n");
    report_line();
    report(L"\r\n");
}

static void report_row(const wchar_t *title, const ULONGLONG *numbers)
{
    report(L"%ls", title);
    for (int i = 0; i < COLUMNS; i++)
        report(L"%10I64u", numbers[i]);
    report(L"\r\n");
}

static void report_summary(void)
{
    report(L"\r\n");
    report_line();
    report(L"\r\n               Total    Copied   Skipped  Mismatch    FAILED    Extras\r\n");
    report_row(L"    Dirs :", folders);
    report_row(L"   Files :", files);
    report_row(L"   Bytes :", bytes);
    report_time(L"   Ended");
    report(L"\r\n");
}

/* Without the backslash at the end, but of a root. */
static void trim(wchar_t *path)
{
    const size_t length = wcslen(path);
    if (length > 3 && path[length - 1] == '\\')
        path[length - 1] = 0;
}

int wmain(int argc, wchar_t **argv)
{
    int status = read_arguments(argc, argv);
    if (status)
        return status;
    trim(options.source);
    trim(options.target);
    if (options.log) {
        log_file = CreateFileW(options.log, FILE_APPEND_DATA, FILE_SHARE_READ, NULL,
                               options.log_appends ? OPEN_ALWAYS : CREATE_ALWAYS, 0, NULL);
        if (log_file == INVALID_HANDLE_VALUE) {
            print(L"ERROR %lu Opening Log File %ls\r\n", GetLastError(), options.log);
            return STATUS_FATAL;
        }
    }
    if (!options.no_header)
        report_header();
    if (!is_folder(options.source)) {
        report(L"ERROR 2 (0x00000002) Accessing Source Directory %ls\\\r\n"
               L"The system cannot find the file specified.\r\n",
               options.source);
        return STATUS_FATAL;
    }
    copy_folder(options.source, options.target, 1);
    if (!options.no_summary)
        report_summary();
    if (files[COPIED])
        status |= STATUS_COPIED;
    if (files[EXTRAS] || folders[EXTRAS])
        status |= STATUS_EXTRAS;
    if (files[MISMATCH])
        status |= STATUS_MISMATCH;
    if (files[FAILURES] || folders[FAILURES])
        status |= STATUS_FAILED;
    return status;
}
