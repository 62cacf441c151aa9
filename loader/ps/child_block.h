/*
 * What a parent writes behind the shared page of the memory file, for its child to read: a header,
 * then the pieces it names by length, in this order. Text is UTF-16 unless it says Unix.
 */
#ifndef PS_CHILD_BLOCK_H
#define PS_CHILD_BLOCK_H

#include "ps/child.h"

#define PS_CHILD_MAGIC  0x31574747u
#define PS_CHILD_OFFSET 4096 /* of the header in the file */

struct ps_child_header {
    uint32_t magic;
    uint32_t size; /* of header and pieces, bytes */
    /* Pieces, bytes. */
    uint32_t unix_path, dos_path, command_line, current_directory, environment, runtime_data, window_title,
        desktop;
    uint32_t inherit_count; /* struct ps_child_inherit, each followed by its Unix path */
    uint64_t standard[3];
    uint32_t process_group, show_window, startup_flags;
    uint32_t place[7]; /* as in struct ps_start */
    uint32_t error_mode;
    uint32_t ignore_ctrl_c;
    int32_t parent;   /* Unix pid */
    int32_t debug_fd; /* the link to the child's debugger; -1: none */
    uint32_t debug_kill, debug_children;
    int32_t session_fd;    /* the child's connection to the session server; -1: none */
    uint32_t shared_count; /* struct ps_child_shared: the server's handles 1, 2 ... in this order */
};

struct ps_child_inherit {
    uint64_t handle;
    uint32_t access;
    int32_t fd;
    uint32_t kind, file_access, options;
    uint32_t path; /* bytes that follow, with the terminator; 0: none */
    int64_t position;
    uint32_t sharing, reserved;
};

struct ps_child_shared {
    uint64_t handle;
    uint32_t access, attributes;
};

#endif
