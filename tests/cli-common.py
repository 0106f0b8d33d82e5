# SPDX-License-Identifier: MIT
"""What all verbs share: files, help and complaints about arguments."""
import os
import tempfile

import cli

# Larger than any table, dump, ROM or configuration.
TOO_LARGE = 65 << 20


def verbs():
    _, out, _ = cli.igdpt("--help")
    return [line.split()[0] for line in out.splitlines() if line.startswith("  ")]


def a_file_that_is_too_large_or_cannot_be_read_is_named_and_nothing_more_happens():
    with tempfile.TemporaryDirectory() as where:
        huge, out, vbt = (os.path.join(where, name) for name in ("huge", "out", "vbt"))
        with open(huge, "wb") as f:
            f.truncate(TOO_LARGE)
        _, _, err = cli.igdpt("vbt", "build", "-o", vbt)
        assert not err, err
        for words in (["doctor", "--rom"], ["doctor", "--lspci"], ["doctor", "--qemu-args"],
                      ["doctor", "--libvirt-xml"], ["doctor", "--pve-conf"],
                      ["fwcfg", "build", "--dsm", "64M", "-o", out, "--opregion"],
                      ["fwcfg", "build", "--dsm", "64M", "-o", out, "--vbt", vbt, "--opregion"],
                      ["fwcfg", "build", "--dsm", "64M", "-o", out, "--vbt"],
                      ["fwcfg", "check", "a="],
                      ["dmar", "show"], ["dmar", "check"], ["dmar", "check", vbt, "--iomem"],
                      ["dmar", "build", "-o", out, "--from"],
                      ["rmrr", "query", "--dmar"], ["rmrr", "query", "--iomem"], ["rom", "inspect"],
                      ["opregion", "show"], ["opregion", "check"], ["opregion", "build", "-o", out, "--vbt"],
                      ["opregion", "normalise", "-o", out], ["opregion", "diff", huge],
                      ["vbt", "show"], ["vbt", "diff", vbt], ["vbt", "repair", "-o", out]):
            for path in (huge, "/dev/zero", "/proc/self/mem"):
                argument = [words[-1] + path] if words[-1].endswith("=") else [words[-1], path]
                status, _, err = cli.igdpt(*words[:-1], *argument)
                assert status == 3 and err.startswith("igdpt: "), (words, path, status, err)
                assert path in err or huge in err, (words, err)
                assert not os.path.exists(out), words
        status, out, _ = cli.igdpt("scan", huge)
        assert status == 3 and "larger than" in out, out


cli.run(a_file_that_is_too_large_or_cannot_be_read_is_named_and_nothing_more_happens)
