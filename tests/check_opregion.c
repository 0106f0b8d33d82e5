/* SPDX-License-Identifier: MIT */
#include "opregion-fixture.h"
#include "told.h"

/* ---- reader ---- */

START_TEST(a_missing_argument_is_refused)
{
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t offset, bytes;
	struct igdpt_opregion op;
	uint64_t value;
	struct blob b;

	build(0x0201, 300, &b);
	refused(igdpt_opregion_init(NULL, b.bytes, b.len, &why), &why);
	refused(igdpt_opregion_init(&op, NULL, b.len, &why), &why);
	op = view(&b);
	refused(igdpt_opregion_find_vbt(NULL, &vbt, &why), &why);
	refused(igdpt_opregion_find_vbt(&op, NULL, &why), &why);
	refused(igdpt_opregion_edid(NULL, &offset, &bytes, &why), &why);
	refused(igdpt_opregion_edid(&op, NULL, &bytes, &why), &why);
	refused(igdpt_opregion_edid(&op, &offset, NULL, &why), &why);
	refused(igdpt_opregion_normalise(NULL, NULL, b.bytes, &b.len, &why), &why);
	vbt.size = 4;
	ck_assert_int_eq(igdpt_opregion_find_vbt(&op, &vbt, NULL), -IGDPT_E_ABI_SIZE);
	ck_assert_int_eq(igdpt_opregion_get(NULL, IGDPT_OPF_SIZE, 0, &value), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_opregion_get(&op, IGDPT_OPF_SIZE, 0, NULL), -IGDPT_E_INVALID);
}
END_TEST

/* What a newer caller wants left out must not go to a guest. */
START_TEST(a_copy_with_an_unknown_flag_is_not_made)
{
	struct igdpt_opregion_normalise_opts opts = { .size = sizeof(opts), .flags = 0x20 };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	struct blob b, copy = { .len = sizeof(copy.bytes) };

	build(0x0201, 300, &b);
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_normalise(&op, &opts, copy.bytes, &copy.len, &why),
		-IGDPT_E_INVALID);
	ck_assert(why.offset == IGDPT_NO_OFFSET && why.value == 0x20 && why.want == 0x1f);
	opts.flags = 0x1f;
	ck_assert_int_eq(igdpt_opregion_normalise(&op, &opts, copy.bytes, &copy.len, &why), 0);
}
END_TEST

START_TEST(every_truncation_is_refused_with_its_length)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	struct blob b;

	build_extended(&b);
	for (size_t len = 0; len < IGDPT_OPREGION_BYTES; len++) {
		uint8_t *copy = exact_copy(b.bytes, len);

		ck_assert_int_eq(igdpt_opregion_init(&op, copy, len, &why), -IGDPT_E_TRUNCATED);
		ck_assert_uint_eq(why.id, IGDPT_F_OPREGION_SHORT);
		ck_assert_uint_eq(why.offset, len);
		free(copy);
	}
}
END_TEST

/* With the 8 KiB there, whatever is cut from an extended VBT is an answer, never a stray read. */
START_TEST(a_cut_extended_vbt_is_reported_at_every_length)
{
	struct blob b, out;

	build_extended(&b);
	for (size_t len = IGDPT_OPREGION_BYTES; len < b.len; len++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
		struct igdpt_opregion op;
		uint8_t *copy = exact_copy(b.bytes, len);

		ck_assert_int_eq(igdpt_opregion_init(&op, copy, len, NULL), 0);
		ck_assert_int_eq(igdpt_opregion_find_vbt(&op, &vbt, NULL), -IGDPT_E_NOTFOUND);
		ck_assert_int_ge(igdpt_opregion_validate(&op, NULL, NULL), 1);
		out.len = sizeof(out.bytes);
		ck_assert_int_eq(igdpt_opregion_normalise(&op, NULL, out.bytes, &out.len, &why),
			-IGDPT_E_RANGE);
		ck_assert_uint_eq(why.id, IGDPT_F_RVDA_PAST);
		ck_assert_uint_eq(why.offset, IGDPT_OPF_RVDA);
		free(copy);
	}
}
END_TEST

START_TEST(a_wrong_signature_is_refused_at_its_first_wrong_byte)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	struct blob b;

	for (uint32_t i = 0; i < 16; i++) {
		build(0x0201, 300, &b);
		b.bytes[i] ^= 0x20;
		ck_assert_int_eq(igdpt_opregion_init(&op, b.bytes, b.len, &why), -IGDPT_E_MAGIC);
		ck_assert_uint_eq(why.offset, i);
		ck_assert_uint_eq(why.value, b.bytes[i]);
		ck_assert_uint_eq(why.want, (uint8_t)"IntelGraphicsMem"[i]);
	}
}
END_TEST

START_TEST(size_zero_is_refused_and_16_kib_is_an_error_that_can_be_read)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	struct blob b, out;
	struct told told = { .used = 0 };
	struct seen seen;

	build(0x0201, 300, &b);
	put_le32(b.bytes + IGDPT_OPF_SIZE, 0);
	ck_assert_int_eq(igdpt_opregion_init(&op, b.bytes, b.len, &why), -IGDPT_E_SIZE);
	tell(&told, &why);
	ck_assert_str_eq(told.text, "opregion-size-zero@10:0/8");

	put_le32(b.bytes + IGDPT_OPF_SIZE, 16);
	ck_assert_int_eq(validate(&b, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_OPREGION_SIZE], 1);
	ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_MAILBOX4);
	ck_assert_int_eq(normalise(&b, 0, &out, &why), -IGDPT_E_SIZE);
	ck_assert_uint_eq(why.id, IGDPT_F_OPREGION_SIZE);
	ck_assert_int_eq(normalise(&b, IGDPT_NORMALISE_LENIENT, &out, NULL), 0);
	ck_assert_int_eq(validate(&out, &seen), 0);
}
END_TEST

