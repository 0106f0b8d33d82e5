/* SPDX-License-Identifier: MIT
 *
 * Text of reserved_regions and /proc/iomem, bytes of the VFIO capability and of iommufd, all in
 * one input: a head of options, then one source after the other. What is parsed is encoded again
 * and must read the same; the merged answer and the guest's layout keep what they promise.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCES 4u
#define FOUR_GIB (UINT64_C(1) << 32)

static const uint32_t sources[SOURCES] = { IGDPT_RMRR_SYSFS, IGDPT_RMRR_IOMEM, IGDPT_RMRR_VFIO,
	IGDPT_RMRR_IOMMUFD };

struct regions {
	struct igdpt_rmrr_region *all;
	size_t count;
};

static bool same_region(const struct igdpt_rmrr_region *a, const struct igdpt_rmrr_region *b)
{
	return a->first == b->first && a->last == b->last && a->type == b->type &&
		a->sources == b->sources && a->address == b->address;
}

/* Whether a line is over behind the word at `at`; any byte may be in it. */
static bool ends_with(const uint8_t *line, size_t len, size_t at, const char *word)
{
	const uint8_t *newline = memchr(line, '\n', len);
	size_t n = newline ? (size_t)(newline - line) : len;

	while (n > at && memchr("\r\t ", line[n - 1], 3))
		n--;
	return n - at == strlen(word) && memcmp(line + at, word, n - at) == 0;
}

/* By another reader than the library's: sscanf(). */
static void as_line(uint32_t source, const struct igdpt_rmrr_region *r, const uint8_t *p, size_t len)
{
	bool iomem = source == IGDPT_RMRR_IOMEM;
	uint64_t first = 0, last = 0;
	char text[96] = "";
	int end = 0;

	for (; iomem && len && (*p == ' ' || *p == '\t'); len--)
		p++;
	memcpy(text, p, len < sizeof(text) ? len : sizeof(text) - 1);
	must(sscanf(text, iomem ? "%" SCNx64 "-%" SCNx64 " :%n" : "0x%" SCNx64 " 0x%" SCNx64 "%n",
		&first, &last, &end) == 2 && text[end++] == ' ');
	must(r->first == first && r->last == last);
	must(iomem || (r->type == IGDPT_RMRR_DIRECT) == ends_with(p, len, (size_t)end, "direct"));
	must(iomem || (r->type == IGDPT_RMRR_RELAXABLE) ==
		ends_with(p, len, (size_t)end, "direct-relaxable"));
	must(!iomem || (r->type == IGDPT_RMRR_RAM) == ends_with(p, len, (size_t)end, "System RAM"));
}

static void sane(uint32_t source, const struct igdpt_rmrr_region *r, const uint8_t *data, size_t len)
{
	const uint8_t *p = data + r->offset;

	must(r->offset < len && r->sources == source && r->type);
	must(source == IGDPT_RMRR_SYSFS || r->first <= r->last);
	len -= (size_t)r->offset;
	if (source == IGDPT_RMRR_SYSFS || source == IGDPT_RMRR_IOMEM)
		as_line(source, r, p, len);
	else
		must(len >= 16 && r->first == get_le64(p) && r->last == get_le64(p + 8));
}

static size_t encode_text(uint32_t source, const struct igdpt_rmrr_region *r, char *out)
{
	static const char *const words[] = { [IGDPT_RMRR_DIRECT] = "direct",
		[IGDPT_RMRR_RELAXABLE] = "direct-relaxable", [IGDPT_RMRR_RESERVED] = "reserved",
		[IGDPT_RMRR_MSI] = "msi", [IGDPT_RMRR_OTHER] = "unheard-of",
		[IGDPT_RMRR_FIRMWARE] = "Reserved", [IGDPT_RMRR_RAM] = "System RAM" };

	return (size_t)sprintf(out, source == IGDPT_RMRR_SYSFS ? "0x%016" PRIx64 " 0x%016" PRIx64 " %s\n" :
		"  %08" PRIx64 "-%08" PRIx64 " : %s\n", r->first, r->last, words[r->type]);
}

static size_t encode_bytes(uint32_t source, const struct regions *in, uint8_t *out)
{
	size_t n = source == IGDPT_RMRR_VFIO ? 16 : 0;

	memset(out, 0, n);
	if (n) {
		put_le16(out, 1);
		put_le32(out + 8, (uint32_t)in->count);
	}
	for (size_t i = 0; i < in->count; i++, n += 16) {
		put_le64(out + n, in->all[i].first);
		put_le64(out + n + 8, in->all[i].last);
	}
	return n;
}

