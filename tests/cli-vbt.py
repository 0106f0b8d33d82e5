# SPDX-License-Identifier: MIT
"""`igdpt vbt` on tables that it builds itself, and on files that are none."""
import json
import os
import struct
import tempfile

import cli

ROOM = tempfile.TemporaryDirectory()


def path(name, data=None):
    full = os.path.join(ROOM.name, name)
    if data is not None:
        with open(full, "wb") as out:
            out.write(data)
    return full


def built(name, *options):
    status, out, err = cli.igdpt("vbt", "build", "-o", path(name), *options)
    assert (status, out, err) == (0, "", ""), (status, out, err)
    with open(path(name), "rb") as table:
        return table.read()


def a_built_table_shows_its_connectors():
    built("a", "--platform", "hsw", "--port", "edp:a", "--port", "hdmi:b")
    status, out, err = cli.igdpt("vbt", "show", "--json", path("a"))
    shown = json.loads(out)
    assert status == 0 and not err and shown["file"] == path("a")
    assert shown["checksum_ok"] is True and shown["bdb_version"] == 177
    assert shown["vbt_size"] == os.path.getsize(path("a"))
    assert [b["id"] for b in shown["blocks"]] == [1, 2, 12]
    assert shown["blocks"][0] | {"name": 0} == {"id": 1, "offset": 73, "size": 6, "name": 0}
    assert shown["children"][1]["device_type"] == 0x60d2
    assert shown["children"][1]["handle"] == 4 and shown["children"][1]["dvo_port"] == 1
    assert shown["ports"] == ["DDI-A: eDP, AUX A", "DDI-B: HDMI, DDC pin 0x05, AUX B"]
    assert shown["findings"] == [] and shown["panel"] is None


def a_table_without_connectors_says_so():
    table = bytearray(built("a", "--platform", "hsw", "--port", "edp:a"))
    assert cli.igdpt("vbt", "ports", path("a"))[1] == f"{path('a')}: DDI-A: eDP, AUX A\n"
    slot = json.loads(cli.igdpt("vbt", "show", "--json", path("a"))[1])["children"][0]
    at = table.index(struct.pack("<HH", slot["handle"], slot["device_type"]))
    table[at + 2:at + 4] = bytes(2)
    path("none", table)
    assert cli.igdpt("vbt", "ports", path("none"))[:2] == (0, f"{path('none')}: names no connector\n")


def several_files_give_an_array_and_a_summary():
    built("a")
    path("bad", b"not a table")
    files = [path("a"), path("bad"), path("missing"), path("a")]
    status, out, err = cli.igdpt("vbt", "show", "--json", *files)
    shown = json.loads(out)
    assert status == 3 and [s["file"] for s in shown] == files
    assert [s.get("error") for s in shown] == [None, "no VBT", "cannot be read", None]
    assert shown[1]["findings"][0]["id"] == "vbt-short"
    assert path("bad") in err and path("missing") in err
    status, out, err = cli.igdpt("vbt", "check", *files[:2])
    assert status == 2
    assert out == "2 files: 1 fine, 0 with warnings, 1 with errors, 0 unreadable\n", out


def a_file_that_is_no_vbt_is_named_with_the_reason():
    table = built("a")
    for data, reason in ((b"", "too few"), (bytes(100), "no VBT signature"),
                         (table[:100], "bytes long"), (b"\x55\xaa" + bytes(100), "option ROM")):
        status, out, err = cli.igdpt("vbt", "show", path("x", data))
        assert status == 2 and not out and path("x") in err and reason in err, (status, out, err)


def the_checker_tells_offset_and_remedy():
    table = bytearray(built("a"))
    table[26] ^= 1
    status, out, err = cli.igdpt("vbt", "check", path("x", table))
    assert status == 0 and "info: at 0x1a: checksum" in out and "[vbt-checksum]" in out, out
    table[66] = 1
    status, out, err = cli.igdpt("vbt", "check", "--json", path("x", table))
    findings = {f["id"]: f for f in json.loads(out)["findings"]}
    assert status == 2 and findings["vbt-bdb-header"]["offset"] == 66
    assert findings["vbt-bdb-header"]["severity"] == "error"


def a_table_inside_an_image_is_extracted():
    table = built("a")
    status, out, err = cli.igdpt("opregion", "build", "--vbt", path("a"), "-o", path("op"))
    assert status == 0, err
    image = bytes(0x1234) + table + b"\xff" * 999
    for name, offset in ((path("image", image), 0x1234), (path("op"), 0x400)):
        status, out, err = cli.igdpt("vbt", "extract", name, "-o", path("got"))
        assert status == 0 and "0x%x" % offset in out, (out, err)
        assert open(path("got"), "rb").read() == table
        status, out, err = cli.igdpt("vbt", "show", "--json", name)
        shown = json.loads(out)
        assert shown["vbt_offset"] == offset and shown["blocks"][0]["offset"] == offset + 73


def repair_makes_a_table_that_checks_clean():
    table = bytearray(built("a"))
    struct.pack_into("<H", table, 68, struct.unpack_from("<H", table, 68)[0] - 1)
    status, out, err = cli.igdpt("vbt", "repair", path("x", table), "-o", path("y"))
    assert (status, out, err) == (0, "", ""), (status, out, err)
    assert cli.igdpt("vbt", "check", path("y")) == (0, "", "")
    assert open(path("y"), "rb").read() == built("a")
    status, out, err = cli.igdpt("vbt", "repair", path("x", b"DMAR" + bytes(99)), "-o", path("z"))
    assert status == 2 and not os.path.exists(path("z")) and "This is the ACPI table DMAR" in err, err


def diff_names_the_fields():
    built("a", "--port", "hdmi:b")
    built("b", "--port", "hdmi:c")
    assert cli.igdpt("vbt", "diff", path("a"), path("a")) == (0, "0 differences\n", "")
    status, out, err = cli.igdpt("vbt", "diff", path("a"), path("b"))
    assert status == 1 and "child.dvo-port[0]: 1 -> 2\n" in out, out
    status, out, err = cli.igdpt("vbt", "diff", "--json", path("a"), path("b"))
    fields = [d["field"] for d in json.loads(out)["differences"]]
    assert "child.ddc-pin" in fields and "header.checksum" in fields


def wrong_calls_say_so():
    for args in ((), ("frob",), ("show",), ("show", "--frob", "x"), ("diff", "x"), ("build",),
                 ("build", "-o", path("q"), "--size", "70000"), ("extract", "x"),
                 ("build", "-o", path("q"), "--port", "vga:z")):
        status, out, err = cli.igdpt("vbt", *args)
        assert status == 3 and not out and "try igdpt vbt --help" in err, (args, status, out, err)


cli.run(a_built_table_shows_its_connectors, a_table_without_connectors_says_so,
        several_files_give_an_array_and_a_summary, a_file_that_is_no_vbt_is_named_with_the_reason,
        the_checker_tells_offset_and_remedy,
        a_table_inside_an_image_is_extracted, repair_makes_a_table_that_checks_clean,
        diff_names_the_fields, wrong_calls_say_so)
