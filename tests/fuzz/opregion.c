/* SPDX-License-Identifier: MIT
 *
 * An OpRegion that may say anything. Besides what stays inside: the readers agree with each other,
 * normalising is idempotent and lets no byte of the host's addresses and state through, building
 * around the VBT gives the VBT back.
 */
#include "fuzz.h"

#define ROOM (2u * IGDPT_OPREGION_MAX_BYTES)

static void vbt_inside(const struct igdpt_opregion *op, size_t len)
{
	struct igdpt_opregion_vbt where = { .size = sizeof(where) };
	struct igdpt_opregion_outcome i915 = { .size = sizeof(i915) };
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc = igdpt_opregion_find_vbt(op, &where, &why);
	struct igdpt_vbt vbt;

	must(rc == 0 || (rc == -IGDPT_E_NOTFOUND && where.source == IGDPT_VBT_NONE && why.id));
	if (where.source == IGDPT_VBT_MAILBOX4 || where.source == IGDPT_VBT_RVDA_RELATIVE) {
		must(span_ok(len, where.offset, where.bytes) && where.bytes <= where.room);
		must(where.source != IGDPT_VBT_MAILBOX4 ||
			span_ok(IGDPT_OPREGION_BYTES, where.offset, where.room));
		must(igdpt_vbt_init(&vbt, op->data + where.offset, (size_t)where.bytes, NULL) == 0);
		must(vbt.len == where.bytes);
	}
	must(igdpt_opregion_consumer(op, IGDPT_CONSUMER_I915, &i915, &why) == 0);
	must(i915.vbt_source == where.source);
	must((i915.verdict == IGDPT_VERDICT_NO_VBT) == (i915.vbt_source == IGDPT_VBT_NONE));
}

static void consumers_answer(const struct igdpt_opregion *op)
{
	struct igdpt_opregion_outcome outcome = { .size = sizeof(outcome) };
	struct igdpt_finding why;
	uint32_t n = 1;

	for (;; n++) {
		why = (struct igdpt_finding){ .size = sizeof(why) };
		if (igdpt_opregion_consumer(op, n, &outcome, &why) < 0)
			break;
		must(outcome.verdict >= IGDPT_VERDICT_TAKES && outcome.verdict <= IGDPT_VERDICT_HARMS);
		must(outcome.verdict == IGDPT_VERDICT_TAKES || why.id);
	}
	must(n == IGDPT_CONSUMER_ACRN + 1);
}

static void fields_readable(const struct igdpt_opregion *op)
{
	struct igdpt_opregion_field_info info = { .size = sizeof(info) };
	uint32_t end = 0;
	uint64_t value;

	for (size_t i = 0; igdpt_opregion_field_at(i, &info) == 0; i++) {
		int rc;

		if (op->version < info.first || op->version > info.last)
			continue;
		must(info.offset >= end);
		end = info.offset + info.width * info.count;
		rc = igdpt_opregion_get(op, info.offset, info.count - 1, &value);
		must(rc == 0 && value == get_le(op->data + end - info.width, info.width));
		must(igdpt_opregion_get(op, info.offset, info.count, &value) == -IGDPT_E_RANGE);
	}
	must(end == IGDPT_OPREGION_BYTES);
}

/* The validator says the same each time, and names the host's buffer whenever there is one. */
static void findings_stable(const struct igdpt_opregion *op)
{
	struct fuzz_findings a = { .limit = op->len, .wanted = IGDPT_F_HOST_BUFFER }, b = a;
	int errors = igdpt_opregion_validate(op, fuzz_note, &a);

	igdpt_opregion_validate(op, fuzz_note, &b);
	fuzz_same_findings(&a, &b, errors);
	must(a.found == (get_le64(op->data + IGDPT_OPF_FDSS) || get_le32(op->data + IGDPT_OPF_FDSP)));
}

/* An EDID is one that has a header and whose blocks sum up to 0. */
static void edid_inside(const struct igdpt_opregion *op)
{
	uint32_t offset, bytes;

	if (igdpt_opregion_edid(op, &offset, &bytes, NULL) < 0)
		return;
	must(offset == IGDPT_OPF_BDDC && bytes && span_ok(2 * 128, 0, bytes));
	must(memcmp(op->data + offset, "\0\xff\xff\xff\xff\xff\xff\0", 8) == 0);
	for (uint32_t at = 0; at < bytes; at += 128)
		must(byte_sum(op->data + offset + at, 128) == 0);
}

