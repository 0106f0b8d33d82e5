/* SPDX-License-Identifier: MIT */
#include "firmware.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void firmware_start(struct firmware *fw)
{
	*fw = (struct firmware){ 0 };
}

static void keep(struct firmware *fw, const char *line)
{
	if (fw->said_count < sizeof(fw->said) / sizeof(fw->said[0]))
		snprintf(fw->said[fw->said_count++], sizeof(fw->said[0]), "%s", line);
}

/* "  4: 000000001ffe0000 - 0000000020000000 = 2 RESERVED" */
static bool e820_line(struct firmware *fw, const char *line)
{
	struct e820_entry e;
	unsigned number;

	if (sscanf(line, " %u: %" SCNx64 " - %" SCNx64 " = %" SCNu32, &number, &e.start, &e.end,
		&e.type) != 4)
		return false;
	if (fw->e820_count < sizeof(fw->e820) / sizeof(fw->e820[0]))
		fw->e820[fw->e820_count++] = e;
	return true;
}

void firmware_line(void *user, const char *line)
{
	struct firmware *fw = user;

	if (e820_line(fw, line))
		return;
	if (strncmp(line, "e820 map has", 12) == 0)
		fw->e820_count = 0;
	else if (sscanf(line, "SeaBIOS (version %63[^)])", fw->version) == 1)
		return;
	else if (strstr(line, "Intel IGD") || strstr(line, "WARNING"))
		keep(fw, line);
	else if (strncmp(line, "enter handle_19", 15) == 0) /* the interrupt that boots */
		fw->finished = true;
}

bool firmware_finished(void *user)
{
	return ((const struct firmware *)user)->finished;
}

static const struct e820_entry *reserved_at(const struct firmware *fw, uint64_t address)
{
	for (size_t i = 0; i < fw->e820_count; i++) {
		const struct e820_entry *e = &fw->e820[i];

		if (e->type == E820_RESERVED && address >= e->start && address < e->end)
			return e;
	}
	return NULL;
}

bool firmware_reserves(const struct firmware *fw, uint64_t start, uint64_t bytes,
	const struct e820_entry **entry)
{
	const struct e820_entry *e = reserved_at(fw, start);
	uint64_t end = start + bytes;

	*entry = e;
	while (e && e->end < end)
		e = reserved_at(fw, e->end);
	return e != NULL;
}
