/*
 * whoami.exe: the user of this session, its groups and privileges.
 */
#include "../include/console.h"
#define SECURITY_WIN32
#include <sddl.h>
#include <security.h>

static enum { TABLE, LIST, CSV } format;
static BOOL no_header;

static void *token_information(TOKEN_INFORMATION_CLASS kind)
{
    HANDLE token;
    DWORD size = 0;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    GetTokenInformation(token, kind, NULL, 0, &size);
    void *data = allocate(size);
    if (!GetTokenInformation(token, kind, data, size, &size)) {
        free(data);
        data = NULL;
    }
    CloseHandle(token);
    return data;
}

static void name_of(PSID sid, BOOL lower, wchar_t *to, size_t room, SID_NAME_USE *ret_use)
{
    wchar_t name[256] = L"", domain[256] = L"";
    DWORD name_room = ARRAYSIZE(name), domain_room = ARRAYSIZE(domain);
    *ret_use = SidTypeUnknown;
    if (!LookupAccountSidW(NULL, sid, name, &name_room, domain, &domain_room, ret_use))
        wcscpy(name, L"");
    _snwprintf(to, room, *domain && *name ? L"%ls\\%ls" : L"%ls%ls", domain, name);
    to[room - 1] = 0;
    if (lower)
        _wcslwr(to);
}

/* One row of a table of `columns`; widths are those of the longest texts, as the caller found them. */
static void print_row(const wchar_t *const *titles, const wchar_t *const *texts, const size_t *widths,
                      size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        const wchar_t *end = i + 1 < columns ? L"" : L"\r\n";
        if (format == CSV)
            print(L"\"%ls\"%ls", texts[i], i + 1 < columns ? L"," : end);
        else if (format == LIST)
            print(L"%-*ls %ls\r\n", 14, titles[i], texts[i]);
        else if (i + 1 < columns)
            print(L"%-*ls ", (int)widths[i], texts[i]);
        else
            print(L"%-*ls%ls", (int)widths[i], texts[i], end);
    }
    if (format == LIST)
        print(L"\r\n");
}

static void print_rows(const wchar_t *title, const wchar_t *const *titles, size_t columns, wchar_t **texts,
                       size_t rows)
{
    size_t widths[4] = {0};
    if (!no_header) {
        print(L"\r\n%ls\r\n", title);
        for (size_t i = 0; title[i]; i++)
            print(L"-");
        print(L"\r\n\r\n");
    }
    for (size_t c = 0; c < columns; c++) {
        widths[c] = wcslen(titles[c]);
        for (size_t r = 0; r < rows; r++) {
            const size_t length = wcslen(texts[r * columns + c]);
            widths[c] = length > widths[c] ? length : widths[c];
        }
    }
    if (!no_header && format != LIST) {
        print_row(titles, titles, widths, columns);
        for (size_t c = 0; c < columns && format == TABLE; c++) {
            for (size_t i = 0; i < widths[c]; i++)
                print(L"=");
            print(c + 1 < columns ? L" " : L"\r\n");
        }
    }
    for (size_t r = 0; r < rows; r++)
        print_row(titles, (const wchar_t *const *)texts + r * columns, widths, columns);
    for (size_t i = 0; i < rows * columns; i++)
        free(texts[i]);
}

static int show_user(void)
{
    static const wchar_t *const titles[] = {L"User Name", L"SID"};
    TOKEN_USER *user = token_information(TokenUser);
    wchar_t name[520], *sid, *texts[2];
    SID_NAME_USE use;
    if (!user || !ConvertSidToStringSidW(user->User.Sid, &sid))
        return 1;
    name_of(user->User.Sid, TRUE, name, ARRAYSIZE(name), &use);
    texts[0] = copy_string(name);
    texts[1] = copy_string(sid);
    print_rows(L"USER INFORMATION", titles, 2, texts, 1);
    LocalFree(sid);
    free(user);
    return 0;
}