/* Decode after encode is the identity. */
static void encode_again(uint32_t source, const struct regions *in)
{
	uint8_t *out = malloc(64 * in->count + 64);
	struct igdpt_rmrr_region *back = calloc(in->count + 1, sizeof(*back));
	size_t len = 0, n = in->count + 1;

	must(out && back);
	if (source == IGDPT_RMRR_SYSFS || source == IGDPT_RMRR_IOMEM) {
		for (size_t i = 0; i < in->count; i++)
			len += encode_text(source, &in->all[i], (char *)out + len);
	} else {
		len = encode_bytes(source, in, out);
	}
	if (igdpt_rmrr_parse(source, out, len, back, &n, NULL) == 0) {
		must(n == in->count);
		for (size_t i = 0; i < n; i++)
			must(same_region(&in->all[i], &back[i]));
	} else {
		/* Only addresses that are all zero read as hidden ones. */
		must(source == IGDPT_RMRR_IOMEM);
		for (size_t i = 0; i < in->count; i++)
			must(!in->all[i].last);
	}
	free(back);
	free(out);
}

static void append(struct regions *to, const struct regions *more)
{
	struct igdpt_rmrr_region *all = realloc(to->all, (to->count + more->count + 1) * sizeof(*all));

	must(all);
	memcpy(all + to->count, more->all, more->count * sizeof(*all));
	to->all = all;
	to->count += more->count;
}

static void parse(uint32_t source, const uint8_t *data, size_t len, struct regions *to)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct regions found = { NULL, 0 };
	size_t n = 0;
	int rc = igdpt_rmrr_parse(source, data, len, NULL, &n, &why);

	must(rc == 0 || (why.id && (why.offset <= len || rc == -IGDPT_E_NOSPACE)));
	if (rc != -IGDPT_E_NOSPACE)
		return;
	found.all = calloc(n, sizeof(*found.all));
	found.count = n;
	must(found.all && igdpt_rmrr_parse(source, data, len, found.all, &n, NULL) == 0);
	must(n == found.count);
	for (size_t i = 0; i < n; i++)
		sane(source, &found.all[i], data, len);
	encode_again(source, &found);
	append(to, &found);
	free(found.all);
}

static void merge(const struct regions *in)
{
	struct fuzz_findings seen = { .limit = UINT64_MAX };
	struct igdpt_range *work = calloc(in->count + 1, sizeof(*work));
	struct igdpt_rmrr_region *out = calloc(in->count + 1, sizeof(*out));
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
	size_t n = in->count + 1, need = 0;
	bool direct = false;
	int rc;

	must(work && out);
	rc = igdpt_rmrr_merge(in->all, in->count, work, out, &n, fuzz_note, &seen);
	must(rc >= 0 && rc == seen.total && n <= in->count);
	rc = igdpt_rmrr_merge(in->all, in->count, work, NULL, &need, NULL, NULL);
	must(need == n && (rc == -IGDPT_E_NOSPACE || n == 0));
	for (size_t i = 0; i < n; i++) {
		must(out[i].sources && out[i].type && out[i].type <= IGDPT_RMRR_OTHER);
		direct |= out[i].type == IGDPT_RMRR_DIRECT;
	}
	must(igdpt_rmrr_predict_attach(out, n, 0x060c, &attach, NULL) == 0);
	must(attach.blocked == direct && !attach.message == !direct);
	free(out);
	free(work);
}

static bool binds(const struct igdpt_rmrr_region *r, const struct igdpt_rmrr_resolve_opts *o)
{
	return o->policy != IGDPT_RMRR_IGNORE && r->first <= r->last && r->type <= IGDPT_RMRR_MSI &&
		(r->type != IGDPT_RMRR_RELAXABLE || ((o->flags & IGDPT_RMRR_IDENTITY) && r->first));
}

/* The map is ascending and disjoint, and RAM in it meets no region that was made room for. */
static void judge_map(const struct igdpt_rmrr_region *map, size_t n, const struct regions *in,
	const struct igdpt_rmrr_layout *l)
{
	for (size_t i = 0; i < n; i++) {
		must(map[i].first <= map[i].last && (i == 0 || map[i].first > map[i - 1].last));
		must(map[i].type == IGDPT_RMRR_RAM || map[i].type == IGDPT_RMRR_RESERVED);
		if (map[i].type != IGDPT_RMRR_RAM)
			continue;
		must(map[i].last < l->low_end || (map[i].first >= FOUR_GIB && map[i].last < l->high_end));
		for (size_t k = 0; k < in->count; k++)
			must((in->all[k].state != IGDPT_RMRR_CLEAR && in->all[k].state != IGDPT_RMRR_MOVED) ||
				in->all[k].last < map[i].first || in->all[k].first > map[i].last);
	}
}

static void resolve(struct regions *in, struct igdpt_rmrr_resolve_opts *o)
{
	size_t n = 2 * in->count + 2, most = n;
	struct igdpt_rmrr_layout l = { .size = sizeof(l) };
	struct igdpt_rmrr_region *map = calloc(n, sizeof(*map));
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc;

	o->work = calloc(in->count + 1, sizeof(*o->work));
	must(map && o->work);
	rc = igdpt_rmrr_resolve(o, in->all, in->count, &l, map, &n, &why);
	must(rc == 0 || why.id);
	if (rc == 0 || rc == -IGDPT_E_OVERLAP) {
		uint32_t conflicts = 0;

		must(n <= most && l.low_end <= o->low_end);
		judge_map(map, n, in, &l);
		for (size_t i = 0; i < in->count; i++) {
			must((in->all[i].state == IGDPT_RMRR_IGNORED) == !binds(&in->all[i], o));
			conflicts += in->all[i].state == IGDPT_RMRR_CONFLICT;
		}
		must(conflicts == l.conflicts);
		must(!conflicts || !(o->flags & IGDPT_RMRR_CARVE));
		must((rc < 0) == (conflicts && o->policy == IGDPT_RMRR_STRICT));
		/* What low RAM lost, high RAM has. */
		must((o->flags & IGDPT_RMRR_CARVE) || l.low_end == o->low_end ||
			l.high_end - (o->high_end ? o->high_end : FOUR_GIB) == o->low_end - l.low_end);
	}
	free(o->work);
	free(map);
}

