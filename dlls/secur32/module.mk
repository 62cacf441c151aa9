# secur32: the user's name comes from advapi32.
secur32_LIBS = advapi32 kernel32 kernelbase ntdll
