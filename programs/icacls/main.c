/*
 * icacls.exe: shows and changes the access control lists of files, with the arguments of Windows' own.
 */
#include "icacls.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct icacls icacls;

enum what { SHOW, CHANGE, SAVE, RESTORE, SET_OWNER, FIND_SID, VERIFY, RESET };

/* One change of the list, in the order of the arguments. */
static struct change {
    enum { GRANT, GRANT_ANEW, DENY, REMOVE, REMOVE_GRANTED, REMOVE_DENIED, LEVEL } kind;
    PSID sid;
    DWORD mask;
    BYTE flags;
} changes[128];
static unsigned change_count;
static enum what what = SHOW;
static wchar_t inheritance; /* e, d, r, or 0 for unchanged */
static const wchar_t *list_file;
static PSID account; /* of /setowner and /findsid */

void stop(int code, const wchar_t *format, ...)
{
    va_list arguments;

    fflush(stdout);
    va_start(arguments, format);
    vfwprintf(stderr, format, arguments);
    va_end(arguments);
    exit(code);
}

static void wrong_argument(const wchar_t *text)
{
    stop(ERROR_INVALID_PARAMETER, L"Invalid parameter \"%ls\"\n", text);
}

BOOL report(const wchar_t *path, DWORD error)
{
    wchar_t text[256];

    if (!error) {
        icacls.good++;
        if (!icacls.quiet && what != SHOW && what != FIND_SID && what != VERIFY)
            wprintf(L"processed file: %ls\n", path);
        return TRUE;
    }
    icacls.bad++;
    if (!FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, text,
                        ARRAYSIZE(text), NULL))
        _snwprintf(text, ARRAYSIZE(text), L"error %lu\n", error);
    fflush(stdout);
    fwprintf(stderr, L"%ls: %ls", path, text);
    return icacls.go_on;
}

/* ---------------------------------------------------------------- one file */

/* What is known of a file while it is worked on; `list` is our own copy. */
struct file {
    const wchar_t *path;
    BOOL directory;
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner, group;
    PACL list, label;
};

static DWORD file_read(struct file *file, const wchar_t *path, BOOL directory)
{
    PACL list, label = NULL;
    PSECURITY_DESCRIPTOR label_descriptor = NULL;

    *file = (struct file){.path = path, .directory = directory};
    const DWORD error = GetNamedSecurityInfoW((LPWSTR)path, SE_FILE_OBJECT,
                                              OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                                  DACL_SECURITY_INFORMATION,
                                              &file->owner, &file->group, &list, NULL, &file->descriptor);
    if (error)
        return error;
    file->list = list_copy(list);
    if (!GetNamedSecurityInfoW((LPWSTR)path, SE_FILE_OBJECT, LABEL_SECURITY_INFORMATION, NULL, NULL, NULL,
                               &label, &label_descriptor) &&
        label)
        file->label = list_copy(label);
    LocalFree(label_descriptor);
    return ERROR_SUCCESS;
}

static void file_release(struct file *file)
{
    LocalFree(file->descriptor);
    LocalFree(file->list);
    LocalFree(file->label);
}

static void show(const struct file *file)
{
    const int indent = (int)wcslen(file->path);
    BOOL first = TRUE;

    for (int pass = 0; pass < 2; pass++) {
        const ACL *list = pass ? file->label : file->list;
        for (DWORD i = 0; list && i < list->AceCount; i++) {
            void *ace;
            PSID sid = GetAce((PACL)list, i, &ace) ? ace_sid(ace) : NULL;
            if (!sid)
                continue;
            if (first)
                wprintf(L"%ls ", file->path);
            else
                wprintf(L"%*ls ", indent, L"");
            first = FALSE;
            print_account(sid);
            wprintf(L":");
            if (pass) {
                const DWORD policy = ((SYSTEM_MANDATORY_LABEL_ACE *)ace)->Mask;
                const wchar_t *names[] = {L"NW", L"NR", L"NX"}, *separator = L"(";
                for (unsigned k = 0; k < 3; k++)
                    if (policy & 1u << k) {
                        wprintf(L"%ls%ls", separator, names[k]);
                        separator = L",";
                    }
                wprintf(policy & 7 ? L")" : L"()");
            } else {
                print_rights(ace);
            }
            wprintf(L"\n");
        }
    }
    if (first)
        wprintf(L"%ls \n", file->path);
    wprintf(L"\n");
}

static BOOL parent_of(const wchar_t *path, wchar_t ret_parent[MAX_PATH])
{
    wchar_t *name;
    const DWORD length = GetFullPathNameW(path, MAX_PATH, ret_parent, &name);

    if (!length || length >= MAX_PATH || !name)
        return FALSE;
    *name = 0;
    return TRUE;
}

