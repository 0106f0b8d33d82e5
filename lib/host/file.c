/* SPDX-License-Identifier: MIT
 *
 * Files below a root directory. sysfs is full of links, so they are followed, but inside the root.
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINKS_MAX 40u
#define DEPTH_MAX 48u
#define PATH_ROOM 4096u
#define NAMES_MAX 4096u
#define FILE_MAX ((size_t)INT32_MAX)

int igdpt_priv_host_error(int system)
{
	switch (system) {
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
	case ENXIO:
	case ELOOP:
		return -IGDPT_E_NOTFOUND;
	case EACCES:
	case EPERM:
	case EBUSY: /* of a VFIO group: a VM has it */
		return -IGDPT_E_ACCESS;
	case EINVAL:
		return -IGDPT_E_UNSUPPORTED;
	default:
		return -IGDPT_E_IO;
	}
}

/* What errno means, in English whatever the locale; empty without memory. */
static void append_system(char *text, size_t room, int system)
{
	locale_t english = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	if (!english)
		return;
	snprintf(text, room, ": %s", strerror_l(system, english));
	freelocale(english);
}

int igdpt_priv_host_fail(struct igdpt_host_why *why, int error, int system, const char *format, ...)
{
	struct igdpt_host_why mine = { .size = sizeof(mine), .error = error, .system = system };
	va_list args;
	int n;

	if (!why)
		return error;
	va_start(args, format);
	n = vsnprintf(mine.text, sizeof(mine.text), format, args);
	va_end(args);
	if (system && n >= 0 && (size_t)n < sizeof(mine.text))
		append_system(mine.text + n, sizeof(mine.text) - (size_t)n, system);
	igdpt_priv_host_out(why, &mine, sizeof(mine), V1(igdpt_host_why));
	return error;
}

int igdpt_priv_host_out(void *dst, const void *src, size_t known, size_t v1)
{
	uint32_t size, meaningful;

	if (!dst)
		return -IGDPT_E_INVALID;
	memcpy(&size, dst, sizeof(size));
	if (size < v1 || size > 4096)
		return -IGDPT_E_ABI_SIZE;
	meaningful = size < known ? size : (uint32_t)known;
	memset(dst, 0, size);
	memcpy(dst, src, meaningful);
	memcpy(dst, &meaningful, sizeof(meaningful));
	return 0;
}

/* A path being walked: descriptors of the directories above, and what is still to go. */
struct walk {
	int fds[DEPTH_MAX];
	char names[DEPTH_MAX][NAME_MAX + 1];
	size_t depth;
	unsigned links;
	char rest[PATH_ROOM];
};

static void walk_up(struct walk *w, size_t depth)
{
	while (w->depth > depth)
		close(w->fds[--w->depth]);
}

/* Cut the first component off w->rest: 1, 0 at the end of the path, or -errno. */
static int next_component(struct walk *w, char name[NAME_MAX + 1])
{
	size_t skip = strspn(w->rest, "/"), len = strcspn(w->rest + skip, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, w->rest + skip, len);
	name[len] = '\0';
	memmove(w->rest, w->rest + skip + len, strlen(w->rest + skip + len) + 1);
	return len > 0;
}

static int follow(struct walk *w, int fd)
{
	char whole[PATH_ROOM], target[PATH_ROOM];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
	int m;

	if (n < 0)
		return -errno;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	target[n] = '\0';
	if (target[0] == '/')
		walk_up(w, 0);
	m = snprintf(whole, sizeof(whole), "%s/%s", target, w->rest);
	if (m < 0 || (size_t)m >= sizeof(whole))
		return -ENAMETOOLONG;
	memcpy(w->rest, whole, (size_t)m + 1);
	return 0;
}

