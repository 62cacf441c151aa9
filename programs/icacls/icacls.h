/*
 * icacls.exe: what its files share.
 */
#ifndef ICACLS_H
#define ICACLS_H

#include <windows.h>

#include <aclapi.h>

/* Says what is wrong on standard error and ends with status `code`. */
void __attribute__((noreturn)) stop(int code, const wchar_t *format, ...);

/* account.c: "name", "DOMAIN\name" or "*S-1-..." both ways. The caller frees with LocalFree. */
PSID account_of(const wchar_t *text);
void print_account(PSID sid);

/* rights.c: "(OI)(CI)RX" both ways. FALSE: not such a text. */
BOOL parse_rights(const wchar_t *text, DWORD *ret_mask, BYTE *ret_flags);
void print_rights(const ACE_HEADER *ace);
DWORD specific_rights(DWORD mask);

/* list.c: access control lists that grow. `list` is from LocalAlloc and replaced; all succeed or end the
 * program. */
PACL list_copy(const ACL *list);
void list_remove(PACL list, PSID sid, BOOL granted, BOOL denied);
void list_remove_inherited(PACL list, BOOL keep_as_own);
void list_insert(PACL *list, BYTE type, BYTE flags, DWORD mask, PSID sid);
void list_label(PACL *list, BYTE flags, DWORD policy, PSID level); /* *list may be NULL */
void list_reduce(PACL list, DWORD mask, PSID sid);
BOOL list_inherit(PACL *list, const ACL *parent, BOOL directory, PSID owner, PSID group);
BOOL list_is_canonical(const ACL *list);
BOOL list_names(const ACL *list, PSID sid);
PSID ace_sid(const ACE_HEADER *ace);

/* store.c: /save and /restore. */
void store_open(const wchar_t *file);
DWORD store_write(const wchar_t *path, const wchar_t *shown);
void store_close(void);
void store_restore(const wchar_t *folder, const wchar_t *file);

extern struct icacls {
    BOOL tree, go_on, links, quiet;
    unsigned long good, bad;
    struct substitution {
        PSID from, to;
    } substitutions[32];
    unsigned substitution_count;
} icacls;

/* Counts the outcome of one file and says it. FALSE: stop here. */
BOOL report(const wchar_t *path, DWORD error);

#endif
