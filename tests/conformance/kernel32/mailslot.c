/*
 * Mailslots: messages of several writers, in this process and in others.
 */
#include "children.h"

/* A name of this run. */
static const char *name(const char *stem)
{
    return name_of_run("\\\\.\\mailslot\\gastwirt\\", stem);
}

static HANDLE open_slot(const char *slot)
{
    return CreateFileA(slot, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
}

TEST(messages)
{
    ORACLE_DIFFERS("it counts one message at most and cuts what does not fit");
    const char *slot = name("messages");
    char buffer[64];
    DWORD n, maximum, next, count, timeout;
    HANDLE reader = CreateMailslotA(slot, 0, 0, NULL);
    CHECK(reader != INVALID_HANDLE_VALUE);
    CHECK_HANDLE_ERROR(CreateMailslotA(slot, 0, 0, NULL), ERROR_ALREADY_EXISTS);
    CHECK(GetMailslotInfo(reader, &maximum, &next, &count, &timeout));
    CHECK_EQ(maximum, 0);
    CHECK_EQ(next, MAILSLOT_NO_MESSAGE);
    CHECK_EQ(count, 0);
    CHECK_EQ(timeout, 0);
    CHECK_ERROR(ReadFile(reader, buffer, sizeof buffer, &n, NULL), ERROR_SEM_TIMEOUT);
    HANDLE one = open_slot(slot), two = open_slot(slot);
    CHECK(one != INVALID_HANDLE_VALUE && two != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(one, "first", 5, &n, NULL));
    CHECK_EQ(n, 5);
    CHECK(WriteFile(two, "", 0, &n, NULL));
    CHECK(WriteFile(two, "third one", 9, &n, NULL));
    CloseHandle(one);
    CHECK(GetMailslotInfo(reader, NULL, &next, &count, NULL));
    CHECK_EQ(next, 5);
    CHECK_EQ(count, 3);
    /* What does not fit stays. */
    CHECK_ERROR(ReadFile(reader, buffer, 4, &n, NULL), ERROR_INSUFFICIENT_BUFFER);
    CHECK(ReadFile(reader, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 5 && memcmp(buffer, "first", 5) == 0);
    CHECK(GetMailslotInfo(reader, NULL, &next, &count, NULL));
    CHECK_EQ(next, 0);
    CHECK_EQ(count, 2);
    CHECK(ReadFile(reader, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK(ReadFile(reader, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 9 && memcmp(buffer, "third one", 9) == 0);
    CHECK_ERROR(ReadFile(reader, buffer, sizeof buffer, &n, NULL), ERROR_SEM_TIMEOUT);
    CHECK_ERROR(WriteFile(reader, "x", 1, &n, NULL), ERROR_ACCESS_DENIED);
    CHECK_ERROR(ReadFile(two, buffer, 1, &n, NULL), ERROR_ACCESS_DENIED);
    CHECK_ERROR(GetMailslotInfo(two, NULL, &next, &count, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetMailslotInfo(two, 5), ERROR_INVALID_PARAMETER);
    CloseHandle(two);
    CloseHandle(reader);
    CHECK_HANDLE_ERROR(open_slot(slot), ERROR_FILE_NOT_FOUND);
}

TEST(wide_names)
{
    WCHAR slot[96];
    DWORD n, maximum, next, count, timeout;
    char buffer[8];

    MultiByteToWideChar(CP_ACP, 0, name("wide"), -1, slot, 96);
    HANDLE reader = CreateMailslotW(slot, 77, 5, NULL);
    CHECK(reader != INVALID_HANDLE_VALUE);
    CHECK(GetMailslotInfo(reader, &maximum, &next, &count, &timeout));
    CHECK_EQ(maximum, 77);
    CHECK_EQ(timeout, 5);
    CHECK_HANDLE_ERROR(CreateMailslotW(slot, 0, 0, NULL), ERROR_ALREADY_EXISTS);
    HANDLE writer = CreateFileW(slot, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(writer != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(writer, "four", 4, &n, NULL));
    CHECK(ReadFile(reader, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 4);
    CHECK_ERROR(ReadFile(reader, buffer, sizeof buffer, &n, NULL), ERROR_SEM_TIMEOUT);
    CloseHandle(writer);
    CloseHandle(reader);
    CHECK_HANDLE_ERROR(CreateMailslotW(NULL, 0, 0, NULL), ERROR_PATH_NOT_FOUND);
    CHECK_HANDLE_ERROR(CreateMailslotW(L"slot", 0, 0, NULL), ERROR_INVALID_NAME);
}

TEST(bad_names)
{
    ORACLE_DIFFERS("a slot without a name is the device there");
    CHECK_HANDLE_ERROR(CreateMailslotA(NULL, 0, 0, NULL), ERROR_PATH_NOT_FOUND);
    CHECK_HANDLE_ERROR(CreateMailslotA("slot", 0, 0, NULL), ERROR_INVALID_NAME);
    CHECK_HANDLE_ERROR(CreateMailslotA("\\\\.\\mailslot\\", 0, 0, NULL), ERROR_INVALID_NAME);
    CHECK_HANDLE_ERROR(open_slot(name("missing")), ERROR_FILE_NOT_FOUND);
}

TEST(longest_message)
{
    ORACLE_DIFFERS("the longest message is not enforced there");
    const char *slot = name("longest");
    char buffer[64];
    DWORD n, maximum;
    HANDLE reader = CreateMailslotA(slot, 8, 0, NULL), writer = open_slot(slot);
    CHECK(GetMailslotInfo(reader, &maximum, NULL, NULL, NULL));
    CHECK_EQ(maximum, 8);
    CHECK(WriteFile(writer, "12345678", 8, &n, NULL));
    CHECK(!WriteFile(writer, "123456789", 9, &n, NULL));
    CHECK(ReadFile(reader, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 8);
    CHECK_ERROR(ReadFile(reader, buffer, sizeof buffer, &n, NULL), ERROR_SEM_TIMEOUT);
    CloseHandle(writer);
    CloseHandle(reader);
}

TEST(timeouts)
{
    const char *slot = name("timeout");
    char buffer[64];
    DWORD n, timeout, before;
    HANDLE reader = CreateMailslotA(slot, 0, MAILSLOT_WAIT_FOREVER, NULL);
    CHECK(GetMailslotInfo(reader, NULL, NULL, NULL, &timeout));
    CHECK_EQ(timeout, MAILSLOT_WAIT_FOREVER);
    CHECK(SetMailslotInfo(reader, 60));
    CHECK(GetMailslotInfo(reader, NULL, NULL, NULL, &timeout));
    CHECK_EQ(timeout, 60);
    before = GetTickCount();
    CHECK_ERROR(ReadFile(reader, buffer, sizeof buffer, &n, NULL), ERROR_SEM_TIMEOUT);
    CHECK(GetTickCount() - before >= 40 && GetTickCount() - before < 5000);
    CloseHandle(reader);
}

TEST(overlapped)
{
    ORACLE_CRASHES("its reads cannot be cancelled");
    const char *slot = name("overlapped");
    char buffer[2][16];
    DWORD n;
    OVERLAPPED read[2] = {{.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)},
                          {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)}};
    HANDLE reader = CreateMailslotA(slot, 0, MAILSLOT_WAIT_FOREVER, NULL), writer = open_slot(slot);
    for (int i = 0; i < 2; i++)
        CHECK_ERROR(ReadFile(reader, buffer[i], 16, NULL, &read[i]), ERROR_IO_PENDING);
    CHECK(WriteFile(writer, "abc", 3, &n, NULL));
    CHECK(GetOverlappedResult(reader, &read[0], &n, TRUE));
    CHECK_EQ(n, 3);
    CHECK_EQ(WaitForSingleObject(read[1].hEvent, 20), WAIT_TIMEOUT);
    CHECK(CancelIoEx(reader, &read[1]));
    CHECK_ERROR(GetOverlappedResult(reader, &read[1], &n, TRUE), ERROR_OPERATION_ABORTED);
    CHECK(WriteFile(writer, "kept", 4, &n, NULL));
    CHECK(ReadFile(reader, buffer[0], 16, &n, &read[0]) || GetOverlappedResult(reader, &read[0], &n, TRUE));
    CHECK_EQ(n, 4);
    CloseHandle(writer);
    CloseHandle(reader);
    for (int i = 0; i < 2; i++)
        CloseHandle(read[i].hEvent);
}

/* Writes so many messages that begin with its letter. */
CHILD(writer)
{
    HANDLE slot = open_slot(argv[0]);
    char text[32];
    DWORD n;
    if (slot == INVALID_HANDLE_VALUE)
        return 100;
    for (int i = 0; i < atoi(argv[2]); i++) {
        int length = snprintf(text, sizeof text, "%s%d", argv[1], i);
        if (!WriteFile(slot, text, (DWORD)length, &n, NULL))
            return 101;
    }
    return 7;
}

TEST(several_writers)
{
    enum { MESSAGES = 500 };
    const char *slot = name("writers");
    PROCESS_INFORMATION process[3];
    int next[3] = {0}, wrong = 0;
    char buffer[64];
    DWORD n;
    HANDLE reader = CreateMailslotA(slot, 0, 10000, NULL);
    for (int i = 0; i < 3; i++)
        CHECK(start(&process[i], TRUE, 0, "writer %s %c %d", slot, 'a' + i, MESSAGES));
    for (int i = 0; i < 3 * MESSAGES; i++) {
        if (!ReadFile(reader, buffer, sizeof buffer - 1, &n, NULL)) {
            FAIL("message %d: error %lu", i, GetLastError());
            break;
        }
        buffer[n] = 0;
        int who = buffer[0] - 'a';
        if (who < 0 || who > 2 || atoi(buffer + 1) != next[who]++)
            wrong++;
    }
    CHECK_EQ(wrong, 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(finish(&process[i]), 7);
    CHECK(SetMailslotInfo(reader, 0));
    CHECK_ERROR(ReadFile(reader, buffer, sizeof buffer, &n, NULL), ERROR_SEM_TIMEOUT);
    CloseHandle(reader);
}

CHILD(inherited_reader)
{
    HANDLE reader = (HANDLE)(ULONG_PTR)strtoul(argv[0], NULL, 0);
    char buffer[16];
    DWORD n;
    return ReadFile(reader, buffer, sizeof buffer, &n, NULL) && n == 4 && memcmp(buffer, "mail", 4) == 0 ? 7
                                                                                                         : 1;
}

TEST(inherited_end)
{
    ORACLE_DIFFERS("a child cannot read from an inherited one there");
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    const char *slot = name("inherited");
    PROCESS_INFORMATION process;
    DWORD n;
    HANDLE reader = CreateMailslotA(slot, 0, 10000, &inherit), writer = open_slot(slot);
    CHECK(start(&process, TRUE, 0, "inherited_reader 0x%lx", (ULONG)(ULONG_PTR)reader));
    CloseHandle(reader);
    CHECK(WriteFile(writer, "mail", 4, &n, NULL));
    CHECK_EQ(finish(&process), 7);
    CHECK(!WriteFile(writer, "mail", 4, &n, NULL));
    CloseHandle(writer);
}

/* To the slots of that name everywhere: whether there is one is not known. */
TEST(broadcast)
{
    ORACLE_DIFFERS("not implemented there");
    const char *slot = name("everywhere");
    char all[128], buffer[512] = "";
    DWORD n;
    snprintf(all, sizeof all, "\\\\*\\%s", strstr(slot, "mailslot\\"));
    HANDLE writer = open_slot(all);
    CHECK(writer != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(writer, "nobody", 6, &n, NULL));
    HANDLE reader = CreateMailslotA(slot, 0, 2000, NULL);
    CHECK(WriteFile(writer, "hello", 5, &n, NULL));
    CHECK_EQ(n, 5);
    CHECK(ReadFile(reader, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 5 && memcmp(buffer, "hello", 5) == 0);
    CHECK(WriteFile(writer, buffer, 424, &n, NULL));
    CHECK_ERROR(WriteFile(writer, buffer, 425, &n, NULL), ERROR_BAD_NETPATH);
    CHECK(ReadFile(reader, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 424);
    CHECK_ERROR(ReadFile(writer, buffer, sizeof buffer, &n, NULL), ERROR_ACCESS_DENIED);
    CloseHandle(reader);
    CloseHandle(writer);
    CHECK_HANDLE_ERROR(CreateMailslotA(all, 0, 0, NULL), ERROR_INVALID_NAME);
}