/* Which versions have RVDA, and what it means there: i915's and vfio-pci's rule. */
START_TEST(the_version_decides_what_rvda_means)
{
	static const struct {
		uint32_t version, source;
		int errors;
	} rows[] = {
		{ 0x0000, IGDPT_VBT_NONE, 1 },          { 0x0100, IGDPT_VBT_NONE, 0 },
		{ 0x01ff, IGDPT_VBT_NONE, 0 },          { 0x0200, IGDPT_VBT_RVDA_ABSOLUTE, 0 },
		{ 0x0201, IGDPT_VBT_RVDA_RELATIVE, 0 }, { 0x0203, IGDPT_VBT_RVDA_RELATIVE, 0 },
		{ 0x0300, IGDPT_VBT_RVDA_RELATIVE, 0 }, { 0x03ff, IGDPT_VBT_RVDA_RELATIVE, 0 },
		{ 0x0400, IGDPT_VBT_RVDA_RELATIVE, 1 }, { 0xffff, IGDPT_VBT_RVDA_RELATIVE, 1 },
	};
	struct blob b, out;
	struct seen seen;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		build_extended(&b);
		put_le16(b.bytes + IGDPT_OPF_OVER + 2, (uint16_t)rows[i].version);
		ck_assert_uint_eq(find_vbt(&b).source, rows[i].source);
		ck_assert_int_eq(validate(&b, &seen), rows[i].errors);
		ck_assert_int_eq(seen.ids[IGDPT_F_OPREGION_VERSION], rows[i].errors);
		if (rows[i].errors)
			ck_assert_int_eq(normalise(&b, 0, &out, NULL), -IGDPT_E_VERSION);
	}
}
END_TEST

/* The revision byte counts for nothing: 2.0.9 is still 2.0. */
START_TEST(the_revision_does_not_count)
{
	struct blob b;

	build_extended(&b);
	put_le32(b.bytes + IGDPT_OPF_OVER, 0x02000900);
	ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_RVDA_ABSOLUTE);
	ck_assert_uint_eq(view(&b).revision, 9);
}
END_TEST

START_TEST(rvda_must_lie_after_the_opregion_and_inside_the_input)
{
	static const struct {
		uint64_t rvda;
		uint32_t rvds, id;
	} rows[] = {
		{ 1, 0x1000, IGDPT_F_RVDA_INSIDE },
		{ 0x400, 0x1800, IGDPT_F_RVDA_INSIDE },
		{ 0x1fff, 0x10, IGDPT_F_RVDA_INSIDE },
		{ 0x2000, 8701, IGDPT_F_RVDA_PAST },
		{ 0x2001, 8700, IGDPT_F_RVDA_PAST },
		{ 0x2000, 0xffffffff, IGDPT_F_RVDA_PAST },       /* 2^32 is in sight */
		{ 0xffffe000, 0x4000, IGDPT_F_RVDA_PAST },       /* the sum wraps 2^32 */
		{ 0x100002000, 8700, IGDPT_F_RVDA_PAST },        /* cut to 32 bits it would do */
		{ 0xffffffffffffe000, 0x4000, IGDPT_F_RVDA_PAST }, /* the sum wraps 2^64 */
		{ 0xffffffffffffffff, 1, IGDPT_F_RVDA_PAST },
	};
	struct igdpt_finding why = { .size = sizeof(why) };
	struct blob b, out;
	struct seen seen;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		build_extended(&b);
		put_le64(b.bytes + IGDPT_OPF_RVDA, rows[i].rvda);
		put_le32(b.bytes + IGDPT_OPF_RVDS, rows[i].rvds);
		ck_assert_int_ge(validate(&b, &seen), 1);
		ck_assert_uint_eq(seen.ids[rows[i].id], 1);
		ck_assert_uint_eq(seen.last[rows[i].id].offset, IGDPT_OPF_RVDA);
		ck_assert_int_eq(normalise(&b, 0, &out, &why), -IGDPT_E_RANGE);
		ck_assert_uint_eq(why.id, rows[i].id);
		ck_assert_uint_eq(why.value, rows[i].rvda);
	}
}
END_TEST

START_TEST(rvda_and_rvds_count_only_together)
{
	struct blob b;
	struct seen seen;

	build_extended(&b);
	put_le32(b.bytes + IGDPT_OPF_RVDS, 0);
	ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_NONE);
	validate(&b, &seen);
	ck_assert_uint_eq(seen.ids[IGDPT_F_RVDA_HALF], 1);
	build_extended(&b);
	put_le64(b.bytes + IGDPT_OPF_RVDA, 0);
	ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_NONE);
}
END_TEST

/* The VBT's own size may not exceed RVDS, though the bytes are there. */
START_TEST(rvds_bounds_the_vbt)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	struct igdpt_opregion op;
	struct blob b;
	struct seen seen;

	build_extended(&b);
	put_le32(b.bytes + IGDPT_OPF_RVDS, 8699);
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_find_vbt(&op, &vbt, &why), -IGDPT_E_NOTFOUND);
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_SIZE);
	ck_assert_uint_eq(why.offset, 0x2000 + 24);
	ck_assert_int_eq(validate(&b, &seen), 1);
}
END_TEST

START_TEST(a_vbt_may_use_the_room_of_mailbox_5_where_that_is_not_offered)
{
	struct blob b;
	struct seen seen;

	build(0x0100, 7168, &b);
	ck_assert_uint_eq(b.len, IGDPT_OPREGION_BYTES);
	ck_assert_uint_eq(find_vbt(&b).bytes, 7168);
	ck_assert_uint_eq(find_vbt(&b).room, 7168);
	ck_assert_int_eq(validate(&b, &seen), 0);
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_SPILLS], 1);
	put_le32(b.bytes + IGDPT_OPF_MBOX, 0x1d);
	ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_NONE);
	ck_assert_int_eq(validate(&b, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_SIZE], 1);
}
END_TEST

/* The VBT's own rules, at the offsets of the OpRegion. */
START_TEST(the_vbt_is_judged_in_its_place)
{
	struct blob b;
	struct seen seen;

	build(0x0201, 300, &b);
	validate(&b, &seen);
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_CHECKSUM], 0);
	b.bytes[0x400 + 299] ^= 1;
	ck_assert_int_eq(validate(&b, &seen), 0);
	ck_assert_uint_eq(seen.last[IGDPT_F_VBT_CHECKSUM].offset, 0x400 + 26);
	build_extended(&b);
	b.bytes[0x2000 + 299] ^= 1;
	validate(&b, &seen);
	ck_assert_uint_eq(seen.last[IGDPT_F_VBT_CHECKSUM].offset, 0x2000 + 26);
}
END_TEST

START_TEST(any_alignment_reads_the_same)
{
	struct blob b;
	uint8_t *room;

	build_extended(&b);
	room = malloc(b.len + 8);
	for (size_t shift = 0; shift < 8; shift++) {
		struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
		struct igdpt_opregion op;

		memcpy(room + shift, b.bytes, b.len);
		ck_assert_int_eq(igdpt_opregion_init(&op, room + shift, b.len, NULL), 0);
		ck_assert_int_eq(igdpt_opregion_find_vbt(&op, &vbt, NULL), 0);
		ck_assert_uint_eq(vbt.bytes, 8700);
	}
	free(room);
}
END_TEST

/* ---- builder ---- */

