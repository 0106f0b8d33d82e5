/* SPDX-License-Identifier: MIT
 *
 * Finds a log string in a line, whatever stands before and behind it. In a pattern
 *	%x  is a number: hex digits, with or without 0x
 *	%b  is a PCI address: hex digits, 0x, colons and dots
 *	%i  is the PCI address of the IGD: 00:02.0 in domain 0
 *	%*  is anything, also nothing
 *	%$  is the end of the line, or of a line or string in JSON
 * and a blank is any run of blanks, a quotation mark also one with backslashes. Everything else
 * stands for itself. A pattern that begins or ends with a letter or digit matches whole words; "_" in
 * front is part of one. Numbers and addresses are bounded, so the time is linear in the line.
 */
#ifndef IGDPT_TOOLS_LOG_MATCH_H
#define IGDPT_TOOLS_LOG_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_CAPTURES 4

/* What a %x, %b or %i stood for, in the order of the pattern. */
struct log_capture {
	const char *at;
	size_t len;
};

/*
 * `captures` has LOG_CAPTURES elements, or is NULL; those not met are empty. `cut`, unless it is
 * NULL, becomes true if the line ends in the middle of the pattern.
 */
bool log_match(const char *pattern, const char *line, size_t len, struct log_capture *captures,
	bool *cut);

/* 00:02.0, 0000:00:02.0, 0x00:0x02.0; with another domain it is not the IGD. */
bool log_is_igd(const struct log_capture *c);

#endif
