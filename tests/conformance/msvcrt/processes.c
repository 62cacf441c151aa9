/*
 * Processes: the spawn and exec families, waiting, pipes and descriptors that children inherit, system and
 * popen.
 */
#include "crt.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <sys/stat.h>

static char program[MAX_PATH], folder[MAX_PATH], base[MAX_PATH];
static wchar_t wide_program[MAX_PATH], wide_base[MAX_PATH];

static void find_program(void)
{
    GetModuleFileNameA(NULL, program, MAX_PATH);
    GetModuleFileNameW(NULL, wide_program, MAX_PATH);
    strcpy(folder, program);
    char *slash = strrchr(folder, '\\');
    strcpy(base, slash + 1);
    *slash = 0;
    MultiByteToWideChar(CP_ACP, 0, base, -1, wide_base, MAX_PATH);
}

/* Ends with the number it is given and 100 more if CRT_SPAWN is "set". */
CHILD(code)
{
    char value[10] = "";

    GetEnvironmentVariableA("CRT_SPAWN", value, sizeof value);
    return atoi(argv[0]) + (strcmp(value, "set") == 0 ? 100 : 0);
}

#define NARROW_LIST "test", "--child", "code", "42", NULL
#define WIDE_LIST   L"test", L"--child", L"code", L"42", NULL

CRT_TEST(spawn)
{
    ORACLE_DIFFERS("the PATH is the one that the runtime was given");
    const char *argv[] = {NARROW_LIST}, *env[] = {"CRT_SPAWN=set", NULL};
    const wchar_t *wargv[] = {WIDE_LIST}, *wenv[] = {L"CRT_SPAWN=set", NULL};
    char path[2 * MAX_PATH];

    find_program();
    CHECK_EQ(CRT(intptr_t, _spawnl, (int, const char *, ...))(_P_WAIT, program, NARROW_LIST), 42);
    CHECK_EQ(CRT(intptr_t, _spawnle, (int, const char *, ...))(_P_WAIT, program, NARROW_LIST, env), 142);
    CHECK_EQ(FN(_spawnv)(_P_WAIT, program, argv), 42);
    CHECK_EQ(FN(_spawnve)(_P_WAIT, program, argv, env), 142);
    CHECK_EQ(CRT(intptr_t, _wspawnl, (int, const wchar_t *, ...))(_P_WAIT, wide_program, WIDE_LIST), 42);
    CHECK_EQ(CRT(intptr_t, _wspawnle, (int, const wchar_t *, ...))(_P_WAIT, wide_program, WIDE_LIST, wenv),
             142);
    CHECK_EQ(FN(_wspawnv)(_P_WAIT, wide_program, wargv), 42);
    CHECK_EQ(FN(_wspawnve)(_P_WAIT, wide_program, wargv, wenv), 142);
    /* Those with p look along PATH, and all add ".exe" where nothing of the name is. */
    snprintf(path, sizeof path, "PATH=%s;C:\\windows\\system32", folder);
    CRT(int, _putenv, (const char *))(path);
    CHECK_EQ(CRT(intptr_t, _spawnlp, (int, const char *, ...))(_P_WAIT, base, NARROW_LIST), 42);
    CHECK_EQ(CRT(intptr_t, _spawnlpe, (int, const char *, ...))(_P_WAIT, base, NARROW_LIST, env), 142);
    CHECK_EQ(FN(_spawnvp)(_P_WAIT, base, argv), 42);
    CHECK_EQ(FN(_spawnvpe)(_P_WAIT, base, argv, env), 142);
    wide_base[lstrlenW(wide_base) - 4] = 0;
    CHECK_EQ(CRT(intptr_t, _wspawnlp, (int, const wchar_t *, ...))(_P_WAIT, wide_base, WIDE_LIST), 42);
    CHECK_EQ(CRT(intptr_t, _wspawnlpe, (int, const wchar_t *, ...))(_P_WAIT, wide_base, WIDE_LIST, wenv),
             142);
    CHECK_EQ(FN(_wspawnvp)(_P_WAIT, wide_base, wargv), 42);
    CHECK_EQ(FN(_wspawnvpe)(_P_WAIT, wide_base, wargv, wenv), 142);
}

