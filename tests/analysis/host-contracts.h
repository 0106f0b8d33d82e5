/* SPDX-License-Identifier: MIT
 *
 * As contracts.h, for libigdpt-host: held to by tests/check_host.c and tests/check_faults.c.
 */
#include "host/internal.h"

#define igdpt_priv_host_fail(...) ((void)igdpt_priv_host_fail(__VA_ARGS__), -1)
