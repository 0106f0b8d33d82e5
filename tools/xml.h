/* SPDX-License-Identifier: MIT
 *
 * Walks over the tags of an XML text, also of a broken or cut one: no tree, no validity, no
 * entities but the five of XML. Comments, CDATA and processing instructions are passed over.
 */
#ifndef IGDPT_TOOLS_XML_H
#define IGDPT_TOOLS_XML_H

#include <stdbool.h>
#include <stddef.h>

#define XML_DEPTH 24u
#define XML_NAME 40u

struct xml {
	const char *at;
	unsigned depth; /* of the present element; deeper ones than XML_DEPTH have no name */
	char path[XML_DEPTH][XML_NAME];
	bool open;  /* a start tag, else an end tag */
	bool empty; /* <tag/>: an end tag follows */
	const char *tag;  /* its attributes, not NUL-terminated */
	size_t tag_len;
	const char *text; /* what follows the tag */
	size_t text_len;
};

void xml_init(struct xml *x, const char *text);

/* The next start or end tag; false at the end. path[depth - 1] is its name. */
bool xml_next(struct xml *x);

/* The last elements of the path are these, e.g. "devices/hostdev". */
bool xml_is(const struct xml *x, const char *path);
/* One of the elements around is this one. */
bool xml_inside(const struct xml *x, const char *name);

/* An attribute of the tag; false, with an empty value, if it has none. */
bool xml_attribute(const struct xml *x, const char *name, char *value, size_t room);
void xml_text(const struct xml *x, char *value, size_t room);

#endif
