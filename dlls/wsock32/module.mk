wsock32_LIBS = ws2_32 kernel32 kernelbase ntdll
