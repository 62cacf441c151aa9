/*
 * dir: long, wide and bare listings, attributes, order, subfolders.
 */
#include "cmd.h"

struct listing {
    BOOL bare, wide, tree, lower;
    DWORD wanted, unwanted; /* attributes that must be there / must not */
    BOOL filtered;
    wchar_t order[16];
    unsigned files, folders, all_files;
    unsigned long long bytes, all_bytes;
};

static const struct listing *sorting;

static int compare_one(wchar_t key, const WIN32_FIND_DATAW *a, const WIN32_FIND_DATAW *b)
{
    unsigned long long x, y;
    switch (key) {
    case 'n': return _wcsicmp(a->cFileName, b->cFileName);
    case 'e': {
        const wchar_t *first = wcsrchr(a->cFileName, '.'), *second = wcsrchr(b->cFileName, '.');
        return _wcsicmp(first ? first : L"", second ? second : L"");
    }
    case 's':
        x = (unsigned long long)a->nFileSizeHigh << 32 | a->nFileSizeLow;
        y = (unsigned long long)b->nFileSizeHigh << 32 | b->nFileSizeLow;
        return x < y ? -1 : x > y;
    case 'd': return CompareFileTime(&a->ftLastWriteTime, &b->ftLastWriteTime);
    case 'g': {
        int first = (a->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0,
            second = (b->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
        return first - second;
    }
    default: return 0;
    }
}

static int compare_entries(const void *a, const void *b)
{
    for (const wchar_t *p = sorting->order; *p; p++) {
        BOOL reverse = *p == '-';
        if (reverse && !*++p)
            break;
        int order = compare_one(*p, a, b);
        if (order)
            return reverse ? -order : order;
    }
    return _wcsicmp(((const WIN32_FIND_DATAW *)a)->cFileName, ((const WIN32_FIND_DATAW *)b)->cFileName);
}

static BOOL is_wanted(const struct listing *listing, const WIN32_FIND_DATAW *entry)
{
    DWORD attributes = entry->dwFileAttributes;
    if (!listing->filtered)
        return !(attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM));
    return (attributes & listing->wanted) == listing->wanted && !(attributes & listing->unwanted);
}

/* 1234567 as 1,234,567 */
static const wchar_t *grouped(unsigned long long number, wchar_t *to)
{
    wchar_t digits[32];
    int length = _snwprintf(digits, 32, L"%I64u", number), n = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            to[n++] = ',';
        to[n++] = digits[i];
    }
    to[n] = 0;
    return to;
}

static void print_entry(const struct listing *listing, const WIN32_FIND_DATAW *entry, const wchar_t *folder)
{
    wchar_t number[40];
    if (listing->bare) {
        if (wcscmp(entry->cFileName, L".") == 0 || wcscmp(entry->cFileName, L"..") == 0)
            return;
        if (listing->tree)
            print(L"%ls\\%ls\r\n", folder, entry->cFileName);
        else
            print(L"%ls\r\n", entry->cFileName);
        return;
    }
    SYSTEMTIME time;
    FILETIME local;
    FileTimeToLocalFileTime(&entry->ftLastWriteTime, &local);
    FileTimeToSystemTime(&local, &time);
    print(L"%02d/%02d/%04d  %02d:%02d %ls ", time.wMonth, time.wDay, time.wYear,
          time.wHour % 12 ? time.wHour % 12 : 12, time.wMinute, time.wHour < 12 ? L"AM" : L"PM");
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        print(L"   <DIR>          %ls\r\n", entry->cFileName);
    else
        print(L"%17ls %ls\r\n",
              grouped((unsigned long long)entry->nFileSizeHigh << 32 | entry->nFileSizeLow, number),
              entry->cFileName);
}