static bool kept(const struct igdpt_opregion_field_info *info, uint32_t flags)
{
	return info->policy == IGDPT_FIELD_KEEP || info->policy == IGDPT_FIELD_VBT ||
		(info->policy == IGDPT_FIELD_STATE && (flags & IGDPT_NORMALISE_KEEP_STATE));
}

/* Another host: everything that a guest may not see differs. */
static void change_host(const struct igdpt_opregion *op, uint32_t flags, uint8_t *copy)
{
	struct igdpt_opregion_field_info info = { .size = sizeof(info) };

	memcpy(copy, op->data, op->len);
	for (size_t i = 0; igdpt_opregion_field_at(i, &info) == 0; i++) {
		if (op->version < info.first || op->version > info.last || kept(&info, flags))
			continue;
		/* Where no mailbox 5 is advertised its room may be the VBT's. */
		if (info.mailbox == 5 && !(op->mboxes & IGDPT_MBOX_ASLE_EXT))
			continue;
		for (uint32_t at = 0; at < info.width * info.count; at++)
			copy[info.offset + at] ^= 0xa5;
	}
}

/* By name, whatever the table of fields says: addresses, and bytes that belong to nobody. */
static void nothing_left(const struct igdpt_opregion *guest)
{
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	uint64_t at = IGDPT_OPF_PHED;

	must(!get_le64(guest->data + IGDPT_OPF_FDSS) && !get_le32(guest->data + IGDPT_OPF_FDSP));
	if (guest->mboxes & IGDPT_MBOX_ASLE_EXT)
		return;
	igdpt_opregion_find_vbt(guest, &vbt, NULL);
	if (vbt.source == IGDPT_VBT_MAILBOX4 && vbt.offset + vbt.bytes > at)
		at = vbt.offset + vbt.bytes;
	for (; at < IGDPT_OPREGION_BYTES; at++)
		must(!guest->data[at]);
}

/* A guest's i915 finds its VBT in the same place. */
static bool same_vbt(const struct igdpt_opregion *a, const struct igdpt_opregion *b)
{
	struct igdpt_opregion_outcome of_a = { .size = sizeof(of_a) }, of_b = of_a;

	igdpt_opregion_consumer(a, IGDPT_CONSUMER_I915, &of_a, NULL);
	igdpt_opregion_consumer(b, IGDPT_CONSUMER_I915, &of_b, NULL);
	return of_a.vbt_source == of_b.vbt_source;
}

static void normalise_one(const struct igdpt_opregion *op, uint32_t flags)
{
	static uint8_t host[ROOM], out[ROOM], again[ROOM];
	struct igdpt_opregion_normalise_opts opts = { .size = sizeof(opts), .flags = flags };
	size_t len = sizeof(out), other = sizeof(again);
	struct igdpt_opregion guest, elsewhere;
	struct igdpt_finding why = { .size = sizeof(why) };
	int rc = igdpt_opregion_normalise(op, &opts, out, &len, &why);

	must(rc == 0 || why.id);
	if (rc < 0 || op->len > sizeof(host))
		return;
	must(igdpt_opregion_init(&guest, out, len, NULL) == 0 && guest.kib == 8);
	must(guest.rvda == 0 || (guest.rvda == IGDPT_OPREGION_BYTES && guest.version != 0x0200 &&
		len == IGDPT_OPREGION_BYTES + guest.rvds));
	nothing_left(&guest);
	must(same_vbt(op, &guest));
	must(igdpt_opregion_normalise(&guest, &opts, again, &other, NULL) == 0);
	must(other == len && memcmp(out, again, len) == 0);
	must(igdpt_opregion_diff(&guest, &guest, NULL, NULL) == 0);
	must(igdpt_opregion_diff(op, &guest, NULL, NULL) == igdpt_opregion_diff(&guest, op, NULL, NULL));
	/* RVDA inside the OpRegion makes its fields part of a VBT, and is refused above. */
	change_host(op, flags, host);
	must(igdpt_opregion_init(&elsewhere, host, op->len, NULL) == 0);
	other = sizeof(again);
	must(igdpt_opregion_normalise(&elsewhere, &opts, again, &other, NULL) == 0);
	must(other == len && memcmp(out, again, len) == 0);
}

/* Whether a and b differ at [first, first + n) only. */
static bool differ_only(const uint8_t *a, const uint8_t *b, size_t len, size_t first, size_t n)
{
	return memcmp(a, b, first) == 0 && memcmp(a + first + n, b + first + n, len - first - n) == 0;
}

