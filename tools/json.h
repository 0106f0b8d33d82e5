/* SPDX-License-Identifier: MIT
 *
 * A streaming JSON writer: it puts the commas, the quotes and the escapes.
 */
#ifndef IGDPT_TOOLS_JSON_H
#define IGDPT_TOOLS_JSON_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	unsigned depth;
	bool line;      /* one line without spaces, for streams of records */
	bool has_items; /* a comma is due before the next item */
};

/* In an object `key` names the member; in an array and at the top it is NULL. */
void json_begin_object(struct json *j, const char *key);
void json_begin_array(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_end_array(struct json *j);
/* Bytes that are no UTF-8 are printed as ISO 8859-1. */
void json_string(struct json *j, const char *key, const char *value);
/* Bytes that may hold anything: printed as ISO 8859-1, control characters escaped. */
void json_bytes(struct json *j, const char *key, const void *data, size_t len);
void json_unsigned(struct json *j, const char *key, uint64_t value);
/* A string "0x..." in lower case. */
void json_hex(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
