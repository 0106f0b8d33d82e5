#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""igdpt platform, and the help of every verb."""
import json

import cli


def every_known_id_is_listed_once():
    status, out, _ = cli.igdpt("platform", "list", "--json")
    ids = [row["device_id"] for row in json.loads(out)]
    assert status == 0 and len(ids) == len(set(ids)) > 400


def an_id_may_be_written_as_any_tool_writes_it():
    shown = {cli.igdpt("platform", "show", what)
             for what in ("9a49", "9A49", "0x9a49", "8086:9a49", "tgl")}
    assert len(shown) == 1 and "Tiger Lake" in shown.pop()[1]


def an_unknown_id_stays_unknown():
    for what in ("1234", "8086:", "10de:9a49", "19a49", "zzz", "N100", ""):
        status, out, err = cli.igdpt("platform", "show", what)
        assert status == 2 and not out and "lspci -nn" in err and "platform list" in err, what


def help_is_told_after_a_verb_and_its_verb():
    for words in (["platform"], ["platform", "show"], ["rmrr", "query"], ["dmar", "check"],
                  ["rom", "inspect"], ["plan"], ["legacy"]):
        status, out, err = cli.igdpt(*words, "--help")
        assert status == 0 and out.startswith("usage:") and not err, (words, err)


cli.run(every_known_id_is_listed_once, an_id_may_be_written_as_any_tool_writes_it,
        an_unknown_id_stays_unknown, help_is_told_after_a_verb_and_its_verb)