static void change_in_place(const struct igdpt_opregion *op, uint64_t address, uint64_t vbt)
{
	static uint8_t copy[ROOM];
	bool has_mailbox2 = op->version < 0x0300;

	if (op->len > sizeof(copy))
		return;
	memcpy(copy, op->data, op->len);
	igdpt_opregion_relocate(copy, op->len, address, vbt, NULL);
	must(differ_only(copy, op->data, op->len, IGDPT_OPF_RVDA, 8));
	memcpy(copy, op->data, op->len);
	must(igdpt_opregion_answer_swsci(copy, op->len, NULL) >= 0);
	must(differ_only(copy, op->data, op->len, IGDPT_OPF_SCIC, has_mailbox2 ? 8 : 0));
	must(igdpt_opregion_answer_swsci(copy, op->len, NULL) == 0);
	/* Get BIOS Data: what is supported, and what is asked for. BIOS callbacks: what is supported. */
	for (uint32_t function = 0; function < 16; function++) {
		for (uint32_t sub = 0; sub < 3; sub++) {
			bool asks = has_mailbox2 &&
				((function == 4 && sub < 2) || (function == 6 && sub == 0));
			uint32_t scic = sub << 8 | function << 1 | 1;

			put_le32(copy + IGDPT_OPF_SCIC, scic);
			must(igdpt_opregion_answer_swsci(copy, op->len, NULL) == asks);
			must(get_le32(copy + IGDPT_OPF_SCIC) == (asks ? 0x20 : has_mailbox2 ? 0 : scic));
		}
	}
}

/* Decode after encode: the VBT that was built in is the VBT that is found. */
static void build_around(const struct igdpt_opregion *op, uint32_t mboxes)
{
	static uint8_t out[ROOM];
	struct igdpt_opregion_build_opts opts = { .size = sizeof(opts), .version = op->version,
		.mboxes = mboxes, .address = 0x7a000000 };
	struct igdpt_opregion_vbt from = { .size = sizeof(from) }, to = { .size = sizeof(to) };
	size_t len = sizeof(out);
	struct igdpt_opregion built;

	if (igdpt_opregion_find_vbt(op, &from, NULL) < 0 || from.source == IGDPT_VBT_RVDA_ABSOLUTE)
		return;
	if (igdpt_opregion_build(&opts, op->data + from.offset, (size_t)from.room, out, &len, NULL) < 0)
		return;
	must(igdpt_opregion_init(&built, out, len, NULL) == 0);
	/* RVDA is a field of mailbox 3. */
	must(!built.rvda || built.mboxes & IGDPT_MBOX_ASLE);
	must(igdpt_opregion_find_vbt(&built, &to, NULL) == 0);
	if (to.source == IGDPT_VBT_RVDA_ABSOLUTE)
		must(to.room == from.bytes && to.offset == opts.address + IGDPT_OPREGION_BYTES);
	else
		must(to.bytes == from.bytes &&
			memcmp(out + to.offset, op->data + from.offset, (size_t)to.bytes) == 0);
}

/* An absolute RVDA, whose bytes the caller fetches: these are those of mailbox 4. */
static void fetch(const struct igdpt_opregion *op)
{
	static uint8_t host[IGDPT_OPREGION_BYTES], out[ROOM], again[ROOM];
	struct igdpt_opregion_normalise_opts opts = { .size = sizeof(opts),
		.flags = IGDPT_NORMALISE_LENIENT, .vbt = op->data + IGDPT_OPREGION_VBT,
		.vbt_bytes = IGDPT_OPREGION_VBT_BYTES };
	size_t len = sizeof(out), other = sizeof(again);
	struct igdpt_opregion guest, absolute;

	memcpy(host, op->data, sizeof(host));
	put_le32(host + IGDPT_OPF_OVER, 0x02000000);
	put_le64(host + IGDPT_OPF_RVDA, UINT64_C(0x7a5a4a2000));
	put_le32(host + IGDPT_OPF_RVDS, IGDPT_OPREGION_VBT_BYTES);
	must(igdpt_opregion_init(&absolute, host, sizeof(host), NULL) == 0);
	if (igdpt_opregion_normalise(&absolute, &opts, out, &len, NULL) < 0)
		return;
	must(igdpt_opregion_init(&guest, out, len, NULL) == 0);
	must(!guest.rvda || (guest.rvda == IGDPT_OPREGION_BYTES && guest.version != 0x0200));
	must(len == IGDPT_OPREGION_BYTES + guest.rvds);
	nothing_left(&guest);
	must(igdpt_opregion_normalise(&guest, &opts, again, &other, NULL) == 0);
	must(other == len && memcmp(out, again, len) == 0);
}

