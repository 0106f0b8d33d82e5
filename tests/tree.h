/* SPDX-License-Identifier: MIT
 *
 * A machine's files below a folder of its own, for the tests of libigdpt-host.
 */
#ifndef IGDPT_TESTS_TREE_H
#define IGDPT_TESTS_TREE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static char tree[64];
static int root;

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void plant(void)
{
	strcpy(tree, "/tmp/igdpt-tree.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(tree));
	root = open(tree, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(root, 0);
}

static inline void fell(void)
{
	close(root);
	nftw(tree, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void directories(const char *path)
{
	char part[256];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdirat(root, part, 0755);
	}
}

static inline void put(const char *path, const void *data, size_t len)
{
	int fd;

	directories(path);
	fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static inline void put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

static inline void put_link(const char *target, const char *path)
{
	directories(path);
	ck_assert_int_eq(symlinkat(target, root, path), 0);
}

#endif