/* One component: takes the descriptor into the walk, or follows the link that it is. */
static int step(struct walk *w, int root, const char *name, bool last_follows)
{
	int above = w->depth ? w->fds[w->depth - 1] : root;
	struct stat st;
	int fd, rc;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return walk_up(w, w->depth ? w->depth - 1 : 0), 0;
	if (w->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	fd = openat(above, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fstat(fd, &st) < 0 ? -errno : 0;
	if (!rc && S_ISLNK(st.st_mode) && (last_follows || w->rest[strspn(w->rest, "/")])) {
		rc = follow(w, fd);
		close(fd);
		return rc;
	}
	strcpy(w->names[w->depth], name);
	w->fds[w->depth++] = fd;
	return rc;
}

/* What the walk ended at, opened with the caller's flags. */
static int arrive(const struct walk *w, int root, int flags)
{
	int above = w->depth > 1 ? w->fds[w->depth - 2] : root;
	int fd = openat(above, w->depth ? w->names[w->depth - 1] : ".", flags | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int igdpt_priv_host_walk(int root, const char *path, int flags)
{
	struct walk w;
	char name[NAME_MAX + 1];
	int rc;

	if (strlen(path) >= sizeof(w.rest))
		return -ENAMETOOLONG;
	w.depth = 0;
	w.links = 0;
	strcpy(w.rest, path);
	for (rc = next_component(&w, name); rc > 0; rc = next_component(&w, name)) {
		rc = step(&w, root, name, !(flags & O_NOFOLLOW));
		if (rc < 0)
			break;
	}
	if (!rc)
		rc = arrive(&w, root, flags | O_CLOEXEC);
	walk_up(&w, 0);
	return rc;
}

int igdpt_priv_host_open(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	/* EPERM is a container's filter, or the file's: the walk tells. EAGAIN: a race with rename. */
	if (errno == ENOSYS || errno == EPERM || errno == EAGAIN)
		return igdpt_priv_host_walk(root, path, flags);
	return -errno;
}

static int give_up(int fd, int error)
{
	close(fd);
	return error;
}

int igdpt_priv_host_open_type(int root, const char *path, int flags, mode_t type, dev_t device)
{
	int probe = igdpt_priv_host_open(root, path, O_PATH), fd;
	struct stat st, again;

	if (probe < 0)
		return probe;
	if (fstat(probe, &st) < 0)
		return give_up(probe, -errno);
	if ((st.st_mode & S_IFMT) != type)
		return give_up(probe, -EINVAL);
	/* Opening some devices does something. */
	if (device && st.st_rdev != device)
		return give_up(probe, -ENODEV);
	fd = igdpt_priv_host_open(root, path, flags | O_NONBLOCK | O_NOCTTY);
	close(probe);
	if (fd < 0)
		return fd;
	if (fstat(fd, &again) < 0)
		return give_up(fd, -errno);
	if (again.st_dev != st.st_dev || again.st_ino != st.st_ino)
		return give_up(fd, -EAGAIN);
	return fd;
}

int igdpt_priv_host_pread(int fd, off_t offset, void *buf, size_t *len)
{
	size_t got = 0;

	while (got < *len) {
		char *to = (char *)buf + got;
		ssize_t n = offset < 0 ? read(fd, to, *len - got) :
					 pread(fd, to, *len - got, offset + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*len = got;
	return 0;
}

int igdpt_priv_host_room(const void *buf, size_t *len, size_t bytes, struct igdpt_host_why *why)
{
	size_t room = *len;

	if (buf && room >= bytes)
		return 0;
	*len = bytes;
	return igdpt_priv_host_fail(why, -IGDPT_E_NOSPACE, 0, "%zu bytes are needed, there is room for %zu",
		bytes, buf ? room : 0);
}

/* 1, 0 or -errno. */
static int goes_on(int fd, size_t at)
{
	size_t one = 1;
	char more;
	int rc = igdpt_priv_host_pread(fd, (off_t)at, &more, &one);

	return rc ? rc : (int)one;
}

/* The size of a file that goes on at *len. The kernel's own do not tell, or tell too much. */
static int measure(int fd, size_t *len)
{
	char skipped[4096];
	size_t n = sizeof(skipped);
	struct stat st;
	int rc = fstat(fd, &st) < 0 ? -errno : 0;

	if (!rc && st.st_size > (off_t)*len) {
		*len = (size_t)st.st_size;
		return 0;
	}
	while (!rc && n == sizeof(skipped) && *len < FILE_MAX) {
		rc = igdpt_priv_host_pread(fd, (off_t)*len, skipped, &n);
		*len += rc ? 0 : n;
	}
	return rc;
}

static int read_file(int fd, void *buf, size_t *len)
{
	size_t room = !buf ? 0 : *len < FILE_MAX ? *len : FILE_MAX, got = room;
	int rc = goes_on(fd, room);

	if (!rc && buf)
		rc = igdpt_priv_host_pread(fd, -1, buf, &got);
	if (!rc && buf && got == room) /* it may have grown */
		rc = goes_on(fd, room);
	if (rc < 0)
		return igdpt_priv_host_error(-rc);
	*len = got;
	if (!rc && buf)
		return 0;
	*len = room;
	rc = measure(fd, len);
	return rc < 0 ? igdpt_priv_host_error(-rc) : -IGDPT_E_NOSPACE;
}

int igdpt_host_read(int root, const char *path, void *buf, size_t *len)
{
	int fd = igdpt_priv_host_open_type(root, path, O_RDONLY, S_IFREG, 0), rc;

	if (fd < 0)
		return igdpt_priv_host_error(-fd);
	rc = read_file(fd, buf, len);
	close(fd);
	return rc;
}

int igdpt_host_link(int root, const char *path, char *name, size_t room)
{
	char target[PATH_ROOM];
	const char *base;
	ssize_t n;
	int fd = igdpt_priv_host_open(root, path, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return igdpt_priv_host_error(-fd);
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	close(fd);
	if (n < 0)
		return errno == ENOENT ? -IGDPT_E_UNSUPPORTED : igdpt_priv_host_error(errno);
	target[n] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (strlen(base) >= room)
		return -IGDPT_E_NOSPACE;
	strcpy(name, base);
	return 0;
}

static int list(DIR *dir, igdpt_host_name_fn fn, void *user)
{
	const struct dirent *entry;
	unsigned names = 0;

	while (errno = 0, (entry = readdir(dir)) && names++ < NAMES_MAX) {
		int rc;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		rc = fn(user, entry->d_name);
		if (rc)
			return rc;
	}
	return entry || !errno ? 0 : igdpt_priv_host_error(errno);
}

int igdpt_host_list(int root, const char *path, igdpt_host_name_fn fn, void *user)
{
	int fd = igdpt_priv_host_open(root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK), rc;
	DIR *dir;

	if (fd < 0)
		return igdpt_priv_host_error(-fd);
	dir = fdopendir(fd);
	if (!dir)
		return give_up(fd, igdpt_priv_host_error(errno));
	rc = list(dir, fn, user);
	closedir(dir);
	return rc;
}