/* Puts the parent's entries behind the file's own. */
static BOOL inherit(struct file *file)
{
    wchar_t parent[MAX_PATH];
    PSECURITY_DESCRIPTOR descriptor;
    PACL list;
    BOOL any = FALSE;

    list_remove_inherited(file->list, FALSE);
    if (parent_of(file->path, parent) &&
        !GetNamedSecurityInfoW(parent, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list, NULL,
                               &descriptor)) {
        any = list_inherit(&file->list, list, file->directory, file->owner, file->group);
        LocalFree(descriptor);
    }
    return any;
}

/* Where the parent gives nothing, a new file gets the creator's default list; so does one that is reset. */
static DWORD reset(struct file *file)
{
    union {
        TOKEN_DEFAULT_DACL dacl;
        BYTE room[2048];
    } answer;
    DWORD size, error = ERROR_SUCCESS;
    HANDLE token;

    while (file->list->AceCount)
        DeleteAce(file->list, 0);
    if (inherit(file))
        return ERROR_SUCCESS;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return GetLastError();
    if (GetTokenInformation(token, TokenDefaultDacl, &answer, sizeof answer, &size)) {
        LocalFree(file->list);
        file->list = list_copy(answer.dacl.DefaultDacl);
        for (DWORD i = 0; i < file->list->AceCount; i++) {
            void *ace;
            if (GetAce(file->list, i, &ace))
                ((ACCESS_ALLOWED_ACE *)ace)->Mask = specific_rights(((ACCESS_ALLOWED_ACE *)ace)->Mask);
        }
    } else {
        error = GetLastError();
    }
    CloseHandle(token);
    return error;
}

static DWORD change(struct file *file)
{
    SECURITY_INFORMATION information = DACL_SECURITY_INFORMATION;
    BOOL level = FALSE;

    if (inheritance == 'e') {
        inherit(file);
        information |= UNPROTECTED_DACL_SECURITY_INFORMATION;
    } else if (inheritance) {
        list_remove_inherited(file->list, inheritance == 'd');
        information |= PROTECTED_DACL_SECURITY_INFORMATION;
    }
    for (unsigned i = 0; i < change_count; i++) {
        const struct change *c = &changes[i];
        const BYTE flags = file->directory ? c->flags : 0;
        switch (c->kind) {
        case GRANT_ANEW: list_remove(file->list, c->sid, TRUE, FALSE); __attribute__((fallthrough));
        case GRANT:
            list_insert(&file->list, ACCESS_ALLOWED_ACE_TYPE, flags, c->mask | SYNCHRONIZE, c->sid);
            break;
        case DENY:
            list_reduce(file->list, c->mask, c->sid);
            list_insert(&file->list, ACCESS_DENIED_ACE_TYPE, flags, c->mask, c->sid);
            break;
        case REMOVE:
        case REMOVE_GRANTED:
        case REMOVE_DENIED:
            list_remove(file->list, c->sid, c->kind != REMOVE_DENIED, c->kind != REMOVE_GRANTED);
            break;
        case LEVEL:
            list_label(&file->label, flags, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, c->sid);
            level = TRUE;
            break;
        }
    }
    DWORD error = ERROR_SUCCESS;
    if (level)
        error = SetNamedSecurityInfoW((LPWSTR)file->path, SE_FILE_OBJECT, LABEL_SECURITY_INFORMATION, NULL,
                                      NULL, NULL, file->label);
    if (!error)
        error = SetNamedSecurityInfoW((LPWSTR)file->path, SE_FILE_OBJECT, information, NULL, NULL, file->list,
                                      NULL);
    return error;
}

static DWORD work_on(const wchar_t *path, const wchar_t *shown, BOOL directory)
{
    struct file file;
    DWORD error;

    if (what == SAVE)
        return store_write(path, shown);
    if ((error = file_read(&file, path, directory)) != ERROR_SUCCESS)
        return error;
    switch (what) {
    case SHOW: show(&file); break;
    case CHANGE: error = change(&file); break;
    case SET_OWNER:
        error = SetNamedSecurityInfoW((LPWSTR)path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, account, NULL,
                                      NULL, NULL);
        break;
    case FIND_SID:
        if (EqualSid(file.owner, account) || list_names(file.list, account))
            wprintf(L"SID Found: %ls.\n", path);
        break;
    case VERIFY:
        if (!list_is_canonical(file.list))
            wprintf(L"%ls: Acl is not in canonical form.\n", path);
        break;
    case RESET:
        error = reset(&file);
        if (!error)
            error = SetNamedSecurityInfoW((LPWSTR)path, SE_FILE_OBJECT,
                                          DACL_SECURITY_INFORMATION | UNPROTECTED_DACL_SECURITY_INFORMATION,
                                          NULL, NULL, file.list, NULL);
        break;
    default: break;
    }
    file_release(&file);
    return error;
}

