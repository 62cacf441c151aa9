/*
 * What the registry says of the machine it runs on: processors, firmware, names. It is written when a program
 * first looks at one of these keys; the processors are volatile keys, as they are on Windows. Where nothing
 * can be written, the system hive's text stays.
 */
#include "cm/cm.h"
#include "ex/processor.h"
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT = 256 };

static size_t widen(const char *text, WCHAR *ret_wide)
{
    size_t length = strnlen(text, TEXT - 1);
    for (size_t i = 0; i < length; i++)
        ret_wide[i] = (WCHAR)(unsigned char)text[i];
    ret_wide[length] = 0;
    return length;
}

static NTSTATUS open_or_make(struct cm_transaction *transaction, uint64_t parent, const char *name,
                             uint32_t flags, uint64_t *ret_id)
{
    WCHAR wide[TEXT];
    size_t length = widen(name, wide);
    NTSTATUS status = cm_find_key(transaction, parent, wide, length, ret_id);
    return status == STATUS_OBJECT_NAME_NOT_FOUND
               ? cm_create_key(transaction, parent, wide, length, NULL, 0, flags, ret_id)
               : status;
}

/* Along a path with backslashes; with make, what is missing is made. */
static NTSTATUS follow(struct cm_transaction *transaction, const char *path, bool make, uint64_t *ret_id)
{
    char name[TEXT];
    WCHAR wide[TEXT];
    NTSTATUS status = STATUS_SUCCESS;
    *ret_id = CM_MACHINE;
    while (*path && NT_SUCCESS(status)) {
        size_t length = strcspn(path, "\\");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        path += length + (path[length] == '\\');
        status = make ? open_or_make(transaction, *ret_id, name, 0, ret_id)
                      : cm_find_key(transaction, *ret_id, wide, widen(name, wide), ret_id);
    }
    return status;
}

static NTSTATUS set(struct cm_transaction *transaction, uint64_t id, const char *name, uint32_t type,
                    const void *data, size_t size)
{
    WCHAR wide[TEXT];
    return cm_set_value(transaction, id, wide, widen(name, wide), type, 0, data, size);
}

static NTSTATUS set_text(struct cm_transaction *transaction, uint64_t id, const char *name, const char *text)
{
    WCHAR wide[TEXT];
    size_t length = widen(text, wide);
    return set(transaction, id, name, 1 /* REG_SZ */, wide, (length + 1) * sizeof *wide);
}

static NTSTATUS set_number(struct cm_transaction *transaction, uint64_t id, const char *name, uint32_t number)
{
    return set(transaction, id, name, 4 /* REG_DWORD */, &number, sizeof number);
}

/* The value is as the system hive has it, or not there. */
static bool is_given(struct cm_transaction *transaction, uint64_t id, const char *name)
{
    WCHAR wide[TEXT];
    struct cm_value value;
    return !NT_SUCCESS(cm_get_value(transaction, id, wide, widen(name, wide), &value, NULL, NULL)) ||
           value.flags & CM_FROM_SYSTEM;
}

/* ---------------------------------------------------------------- processors */

static unsigned processor_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

/* The next processor's clock in /proc/cpuinfo, or that of the one before. */
static unsigned next_megahertz(FILE *file, unsigned before)
{
    char line[1024];
    double megahertz;
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "cpu MHz", 7) == 0 && colon && sscanf(colon + 1, "%lf", &megahertz) == 1)
            return (unsigned)megahertz;
    }
    return before;
}

