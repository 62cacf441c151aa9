/*
 * help.exe: the commands, or the syntax of one of them, which the command itself knows.
 */
#include "../include/console.h"

static const struct {
    const wchar_t *name, *purpose;
} commands[] = {
    {L"ASSOC", L"shows or changes the types of file name endings"},
    {L"ATTRIB", L"shows or changes attributes of files"},
    {L"CALL", L"calls a batch file or a label"},
    {L"CD", L"shows or changes the folder"},
    {L"CHCP", L"shows or sets the code page"},
    {L"CHOICE", L"asks for one of some keys"},
    {L"CLS", L"clears the screen"},
    {L"CMD", L"starts another interpreter"},
    {L"COLOR", L"sets the console's colors"},
    {L"COMP", L"compares the bytes of files"},
    {L"COPY", L"copies or joins files"},
    {L"DATE", L"shows or sets the date"},
    {L"DEL", L"deletes files"},
    {L"DIR", L"lists files and folders"},
    {L"ECHO", L"shows a text, or turns the showing of commands on or off"},
    {L"ENDLOCAL", L"ends what SETLOCAL began"},
    {L"EXIT", L"ends the interpreter or a batch file"},
    {L"FC", L"shows the differences of files"},
    {L"FIND", L"shows lines with a text"},
    {L"FINDSTR", L"shows lines that match patterns"},
    {L"FOR", L"runs a command for each of a set"},
    {L"FORFILES", L"runs a command for each of the files found"},
    {L"FTYPE", L"shows or changes the commands of file types"},
    {L"GOTO", L"goes on at a label"},
    {L"HOSTNAME", L"shows the computer's name"},
    {L"ICACLS", L"shows or changes access rights"},
    {L"IF", L"runs a command on a condition"},
    {L"MD", L"makes folders"},
    {L"MKLINK", L"makes links"},
    {L"MORE", L"shows text a screen at a time"},
    {L"MOVE", L"moves files and folders"},
    {L"PATH", L"shows or sets where programs are looked for"},
    {L"PAUSE", L"waits for a key"},
    {L"POPD", L"goes back to the folder that PUSHD left"},
    {L"PROMPT", L"sets the prompt"},
    {L"PUSHD", L"goes to a folder and remembers the one before"},
    {L"RD", L"removes folders"},
    {L"REG", L"shows or changes the registry"},
    {L"REM", L"is a comment"},
    {L"REN", L"renames files"},
    {L"ROBOCOPY", L"makes a folder like another one"},
    {L"SET", L"shows or sets variables"},
    {L"SETLOCAL", L"keeps changes of variables to a part of a batch file"},
    {L"SETX", L"sets variables for later sessions"},
    {L"SHIFT", L"moves the parameters of a batch file"},
    {L"SORT", L"sorts lines"},
    {L"START", L"starts a program without waiting"},
    {L"TASKKILL", L"ends processes"},
    {L"TASKLIST", L"lists processes"},
    {L"TIME", L"shows or sets the time"},
    {L"TIMEOUT", L"waits for some seconds"},
    {L"TITLE", L"sets the title of the window"},
    {L"TREE", L"shows folders as a tree"},
    {L"TYPE", L"shows files"},
    {L"VER", L"shows the version"},
    {L"VERIFY", L"shows or sets whether written files are verified"},
    {L"VOL", L"shows a volume's label and number"},
    {L"WHERE", L"shows where files are found"},
    {L"WHOAMI", L"shows the user"},
    {L"XCOPY", L"copies files and trees"},
};

/* IF and FOR are no commands that could be asked. */
static const wchar_t *keyword_syntax(const wchar_t *name)
{
    if (!_wcsicmp(name, L"if"))
        return L"IF [NOT] ERRORLEVEL number command\r\nIF [NOT] [/I] string1==string2 command\r\n"
               L"IF [/I] string1 EQU|NEQ|LSS|LEQ|GTR|GEQ string2 command\r\nIF [NOT] EXIST filename "
               L"command\r\n"
               L"IF [NOT] DEFINED variable command\r\nIF CMDEXTVERSION number command\r\n";
    if (!_wcsicmp(name, L"for"))
        return L"FOR %variable IN (set) DO command\r\nFOR /D %variable IN (set) DO command\r\n"
               L"FOR /R [[drive:]path] %variable IN (set) DO command\r\n"
               L"FOR /L %variable IN (start,step,end) DO command\r\n"
               L"FOR /F [\"options\"] %variable IN (file-set|\"string\"|'command') DO command\r\n";
    return NULL;
}

int wmain(int argc, wchar_t **argv)
{
    if (argc < 2) {
        print(L"For more information on a command, type HELP command-name\r\n");
        for (size_t i = 0; i < ARRAYSIZE(commands); i++)
            print(L"%-14ls %ls\r\n", commands[i].name, commands[i].purpose);
        return 0;
    }
    const wchar_t *syntax = keyword_syntax(argv[1]);
    if (syntax) {
        print(L"%ls", syntax);
        return 0;
    }
    for (size_t i = 0; i < ARRAYSIZE(commands); i++) {
        if (_wcsicmp(argv[1], commands[i].name))
            continue;
        wchar_t line[64];
        STARTUPINFOW startup = {.cb = sizeof startup};
        PROCESS_INFORMATION process;
        _snwprintf(line, ARRAYSIZE(line), L"cmd.exe /d /c %ls /?", commands[i].name);
        if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
            return 1;
        WaitForSingleObject(process.hProcess, INFINITE);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
        return 0;
    }
    print(L"This command is not supported by the help utility.  Try \"%ls /?\".\r\n", argv[1]);
    return 1;
}
