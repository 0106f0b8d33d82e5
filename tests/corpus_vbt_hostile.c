/* SPDX-License-Identifier: MIT
 *
 * Real VBTs, truncated at every length, and with every byte of their headers and of every block's
 * header and first bytes set to what breaks readers. In memory of their exact size. TAP.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "vbt-hostile.h"

/* Corruption takes longest: one file in so many. */
#define CORRUPT_EVERY 16

static const char *problem;

static void try(const uint8_t *data, size_t len)
{
	const char *found = read_all(data, len);

	if (found)
		problem = found;
}

static void truncated(const uint8_t *data, size_t len)
{
	for (size_t n = 0; n <= len; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		if (!copy)
			exit(EXIT_FAILURE);
		memcpy(copy, data, n);
		try(copy, n);
		free(copy);
	}
}

static void corrupt_byte(uint8_t *copy, size_t at, size_t len)
{
	uint8_t old = copy[at];
	const uint8_t values[] = { 0, 0xff, (uint8_t)(old + 1), (uint8_t)(old - 1) };

	for (size_t i = 0; i < sizeof(values); i++) {
		copy[at] = values[i];
		try(copy, len);
	}
	copy[at] = old;
}

static void corrupted(const uint8_t *data, size_t len)
{
	struct igdpt_vbt_block block = { .size = sizeof(block) };
	uint8_t *copy = malloc(len);
	struct igdpt_vbt vbt;

	if (!copy)
		exit(EXIT_FAILURE);
	memcpy(copy, data, len);
	for (size_t at = 0; at < 70 && at < len; at++)
		corrupt_byte(copy, at, len);
	if (igdpt_vbt_init(&vbt, data, len, NULL) == 0) {
		while (igdpt_vbt_next(&vbt, &block, NULL) > 0) {
			for (size_t at = block.offset - 3; at < block.offset + 6 && at < len; at++)
				corrupt_byte(copy, at, len);
		}
	}
	free(copy);
}

static size_t load(const char *folder, const char *name, uint8_t *data, size_t room)
{
	char path[4096];
	size_t len;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "rb");
	if (!in)
		return 0;
	len = fread(data, 1, room, in);
	fclose(in);
	return len;
}

int main(void)
{
	static uint8_t data[UINT16_MAX];
	const char *corpus = getenv("IGDPT_CORPUS");
	struct dirent **names;
	char folder[2048];
	int count, failed = 0;

	snprintf(folder, sizeof(folder), "%s/vbt", corpus ? corpus : "");
	count = scandir(folder, &names, NULL, alphasort);
	if (count < 0) {
		printf("1..0 # SKIP no corpus of real VBTs at %s\n", folder);
		return EXIT_SUCCESS;
	}
	printf("1..%d\n", count - 2);
	for (int i = 0; i < count; free(names[i++])) {
		size_t len;

		if (i < 2)
			continue;
		len = load(folder, names[i]->d_name, data, sizeof(data));

		problem = len ? NULL : "cannot be read";
		truncated(data, len);
		if (i % CORRUPT_EVERY == 0)
			corrupted(data, len);
		failed += problem != NULL;
		printf("%s %d - %s%s%s\n", problem ? "not ok" : "ok", i - 1, names[i]->d_name,
			problem ? ": " : "", problem ? problem : "");
	}
	free(names);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
