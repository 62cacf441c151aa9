/*
 * Trustees and explicit access entries: the structures that SetEntriesInAcl takes.
 */
#include "trustee.h"

#define DEFINE_BUILDERS(suffix, string)                                                                      \
    void WINAPI BuildTrusteeWithSid##suffix(PTRUSTEE_##suffix trustee, PSID sid)                             \
    {                                                                                                        \
        *trustee = (TRUSTEE_##suffix){NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_SID, TRUSTEE_IS_UNKNOWN,         \
                                      (string)sid};                                                          \
    }                                                                                                        \
    void WINAPI BuildTrusteeWithName##suffix(PTRUSTEE_##suffix trustee, string name)                         \
    {                                                                                                        \
        *trustee = (TRUSTEE_##suffix){NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_NAME, TRUSTEE_IS_UNKNOWN, name}; \
    }                                                                                                        \
    void WINAPI BuildTrusteeWithObjectsAndSid##suffix(PTRUSTEE_##suffix trustee, POBJECTS_AND_SID objects,   \
                                                      GUID *type, GUID *inherited, PSID sid)                 \
    {                                                                                                        \
        objects->ObjectsPresent = (type ? ACE_OBJECT_TYPE_PRESENT : 0) |                                     \
                                  (inherited ? ACE_INHERITED_OBJECT_TYPE_PRESENT : 0);                       \
        objects->ObjectTypeGuid = type ? *type : (GUID){0};                                                  \
        objects->InheritedObjectTypeGuid = inherited ? *inherited : (GUID){0};                               \
        objects->pSid = sid;                                                                                 \
        *trustee = (TRUSTEE_##suffix){NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_OBJECTS_AND_SID,                 \
                                      TRUSTEE_IS_UNKNOWN, (string)objects};                                  \
    }                                                                                                        \
    void WINAPI BuildTrusteeWithObjectsAndName##suffix(                                                      \
        PTRUSTEE_##suffix trustee, POBJECTS_AND_NAME_##suffix objects, SE_OBJECT_TYPE object_type,           \
        string type, string inherited, string name)                                                          \
    {                                                                                                        \
        objects->ObjectsPresent = (type ? ACE_OBJECT_TYPE_PRESENT : 0) |                                     \
                                  (inherited ? ACE_INHERITED_OBJECT_TYPE_PRESENT : 0);                       \
        objects->ObjectType = object_type;                                                                   \
        objects->ObjectTypeName = type;                                                                      \
        objects->InheritedObjectTypeName = inherited;                                                        \
        objects->ptstrName = name;                                                                           \
        *trustee = (TRUSTEE_##suffix){NULL, NO_MULTIPLE_TRUSTEE, TRUSTEE_IS_OBJECTS_AND_NAME,                \
                                      TRUSTEE_IS_UNKNOWN, (string)objects};                                  \
    }                                                                                                        \
    void WINAPI BuildImpersonateTrustee##suffix(PTRUSTEE_##suffix trustee, PTRUSTEE_##suffix client)         \
    {                                                                                                        \
        trustee->pMultipleTrustee = client;                                                                  \
        trustee->MultipleTrusteeOperation = TRUSTEE_IS_IMPERSONATE;                                          \
    }                                                                                                        \
    void WINAPI BuildExplicitAccessWithName##suffix(PEXPLICIT_ACCESS_##suffix access, string name,           \
                                                    DWORD mask, ACCESS_MODE mode, DWORD inheritance)         \
    {                                                                                                        \
        access->grfAccessPermissions = mask;                                                                 \
        access->grfAccessMode = mode;                                                                        \
        access->grfInheritance = inheritance;                                                                \
        BuildTrusteeWithName##suffix(&access->Trustee, name);                                                \
    }                                                                                                        \
    void WINAPI BuildImpersonateExplicitAccessWithName##suffix(                                              \
        PEXPLICIT_ACCESS_##suffix access, string name, PTRUSTEE_##suffix client, DWORD mask,                 \
        ACCESS_MODE mode, DWORD inheritance)                                                                 \
    {                                                                                                        \
        BuildExplicitAccessWithName##suffix(access, name, mask, mode, inheritance);                          \
        BuildImpersonateTrustee##suffix(&access->Trustee, client);                                           \
    }                                                                                                        \
    string WINAPI GetTrusteeName##suffix(PTRUSTEE_##suffix trustee)                                          \
    {                                                                                                        \
        return trustee->TrusteeForm == TRUSTEE_IS_NAME ? trustee->ptstrName : NULL;                          \
    }                                                                                                        \
    TRUSTEE_TYPE WINAPI GetTrusteeType##suffix(PTRUSTEE_##suffix trustee)                                    \
    {                                                                                                        \
        return trustee->TrusteeType;                                                                         \
    }                                                                                                        \
    TRUSTEE_FORM WINAPI GetTrusteeForm##suffix(PTRUSTEE_##suffix trustee)                                    \
    {                                                                                                        \
        return trustee->TrusteeForm;                                                                         \
    }                                                                                                        \
    PTRUSTEE_##suffix WINAPI GetMultipleTrustee##suffix(PTRUSTEE_##suffix trustee)                           \
    {                                                                                                        \
        return trustee->pMultipleTrustee;                                                                    \
    }                                                                                                        \
    MULTIPLE_TRUSTEE_OPERATION WINAPI GetMultipleTrusteeOperation##suffix(PTRUSTEE_##suffix trustee)         \
    {                                                                                                        \
        return trustee->MultipleTrusteeOperation;                                                            \
    }