START_TEST(what_is_built_is_valid_and_gives_the_vbt_back)
{
	static const uint32_t versions[] = { 0, 0x0100, 0x0200, 0x0201, 0x0203, 0x0300 };
	static const size_t sizes[] = { 73, 4284, 6144 };
	uint8_t vbt[6144];
	struct blob b;
	struct seen seen;

	for (size_t v = 0; v < 6; v++) {
		for (size_t s = 0; s < 3; s++) {
			build(versions[v], sizes[s], &b);
			make_vbt(vbt, sizes[s]);
			ck_assert_uint_eq(b.len, IGDPT_OPREGION_BYTES);
			ck_assert_int_eq(validate(&b, &seen), 0);
			ck_assert_uint_eq(get_le32(b.bytes + IGDPT_OPF_MBOX), 0x1d);
			ck_assert_uint_eq(get_le32(b.bytes + IGDPT_OPF_CLID), 3);
			ck_assert_uint_eq(find_vbt(&b).bytes, sizes[s]);
			ck_assert_mem_eq(b.bytes + find_vbt(&b).offset, vbt, sizes[s]);
		}
	}
}
END_TEST

START_TEST(the_platform_configuration_is_the_callers)
{
	struct igdpt_opregion_build_opts opts = { .size = sizeof(opts), .pcon = 0x2001 };
	struct blob b = { .len = sizeof(b.bytes) };

	ck_assert_int_eq(igdpt_opregion_build(&opts, NULL, 0, b.bytes, &b.len, NULL), 0);
	ck_assert_uint_eq(get_le32(b.bytes + IGDPT_OPF_PCON), 0x2001);
}
END_TEST

START_TEST(a_large_vbt_goes_behind_the_opregion)
{
	uint8_t vbt[UINT16_MAX];
	struct blob b;
	struct seen seen;

	build(0x0201, 6145, &b);
	ck_assert_uint_eq(b.len, 0x2000 + 6145);
	build(0x0300, UINT16_MAX, &b);
	make_vbt(vbt, sizeof(vbt));
	ck_assert_uint_eq(b.len, 0x2000 + UINT16_MAX);
	ck_assert_int_eq(validate(&b, &seen), 0);
	ck_assert_uint_eq(get_le64(b.bytes + 0x3ba), 0x2000);
	ck_assert_uint_eq(get_le32(b.bytes + 0x3c2), UINT16_MAX);
	ck_assert_mem_eq(b.bytes + 0x2000, vbt, sizeof(vbt));
}
END_TEST

START_TEST(version_2_0_needs_the_address_for_an_extended_vbt)
{
	struct igdpt_opregion_build_opts opts = { .size = sizeof(opts), .version = 0x0200 };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct told told = { .used = 0 };
	uint8_t vbt[8700];
	struct blob b;

	make_vbt(vbt, sizeof(vbt));
	b.len = sizeof(b.bytes);
	ck_assert_int_eq(igdpt_opregion_build(&opts, vbt, sizeof(vbt), b.bytes, &b.len, &why),
		-IGDPT_E_INVALID);
	tell(&told, &why);
	ck_assert_str_eq(told.text, "build-address:21fc/0");
	opts.address = 0x7affd018;
	b.len = sizeof(b.bytes);
	ck_assert_int_eq(igdpt_opregion_build(&opts, vbt, sizeof(vbt), b.bytes, &b.len, &why), 0);
	ck_assert_uint_eq(get_le64(b.bytes + 0x3ba), 0x7afff018);
	opts.address = UINT32_MAX;
	ck_assert_int_eq(igdpt_opregion_build(&opts, vbt, sizeof(vbt), b.bytes, &b.len, &why), 0);
	opts.address++;
	ck_assert_int_eq(igdpt_opregion_build(&opts, vbt, sizeof(vbt), b.bytes, &b.len, &why),
		-IGDPT_E_RANGE);
}
END_TEST

START_TEST(what_cannot_be_built_is_refused)
{
	struct igdpt_opregion_build_opts wide = { .size = sizeof(wide) + 8 };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct blob b;
	size_t len = 100;

	ck_assert_int_eq(try_build(0x0100, 0, 7169, &b), -IGDPT_E_VERSION);
	ck_assert_int_eq(try_build(0x0100, 0x1d, 6145, &b), -IGDPT_E_VERSION);
	ck_assert_int_eq(try_build(0x00ff, 0, 300, &b), -IGDPT_E_VERSION);
	ck_assert_int_eq(try_build(0x0400, 0, 300, &b), -IGDPT_E_VERSION);
	ck_assert_int_eq(igdpt_opregion_build(NULL, "$VBT", 4, b.bytes, &b.len, &why),
		-IGDPT_E_TRUNCATED);
	ck_assert_int_eq(igdpt_opregion_build(NULL, NULL, 4, b.bytes, &b.len, &why), -IGDPT_E_INVALID);
	ck_assert_int_eq(igdpt_opregion_build(NULL, NULL, 0, b.bytes, &len, &why), -IGDPT_E_NOSPACE);
	ck_assert_uint_eq(len, IGDPT_OPREGION_BYTES);
	ck_assert_int_eq(igdpt_opregion_build(NULL, NULL, 0, NULL, &len, &why), -IGDPT_E_NOSPACE);
	wide.size = 4;
	ck_assert_int_eq(igdpt_opregion_build(&wide, NULL, 0, b.bytes, &b.len, &why),
		-IGDPT_E_ABI_SIZE);
}
END_TEST

START_TEST(the_same_input_gives_the_same_bytes)
{
	struct blob a, b;

	memset(&a, 0x55, sizeof(a));
	memset(&b, 0xaa, sizeof(b));
	build_extended(&a);
	build_extended(&b);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_mem_eq(a.bytes, b.bytes, a.len);
	ck_assert_int_eq(normalise(&a, 0, &b, NULL), 0);
	ck_assert_mem_eq(a.bytes, b.bytes, a.len);
}
END_TEST

/* ---- normaliser ---- */

/* Every byte of the host's region that is not the VBT, its place, or wanted by a rule is marked. */
static void mark(struct blob *b)
{
	struct igdpt_opregion_field_info f = { .size = sizeof(f) };

	for (size_t i = 0; igdpt_opregion_field_at(i, &f) == 0; i++) {
		if (f.policy == IGDPT_FIELD_STATE || f.policy == IGDPT_FIELD_ADDRESS ||
			f.policy == IGDPT_FIELD_RESERVED)
			memset(b->bytes + f.offset, 0xe7, (size_t)f.width * f.count);
	}
}

static size_t count_marks(const struct blob *b)
{
	size_t n = 0;

	for (size_t i = 0; i < IGDPT_OPREGION_BYTES; i++)
		n += b->bytes[i] == 0xe7;
	return n;
}

