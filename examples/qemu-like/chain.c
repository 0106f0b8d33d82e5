/* SPDX-License-Identifier: MIT */
#include "chain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

#define MIB (UINT64_C(1) << 20)

static void add(struct chain *c, const char *name, bool ok, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void add(struct chain *c, const char *name, bool ok, const char *format, ...)
{
	struct link *l = &c->links[c->link_count];
	va_list args;

	if (c->link_count == sizeof(c->links) / sizeof(c->links[0]))
		return;
	c->link_count++;
	l->name = name;
	l->ok = ok;
	va_start(args, format);
	vsnprintf(l->text, sizeof(l->text), format, args);
	va_end(args);
}

static void judge_device(struct chain *c)
{
	const struct igdpt_platform *p = &c->igd.platform;
	const struct igd_host *h = &c->igd.host;

	add(c, "device", true, "8086:%04" PRIx32 " %s, class 0x%04" PRIx32 ", GGC 0x%04" PRIx32
		": stolen memory %" PRIu64 " MiB, GTT %" PRIu64 " MiB; BDSM register: %s",
		h->device_id, p->title, h->class_code, h->ggc, c->before.dsm_bytes / MIB,
		c->before.gsm_bytes / MIB,
		p->bdsm == IGDPT_BDSM_CFG_C0 ? "0xC0" : p->bdsm == IGDPT_BDSM_CFG_5C ? "0x5C" : "none");
}

/* One line about an OpRegion: version, size, where its VBT is. */
static bool describe(const uint8_t *data, size_t bytes, char *text, size_t room)
{
	static const char *const places[] = { "no VBT", "VBT in mailbox 4", "VBT behind the OpRegion",
		"VBT at an absolute address" };
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	struct igdpt_opregion op;

	if (igdpt_opregion_init(&op, data, bytes, NULL) < 0) {
		snprintf(text, room, "no OpRegion");
		return false;
	}
	igdpt_opregion_find_vbt(&op, &vbt, NULL);
	snprintf(text, room, "version %" PRIu32 ".%" PRIu32 ".%" PRIu32 ", %zu bytes, %s",
		op.version >> 8, op.version & 0xff, op.revision, bytes, places[vbt.source]);
	if (vbt.source != IGDPT_VBT_NONE)
		snprintf(text + strlen(text), room - strlen(text), " at 0x%" PRIx64 ", %" PRIu64
			" bytes", vbt.offset, vbt.bytes ? vbt.bytes : vbt.room);
	return true;
}

static void judge_host(struct chain *c)
{
	char text[160];
	bool ok = describe(c->tables.opregion, c->tables.opregion_bytes, text, sizeof(text));

	add(c, "host OpRegion", ok, "%s; marked ASLS 0x%08" PRIx32 ", BDSM 0x%08" PRIx64, text,
		c->igd.host.asls, c->igd.host.bdsm);
}

static void judge_files(struct chain *c)
{
	uint64_t size = 0;

	for (size_t i = 0; i < sizeof(c->tables.bdsm_size); i++)
		size |= (uint64_t)c->tables.bdsm_size[i] << 8 * i;
	if (c->no_opregion)
		add(c, "fw_cfg", true, "no " IGDPT_FWCFG_OPREGION "; " IGDPT_FWCFG_BDSM_SIZE
			" says %" PRIu64 " MiB", size / MIB);
	else
		add(c, "fw_cfg", size == c->before.dsm_bytes, IGDPT_FWCFG_OPREGION " has %zu bytes; "
			IGDPT_FWCFG_BDSM_SIZE " says %" PRIu64 " MiB",
			c->tables.guest_opregion_bytes, size / MIB);
}

/* What the library's own judgement of device and policies says under a finding number. */
struct opinion {
	uint32_t id;
	char text[256];
};

static void hear(void *user, const struct igdpt_finding *finding)
{
	struct opinion *o = user;

	if (finding->id == o->id)
		igdpt_finding_format(finding, o->text, sizeof(o->text));
}

static const char *opinion(const struct chain *c, uint32_t id, struct opinion *o)
{
	*o = (struct opinion){ .id = id };
	igdpt_pcicfg_check(c->igd.cfg, hear, o);
	return *o->text ? o->text : NULL;
}

/* Why a register is 0: the library's reason if it has one, else what the firmware said. */
static const char *why_unwritten(const struct chain *c, const struct boot *b, uint32_t id,
	struct opinion *o)
{
	if (opinion(c, IGDPT_F_PCICFG_CLASS_0380, o) || opinion(c, id, o))
		return o->text;
	for (size_t i = 0; i < b->fw.said_count; i++) {
		if (strstr(b->fw.said[i], "WARNING"))
			return b->fw.said[i];
	}
	return "the firmware does not say why";
}

static void judge_asls(struct chain *c, const struct boot *b)
{
	uint32_t asls = b->state.asls;
	struct opinion o;

	if (asls == 0)
		add(c, "ASLS", false, "register 0xFC is 0: %s",
			c->no_opregion ? "guest firmware found no " IGDPT_FWCFG_OPREGION
				       : why_unwritten(c, b, IGDPT_F_PCICFG_NO_ASLS, &o));
	else if (!(b->state.complete & IGDPT_EVENT_ASLS))
		add(c, "ASLS", false, "0x%08" PRIx32 ", but the guest did not write it", asls);
	else
		add(c, "ASLS", asls % 0x1000 == 0, "firmware wrote 0x%08" PRIx32 " to 0xFC%s", asls,
			asls % 0x1000 ? ", not page aligned" : "");
}

static void judge_copy(struct chain *c, const struct boot *b)
{
	size_t bytes = c->tables.guest_opregion_bytes, equal = 0;
	struct igdpt_opregion_vbt vbt = { .size = sizeof(vbt) };
	struct igdpt_opregion op;
	char text[160];

	if (!b->readable) {
		add(c, "guest copy", false, "ASLS does not lead to guest memory");
		return;
	}
	while (equal < bytes && b->opregion[equal] == c->tables.guest_opregion[equal])
		equal++;
	if (equal < bytes) {
		add(c, "guest copy", false, "differs from the file at 0x%zx", equal);
		return;
	}
	describe(b->opregion, bytes, text, sizeof(text));
	add(c, "guest copy", igdpt_opregion_init(&op, b->opregion, bytes, NULL) == 0 &&
		igdpt_opregion_find_vbt(&op, &vbt, NULL) == 0 && vbt.source != IGDPT_VBT_RVDA_ABSOLUTE,
		"all %zu bytes equal the file: %s", bytes, text);
}

static void judge_bdsm(struct chain *c, const struct boot *b)
{
	bool bridged = b->state.complete & IGDPT_EVENT_BRIDGED;
	struct opinion o;

	if (c->before.dsm_bytes == 0)
		add(c, "BDSM", b->state.bdsm == 0, "0x%08" PRIx64 ": the device has no stolen memory",
			b->state.bdsm);
	else if (b->state.bdsm)
		add(c, "BDSM", b->state.bdsm % MIB == 0, "firmware wrote 0x%08" PRIx64 " to 0x5C%s%s",
			b->state.bdsm, bridged ? ", carried over to 0xC0" : "",
			b->state.bdsm % MIB ? ", not 1 MiB aligned" : "");
	else
		add(c, "BDSM", false, "the register is 0: %s",
			why_unwritten(c, b, IGDPT_F_PCICFG_BRIDGE_OFF, &o));
}

static void judge_range(struct chain *c, const struct boot *b, const char *name, uint64_t start,
	uint64_t bytes)
{
	const struct e820_entry *e;

	if (firmware_reserves(&b->fw, start, bytes, &e))
		add(c, name, true, "0x%08" PRIx64 "-0x%08" PRIx64 " lies in reserved 0x%08" PRIx64
			"-0x%08" PRIx64, start, start + bytes - 1, e->start, e->end - 1);
	else
		add(c, name, false, "0x%08" PRIx64 "-0x%08" PRIx64
			" is not reserved: the guest's kernel will use it", start, start + bytes - 1);
}

/* What a guest driver reads must be what firmware wrote, where the platform has the register. */
static void judge_driver(struct chain *c, const struct boot *b)
{
	uint64_t asls = igd_read(&c->igd, IGDPT_CFG_ASLS, 4), bdsm = 0;

	if (c->igd.platform.bdsm == IGDPT_BDSM_CFG_C0)
		bdsm = igd_read(&c->igd, IGDPT_CFG_BDSM64, 8);
	else if (c->igd.platform.bdsm == IGDPT_BDSM_CFG_5C)
		bdsm = igd_read(&c->igd, IGDPT_CFG_BDSM, 4);
	bdsm &= ~(MIB - 1);
	add(c, "guest driver", asls == b->state.asls && bdsm == b->state.bdsm,
		"reads ASLS 0x%08" PRIx64 ", BDSM 0x%08" PRIx64 ", GGC 0x%04" PRIx64, asls, bdsm,
		igd_read(&c->igd, IGDPT_CFG_GGC, 2));
}

static void judge_boot(struct chain *c, const struct boot *b)
{
	add(c, "firmware", true, "SeaBIOS %s, the device over %s", b->fw.version,
		vm_transport_name(c->transport));
	judge_asls(c, b);
	if (b->state.asls) {
		judge_copy(c, b);
		judge_range(c, b, "e820 OpRegion", b->state.asls, c->tables.guest_opregion_bytes);
	}
	judge_bdsm(c, b);
	if (b->state.bdsm)
		judge_range(c, b, "e820 stolen", b->state.bdsm, c->before.dsm_bytes);
}

static void judge_isolation(struct chain *c)
{
	const struct igd *igd = &c->igd;

	add(c, "host addresses", c->leaks_before == 0 && c->leaks_after == 0,
		"%u of 1024 guest reads show one before firmware, %u after", c->leaks_before,
		c->leaks_after);
	add(c, "hardware", igd->touched == 0, "%u guest writes reached GGC, BDSM, ASLS or SWSCI of the "
		"host", igd->touched);
}

void chain_judge(struct chain *c)
{
	judge_device(c);
	judge_host(c);
	judge_files(c);
	for (size_t i = 0; i < c->boot_count; i++) {
		if (i)
			add(c, "reset", c->igd.stale == 0, "%s", c->igd.stale
				? "an address of the guest before was still there"
				: "both registers read 0 again");
		judge_boot(c, &c->boots[i]);
	}
	if (c->failure)
		add(c, "firmware", false, "%s", c->failure);
	else
		judge_driver(c, &c->boots[c->boot_count - 1]);
	judge_isolation(c);
}

const struct link *chain_broken(const struct chain *c)
{
	for (size_t i = 0; i < c->link_count; i++) {
		if (!c->links[i].ok)
			return &c->links[i];
	}
	return NULL;
}

void chain_print(const struct chain *c)
{
	const struct link *broken = chain_broken(c);

	for (size_t i = 0; i < c->link_count; i++)
		printf("%-3s %-14s  %s\n", c->links[i].ok ? "ok" : "NO", c->links[i].name,
			c->links[i].text);
	if (broken)
		printf("The chain is broken at: %s: %s.\n", broken->name, broken->text);
	else
		printf("The chain holds: the guest finds the OpRegion%s.\n",
			c->before.dsm_bytes ? " and its stolen memory" : "");
}

static void json_boot(struct json *j, const struct chain *c, const struct boot *b)
{
	json_begin_object(j, NULL);
	json_string(j, "firmware", b->fw.version);
	json_hex(j, "asls", b->state.asls);
	json_hex(j, "bdsm", b->state.bdsm);
	json_bool(j, "bridged", b->state.complete & IGDPT_EVENT_BRIDGED);
	json_bool(j, "copy_equal", b->readable && memcmp(b->opregion, c->tables.guest_opregion,
		c->tables.guest_opregion_bytes) == 0);
	json_begin_array(j, "said");
	for (size_t i = 0; i < b->fw.said_count; i++)
		json_string(j, NULL, b->fw.said[i]);
	json_end_array(j);
	json_begin_array(j, "e820");
	for (size_t i = 0; i < b->fw.e820_count; i++) {
		json_begin_object(j, NULL);
		json_hex(j, "start", b->fw.e820[i].start);
		json_hex(j, "end", b->fw.e820[i].end);
		json_unsigned(j, "type", b->fw.e820[i].type);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

static void json_links(struct json *j, const struct chain *c)
{
	const struct link *broken = chain_broken(c);

	json_begin_array(j, "links");
	for (size_t i = 0; i < c->link_count; i++) {
		json_begin_object(j, NULL);
		json_string(j, "name", c->links[i].name);
		json_bool(j, "ok", c->links[i].ok);
		json_string(j, "text", c->links[i].text);
		json_end_object(j);
	}
	json_end_array(j);
	json_bool(j, "holds", !broken);
	if (broken)
		json_string(j, "broken", broken->name);
	else
		json_null(j, "broken");
}

void chain_print_json(const struct chain *c)
{
	struct json j = { .out = stdout };

	json_begin_object(&j, NULL);
	json_hex(&j, "device_id", c->igd.host.device_id);
	json_string(&j, "platform", c->igd.platform.name);
	json_unsigned(&j, "dsm_bytes", c->before.dsm_bytes);
	json_unsigned(&j, "opregion_bytes", c->tables.guest_opregion_bytes);
	json_begin_array(&j, "boots");
	for (size_t i = 0; i < c->boot_count; i++)
		json_boot(&j, c, &c->boots[i]);
	json_end_array(&j);
	json_unsigned(&j, "leaks_before", c->leaks_before);
	json_unsigned(&j, "leaks_after", c->leaks_after);
	json_unsigned(&j, "hardware_writes", c->igd.touched);
	json_unsigned(&j, "resets", c->igd.resets);
	json_unsigned(&j, "stale_resets", c->igd.stale);
	json_links(&j, c);
	json_end_object(&j);
	putchar('\n');
}
