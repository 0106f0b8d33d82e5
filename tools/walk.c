/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

static void passed_over(struct walk *w, const char *reason)
{
	cli_error("%s: %s", w->path, reason);
	w->incomplete = true;
}

/* Opens the directory that w->path names; links only at the top. */
static void enter(struct walk *w)
{
	DIR *dir = NULL;
	int fd;

	if (w->depth == WALK_DEPTH) {
		passed_over(w, "too deep");
		return;
	}
	fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (w->depth ? O_NOFOLLOW : 0));
	if (fd >= 0)
		dir = fdopendir(fd);
	if (!dir) {
		passed_over(w, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	w->open[w->depth].dir = dir;
	w->open[w->depth++].len = strlen(w->path);
}

/* Appends an entry's name to its directory's; false if there is no room. */
static bool append(struct walk *w, const char *name)
{
	size_t len = w->open[w->depth - 1].len, room = sizeof(w->path) - len;

	return (size_t)snprintf(w->path + len, room, "/%s", name) < room;
}

static unsigned char type_of(const struct walk *w, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (lstat(w->path, &st) < 0)
		return DT_UNKNOWN;
	return S_ISDIR(st.st_mode) ? DT_DIR : S_ISREG(st.st_mode) ? DT_REG : DT_UNKNOWN;
}

/* The next regular file below the directories that are open, in w->path. */
static bool below(struct walk *w)
{
	while (w->depth) {
		const struct dirent *entry;
		unsigned char type;

		errno = 0;
		entry = readdir(w->open[w->depth - 1].dir);
		if (!entry) {
			w->path[w->open[w->depth - 1].len] = '\0';
			if (errno)
				passed_over(w, strerror(errno));
			closedir(w->open[--w->depth].dir);
			continue;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!append(w, entry->d_name)) {
			passed_over(w, "the name is too long");
			continue;
		}
		type = type_of(w, entry);
		if (type == DT_REG)
			return true;
		if (type == DT_DIR)
			enter(w);
	}
	return false;
}

/* Without memory the walk is over, and not all was seen. */
static char *copied(struct walk *w, const char *name)
{
	char *copy = strdup(name);

	w->incomplete |= !copy;
	return copy;
}

/* Ends the list: what follows cannot be told from names. */
static char *bad_list(struct walk *w, const char *reason)
{
	cli_error("the list of names: %s", reason);
	w->incomplete = true;
	return NULL;
}

/* The next of the list; an empty line is no name. */
static char *listed(struct walk *w)
{
	char name[PATH_MAX];
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(w->list)) != EOF) {
		if (c == w->separator && n)
			break;
		if (c == w->separator)
			continue;
		if (!c)
			return bad_list(w, "there is a NUL in it; try --null");
		if (n == sizeof(name) - 1)
			return bad_list(w, "a name is too long");
		name[n++] = (char)c;
	}
	if (ferror(w->list))
		return bad_list(w, strerror(errno));
	name[n] = '\0';
	return n ? copied(w, name) : NULL;
}

char *walk_next(struct walk *w)
{
	for (;;) {
		struct stat st;
		char *name;

		if (below(w))
			return copied(w, w->path);
		if (w->count) {
			w->count--;
			name = copied(w, *w->args++);
		} else {
			name = w->list ? listed(w) : NULL;
		}
		if (!name || stat(name, &st) < 0 || !S_ISDIR(st.st_mode))
			return name;
		snprintf(w->path, sizeof(w->path), "%s", name);
		free(name);
		enter(w);
	}
}

void walk_end(struct walk *w)
{
	while (w->depth)
		closedir(w->open[--w->depth].dir);
	if (w->list && w->list != stdin)
		fclose(w->list);
}