START_TEST(no_address_and_no_state_of_the_host_is_left)
{
	struct blob b, out;

	build(0x0201, 73, &b);
	mark(&b);
	ck_assert_uint_gt(count_marks(&b), 1000);
	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	ck_assert_uint_eq(count_marks(&out), 0);
}
END_TEST

/* What follows a VBT in mailbox 4 or before the end of RVDS is memory of the host too. */
START_TEST(bytes_beside_the_vbt_do_not_reach_the_guest)
{
	struct blob b, out;

	build(0x0201, 73, &b);
	memset(b.bytes + 0x400 + 73, 0xe7, 0x1800 - 73);
	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	ck_assert_uint_eq(count_marks(&out), 0);

	ck_assert_int_eq(try_build(0x0201, 0x0d, 73, &b), 0);
	memset(b.bytes + IGDPT_OPF_PHED, 0xe7, 0x2000 - IGDPT_OPF_PHED);
	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	for (size_t i = 0x400 + 73; i < 0x2000; i++)
		ck_assert_uint_eq(out.bytes[i], 0);

	build_extended(&b);
	memset(b.bytes + b.len, 0xe7, 100);
	b.len += 100;
	put_le32(b.bytes + IGDPT_OPF_RVDS, 8800);
	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	ck_assert_uint_eq(out.len, 0x2000 + 8700);
	ck_assert_uint_eq(view(&out).rvds, 8700);
}
END_TEST

START_TEST(normalising_twice_changes_nothing)
{
	static const uint32_t versions[] = { 0x0100, 0x0200, 0x0201, 0x0203, 0x0300 };
	static const size_t sizes[] = { 0, 300, 6145, 7168, 8700 };
	struct blob b, once, twice;

	for (uint32_t flags = 0; flags < 32; flags++) {
		for (size_t i = 0; i < 25; i++) {
			if (try_build(versions[i / 5], 0x1f & ~(i & 16), sizes[i % 5], &b) < 0)
				continue;
			mark(&b);
			ck_assert_int_eq(normalise(&b, flags, &once, NULL), 0);
			ck_assert_int_eq(normalise(&once, flags, &twice, NULL), 0);
			ck_assert_uint_eq(once.len, twice.len);
			ck_assert_mem_eq(once.bytes, twice.bytes, once.len);
		}
	}
}
END_TEST

START_TEST(version_2_0_becomes_2_1_with_the_bytes_that_rvda_led_to)
{
	struct igdpt_opregion_normalise_opts opts = { .size = sizeof(opts) };
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	struct blob b, want, out;
	uint8_t vbt[8700];

	make_vbt(vbt, sizeof(vbt));
	build_extended(&want);
	build(0x0200, 0, &b);
	put_le64(b.bytes + IGDPT_OPF_RVDA, 0x7afff018);
	put_le32(b.bytes + IGDPT_OPF_RVDS, sizeof(vbt));
	ck_assert_int_eq(normalise(&b, 0, &out, &why), -IGDPT_E_UNSUPPORTED);
	ck_assert_uint_eq(why.id, IGDPT_F_RVDA_UNREAD);

	op = view(&b);
	opts.vbt = vbt;
	opts.vbt_bytes = sizeof(vbt);
	out.len = sizeof(out.bytes);
	ck_assert_int_eq(igdpt_opregion_normalise(&op, &opts, out.bytes, &out.len, &why), 0);
	ck_assert_uint_eq(out.len, want.len);
	ck_assert_mem_eq(out.bytes, want.bytes, want.len);
}
END_TEST

/* RVDS and the bytes given both bound the table; a finding counts from the table's start. */
START_TEST(the_bytes_that_rvda_led_to_may_be_no_vbt)
{
	static const struct {
		uint32_t rvds, bytes, bdb;
		const char *want;
	} rows[] = {
		{ 8700, 8700, 48, "" },
		{ 8701, 8700, 48, "" },
		{ 8700, 8699, 48, "no-vbt@3ba:7afff018/400" },
		{ 8699, 8700, 48, "no-vbt@3ba:7afff018/400" },
		{ 8700, 8700, 6, "vbt-bdb-offset@1c:6/30" },
	};
	struct blob b, out;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t vbt[8700];
		struct igdpt_opregion_normalise_opts opts = { .size = sizeof(opts), .vbt = vbt,
			.vbt_bytes = rows[i].bytes, .flags = IGDPT_NORMALISE_REPAIR_VBT };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		struct igdpt_opregion op;

		make_vbt(vbt, sizeof(vbt));
		put_le32(vbt + 28, rows[i].bdb);
		build(0x0200, 0, &b);
		put_le64(b.bytes + IGDPT_OPF_RVDA, 0x7afff018);
		put_le32(b.bytes + IGDPT_OPF_RVDS, rows[i].rvds);
		op = view(&b);
		out.len = sizeof(out.bytes);
		igdpt_opregion_normalise(&op, &opts, out.bytes, &out.len, &why);
		tell(&told, &why);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

/* vfio-pci shows zeros where RVDA led nowhere; the guest then needs what mailbox 4 has. */
START_TEST(zeros_behind_rvda_leave_the_vbt_of_mailbox_4)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct blob b, out;
	struct seen seen;

	build(0x0201, 300, &b);
	put_le64(b.bytes + IGDPT_OPF_RVDA, 0x2000);
	put_le32(b.bytes + IGDPT_OPF_RVDS, 8192);
	memset(b.bytes + 0x2000, 0, 8192);
	b.len = 0x2000 + 8192;
	ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_MAILBOX4);
	ck_assert_int_eq(validate(&b, &seen), 1);
	ck_assert_uint_eq(seen.ids[IGDPT_F_VBT_FALLBACK], 1);
	ck_assert_int_eq(normalise(&b, 0, &out, &why), 0);
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_FALLBACK);
	ck_assert_uint_eq(out.len, 0x2000);
	ck_assert_uint_eq(view(&out).rvda, 0);
	ck_assert_uint_eq(view(&out).rvds, 0);
	ck_assert_uint_eq(find_vbt(&out).bytes, 300);
	ck_assert_int_eq(validate(&out, &seen), 0);
}
END_TEST

