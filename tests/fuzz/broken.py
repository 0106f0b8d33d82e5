#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The fuzz targets can fail: wrong copies of the library, each of which a target must notice.

    broken.py [--build DIR] [--jobs N] [TARGET...]

Builds a copy of the sources with clang's sanitizers, changes one place at a time, and runs the
committed corpus of one target. A broken promise or a sanitizer's report is what it takes: another
way to end, or none, is a failure, and so is a place that is not there any more. DIR is a configured
build. Prints TAP.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CORPUS = TOP / "tests" / "fuzz" / "corpus"
FLAGS = ("-g1 -O1 -w -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all "
         "-DHAVE_CONFIG_H -D_GNU_SOURCE -Iinclude -Ilib -Itools").split()
NOTICED = re.compile(r"broken promise: .*|ERROR: AddressSanitizer: [\w-]+|runtime error: .*")

# The target, what is wrong, where, the text and what becomes of it.
WRONG = [
    # ---- A view never lies outside the buffer ------------------------------------------------
    ("dmar", "a structure may end behind the table", "lib/dmar.c",
     "if (!span_ok(dmar->len, at, s->length))", "if (0)"),
    ("dmar", "a scope may end behind its structure", "lib/dmar.c", "if (p[1] > room)", "if (p[1] > room + 64)"),
    ("dmar", "a name is as long as its structure", "lib/dmar.c",
     "nul ? (uint32_t)(nul - name) : s->length - types[IGDPT_DMAR_ANDD].fixed;", "s->length;"),
    ("dmar", "a table may be longer than its bytes", "lib/dmar.c", "if (length > len)", "if (length > len + 4096)"),
    ("fwcfg", "a directory is written without room for it", "lib/fwcfg.c", "need = 4 + (size_t)ENTRY_BYTES * slots;",
     "need = 4;"),
    ("log", "what is captured is longer than the line", "tools/log-match.c", "{ m->line + at, n };",
     "{ m->line + at, n + 64 };"),
    ("log", "a run of characters goes on behind the line", "tools/log-match.c", "at + n < m->len && member",
     "member"),
    ("lspci", "libpci gets an offset that it takes for a negative one", "lib/host/libpci.c", "negative && c == ':'",
     "0 && c == ':'"),
    ("lspci", "a row of a dump may lie behind config space", "tools/doctor-facts.c", "at % 16 || at >= 4096",
     "at % 16"),
    ("opregion", "an extended VBT may end behind the bytes", "lib/opregion.c",
     "out->room = op->rvds < left ? op->rvds : left;", "out->room = op->rvds;"),
    ("opregion", "the VBT of mailbox 4 may reach into what follows", "lib/opregion.c",
     "out->room = mailbox4_room(op->mboxes);", "out->room = 0x8000;"),
    ("opregion", "an EDID has as many blocks as are said", "lib/opregion.c", "if (blocks > EDID_ROOM)", "if (0)"),
    ("opregion", "an RVDA past the end is followed", "lib/opregion.c", "if (op->rvda >= op->len) {", "if (0) {"),
    ("pcicfg", "accesses may begin behind config space", "lib/pcicfg.c",
     "return width - 1 < 8 && offset <= PCIE_CONFIG_BYTES - width;", "return width - 1 < 8;"),
    ("rmrr", "a VFIO capability has as many ranges as it says", "lib/rmrr-parse.c",
     "if (len < need)\n\t\treturn igdpt_priv_fail(why, IGDPT_F_RMRR_TRUNCATED, len, len, need);", ""),
    ("rmrr", "iommufd's ranges may end in the middle", "lib/rmrr-parse.c", "if (len % IOVA_PAIR)", "if (0)"),
    ("rmrr", "a number goes on behind its line", "lib/rmrr-parse.c",
     "while (line->at < line->len && (d = digit", "while ((d = digit"),
    ("rom", "an image may end behind the ROM", "lib/rom.c", "if (*bytes > rest->len)", "if (0)"),
    ("rom", "a PCIR may lie behind its image", "lib/rom.c", "if (!span_ok(*bytes, pcir, PCIR_MIN))", "if (0)"),
    ("rom", "the cached BDSM may lie behind its image", "lib/rom.c", "span_ok(v->len, at, 4) &&\n", "\n"),
    ("rom", "a VBT of an image may end behind it", "lib/rom.c",
     "image->vbt_bytes = (uint32_t)vbt.len;", "image->vbt_bytes = (uint32_t)vbt.len + 512;"),
    ("vbt", "a block may end behind the table", "lib/vbt.c", "if (!span_ok(vbt->len, offset, bytes))",
     "if (!span_ok(vbt->len + 4096, offset, bytes))"),
    ("vbt", "the BDB may lie behind the table", "lib/vbt.c",
     "if (!span_ok(vbt->len, vbt->bdb_offset, BDB_HEADER))", "if (0)"),
    ("vbt", "a child may end behind its block", "lib/vbt.c",
     "if (child_size < CHILD_DDC_PIN + 1 || !span_ok(block.bytes, at, child_size))", "if (slot > 300)"),
    ("vbt", "an operation may end behind its sequence", "lib/vbt-mipi.c", "if (!span_ok(m->end, at, m->bytes))",
     "if (0)"),
    ("vbt", "a panel's timing may end behind its block", "lib/vbt-panel.c",
     "if (data->bytes < PANELS * entry)", "if (0)"),
    ("vbt", "a panel's name may end behind its block", "lib/vbt-panel.c",
     "!span_ok(data->bytes, offset - data->offset, PANELS * NAME_BYTES))", "0)"),
    ("vbt", "a field may lie behind its block", "lib/vbt-fields.c", "if (!span_ok(base->bytes, first, count))",
     "if (!span_ok(vbt->len, first, count))"),
    ("vbt", "a table may be longer than its bytes", "lib/vbt.c", "if (vbt->len > len)", "if (0)"),
    ("vbt", "a span forgets its length", "lib/bytes.h", "return off <= len && n <= len - off;", "return off <= len;"),
    ("vm", "a word of a command line may be of any length", "tools/vm-qemu.c", "n < TOKEN_MAX - 1 && c", "c"),
    ("vm", "text of an element is not cut", "tools/xml.c",
     "snprintf(value, room, \"%.*s\", (int)(len < room ? len : room - 1), p);",
     "memcpy(value, p, len);\n\tvalue[len] = '\\0';"),
    # ---- The validator and the reader agree --------------------------------------------------
    ("dmar", "the validator does not tell where the walk breaks", "lib/dmar.c",
     "if (rc < 0)\n\t\tigdpt_priv_report(&j->report, why.id, why.offset, why.value, why.want);\n\tif (!j->has_drhd)",
     "if (!j->has_drhd)"),
    ("dmar", "more reservations than there is room for are passed over", "lib/dmar.c", "if (j->rmrrs > j->room)",
     "if (0)"),
    ("fwcfg", "two files of one name pass", "lib/fwcfg.c", "if (by_name(&files[i - 1], &files[i]) == 0)", "if (0)"),
    ("fwcfg", "a name without room for its end passes", "lib/fwcfg.c", "IGDPT_FWCFG_NAME_MAX + 1);",
     "IGDPT_FWCFG_NAME_MAX + 2);"),
    ("opregion", "i915 finds a VBT in mailbox 4 that the reader does not", "lib/opregion-consumer.c",
     "if (wanted && !rvda_leads_on(op, r, o))", "if (wanted)"),
    ("opregion", "the copy has the VBT that i915 does not look for", "lib/opregion-normalise.c",
     "if (mailbox4 && rvda_kind(op) != RVDA_NONE && !(op->mboxes & IGDPT_MBOX_ASLE))", "if (0)"),
    ("rom", "the check does not tell where the walk breaks", "lib/rom.c",
     "if (rc < 0)\n\t\tigdpt_priv_report(&report, why.id, why.offset, why.value, why.want);", ""),
    ("vbt", "the validator does not tell where the chain breaks", "lib/vbt-validate.c",
     "if (rc < 0)\n\t\ttell(j, why.id, why.offset, why.value, why.want);\n\telse if (j->end > bdb_end)",
     "if (j->end > bdb_end)"),
    ("vbt", "what igdpt_vbt_find() finds is no table", "lib/vbt-repair.c",
     "igdpt_vbt_init(&view, p + at, len - (size_t)at, NULL) < 0)", "0)"),
    ("vbt", "a table differs from another but not the other from it", "lib/vbt-compare.c",
     "if (d.present == 3 && d.a == d.b)", "if (d.present == 3 && d.a >= d.b)"),
    ("log", "a string counts once a log", "tools/log-scan.c", "if (!report->hits[i].count++)",
     "if (report->hits[i].count)\n\t\t\tcontinue;\n\t\tif (!report->hits[i].count++)"),
    ("log", "a match depends on who asks for captures", "tools/log-match.c", "if (captures)\n",
     "if (!captures)\n\t\treturn false;\n\tif (captures)\n"),
    ("log", "a line that has a string ends in the middle of it", "tools/log-match.c", "if (captures)\n",
     "if (cut)\n\t\t*cut = true;\n\tif (captures)\n"),
    ("log", "lines are not counted", "tools/log-scan.c", "report->lines += fresh;", ""),
    ("rmrr", "a merged region is from nowhere", "lib/rmrr-merge.c", "r.sources = witnesses(m, &r);", "r.sources = 0;"),
    ("plan", "the check counts more than it tells", "lib/plan.c", "check_dsm(&p, &platform, &report);",
     "check_dsm(&p, &platform, &report);\n\treport.errors++;"),
    ("ranges", "the search by the index passes over a hole", "lib/ranges.c",
     "lasts[group] = set->ranges[group_end(group * FAN, set->count) - 1].last;",
     "lasts[group] = set->ranges[group_end(group * FAN, set->count) - 1].first;"),
    ("vm", "a VM has an IGD but does not say so", "tools/vm-pve.c",
     'leaves it out)");\n\treturn vm->igd;', 'leaves it out)");\n\treturn vm->legacy_igd;'),
    ("vm", "what has an IGD is no configuration", "tools/vm-pve.c", "vm->known |= is_key(line);", ""),
    # ---- Doing it again changes nothing ------------------------------------------------------
    ("opregion", "a second normalisation sees another version", "lib/opregion-normalise.c",
     "put_le16(p + IGDPT_OPF_OVER + 2, VERSION_RELATIVE);", "put_le16(p + IGDPT_OPF_OVER + 2, 0x0200);"),
    ("opregion", "normalising counts how often it was done", "lib/opregion-normalise.c",
     "memcpy(p, c->op->data, IGDPT_OPREGION_BYTES);",
     "memcpy(p, c->op->data, IGDPT_OPREGION_BYTES);\n\tp[IGDPT_OPF_PCON]++;"),
    ("opregion", "a VBT that shares the checksum's byte is repaired", "lib/opregion-normalise.c",
     "rc = check_repair(&c, why);", "rc = 0;"),
    ("opregion", "a software SCI is answered twice", "lib/opregion-normalise.c",
     "put_le32(p + IGDPT_OPF_SCIC, query ? SCIC_EXIT_SUCCESS : 0);", "if (query)\n\t\treturn query;"),
    ("rom", "a patched image still has the variable", "lib/rom.c", "put_le32(p + image->bdsm, 0);",
     "put_le32(p + image->bdsm, image->bdsm_value + 1);"),
    ("rom", "a patch leaves the checksum wrong", "lib/rom.c",
     "p[HEADER_CHECKSUM] = (uint8_t)(p[HEADER_CHECKSUM] - byte_sum(p, summed(&v)));", ""),
    ("rom", "a patch changes a byte that it should not", "lib/rom.c", "put_le32(p + image->bdsm, 0);",
     "put_le64(p + image->bdsm, 0);"),
    ("vbt", "a repaired table has another size each time", "lib/vbt-repair.c",
     "put_le16(p + vbt.bdb_offset + BDB_SIZE, (uint16_t)bdb_size);",
     "put_le16(p + vbt.bdb_offset + BDB_SIZE, (uint16_t)(bdb_size / 2));"),
    ("vbt", "a repaired table has no checksum", "lib/vbt-repair.c",
     "p[VBT_CHECKSUM] = (uint8_t)-byte_sum(p, vbt.len);", ""),
    ("vm", "a reader remembers the last text", "tools/vm.c", "uint32_t version = vm_version(name);",
     "static uint32_t calls;\n\tuint32_t version = vm_version(name) + calls++;"),
    ("vm", "a place that is none has bytes of the stack", "tools/vm.c",
     "snprintf(vm->bus, sizeof(vm->bus), \"%s\", vm->on_root_bus ? \"\" : bus);",
     "memcpy(vm->bus, (char *)&bus, sizeof(bus));\n\tvm->bus[8] = (char)(uintptr_t)malloc(8);"),
    # ---- Saving and restoring is the identity ------------------------------------------------
    ("pcicfg", "the software SCI register is not saved", "lib/pcicfg-save.c",
     "put_le16(p + 32, (uint16_t)(swsci->width ? reg_get(cfg, swsci) : 0));", "put_le16(p + 32, 0);"),
    ("pcicfg", "which bytes were written is not restored", "lib/pcicfg-save.c",
     "r->written = bits_of_bytes(written) & r->mask;", "r->written = 0;"),
    ("pcicfg", "0xF0 does not follow a restored BDSM", "lib/pcicfg-save.c",
     "restore_complete(cfg, get_le32(p + 20));\n\tupdate_f0(cfg);",
     "restore_complete(cfg, get_le32(p + 20));"),
    ("pcicfg", "a refused state resets the device", "lib/pcicfg-save.c",
     "int rc = check_state(cfg, p, len, why);\n\n\tif (rc)", "int rc = check_state(cfg, p, len, why);\n\n"
     "\tif (rc)\n\t\tigdpt_pcicfg_reset(cfg);\n\tif (rc)"),
    ("pcicfg", "a restored register has bits that no guest can write", "lib/pcicfg-save.c",
     "(r->initial & ~r->writable) | (value & r->writable));", "value);"),
    ("pcicfg", "a state of other policies is taken", "lib/pcicfg-save.c", "if (get_le32(p + 12) != fingerprint(cfg))",
     "if (0)"),
    # ---- No value of the host can be read by the guest ---------------------------------------
    ("pcicfg", "ASLS is the host's after reset", "lib/pcicfg-init.c", "presets(policy) ? asls : 0,",
     "presets(policy) ? asls : cfg->host.asls,"),
    ("pcicfg", "ASLS keeps the host's page offset unasked", "lib/pcicfg.c",
     "if (event == IGDPT_EVENT_ASLS && (cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS))",
     "if (event == IGDPT_EVENT_ASLS)"),
    ("pcicfg", "a preset ASLS gets the host's page offset unasked", "lib/pcicfg-init.c",
     "if (cfg->opts.flags & IGDPT_PCICFG_KEEP_LOW_BITS)\n\t\tasls =", "if (1)\n\t\tasls ="),
    ("pcicfg", "BDSM keeps the host's low bits unasked", "lib/pcicfg-init.c",
     "uint64_t initial = low ? cfg->host.bdsm_low : 0;",
     "uint64_t initial = cfg->host.bdsm_low;"),
    ("pcicfg", "a hidden register is the host's", "lib/pcicfg-init.c",
     "memset(cfg->emulated + offset, 0xff, width);",
     "if (policy != IGDPT_REG_HIDE)\n\t\tmemset(cfg->emulated + offset, 0xff, width);"),
    ("pcicfg", "the last byte of a register is the host's", "lib/pcicfg-init.c",
     "memset(cfg->emulated + offset, 0xff, width);", "memset(cfg->emulated + offset, 0xff, width - 1);"),
    ("pcicfg", "0xF0 is the host's", "lib/pcicfg-init.c",
     "add_reg(cfg, VREG_F0, IGDPT_CFG_F0, 8, cfg->opts.f0_policy, 0, 0);", ""),
    ("pcicfg", "an unknown device shows 0xC0", "lib/pcicfg-init.c",
     "add_reg(cfg, VREG_HIDDEN, IGDPT_CFG_BDSM64, 8, IGDPT_REG_HIDE, 0, 0);", ""),
    ("pcicfg", "TOLUD shows where the host's memory ends", "lib/mmio.c",
     "*move = (struct pcicfg_move){ 0, cfg->dsm_bytes };", "*move = (struct pcicfg_move){ 0, cfg->host.bdsm };"),
    ("pcicfg", "an unknown device shows 0xF0", "lib/pcicfg-init.c",
     "if (!cfg->platform.gen && cfg->opts.f0_policy != IGDPT_REG_HOST)", "if (0)"),
    ("pcicfg", "a mirror in BAR0 shows its high half", "lib/mmio.c",
     "slot->ours = ~mirror_hw_bits(cfg, m) & width_mask(width);",
     "slot->ours = ~mirror_hw_bits(cfg, m) & width_mask(width / 2);"),
    ("pcicfg", "an access that begins before a mirror shows it", "lib/mmio.c",
     "bar == 0 && last - m->offset < m->width + width - 1 ? m : NULL;",
     "bar == 0 && offset - m->offset < m->width ? m : NULL;"),
    ("pcicfg", "a mirror shows through the ports of BAR4", "lib/mmio.c",
     "data = mirrored(cfg, m, port_target(cfg), data) & UINT32_MAX;", ";"),
    ("pcicfg", "the ports of BAR4 show what an index that nobody knows selects", "lib/mmio.c",
     "if (cfg->mmio.bar4_known != INDEX_KNOWN)\n\t\tdata = 0;\n\telse if (m)", "if (m)"),
    ("opregion", "the host's buffer stays in FDSP", "lib/opregion-normalise.c",
     "put_le32(p + IGDPT_OPF_SIZE, OPREGION_KIB);",
     "put_le32(p + IGDPT_OPF_SIZE, OPREGION_KIB);\n"
     "\tput_le32(p + IGDPT_OPF_FDSP, get_le32(c->op->data + IGDPT_OPF_FDSP));"),
    ("opregion", "the room of mailbox 5 is copied", "lib/opregion-normalise.c",
     "if (!(c->op->mboxes & IGDPT_MBOX_ASLE_EXT))", "if (0)"),
    ("opregion", "the host's state is copied", "lib/opregion-normalise.c",
     "return !(c->opts.flags & IGDPT_NORMALISE_KEEP_STATE);", "return false;"),
    ("opregion", "the validator passes over the host's buffer", "lib/opregion-check.c", "if (fdss)", "if (0)"),
    ("fwcfg", "an address of the host in a guest's file passes", "lib/fwcfg.c",
     "\tcase IGDPT_F_RVDA_ABSOLUTE:\n\tcase IGDPT_F_HOST_BUFFER:", "\tcase IGDPT_F_RVDA_ABSOLUTE:"),
    # ---- What was encoded decodes as itself --------------------------------------------------
    ("dmar", "an RMRR ends one byte early", "lib/dmar.c", "put_le64(header + 16, rmrr->end);",
     "put_le64(header + 16, rmrr->end - 1);"),
    ("dmar", "a scope has no bus", "lib/dmar.c", "header[5] = (uint8_t)scope->bus;", ""),
    ("dmar", "a scope's path is cut", "lib/dmar.c", "put(w, scope->path, 2 * (uint64_t)scope->path_count);",
     "put(w, scope->path, 2);\n\tput(w, \"\\0\\0\", 2 * ((uint64_t)scope->path_count - 1));"),
    ("dmar", "a structure behind the RMRRs is lost", "lib/dmar.c",
     "put_structures(w, o->from, IGDPT_DMAR_ATSR, UINT32_MAX, why);",
     "put_structures(w, o->from, IGDPT_DMAR_RHSA, UINT32_MAX, why);"),
    ("dmar", "a segment is written as its low byte", "lib/dmar.c", "put_le16(header + 6, (uint16_t)rmrr->segment);",
     "put_le16(header + 6, (uint8_t)rmrr->segment);"),
    ("dmar", "a built table has no checksum", "lib/dmar.c",
     "w.out[TABLE_CHECKSUM] = (uint8_t)-byte_sum(w.out, (size_t)w.used);", ""),
    ("fwcfg", "selectors begin one too high", "lib/fwcfg.c", "(uint32_t)(IGDPT_FWCFG_KEY_FIRST + i);",
     "(uint32_t)(IGDPT_FWCFG_KEY_FIRST + i + 1);"),
    ("fwcfg", "sizes are little-endian", "lib/fwcfg.c", "put_be32(p, (uint32_t)files[i].bytes);",
     "put_le32(p, (uint32_t)files[i].bytes);"),
    ("fwcfg", "files stay in the order in which they came", "lib/fwcfg.c",
     "igdpt_priv_sort(files, count, sizeof(*files), is_before);", ""),
    ("lspci", "a row's last byte is lost", "tools/doctor-facts.c", "for (size_t i = 0; i < 16; i++) {\n\t\tchar *end;",
     "for (size_t i = 0; i < 15; i++) {\n\t\tchar *end;"),
    ("lspci", "bytes of a row change places", "tools/doctor-facts.c", "config[at + i] = (uint8_t)byte;",
     "config[at + (i ^ 1)] = (uint8_t)byte;"),
    ("lspci", "libpci's reader asks for 64 bytes only", "lib/host/libpci.c", "int lengths[] = { 4096, 256, 64 };",
     "int lengths[] = { 64, 64, 64 };"),
    ("lspci", "libpci's reader says that it read more", "lib/host/libpci.c",
     "*r->len = (size_t)lengths[i];\n\t\treturn 0;",
     "*r->len = (size_t)lengths[i] + 1;\n\t\treturn 0;"),
    ("lspci", "a device that is no display counts", "tools/doctor-facts.c",
     "if (silent || d->vendor != 0x8086 || d->class_code >> 16 != 3)", "if (0)"),
    ("opregion", "half of a VBT is built in", "lib/opregion-build.c",
     "memcpy(p + IGDPT_OPREGION_VBT, plan->vbt.data, plan->vbt.len);",
     "memcpy(p + IGDPT_OPREGION_VBT, plan->vbt.data, plan->vbt.len / 2);"),
    ("opregion", "RVDA of a built OpRegion leads to its second half", "lib/opregion-build.c",
     "uint64_t rvda = IGDPT_OPREGION_BYTES;", "uint64_t rvda = IGDPT_OPREGION_BYTES / 2;"),
    ("opregion", "relocating writes RVDS too", "lib/opregion-normalise.c",
     "op.version == RVDA_ABSOLUTE ? vbt_address : vbt_address - address);",
     "op.version == RVDA_ABSOLUTE ? vbt_address : vbt_address - address);\n\t((uint8_t *)data)[IGDPT_OPF_RVDS]++;"),
    ("rmrr", "a line's last address is one too low", "lib/rmrr-parse.c",
     "r->type = rest(line, words, IGDPT_RMRR_OTHER);",
     "r->type = rest(line, words, IGDPT_RMRR_OTHER);\n\tr->last &= ~(uint64_t)1;"),
    ("rmrr", "a relaxable region reads as a direct one", "lib/rmrr-parse.c",
     "{ \"direct-relaxable\", IGDPT_RMRR_RELAXABLE }",
     "{ \"direct-relaxable\", IGDPT_RMRR_DIRECT }"),
    ("vbt", "a port's DDC pin is lost", "lib/vbt-build.c", "child[CHILD_DDC_PIN] = (uint8_t)port->ddc_pin;", ""),
    ("vbt", "a built table has the size of its BDB", "lib/vbt-build.c",
     "put_le16(w->p + VBT_SIZE, (uint16_t)w->used);", "put_le16(w->p + VBT_SIZE, (uint16_t)(w->used - VBT_HEADER));"),
    ("vbt", "a value is wider than its field", "lib/vbt-fields.c",
     "*value = v >> (bit % 8) & ((UINT64_C(1) << bits) - 1);", "*value = v >> (bit % 8);"),
    # ---- What else the headers promise -------------------------------------------------------
    ("dmar", "a device is sought in segment 0", "lib/dmar.c", "*address = segment << 16 | bus << 8",
     "*address = bus << 8"),
    ("pcicfg", "an access is not what its bytes are", "lib/pcicfg.c",
     "(hw & ~emulated);\n\t}\n\t*value = hw & width_mask(width);",
     "(hw & ~emulated);\n\t}\n\t*value = width == 4 ? hw & 0x7fffffff : hw & width_mask(width);"),
    ("pcicfg", "a write of two bytes writes one", "lib/pcicfg.c",
     "\tmask = width_mask(width);\n\tmasked_store", "\tmask = width == 2 ? 0xff : width_mask(width);\n\tmasked_store"),
    ("pcicfg", "hardware is asked for less than is shown", "lib/pcicfg.c",
     "return byte_bits(~get_le64(cfg->emulated + offset) & width_mask(width));",
     "return byte_bits(~get_le64(cfg->emulated + offset) & width_mask(width - 1));"),
    ("plan", "a block may lie in memory that is taken", "lib/plan.c",
     "const struct igdpt_ranges *taken = p->o.taken ? p->o.taken : &nothing;",
     "const struct igdpt_ranges *taken = &nothing;"),
    ("plan", "a block may lie at the reset vector", "lib/plan.c", "last < FIXED_FIRST ? last : FIXED_FIRST - 1",
     "last"),
    ("plan", "stolen memory begins on any page", "lib/plan.c",
     "if (!highest(p, ram(p), p->plan.dsm_bytes, MIB, &first))",
     "if (!highest(p, ram(p), p->plan.dsm_bytes, PAGE_SIZE_4K, &first))"),
    ("plan", "two blocks may share a place", "lib/plan.c", "if (!hit)\n\t\t\treturn true;", "return true;"),
    ("plan", "the VBT may lie below the OpRegion", "lib/plan.c", "w.last = vbt->first - 1;", ""),
    ("plan", "stolen memory always comes last", "lib/plan.c",
     "\t\t{ place_vbt, place_dsm, place_opregion },\n\t\t{ place_dsm, place_vbt, place_opregion },\n", ""),
    ("plan", "stolen memory never comes first", "lib/plan.c", "\t\t{ place_dsm, place_vbt, place_opregion },\n", ""),
    ("plan", "the map calls a block RAM", "lib/plan.c", "map_add(m, s.first, s.end, s.type);",
     "map_add(m, s.first, s.end, IGDPT_E820_RAM);"),
    ("plan", "identity may hit what is taken", "lib/plan.c", "if (!igdpt_ranges_overlap(o->taken, first, last, &hit))",
     "if (1)"),
    ("plan", "the map has RAM twice", "lib/plan.c", "at = s.end;",
     "at = s.end;\n\t\tif (s.end == end && first)\n\t\t\tmap_add(m, first, end, IGDPT_E820_NVS);"),
    ("ranges", "what touches is not joined", "lib/ranges.c", "bool touches = o->used && first == o->next;",
     "bool touches = false;"),
    ("ranges", "an intersection is what only the first has", "lib/ranges.c",
     "return in_a && in_b == (op == IGDPT_RANGES_INTERSECT);", "return in_a && !in_b;"),
    ("ranges", "a place ends one byte into a range", "lib/ranges.c",
     "best = last < r[end - 1].first ? last : best;", "best = last <= r[end - 1].first ? last : best;"),
    ("ranges", "the highest place begins one byte too high", "lib/ranges.c",
     "if (!hole || r[hole - 1].last < at) {", "if (!hole || r[hole - 1].last <= at) {"),
    ("ranges", "an overlap by one byte is none", "lib/ranges.c",
     "return set->ranges[i].first <= last;\n}\n\n/* A request",
     "return set->ranges[i].first < last;\n}\n\n/* A request"),
    ("ranges", "a preferred place that is taken is given", "lib/ranges.c",
     "first <= s->highest && !(first & (s->align - 1)) &&\n"
     "\t\t!igdpt_ranges_overlap(s->set, first, first + s->span, NULL);",
     "first <= s->highest && !(first & (s->align - 1));"),
    ("rmrr", "the map gives RAM what must be kept", "lib/rmrr-resolve.c",
     ".type = is_kept ? IGDPT_RMRR_RESERVED : IGDPT_RMRR_RAM };", ".type = IGDPT_RMRR_RAM };"),
    ("rmrr", "what low RAM loses is lost", "lib/rmrr-resolve.c",
     "__builtin_add_overflow(high, l->moved, &l->high_end)", "__builtin_add_overflow(high, 0, &l->high_end)"),
    ("rmrr", "a conflict passes under the strict policy", "lib/rmrr-resolve.c",
     "v.layout.conflicts && v.opts.policy == IGDPT_RMRR_STRICT", "v.layout.conflicts > 1000"),
    ("rom", "an image is skipped", "lib/rom.c", "known.offset = image->bytes ? image->offset + image->bytes : 0;",
     "known.offset = image->bytes ? image->offset + image->bytes + 512 : 0;"),
    ("vm", "a function above 7 has a place", "tools/vm.c", "if (end == text || function > 7)", "if (end == text)"),
    ("vm", "a slot above 31 has a place", "tools/vm-libvirt.c",
     "if (!number(x, \"slot\", &slot) || slot > 31)\n\t\treturn;\n\tnumber(x, \"bus\"",
     "if (!number(x, \"slot\", &slot))\n\t\treturn;\n\tnumber(x, \"bus\""),
]


