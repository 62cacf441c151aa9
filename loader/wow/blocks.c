/*
 * The 32-bit TEB, PEB and process parameters, filled from the 64-bit ones beside them. i386 code uses and
 * changes only these.
 */
#include "wow/wow.h"
#include <gastwirt/door.h>
#include <string.h>

void wow_reset_teb(TEB *teb)
{
    TEB32 *narrow = wow_teb(teb);
    memset(narrow, 0, sizeof *narrow);
    narrow->ExceptionList = UINT32_MAX;
    narrow->Self = (PTR32)(uint64_t)narrow;
    narrow->FiberData = 0x1e00; /* Version */
    narrow->ProcessEnvironmentBlock = (PTR32)(uint64_t)wow_peb(teb->ProcessEnvironmentBlock);
    narrow->WOW32Reserved = DOOR_ENTRY32;
    narrow->CurrentLocale = teb->CurrentLocale;
    narrow->StaticUnicodeString.MaximumLength = sizeof narrow->StaticUnicodeBuffer;
    narrow->StaticUnicodeString.Buffer = (PTR32)(uint64_t)narrow->StaticUnicodeBuffer;
    narrow->WowTebOffset = -WOW_TEB_OFFSET;
    teb->NtTib.ExceptionList = narrow; /* where 64-bit code looks for it on Windows */
    teb->WowTebOffset = WOW_TEB_OFFSET;
}

void wow_fill_teb(TEB *teb)
{
    TEB32 *narrow = wow_teb(teb);
    narrow->ClientId.UniqueProcess = (PTR32)(uint64_t)teb->ClientId.UniqueProcess;
    narrow->ClientId.UniqueThread = (PTR32)(uint64_t)teb->ClientId.UniqueThread;
    narrow->RealClientId = narrow->ClientId;
    narrow->SameTebFlags = teb->SameTebFlags;
}

static UNICODE_STRING32 narrow_string(const UNICODE_STRING *from)
{
    return (UNICODE_STRING32){from->Length, from->MaximumLength, (PTR32)(uint64_t)from->Buffer};
}

/* The texts are the 64-bit block's own. */
static void fill_parameters(const RTL_USER_PROCESS_PARAMETERS *from, RTL_USER_PROCESS_PARAMETERS32 *to)
{
    to->MaximumLength = from->MaximumLength;
    to->Length = from->Length;
    to->Flags = from->Flags;
    to->ConsoleHandle = (PTR32)(uint64_t)from->ConsoleHandle;
    to->StandardInput = (PTR32)(uint64_t)from->StandardInput;
    to->StandardOutput = (PTR32)(uint64_t)from->StandardOutput;
    to->StandardError = (PTR32)(uint64_t)from->StandardError;
    to->CurrentDirectory.DosPath = narrow_string(&from->CurrentDirectory.DosPath);
    to->DllPath = narrow_string(&from->DllPath);
    to->ImagePathName = narrow_string(&from->ImagePathName);
    to->CommandLine = narrow_string(&from->CommandLine);
    to->Environment = (PTR32)(uint64_t)from->Environment;
    to->EnvironmentSize = (ULONG)from->EnvironmentSize;
    to->StartingX = from->StartingX;
    to->StartingY = from->StartingY;
    to->CountX = from->CountX;
    to->CountY = from->CountY;
    to->CountCharsX = from->CountCharsX;
    to->CountCharsY = from->CountCharsY;
    to->FillAttribute = from->FillAttribute;
    to->WindowFlags = from->WindowFlags;
    to->ShowWindowFlags = from->ShowWindowFlags;
    to->WindowTitle = narrow_string(&from->WindowTitle);
    to->DesktopInfo = narrow_string(&from->DesktopInfo);
    to->ShellInfo = narrow_string(&from->ShellInfo);
    to->RuntimeData = narrow_string(&from->RuntimeData);
    to->ProcessGroupId = from->ProcessGroupId;
}

void wow_fill_peb(PEB *peb, const RTL_USER_PROCESS_PARAMETERS *parameters)
{
    PEB32 *narrow = wow_peb(peb);
    RTL_USER_PROCESS_PARAMETERS32 *narrow_parameters = (void *)(parameters + 1);
    fill_parameters(parameters, narrow_parameters);
    narrow->BitField = peb->BitField;
    narrow->BeingDebugged = peb->BeingDebugged;
    narrow->Mutant = UINT32_MAX;
    narrow->ImageBaseAddress = (PTR32)(uint64_t)peb->ImageBaseAddress;
    narrow->ProcessParameters = (PTR32)(uint64_t)narrow_parameters;
    narrow->NumberOfProcessors = peb->NumberOfProcessors;
    narrow->ActiveProcessAffinityMask = (ULONG)peb->ActiveProcessAffinityMask;
    narrow->CriticalSectionTimeout = peb->CriticalSectionTimeout;
    narrow->HeapSegmentReserve = (ULONG)peb->HeapSegmentReserve;
    narrow->HeapSegmentCommit = (ULONG)peb->HeapSegmentCommit;
    narrow->HeapDeCommitTotalFreeThreshold = (ULONG)peb->HeapDeCommitTotalFreeThreshold;
    narrow->HeapDeCommitFreeBlockThreshold = (ULONG)peb->HeapDeCommitFreeBlockThreshold;
    narrow->MaximumNumberOfHeaps = peb->MaximumNumberOfHeaps;
    narrow->OSMajorVersion = peb->OSMajorVersion;
    narrow->OSMinorVersion = peb->OSMinorVersion;
    narrow->OSBuildNumber = peb->OSBuildNumber;
    narrow->OSPlatformId = peb->OSPlatformId;
    narrow->ImageSubsystem = peb->ImageSubsystem;
    narrow->ImageSubsystemMajorVersion = peb->ImageSubsystemMajorVersion;
    narrow->ImageSubsystemMinorVersion = peb->ImageSubsystemMinorVersion;
    narrow->SessionId = peb->SessionId;
}
