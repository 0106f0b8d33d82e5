/* SPDX-License-Identifier: MIT */
#include "rmrr-priv.h"
#include "bytes.h"

/* struct vfio_info_cap_header, then two u32, then pairs of u64 (include/uapi/linux/vfio.h). */
#define VFIO_CAP_IOVA_RANGE 1u
#define VFIO_CAP_HEADER 16u
#define IOVA_PAIR 16u

/* One line of text, and a position in it. */
struct line {
	const char *text;
	size_t len, at;
};

static bool skip(struct line *line, const char *word)
{
	size_t n = strlen(word);

	if (line->len - line->at < n || memcmp(line->text + line->at, word, n) != 0)
		return false;
	line->at += n;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 1 to 16 hexadecimal digits. */
static bool hex(struct line *line, uint64_t *value)
{
	size_t start = line->at;
	int d;

	*value = 0;
	while (line->at < line->len && (d = digit(line->text[line->at])) >= 0) {
		if (line->at++ - start == 16)
			return false;
		*value = *value << 4 | (uint64_t)d;
	}
	return line->at > start;
}

/* The rest of the line is one of the words; answers its type. */
struct word {
	const char *word;
	uint32_t type;
};

static uint32_t rest(const struct line *line, const struct word *words, uint32_t other)
{
	for (; words->word; words++) {
		struct line copy = *line;

		if (skip(&copy, words->word) && copy.at == copy.len)
			return words->type;
	}
	return other;
}

/* "0x0000000000000000 0x0000000000000fff direct"; iommu_group_show_resv_regions() in Linux. */
static bool sysfs_line(struct line *line, struct igdpt_rmrr_region *r)
{
	static const struct word words[] = {
		{ "direct", IGDPT_RMRR_DIRECT }, { "direct-relaxable", IGDPT_RMRR_RELAXABLE },
		{ "reserved", IGDPT_RMRR_RESERVED }, { "msi", IGDPT_RMRR_MSI }, { NULL, 0 },
	};

	if (!skip(line, "0x") || !hex(line, &r->first) || !skip(line, " 0x") || !hex(line, &r->last) ||
		!skip(line, " ") || line->at == line->len)
		return false;
	r->type = rest(line, words, IGDPT_RMRR_OTHER);
	return true;
}

/* "  00000000-00000fff : Reserved", indented below what holds it. */
static bool iomem_line(struct line *line, struct igdpt_rmrr_region *r)
{
	static const struct word words[] = {
		{ "System RAM", IGDPT_RMRR_RAM }, { "Reserved", IGDPT_RMRR_FIRMWARE },
		{ "reserved", IGDPT_RMRR_FIRMWARE },
		{ "ACPI Non-volatile Storage", IGDPT_RMRR_FIRMWARE },
		{ "Graphics Stolen Memory", IGDPT_RMRR_FIRMWARE }, { NULL, 0 },
	};

	while (skip(line, " ") || skip(line, "\t"))
		;
	if (!hex(line, &r->first) || !skip(line, "-") || !hex(line, &r->last) || !skip(line, " :") ||
		(line->at < line->len && !skip(line, " ")))
		return false;
	r->type = rest(line, words, 0);
	return r->first <= r->last;
}

/* Length of a line without blanks at its end, and what to step over to the next. */
static size_t line_length(const char *text, size_t len, size_t *step)
{
	const char *newline = memchr(text, '\n', len);
	size_t n = newline ? (size_t)(newline - text) : len;

	*step = newline ? n + 1 : n;
	while (n && (text[n - 1] == '\r' || text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	return n;
}

static int parse_text(uint32_t source, const char *text, size_t len, struct rmrr_list *list,
	struct igdpt_finding *why)
{
	bool (*parse)(struct line *line, struct igdpt_rmrr_region *r) =
		source == IGDPT_RMRR_SYSFS ? sysfs_line : iomem_line;
	uint64_t seen = 0;

	for (size_t at = 0, step; at < len; at += step) {
		struct igdpt_rmrr_region r = { .offset = at, .sources = source,
			.address = IGDPT_RMRR_NO_ADDRESS };
		struct line line = { text + at, line_length(text + at, len - at, &step), 0 };

		if (!line.len)
			continue;
		if (!parse(&line, &r))
			return igdpt_priv_fail(why, IGDPT_F_RMRR_SYNTAX, at + line.at, line.at, line.len);
		seen |= r.last;
		if (r.type)
			rmrr_add(list, &r);
	}
	if (source == IGDPT_RMRR_IOMEM && len && !seen)
		return igdpt_priv_fail(why, IGDPT_F_RMRR_HIDDEN, 0, 0, 0);
	return 0;
}

static int parse_pairs(uint32_t source, const uint8_t *p, uint64_t at, uint64_t end,
	struct rmrr_list *list, struct igdpt_finding *why)
{
	for (; at < end; at += IOVA_PAIR) {
		struct igdpt_rmrr_region r = { .offset = at, .sources = source,
			.type = IGDPT_RMRR_USABLE, .address = IGDPT_RMRR_NO_ADDRESS };

		r.first = get_le64(p + at);
		r.last = get_le64(p + at + 8);
		if (r.last < r.first)
			return igdpt_priv_fail(why, IGDPT_F_RANGE_ORDER, at, r.first, r.last);
		rmrr_add(list, &r);
	}
	return 0;
}

static int parse_vfio(const uint8_t *p, size_t len, struct rmrr_list *list, struct igdpt_finding *why)
{
	uint64_t need = VFIO_CAP_HEADER;

	if (len >= need) {
		if (get_le16(p) != VFIO_CAP_IOVA_RANGE)
			return igdpt_priv_fail(why, IGDPT_F_RMRR_CAPABILITY, 0, get_le16(p),
				VFIO_CAP_IOVA_RANGE);
		need += (uint64_t)get_le32(p + 8) * IOVA_PAIR;
	}
	if (len < need)
		return igdpt_priv_fail(why, IGDPT_F_RMRR_TRUNCATED, len, len, need);
	return parse_pairs(IGDPT_RMRR_VFIO, p, VFIO_CAP_HEADER, need, list, why);
}

static int parse_iommufd(const uint8_t *p, size_t len, struct rmrr_list *list, struct igdpt_finding *why)
{
	if (len % IOVA_PAIR)
		return igdpt_priv_fail(why, IGDPT_F_RMRR_TRUNCATED, len, len,
			len - len % IOVA_PAIR + IOVA_PAIR);
	return parse_pairs(IGDPT_RMRR_IOMMUFD, p, 0, len, list, why);
}

int igdpt_rmrr_parse(uint32_t source, const void *data, size_t len,
	struct igdpt_rmrr_region *regions, size_t *count, struct igdpt_finding *why)
{
	struct rmrr_list list = { .regions = regions, .room = regions && count ? *count : 0 };
	int rc;

	if (!count || (len && !data))
		return igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, len, 0);
	if (source == IGDPT_RMRR_SYSFS || source == IGDPT_RMRR_IOMEM)
		rc = parse_text(source, data, len, &list, why);
	else if (source == IGDPT_RMRR_VFIO)
		rc = parse_vfio(data, len, &list, why);
	else if (source == IGDPT_RMRR_IOMMUFD)
		rc = parse_iommufd(data, len, &list, why);
	else
		rc = igdpt_priv_fail(why, IGDPT_F_ARGUMENT, IGDPT_NO_OFFSET, source, IGDPT_RMRR_IOMMUFD);
	return rc < 0 ? rc : rmrr_finish(&list, count, why);
}