/* Its header is read before it is refused: nothing of that may be left. */
START_TEST(a_torn_extended_vbt_leaves_that_of_mailbox_4)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct blob b, out, want;

	build(0x0201, 300, &b);
	ck_assert_int_eq(normalise(&b, IGDPT_NORMALISE_REPAIR_VBT, &want, NULL), 0);
	put_le64(b.bytes + IGDPT_OPF_RVDA, 0x2000);
	put_le32(b.bytes + IGDPT_OPF_RVDS, 8192);
	make_vbt(b.bytes + 0x2000, 8192);
	put_le16(b.bytes + 0x2000 + 24, UINT16_MAX); /* vbt_size */
	b.len = 0x2000 + 8192;
	ck_assert_int_eq(normalise(&b, IGDPT_NORMALISE_REPAIR_VBT, &out, &why), 0);
	ck_assert_uint_eq(why.id, IGDPT_F_VBT_FALLBACK);
	ck_assert_uint_eq(out.len, want.len);
	ck_assert_mem_eq(out.bytes, want.bytes, out.len);
}
END_TEST

/* RVDA is a field of mailbox 3: without it nobody would find the table. */
START_TEST(an_extended_vbt_brings_mailbox_3)
{
	struct igdpt_opregion_build_opts opts = { .size = sizeof(opts),
		.mboxes = IGDPT_MBOX_ACPI | IGDPT_MBOX_VBT };
	struct blob b = { .len = sizeof(b.bytes) };
	uint8_t vbt[UINT16_MAX];
	size_t len = make_vbt(vbt, 8192);

	ck_assert_int_eq(igdpt_opregion_build(&opts, vbt, len, b.bytes, &b.len, NULL), 0);
	ck_assert_uint_eq(view(&b).mboxes, IGDPT_MBOX_ACPI | IGDPT_MBOX_ASLE | IGDPT_MBOX_VBT);
	ck_assert_uint_eq(find_vbt(&b).bytes, len);
}
END_TEST

/* Linux i915 looks there: the reader and the guest's copy have to agree with it. */
START_TEST(without_mailbox_3_the_vbt_is_that_of_mailbox_4)
{
	static const uint32_t versions[] = { 0x0200, 0x0201, 0x0300 };

	for (size_t i = 0; i < 3; i++) {
		struct igdpt_opregion_outcome seen = { .size = sizeof(seen) };
		struct igdpt_finding why = { .size = sizeof(why) };
		struct blob b, small, out;
		struct igdpt_opregion op;

		build(versions[i], 300, &small);
		build(0x0201, 8192, &b);
		put_le16(b.bytes + 0x16, (uint16_t)versions[i]);
		memcpy(b.bytes + 0x400, small.bytes + 0x400, 300);
		b.bytes[IGDPT_OPF_MBOX] &= (uint8_t)~IGDPT_MBOX_ASLE;
		ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_MAILBOX4);
		ck_assert_int_eq(normalise(&b, 0, &out, &why), 0);
		ck_assert_uint_eq(why.id, IGDPT_F_RVDA_NO_ASLE);
		ck_assert(out.len == 0x2000 && !view(&out).rvda && !view(&out).rvds);
		ck_assert_mem_eq(out.bytes + 0x400, small.bytes + 0x400, 300);
		op = view(&out);
		ck_assert_int_eq(igdpt_opregion_consumer(&op, IGDPT_CONSUMER_I915, &seen, NULL), 0);
		ck_assert_uint_eq(seen.vbt_source, IGDPT_VBT_MAILBOX4);
		if (versions[i] == 0x0200)
			continue;
		/* The only VBT is kept, for those that do not ask for mailbox 3. */
		memset(b.bytes + 0x400, 0, 300);
		ck_assert_uint_eq(find_vbt(&b).source, IGDPT_VBT_NONE);
		ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
		ck_assert(out.len == 0x4000 && view(&out).rvda == 0x2000);
	}
}
END_TEST

/* A table in mailbox 4 that claims more than its room is none, and nothing of it is copied. */
START_TEST(a_broken_vbt_is_not_copied)
{
	struct blob b, out;

	build(0x0201, 300, &b);
	put_le16(b.bytes + 0x400 + 24, 0xffff);
	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	ck_assert_uint_eq(out.len, 0x2000);
	ck_assert_uint_eq(find_vbt(&out).source, IGDPT_VBT_NONE);
	for (size_t i = 0x400; i < 0x1c00; i++)
		ck_assert_uint_eq(out.bytes[i], 0);
}
END_TEST