DEFINE_BUILDERS(W, LPWSTR)
DEFINE_BUILDERS(A, LPSTR)

/* The SID of a trustee in any form but object names; the buffer is SECURITY_MAX_SID_SIZE bytes. */
DWORD trustee_sid(const TRUSTEE_W *trustee, PSID sid)
{
    WCHAR domain[257];
    DWORD size = SECURITY_MAX_SID_SIZE, domain_size = 257;
    SID_NAME_USE use;
    PSID given;

    if (trustee->pMultipleTrustee)
        return ERROR_INVALID_PARAMETER;
    switch (trustee->TrusteeForm) {
    case TRUSTEE_IS_SID:
    case TRUSTEE_IS_OBJECTS_AND_SID:
        given = trustee->TrusteeForm == TRUSTEE_IS_SID ? (PSID)trustee->ptstrName
                                                       : ((OBJECTS_AND_SID *)trustee->ptstrName)->pSid;
        if (!given || !RtlValidSid(given))
            return ERROR_INVALID_PARAMETER;
        RtlCopySid(SECURITY_MAX_SID_SIZE, sid, given);
        return ERROR_SUCCESS;
    case TRUSTEE_IS_NAME:
        if (!trustee->ptstrName)
            return ERROR_INVALID_PARAMETER;
        if (!_wcsicmp(trustee->ptstrName, L"CURRENT_USER"))
            return current_user_sid(sid) ? ERROR_SUCCESS : GetLastError();
        return LookupAccountNameW(NULL, trustee->ptstrName, sid, &size, domain, &domain_size, &use)
                   ? ERROR_SUCCESS
                   : GetLastError();
    default: return ERROR_NOT_SUPPORTED;
    }
}

DWORD trustee_to_wide(const TRUSTEE_A *trustee, TRUSTEE_W *ret_wide)
{
    *ret_wide = (TRUSTEE_W){(PTRUSTEE_W)trustee->pMultipleTrustee, trustee->MultipleTrusteeOperation,
                            trustee->TrusteeForm, trustee->TrusteeType, (LPWSTR)trustee->ptstrName};
    if (trustee->TrusteeForm == TRUSTEE_IS_NAME && trustee->ptstrName &&
        !(ret_wide->ptstrName = widen(trustee->ptstrName)))
        return ERROR_NOT_ENOUGH_MEMORY;
    return trustee->TrusteeForm == TRUSTEE_IS_OBJECTS_AND_NAME ? ERROR_NOT_SUPPORTED : ERROR_SUCCESS;
}

void free_wide_trustee(TRUSTEE_W *trustee)
{
    if (trustee->TrusteeForm == TRUSTEE_IS_NAME)
        release(trustee->ptstrName);
}
