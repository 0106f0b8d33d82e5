/* SPDX-License-Identifier: MIT */
#include "igdpt/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* The strings of a row, in this order. */
enum { NAME, MESSAGE, REMEDY, SOURCE };

#define STRINGS(name, message, remedy, source) name "\0" message "\0" remedy "\0" source

static const struct strings {
#define IGDPT_FINDING(num, name, text, severity, error, message, remedy, source)                   \
	char name[sizeof(STRINGS(text, message, remedy, source))];
#include "igdpt/findings.def"
#undef IGDPT_FINDING
} strings = {
#define IGDPT_FINDING(num, name, text, severity, error, message, remedy, source)                   \
	STRINGS(text, message, remedy, source),
#include "igdpt/findings.def"
#undef IGDPT_FINDING
};

struct row {
	uint16_t id;
	int8_t severity;
	int8_t error;
	uint16_t strings;
};

static const struct row rows[] = {
#define IGDPT_FINDING(num, name, text, severity, error, message, remedy, source)                   \
	{ num, severity, error, offsetof(struct strings, name) },
#include "igdpt/findings.def"
#undef IGDPT_FINDING
};

static const char *row_string(const struct row *row, unsigned n)
{
	return string_at(&strings, row->strings, n);
}

static const char error_text[][37] = {
	[IGDPT_OK] = "success",
	[IGDPT_E_INVALID] = "invalid argument",
	[IGDPT_E_TRUNCATED] = "input is truncated",
	[IGDPT_E_MAGIC] = "signature is missing",
	[IGDPT_E_SIZE] = "size field has an impossible value",
	[IGDPT_E_VERSION] = "version has no defined meaning",
	[IGDPT_E_CHECKSUM] = "checksum does not match",
	[IGDPT_E_RANGE] = "value or address out of range",
	[IGDPT_E_OVERLAP] = "ranges overlap",
	[IGDPT_E_ALIGN] = "address or size is not aligned",
	[IGDPT_E_NOSPACE] = "output buffer is too small",
	[IGDPT_E_NOTFOUND] = "not found",
	[IGDPT_E_UNSUPPORTED] = "not supported",
	[IGDPT_E_DUPLICATE] = "duplicate name or key",
	[IGDPT_E_NAME] = "name is empty or too long",
	[IGDPT_E_SYNTAX] = "text does not have the expected form",
	[IGDPT_E_NOMEM] = "out of memory",
	[IGDPT_E_IO] = "reading from the system failed",
	[IGDPT_E_ACCESS] = "access refused by the system",
	[IGDPT_E_ABI_SIZE] = "struct size is impossible",
	[IGDPT_E_ABI_UNKNOWN] = "unknown struct member is set",
	[IGDPT_E_INTERNAL] = "internal error",
};

const char *igdpt_strerror(int error)
{
	int64_t code = error < 0 ? -(int64_t)error : error;

	return code < (int64_t)ARRAY_SIZE(error_text) ? error_text[code] : "unknown error";
}

