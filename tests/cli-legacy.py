# SPDX-License-Identifier: MIT
"""What `igdpt legacy` and `igdpt platform` answer."""
import json

import cli


def ask(*args):
    status, out, err = cli.igdpt(*args, "--json")
    assert not err, err
    return status, json.loads(out)


def q35_is_refused_with_every_reason():
    status, said = ask("legacy", "--device", "0x46a6", "--machine", "q35", "--qemu", "11.1", "no-rom")
    assert status == 2 and said[0]["legacy_mode"] == "impossible", said
    assert [f["id"] for f in said[0]["findings"]] == [
        "legacy-machine", "legacy-slot-1f", "legacy-gen", "legacy-rom"], said


def versions_are_told_apart():
    status, said = ask("legacy", "--device", "0x4680")
    assert status == 0, said
    assert [v["legacy_mode"] for v in said] == ["possible", "impossible", "impossible",
                                                "impossible"], said
    assert [v["qemu"] for v in said] == ["7.2", "9.2", "10.0", "10.1"], said
    assert ask("legacy", "--device", "0x1912")[1][2]["legacy_mode"] == "unknown"
    for names in (("pc", "i440fx", "pc-i440fx-8.1"), ("q35", "pc-q35", "pc-q35-9.2")):
        assert len({str(ask("legacy", "--device", "1912", "--machine", name)) for name in names}) == 1, names


def bad_options_are_refused():
    for bad in ([], ["--device", "0xffff"], ["--device", "0x1912", "nonsense"],
                ["--device", "0x1912", "--qemu", "x"], ["--device", "0x1912", "--qemu", "2.0"]):
        assert cli.igdpt("legacy", *bad)[0] == 3, bad


def every_known_device_is_listed_and_shown():
    status, said = ask("platform", "list")
    assert status == 0 and len(said) > 400
    for device in said[::25]:
        assert ask("platform", "show", device["device_id"])[1]["name"] == device["name"]
    assert ask("platform", "show", "adl-p")[1]["pch"] == ["0x7a80", "0x5180", "0x7a00", "0x5480"]
    assert cli.igdpt("platform", "show", "0xffff")[0] == 2
    assert cli.igdpt("platform")[0] == 3


cli.run(q35_is_refused_with_every_reason, versions_are_told_apart, bad_options_are_refused,
        every_known_device_is_listed_and_shown)