static void take_options(struct fuzz_reader *in, struct igdpt_rmrr_resolve_opts *o)
{
	*o = (struct igdpt_rmrr_resolve_opts){ .size = sizeof(*o), .policy = fuzz_below(in, 5),
		.flags = fuzz_below(in, 5) };
	o->low_end = fuzz_number(in, 2) << 17;
	o->high_end = fuzz_number(in, 2) << 20;
	o->high_end += o->high_end ? FOUR_GIB : 0;
	o->boundary = fuzz_number(in, 2) << 16;
	o->granularity = fuzz_number(in, 1) << 12;
}

/* RAM that a region takes from below 4 GiB must still fit above. */
static void refuse_to_move(void)
{
	struct igdpt_rmrr_region r = { .first = 0xb0000000, .last = 0xb0ffffff,
		.type = IGDPT_RMRR_DIRECT }, map[4];
	struct igdpt_range work[2];
	struct igdpt_rmrr_resolve_opts opts = { .size = sizeof(opts), .low_end = 0xc0000000,
		.high_end = UINT64_MAX, .work = work };
	struct igdpt_rmrr_layout l = { .size = sizeof(l) };
	size_t n = COUNT(map);

	must(igdpt_rmrr_resolve(&opts, &r, 1, &l, map, &n, NULL) < 0);
	opts.high_end = 0;
	n = COUNT(map);
	must(igdpt_rmrr_resolve(&opts, &r, 1, &l, map, &n, NULL) == 0 && l.low_end == r.first);
	must(l.high_end == FOUR_GIB + 0x10000000);
}

/* Arguments that are none are refused. */
static void refuse(void)
{
	struct igdpt_rmrr_resolve_opts opts = { .size = 3 };
	struct igdpt_rmrr_attach attach = { .size = sizeof(attach) };
	struct igdpt_rmrr_region r = { .first = 0 };
	size_t n = 1;

	must(igdpt_rmrr_parse(IGDPT_RMRR_DMAR, &r, 1, &r, &n, NULL) == -IGDPT_E_INVALID);
	must(igdpt_rmrr_parse(IGDPT_RMRR_VFIO, NULL, 1, &r, &n, NULL) == -IGDPT_E_INVALID);
	must(igdpt_rmrr_merge(NULL, 1, NULL, &r, &n, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_rmrr_predict_attach(NULL, 1, 0x060c, &attach, NULL) == -IGDPT_E_INVALID);
	must(igdpt_rmrr_predict_attach(NULL, 0, 0x0502, &attach, NULL) == -IGDPT_E_VERSION);
	must(igdpt_rmrr_check_stolen(NULL, 0, 0, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_rmrr_resolve(&opts, NULL, 0, NULL, NULL, NULL, NULL) == -IGDPT_E_ABI_SIZE);
	opts.size = sizeof(opts);
	must(igdpt_rmrr_resolve(&opts, NULL, 0, NULL, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_rmrr_check_stolen(&(struct igdpt_platform){ .size = 3 }, 0, 0, NULL, NULL, NULL) ==
		-IGDPT_E_ABI_SIZE);
	refuse_to_move();
}

void fuzz_one(const uint8_t *data, size_t len)
{
	static const struct igdpt_rmrr_region none;
	struct fuzz_reader in = { data, len };
	struct regions all = { NULL, 0 };
	struct igdpt_rmrr_resolve_opts opts;
	struct igdpt_platform p = { .size = sizeof(p) };

	append(&all, &(struct regions){ (struct igdpt_rmrr_region *)(uintptr_t)&none, 0 });
	take_options(&in, &opts);
	/* Each piece: its source and its length, then its bytes. The last takes what is left. */
	while (in.len) {
		uint32_t source = sources[fuzz_below(&in, SOURCES)];
		size_t want = (size_t)fuzz_number(&in, 2), n;
		const uint8_t *piece = fuzz_rest(&in, want ? want : in.len, &n);

		parse(source, piece, n, &all);
	}
	refuse();
	merge(&all);
	resolve(&all, &opts);
	must(igdpt_platform_find(0x0412, &p) == 0);
	for (size_t i = 0; i < all.count; i++)
		igdpt_rmrr_check_stolen(&p, (uint32_t)(opts.low_end >> 17), all.all[i].first,
			&(struct igdpt_range){ all.all[i].first, all.all[i].last }, NULL, NULL);
	must(igdpt_rmrr_check_stolen(&p, 0, 0, NULL, NULL, NULL) == 1);
	free(all.all);
}