def sources(target):
    """A target's own sources, as the makefile has them."""
    text = (TOP / "tests" / "fuzz" / "local.mk").read_text(encoding="utf-8").replace("\\\n", " ")
    listed = re.search(rf"^tests_fuzz_fuzz_{target}_SOURCES = (.*)$", text, re.M).group(1).split()
    return [s for s in listed if s.endswith(".c")] + ["tests/fuzz/fuzz.c", "tests/fuzz/replay.c"]


def targets():
    return sorted(p.name for p in CORPUS.iterdir())


class Tree:
    """A copy of the sources, compiled; a changed copy shares what did not change."""

    def __init__(self, folder, build):
        self.folder, self.build = pathlib.Path(folder), pathlib.Path(build)
        for part in ("lib", "include", "tools", "tests/fuzz"):
            shutil.copytree(TOP / part, self.folder / part, ignore=shutil.ignore_patterns("corpus", "*.o", "*.lo"))
        shutil.copy(TOP / "tests" / "vbt-hostile.h", self.folder / "tests")
        shutil.copy(self.build / "config.h", self.folder / "lib")
        found = re.search(r"^LIBPCI_LIBS = (.*)$", (self.build / "Makefile").read_text(), re.M)
        self.libpci = found.group(1).split() if found else []
        self.core = sorted(f"lib/{p.name}" for p in (self.folder / "lib").glob("*.c"))
        self.host = sorted(f"lib/host/{p.name}" for p in (self.folder / "lib" / "host").glob("*.c"))

    def all_sources(self, target):
        return sources(target) + self.core + (self.host if target == "lspci" else [])

    def run(self, command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")

    def compile(self, source, into, headers=()):
        """One object; a source or a header that lies in `into` goes before the tree's own."""
        changed = into / source
        out = into / (source.replace("/", "_") + ".o")
        self.run(["clang", "-c", *headers, *FLAGS, f"-I{(self.folder / source).parent}",
                  str(changed if changed.exists() else source), "-o", str(out)])
        return out

    def link(self, objects, out):
        self.run(["clang", "-fsanitize=address,undefined", "-fuse-ld=lld", *map(str, objects), *self.libpci,
                  "-lpthread", "-o", str(out)])

    def object(self, source):
        return self.folder / (source.replace("/", "_") + ".o")

    def build_all(self, pool, names):
        wanted = sorted({s for name in names for s in self.all_sources(name)})
        list(pool.map(lambda s: self.compile(s, self.folder), wanted))
        list(pool.map(lambda t: self.link(map(self.object, self.all_sources(t)), self.folder / f"fuzz_{t}"), names))


def replay(program, target):
    """What the target says about its corpus: None if nothing."""
    files = sorted(str(p) for p in (CORPUS / target).iterdir())
    try:
        done = subprocess.run([str(program), *files], capture_output=True, text=True, errors="replace", timeout=120,
                              check=False, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0:symbolize=0",
                                                "UBSAN_OPTIONS": "symbolize=0"})
    except subprocess.TimeoutExpired:
        return None, "it does not end"
    said = NOTICED.search(done.stderr)
    if done.returncode and said:
        return said.group(0), ""
    return None, f"exit status {done.returncode}" + (": " + done.stderr[-300:] if done.returncode else "")


