/* Security descriptors as text. */
#include "../harness.h"
#include <sddl.h>

static void round_trip(const WCHAR *text, const WCHAR *expected)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    WCHAR *back = NULL;
    ULONG size = 0, length = 0;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, &size)) {
        FAIL("%ls: error %lu", text, GetLastError());
        return;
    }
    CHECK(IsValidSecurityDescriptor(descriptor));
    CHECK_EQ(size, GetSecurityDescriptorLength(descriptor));
    CHECK(ConvertSecurityDescriptorToStringSecurityDescriptorW(
        descriptor, SDDL_REVISION_1,
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
            SACL_SECURITY_INFORMATION,
        &back, &length));
    CHECK_WSTR(back, expected);
    CHECK_EQ(length, wcslen(expected) + 1);
    LocalFree(back);
    LocalFree(descriptor);
}

TEST(round_trips)
{
    round_trip(L"O:BAG:SYD:(A;;FA;;;WD)", L"O:BAG:SYD:(A;;FA;;;WD)");
    round_trip(L"O:S-1-5-21-1-2-3-1001G:S-1-5-32-545", L"O:S-1-5-21-1-2-3-1001G:BU");
    round_trip(L"D:P(A;OICI;0x1200a9;;;BU)(D;;GW;;;AN)", L"D:P(A;OICI;0x1200a9;;;BU)(D;;GW;;;AN)");
    round_trip(L"D:PAI(A;;KR;;;AU)(A;CIID;0x3;;;SY)", L"D:PAI(A;;KR;;;AU)(A;CIID;CCDC;;;SY)");
    round_trip(L"D:(A;;CCLCSWLOCRRC;;;IU)", L"D:(A;;CCLCSWLOCRRC;;;IU)");
    round_trip(L"D:(A;;GRGX;;;CO)S:(AU;SAFA;GA;;;WD)", L"D:(A;;GXGR;;;CO)S:(AU;SAFA;GA;;;WD)");
    if (harness_is_wine()) /* knows neither labels nor object entries */
        return;
    round_trip(L"S:(ML;;NW;;;LW)", L"S:(ML;;NW;;;LW)");
    round_trip(L"D:(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD)",
               L"D:(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD)");
    round_trip(L"D:", L"D:");
}

TEST(null_list)
{
    PSECURITY_DESCRIPTOR descriptor;
    BOOL present = FALSE, defaulted;
    ACL *acl = (ACL *)1;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorA("D:NO_ACCESS_CONTROL", SDDL_REVISION_1,
                                                              &descriptor, NULL)) {
        CHECK(harness_is_wine()); /* does not know the word */
        return;
    }
    CHECK(GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted));
    if (!harness_is_wine()) /* makes an empty list of it */
        CHECK(present && !acl);
    LocalFree(descriptor);
}

TEST(numbers)
{
    PSECURITY_DESCRIPTOR descriptor;
    BOOL present, defaulted;
    ACL *acl;
    ACCESS_ALLOWED_ACE *ace;
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(A;;0X1F;;;WD)(A;;16;;;WD)",
                                                               SDDL_REVISION_1, &descriptor, NULL));
    CHECK(GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted));
    CHECK(GetAce(acl, 0, (void **)&ace));
    CHECK_EQ(ace->Mask, 0x1f);
    CHECK(GetAce(acl, 1, (void **)&ace));
    CHECK_EQ(ace->Mask, 16);
    LocalFree(descriptor);
}

TEST(errors)
{
    PSECURITY_DESCRIPTOR descriptor;
    CHECK_ERROR(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:", 2, &descriptor, NULL),
                ERROR_UNKNOWN_REVISION);
    if (!harness_is_wine()) /* sets no error */
        CHECK_ERROR(ConvertStringSecurityDescriptorToSecurityDescriptorA(NULL, 1, &descriptor, NULL),
                    ERROR_INVALID_PARAMETER);
    CHECK_ERROR(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(A;;ZZ;;;WD)", 1, &descriptor, NULL),
                ERROR_INVALID_ACL);
    CHECK_ERROR(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(A;;GA;;WD)", 1, &descriptor, NULL),
                ERROR_INVALID_ACL);
    CHECK_ERROR(ConvertStringSecurityDescriptorToSecurityDescriptorA("O:QQ", 1, &descriptor, NULL),
                ERROR_INVALID_SID);
}

TEST(aliases)
{
    static const struct {
        const char *alias, *sid;
    } pairs[] = {{"AO", "S-1-5-32-548"}, {"CG", "S-1-3-1"},      {"ED", "S-1-5-9"},
                 {"NO", "S-1-5-32-556"}, {"RU", "S-1-5-32-554"}, {"SI", "S-1-16-16384"},
                 {"LW", "S-1-16-4096"},  {"OW", "S-1-3-4"}};
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        PSID a;
        char *text = NULL;
        if (!ConvertStringSidToSidA(pairs[i].alias, &a)) {
            FAIL("%s: error %lu", pairs[i].alias, GetLastError());
            continue;
        }
        CHECK(ConvertSidToStringSidA(a, &text));
        CHECK_STR(text, pairs[i].sid);
        LocalFree(text);
        LocalFree(a);
    }
    PSID admin;
    CHECK(ConvertStringSidToSidA("LA", &admin));
    CHECK_EQ(*GetSidSubAuthority(admin, 4), 500);
    LocalFree(admin);
    CHECK(ConvertStringSidToSidA("S-1-0x5-32-0x220", &admin));
    CHECK(IsWellKnownSid(admin, WinBuiltinAdministratorsSid));
    LocalFree(admin);
}
