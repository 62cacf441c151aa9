/*
 * Trustees: built in every form and read again; lists and rights in the narrow forms.
 */
#include "harness.h"
#include <aclapi.h>

static BYTE everyone[SECURITY_MAX_SID_SIZE];

static PSID world(void)
{
    DWORD size = sizeof everyone;
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, everyone, &size));
    return everyone;
}

TEST(names)
{
    TRUSTEEA narrow;
    TRUSTEEW wide;
    memset(&narrow, 0x55, sizeof narrow);
    memset(&wide, 0x55, sizeof wide);
    BuildTrusteeWithNameA(&narrow, (char *)"Everyone");
    BuildTrusteeWithNameW(&wide, (WCHAR *)L"Everyone");
    CHECK_EQ(GetTrusteeFormA(&narrow), TRUSTEE_IS_NAME);
    CHECK_EQ(GetTrusteeFormW(&wide), TRUSTEE_IS_NAME);
    CHECK_EQ(GetTrusteeTypeA(&narrow), TRUSTEE_IS_UNKNOWN);
    CHECK_EQ(GetTrusteeTypeW(&wide), TRUSTEE_IS_UNKNOWN);
    CHECK_STR(GetTrusteeNameA(&narrow), "Everyone");
    CHECK_WSTR(GetTrusteeNameW(&wide), L"Everyone");
    CHECK(!narrow.pMultipleTrustee && !wide.pMultipleTrustee);
    CHECK_EQ(narrow.MultipleTrusteeOperation, NO_MULTIPLE_TRUSTEE);
    CHECK_EQ(wide.MultipleTrusteeOperation, NO_MULTIPLE_TRUSTEE);
}

TEST(sids)
{
    TRUSTEEA narrow;
    TRUSTEEW wide;
    OBJECTS_AND_SID objects;
    GUID type = {1, 2, 3, {4}}, inherited = {5, 6, 7, {8}};

    BuildTrusteeWithSidA(&narrow, world());
    CHECK_EQ(GetTrusteeFormA(&narrow), TRUSTEE_IS_SID);
    CHECK(narrow.ptstrName == (char *)everyone);
    BuildTrusteeWithSidW(&wide, world());
    CHECK_EQ(GetTrusteeFormW(&wide), TRUSTEE_IS_SID);

    BuildTrusteeWithObjectsAndSidW(&wide, &objects, &type, NULL, everyone);
    CHECK_EQ(GetTrusteeFormW(&wide), TRUSTEE_IS_OBJECTS_AND_SID);
    CHECK(wide.ptstrName == (WCHAR *)&objects);
    CHECK_EQ(objects.ObjectsPresent, ACE_OBJECT_TYPE_PRESENT);
    CHECK(IsEqualGUID(&objects.ObjectTypeGuid, &type));
    CHECK(objects.pSid == (SID *)everyone);
    BuildTrusteeWithObjectsAndSidA(&narrow, &objects, NULL, &inherited, everyone);
    CHECK_EQ(objects.ObjectsPresent, ACE_INHERITED_OBJECT_TYPE_PRESENT);
    CHECK(IsEqualGUID(&objects.InheritedObjectTypeGuid, &inherited));
    CHECK_EQ(narrow.TrusteeForm, TRUSTEE_IS_OBJECTS_AND_SID);
}

TEST(object_names)
{
    ORACLE_DIFFERS("wine 8.0 loses the names where only one is given");
    TRUSTEEA narrow;
    TRUSTEEW wide;
    OBJECTS_AND_NAME_A narrow_objects;
    OBJECTS_AND_NAME_W objects;

    BuildTrusteeWithObjectsAndNameW(&wide, &objects, SE_DS_OBJECT, (WCHAR *)L"type", NULL,
                                    (WCHAR *)L"Everyone");
    CHECK_EQ(wide.TrusteeForm, TRUSTEE_IS_OBJECTS_AND_NAME);
    CHECK_EQ(objects.ObjectsPresent, ACE_OBJECT_TYPE_PRESENT);
    CHECK_EQ(objects.ObjectType, SE_DS_OBJECT);
    CHECK_WSTR(objects.ObjectTypeName, L"type");
    CHECK_WSTR(objects.ptstrName, L"Everyone");
    BuildTrusteeWithObjectsAndNameA(&narrow, &narrow_objects, SE_DS_OBJECT, NULL, (char *)"inherited",
                                    (char *)"Everyone");
    CHECK_EQ(narrow_objects.ObjectsPresent, ACE_INHERITED_OBJECT_TYPE_PRESENT);
    CHECK_STR(narrow_objects.InheritedObjectTypeName, "inherited");
}