/* The answer, what is told, and the copy's size. */
START_TEST(the_normaliser_says_what_it_refuses_and_what_it_leaves_out)
{
	static const struct {
		uint32_t version, vbt, more, flags;
		const char *pokes, *want;
	} rows[] = {
		{ 0x0201, 300, 0, 0, "", "2000" },
		{ 0x0201, 300, 0, 0, "10=10", "opregion-size@10:10/8" },
		{ 0x0201, 300, 0, IGDPT_NORMALISE_LENIENT, "10=10", "2000" },
		{ 0x0201, 300, 0, 0, "17=04", "opregion-version@14:401/3ff" },
		{ 0x0201, 300, 0, IGDPT_NORMALISE_LENIENT, "17=04", "2000" },
		{ 0x0201, 300, 0, 0, "3ba=0010 3c2=01", "rvda-inside@3ba:1000/2000" },
		{ 0x0201, 300, 0, 0, "3ba=0020 3c2=01", "rvda-past-end@3ba:2000/2000" },
		{ 0x0200, 300, 0, 0, "3ba=0020 3c2=01", "rvda-unread@3ba:2000/0" },
		{ 0x0201, 300, 1, 0, "3ba=0020 3c2=01", "vbt-fallback@3ba:2000/400 2000" },
		{ 0x0201, 0, 1, 0, "3ba=0020 3c2=01", "no-vbt@3ba:2000/400 2000" },
		{ 0x0201, 0, 0, 0, "3c2=01", "2000" },
		{ 0x0201, 8192, 0, 0, "", "4000" },
		{ 0x0201, 300, 0, 0, "41c=2f 443=1000", "2000" },
		{ 0x0201, 300, 0, IGDPT_NORMALISE_REPAIR_VBT, "41c=2f 443=1000",
			"vbt-bdb-offset@41c:2f/30" },
		{ 0x0201, 8192, 0, IGDPT_NORMALISE_REPAIR_VBT, "201c=2f 2043=1000",
			"vbt-bdb-offset@201c:2f/30" },
		{ 0x0201, 300, 1, IGDPT_NORMALISE_REPAIR_VBT, "3ba=0020 3c2=01 41c=2f 443=1000",
			"vbt-bdb-offset@41c:2f/30" },
		{ 0x0201, 0, 0, IGDPT_NORMALISE_REPAIR_VBT, "", "2000" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };
		struct blob b, out;
		int rc;

		build(rows[i].version, rows[i].vbt, &b);
		b.bytes[b.len] = 0;
		b.len += rows[i].more;
		poke(b.bytes, rows[i].pokes);
		rc = normalise(&b, rows[i].flags, &out, &why);
		tell(&told, &why);
		if (rc == 0) {
			say_next(&told);
			say(&told, "%zx", out.len);
		} else {
			ck_assert_int_eq(rc, why.error);
		}
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
}
END_TEST

START_TEST(options_of_the_guests_copy)
{
	struct blob b, out;

	ck_assert_int_eq(try_build(0x0201, 0x1f, 300, &b), 0);
	put_le32(b.bytes + IGDPT_OPF_CLID, 0);
	put_le32(b.bytes + IGDPT_OPF_DRDY, 1);
	put_le32(b.bytes + IGDPT_OPF_SCIC, 9);
	b.bytes[0x400 + 26]++;

	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	ck_assert_uint_eq(view(&out).mboxes, 0x1d);
	ck_assert_uint_eq(get_le32(out.bytes + IGDPT_OPF_CLID), 0);
	ck_assert_uint_eq(get_le32(out.bytes + IGDPT_OPF_DRDY), 0);
	ck_assert_uint_eq(get_le32(out.bytes + IGDPT_OPF_SCIC), 0);
	ck_assert_uint_eq(byte_sum(out.bytes + 0x400, 300), 1);

	ck_assert_int_eq(normalise(&b, IGDPT_NORMALISE_KEEP_SWSCI | IGDPT_NORMALISE_KEEP_STATE |
		IGDPT_NORMALISE_LID_OPEN | IGDPT_NORMALISE_REPAIR_VBT, &out, NULL), 0);
	ck_assert_uint_eq(view(&out).mboxes, 0x1f);
	ck_assert_uint_eq(get_le32(out.bytes + IGDPT_OPF_CLID), 3);
	ck_assert_uint_eq(get_le32(out.bytes + IGDPT_OPF_DRDY), 1);
	ck_assert_uint_eq(byte_sum(out.bytes + 0x400, 300), 0);
}
END_TEST

/* The size of a BDB at 6 lies where the checksum is: a second repair would find another table. */
START_TEST(a_checksum_inside_the_bdb_is_not_repaired)
{
	struct igdpt_finding why = { .size = sizeof(why) };
	struct blob b, out;

	for (uint32_t at = 0x400; at <= 0x2000; at += 0x1c00) {
		if (at == 0x400)
			build(0x0201, 300, &b);
		else
			build_extended(&b);
		put_le32(b.bytes + at + 28, 6);
		put_le16(b.bytes + at + 26, 30);
		ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
		ck_assert_int_eq(normalise(&b, IGDPT_NORMALISE_REPAIR_VBT, &out, &why), -IGDPT_E_RANGE);
		ck_assert_uint_eq(why.id, IGDPT_F_VBT_BDB_OFFSET);
		ck_assert_uint_eq(why.offset, at + 28);
		ck_assert_uint_eq(why.value, 6);
		put_le32(b.bytes + at + 28, 48);
		ck_assert_int_eq(normalise(&b, IGDPT_NORMALISE_REPAIR_VBT, &out, NULL), 0);
	}
}
END_TEST

/* From version 3 on bit 1 is ignored and mailbox 2 is the backlight's. */
START_TEST(mailbox_2_of_version_3_is_not_software_sci)
{
	struct blob b, out;

	ck_assert_int_eq(try_build(0x0300, 0x3f, 300, &b), 0);
	memset(b.bytes + 0x200, 0x5a, 0x100);
	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	ck_assert_uint_eq(view(&out).mboxes, 0x3f);
	ck_assert_mem_eq(out.bytes + 0x200, b.bytes + 0x200, 0x100);
	put_le16(b.bytes + IGDPT_OPF_OVER + 2, 0x02ff);
	ck_assert_int_eq(normalise(&b, 0, &out, NULL), 0);
	ck_assert_uint_eq(view(&out).mboxes, 0x3d);
}
END_TEST

START_TEST(the_copy_says_how_much_room_it_needs)
{
	struct igdpt_opregion op;
	struct blob b, out;

	build_extended(&b);
	op = view(&b);
	out.len = b.len - 1;
	ck_assert_int_eq(igdpt_opregion_normalise(&op, NULL, out.bytes, &out.len, NULL),
		-IGDPT_E_NOSPACE);
	ck_assert_uint_eq(out.len, b.len);
	ck_assert_int_eq(igdpt_opregion_normalise(&op, NULL, NULL, &out.len, NULL), -IGDPT_E_NOSPACE);
}
END_TEST

/* ---- fields ---- */

START_TEST(the_field_table_covers_the_region_without_gaps)
{
	struct igdpt_opregion_field_info f = { .size = sizeof(f) };
	uint32_t end = 0, rows = 0;

	for (; igdpt_opregion_field_at(rows, &f) == 0; rows++) {
		if (f.first >= 0x0300)
			continue;
		ck_assert_uint_eq(f.offset, end);
		end += f.width * f.count;
	}
	ck_assert_uint_eq(end, IGDPT_OPREGION_BYTES);
	ck_assert_uint_eq(rows, 62);
	ck_assert_int_eq(igdpt_opregion_field_at(rows, &f), -IGDPT_E_NOTFOUND);
}
END_TEST

START_TEST(fields_read_as_firmware_wrote_them)
{
	struct igdpt_opregion op;
	struct blob b;
	uint64_t v;

	build_extended(&b);
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_get(&op, IGDPT_OPF_RVDA, 0, &v), 0);
	ck_assert_uint_eq(v, 0x2000);
	ck_assert_int_eq(igdpt_opregion_get(&op, IGDPT_OPF_BCLM, 10, &v), 0);
	ck_assert_uint_eq(v, 0xe4ff);
	ck_assert_int_eq(igdpt_opregion_get(&op, IGDPT_OPF_BCLM, 20, &v), -IGDPT_E_RANGE);
	ck_assert_int_eq(igdpt_opregion_get(&op, 0x101, 0, &v), -IGDPT_E_NOTFOUND);
	ck_assert_int_eq(igdpt_opregion_get(&op, IGDPT_OPF_SIGN, 0, &v), 0);
	ck_assert_uint_eq(v, 'I');
}
END_TEST

