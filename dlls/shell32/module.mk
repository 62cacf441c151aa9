# shell32: its host module is the desktop's trash.
shell32_HOST_LIBS =
