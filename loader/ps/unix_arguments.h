/*
 * The command line of a program of the host.
 */
#ifndef PS_UNIX_ARGUMENTS_H
#define PS_UNIX_ARGUMENTS_H

/* Takes a command line apart as the C runtimes do: quotes, backslashes before quotes. The first argument is
 * path. All but that lie in one malloc'ed block, which the second one (if there is one) begins. NULL: no
 * memory.
 */
char **ps_split_arguments(const char *line, char *path);

/* Those that are absolute DOS paths of something that exists here, or that can be made in a folder that
 * exists, become Unix paths, also behind an option (-IZ:/include, --output=Z:\\out, -Wl,-Map,Z:/map,
 * @Z:/list); the rest stays. In place; what is malloc'ed for that is in the list that is returned, NULL: no
 * memory. */
char **ps_translate_arguments(char **arguments);

#endif
