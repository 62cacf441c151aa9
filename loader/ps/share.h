/*
 * Processes and threads as other processes see them.
 */
#ifndef PS_SHARE_H
#define PS_SHARE_H

#include "ob/share.h"

extern const struct ob_share_type ps_process_share, ps_thread_share;

#endif
