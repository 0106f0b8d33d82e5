/* SPDX-License-Identifier: MIT
 *
 * Linked into the command with --wrap: the n-th allocation fails, where IGDPT_FAIL_ALLOCATION says
 * n. With 0 none fails; how many there were goes to the file IGDPT_COUNT_ALLOCATIONS.
 * The n-th entry of a directory fails likewise, by IGDPT_FAIL_READDIR.
 */
#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *p, size_t bytes);
char *__real_strdup(const char *text);
FILE *__real_open_memstream(char **text, size_t *len);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *p, size_t bytes);
char *__wrap_strdup(const char *text);
FILE *__wrap_open_memstream(char **text, size_t *len);

static atomic_ulong allocations;

static bool fails(void)
{
	const char *which = getenv("IGDPT_FAIL_ALLOCATION");

	return ++allocations == (which ? strtoul(which, NULL, 10) : 0);
}

void *__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return fails() ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *p, size_t bytes)
{
	return fails() ? NULL : __real_realloc(p, bytes);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

FILE *__wrap_open_memstream(char **text, size_t *len)
{
	return fails() ? NULL : __real_open_memstream(text, len);
}

struct dirent *__real_readdir(DIR *dir);
struct dirent *__wrap_readdir(DIR *dir);
#ifdef __GLIBC__
/* The name of the same where off_t grew to 64 bits. */
struct dirent64 *__real_readdir64(DIR *dir);
struct dirent64 *__wrap_readdir64(DIR *dir);
#endif

static bool breaks(void)
{
	static atomic_ulong entries;
	const char *which = getenv("IGDPT_FAIL_READDIR");

	if (++entries != (which ? strtoul(which, NULL, 10) : 0))
		return false;
	errno = EIO;
	return true;
}

struct dirent *__wrap_readdir(DIR *dir)
{
	return breaks() ? NULL : __real_readdir(dir);
}

#ifdef __GLIBC__
struct dirent64 *__wrap_readdir64(DIR *dir)
{
	return breaks() ? NULL : __real_readdir64(dir);
}
#endif

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("IGDPT_COUNT_ALLOCATIONS");
	FILE *out = path ? fopen(path, "w") : NULL;

	if (!out)
		return;
	fprintf(out, "%lu\n", allocations);
	fclose(out);
}