CRT_TEST(spawn_failures)
{
    const char *argv[] = {NARROW_LIST}, *none[] = {NULL}, *empty[] = {"", NULL};
    HANDLE file;
    DWORD count;

    find_program();
    CHECK_ERRNO(FN(_spawnv)(_P_WAIT, "crt_none_such.exe", argv), -1, ENOENT);
    CHECK_ERRNO(FN(_spawnvp)(_P_WAIT, "crt_none_such", argv), -1, ENOENT);
    CHECK_INVALID(FN(_spawnv)(77, program, argv), -1, EINVAL);
    CHECK_INVALID(FN(_spawnv)(_P_WAIT, NULL, argv), -1, EINVAL);
    CHECK_INVALID(FN(_spawnv)(_P_WAIT, program, NULL), -1, EINVAL);
    CHECK_INVALID(FN(_spawnv)(_P_WAIT, program, none), -1, EINVAL);
    CHECK_INVALID(FN(_spawnv)(_P_WAIT, program, empty), -1, EINVAL);
    file = CreateFileA("crt_bad.exe", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, "not a program", 13, &count, NULL);
    CloseHandle(file);
    CHECK_ERRNO(FN(_spawnv)(_P_WAIT, "crt_bad.exe", argv), -1, ENOEXEC);
    DeleteFileA("crt_bad.exe");
}

CRT_TEST(waiting)
{
    const char *argv[] = {NARROW_LIST};
    int status = -1;

    find_program();
    intptr_t process = FN(_spawnv)(_P_NOWAIT, program, argv);
    CHECK(process > 0);
    CHECK_EQ(FN(_cwait)(&status, process, 0), process);
    CHECK_EQ(status, 42);
    process = FN(_spawnv)(_P_NOWAITO, program, argv);
    CHECK(process > 0);
    CHECK_EQ(WaitForSingleObject((HANDLE)process, 20000), WAIT_OBJECT_0);
    CloseHandle((HANDLE)process);
    CHECK_EQ(FN(_spawnv)(_P_DETACH, program, argv), 0);
    CHECK_ERRNO(FN(_cwait)(&status, 0x123456, 0), -1, ECHILD);
    CHECK_EQ(FN(_getpid)(), GetCurrentProcessId());
}

CRT_TEST(quoting)
{
    /* Arguments are joined by spaces and nothing else: whoever wants quotes writes them. */
    const char *argv[] = {"test", "--child", "code", "\"17 is a number\"", NULL};

    find_program();
    CHECK_EQ(FN(_spawnv)(_P_WAIT, program, argv), 17);
}

/* Writes to the descriptor that it is told. */
CHILD(write)
{
    int fd = atoi(argv[0]);
    return CRT(int, _write, (int, const void *, unsigned))(fd, "inherited\n", 10) == 10 ? 0 : CRT_ERRNO;
}

CRT_TEST(inherited_descriptors)
{
    char number[10], text[20] = "";
    int ends[2], fd;
    const char *argv[] = {"test", "--child", "write", number, NULL};

    find_program();
    CHECK_EQ(CRT(int, _pipe, (int *, unsigned, int))(ends, 256, _O_BINARY), 0);
    sprintf(number, "%d", ends[1]);
    CHECK_EQ(FN(_spawnv)(_P_WAIT, program, argv), 0);
    CHECK_EQ(CRT(int, _read, (int, void *, unsigned))(ends[0], text, 20), 10);
    CHECK_STR(text, "inherited\n");
    CRT(int, _close, (int))(ends[0]);
    CRT(int, _close, (int))(ends[1]);
    /* Text mode goes along, and a descriptor that is not inherited is not there. */
    fd = CRT(int, _open, (const char *, int, ...))("crt_inherit.tmp", _O_CREAT | _O_RDWR | _O_TEXT,
                                                   _S_IREAD | _S_IWRITE);
    sprintf(number, "%d", fd);
    CHECK_EQ(FN(_spawnv)(_P_WAIT, program, argv), 0);
    CHECK_EQ(CRT(long, _filelength, (int))(fd), 11);
    CRT(int, _close, (int))(fd);
    DeleteFileA("crt_inherit.tmp");
    CHECK_INVALID(CRT(int, _pipe, (int *, unsigned, int))(NULL, 256, _O_BINARY), -1, EINVAL);
    CHECK_INVALID(CRT(int, _pipe, (int *, unsigned, int))(ends, 256, 0x12345), -1, EINVAL);
}

/* Makes the file it is told, with its environment's word. */
CHILD(mark)
{
    char value[10] = "";
    DWORD count;

    GetEnvironmentVariableA("CRT_SPAWN", value, sizeof value);
    HANDLE file = CreateFileA("crt_exec.new", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, argv[0], (DWORD)strlen(argv[0]), &count, NULL);
    WriteFile(file, value, (DWORD)strlen(value), &count, NULL);
    CloseHandle(file);
    MoveFileA("crt_exec.new", "crt_exec.tmp");
    return 0;
}

