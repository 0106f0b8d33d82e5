# SPDX-License-Identifier: MIT
"""What `igdpt plan` answers."""
import json

import cli


def plan(*args):
    status, out, err = cli.igdpt("plan", "--json", *args)
    assert not err, err
    return status, json.loads(out)


def a_vmm_that_copies_gets_addresses_presets_and_a_map():
    status, said = plan("--device", "0x9a49", "--ggc", "0x2c1", "--mode", "copy", "--low", "3G",
                        "--high", "1G", "--host-bdsm", "0x7c000001", "--hole",
                        "0xc0000000-0xf7ffffff", "--taken", "0xbffff000-0xbfffffff")
    assert status == 0 and not said["findings"], said
    assert said["plan"]["asls"] == "0xbfffd000" and said["plan"]["bdsm"] == "0x7c000000", said
    assert said["plan"]["identity"] and said["plan"]["bdsm_policy"] == "preset-ro", said
    end = 0
    for entry in said["e820"]:
        assert int(entry["first"], 16) >= end, said
        end = int(entry["first"], 16) + entry["bytes"]
    assert end == 5 << 30, said


def a_platform_can_be_named():
    assert plan("--device", "tgl", "--ggc", "0x2c1")[1] == \
        plan("--device", "0x9a49", "--ggc", "0x2c1")[1]


def an_impossible_plan_says_why():
    status, said = plan("--device", "skl", "--ggc", "0x2c1", "--firmware", "seabios",
                        "--class", "0x038000")
    assert status == 2 and [f["id"] for f in said["findings"]] == ["plan-seabios-class"], said
    assert "plan" not in said, said


def text_and_bad_options():
    status, out, _ = cli.igdpt("plan", "--device", "mtl", "--mode", "trap", "--hole",
                               "0xd0000000-0xd0ffffff")
    assert status == 0 and "0xd0ffe000-0xd0ffffff, 8 KiB, e820 none, trapped" in out, out
    assert cli.igdpt("plan", "--device", "skl", "--dsm", "none")[0] == 1  # nothing to ask GGC for
    for bad in (["--mode", "x"], ["--ggc", "1x"], ["--hole", "5"], ["--taken", "5-4"],
                ["--device", "0xffff"], [], ["--device", "skl", "more"]):
        status, _, err = cli.igdpt("plan", *bad)
        assert status == 3 and (len(bad) != 2 or f"bad value '{bad[1]}' for {bad[0]}" in err), (bad, err)


cli.run(a_vmm_that_copies_gets_addresses_presets_and_a_map, a_platform_can_be_named,
        an_impossible_plan_says_why, text_and_bad_options)