static void print_wide(const WIN32_FIND_DATAW *entries, size_t count)
{
    size_t column = 0, width = 1;
    for (size_t i = 0; i < count; i++) {
        size_t length = wcslen(entries[i].cFileName) +
                        (entries[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? 2 : 0);
        width = length + 1 > width ? length + 1 : width;
    }
    size_t columns = 80 / width ? 80 / width : 1;
    for (size_t i = 0; i < count; i++) {
        BOOL folder = (entries[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        wchar_t name[MAX_PATH + 4];
        _snwprintf(name, ARRAYSIZE(name), folder ? L"[%ls]" : L"%ls", entries[i].cFileName);
        if (++column == columns || i + 1 == count) {
            print(L"%ls\r\n", name);
            column = 0;
        } else {
            print(L"%-*ls", (int)width, name);
        }
    }
}

/* Lists one folder; FALSE if nothing matched. */
static BOOL list_folder(struct listing *listing, const wchar_t *folder, const wchar_t *pattern)
{
    WIN32_FIND_DATAW *entries = NULL, entry;
    wchar_t path[MAX_PATH * 4], number[40];
    size_t count = 0;
    _snwprintf(path, ARRAYSIZE(path), L"%ls%ls%ls", folder,
               *folder && folder[wcslen(folder) - 1] == '\\' ? L"" : L"\\", pattern);
    path[ARRAYSIZE(path) - 1] = 0;
    HANDLE find = FindFirstFileW(path, &entry);
    if (find != INVALID_HANDLE_VALUE) {
        do {
            if (!is_wanted(listing, &entry))
                continue;
            WIN32_FIND_DATAW *grown = realloc(entries, (count + 1) * sizeof *grown);
            if (!grown)
                exit(1);
            entries = grown;
            if (listing->lower)
                _wcslwr(entry.cFileName);
            entries[count++] = entry;
        } while (FindNextFileW(find, &entry));
        FindClose(find);
    }
    sorting = listing;
    if (count)
        qsort(entries, count, sizeof *entries, compare_entries);
    if (count && !listing->bare)
        print(L" Directory of %ls\r\n\r\n", folder);
    listing->files = listing->folders = 0;
    listing->bytes = 0;
    if (listing->wide && !listing->bare)
        print_wide(entries, count);
    for (size_t i = 0; i < count; i++) {
        if (!listing->wide || listing->bare)
            print_entry(listing, &entries[i], folder);
        if (entries[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
            listing->folders++;
        } else {
            listing->files++;
            listing->bytes += (unsigned long long)entries[i].nFileSizeHigh << 32 | entries[i].nFileSizeLow;
        }
    }
    listing->all_files += listing->files;
    listing->all_bytes += listing->bytes;
    if (count && !listing->bare)
        print(L"%16u File(s) %14ls bytes\r\n", listing->files, grouped(listing->bytes, number));
    unsigned folders = listing->folders;
    free(entries);
    BOOL any = count != 0;
    if (listing->tree) {
        _snwprintf(path, ARRAYSIZE(path), L"%ls%ls*", folder,
                   folder[wcslen(folder) - 1] == '\\' ? L"" : L"\\");
        find = FindFirstFileW(path, &entry);
        if (find != INVALID_HANDLE_VALUE) {
            do {
                if (!(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
                    wcscmp(entry.cFileName, L".") == 0 || wcscmp(entry.cFileName, L"..") == 0)
                    continue;
                wchar_t below[MAX_PATH * 4];
                _snwprintf(below, ARRAYSIZE(below), L"%ls%ls%ls", folder,
                           folder[wcslen(folder) - 1] == '\\' ? L"" : L"\\", entry.cFileName);
                if (count && !listing->bare)
                    print(L"\r\n");
                any |= list_folder(listing, below, pattern);
            } while (FindNextFileW(find, &entry));
            FindClose(find);
        }
    }
    listing->folders = folders;
    return any;
}

static void read_attributes(struct listing *listing, const wchar_t *letters)
{
    static const struct {
        wchar_t letter;
        DWORD bit;
    } bits[] = {{'d', FILE_ATTRIBUTE_DIRECTORY},
                {'h', FILE_ATTRIBUTE_HIDDEN},
                {'s', FILE_ATTRIBUTE_SYSTEM},
                {'l', FILE_ATTRIBUTE_REPARSE_POINT},
                {'r', FILE_ATTRIBUTE_READONLY},
                {'a', FILE_ATTRIBUTE_ARCHIVE},
                {'i', FILE_ATTRIBUTE_NOT_CONTENT_INDEXED}};
    listing->filtered = TRUE;
    listing->wanted = listing->unwanted = 0;
    for (; *letters; letters++) {
        BOOL negated = *letters == '-';
        if (*letters == ':' || (negated && !*++letters))
            continue;
        for (size_t i = 0; i < ARRAYSIZE(bits); i++)
            if (towlower(*letters) == bits[i].letter) {
                if (negated)
                    listing->unwanted |= bits[i].bit;
                else
                    listing->wanted |= bits[i].bit;
            }
    }
}

static void read_switch(struct listing *listing, const wchar_t *word)
{
    switch (towlower(word[1])) {
    case 'b': listing->bare = TRUE; break;
    case 'w':
    case 'd': listing->wide = TRUE; break;
    case 's': listing->tree = TRUE; break;
    case 'l': listing->lower = TRUE; break;
    case 'a': read_attributes(listing, word + 2); break;
    case 'o': {
        const wchar_t *keys = word + 2 + (word[2] == ':');
        size_t n = 0;
        for (; *keys && n < 15; keys++)
            listing->order[n++] = (wchar_t)towlower(*keys);
        if (!n)
            wcscpy(listing->order, L"gn");
        else
            listing->order[n] = 0;
        break;
    }
    default: break; /* /p /c /n /4 /q /x /t change the layout only */
    }
}

void command_dir(const wchar_t *arguments)
{
    struct listing listing = {0};
    wchar_t *names[64], *word, full[MAX_PATH * 4], number[40];
    size_t count = 0;
    while ((word = next_word(&arguments, TRUE)) != NULL) {
        if (word[0] == '/') {
            read_switch(&listing, word);
            free(word);
        } else if (count < ARRAYSIZE(names)) {
            names[count++] = word;
        } else {
            free(word);
        }
    }
    if (!count)
        names[count++] = copy_string(L".");
    state.error_level = 0;
    for (size_t i = 0; i < count; i++) {
        const wchar_t *pattern = L"*";
        GetFullPathNameW(names[i], ARRAYSIZE(full), full, NULL);
        DWORD attributes = GetFileAttributesW(full);
        if (wcspbrk(names[i], L"*?") || attributes == INVALID_FILE_ATTRIBUTES ||
            !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            wchar_t *last = wcsrchr(full, '\\');
            if (last) {
                pattern = copy_string(last + 1);
                last[last == full + 2] = 0;
            }
        }
        if (!listing.bare) {
            wchar_t root[4] = {full[0], ':', '\\', 0}, label[MAX_PATH] = L"";
            DWORD serial = 0;
            GetVolumeInformationW(root, label, ARRAYSIZE(label), &serial, NULL, NULL, NULL, 0);
            if (*label)
                print(L" Volume in drive %lc is %ls\r\n", towupper(full[0]), label);
            else
                print(L" Volume in drive %lc has no label.\r\n", towupper(full[0]));
            print(L" Volume Serial Number is %04X-%04X\r\n\r\n", HIWORD(serial), LOWORD(serial));
        }
        if (!list_folder(&listing, full, pattern)) {
            print_error(L"File Not Found\r\n");
            state.error_level = 1;
        } else if (!listing.bare) {
            ULARGE_INTEGER available = {0};
            GetDiskFreeSpaceExW(full, &available, NULL, NULL);
            if (listing.tree)
                print(L"\r\n     Total Files Listed:\r\n%16u File(s) %14ls bytes\r\n", listing.all_files,
                      grouped(listing.all_bytes, number));
            print(L"%16u Dir(s)  %14ls bytes free\r\n", listing.folders, grouped(available.QuadPart, number));
        }
        free(names[i]);
    }
}
