/* SPDX-License-Identifier: MIT
 *
 * What the files of the verb `dmar` share.
 */
#ifndef IGDPT_TOOLS_DMAR_H
#define IGDPT_TOOLS_DMAR_H

#include "cli.h"

/* The longest table that is read. */
#define MAX_TABLE (16u << 20)

/* `igdpt dmar build` */
int dmar_run_build(const struct command *self, int argc, char **argv);

#endif
