/*
 * dir: long, wide and bare listings, attributes, order, subfolders.
 */
#include "cmd.h"
#include <aclapi.h>

struct listing {
    BOOL bare, wide, columns, tree, lower, owner, short_names, no_separator, two_digits, paged, streams;
    struct attributes attributes;
    BOOL filtered;
    wchar_t order[16], time; /* time: w, c or a */
    unsigned files, folders; /* of all that was listed */
    unsigned long long bytes;
    unsigned lines; /* since the last pause */
    BOOL any;
};

static struct listing listing;

static unsigned long long size_of(const WIN32_FIND_DATAW *entry)
{
    return (unsigned long long)entry->nFileSizeHigh << 32 | entry->nFileSizeLow;
}

static const FILETIME *time_of(const WIN32_FIND_DATAW *entry)
{
    return listing.time == 'c'   ? &entry->ftCreationTime
           : listing.time == 'a' ? &entry->ftLastAccessTime
                                 : &entry->ftLastWriteTime;
}

/* ---- order */

static int compare_one(wchar_t key, const WIN32_FIND_DATAW *a, const WIN32_FIND_DATAW *b)
{
    switch (key) {
    case 'n': return lstrcmpiW(a->cFileName, b->cFileName);
    case 'e': {
        const wchar_t *first = wcsrchr(a->cFileName, '.'), *second = wcsrchr(b->cFileName, '.');
        return lstrcmpiW(first ? first : L"", second ? second : L"");
    }
    case 's': {
        const unsigned long long x = size_of(a), y = size_of(b);
        return x < y ? -1 : x > y;
    }
    case 'd': return CompareFileTime(time_of(a), time_of(b));
    case 'g':
        return ((a->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0) -
               ((b->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0);
    default: return 0;
    }
}

static int compare_entries(const void *a, const void *b)
{
    const WIN32_FIND_DATAW *x = &((const struct match *)a)->entry, *y = &((const struct match *)b)->entry;
    for (const wchar_t *p = listing.order; *p; p++) {
        const BOOL reverse = *p == '-';
        if (reverse && !*++p)
            break;
        const int order = compare_one(*p, x, y);
        if (order)
            return reverse ? -order : order;
    }
    return *listing.order ? lstrcmpiW(x->cFileName, y->cFileName) : 0;
}

static BOOL is_wanted(const WIN32_FIND_DATAW *entry)
{
    const DWORD attributes = entry->dwFileAttributes;
    if (!listing.filtered)
        return !(attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM));
    return (attributes & listing.attributes.wanted) == listing.attributes.wanted &&
           !(attributes & listing.attributes.unwanted);
}

/* ---- lines */

static void end_line(void)
{
    CONSOLE_SCREEN_BUFFER_INFO screen;
    print(L"\r\n");
    if (!listing.paged || !GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &screen) ||
        ++listing.lines < (unsigned)(screen.srWindow.Bottom - screen.srWindow.Top))
        return;
    listing.lines = 0;
    command_pause(L"");
}

/* 1234567 as 1,234,567 */
static const wchar_t *grouped(unsigned long long number, wchar_t *to)
{
    wchar_t digits[32];
    const int length = _snwprintf(digits, ARRAYSIZE(digits), L"%I64u", number);
    int n = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0 && !listing.no_separator)
            to[n++] = ',';
        to[n++] = digits[i];
    }
    to[n] = 0;
    return to;
}

/* The owner as DOMAIN\name, or "..." */
static void owner_of(const wchar_t *path, wchar_t *to, size_t room)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner;
    wchar_t name[256], domain[256];
    DWORD name_room = ARRAYSIZE(name), domain_room = ARRAYSIZE(domain);
    SID_NAME_USE use;
    wcscpy(to, L"...");
    if (GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
                              &descriptor))
        return;
    if (LookupAccountSidW(NULL, owner, name, &name_room, domain, &domain_room, &use)) {
        _snwprintf(to, room, L"%ls\\%ls", domain, name);
        to[room - 1] = 0;
    }
    LocalFree(descriptor);
}