/* ---------------------------------------------------------------- many files */

static BOOL each(const wchar_t *path, const wchar_t *shown);

static BOOL below(const wchar_t *folder, const wchar_t *shown)
{
    const size_t room = wcslen(folder) + MAX_PATH + 2;
    WIN32_FIND_DATAW data;
    wchar_t *path = malloc(room * sizeof *path),
            *name = malloc((wcslen(shown) + MAX_PATH + 2) * sizeof *name);
    BOOL more = TRUE;

    if (!path || !name)
        stop(ERROR_NOT_ENOUGH_MEMORY, L"Not enough memory.\n");
    _snwprintf(path, room, L"%ls\\*", folder);
    const HANDLE find = FindFirstFileW(path, &data);
    if (find != INVALID_HANDLE_VALUE) {
        do {
            if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L".."))
                continue;
            _snwprintf(path, room, L"%ls\\%ls", folder, data.cFileName);
            _snwprintf(name, wcslen(shown) + MAX_PATH + 2, L"%ls\\%ls", shown, data.cFileName);
            more = each(path, name);
        } while (more && FindNextFileW(find, &data));
        FindClose(find);
    }
    free(path);
    free(name);
    return more;
}

/* Links are not followed downwards. */
static BOOL each(const wchar_t *path, const wchar_t *shown)
{
    const DWORD attributes = GetFileAttributesW(path);
    const BOOL directory = attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;

    if (attributes == INVALID_FILE_ATTRIBUTES)
        return report(path, GetLastError());
    if (!report(path, work_on(path, shown, directory)))
        return FALSE;
    return !icacls.tree || !directory || attributes & FILE_ATTRIBUTE_REPARSE_POINT || below(path, shown);
}

static const wchar_t *last_part(const wchar_t *path)
{
    const wchar_t *part = path;
    for (; *path; path++)
        if ((*path == '\\' || *path == '/' || *path == ':') && path[1])
            part = path + 1;
    return part;
}

static void all_matching(const wchar_t *pattern)
{
    WIN32_FIND_DATAW data;
    wchar_t path[2 * MAX_PATH];

    if (!wcspbrk(pattern, L"*?")) {
        each(pattern, last_part(pattern));
        return;
    }
    const int folder = (int)(last_part(pattern) - pattern);
    const HANDLE find = FindFirstFileW(pattern, &data);
    if (find == INVALID_HANDLE_VALUE) {
        report(pattern, GetLastError());
        return;
    }
    BOOL more = TRUE;
    do {
        if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L".."))
            continue;
        _snwprintf(path, ARRAYSIZE(path), L"%.*ls%ls", folder, pattern, data.cFileName);
        path[ARRAYSIZE(path) - 1] = 0;
        more = each(path, data.cFileName);
    } while (more && FindNextFileW(find, &data));
    FindClose(find);
}

/* ---------------------------------------------------------------- arguments */

static struct change *new_change(int kind)
{
    if (change_count == ARRAYSIZE(changes))
        stop(ERROR_INVALID_PARAMETER, L"Too many changes at once.\n");
    changes[change_count].kind = kind;
    what = CHANGE;
    return &changes[change_count++];
}

/* ACCOUNT:RIGHTS */
static void account_and_rights(int kind, wchar_t *text)
{
    struct change *c = new_change(kind);
    wchar_t *colon = wcsrchr(text, ':');

    if (!colon || !parse_rights(colon + 1, &c->mask, &c->flags))
        wrong_argument(text);
    *colon = 0;
    c->sid = account_of(text);
}

static void integrity_level(wchar_t *text)
{
    static const struct {
        const wchar_t *name, *sid;
    } levels[] = {{L"Low", L"*S-1-16-4096"}, {L"Medium", L"*S-1-16-8192"}, {L"High", L"*S-1-16-12288"}};
    struct change *c = new_change(LEVEL);
    wchar_t *name = wcsrchr(text, ')');

    name = name ? name + 1 : text;
    for (const wchar_t *p = text; p < name; p += 4) {
        if (!_wcsnicmp(p, L"(OI)", 4))
            c->flags |= OBJECT_INHERIT_ACE;
        else if (!_wcsnicmp(p, L"(CI)", 4))
            c->flags |= CONTAINER_INHERIT_ACE;
        else
            wrong_argument(text);
    }
    for (unsigned i = 0; i < ARRAYSIZE(levels); i++)
        if (*name &&
            (!_wcsicmp(name, levels[i].name) || (!name[1] && (*name | 32) == (levels[i].name[0] | 32))))
            c->sid = account_of(levels[i].sid);
    if (!c->sid)
        wrong_argument(text);
}

