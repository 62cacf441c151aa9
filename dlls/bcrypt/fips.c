/*
 * Whether the machine insists on certified algorithms: it does not.
 */
#include <nt/base.h>

#include <bcrypt.h>

NTSTATUS WINAPI BCryptGetFipsAlgorithmMode(BOOLEAN *enabled)
{
    if (!enabled)
        return STATUS_INVALID_PARAMETER;
    *enabled = FALSE;
    return STATUS_SUCCESS;
}
