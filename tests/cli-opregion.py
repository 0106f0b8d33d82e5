# SPDX-License-Identifier: MIT
"""`igdpt opregion` and `igdpt fwcfg`, as their users see them: exit status, text, JSON, files."""
import json
import os
import shlex
import struct
import tempfile

import cli

WHERE = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(WHERE.name, name)


def write(name, data):
    with open(path(name), "wb") as f:
        f.write(data)
    return path(name)


def read(name):
    with open(path(name), "rb") as f:
        return f.read()


def good(*args):
    status, out, err = cli.igdpt(*args)
    assert status == 0 and not err, (status, err)
    return out


def small():
    """An OpRegion around a generated VBT; and one whose VBT is behind the 8 KiB"""
    if not os.path.exists(path("small")):
        good("vbt", "build", "-o", path("small.vbt"))
        good("vbt", "build", "--size", "8000", "-o", path("large.vbt"))
        good("opregion", "build", "--vbt", path("small.vbt"), "-o", path("small"))
        good("opregion", "build", "--vbt", path("large.vbt"), "-o", path("large"))
    return path("small")


def large():
    small()
    return path("large")


def changed(source, name, offset, data):
    with open(source, "rb") as f:
        blob = bytearray(f.read())
    blob[offset:offset + len(data)] = data
    return write(name, blob)


def what_is_built_is_fine():
    out = good("opregion", "check", small(), large())
    assert out.splitlines()[-1] == "2 files: 2 fine, 0 with warnings, 0 with errors, 0 failed", out
    report = json.loads(good("opregion", "check", "--json", large()))
    assert report["findings"] == [] and report["version"] == "2.1.0"
    assert report["vbt"] == {"source": "RVDA, relative", "offset": 0x2000, "bytes": 8000}
    assert [c["name"] for c in report["consumers"]] == [
        "i915", "vfio-pci", "qemu", "seabios", "vfioigdpkg", "bhyve", "xen", "acrn"]


def a_wrong_file_is_named_for_what_it_looks_like():
    small()
    for name, data, words in (
            ("vbt", read("small.vbt"), "This is a VBT"),
            ("rom", b"\x55\xaa" + bytes(10000), "a PCI option ROM"),
            ("dmar", b"DMAR" + bytes(10000), "the ACPI table DMAR"),
            ("zeros", bytes(8192), "nothing but zeros"),
            ("ones", b"\xff" * 8192, "nothing but 0xff"),
            ("gzip", b"\x1f\x8b" + bytes(9000), "compressed"),
            ("dump", b"00000000: 496e 7465 6c47 7261\n", "a hex dump"),
            ("empty", b"", "empty")):
        file = write(name, data)
        status, out, err = cli.igdpt("opregion", "check", file)
        assert status == 2 and words in out and not err, (name, out, err)
        for verb in (["show", file], ["normalise", "-o", path("no"), file], ["diff", file, small()]):
            status, out, err = cli.igdpt("opregion", *verb)
            assert status == 2 and words in err and not os.path.exists(path("no")), (verb, err)


def findings_have_a_byte_offset_and_a_remedy():
    file = changed(large(), "inside", 0x3ba, struct.pack("<Q", 0x400))
    status, out, _ = cli.igdpt("opregion", "check", file)
    assert status == 2
    assert f"{file}: error: at 0x3ba: RVDA 0x400 points into the OpRegion" in out, out
    status, out, _ = cli.igdpt("opregion", "check", "--json", file, "/nonexistent")
    assert status == 3
    reports = json.loads(out)
    finding = [f for f in reports[0]["findings"] if f["id"] == "rvda-inside"][0]
    assert finding["offset"] == 0x3ba and finding["severity"] == "error" and finding["remedy"]
    assert reports[1] == {"file": "/nonexistent", "error": "cannot be read"}


def show_gives_every_field_by_name():
    fields = json.loads(good("opregion", "show", "--json", large()))["fields"]
    assert fields["SIGN"] == "IntelGraphicsMem" and fields["CLID"] == 3
    assert fields["RVDA"] == 0x2000 and fields["RVDS"] == 8000 and fields["BCLM"][10] == 0xe4ff
    assert "SCIC" not in fields and "DIDL" in fields and "PHED" in fields
    assert "0x01ac CLID 0x3" in good("opregion", "show", small())


def the_guests_copy_has_no_address():
    file = changed(large(), "buffer", 0x3aa, struct.pack("<QI", 0x12345678, 0x87654321))
    status, out, _ = cli.igdpt("opregion", "check", file)
    assert status == 0 and out.count("host-buffer") == 2
    good("opregion", "normalise", "-o", path("copy"), file)
    assert read("copy") == read("large")
    os.makedirs(path("dir"), exist_ok=True)
    good("opregion", "normalise", "-o", path("dir"), file, small())
    assert sorted(os.listdir(path("dir"))) == ["buffer", "small"]
    assert cli.igdpt("opregion", "normalise", "-o", path("copy"), file, small())[0] == 3


def a_dropped_vbt_is_told():
    file = write("zeros-behind", read("small") + bytes(8192))
    file = changed(file, "zeros-behind", 0x3ba, struct.pack("<QI", 0x2000, 8192))
    status, out, _ = cli.igdpt("opregion", "normalise", "--json", "-o", path("copy"), file)
    assert status == 1 and json.loads(out)["findings"][0]["id"] == "vbt-fallback"
    assert read("copy") == read("small")
    status, out, err = cli.igdpt("fwcfg", "build", "--opregion", file, "--dsm", "1M", "-o",
                                 path("blobs"))
    assert status == 1 and "vbt-fallback" in err and out.startswith("-fw_cfg "), (status, err)


