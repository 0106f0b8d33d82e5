# SPDX-License-Identifier: MIT
"""`igdpt rmrr` on groups whose reserved regions and attach were measured, and on real tables."""
import json
import os
import struct
import tempfile

import cli

DIRECTORY = tempfile.TemporaryDirectory()
IGD = "0x3af00000-0x3eefffff=00:02.0"


def path(name):
    return os.path.join(DIRECTORY.name, name)


def table(*rmrrs):
    options = [word for rmrr in rmrrs for word in ("--rmrr", rmrr)]
    status, _, err = cli.igdpt("dmar", "build", *options, "-o", path("dmar"))
    assert status == 0, err
    return path("dmar")


def query(*args, status=0):
    got, out, err = cli.igdpt("rmrr", "query", "--json", *args)
    assert got == status, (got, out, err)
    return json.loads(out)


def the_rmrr_of_the_igd_need_not_be_mapped():
    status, out, _ = cli.igdpt("rmrr", "query", "--dmar", table(IGD))
    assert status == 0
    assert "is the IGD's stolen memory, relaxable" in out
    assert "need not and should not identity-map it, unless" in out
    assert query("--dmar", table(IGD))["attach"] == {"allowed": True}


def a_group_mate_blocks_the_igd():
    tab = table(IGD, "0xf0000-0xfffff=00:02.1")
    for kernel, errno, word in (("6.1", 1, "ineligible"), ("6.12", 22, "1:1 IOMMU mapping")):
        attach = query("--dmar", tab, "--mate", "0000:00:02.1=0x00ff00", "--kernel", kernel)["attach"]
        assert not attach["allowed"] and attach["errno"] == errno and word in attach["message"]
        assert attach["device"] == "0000:00:02.1" and attach["group_mate"] is True


def sysfs_without_a_table_tells_the_same():
    with open(path("regions"), "w", encoding="ascii") as regions:
        regions.write("0x000000003af00000 0x000000003eefffff direct-relaxable\n"
                      "0x00000000fee00000 0x00000000feefffff msi\n")
    alone = query("--reserved-regions", path("regions"))
    both = query("--reserved-regions", path("regions"), "--dmar", table(IGD))
    assert alone["answer"] == both["answer"] and alone["findings"] == both["findings"] == []
    assert both["regions"][0]["sources"] == ["dmar", "sysfs"]


def strict_refuses_what_relaxed_reports():
    options = ("--dmar", table(IGD), "--ram", "3G,5G", "--identity")
    assert query(*options)["layout"]["conflicts"] == 1
    assert query(*options, "--policy", "strict", status=2)["layout"]["conflicts"] == 1
    carved = query(*options, "--carve")["layout"]
    assert {"first": "0x3af00000", "last": "0x3eefffff", "type": 2} in carved["e820"]
    lowered = query(*options, "--boundary", "512M")["layout"]
    assert lowered["low_end"] == "0x3af00000" and lowered["high_end"] == "0x2c5100000"


def nothing_is_foretold_of_what_may_be_behind_an_unnamed_bridge():
    tab = table("0x7e000000-0x7effffff=bridge:00:1c.0")
    device = ("--dmar", tab, "--device", "03:00.0", "--class", "0x010000")
    answer = query(*device, status=1)
    assert answer["attach"] == {"allowed": None} and "nobody can tell" in answer["answer"], answer
    assert [f["id"] for f in answer["findings"]] == ["rmrr-bridge"], answer
    assert "Linux 6.12: not told" in cli.igdpt("rmrr", "query", *device)[1]
    behind = query(*device, "--bridge", "00:1c.0=02-04")
    assert not behind["attach"]["allowed"] and behind["attach"]["device"] == "0000:03:00.0"
    for other in ("00:1c.0=04", "0000:00:1c.0=04-1f"):
        assert query(*device, "--bridge", other)["attach"] == {"allowed": True}
    assert query("--dmar", tab)["attach"] == {"allowed": True}
    for bad in ("00:1c.0", "00:1c.0=", "00:1c.0=4-2", "00:1c.0=0", "00:1c.0=2-4x", "x=2-4", "00:1c.0=2-"):
        assert cli.igdpt("rmrr", "query", *device, "--bridge", bad)[0] == 3, bad


def a_text_of_another_form_is_refused_with_an_offset():
    with open(path("regions"), "w", encoding="ascii") as regions:
        regions.write("0x1000 0x1fff msi\nnonsense\n")
    status, _, err = cli.igdpt("rmrr", "query", "--reserved-regions", path("regions"))
    assert status == 2 and "at 0x12" in err, err


def nothing_is_foretold_from_sources_that_name_no_device():
    assert cli.igdpt("rmrr", "query")[0] == 3
    with open(path("iommufd"), "wb") as file:
        file.write(struct.pack("<QQQQ", 0, 0xfedfffff, 0xfef00000, 2 ** 64 - 1))
    answer = query("--iommufd", path("iommufd"))
    assert "attach" not in answer and "name no device" in answer["answer"], answer


def a_table_cannot_speak_to_the_terminal():
    andd = struct.pack("<HHIB", 4, 16, 0, 0)[:7] + b"\x01\x1b[2J\nX\0\0"
    table = bytearray(b"DMAR" + struct.pack("<IB", 64, 1) + bytes(27) + b"\x26" + bytes(11) + andd)
    table[9] = -sum(table) & 0xff
    with open(path("andd"), "wb") as file:
        file.write(table)
    status, out, _ = cli.igdpt("dmar", "show", path("andd"))
    assert status in (0, 1) and "ANDD device 1 .[2J.X" in out and "\x1b" not in out, out


def every_igd_of_a_real_table_can_be_attached():
    for file in cli.corpus("dmar"):
        shown = json.loads(cli.igdpt("dmar", "show", "--json", file)[1])
        named = [r for r in shown["rmrr"] for s in r["scopes"] if s["path"] == ["02.0"]]
        answer = query("--dmar", file)
        regions = [r for r in answer["regions"] if r["type"] == "direct-relaxable"]
        assert [(r["base"], r["end"]) for r in named] == [(r["first"], r["last"]) for r in regions]
        assert answer["attach"]["allowed"], file


cli.run(the_rmrr_of_the_igd_need_not_be_mapped, a_group_mate_blocks_the_igd,
        sysfs_without_a_table_tells_the_same, strict_refuses_what_relaxed_reports,
        nothing_is_foretold_of_what_may_be_behind_an_unnamed_bridge,
        a_text_of_another_form_is_refused_with_an_offset,
        nothing_is_foretold_from_sources_that_name_no_device, a_table_cannot_speak_to_the_terminal,
        every_igd_of_a_real_table_can_be_attached)