static NTSTATUS write_processors(struct cm_transaction *transaction)
{
    struct ex_processor processor;
    char identifier[80], full_name[49], number[16];
    const uint32_t component[4] = {0};
    uint64_t system, all, one;
    NTSTATUS status = follow(transaction, "HARDWARE\\DESCRIPTION\\System", true, &system);
    if (NT_SUCCESS(status) && NT_SUCCESS(cm_find_key(transaction, system, u"CentralProcessor", 16, &all)))
        status = cm_delete_tree(transaction, all);
    if (NT_SUCCESS(status))
        status = open_or_make(transaction, system, "CentralProcessor", CM_KEY_VOLATILE, &all);
    ex_processor(&processor);
    ex_processor_identifier(&processor, identifier);
    ex_processor_name(full_name);
    const char *name = full_name;
    while (*name == ' ')
        name++;
    FILE *file = fopen("/proc/cpuinfo", "re");
    unsigned megahertz = 0;
    for (unsigned i = 0, count = processor_count(); i < count && NT_SUCCESS(status); i++) {
        megahertz = next_megahertz(file, megahertz);
        snprintf(number, sizeof number, "%u", i);
        status = open_or_make(transaction, all, number, CM_KEY_VOLATILE, &one);
        if (NT_SUCCESS(status))
            status = set(transaction, one, "Component Information", 3 /* REG_BINARY */, component,
                         sizeof component);
        if (NT_SUCCESS(status))
            status = set_text(transaction, one, "Identifier", identifier);
        if (NT_SUCCESS(status))
            status = set_text(transaction, one, "ProcessorNameString", name);
        if (NT_SUCCESS(status))
            status = set_text(transaction, one, "VendorIdentifier", processor.vendor);
        if (NT_SUCCESS(status))
            status = set_number(transaction, one, "~MHz", megahertz);
    }
    if (file)
        fclose(file);
    if (NT_SUCCESS(status))
        status = follow(transaction, "SYSTEM\\ControlSet001\\Control\\Session Manager\\Environment", true,
                        &all);
    if (!NT_SUCCESS(status))
        return status;
    char text[TEXT];
    snprintf(text, sizeof text, "%u", processor_count());
    status = set_text(transaction, all, "NUMBER_OF_PROCESSORS", text);
    snprintf(text, sizeof text, "%s, %s", identifier, processor.vendor);
    if (NT_SUCCESS(status))
        status = set_text(transaction, all, "PROCESSOR_IDENTIFIER", text);
    snprintf(text, sizeof text, "%u", processor.family);
    if (NT_SUCCESS(status))
        status = set_text(transaction, all, "PROCESSOR_LEVEL", text);
    snprintf(text, sizeof text, "%02x%02x", processor.model & 255, processor.stepping);
    return NT_SUCCESS(status) ? set_text(transaction, all, "PROCESSOR_REVISION", text) : status;
}

/* ---------------------------------------------------------------- firmware, names */

static bool read_line(const char *path, char *ret_line)
{
    FILE *file = fopen(path, "re");
    bool read = file && fgets(ret_line, TEXT, file);
    if (file)
        fclose(file);
    if (read)
        ret_line[strcspn(ret_line, "\n")] = 0;
    return read && *ret_line;
}

static NTSTATUS write_firmware(struct cm_transaction *transaction)
{
    static const struct {
        const char *file, *name;
    } known[] = {
        {"bios_vendor", "BIOSVendor"},
        {"bios_version", "BIOSVersion"},
        {"bios_date", "BIOSReleaseDate"},
        {"sys_vendor", "SystemManufacturer"},
        {"product_name", "SystemProductName"},
        {"product_family", "SystemFamily"},
        {"product_sku", "SystemSKU"},
        {"product_version", "SystemVersion"},
        {"board_vendor", "BaseBoardManufacturer"},
        {"board_name", "BaseBoardProduct"},
        {"board_version", "BaseBoardVersion"},
    };
    char path[TEXT], line[TEXT];
    uint64_t system, firmware;
    NTSTATUS status = follow(transaction, "HARDWARE\\DESCRIPTION\\System", true, &system);
    if (NT_SUCCESS(status))
        status = open_or_make(transaction, system, "BIOS", CM_KEY_VOLATILE, &firmware);
    for (size_t i = 0; i < sizeof known / sizeof *known && NT_SUCCESS(status); i++) {
        snprintf(path, sizeof path, "/sys/class/dmi/id/%s", known[i].file);
        if (read_line(path, line))
            status = set_text(transaction, firmware, known[i].name, line);
    }
    return status;
}

/* Made from the machine's own, which is not to be told: systemd asks for a hash. */
static void make_guid(char *ret_text)
{
    char line[TEXT] = "";
    uint64_t hash[2] = {0xcbf29ce484222325, 0x84222325cbf29ce4};
    if (!read_line("/etc/machine-id", line) && !read_line("/var/lib/dbus/machine-id", line))
        gethostname(line, sizeof line - 1);
    for (int round = 0; round < 64; round++)
        for (const char *p = line; *p; p++) {
            hash[0] = (hash[0] ^ (unsigned char)*p) * 0x100000001b3 + hash[1];
            hash[1] = (hash[1] ^ hash[0] >> 29) * 0xbf58476d1ce4e5b9;
        }
    snprintf(ret_text, TEXT, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(hash[0] >> 32),
             (unsigned)(hash[0] >> 16 & 0xffff), (unsigned)(hash[0] & 0xfff),
             (unsigned)(0x8000 | (hash[1] >> 48 & 0x3fff)), (unsigned long long)(hash[1] & 0xffffffffffff));
}