TEST(explicit_access)
{
    EXPLICIT_ACCESSA narrow;
    EXPLICIT_ACCESSW wide;
    BuildExplicitAccessWithNameA(&narrow, (char *)"Everyone", GENERIC_READ, GRANT_ACCESS, NO_INHERITANCE);
    CHECK_EQ(narrow.grfAccessPermissions, GENERIC_READ);
    CHECK_EQ(narrow.grfAccessMode, GRANT_ACCESS);
    CHECK_EQ(narrow.grfInheritance, NO_INHERITANCE);
    CHECK_STR(narrow.Trustee.ptstrName, "Everyone");
    BuildExplicitAccessWithNameW(&wide, (WCHAR *)L"Everyone", GENERIC_ALL, DENY_ACCESS,
                                 SUB_OBJECTS_ONLY_INHERIT);
    CHECK_EQ(wide.grfAccessMode, DENY_ACCESS);
    CHECK_EQ(wide.grfInheritance, SUB_OBJECTS_ONLY_INHERIT);
    CHECK_WSTR(wide.Trustee.ptstrName, L"Everyone");
}

TEST(impersonation)
{
    ORACLE_CRASHES("wine 8.0 lacks these");
    TRUSTEEA narrow, narrow_client;
    TRUSTEEW wide, client;
    EXPLICIT_ACCESSA narrow_access;
    EXPLICIT_ACCESSW access;

    BuildTrusteeWithNameA(&narrow, (char *)"server");
    BuildTrusteeWithNameA(&narrow_client, (char *)"client");
    BuildImpersonateTrusteeA(&narrow, &narrow_client);
    CHECK(GetMultipleTrusteeA(&narrow) == &narrow_client);
    CHECK_EQ(GetMultipleTrusteeOperationA(&narrow), TRUSTEE_IS_IMPERSONATE);
    BuildTrusteeWithNameW(&wide, (WCHAR *)L"server");
    BuildTrusteeWithNameW(&client, (WCHAR *)L"client");
    CHECK(!GetMultipleTrusteeW(&wide));
    BuildImpersonateTrusteeW(&wide, &client);
    CHECK(GetMultipleTrusteeW(&wide) == &client);
    CHECK_EQ(GetMultipleTrusteeOperationW(&wide), TRUSTEE_IS_IMPERSONATE);

    BuildImpersonateExplicitAccessWithNameA(&narrow_access, (char *)"server", &narrow_client, GENERIC_READ,
                                            GRANT_ACCESS, NO_INHERITANCE);
    CHECK(narrow_access.Trustee.pMultipleTrustee == &narrow_client);
    BuildImpersonateExplicitAccessWithNameW(&access, (WCHAR *)L"server", &client, GENERIC_READ, GRANT_ACCESS,
                                            NO_INHERITANCE);
    CHECK(access.Trustee.pMultipleTrustee == &client);
    CHECK_EQ(access.grfAccessPermissions, GENERIC_READ);
}

TEST(narrow_lists)
{
    ORACLE_CRASHES("wine 8.0 does not list entries");
    EXPLICIT_ACCESSA access, *list = NULL;
    ACL *acl = NULL;
    ULONG count = 0;
    DWORD mask = 0;

    BuildExplicitAccessWithNameA(&access, (char *)"Everyone", FILE_GENERIC_READ, GRANT_ACCESS,
                                 NO_INHERITANCE);
    CHECK_EQ(SetEntriesInAclA(1, &access, NULL, &acl), ERROR_SUCCESS);
    CHECK_EQ(acl->AceCount, 1);
    CHECK_EQ(GetEffectiveRightsFromAclA(acl, &access.Trustee, &mask), ERROR_SUCCESS);
    CHECK_EQ(mask, FILE_GENERIC_READ);
    CHECK_EQ(GetExplicitEntriesFromAclA(acl, &count, &list), ERROR_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ(list[0].grfAccessPermissions, FILE_GENERIC_READ);
    CHECK_EQ(list[0].Trustee.TrusteeForm, TRUSTEE_IS_SID);
    CHECK(EqualSid(list[0].Trustee.ptstrName, world()));
    LocalFree(list);
    LocalFree(acl);
    BuildTrusteeWithNameA(&access.Trustee, (char *)"no such account here");
    CHECK_EQ(SetEntriesInAclA(1, &access, NULL, &acl), ERROR_NONE_MAPPED);
}

TEST(audited)
{
    ORACLE_DIFFERS("wine 8.0 has stubs of these");
    BYTE buffer[256];
    ACL *acl = (ACL *)buffer;
    TRUSTEEA narrow;
    TRUSTEEW wide;
    DWORD success = 0, failure = 0;

    CHECK(InitializeAcl(acl, sizeof buffer, ACL_REVISION));
    CHECK(AddAuditAccessAce(acl, ACL_REVISION, FILE_READ_DATA, world(), TRUE, FALSE));
    CHECK(AddAuditAccessAce(acl, ACL_REVISION, FILE_WRITE_DATA, world(), FALSE, TRUE));
    BuildTrusteeWithSidW(&wide, everyone);
    CHECK_EQ(GetAuditedPermissionsFromAclW(acl, &wide, &success, &failure), ERROR_SUCCESS);
    CHECK_EQ(success, FILE_READ_DATA);
    CHECK_EQ(failure, FILE_WRITE_DATA);
    BuildTrusteeWithNameA(&narrow, (char *)"Everyone");
    success = failure = 0;
    CHECK_EQ(GetAuditedPermissionsFromAclA(acl, &narrow, &success, &failure), ERROR_SUCCESS);
    CHECK_EQ(success, FILE_READ_DATA);
    CHECK_EQ(failure, FILE_WRITE_DATA);
}
