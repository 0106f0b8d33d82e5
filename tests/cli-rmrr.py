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
        assert attach["ioctl"] == "VFIO_GROUP_SET_CONTAINER"
    options = ("--dmar", tab, "--mate", "0000:00:02.1=0x00ff00", "--kernel", "5.18")
    assert query(*options)["attach"]["ioctl"] == "VFIO_SET_IOMMU"
    assert "VFIO_SET_IOMMU fails with EPERM" in cli.igdpt("rmrr", "query", *options)[1]


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
    relaxed = query(*options, status=1)
    assert relaxed["layout"]["conflicts"] == 1
    assert [f["id"] for f in relaxed["findings"]] == ["rmrr-in-ram"], relaxed
    _, out, _ = cli.igdpt("rmrr", "query", *options)
    assert "still holds 0x3af00000 to 0x3eefffff" in out and "--carve" in out, out
    assert "keeps its host address" in out and "should not" not in out, out
    strict = query(*options, "--policy", "strict", status=2)
    assert strict["layout"]["conflicts"] == 1
    assert [f["id"] for f in strict["findings"]] == ["rmrr-conflict", "rmrr-in-ram"], strict
    carved = query(*options, "--carve")["layout"]
    assert {"first": "0x3af00000", "last": "0x3eefffff", "type": 2} in carved["e820"]
    lowered = query(*options, "--boundary", "512M")["layout"]
    assert lowered["low_end"] == "0x3af00000" and lowered["high_end"] == "0x2c5100000"


def stolen_memory_alone_keeps_its_address():
    """Not the floppy's first 16 MiB, which no layout could respect, nor what a USB controller has."""
    tab = table("0x70000000-0x77ffffff=00:02.0", "0x60000000-0x600fffff=00:14.0")
    mates = ("--mate", "00:1f.0=0x060100", "--mate", "00:14.0=0x0c0330", "--identity", "--ram", "1792M")
    for policy in ("relaxed", "strict"):
        answer = query("--dmar", tab, *mates, "--policy", policy)
        assert [r["state"] for r in answer["regions"]] == ["clear", "ignored", "ignored", "clear"], answer
    with open(path("regions"), "w", encoding="ascii") as regions:
        regions.write("0x0 0xffffff direct-relaxable\n0x70000000 0x77ffffff direct-relaxable\n")
    answer = query("--reserved-regions", path("regions"), "--identity", "--ram", "2G", status=1)
    assert [r["state"] for r in answer["regions"]] == ["ignored", "conflict"], answer


def only_the_igd_has_stolen_memory():
    tab = table("0x70000000-0x77ffffff=03:00.0")
    answer = query("--dmar", tab, "--device", "03:00.0")["answer"]
    assert "stolen" not in answer and "relaxable" in answer, answer
    registers = ("--device-id", "0x3e92", "--ggc", "0x2c1", "--bdsm", "0x7c800000")
    assert cli.igdpt("rmrr", "query", "--dmar", tab, "--device", "03:00.0", *registers)[0] == 3
    of_igd = table(IGD)
    for number in ("3e92", "8086:3e92"):
        said = query("--dmar", of_igd, "--device-id", number, *registers[2:], status=1)
        assert [f["id"] for f in said["findings"]] == [
            f["id"] for f in query("--dmar", of_igd, *registers, status=1)["findings"]], said
    status, _, err = cli.igdpt("rmrr", "query", "--dmar", of_igd, "--device-id", "ffff", *registers[2:])
    assert status == 3 and "no known Intel GPU" in err, err


def what_went_wrong_is_all_that_is_told():
    tab = table(IGD)
    for wrong in (("--kernel", "5.2"), ("--ram", "5G"), ("--ram", "3G", "--boundary", "1G", "--kernel", "5.2")):
        answer = query("--dmar", tab, *wrong, status=3)
        assert list(answer) == ["findings"], answer
        status, out, err = cli.igdpt("rmrr", "query", "--dmar", tab, *wrong)
        assert status == 3 and not out and err.startswith("igdpt: rmrr query: "), (out, err)


def an_empty_file_is_no_answer():
    with open(path("empty"), "wb"):
        pass
    for option in ("--reserved-regions", "--iomem", "--dmar"):
        status, out, err = cli.igdpt("rmrr", "query", option, path("empty"))
        assert status == 3 and not out and "when they could not be read" in err, (option, out, err)


def without_an_iommu_nothing_is_allowed():
    broken = {"dmar-drhd-base": (48 + 8, bytes(8)), "dmar-width": (36, b"\x05")}
    for finding, (at, value) in broken.items():
        table(IGD)
        with open(path("dmar"), "r+b") as file:
            file.seek(at)
            file.write(value)
        answer = query("--dmar", path("dmar"), status=2 if finding == "dmar-width" else 1)
        assert answer["attach"] == {"allowed": False} and "uses no IOMMU" in answer["answer"], answer
        assert finding in [f["id"] for f in answer["findings"]], answer
        assert "impossible without an IOMMU" in cli.igdpt("rmrr", "query", "--dmar", path("dmar"))[1]
        with open(path("regions"), "w", encoding="ascii") as regions:
            regions.write("0x3af00000 0x3eefffff direct-relaxable\n0xfee00000 0xfeefffff msi\n")
        both = query("--dmar", path("dmar"), "--reserved-regions", path("regions"),
                     status=2 if finding == "dmar-width" else 1)
        assert both["attach"] == {"allowed": True}, both


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
        broken = "dmar-drhd-base" in [f["id"] for f in shown["findings"]]
        answer = query("--dmar", file, status=int(broken))
        regions = [r for r in answer["regions"] if r["type"] == "direct-relaxable"]
        assert [(r["base"], r["end"]) for r in named] == [(r["first"], r["last"]) for r in regions]
        assert answer["attach"]["allowed"] is not broken, file


cli.run(the_rmrr_of_the_igd_need_not_be_mapped, a_group_mate_blocks_the_igd,
        sysfs_without_a_table_tells_the_same, strict_refuses_what_relaxed_reports,
        stolen_memory_alone_keeps_its_address, only_the_igd_has_stolen_memory,
        what_went_wrong_is_all_that_is_told, an_empty_file_is_no_answer,
        without_an_iommu_nothing_is_allowed,
        nothing_is_foretold_of_what_may_be_behind_an_unnamed_bridge,
        a_text_of_another_form_is_refused_with_an_offset,
        nothing_is_foretold_from_sources_that_name_no_device, a_table_cannot_speak_to_the_terminal,
        every_igd_of_a_real_table_can_be_attached)