def broken(tree, row, number):
    """Whether the target notices, and what."""
    target, _, file, old, new = row
    text = (tree.folder / file).read_text(encoding="utf-8")
    if text.count(old) != 1:
        return False, f"{file} has {text.count(old)} times {old!r}"
    into = tree.folder / f"broken{number}"
    (into / file).parent.mkdir(parents=True)
    (into / file).write_text(text.replace(old, new), encoding="utf-8")
    header = file.endswith(".h")
    stale = tree.all_sources(target) if header else [file]
    fresh = {s: tree.compile(s, into, [f"-I{(into / file).parent}"] if header else ()) for s in stale}
    program = into / f"fuzz_{target}"
    tree.link([fresh.get(s, tree.object(s)) for s in tree.all_sources(target)], program)
    said, otherwise = replay(program, target)
    shutil.rmtree(into)
    return (True, said) if said else (False, otherwise)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=".", help="a configured build, this folder by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("targets", nargs="*", metavar="TARGET", choices=targets() + [[]])
    options = parser.parse_args()
    names = options.targets or targets()
    rows = [row for row in WRONG if row[0] in names]
    bad = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tree = Tree(folder, options.build)
        tree.build_all(pool, names)
        print(f"1..{len(names) + len(rows)}", flush=True)
        for n, (name, (said, otherwise)) in enumerate(
                zip(names, pool.map(lambda t: replay(tree.folder / f"fuzz_{t}", t), names)), 1):
            good = not said and otherwise == "exit status 0"
            bad += not good
            print(f"{'ok' if good else 'not ok'} {n} - {name}: the library as it is")
            if not good:
                print(f"# {said or otherwise}")
        for n, (row, (noticed, said)) in enumerate(
                zip(rows, pool.map(lambda pair: broken(tree, pair[1], pair[0]), enumerate(rows))), len(names) + 1):
            bad += not noticed
            print(f"{'ok' if noticed else 'not ok'} {n} - {row[0]}: {row[1]}\n# {said}", flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
