/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target over files, in place of a fuzzing engine: any compiler can do that. Without
 * arguments over the committed corpus of the target that the program is named after, as a test
 * that prints TAP.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Only engines mutate. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max)
{
	(void)data;
	(void)max;
	return len;
}

static bool run_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *in = fopen(path, "rb");
	size_t len;

	if (!in)
		return perror(path), false;
	len = fread(data, 1, sizeof(data), in);
	fclose(in);
	LLVMFuzzerTestOneInput(data, len);
	return true;
}

/* How many inputs ran, or a negative number. */
static int run_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[8192];
	int n = 0;

	if (!dir)
		return perror(folder), -1;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!run_file(path)) {
			n = -1;
			break;
		}
		n++;
	}
	closedir(dir);
	return n;
}

/* The committed corpus of "…/fuzz_NAME". */
static int run_corpus(const char *program)
{
	const char *source = getenv("IGDPT_SRCDIR"), *name = strstr(program, "fuzz_");
	char folder[4096];
	int n;

	for (const char *next = name; next; next = strstr(next + 1, "fuzz_"))
		name = next;
	if (!name)
		return EXIT_FAILURE;
	name += strlen("fuzz_");
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", source ? source : ".", name);
	puts("1..1");
	fflush(stdout);
	n = run_folder(folder);
	printf("%sok 1 - %s: %d inputs\n", n > 0 ? "" : "not ", name, n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return run_corpus(argv[0]);
	for (int i = 1; i < argc; i++) {
		if (!run_file(argv[i]))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
