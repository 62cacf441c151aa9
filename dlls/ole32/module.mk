# ole32: the registry and random numbers come from advapi32.
ole32_LIBS = advapi32 kernel32 kernelbase ntdll