static NTSTATUS write_names(struct cm_transaction *transaction)
{
    static const char *const guids[] = {"SOFTWARE\\Microsoft\\Cryptography",
                                        "SOFTWARE\\WOW6432Node\\Microsoft\\Cryptography"};
    char host[TEXT] = "localhost", text[TEXT];
    uint64_t id, active;
    NTSTATUS status = STATUS_SUCCESS;
    make_guid(text);
    for (size_t i = 0; i < 2 && NT_SUCCESS(status); i++) {
        status = follow(transaction, guids[i], true, &id);
        if (NT_SUCCESS(status) && is_given(transaction, id, "MachineGuid"))
            status = set_text(transaction, id, "MachineGuid", text);
    }
    gethostname(host, sizeof host - 1);
    if (NT_SUCCESS(status))
        status = follow(transaction, "SYSTEM\\ControlSet001\\Services\\Tcpip\\Parameters", true, &id);
    const char *domain = strchr(host, '.');
    if (NT_SUCCESS(status))
        status = set_text(transaction, id, "Domain", domain ? domain + 1 : "");
    host[strcspn(host, ".")] = 0;
    if (NT_SUCCESS(status))
        status = set_text(transaction, id, "Hostname", host);
    if (NT_SUCCESS(status))
        status = set_text(transaction, id, "NV Hostname", host);
    host[15] = 0; /* MAX_COMPUTERNAME_LENGTH */
    for (char *p = host; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    if (NT_SUCCESS(status))
        status = follow(transaction, "SYSTEM\\ControlSet001\\Control\\ComputerName", true, &id);
    if (NT_SUCCESS(status))
        status = open_or_make(transaction, id, "ActiveComputerName", CM_KEY_VOLATILE, &active);
    if (NT_SUCCESS(status))
        status = set_text(transaction, active, "ComputerName", host);
    if (NT_SUCCESS(status))
        status = open_or_make(transaction, id, "ComputerName", 0, &id);
    return NT_SUCCESS(status) && is_given(transaction, id, "ComputerName")
               ? set_text(transaction, id, "ComputerName", host)
               : status;
}

/* ---------------------------------------------------------------- when */

static bool is_written(void)
{
    struct cm_transaction *transaction;
    struct cm_info info;
    uint64_t id;
    if (!NT_SUCCESS(cm_begin_current(false, &transaction)))
        return true; /* then it cannot be either */
    bool written = NT_SUCCESS(
                       follow(transaction, "HARDWARE\\DESCRIPTION\\System\\CentralProcessor", false, &id)) &&
                   NT_SUCCESS(cm_get_info(transaction, id, &info, NULL, NULL)) &&
                   info.flags & CM_KEY_VOLATILE && info.subkeys == processor_count();
    cm_end(transaction, false);
    return written;
}

static void write_all(void)
{
    struct cm_transaction *transaction;
    if (is_written() || !NT_SUCCESS(cm_begin_current(true, &transaction)))
        return;
    NTSTATUS status = write_firmware(transaction);
    if (NT_SUCCESS(status))
        status = write_names(transaction);
    if (NT_SUCCESS(status))
        status = write_processors(transaction);
    cm_end(transaction, NT_SUCCESS(status));
}

static bool contains(const WCHAR *path, size_t length, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= length; i++) {
        size_t n = 0;
        while (n < size && cm_fold(path[i + n]) == (WCHAR)word[n])
            n++;
        if (n == size)
            return true;
    }
    return false;
}

void cm_look_at_machine(const WCHAR *path, size_t length)
{
    static const char *const words[] = {"HARDWARE", "CRYPTOGRAPHY", "COMPUTERNAME", "TCPIP",
                                        "SESSION MANAGER"};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static bool done;
    if (__atomic_load_n(&done, __ATOMIC_RELAXED))
        return;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (contains(path, length, words[i])) {
            pthread_once(&once, write_all);
            __atomic_store_n(&done, true, __ATOMIC_RELAXED);
            return;
        }
}
