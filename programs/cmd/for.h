/*
 * What the kinds of `for` share.
 */
#ifndef FOR_H
#define FOR_H

/* Runs the body with one variable set; its result. */
int run_body(struct node *node, wchar_t variable, wchar_t *value);
/* for /f: 1 if the body never ran. */
int file_loop(struct node *node, const wchar_t *set);

#endif
