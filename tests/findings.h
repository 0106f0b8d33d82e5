/* SPDX-License-Identifier: MIT
 *
 * Findings as text, so that one string says all that a test expects of them: number, offset, value
 * and what is wanted, in hexadecimal behind the number, "-" for no offset.
 */
#ifndef IGDPT_TESTS_FINDINGS_H
#define IGDPT_TESTS_FINDINGS_H

#include <inttypes.h>
#include <stdio.h>

#include "igdpt/error.h"
#include "support.h"

struct story {
	char text[600];
	size_t used;
};

/* An igdpt_finding_fn whose user is a struct story. */
static inline void tell(void *user, const struct igdpt_finding *f)
{
	struct story *story = user;
	char offset[20] = "-";

	if (f->offset != IGDPT_NO_OFFSET)
		snprintf(offset, sizeof(offset), "%" PRIx64, f->offset);
	story->used += (size_t)snprintf(story->text + story->used, sizeof(story->text) - story->used,
		"%s%u@%s:%" PRIx64 "/%" PRIx64, story->used ? " " : "", f->id, offset, f->value, f->want);
	ck_assert_uint_lt(story->used, sizeof(story->text));
}

#endif