/* The rows ascend: a validator looks up one for each finding. */
static const struct row *find_row(uint32_t id)
{
	size_t low = 0, high = ARRAY_SIZE(rows);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (rows[mid].id == id)
			return &rows[mid];
		if (rows[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

int igdpt_finding_describe(uint32_t id, struct igdpt_finding_info *info)
{
	const struct row *row = find_row(id);
	struct igdpt_finding_info known;

	if (!row)
		return -IGDPT_E_NOTFOUND;
	known = (struct igdpt_finding_info){
		.severity = (uint32_t)row->severity,
		.error = -row->error,
		.name = row_string(row, NAME),
		.message = row_string(row, MESSAGE),
		.remedy = row_string(row, REMEDY),
		.source = row_string(row, SOURCE),
	};
	return igdpt_priv_struct_out(info, &known, sizeof(known), V1(igdpt_finding_info));
}

/* A bounded string under construction; `used` may run past `room`. */
struct text {
	char *buf;
	size_t room;
	size_t used;
};

static void text_add(struct text *t, const char *s)
{
	for (; *s; s++, t->used++) {
		if (t->used < t->room)
			t->buf[t->used] = *s;
	}
}

static void text_add_number(struct text *t, uint64_t v, bool hex)
{
	char number[sizeof("18446744073709551615")];

	if (hex)
		snprintf(number, sizeof(number), "0x%" PRIx64, v);
	else
		snprintf(number, sizeof(number), "%" PRIu64, v);
	text_add(t, number);
}

static void text_expand(struct text *t, const char *message, uint64_t value, uint64_t want)
{
	for (const char *p = message; *p; p++) {
		char one[2] = { *p, 0 };

		if (*p == '%' && memchr("vwVW", p[1], 4)) {
			p++;
			text_add_number(t, *p == 'v' || *p == 'V' ? value : want,
				*p == 'v' || *p == 'w');
			continue;
		}
		text_add(t, one);
	}
}

int igdpt_finding_format(const struct igdpt_finding *finding, char *buf, size_t len)
{
	struct text t = { buf, buf ? len : 0, 0 };
	const struct row *row = finding ? find_row(finding->id) : NULL;

	if (!row)
		return -IGDPT_E_NOTFOUND;
	text_expand(&t, row_string(row, MESSAGE), finding->value, finding->want);
	if (buf && len)
		buf[t.used < t.room ? t.used : t.room - 1] = '\0';
	return (int)t.used;
}

static void fill(struct igdpt_finding *f, const struct row *row, uint64_t offset, uint64_t value,
	uint64_t want)
{
	*f = (struct igdpt_finding){
		.size = sizeof(*f),
		.id = row->id,
		.severity = (uint32_t)row->severity,
		.error = -row->error,
		.offset = offset,
		.value = value,
		.want = want,
	};
}

int igdpt_priv_fail(struct igdpt_finding *why, uint32_t id, uint64_t offset, uint64_t value,
	uint64_t want)
{
	const struct row *row = find_row(id);
	struct igdpt_finding known;

	if (!row)
		return -IGDPT_E_INTERNAL;
	if (why) {
		fill(&known, row, offset, value, want);
		igdpt_priv_struct_out(why, &known, sizeof(known), V1(igdpt_finding));
	}
	return -row->error;
}

void igdpt_priv_report(struct igdpt_priv_report *report, uint32_t id, uint64_t offset,
	uint64_t value, uint64_t want)
{
	const struct row *row = find_row(id);
	struct igdpt_finding known;

	if (!row)
		return;
	report->total++;
	report->errors += row->severity == IGDPT_SEV_ERROR;
	if (!report->fn)
		return;
	fill(&known, row, offset, value, want);
	report->fn(report->user, &known);
}

int igdpt_priv_struct_out(void *dst, const void *src, size_t known, size_t v1)
{
	uint32_t size, meaningful;

	if (!dst)
		return -IGDPT_E_INVALID;
	memcpy(&size, dst, sizeof(size));
	if (size < v1 || size > IGDPT_PRIV_MAX_STRUCT)
		return -IGDPT_E_ABI_SIZE;
	meaningful = size < known ? size : (uint32_t)known;
	memset(dst, 0, size);
	memcpy(dst, src, meaningful);
	memcpy(dst, &meaningful, sizeof(meaningful));
	return 0;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	return n == 0;
}

int igdpt_priv_struct_in(void *dst, size_t known, size_t v1, const void *src,
	struct igdpt_finding *why)
{
	uint32_t size = (uint32_t)known;

	memset(dst, 0, known);
	if (src)
		memcpy(&size, src, sizeof(size));
	if (size < v1 || size > IGDPT_PRIV_MAX_STRUCT)
		return igdpt_priv_fail(why, IGDPT_F_ABI_SIZE, IGDPT_NO_OFFSET, size,
			IGDPT_PRIV_MAX_STRUCT);
	if (!src)
		return 0;
	if (size > known && !all_zero((const uint8_t *)src + known, size - known))
		return igdpt_priv_fail(why, IGDPT_F_ABI_UNKNOWN, IGDPT_NO_OFFSET, size, known);
	memcpy(dst, src, size < known ? size : known);
	return 0;
}

int igdpt_priv_room(const void *buf, size_t *len, size_t need, struct igdpt_finding *why)
{
	size_t room;

	if (!len)
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, 0, 0);
	room = buf ? *len : 0;
	*len = need;
	if (room < need)
		return igdpt_priv_fail(why, IGDPT_F_OUTPUT_SPACE, IGDPT_NO_OFFSET, room, need);
	return 0;
}
