/* Rtl's security descriptors, absolute and self-relative, and what they are made of. */
#include "../harness.h"

BOOLEAN NTAPI RtlEqualSid(PSID, PSID);
LONG NTAPI RtlCreateAcl(ACL *, ULONG, ULONG);
LONG NTAPI RtlAddAccessAllowedAce(ACL *, ULONG, ACCESS_MASK, PSID);
LONG NTAPI RtlCreateSecurityDescriptor(void *, ULONG);
BOOLEAN NTAPI RtlValidSecurityDescriptor(void *);
BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(void *, ULONG, ULONG);
ULONG NTAPI RtlLengthSecurityDescriptor(void *);
LONG NTAPI RtlGetDaclSecurityDescriptor(void *, BOOLEAN *, ACL **, BOOLEAN *);
LONG NTAPI RtlSetDaclSecurityDescriptor(void *, BOOLEAN, ACL *, BOOLEAN);
LONG NTAPI RtlGetSaclSecurityDescriptor(void *, BOOLEAN *, ACL **, BOOLEAN *);
LONG NTAPI RtlSetSaclSecurityDescriptor(void *, BOOLEAN, ACL *, BOOLEAN);
LONG NTAPI RtlGetOwnerSecurityDescriptor(void *, PSID *, BOOLEAN *);
LONG NTAPI RtlSetOwnerSecurityDescriptor(void *, PSID, BOOLEAN);
LONG NTAPI RtlGetGroupSecurityDescriptor(void *, PSID *, BOOLEAN *);
LONG NTAPI RtlSetGroupSecurityDescriptor(void *, PSID, BOOLEAN);
LONG NTAPI RtlGetControlSecurityDescriptor(void *, SECURITY_DESCRIPTOR_CONTROL *, ULONG *);
LONG NTAPI RtlSetControlSecurityDescriptor(void *, SECURITY_DESCRIPTOR_CONTROL, SECURITY_DESCRIPTOR_CONTROL);
BOOLEAN NTAPI RtlGetSecurityDescriptorRMControl(void *, UCHAR *);
VOID NTAPI RtlSetSecurityDescriptorRMControl(void *, UCHAR *);
LONG NTAPI RtlMakeSelfRelativeSD(void *, void *, ULONG *);
LONG NTAPI RtlAbsoluteToSelfRelativeSD(void *, void *, ULONG *);
LONG NTAPI RtlSelfRelativeToAbsoluteSD(void *, void *, ULONG *, ACL *, ULONG *, ACL *, ULONG *, PSID, ULONG *,
                                       PSID, ULONG *);
LONG NTAPI RtlCopySecurityDescriptor(void *, void **);