def differences_are_told_by_field():
    lid = changed(small(), "lid", 0x1ac, b"\0")
    status, out, _ = cli.igdpt("opregion", "diff", small(), lid)
    assert status == 1 and out == f"{lid}: CLID: 0x0, in {small()} 0x3\n", out
    status, out, _ = cli.igdpt("opregion", "diff", "--json", small(), lid, small())
    reports = json.loads(out)
    assert status == 1 and reports[1]["differences"] == []
    assert reports[0]["differences"] == [
        {"name": "CLID", "offset": 0x1ac, "index": 0, "count": 1, "a": 3, "b": 0}]


def fwcfg_build_prints_what_qemu_takes():
    out = good("fwcfg", "build", "--opregion", large(), "--ggc", "0x211", "--device", "0x0412", "-o",
               path("blobs, two"))
    where = path("blobs, two").replace(",", ",,")
    assert shlex.split(out) == [
        "-fw_cfg", f"name=etc/igd-opregion,file={where}/igd-opregion",
        "-fw_cfg", f"name=etc/igd-bdsm-size,file={where}/igd-bdsm-size"], out
    assert read("blobs, two/igd-bdsm-size") == struct.pack("<Q", 64 << 20)
    assert read("blobs, two/igd-opregion") == read("large")
    assert cli.igdpt("fwcfg", "check", path("blobs, two"))[0] == 0
    report = json.loads(good("fwcfg", "build", "--json", "--vbt", path("small.vbt"), "--dsm", "32M",
                             "-o", path("blobs")))
    assert report["qemu"][1] == f"name=etc/igd-opregion,file={path('blobs')}/igd-opregion"
    assert report["dsm_bytes"] == 32 << 20 and report["opregion_bytes"] == 8192
    assert read("blobs/igd-opregion") == read("small")


def fwcfg_build_takes_the_bytes_at_an_absolute_rvda():
    large()
    good("opregion", "build", "--version", "2.0", "--address", "0x7affd018", "--vbt",
         path("large.vbt"), "-o", path("absolute"))
    status, _, err = cli.igdpt("fwcfg", "build", "--opregion", path("absolute"), "--dsm", "0", "-o",
                               path("blobs"))
    assert status == 2 and "rvda-unread" in err
    good("fwcfg", "build", "--opregion", path("absolute"), "--vbt", path("large.vbt"), "--dsm", "1M",
         "-o", path("blobs"))
    assert read("blobs/igd-opregion") == read("large")


def what_firmware_would_get_wrong_is_refused():
    small()
    for size, words in (("4G", "dsm-too-large"), ("3145729", "dsm-unaligned")):
        status, out, err = cli.igdpt("fwcfg", "build", "--vbt", path("small.vbt"), "--dsm", size,
                                     "-o", path("none"))
        assert status == 3 and words in err and not out, err
    status, _, err = cli.igdpt("fwcfg", "build", "--vbt", path("small.vbt"), "--ggc", "0xefc0",
                               "--device", "0x9a49", "-o", path("none"))
    assert status == 3 and "dsm-too-large" in err, err
    status, _, err = cli.igdpt("fwcfg", "build", "--vbt", path("small.vbt"), "--ggc", "0x211",
                               "--device", "0x1234", "-o", path("none"))
    assert status == 3 and "0x1234" in err, err
    assert not os.path.exists(path("none"))


def meteor_lake_has_no_stolen_memory_in_config_space():
    small()
    report = json.loads(good("fwcfg", "build", "--json", "--vbt", path("small.vbt"), "--ggc",
                             "0x2c1", "--device", "0x7d55", "-o", path("blobs")))
    assert report["dsm_bytes"] == 0
    assert [f["id"] for f in report["findings"]] == ["fwcfg-size-zero"]


def fwcfg_check_judges_files_by_name():
    status, out, _ = cli.igdpt("fwcfg", "check", "--json", f"etc/igd-opregion={small()}",
                               f"etc/igd-bdsm-size={write('short', b'abc')}")
    assert status == 2
    assert [f["id"] for f in json.loads(out)["findings"]] == ["fwcfg-size-length"]
    absolute = changed(large(), "absolute2", 0x16, b"\0")
    status, out, _ = cli.igdpt("fwcfg", "check", f"etc/igd-opregion={absolute}")
    assert status == 2 and "fwcfg-host-address" in out, out


def wrong_arguments_say_where_the_usage_is():
    for args in (["opregion"], ["opregion", "paint"], ["opregion", "check"],
                 ["opregion", "check", "--nosuch", small()], ["opregion", "build"],
                 ["opregion", "build", "--version", "two", "-o", path("no")],
                 ["opregion", "normalise", small()], ["opregion", "diff", small()], ["fwcfg"],
                 ["fwcfg", "build", "-o", path("no")], ["fwcfg", "check"],
                 ["fwcfg", "build", "--vbt", path("small.vbt"), "-o", path("no")],
                 ["fwcfg", "build", "--vbt", path("small.vbt"), "--ggc", "1", "-o", path("no")]):
        status, out, err = cli.igdpt(*args)
        assert status == 3 and f"try igdpt {args[0]} --help" in err and not out, (args, err)
    assert not os.path.exists(path("no"))


cli.run(what_is_built_is_fine, a_wrong_file_is_named_for_what_it_looks_like,
        findings_have_a_byte_offset_and_a_remedy, show_gives_every_field_by_name,
        the_guests_copy_has_no_address, a_dropped_vbt_is_told, differences_are_told_by_field,
        fwcfg_build_prints_what_qemu_takes, fwcfg_build_takes_the_bytes_at_an_absolute_rvda,
        what_firmware_would_get_wrong_is_refused, meteor_lake_has_no_stolen_memory_in_config_space,
        fwcfg_check_judges_files_by_name, wrong_arguments_say_where_the_usage_is)