static const struct {
    const char *name;
    int wide, list, environment;
} execs[] = {
    {"_execl", 0, 1, 0},  {"_execle", 0, 1, 1},  {"_execlp", 0, 1, 0},  {"_execlpe", 0, 1, 1},
    {"_execv", 0, 0, 0},  {"_execve", 0, 0, 1},  {"_execvp", 0, 0, 0},  {"_execvpe", 0, 0, 1},
    {"_wexecl", 1, 1, 0}, {"_wexecle", 1, 1, 1}, {"_wexeclp", 1, 1, 0}, {"_wexeclpe", 1, 1, 1},
    {"_wexecv", 1, 0, 0}, {"_wexecve", 1, 0, 1}, {"_wexecvp", 1, 0, 0}, {"_wexecvpe", 1, 0, 1},
};

CHILD(exec)
{
    const char *args[] = {"test", "--child", "mark", "arrived", NULL}, *env[] = {"CRT_SPAWN=set", NULL};
    const wchar_t *wargs[] = {L"test", L"--child", L"mark", L"arrived", NULL},
                  *wenv[] = {L"CRT_SPAWN=set", NULL};
    int i = atoi(argv[0]);
    void *f = crt_function(execs[i].name);

    find_program();
    if (execs[i].list && execs[i].wide)
        ((intptr_t(__cdecl *)(const wchar_t *, ...))f)(wide_program, L"test", L"--child", L"mark", L"arrived",
                                                       NULL, wenv);
    else if (execs[i].list)
        ((intptr_t(__cdecl *)(const char *, ...))f)(program, "test", "--child", "mark", "arrived", NULL, env);
    else if (execs[i].wide)
        ((intptr_t(__cdecl *)(const wchar_t *, const wchar_t **, const wchar_t **))f)(wide_program, wargs,
                                                                                      wenv);
    else
        ((intptr_t(__cdecl *)(const char *, const char **, const char **))f)(program, args, env);
    return 77; /* does not come back */
}

CRT_TEST(exec)
{
    char number[10];
    const char *argv[] = {"test", "--child", "exec", number, NULL}, *args[] = {"x", NULL};

    find_program();
    for (int i = 0; i < (int)(sizeof execs / sizeof *execs); i++) {
        char text[30] = "";
        DWORD count;
        DeleteFileA("crt_exec.tmp");
        sprintf(number, "%d", i);
        intptr_t code = FN(_spawnv)(_P_WAIT, program, argv);
        HANDLE file = INVALID_HANDLE_VALUE;
        for (int tries = 0; tries < 400 && file == INVALID_HANDLE_VALUE; tries++) {
            file = CreateFileA("crt_exec.tmp", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
            if (file == INVALID_HANDLE_VALUE)
                Sleep(10);
        }
        if (file != INVALID_HANDLE_VALUE)
            ReadFile(file, text, sizeof text - 1, &count, NULL);
        CloseHandle(file);
        if (code == 77 || strcmp(text, execs[i].environment ? "arrivedset" : "arrived"))
            FAIL("%s: \"%s\", %d", execs[i].name, text, (int)code);
    }
    DeleteFileA("crt_exec.tmp");
    CHECK_ERRNO(FN(_execv)("crt_none_such.exe", args), -1, ENOENT);
    CHECK_INVALID(FN(_execv)(NULL, args), -1, EINVAL);
}

CRT_TEST(commands)
{
    char line[40] = "";
    typedef struct stream stream;

    CHECK_EQ(CRT(int, system, (const char *))(NULL), 1);
    CHECK_EQ(CRT(int, _wsystem, (const wchar_t *))(NULL), 1);
    CHECK_EQ(CRT(int, system, (const char *))("exit 5"), 5);
    CHECK_EQ(CRT(int, _wsystem, (const wchar_t *))(L"exit 6"), 6);
    stream *f = CRT(stream *, _popen, (const char *, const char *))("echo popen", "rt");
    CHECK(f != NULL);
    if (f) {
        CHECK(CRT(char *, fgets, (char *, int, stream *))(line, 40, f) != NULL);
        CHECK_STR(line, "popen\n");
        CHECK_EQ(CRT(int, _pclose, (stream *))(f), 0);
    }
    f = CRT(stream *, _wpopen, (const wchar_t *, const wchar_t *))(L"exit 3", L"r");
    CHECK(f != NULL);
    CHECK_EQ(CRT(int, _pclose, (stream *))(f), 3);
    CHECK_INVALID(CRT(stream *, _popen, (const char *, const char *))(NULL, "r") == NULL, 1, EINVAL);
    CHECK_INVALID(CRT(stream *, _popen, (const char *, const char *))("echo", "q") == NULL, 1, EINVAL);
    CHECK_INVALID(CRT(int, _pclose, (stream *))(NULL), -1, EINVAL);
}