START_TEST(fields_exist_from_their_first_version_to_their_last)
{
	static const struct {
		uint32_t version, field;
		int result;
	} rows[] = {
		{ 0x01ff, IGDPT_OPF_RVDA, -IGDPT_E_NOTFOUND },
		{ 0x0200, IGDPT_OPF_RVDA, 0 },
		{ 0xffff, IGDPT_OPF_RVDA, 0 },
		{ 0x0000, IGDPT_OPF_PARM, 0 },
		{ 0x02ff, IGDPT_OPF_PARM, 0 },
		{ 0x0300, IGDPT_OPF_PARM, -IGDPT_E_NOTFOUND },
	};
	struct igdpt_opregion op;
	struct blob b;
	uint64_t v;

	build_extended(&b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_le16(b.bytes + IGDPT_OPF_OVER + 2, (uint16_t)rows[i].version);
		op = view(&b);
		require(igdpt_opregion_get(&op, rows[i].field, 0, &v) == rows[i].result, "row %zu", i);
	}
	/* Two fields begin at 0x200: the later has 256 elements. */
	put_le16(b.bytes + IGDPT_OPF_OVER + 2, 0x0300);
	b.bytes[0x2ff] = 0x77;
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_get(&op, IGDPT_OPF_BKLT, 255, &v), 0);
	ck_assert_uint_eq(v, 0x77);
}
END_TEST

/* ---- mailbox 5 ---- */

static void put_edid(struct blob *b, uint32_t blocks)
{
	uint8_t *edid = b->bytes + IGDPT_OPF_BDDC;

	put_le32(b->bytes + IGDPT_OPF_PHED, blocks);
	memset(edid, 0, 256);
	memset(edid + 1, 0xff, 6);
	memcpy(edid + 8, "\x0d\xae\x34\x12", 4);
	edid[127] = (uint8_t)-byte_sum(edid, 128);
}

START_TEST(the_panels_edid_is_in_mailbox_5)
{
	static const struct {
		uint32_t blocks, byte;
		const char *want;
	} bad[] = {
		{ 0, 8, "edid-none@1c00:0/0" },     { 3, 8, "edid-blocks@1c00:3/2" },
		{ 1, 0, "edid-header@1c04:55/0" },  { 1, 7, "edid-header@1c04:0/0" },
		{ 1, 9, "edid-checksum@1c83:4d/0" }, { 2, 200, "edid-checksum@1d03:55/0" },
	};
	struct igdpt_finding why = { .size = sizeof(why) };
	struct igdpt_opregion op;
	uint32_t offset, bytes;
	struct told told;
	struct blob b;

	build(0x0201, 300, &b);
	put_edid(&b, 0xfe);
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_edid(&op, &offset, &bytes, &why), 0);
	ck_assert_uint_eq(offset, 0x1c04);
	ck_assert_uint_eq(bytes, 256);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_edid(&b, bad[i].blocks);
		b.bytes[IGDPT_OPF_BDDC + bad[i].byte] ^= 0x55;
		ck_assert_int_eq(igdpt_opregion_edid(&op, &offset, &bytes, &why), -IGDPT_E_NOTFOUND);
		told = (struct told){ .used = 0 };
		tell(&told, &why);
		ck_assert_str_eq(told.text, bad[i].want);
	}
	put_edid(&b, 1);
	b.bytes[IGDPT_OPF_BDDC + 200]++;
	ck_assert_int_eq(igdpt_opregion_edid(&op, &offset, &bytes, &why), 0);
	ck_assert_uint_eq(bytes, 128);
	put_le32(b.bytes + IGDPT_OPF_MBOX, 0x0d);
	op = view(&b);
	ck_assert_int_eq(igdpt_opregion_edid(&op, &offset, &bytes, &why), -IGDPT_E_NOTFOUND);
	told = (struct told){ .used = 0 };
	tell(&told, &why);
	ck_assert_str_eq(told.text, "edid-none@1c00:1/0");
}
END_TEST

/* ---- placement ---- */

/* Where RVDA leads then, or why it cannot. */
START_TEST(rvda_follows_the_places_that_the_vmm_chose)
{
	static const struct {
		uint32_t version;
		uint64_t address, vbt_address;
		const char *want;
	} rows[] = {
		{ 0x0201, 0x7afe0000, 0x7aff0000, "10000" },
		{ 0x0201, 0x7afe0000, 0x7afe2000, "2000" },
		{ 0x0201, 0x7afe0000, 0, "2000" },
		{ 0x0201, 0xffffe000, 0, "2000" },
		{ 0x0201, 0x7aff0000, 0x7afe0000, "rvda-distance@3ba:7afe0000/7aff0000" },
		{ 0x0201, 0x7aff0000, 0x7aff1fff, "rvda-distance@3ba:7aff1fff/7aff0000" },
		{ 0x0201, 0xffffe001, 0, "asls-high:ffffe001/ffffe000" },
		{ 0x0200, 0x7afe0018, 0, "7afe2018" },
		{ 0x0200, 0x7afe0018, 0x1000, "1000" },
		{ 0x0200, 0xffffe001, 0x1000, "asls-high:ffffe001/ffffe000" },
	};
	struct blob b;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct igdpt_finding why = { .size = sizeof(why) };
		struct told told = { .used = 0 };

		build_extended(&b);
		put_le16(b.bytes + IGDPT_OPF_OVER + 2, (uint16_t)rows[i].version);
		if (igdpt_opregion_relocate(b.bytes, b.len, rows[i].address, rows[i].vbt_address,
			    &why) == 0)
			say(&told, "%llx", (unsigned long long)view(&b).rvda);
		tell(&told, &why);
		ck_assert_msg(!strcmp(told.text, rows[i].want), "row %zu: %s", i, told.text);
	}
	ck_assert_int_eq(igdpt_opregion_relocate(b.bytes, 100, 0, 0, NULL), -IGDPT_E_TRUNCATED);
}
END_TEST

START_TEST(without_an_extended_vbt_relocation_changes_nothing)
{
	struct blob a, b;

	build(0x0201, 300, &a);
	build(0x0201, 300, &b);
	ck_assert_int_eq(igdpt_opregion_relocate(b.bytes, b.len, 0x7afe0000, 0, NULL), 0);
	ck_assert_int_eq(igdpt_opregion_relocate(b.bytes, b.len, 0x7afe0000, 0x1000, NULL), 0);
	ck_assert_mem_eq(a.bytes, b.bytes, a.len);
}
END_TEST

/* ---- software SCI ---- */

