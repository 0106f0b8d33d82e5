/* SPDX-License-Identifier: MIT
 *
 * Finds a log string in a line, whatever stands before and behind it. In a pattern
 *	%x  is a number: hex digits, with or without 0x
 *	%b  is a PCI address: hex digits, 0x, colons and dots
 *	%*  is anything, also nothing
 *	%$  is the end of the line
 * and a blank is any run of blanks. Everything else stands for itself. A pattern that begins or
 * ends with a letter or digit matches whole words. Numbers and addresses are bounded, so the time
 * is linear in the line.
 */
#ifndef IGDPT_TOOLS_LOG_MATCH_H
#define IGDPT_TOOLS_LOG_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_CAPTURES 4

/* What a %x or %b stood for, in the order of the pattern. */
struct log_capture {
	const char *at;
	size_t len;
};

/* `captures` has LOG_CAPTURES elements, or is NULL; those not met are empty. */
bool log_match(const char *pattern, const char *line, size_t len, struct log_capture *captures);

#endif
