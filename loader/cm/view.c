/*
 * The two views of the registry: for i386 code (or with KEY_WOW64_32KEY) most of HKLM\SOFTWARE and some of
 * ...\Classes is what lies below their key WOW6432Node.
 */
#include "cm/view.h"
#include "wow/wow.h"

/* Below HKLM\SOFTWARE: the same in both views, with what lies below. */
static const char *const shared[] = {
    "Classes",
    "Clients",
    "Policies",
    "RegisteredApplications",
    "WOW6432Node",
    "Microsoft\\COM3",
    "Microsoft\\Cryptography\\Calais\\Current",
    "Microsoft\\Cryptography\\Calais\\Readers",
    "Microsoft\\Cryptography\\Services",
    "Microsoft\\CTF\\SystemShared",
    "Microsoft\\CTF\\TIP",
    "Microsoft\\DFS",
    "Microsoft\\Driver Signing",
    "Microsoft\\EnterpriseCertificates",
    "Microsoft\\EventSystem",
    "Microsoft\\MSMQ",
    "Microsoft\\Non-Driver Signing",
    "Microsoft\\Notepad\\DefaultFonts",
    "Microsoft\\OLE",
    "Microsoft\\RAS",
    "Microsoft\\RPC",
    "Microsoft\\Shared Tools\\MSInfo",
    "Microsoft\\SystemCertificates",
    "Microsoft\\TermServLicensing",
    "Microsoft\\Transaction Server",
    "Microsoft\\Windows\\CurrentVersion\\Control Panel\\Cursors\\Schemes",
    "Microsoft\\Windows\\CurrentVersion\\Explorer\\AutoplayHandlers",
    "Microsoft\\Windows\\CurrentVersion\\Explorer\\DriveIcons",
    "Microsoft\\Windows\\CurrentVersion\\Explorer\\KindMap",
    "Microsoft\\Windows\\CurrentVersion\\Group Policy",
    "Microsoft\\Windows\\CurrentVersion\\Policies",
    "Microsoft\\Windows\\CurrentVersion\\PreviewHandlers",
    "Microsoft\\Windows\\CurrentVersion\\Setup",
    "Microsoft\\Windows\\CurrentVersion\\Telephony\\Locations",
    "Microsoft\\Windows NT\\CurrentVersion\\Console",
    "Microsoft\\Windows NT\\CurrentVersion\\FontDpi",
    "Microsoft\\Windows NT\\CurrentVersion\\FontLink",
    "Microsoft\\Windows NT\\CurrentVersion\\FontMapper",
    "Microsoft\\Windows NT\\CurrentVersion\\Fonts",
    "Microsoft\\Windows NT\\CurrentVersion\\FontSubstitutes",
    "Microsoft\\Windows NT\\CurrentVersion\\Gre_Initialize",
    "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options",
    "Microsoft\\Windows NT\\CurrentVersion\\LanguagePack",
    "Microsoft\\Windows NT\\CurrentVersion\\NetworkCards",
    "Microsoft\\Windows NT\\CurrentVersion\\Perflib",
    "Microsoft\\Windows NT\\CurrentVersion\\Ports",
    "Microsoft\\Windows NT\\CurrentVersion\\Print",
    "Microsoft\\Windows NT\\CurrentVersion\\ProfileList",
    "Microsoft\\Windows NT\\CurrentVersion\\Time Zones",
};

/* Below a Classes key: redirected; the rest is the same in both views. */
static const char *const redirected_classes[] = {"CLSID", "DirectShow", "Interface", "Media Type",
                                                 "MediaFoundation"};

static const WCHAR node_name[] = u"WOW6432Node";
enum { NODE_LENGTH = 11 };

ACCESS_MASK cm_view(ACCESS_MASK access)
{
    ACCESS_MASK view = access & (KEY_WOW64_64KEY | KEY_WOW64_32KEY);
    return view ? view : wow_active ? KEY_WOW64_32KEY : KEY_WOW64_64KEY;
}

/* The path is the listed key or below it; runs of backslashes count as one. */
static bool is_below(const WCHAR *path, size_t length, const char *listed)
{
    size_t at = 0;
    while (*listed) {
        if (at == length || cm_fold(path[at]) != cm_fold((WCHAR)*listed))
            return false;
        at++;
        if (*listed++ == '\\')
            while (at < length && path[at] == '\\')
                at++;
    }
    return at == length || path[at] == '\\';
}

uint64_t cm_view_redirect(struct cm_transaction *transaction, uint64_t id, const WCHAR *path, size_t length)
{
    if (id == CM_SOFTWARE || id == CM_WOW_NODE) {
        for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
            if (is_below(path, length, shared[i]))
                return CM_SOFTWARE;
        return CM_WOW_NODE;
    }
    if (id == CM_CLASSES || id == CM_USER_CLASSES) {
        uint64_t node;
        for (size_t i = 0; i < sizeof redirected_classes / sizeof *redirected_classes; i++)
            if (is_below(path, length, redirected_classes[i]) &&
                NT_SUCCESS(cm_find_key(transaction, id, node_name, NODE_LENGTH, &node)))
                return node;
    }
    return id;
}