/* An EDID of as many blocks as mailbox 5 has room for, and one that has more. */
static void edid_forged(const struct igdpt_opregion *op)
{
	static uint8_t copy[IGDPT_OPREGION_BYTES];
	static const uint8_t header[] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	uint8_t *edid = copy + IGDPT_OPF_BDDC;
	struct igdpt_opregion view;
	uint32_t at, bytes;

	memcpy(copy, op->data, sizeof(copy));
	copy[IGDPT_OPF_MBOX] |= IGDPT_MBOX_ASLE_EXT;
	memset(edid, 0, 3 * 128);
	memcpy(edid, header, sizeof(header));
	edid[127] = (uint8_t)-byte_sum(edid, 128);
	must(igdpt_opregion_init(&view, copy, sizeof(copy), NULL) == 0);
	for (uint32_t blocks = 0; blocks < 4; blocks++) {
		bool good = blocks == 1 || blocks == 2;

		copy[IGDPT_OPF_PHED] = (uint8_t)blocks;
		must((igdpt_opregion_edid(&view, &at, &bytes, NULL) == 0) == good);
		must(!good || (at == IGDPT_OPF_BDDC && bytes == 128 * blocks));
	}
}

/* RVDA that leads past the bytes, or so near their end that no VBT fits. */
static void lead_astray(const struct igdpt_opregion *op)
{
	static uint8_t copy[IGDPT_OPREGION_BYTES + 1];
	struct igdpt_opregion_vbt where = { .size = sizeof(where) };
	struct igdpt_opregion view;

	memcpy(copy, op->data, IGDPT_OPREGION_BYTES);
	put_le32(copy + IGDPT_OPF_OVER, 0x02010000);
	put_le32(copy + IGDPT_OPF_RVDS, IGDPT_OPREGION_BYTES);
	for (uint64_t at = 0; at < 3; at++) {
		put_le64(copy + IGDPT_OPF_RVDA, IGDPT_OPREGION_BYTES + at);
		must(igdpt_opregion_init(&view, copy, sizeof(copy), NULL) == 0);
		igdpt_opregion_find_vbt(&view, &where, NULL);
		must(where.source != IGDPT_VBT_RVDA_RELATIVE);
	}
}

/* A word of the signature that is not it. */
static void refuse_signature(const struct igdpt_opregion *op)
{
	static uint8_t copy[IGDPT_OPREGION_BYTES];
	struct igdpt_opregion view;

	memcpy(copy, op->data, sizeof(copy));
	for (uint32_t i = 0; i < 16; i += 5) {
		copy[i] ^= 0x20;
		must(igdpt_opregion_init(&view, copy, sizeof(copy), NULL) == -IGDPT_E_MAGIC);
		copy[i] ^= 0x20;
	}
	must(igdpt_opregion_relocate(copy, sizeof(copy), UINT32_MAX, 0, NULL) == -IGDPT_E_RANGE);
	must(memcmp(copy, op->data, sizeof(copy)) == 0);
}