/* Takes an option with what belongs to it; gives the index behind. */
static int option(int argc, wchar_t **argv, int i)
{
    static const struct {
        const wchar_t *name;
        int kind;
    } lists[] = {{L"/grant", GRANT},
                 {L"/grant:r", GRANT_ANEW},
                 {L"/deny", DENY},
                 {L"/remove", REMOVE},
                 {L"/remove:g", REMOVE_GRANTED},
                 {L"/remove:d", REMOVE_DENIED},
                 {L"/setintegritylevel", LEVEL}};
    static const struct {
        const wchar_t *name;
        enum what what;
        BOOL argument;
    } actions[] = {{L"/save", SAVE, TRUE},          {L"/restore", RESTORE, TRUE},
                   {L"/setowner", SET_OWNER, TRUE}, {L"/findsid", FIND_SID, TRUE},
                   {L"/verify", VERIFY, FALSE},     {L"/reset", RESET, FALSE}};
    wchar_t *name = argv[i++];

    for (unsigned k = 0; k < ARRAYSIZE(lists); k++) {
        if (_wcsicmp(name, lists[k].name))
            continue;
        if (i == argc || *argv[i] == '/')
            wrong_argument(name);
        for (; i < argc && *argv[i] != '/'; i++) {
            if (lists[k].kind == LEVEL)
                integrity_level(argv[i]);
            else if (lists[k].kind >= REMOVE)
                new_change(lists[k].kind)->sid = account_of(argv[i]);
            else
                account_and_rights(lists[k].kind, argv[i]);
        }
        return i;
    }
    for (unsigned k = 0; k < ARRAYSIZE(actions); k++) {
        if (_wcsicmp(name, actions[k].name))
            continue;
        if (what != SHOW || (actions[k].argument && i == argc))
            wrong_argument(name);
        what = actions[k].what;
        if (what == SAVE || what == RESTORE)
            list_file = argv[i++];
        else if (actions[k].argument)
            account = account_of(argv[i++]);
        return i;
    }
    if (!_wcsicmp(name, L"/substitute")) {
        for (; i + 1 < argc && *argv[i] != '/'; i += 2) {
            if (icacls.substitution_count == ARRAYSIZE(icacls.substitutions))
                wrong_argument(argv[i]);
            icacls.substitutions[icacls.substitution_count++] = (struct substitution){
                account_of(argv[i]), account_of(argv[i + 1])};
        }
    } else if (!_wcsnicmp(name, L"/inheritance:", 13) && name[13] && !name[14] &&
               wcschr(L"edrEDR", name[13])) {
        inheritance = name[13] | 32;
        what = CHANGE;
    } else if (!_wcsicmp(name, L"/T")) {
        icacls.tree = TRUE;
    } else if (!_wcsicmp(name, L"/C")) {
        icacls.go_on = TRUE;
    } else if (!_wcsicmp(name, L"/Q")) {
        icacls.quiet = TRUE;
    } else if (!_wcsicmp(name, L"/L")) {
        icacls.links = TRUE;
    } else {
        wrong_argument(name);
    }
    return i;
}

static int usage(void)
{
    wprintf(L"icacls NAME                                   shows the list\n"
            L"icacls NAME /grant[:r]|/deny ACCOUNT:RIGHTS...  /remove[:g|:d] ACCOUNT...\n"
            L"            /inheritance:e|d|r  /setintegritylevel [(OI)(CI)]L|M|H\n"
            L"icacls NAME /save FILE | /setowner ACCOUNT | /findsid ACCOUNT | /verify | /reset\n"
            L"icacls FOLDER [/substitute OLD NEW...] /restore FILE\n"
            L"    /T below folders too  /C goes on after errors  /Q says less  /L links themselves\n"
            L"ACCOUNT: name or *SID. RIGHTS: [(OI)(CI)(IO)(NP)] N F M RX R W D, or (RIGHT,RIGHT...)\n"
            L"    of DE RC WDAC WO S AS MA GR GW GE GA RD WD AD REA WEA X DC RA WA\n");
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    if (argc < 2 || !wcscmp(argv[1], L"/?"))
        return usage();
    for (int i = 2; i < argc;)
        i = option(argc, argv, i);
    if (icacls.links)
        stop(ERROR_NOT_SUPPORTED, L"Links have no list of their own here; /L cannot be done.\n");
    if (what == SAVE)
        store_open(list_file);
    if (what == RESTORE)
        store_restore(argv[1], list_file);
    else
        all_matching(argv[1]);
    if (what == SAVE)
        store_close();
    if (!icacls.quiet || icacls.bad)
        wprintf(L"Successfully processed %lu files; Failed processing %lu files\n", icacls.good, icacls.bad);
    return icacls.bad ? ERROR_ACCESS_DENIED : 0;
}