static const wchar_t *shown_name(const WIN32_FIND_DATAW *entry, wchar_t *to)
{
    wcscpy(to, entry->cFileName);
    return listing.lower ? _wcslwr(to) : to;
}

static void print_streams(const wchar_t *path, const wchar_t *name)
{
    WIN32_FIND_STREAM_DATA stream;
    wchar_t number[40];
    const HANDLE find = FindFirstStreamW(path, FindStreamInfoStandard, &stream, 0);
    if (find == INVALID_HANDLE_VALUE)
        return;
    do {
        if (wcscmp(stream.cStreamName, L"::$DATA") == 0)
            continue;
        print(L"%36ls %ls%ls", grouped((unsigned long long)stream.StreamSize.QuadPart, number), name,
              stream.cStreamName);
        end_line();
    } while (FindNextStreamW(find, &stream));
    FindClose(find);
}

static void print_long(const struct match *match)
{
    const WIN32_FIND_DATAW *entry = &match->entry;
    wchar_t number[40], name[MAX_PATH], owner[512];
    SYSTEMTIME time;
    FILETIME local;
    FileTimeToLocalFileTime(time_of(entry), &local);
    FileTimeToSystemTime(&local, &time);
    if (listing.two_digits)
        print(L"%02d/%02d/%02d", time.wMonth, time.wDay, time.wYear % 100);
    else
        print(L"%02d/%02d/%04d", time.wMonth, time.wDay, time.wYear);
    print(L"  %02d:%02d %ls ", time.wHour % 12 ? time.wHour % 12 : 12, time.wMinute,
          time.wHour < 12 ? L"AM" : L"PM");
    const BOOL folder = (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    const BOOL link = (entry->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    const BOOL junction = link && entry->dwReserved0 == IO_REPARSE_TAG_MOUNT_POINT;
    if (folder || link)
        print(L"   %-14ls ", junction ? L"<JUNCTION>"
                             : link   ? folder ? L"<SYMLINKD>" : L"<SYMLINK>"
                                      : L"<DIR>");
    else
        print(L"%17ls ", grouped(size_of(entry), number));
    if (listing.short_names)
        print(L"%-12ls ", entry->cAlternateFileName);
    if (listing.owner) {
        owner_of(match->path, owner, ARRAYSIZE(owner));
        print(L"%-22ls ", owner);
    }
    print(L"%ls", shown_name(entry, name));
    if (link) {
        wchar_t target[PATH_ROOM];
        const HANDLE file = CreateFileW(match->path, 0,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                        OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
        if (file != INVALID_HANDLE_VALUE) {
            if (GetFinalPathNameByHandleW(file, target, ARRAYSIZE(target), 0))
                print(L" [%ls]", wcsncmp(target, L"\\\\?\\", 4) == 0 ? target + 4 : target);
            CloseHandle(file);
        }
    }
    end_line();
    if (listing.streams)
        print_streams(match->path, name);
}

/* Several names a line, across with /w, down the columns with /d. */
static void print_wide(const struct match *matches, size_t count)
{
    CONSOLE_SCREEN_BUFFER_INFO screen;
    size_t width = 1, line = 80;
    for (size_t i = 0; i < count; i++) {
        const BOOL folder = (matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        const size_t length = wcslen(matches[i].entry.cFileName) + (folder ? 2 : 0) + 1;
        width = length > width ? length : width;
    }
    if (GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &screen))
        line = (size_t)screen.dwSize.X;
    const size_t columns = line / width ? line / width : 1, rows = (count + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            const size_t i = listing.columns ? column * rows + row : row * columns + column;
            if (i >= count)
                break;
            wchar_t name[MAX_PATH], shown[MAX_PATH + 4];
            const BOOL folder = (matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
            const size_t next = listing.columns ? i + rows : i + 1;
            _snwprintf(shown, ARRAYSIZE(shown), folder ? L"[%ls]" : L"%ls",
                       shown_name(&matches[i].entry, name));
            if (column + 1 == columns || next >= count)
                print(L"%ls", shown);
            else
                print(L"%-*ls", (int)width, shown);
        }
        end_line();
    }
}

static void print_bare(const struct match *match)
{
    wchar_t name[MAX_PATH];
    if (wcscmp(match->entry.cFileName, L".") == 0 || wcscmp(match->entry.cFileName, L"..") == 0)
        return;
    shown_name(&match->entry, name);
    if (listing.tree)
        print(L"%.*ls", (int)folder_length(match->path), match->path);
    print(L"%ls", name);
    end_line();
}

/* ---- folders */

/* "." and ".." come first in a folder that is not a root. */
static size_t add_dots(const wchar_t *folder, struct match **matches, size_t count)
{
    static const wchar_t *const names[] = {L".", L".."};
    if (wcslen(folder) <= 3)
        return count;
    *matches = resize(*matches, (count + 2) * sizeof **matches);
    memmove(*matches + 2, *matches, count * sizeof **matches);
    for (size_t i = 0; i < 2; i++) {
        struct match *match = *matches + i;
        memset(match, 0, sizeof *match);
        match->path = path_into(folder, names[i]);
        const HANDLE find = FindFirstFileW(folder, &match->entry);
        if (find != INVALID_HANDLE_VALUE)
            FindClose(find);
        wcscpy(match->entry.cFileName, names[i]);
        match->entry.dwFileAttributes = FILE_ATTRIBUTE_DIRECTORY;
    }
    return count + 2;
}

static size_t find_wanted(const wchar_t *folder, const wchar_t *pattern, struct match **ret_matches)
{
    struct match *matches;
    wchar_t *path = path_into(folder, pattern);
    size_t found = find_matches(path, &matches), count = 0;
    free(path);
    if ((wcscmp(pattern, L"*") == 0 || wcscmp(pattern, L"*.*") == 0) && !listing.bare)
        found = add_dots(folder, &matches, found);
    for (size_t i = 0; i < found; i++)
        if (is_wanted(&matches[i].entry))
            matches[count++] = matches[i];
        else
            free(matches[i].path);
    if (count > 1 && *listing.order)
        qsort(matches, count, sizeof *matches, compare_entries);
    *ret_matches = matches;
    return count;
}

static void list_folder(const wchar_t *folder, const wchar_t *pattern)
{
    struct match *matches;
    wchar_t number[40];
    unsigned files = 0;
    unsigned long long bytes = 0;
    size_t count = find_wanted(folder, pattern, &matches);
    if (!count && !listing.tree && !listing.bare)
        print(L" Directory of %ls\r\n\r\n", folder);
    if (count) {
        listing.any = TRUE;
        if (!listing.bare) {
            print(L" Directory of %ls", folder);
            end_line();
            end_line();
        }
        if (!listing.bare && (listing.wide || listing.columns))
            print_wide(matches, count);
        for (size_t i = 0; i < count; i++) {
            if (listing.bare)
                print_bare(&matches[i]);
            else if (!listing.wide && !listing.columns)
                print_long(&matches[i]);
            if (matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
                listing.folders++;
            } else {
                files++;
                bytes += size_of(&matches[i].entry);
            }
        }
        if (!listing.bare) {
            print(L"%16u File(s) %14ls bytes", files, grouped(bytes, number));
            end_line();
        }
        listing.files += files;
        listing.bytes += bytes;
    }
    free_matches(matches, count);
    if (!listing.tree)
        return;
    wchar_t *all = path_into(folder, L"*");
    count = find_matches(all, &matches);
    free(all);
    for (size_t i = 0; i < count; i++) {
        const DWORD attributes = matches[i].entry.dwFileAttributes;
        if (!(attributes & FILE_ATTRIBUTE_DIRECTORY) || attributes & FILE_ATTRIBUTE_REPARSE_POINT ||
            (!listing.filtered && attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)))
            continue;
        if (listing.any && !listing.bare)
            end_line();
        list_folder(matches[i].path, pattern);
    }
    free_matches(matches, count);
}

/* ---- the command */

static BOOL read_order(const wchar_t *keys)
{
    size_t n = 0;
    for (keys += *keys == ':'; *keys && n < ARRAYSIZE(listing.order) - 1; keys++) {
        if (!wcschr(L"nsedg-", *keys)) {
            print_error(L"Parameter format not correct - \"%ls\".\r\n", keys);
            return FALSE;
        }
        listing.order[n++] = *keys;
    }
    listing.order[n] = 0;
    if (!n)
        wcscpy(listing.order, L"gn");
    return TRUE;
}

static BOOL read_switch(const wchar_t *text)
{
    const BOOL on = text[1] != '-';
    text += on ? 1 : 2;
    switch (*text) {
    case 'b': listing.bare = on; return TRUE;
    case 'w': listing.wide = on; return TRUE;
    case 'd': listing.columns = on; return TRUE;
    case 's': listing.tree = on; return TRUE;
    case 'l': listing.lower = on; return TRUE;
    case 'q': listing.owner = on; return TRUE;
    case 'x': listing.short_names = on; return TRUE;
    case 'c': listing.no_separator = !on; return TRUE;
    case '4': listing.two_digits = !on; return TRUE;
    case 'p': listing.paged = on; return TRUE;
    case 'r': listing.streams = on; return TRUE;
    case 'n': listing.wide = listing.columns = FALSE; return TRUE;
    case 't':
        text += 1 + (text[1] == ':');
        if (*text && wcschr(L"caw", *text)) {
            listing.time = *text;
            return TRUE;
        }
        print_error(L"Parameter format not correct - \"%ls\".\r\n", text);
        return FALSE;
    case 'a': listing.filtered = on; return !on || read_attributes(text + 1, &listing.attributes);
    case 'o': listing.order[0] = 0; return !on || read_order(text + 1);
    default: print_error(L"Invalid switch - \"%ls\".\r\n", text); return FALSE;
    }
}

static void print_volume(const wchar_t *folder)
{
    wchar_t drive[3] = {folder[0], ':', 0};
    command_vol(drive);
    print(L"\r\n");
    listing.lines += 3;
}

static int list_name(const wchar_t *name, wchar_t *last_drive)
{
    wchar_t *folder = full_path(name), number[40];
    const wchar_t *pattern = L"*";
    wchar_t *own_pattern = NULL;
    const size_t length = wcslen(folder);
    if (!is_folder(folder)) {
        const size_t at = folder_length(folder);
        pattern = own_pattern = copy_string(folder + at);
        folder[at > 3 ? at - 1 : at] = 0;
    } else if (length > 3 && folder[length - 1] == '\\') {
        folder[length - 1] = 0;
    }
    if (!listing.bare && towupper(folder[0]) != *last_drive) {
        *last_drive = (wchar_t)towupper(folder[0]);
        print_volume(folder);
    }
    listing.any = FALSE;
    listing.files = listing.folders = 0;
    listing.bytes = 0;
    list_folder(folder, pattern);
    int result = 0;
    if (!listing.any) {
        print_error(L"File Not Found\r\n");
        result = 1;
    } else if (!listing.bare) {
        ULARGE_INTEGER available = {0};
        GetDiskFreeSpaceExW(folder, &available, NULL, NULL);
        if (listing.tree) {
            end_line();
            print(L"     Total Files Listed:");
            end_line();
            print(L"%16u File(s) %14ls bytes", listing.files, grouped(listing.bytes, number));
            end_line();
        }
        print(L"%16u Dir(s) %15ls bytes free", listing.folders, grouped(available.QuadPart, number));
        end_line();
    }
    free(own_pattern);
    free(folder);
    return result;
}

int command_dir(const wchar_t *arguments)
{
    struct text all = {0};
    struct words words;
    wchar_t *preset = get_variable(L"DIRCMD", 6), drive = 0;
    int result = 0;
    memset(&listing, 0, sizeof listing);
    if (preset)
        text_append(&all, preset);
    text_put(&all, ' ');
    text_append(&all, arguments);
    read_words(all.chars, &words);
    text_free(&all);
    free(preset);
    for (size_t i = 0; i < words.switch_count && !result; i++)
        result = !read_switch(words.switches[i]);
    if (!result && !words.count)
        result = list_name(L".", &drive);
    else
        for (size_t i = 0; i < words.count && !result; i++)
            result = list_name(words.names[i], &drive);
    free_words(&words);
    return result;
}
