# windowscodecs: PNG and JPEG are the host's libraries'.
windowscodecs_LIBS = ole32 shlwapi advapi32 kernel32 kernelbase ntdll
windowscodecs_HOST_LIBS = -lpng16 -ljpeg