static SID world = {1, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
static SID system_sid = {1, 1, {SECURITY_NT_AUTHORITY}, {SECURITY_LOCAL_SYSTEM_RID}};
static ULONG acl_room[16];

static ACL *make(SECURITY_DESCRIPTOR *descriptor)
{
    ACL *acl = (ACL *)acl_room;

    CHECK_STATUS(RtlCreateAcl(acl, 28, ACL_REVISION), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAccessAllowedAce(acl, ACL_REVISION, 7, &world), STATUS_SUCCESS);
    CHECK_STATUS(RtlCreateSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION), STATUS_SUCCESS);
    CHECK_STATUS(RtlSetDaclSecurityDescriptor(descriptor, TRUE, acl, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(RtlSetOwnerSecurityDescriptor(descriptor, &system_sid, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(RtlSetGroupSecurityDescriptor(descriptor, &world, TRUE), STATUS_SUCCESS);
    return acl;
}

TEST(making)
{
    ORACLE_DIFFERS("a descriptor without owner is valid");
    SECURITY_DESCRIPTOR descriptor;
    BOOLEAN present = 9, defaulted = 9;
    ACL *acl = (ACL *)1;
    PSID sid = (PSID)1;
    SECURITY_DESCRIPTOR_CONTROL control;
    ULONG revision = 0;

    CHECK_STATUS(RtlCreateSecurityDescriptor(&descriptor, 2), STATUS_UNKNOWN_REVISION);
    CHECK_STATUS(RtlCreateSecurityDescriptor(&descriptor, 1), STATUS_SUCCESS);
    CHECK(RtlValidSecurityDescriptor(&descriptor));
    CHECK_EQ(RtlLengthSecurityDescriptor(&descriptor), sizeof descriptor);
    CHECK_STATUS(RtlGetDaclSecurityDescriptor(&descriptor, &present, &acl, &defaulted), STATUS_SUCCESS);
    CHECK_EQ(present, FALSE);
    CHECK_STATUS(RtlGetOwnerSecurityDescriptor(&descriptor, &sid, &defaulted), STATUS_SUCCESS);
    CHECK(!sid);
    ACL *dacl = make(&descriptor);
    CHECK_STATUS(RtlGetDaclSecurityDescriptor(&descriptor, &present, &acl, &defaulted), STATUS_SUCCESS);
    CHECK_EQ(present, TRUE);
    CHECK_EQ(defaulted, FALSE);
    CHECK_EQ((ULONG_PTR)acl, (ULONG_PTR)dacl);
    CHECK_STATUS(RtlGetOwnerSecurityDescriptor(&descriptor, &sid, &defaulted), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)sid, (ULONG_PTR)&system_sid);
    CHECK_STATUS(RtlGetGroupSecurityDescriptor(&descriptor, &sid, &defaulted), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)sid, (ULONG_PTR)&world);
    CHECK_EQ(defaulted, TRUE);
    CHECK_STATUS(RtlSetSaclSecurityDescriptor(&descriptor, TRUE, NULL, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(RtlGetSaclSecurityDescriptor(&descriptor, &present, &acl, &defaulted), STATUS_SUCCESS);
    CHECK(present && defaulted && !acl);
    CHECK_STATUS(RtlGetControlSecurityDescriptor(&descriptor, &control, &revision), STATUS_SUCCESS);
    CHECK_EQ(control, SE_DACL_PRESENT | SE_GROUP_DEFAULTED | SE_SACL_PRESENT | SE_SACL_DEFAULTED);
    CHECK_EQ(revision, 1);
    CHECK_STATUS(RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED),
                 STATUS_SUCCESS);
    CHECK_EQ(descriptor.Control & SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    CHECK_STATUS(RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, 0), STATUS_SUCCESS);
    CHECK_EQ(descriptor.Control & SE_DACL_PROTECTED, 0);
    CHECK_STATUS(RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PRESENT, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlSetDaclSecurityDescriptor(&descriptor, FALSE, NULL, FALSE), STATUS_SUCCESS);
    CHECK_EQ(descriptor.Control & SE_DACL_PRESENT, 0);
    descriptor.Revision = 3;
    CHECK(!RtlValidSecurityDescriptor(&descriptor));
    CHECK_STATUS(RtlGetDaclSecurityDescriptor(&descriptor, &present, &acl, &defaulted),
                 STATUS_UNKNOWN_REVISION);
    CHECK_STATUS(RtlSetOwnerSecurityDescriptor(&descriptor, NULL, FALSE), STATUS_UNKNOWN_REVISION);
    CHECK_STATUS(RtlSetGroupSecurityDescriptor(&descriptor, NULL, FALSE), STATUS_UNKNOWN_REVISION);
    CHECK_STATUS(RtlSetSaclSecurityDescriptor(&descriptor, FALSE, NULL, FALSE), STATUS_UNKNOWN_REVISION);
}

TEST(self_relative)
{
    ORACLE_DIFFERS("lengths are not checked");
    SECURITY_DESCRIPTOR descriptor;
    ULONG room[64], other[64], size = 4;
    SECURITY_DESCRIPTOR_RELATIVE *relative = (void *)room;
    BOOLEAN present, defaulted;
    ACL *acl;
    PSID sid;

    make(&descriptor);
    CHECK_EQ(RtlLengthSecurityDescriptor(&descriptor), sizeof descriptor + 28 + 12 + 12);
    CHECK_STATUS(RtlMakeSelfRelativeSD(&descriptor, room, &size), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(size, 72);
    CHECK_STATUS(RtlAbsoluteToSelfRelativeSD(&descriptor, room, &size), STATUS_SUCCESS);
    CHECK(relative->Control & SE_SELF_RELATIVE);
    CHECK(
        RtlValidRelativeSecurityDescriptor(room, 72, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION));
    CHECK(!RtlValidRelativeSecurityDescriptor(room, 71, 0));
    CHECK(!RtlValidRelativeSecurityDescriptor(room, 19, 0));
    relative->Owner = 0;
    CHECK(!RtlValidRelativeSecurityDescriptor(room, 72, OWNER_SECURITY_INFORMATION));
    CHECK(RtlValidRelativeSecurityDescriptor(room, 72, GROUP_SECURITY_INFORMATION));
    CHECK_STATUS(RtlMakeSelfRelativeSD(&descriptor, room, &size), STATUS_SUCCESS);
    CHECK_EQ(RtlLengthSecurityDescriptor(room), 72);
    CHECK_STATUS(RtlGetOwnerSecurityDescriptor(room, &sid, &defaulted), STATUS_SUCCESS);
    CHECK(RtlEqualSid(sid, &system_sid));
    CHECK_STATUS(RtlGetDaclSecurityDescriptor(room, &present, &acl, &defaulted), STATUS_SUCCESS);
    CHECK(present && acl->AceCount == 1);
    CHECK_STATUS(RtlAbsoluteToSelfRelativeSD(room, other, &size), STATUS_BAD_DESCRIPTOR_FORMAT);
    CHECK_STATUS(RtlMakeSelfRelativeSD(room, other, &size), STATUS_SUCCESS);
    CHECK_EQ(memcmp(room, other, 72), 0);
    CHECK_STATUS(RtlSetOwnerSecurityDescriptor(room, &world, FALSE), STATUS_INVALID_SECURITY_DESCR);
    CHECK_STATUS(RtlSetDaclSecurityDescriptor(room, FALSE, NULL, FALSE), STATUS_INVALID_SECURITY_DESCR);
}

TEST(to_absolute)
{
    ORACLE_DIFFERS("STATUS_BAD_DESCRIPTOR_FORMAT is documented");
    SECURITY_DESCRIPTOR descriptor, back;
    ULONG room[64], dacl[32], owner[8], group[8], size = sizeof room;
    ULONG back_size = 0, dacl_size = 0, sacl_size = 0, owner_size = 0, group_size = 0;

    make(&descriptor);
    CHECK_STATUS(RtlMakeSelfRelativeSD(&descriptor, room, &size), STATUS_SUCCESS);
    CHECK_STATUS(RtlSelfRelativeToAbsoluteSD(room, NULL, &back_size, NULL, &dacl_size, NULL, &sacl_size, NULL,
                                             &owner_size, NULL, &group_size),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(back_size, sizeof back);
    CHECK_EQ(dacl_size, 28);
    CHECK_EQ(sacl_size, 0);
    CHECK_EQ(owner_size, 12);
    CHECK_EQ(group_size, 12);
    CHECK_STATUS(RtlSelfRelativeToAbsoluteSD(room, &back, &back_size, (ACL *)dacl, &dacl_size, NULL,
                                             &sacl_size, owner, &owner_size, group, &group_size),
                 STATUS_SUCCESS);
    CHECK(!(back.Control & SE_SELF_RELATIVE));
    CHECK_EQ((ULONG_PTR)back.Owner, (ULONG_PTR)owner);
    CHECK_EQ((ULONG_PTR)back.Dacl, (ULONG_PTR)dacl);
    CHECK(RtlEqualSid(owner, &system_sid));
    CHECK(RtlEqualSid(group, &world));
    CHECK_EQ(memcmp(dacl, acl_room, 28), 0);
    CHECK_STATUS(RtlSelfRelativeToAbsoluteSD(&descriptor, &back, &back_size, (ACL *)dacl, &dacl_size, NULL,
                                             &sacl_size, owner, &owner_size, group, &group_size),
                 STATUS_BAD_DESCRIPTOR_FORMAT);
}

TEST(resource_manager_bits)
{
    ORACLE_CRASHES("missing there");
    SECURITY_DESCRIPTOR descriptor;
    UCHAR bits = 0x5a, got = 9;

    RtlCreateSecurityDescriptor(&descriptor, 1);
    CHECK(!RtlGetSecurityDescriptorRMControl(&descriptor, &got));
    CHECK_EQ(got, 0);
    RtlSetSecurityDescriptorRMControl(&descriptor, &bits);
    CHECK(descriptor.Control & SE_RM_CONTROL_VALID);
    CHECK(RtlGetSecurityDescriptorRMControl(&descriptor, &got));
    CHECK_EQ(got, 0x5a);
    RtlSetSecurityDescriptorRMControl(&descriptor, NULL);
    CHECK(!RtlGetSecurityDescriptorRMControl(&descriptor, &got));
}

TEST(copying)
{
    ORACLE_CRASHES("faults");
    SECURITY_DESCRIPTOR descriptor;
    ULONG room[64], size = sizeof room;
    void *copy = NULL;

    make(&descriptor);
    CHECK_STATUS(RtlMakeSelfRelativeSD(&descriptor, room, &size), STATUS_SUCCESS);
    CHECK_STATUS(RtlCopySecurityDescriptor(room, &copy), STATUS_SUCCESS);
    CHECK_EQ(memcmp(copy, room, size), 0);
    HeapFree(GetProcessHeap(), 0, copy);
}