static int show_groups(void)
{
    static const wchar_t *const titles[] = {L"Group Name", L"Type", L"SID", L"Attributes"};
    TOKEN_GROUPS *groups = token_information(TokenGroups);
    if (!groups)
        return 1;
    wchar_t **texts = allocate(groups->GroupCount * 4 * sizeof *texts);
    for (DWORD i = 0; i < groups->GroupCount; i++) {
        const DWORD attributes = groups->Groups[i].Attributes;
        wchar_t name[520], *sid = NULL, flags[200] = L"";
        SID_NAME_USE use;
        name_of(groups->Groups[i].Sid, FALSE, name, ARRAYSIZE(name), &use);
        ConvertSidToStringSidW(groups->Groups[i].Sid, &sid);
        if (attributes & SE_GROUP_MANDATORY)
            wcscat(flags, L", Mandatory group");
        if (attributes & SE_GROUP_ENABLED_BY_DEFAULT)
            wcscat(flags, L", Enabled by default");
        if (attributes & SE_GROUP_ENABLED)
            wcscat(flags, L", Enabled group");
        if (attributes & SE_GROUP_OWNER)
            wcscat(flags, L", Group owner");
        if (attributes & SE_GROUP_USE_FOR_DENY_ONLY)
            wcscat(flags, L", Group used for deny only");
        texts[i * 4] = copy_string(name);
        texts[i * 4 + 1] = copy_string(use == SidTypeAlias            ? L"Alias"
                                       : use == SidTypeWellKnownGroup ? L"Well-known group"
                                       : use == SidTypeLabel          ? L"Label"
                                       : use == SidTypeGroup          ? L"Group"
                                       : use == SidTypeUser           ? L"User"
                                                                      : L"Unknown SID type");
        texts[i * 4 + 2] = copy_string(sid ? sid : L"");
        texts[i * 4 + 3] = copy_string(*flags ? flags + 2 : L"");
        LocalFree(sid);
    }
    print_rows(L"GROUP INFORMATION", titles, 4, texts, groups->GroupCount);
    free(texts);
    free(groups);
    return 0;
}

static int show_privileges(void)
{
    static const wchar_t *const titles[] = {L"Privilege Name", L"Description", L"State"};
    TOKEN_PRIVILEGES *list = token_information(TokenPrivileges);
    if (!list)
        return 1;
    wchar_t **texts = allocate(list->PrivilegeCount * 3 * sizeof *texts);
    for (DWORD i = 0; i < list->PrivilegeCount; i++) {
        wchar_t name[128] = L"", text[256] = L"";
        DWORD room = ARRAYSIZE(name), language;
        LookupPrivilegeNameW(NULL, &list->Privileges[i].Luid, name, &room);
        room = ARRAYSIZE(text);
        if (!LookupPrivilegeDisplayNameW(NULL, name, text, &room, &language))
            *text = 0;
        texts[i * 3] = copy_string(name);
        texts[i * 3 + 1] = copy_string(text);
        texts[i * 3 + 2] = copy_string(list->Privileges[i].Attributes & SE_PRIVILEGE_ENABLED ? L"Enabled"
                                                                                             : L"Disabled");
    }
    print_rows(L"PRIVILEGES INFORMATION", titles, 3, texts, list->PrivilegeCount);
    free(texts);
    free(list);
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    BOOL user = FALSE, groups = FALSE, privileges = FALSE;
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/user")) {
            user = TRUE;
        } else if (!_wcsicmp(argv[i], L"/groups")) {
            groups = TRUE;
        } else if (!_wcsicmp(argv[i], L"/priv")) {
            privileges = TRUE;
        } else if (!_wcsicmp(argv[i], L"/all")) {
            user = groups = privileges = TRUE;
        } else if (!_wcsicmp(argv[i], L"/nh")) {
            no_header = TRUE;
        } else if (!_wcsicmp(argv[i], L"/fo") && i + 1 < argc) {
            i++;
            format = !_wcsicmp(argv[i], L"csv") ? CSV : !_wcsicmp(argv[i], L"list") ? LIST : TABLE;
        } else if (!wcscmp(argv[i], L"/?")) {
            print(L"WHOAMI [/USER] [/GROUPS] [/PRIV] [/ALL] [/FO TABLE | LIST | CSV] [/NH]\r\n");
            return 0;
        } else {
            complain(L"ERROR: Invalid argument/option - '%ls'.\r\nType \"WHOAMI /?\" for usage.\r\n",
                     argv[i]);
            return 1;
        }
    }
    if (!user && !groups && !privileges) {
        TOKEN_USER *self = token_information(TokenUser);
        wchar_t name[520];
        SID_NAME_USE use;
        if (!self)
            return 1;
        name_of(self->User.Sid, TRUE, name, ARRAYSIZE(name), &use);
        print(L"%ls\r\n", name);
        free(self);
        return 0;
    }
    if (user)
        status |= show_user();
    if (groups)
        status |= show_groups();
    if (privileges)
        status |= show_privileges();
    return status;
}
