/* SPDX-License-Identifier: MIT */
#include "ram.h"

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static bool section_usable(const struct guest_ram_section *s)
{
	uint64_t end;
	struct stat st;

	if (s->bytes == 0 || __builtin_add_overflow(s->gpa, s->bytes - 1, &end) ||
		__builtin_add_overflow(s->offset, s->bytes, &end) || end > INT64_MAX)
		return false;
	return fstat(s->fd, &st) == 0 && end <= (uint64_t)st.st_size;
}

bool guest_ram_add(struct guest_ram *ram, const struct guest_ram_section *section)
{
	if (ram->count == GUEST_RAM_SECTIONS || !section_usable(section)) {
		close(section->fd);
		return false;
	}
	ram->section[ram->count++] = *section;
	return true;
}

static bool covers(uint64_t gpa, uint64_t bytes, const struct guest_ram_section *s)
{
	return s->gpa >= gpa && s->bytes <= bytes && s->gpa - gpa <= bytes - s->bytes;
}

void guest_ram_remove(struct guest_ram *ram, uint64_t gpa, uint64_t bytes)
{
	for (size_t i = ram->count; i--;) {
		if (!covers(gpa, bytes, &ram->section[i]))
			continue;
		close(ram->section[i].fd);
		ram->section[i] = ram->section[--ram->count];
	}
}

void guest_ram_clear(struct guest_ram *ram)
{
	while (ram->count)
		close(ram->section[--ram->count].fd);
}

static const struct guest_ram_section *find(const struct guest_ram *ram, uint64_t gpa)
{
	for (size_t i = 0; i < ram->count; i++) {
		const struct guest_ram_section *s = &ram->section[i];

		if (gpa >= s->gpa && gpa - s->gpa < s->bytes)
			return s;
	}
	return NULL;
}

/* One step of a copy: as much as the section that holds gpa has, at most len. */
static size_t chunk(const struct guest_ram_section *s, uint64_t gpa, size_t len)
{
	uint64_t left = s->bytes - (gpa - s->gpa);

	return left < len ? (size_t)left : len;
}

bool guest_ram_read(const struct guest_ram *ram, uint64_t gpa, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len) {
		const struct guest_ram_section *s = find(ram, gpa);
		ssize_t n;

		if (!s)
			return false;
		n = pread(s->fd, to, chunk(s, gpa, len), (off_t)(s->offset + (gpa - s->gpa)));
		if (n <= 0)
			return false;
		to += n;
		gpa += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

bool guest_ram_write(const struct guest_ram *ram, uint64_t gpa, const void *buf, size_t len)
{
	const uint8_t *from = buf;

	while (len) {
		const struct guest_ram_section *s = find(ram, gpa);
		ssize_t n;

		if (!s)
			return false;
		n = pwrite(s->fd, from, chunk(s, gpa, len), (off_t)(s->offset + (gpa - s->gpa)));
		if (n <= 0)
			return false;
		from += n;
		gpa += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}
