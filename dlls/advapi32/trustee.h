/*
 * Trustees as SIDs.
 */
#ifndef TRUSTEE_H
#define TRUSTEE_H

#include "advapi32.h"

#include <aclapi.h>

DWORD trustee_sid(const TRUSTEE_W *trustee, PSID sid);
DWORD trustee_to_wide(const TRUSTEE_A *trustee, TRUSTEE_W *ret_wide);
void free_wide_trustee(TRUSTEE_W *trustee);

#endif