/* Arguments that are none are refused, whatever the OpRegion says. */
static void refuse(const struct igdpt_opregion *op)
{
	struct igdpt_opregion_build_opts wrong = { .size = sizeof(wrong), .version = 0x0900 };
	struct igdpt_opregion view;
	uint32_t n;
	uint64_t value;
	size_t len = 0;

	must(igdpt_opregion_init(NULL, NULL, 0, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_find_vbt(NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_edid(NULL, &n, &n, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_get(op, 1, 0, &value) == -IGDPT_E_NOTFOUND);
	must(igdpt_opregion_get(op, 0, 0, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_validate(NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_normalise(NULL, NULL, NULL, &len, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_diff(op, NULL, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_consumer(NULL, 1, NULL, NULL) == -IGDPT_E_INVALID);
	must(igdpt_opregion_relocate(NULL, 0, 0, 0, NULL) < 0);
	must(igdpt_opregion_answer_swsci(NULL, 0, NULL) < 0);
	must(igdpt_opregion_build(&wrong, NULL, 0, NULL, &len, NULL) == -IGDPT_E_VERSION);
	wrong.version = 0;
	wrong.address = UINT64_MAX;
	must(igdpt_opregion_build(&wrong, NULL, 0, NULL, &len, NULL) == -IGDPT_E_RANGE);
	must(igdpt_opregion_init(&view, op->data, IGDPT_OPREGION_BYTES - 1, NULL) < 0);
	refuse_signature(op);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;

	if (igdpt_opregion_init(&op, data, len, &why) < 0) {
		must(why.id && why.error < 0 && why.offset <= len);
		return;
	}
	must(op.data == data && op.len == len && len >= IGDPT_OPREGION_BYTES);
	vbt_inside(&op, len);
	consumers_answer(&op);
	fields_readable(&op);
	findings_stable(&op);
	edid_inside(&op);
	/* Kept fields choose what is tried: no byte more is needed. */
	normalise_one(&op, get_le32(data + IGDPT_OPF_ASLP) & 0x1f);
	change_in_place(&op, get_le32(data + IGDPT_OPF_TIDX), get_le64(data + IGDPT_OPF_CDCK));
	build_around(&op, get_le32(data + IGDPT_OPF_EVTS));
	fetch(&op);
	edid_forged(&op);
	lead_astray(&op);
	refuse(&op);
}

/* ---- Mutators ------------------------------------------------------------------------------- */

/* Any field, with a value that its neighbours or the length make interesting. */
static void change_field(uint8_t *data, size_t len, unsigned *seed)
{
	static const uint32_t deciding[] = { IGDPT_OPF_SIZE, IGDPT_OPF_OVER, IGDPT_OPF_MBOX,
		IGDPT_OPF_RVDA, IGDPT_OPF_RVDS, IGDPT_OPF_PHED, IGDPT_OPF_SCIC, IGDPT_OPF_ASLP };
	struct igdpt_opregion_field_info info = { .size = sizeof(info) };
	uint32_t at = deciding[fuzz_random(seed) % COUNT(deciding)];

	if (fuzz_random(seed) % 2 && igdpt_opregion_field_at(fuzz_random(seed) % 70, &info) == 0)
		at = info.offset;
	put_le32(data + at, (uint32_t)fuzz_interesting(seed, len));
}

/* A version that is known, and an extended VBT where the input ends. */
static void extend(uint8_t *data, size_t len, unsigned *seed)
{
	static const uint16_t versions[] = { 0x0100, 0x0200, 0x0201, 0x0202, 0x0203, 0x0300 };

	put_le16(data + IGDPT_OPF_OVER + 2, versions[fuzz_random(seed) % COUNT(versions)]);
	put_le64(data + IGDPT_OPF_RVDA, IGDPT_OPREGION_BYTES);
	put_le32(data + IGDPT_OPF_RVDS, (uint32_t)(len - IGDPT_OPREGION_BYTES));
}

static size_t put_vbt(uint8_t *data, size_t len, size_t max, unsigned *seed)
{
	struct igdpt_vbt_build_opts opts = { .size = sizeof(opts),
		.bytes = (uint32_t)fuzz_interesting(seed, 0x1800) % 0x3000 };
	size_t at = fuzz_random(seed) % 2 ? IGDPT_OPREGION_BYTES : IGDPT_OPREGION_VBT, room = max - at;

	if (max < len || igdpt_vbt_build(&opts, data + at, &room, NULL) < 0)
		return len;
	return at + room > len ? at + room : len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
	if (max < IGDPT_OPREGION_BYTES)
		return LLVMFuzzerMutate(data, len, max);
	if (len < IGDPT_OPREGION_BYTES) {
		memset(data + len, 0, IGDPT_OPREGION_BYTES - len);
		len = IGDPT_OPREGION_BYTES;
		memcpy(data, "IntelGraphicsMem\x08", 17);
	}
	switch (fuzz_random(&seed) % 8) {
	case 0:
		return LLVMFuzzerMutate(data, len, max);
	case 1:
		return put_vbt(data, len, max, &seed);
	case 2:
		extend(data, len, &seed);
		return len;
	case 3: /* the header of the table in mailbox 4, in place */
		LLVMFuzzerMutate(data + IGDPT_OPREGION_VBT, 0x100, 0x100);
		return len;
	case 4:
		fuzz_fix_sum(data + IGDPT_OPF_BDDC, 128, 127);
		memcpy(data + IGDPT_OPF_BDDC, "\0\xff\xff\xff\xff\xff\xff", 8);
		fuzz_fix_sum(data + IGDPT_OPF_BDDC, 128, 127);
		return len;
	default:
		change_field(data, len, &seed);
		return len;
	}
}
