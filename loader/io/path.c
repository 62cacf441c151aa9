/*
 * Paths between the two worlds: the drive map, NT names to Unix names and back. C: is the union of
 * user state (STATE/drive_c), the system folder and folders that exist without having been created.
 */
#include "io/io.h"
#include "io/lookup.h"
#include "io/overlay.h"
#include "io/system.h"
#include "options.h"
#include "wow/wow.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void io_path_free(struct io_path *path)
{
    free(path->unix_path);
    free(path->overlay);
    path->unix_path = path->overlay = NULL;
}

/* Unix root of a drive without its last slash ("" for Z:), or NULL if there is none. */
static const char *drive_root(int letter)
{
    if (letter == 'Z')
        return "";
    if (letter < 'A' || letter > 'Z' || letter == 'C')
        return NULL;
    return run_options.drives[letter - 'A'];
}

bool io_drive_exists(int letter)
{
    return letter == 'C' || drive_root(letter);
}

static bool has_prefix(const WCHAR *text, size_t length, const char *prefix)
{
    size_t n = strlen(prefix);
    if (length < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (io_upcase(text[i]) != (WCHAR)toupper((unsigned char)prefix[i]))
            return false;
    return true;
}

static int hex_digit(WCHAR c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* Volume{47617374-7769-7274-0000-0000000000LL}: LL is the drive letter. */
static const char volume_prefix[] = "Volume{47617374-7769-7274-0000-0000000000";

NTSTATUS io_parse_drive(const WCHAR **text, size_t *length, int *ret_letter)
{
    const WCHAR *p = *text;
    size_t n = *length;
    int letter = 0;

    if (has_prefix(p, n, "\\??\\GLOBALROOT\\"))
        p += 14, n -= 14;
    if (has_prefix(p, n, "\\??\\"))
        p += 4, n -= 4;
    else if (has_prefix(p, n, "\\DosDevices\\"))
        p += 12, n -= 12;
    else if (has_prefix(p, n, "\\GLOBAL??\\"))
        p += 10, n -= 10;
    else if (has_prefix(p, n, "\\Device\\HarddiskVolume")) {
        p += 22, n -= 22;
        while (n && *p >= '0' && *p <= '9' && letter < 100)
            letter = letter * 10 + *p++ - '0', n--;
        if (letter < 1 || letter > 26 || (n && *p != '\\'))
            return STATUS_OBJECT_NAME_NOT_FOUND;
        letter += 'A' - 1;
        goto found;
    } else if (has_prefix(p, n, "\\SystemRoot") && (n == 11 || p[11] == '\\')) {
        *ret_letter = 'S';
        *text = p + 11;
        *length = n - 11;
        return STATUS_SUCCESS;
    } else
        return n && *p == '\\' ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_OBJECT_PATH_SYNTAX_BAD;

    if (has_prefix(p, n, "GLOBAL\\"))
        p += 7, n -= 7;
    if (n >= 2 && p[1] == ':' && io_upcase(p[0]) >= 'A' && io_upcase(p[0]) <= 'Z') {
        letter = io_upcase(p[0]);
        p += 2, n -= 2;
        if (n && *p != '\\')
            return STATUS_OBJECT_NAME_NOT_FOUND;
    } else if (has_prefix(p, n, volume_prefix) && n >= sizeof volume_prefix + 2 && hex_digit(p[41]) >= 0 &&
               hex_digit(p[42]) >= 0 && p[43] == '}') {
        letter = hex_digit(p[41]) * 16 + hex_digit(p[42]);
        p += 44, n -= 44;
    } else if (has_prefix(p, n, "UNC\\")) {
        return STATUS_BAD_NETWORK_PATH;
    } else {
        for (size_t i = 0; i < n; i++)
            if (p[i] == '\\')
                return STATUS_OBJECT_PATH_NOT_FOUND;
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
found:
    if (!io_drive_exists(letter))
        return STATUS_OBJECT_PATH_NOT_FOUND;
    *text = p;
    *length = n;
    *ret_letter = letter;
    return STATUS_SUCCESS;
}

/* Cuts the default stream's name off; STATUS_OBJECT_NAME_INVALID for all others (no streams here, as on
 * a file system that does not have them). */
static NTSTATUS strip_stream(const WCHAR *text, size_t *length)
{
    for (size_t i = 0; i < *length; i++)
        if (text[i] == ':') {
            if (*length - i == 7 && has_prefix(text + i, 7, "::$DATA")) {
                *length = i;
                return STATUS_SUCCESS;
            }
            return STATUS_OBJECT_NAME_INVALID;
        }
    return STATUS_SUCCESS;
}

/* "\a\b" to "/a/b" appended to out (room for all). */
static NTSTATUS convert_components(const WCHAR *p, size_t n, char *out, bool *ret_trailing)
{
    char *start = out;
    *ret_trailing = n && p[n - 1] == '\\';
    while (n) {
        if (*p != '\\')
            return STATUS_OBJECT_NAME_INVALID;
        p++, n--;
        size_t length = 0;
        while (length < n && p[length] != '\\') {
            WCHAR c = p[length++];
            if (c < 0x20 || c == '/' || c == '"' || c == '*' || c == '?' || c == '<' || c == '>' ||
                c == '|' || c == ':')
                return STATUS_OBJECT_NAME_INVALID;
        }
        if (length == 0) {
            if (n == 0)
                break; /* a trailing backslash */
            return STATUS_OBJECT_NAME_INVALID;
        }
        if (length > 255 || (p[0] == '.' && (length == 1 || (length == 2 && p[1] == '.'))))
            return STATUS_OBJECT_NAME_INVALID;
        *out++ = '/';
        out += io_name_to_utf8(p, length, out);
        p += length, n -= length;
    }
    *out = 0;
    return strlen(start) == (size_t)(out - start) ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
}

/* There are no 8.3 names: only the exact and the folded spelling count. */
static NTSTATUS finish(char *wanted, size_t root_length, struct io_path *path)
{
    NTSTATUS status = io_lookup(wanted[0] ? wanted : "/", root_length, &path->unix_path, &path->exists,
                                &path->stat);
    path->statx_valid = NT_SUCCESS(status) && path->exists;
    return status;
}

NTSTATUS io_path_to_unix(const WCHAR *nt, size_t length, struct io_path *ret_path)
{
    char small[1024], *buffer = small;
    struct io_path path = {0};
    int letter;

    NTSTATUS status = io_parse_drive(&nt, &length, &letter);
    if (NT_SUCCESS(status))
        status = strip_stream(nt, &length);
    if (!NT_SUCCESS(status))
        return status;
    const char *root = letter == 'S' ? "/windows" : letter == 'C' ? "" : drive_root(letter);
    size_t root_length = strlen(root), need = root_length + length * 3 + 2;
    if (need > sizeof small && !(buffer = malloc(need)))
        return STATUS_NO_MEMORY;
    memcpy(buffer, root, root_length);
    status = convert_components(nt, length, buffer + root_length, &path.trailing);
    if (NT_SUCCESS(status))
        status = letter == 'C' || letter == 'S' ? io_overlay_resolve(buffer, &path)
                                                : finish(buffer, root_length, &path);
    if (buffer != small)
        free(buffer);
    if (!NT_SUCCESS(status)) {
        io_path_free(&path);
        return status;
    }
    *ret_path = path;
    return STATUS_SUCCESS;
}

/* ---- Unix to DOS ---- */

/* If path is at or below root: the rest ("" or "/..."), else NULL. */
static const char *below(const char *path, const char *root)
{
    size_t n = strlen(root);
    return n && strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == 0) ? path + n : NULL;
}

static WCHAR *make_dos(int letter, const char *folder, const char *rest)
{
    size_t n = strlen(folder), length = strlen(rest);
    WCHAR *result = malloc((n + length + 4) * sizeof *result), *out = result;
    if (!result)
        return NULL;
    *out++ = (WCHAR)letter;
    *out++ = ':';
    for (size_t i = 0; i < n; i++)
        *out++ = folder[i] == '/' ? '\\' : (WCHAR)folder[i];
    if (n == 0 && length <= 1)
        *out++ = '\\';
    while (*rest) {
        size_t component = strcspn(++rest, "/");
        if (component) {
            *out++ = '\\';
            out += io_name_to_utf16(rest, component, out);
        }
        rest += component;
    }
    *out = 0;
    return result;
}

WCHAR *io_unix_to_dos(const char *unix_path)
{
    const char *rest, *state = io_overlay_root(), *best = NULL;
    int letter = 'Z';
    char *absolute = NULL;
    WCHAR *result;

    if (unix_path[0] != '/') {
        char *directory = getcwd(NULL, 0);
        while (unix_path[0] == '.' && unix_path[1] == '/')
            unix_path += 2;
        if (asprintf(&absolute, "%s/%s", directory ? directory : "", unix_path) < 0)
            absolute = NULL;
        free(directory);
        if (!absolute)
            return NULL;
        unix_path = absolute;
    }
    if ((rest = below(unix_path, state))) {
        result = make_dos('C', "", rest);
    } else if ((rest = below(unix_path, io_system_directory()))) {
        result = make_dos('C', wow_active ? "/windows/sysnative" : "/windows/system32", rest);
    } else if ((rest = below(unix_path, io_system_directory32()))) {
        result = make_dos('C', wow_active ? "/windows/system32" : "/windows/syswow64", rest);
    } else {
        for (int i = 0; i < 26; i++) {
            const char *root = i == 'C' - 'A' ? NULL : run_options.drives[i];
            if (root && (rest = below(unix_path, root)) && (!best || strlen(rest) < strlen(best)))
                best = rest, letter = 'A' + i;
        }
        result = make_dos(letter, "", best ? best : unix_path);
    }
    free(absolute);
    return result;
}

/* A drive's root can be a link itself, and is named as it is all the same. */
static char *name_by_root(const char *real, const char *root)
{
    char *real_root = root && *root ? realpath(root, NULL) : NULL, *result = NULL;
    const char *rest = real_root ? below(real, real_root) : NULL;
    if (rest && asprintf(&result, "%s%s", root, rest) < 0)
        result = NULL;
    free(real_root);
    return result;
}

WCHAR *io_final_dos_name(const struct io_file *file)
{
    char *copy = strdup(file->path), *real = NULL, *named = NULL;
    char *slash = copy ? strrchr(copy, '/') : NULL;
    if (file->link_itself && slash) { /* only the way to it is followed */
        char *folder;
        *slash = 0;
        folder = realpath(slash == copy ? "/" : copy, NULL);
        if (folder && asprintf(&real, "%s/%s", folder[1] ? folder : "", slash + 1) < 0)
            real = NULL;
        free(folder);
    } else if (!file->overlay) {
        real = realpath(file->path, NULL);
    }
    free(copy);
    if (real && strcmp(real, file->path) != 0) {
        named = name_by_root(real, io_overlay_root());
        for (int i = 0; i < 26 && !named; i++)
            named = name_by_root(real, i == 'C' - 'A' ? NULL : run_options.drives[i]);
    }
    WCHAR *name = io_unix_to_dos(named ? named : real ? real : file->path);
    free(named);
    free(real);
    return name;
}

char *io_dos_to_unix(const char *dos_path)
{
    size_t length = strlen(dos_path);
    struct io_path path;
    if (!isalpha((unsigned char)dos_path[0]) || dos_path[1] != ':')
        return NULL;
    WCHAR *nt = malloc((length + 8) * sizeof *nt);
    if (!nt)
        return NULL;
    memcpy(nt, u"\\??\\", 8);
    size_t n = 4 + io_utf8_to_utf16_n(dos_path, length, nt + 4, length);
    for (size_t i = 4; i < n; i++)
        if (nt[i] == '/')
            nt[i] = '\\';
    NTSTATUS status = io_path_to_unix(nt, n, &path);
    free(nt);
    if (!NT_SUCCESS(status))
        return NULL;
    free(path.overlay);
    if (!path.exists) {
        free(path.unix_path);
        return NULL;
    }
    return path.unix_path;
}

/* ---- who and where ---- */

/* The name of the user's account: most are in the file. Reading that by libc's means, or asking the name
 * service, costs many system calls. */
static void find_account(char *ret_name, size_t size)
{
    char text[4096], *save = NULL, id[24];
    int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = 0;
    snprintf(id, sizeof id, "%u", (unsigned)getuid());
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *name = strsep(&line, ":"), *password = strsep(&line, ":"), *number = strsep(&line, ":");
        if (password && number && line && strcmp(number, id) == 0) {
            snprintf(ret_name, size, "%s", name);
            return;
        }
    }
    const struct passwd *entry = getpwuid(getuid());
    snprintf(ret_name, size, "%s", entry ? entry->pw_name : "user");
}

const char *io_user_name(void)
{
    static char name[64];
    if (!name[0]) {
        const char *user = getenv("USER");
        if (user && *user && !strpbrk(user, "/\\:*?\"<>|"))
            snprintf(name, sizeof name, "%s", user);
        else
            find_account(name, sizeof name);
    }
    return name;
}
