/*
 * The API-set schema in the PEB, read the way programs do that resolve contracts themselves.
 */
#include "harness.h"
#include <nt/peb.h>

struct header {
    ULONG Version, Size, Flags, Count, EntryOffset, HashOffset, HashFactor;
};
struct entry {
    ULONG Flags, NameOffset, NameLength, HashedLength, ValueOffset, ValueCount;
};
struct value {
    ULONG Flags, NameOffset, NameLength, ValueOffset, ValueLength;
};
struct hash {
    ULONG Hash, Index;
};

TEST(layout)
{
    const char *schema = ((TEB *)NtCurrentTeb())->ProcessEnvironmentBlock->ApiSetMap;
    const struct header *header = (const void *)schema;
    if (!schema || header->Version != 6) {
        harness_skip("not a version 6 schema");
        return;
    }
    const struct entry *entries = (const void *)(schema + header->EntryOffset);
    const struct hash *hashes = (const void *)(schema + header->HashOffset);
    CHECK(header->Count > 100);
    int found = 0;
    for (ULONG i = 0; i < header->Count; i++) {
        const struct entry *entry = &entries[hashes[i].Index];
        const WCHAR *name = (const WCHAR *)(schema + entry->NameOffset);
        ULONG hash = 0;
        for (ULONG c = 0; c < entry->HashedLength / 2; c++)
            hash = hash * header->HashFactor + (name[c] >= 'A' && name[c] <= 'Z' ? name[c] + 32 : name[c]);
        CHECK(hash == hashes[i].Hash);
        CHECK(i == 0 || hashes[i - 1].Hash <= hashes[i].Hash);
        if (entry->NameLength >= 62 && !_wcsnicmp(name, L"api-ms-win-core-file-l1-1-", 26)) {
            const struct value *value = (const void *)(schema + entry->ValueOffset);
            CHECK(entry->ValueCount >= 1);
            CHECK(value->ValueLength > 8);
            found = 1;
        }
        if (!_wcsnicmp(name, L"api-ms-win-core-file-l1-1-", 26))
            found = 1;
    }
    CHECK(found);
}

TEST(resolution)
{
    CHECK(GetModuleHandleA("api-ms-win-core-rtlsupport-l1-1-0.dll") == GetModuleHandleA("ntdll.dll"));
    CHECK(GetModuleHandleA("api-ms-win-core-synch-l1-2-0") != NULL);
    CHECK(GetModuleHandleA("API-MS-WIN-CORE-SYNCH-L1-2-99") ==
          GetModuleHandleA("api-ms-win-core-synch-l1-2-0"));
}

TEST(presence)
{
    LONG(NTAPI * query)
    (const void *, BOOLEAN *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                       "ApiSetQueryApiSetPresence");
    LONG(NTAPI * query_ex)
    (const void *, BOOLEAN *, BOOLEAN *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                  "ApiSetQueryApiSetPresenceEx");
    struct {
        USHORT length, maximum;
        const WCHAR *text;
    } good = {56, 58, L"api-ms-win-core-file-l1-1-0"}, unknown = {52, 54, L"api-ms-win-no-such-l1-1-0"},
      none = {24, 26, L"kernel32.dll"};
    BOOLEAN present = 7, known = 7;

    if (!query || !query_ex)
        SKIP("not exported there");
    good.length = (USHORT)(2 * wcslen(good.text));
    unknown.length = (USHORT)(2 * wcslen(unknown.text));
    CHECK_STATUS(query(&good, &present), STATUS_SUCCESS);
    CHECK_EQ(present, TRUE);
    CHECK_STATUS(query(&unknown, &present), STATUS_SUCCESS);
    CHECK_EQ(present, FALSE);
    if (!harness_is_wine()) /* no name of a contract; there it is only an unknown one */
        CHECK_STATUS(query(&none, &present), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(query_ex(&good, &known, &present), STATUS_SUCCESS);
    CHECK(known == TRUE && present == TRUE);
    CHECK_STATUS(query_ex(&unknown, &known, &present), STATUS_SUCCESS);
    CHECK(known == FALSE && present == FALSE);
    CHECK_STATUS(query_ex(&none, &known, &present), STATUS_INVALID_PARAMETER);
}