/* i915 asks these three at load; unanswered, each costs it up to 1.5 s. */
START_TEST(a_software_sci_is_answered)
{
	static const struct {
		uint32_t scic;
		int query;
	} rows[] = { { 0x0009, 1 }, { 0x0109, 1 }, { 0x000d, 1 }, { 0x0209, 0 }, { 0x010d, 0 },
		{ 0x0003, 0 }, { 0x000b, 0 }, { 0xffff, 0 }, { 0x0000, 0 } };
	struct blob b;

	build(0x0201, 1000, &b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob before;

		memset(b.bytes + 0x204, 0xee, 4);
		b.bytes[0x200] = (uint8_t)rows[i].scic;
		b.bytes[0x201] = (uint8_t)(rows[i].scic >> 8);
		before = b;
		ck_assert_int_eq(igdpt_opregion_answer_swsci(b.bytes, b.len, NULL), rows[i].query);
		ck_assert_uint_eq(b.bytes[0x200], rows[i].query ? 0x20 : 0);
		ck_assert_uint_eq(b.bytes[0x201] | b.bytes[0x204] | b.bytes[0x207], 0);
		ck_assert_mem_eq(b.bytes, before.bytes, 0x200);
		ck_assert_mem_eq(b.bytes + 0x208, before.bytes + 0x208, b.len - 0x208);
	}
	put_le16(b.bytes + 0x16, 0x02ff);
	b.bytes[0x200] = 0x09;
	ck_assert_int_eq(igdpt_opregion_answer_swsci(b.bytes, b.len, NULL), 1);
	put_le16(b.bytes + 0x16, 0x0300); /* no mailbox 2 any more */
	memset(b.bytes + 0x200, 0x5a, 8);
	ck_assert_int_eq(igdpt_opregion_answer_swsci(b.bytes, b.len, NULL), 0);
	ck_assert_uint_eq(b.bytes[0x200] & b.bytes[0x203] & b.bytes[0x204] & b.bytes[0x207], 0x5a);
	ck_assert_int_eq(igdpt_opregion_answer_swsci(b.bytes, 0x1fff, NULL), -IGDPT_E_TRUNCATED);
	b.bytes[0] ^= 1;
	ck_assert_int_eq(igdpt_opregion_answer_swsci(b.bytes, b.len, NULL), -IGDPT_E_MAGIC);
}
END_TEST

/* Any single byte of headers and RVDA/RVDS changed to the usual suspects: an answer, never a crash. */
START_TEST(damaged_headers_end_with_an_answer)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff };
	struct blob b, out;

	build_extended(&b);
	for (size_t i = 0; i < 0x2000 + 80; i = i == 0x5f ? 0x3b0 : i == 0x3c8 ? 0x2000 : i + 1) {
		for (size_t v = 0; v < sizeof(values); v++) {
			uint8_t *copy = exact_copy(b.bytes, b.len);
			struct igdpt_opregion op;

			copy[i] = values[v];
			if (igdpt_opregion_init(&op, copy, b.len, NULL) == 0) {
				igdpt_opregion_validate(&op, NULL, NULL);
				out.len = sizeof(out.bytes);
				igdpt_opregion_normalise(&op, NULL, out.bytes, &out.len, NULL);
				for (uint32_t c = 1; c <= 8; c++) {
					struct igdpt_opregion_outcome o = { .size = sizeof(o) };

					igdpt_opregion_consumer(&op, c, &o, NULL);
				}
				igdpt_opregion_diff(&op, &op, NULL, NULL);
			}
			free(copy);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opregion");
	TCase *read = tcase_create("read"), *make = tcase_create("build");
	TCase *guest = tcase_create("normalise"), *fields = tcase_create("fields");

	tcase_add_test(read, a_missing_argument_is_refused);
	tcase_add_test(guest, a_copy_with_an_unknown_flag_is_not_made);
	tcase_add_test(read, every_truncation_is_refused_with_its_length);
	tcase_add_test(read, a_cut_extended_vbt_is_reported_at_every_length);
	tcase_add_test(read, a_wrong_signature_is_refused_at_its_first_wrong_byte);
	tcase_add_test(read, size_zero_is_refused_and_16_kib_is_an_error_that_can_be_read);
	tcase_add_test(read, the_version_decides_what_rvda_means);
	tcase_add_test(read, the_revision_does_not_count);
	tcase_add_test(read, rvda_must_lie_after_the_opregion_and_inside_the_input);
	tcase_add_test(read, rvda_and_rvds_count_only_together);
	tcase_add_test(read, rvds_bounds_the_vbt);
	tcase_add_test(read, a_vbt_may_use_the_room_of_mailbox_5_where_that_is_not_offered);
	tcase_add_test(read, the_vbt_is_judged_in_its_place);
	tcase_add_test(read, any_alignment_reads_the_same);
	tcase_add_test(read, damaged_headers_end_with_an_answer);
	suite_add_tcase(suite, read);
	tcase_add_test(make, what_is_built_is_valid_and_gives_the_vbt_back);
	tcase_add_test(make, the_platform_configuration_is_the_callers);
	tcase_add_test(make, a_large_vbt_goes_behind_the_opregion);
	tcase_add_test(make, version_2_0_needs_the_address_for_an_extended_vbt);
	tcase_add_test(make, what_cannot_be_built_is_refused);
	tcase_add_test(make, the_same_input_gives_the_same_bytes);
	suite_add_tcase(suite, make);
	tcase_add_test(guest, no_address_and_no_state_of_the_host_is_left);
	tcase_add_test(guest, bytes_beside_the_vbt_do_not_reach_the_guest);
	tcase_add_test(guest, normalising_twice_changes_nothing);
	tcase_add_test(guest, version_2_0_becomes_2_1_with_the_bytes_that_rvda_led_to);
	tcase_add_test(guest, the_bytes_that_rvda_led_to_may_be_no_vbt);
	tcase_add_test(guest, zeros_behind_rvda_leave_the_vbt_of_mailbox_4);
	tcase_add_test(guest, a_torn_extended_vbt_leaves_that_of_mailbox_4);
	tcase_add_test(guest, an_extended_vbt_brings_mailbox_3);
	tcase_add_test(guest, without_mailbox_3_the_vbt_is_that_of_mailbox_4);
	tcase_add_test(guest, a_broken_vbt_is_not_copied);
	tcase_add_test(guest, the_normaliser_says_what_it_refuses_and_what_it_leaves_out);
	tcase_add_test(guest, options_of_the_guests_copy);
	tcase_add_test(guest, a_checksum_inside_the_bdb_is_not_repaired);
	tcase_add_test(guest, mailbox_2_of_version_3_is_not_software_sci);
	tcase_add_test(guest, the_copy_says_how_much_room_it_needs);
	suite_add_tcase(suite, guest);
	tcase_add_test(fields, the_field_table_covers_the_region_without_gaps);
	tcase_add_test(fields, fields_read_as_firmware_wrote_them);
	tcase_add_test(fields, fields_exist_from_their_first_version_to_their_last);
	tcase_add_test(fields, the_panels_edid_is_in_mailbox_5);
	tcase_add_test(fields, rvda_follows_the_places_that_the_vmm_chose);
	tcase_add_test(fields, without_an_extended_vbt_relocation_changes_nothing);
	tcase_add_test(fields, a_software_sci_is_answered);
	suite_add_tcase(suite, fields);
	return run_suite(suite);
}
