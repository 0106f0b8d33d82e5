/* SPDX-License-Identifier: MIT
 *
 * Which bytes are UTF-8, whatever the locale is: names of files may hold anything.
 */
#ifndef IGDPT_TOOLS_UTF8_H
#define IGDPT_TOOLS_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Unicode 15, table 3-7: bytes of the character at s, of which there are len; 0 if it is none. */
static inline size_t utf8_character(const unsigned char *s, size_t len)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
		s[0] < 0xf5 ? 4 : 0;

	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Longer than need be, a surrogate, or above U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* U+0080 to U+009F, which terminals obey as they obey ESC and a letter. */
static inline bool utf8_is_c1(const unsigned char *s, size_t len)
{
	return len >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0;
}

#endif
