# SPDX-License-Identifier: MIT
"""What all verbs share: files, help and complaints about arguments."""
import json
import os
import subprocess
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


def a_missing_file_has_a_record_too():
    for words in (["dmar", "show"], ["dmar", "check"], ["rom", "inspect"], ["opregion", "show"],
                  ["opregion", "check"], ["vbt", "show"], ["vbt", "check"]):
        status, out, err = cli.igdpt(*words, "--json", "/missing")
        record = json.loads(out)
        record = record[0] if isinstance(record, list) else record
        assert status == 3 and "/missing" in err, (words, err)
        assert (record["file"], record["error"]) == ("/missing", "cannot be read"), (words, out)


def bytes_may_go_to_standard_output():
    with tempfile.TemporaryDirectory() as where:
        vbt, table, opregion = (os.path.join(where, name) for name in ("vbt", "table", "opregion"))
        for words, path in ((["vbt", "build"], vbt), (["dmar", "build", "--rmrr", "0-0xfff"], table),
                            (["opregion", "build", "--vbt", vbt], opregion),
                            (["opregion", "normalise", opregion], opregion), (["vbt", "extract", vbt], vbt)):
            status, told, err = cli.igdpt(*words, "-o", path)
            assert status == 0, err
            with open(path, "rb") as f:
                assert cli.igdpt(*words, "-o", "-")[:2] == (0, f.read().decode("latin-1")), words
            assert told.replace(path, "-") == cli.igdpt(*words, "-o", "-")[2].replace(path, "-"), words
            # By its other name it is not opened again, which would begin over the text.
            with open(path, "rb") as bytes_alone, open(os.path.join(where, "mixed"), "w+b") as mixed:
                done = subprocess.run([cli.PROGRAM, *words, "-o", "/dev/stdout"], stdout=mixed, stderr=subprocess.PIPE,
                                      check=False, env=dict(os.environ, LD_LIBRARY_PATH=cli.LIBRARIES))
                mixed.seek(0)
                assert done.returncode == 0 and mixed.read() == bytes_alone.read(), (words, done)


def a_list_of_names_that_cannot_be_read_is_an_error():
    status, _, err = cli.igdpt("scan", "--files-from", "/proc/self/mem")
    assert status == 3 and err.startswith("igdpt: the list of names: "), (status, err)


def one_is_no_plural():
    with tempfile.TemporaryDirectory() as where:
        with open(os.path.join(where, "igd-bdsm-size"), "wb") as f:
            f.write(bytes(8))
        _, out, _ = cli.igdpt("fwcfg", "check", f"etc/igd-bdsm-size={where}/igd-bdsm-size")
        assert "fw_cfg: 1 file, " in out and "1 warnings" not in out and "1 errors" not in out, out


def help_of_a_verb_is_the_same_however_it_is_asked_for():
    status, main, err = cli.igdpt("--help")
    assert status == 0 and not err and max(map(len, main.splitlines())) <= 80, main
    for words in (["-h"], ["help"]):
        assert cli.igdpt(*words) == (0, main, ""), words
    for verb in verbs():
        status, text, err = cli.igdpt(verb, "--help")
        assert status == 0 and text.startswith("usage: ") and not err, verb
        for words in ([verb, "-h"], ["help", verb], [verb, "-h", "x"], [verb, "x", "--help"]):
            assert cli.igdpt(*words) == (0, text, ""), words
    for words in (["nonsense"], ["help", "nonsense"]):
        status, out, err = cli.igdpt(*words)
        assert status == 3 and not out and "'nonsense'" in err, words


def a_wrong_argument_is_named_in_one_line():
    for words, said in (
            (["doctor", "--device", "02.0"], "doctor: bad value '02.0' for --device (00:02.0 or"),
            (["doctor", "--goal", "fun"], "doctor: bad value 'fun' for --goal"),
            (["doctor", "--side", "x"], "doctor: bad value 'x' for --side"),
            (["doctor", "--qemu", "x"], "doctor: bad value 'x' for --qemu"),
            (["doctor", "--assume", "x"], "doctor: bad value 'x' for --assume"),
            (["doctor", "--frob"], "doctor: unknown option '--frob'"),
            (["doctor", "--json", "--rom"], "doctor: --rom needs a value"),
            (["dmar", "build", "--haw", "x", "-o", "y"], "dmar build: bad value 'x' for --haw"),
            (["fwcfg", "build", "--dsm", "x", "-o", "y"], "fwcfg build: bad value 'x' for --dsm"),
            (["scan", "--jobs", "x", "y"], "scan: bad value 'x' for --jobs"),
            (["scan", "-j", "x", "y"], "scan: bad value 'x' for --jobs"),
            (["scan", "--frob", "y"], "scan: unknown option '--frob'"),
            (["vbt", "show", "--frob", "y"], "vbt show: unknown option '--frob'"),
            (["vbt", "show", "-x", "y"], "vbt show: unknown option '-x'"),
            (["vbt", "repair", "y", "-o"], "vbt repair: -o needs a value"),
            (["rom", "inspect", "--device", "x", "y"], "rom inspect: bad value 'x' for --device"),
            (["legacy", "--class", "x"], "legacy: bad value 'x' for --class"),
            (["plan", "--device"], "plan: --device needs a value"),
            (["plan", "--ggc", "x"], "plan: bad value 'x' for --ggc"),
            (["rmrr", "query", "--kernel", "x"], "rmrr query: bad value 'x' for --kernel"),
            (["opregion", "normalise", "--frob"], "opregion normalise: unknown option '--frob'"),
            (["opregion", "show", "--json=1", "y"], "opregion show: unknown option '--json=1'"),
            (["sample", "--frob", "x"], "sample: unknown option '--frob'"),
            (["sample", "--side", "x"], "sample: bad value 'x' for --side"),
            (["sample", "--seed", "4294967296"], "sample: bad value '4294967296' for --seed"),
            (["sample", "--break", "x"], "sample: bad value 'x' for --break"),
            (["explain", "--frob"], "explain: unknown option '--frob'"),
            (["explain", "x", "y"], "explain: unexpected argument 'y'"),
            (["capture", "-o"], "capture: -o needs a value"),
            (["platform", "list", "x"], "platform list: unexpected argument 'x'"),
            (["platform", "show", "--frob", "skl"], "platform show: unknown option '--frob'"),
            (["vbt", "diff", "--frob", "x"], "vbt diff: unknown option '--frob'"),
            (["opregion", "diff", "x", "--frob"], "opregion diff: unknown option '--frob'"),
            (["opregion", "build", "--frob", "-o", "x"], "opregion build: unknown option '--frob'"),
            (["doctor", "-json"], "doctor: unknown option '-json'"),
            (["vbt", "show", "y", "-json"], "vbt show: unknown option '-json'"),
            (["plan", "--device", "skl"], "plan: --ggc is needed"),
            (["plan", "--device", "skl", "--dsm-size", "64M"], "plan: --ggc is needed"),
            (["rmrr", "query", "--dmar", "x", "--ggc", "0x2c1"], "rmrr query: --device-id, --ggc and"),
            (["rmrr", "query", "--dmar", "x", "--device-id", "3e92", "--ggc", "1"], "rmrr query: --device-id"),
            (["rmrr", "query", "--dmar", "x", "--bdsm", "1"], "rmrr query: --device-id, --ggc and --bdsm"),
            (["rmrr", "x"], "rmrr: say query"),
            (["legacy", "--machine", "pc-x"], "legacy: bad value 'pc-x' for --machine"),
            (["legacy", "--machine", "q35-9.2"], "legacy: bad value 'q35-9.2' for --machine"),
            (["doctor", "--json=1"], "doctor: unknown option '--json=1'"),
            (["doctor", "x"], "doctor: unexpected argument 'x'"),
            (["capture", "x"], "capture: unexpected argument 'x'")):
        status, out, err = cli.igdpt(*words)
        assert status == 3 and not out and err.startswith("igdpt: " + said), (words, err)
        assert err.count("\n") == 1 and err.endswith(f"; try igdpt {words[0]} --help\n"), err


def options_may_stand_anywhere_and_values_behind_a_sign():
    shown = cli.igdpt("platform", "show", "--json", "adl-p")
    assert shown[0] == 0 and shown == cli.igdpt("platform", "show", "adl-p", "--json"), shown
    told = cli.igdpt("doctor", "--explain", "D05")
    assert told[0] == 0 and told == cli.igdpt("doctor", "--explain=D05"), told


HOSTILE = b"a\n\x1b]0;x\x07\x9b\xc2\x9b\xff\xc3\xa4"


def a_name_cannot_speak_to_the_terminal():
    with tempfile.TemporaryDirectory() as where:
        hostile = os.fsencode(where) + b"/" + HOSTILE
        for content in (b"", b"$VBT" + bytes(60), b"DMAR" + bytes(60), b"IntelGraphicsMem" + bytes(60), b"\x55\xaa"):
            with open(hostile, "wb") as out:
                out.write(content)
            for words in (["scan", where], ["scan", "--json", where], *([*verb, *json_too, hostile] for json_too in (
                    [], ["--json"]) for verb in (["vbt", "show"], ["dmar", "show"], ["opregion", "check"],
                                                ["rom", "inspect"], ["explain"]))):
                _, out, err = cli.igdpt(*words)
                told = (out + err).encode("latin-1")
                told.decode("utf-8")
                assert "\x1b" not in out + err and b"\xc2\x9b" not in told, (words, told)
                if "--json" in words and out:
                    record = json.loads(out.encode("latin-1"))
                    record = record[0] if isinstance(record, list) else record
                    assert record["file"].endswith("/a\n\x1b]0;x\x07\x9b\x9b\xff\u00e4"), (words, out)


def a_list_that_is_none_ends_the_scan():
    for listed in ("/dev/zero", None):
        names = ["--files-from", listed or "-"]
        status, _, err = cli.igdpt("scan", *names, stdin=b"/dev/null\0/dev/null\0")
        assert status == 3 and "the list of names" in err and "--null" in err, (status, err)
    status, _, err = cli.igdpt("scan", "--files-from", "-", stdin=b"x" * 5000)
    assert status == 3 and "too long" in err, err


def what_cannot_be_written_is_told_and_leaves_no_half():
    with tempfile.TemporaryDirectory() as where:
        for words in (["--version"], ["--help"], ["vbt", "--help"], ["platform", "list"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([cli.PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, check=False,
                                      env=dict(os.environ, LD_LIBRARY_PATH=cli.LIBRARIES))
            assert done.returncode == 3 and b"cannot write" in done.stderr, (words, done)
        out = os.path.join(where, "out")
        limited = subprocess.run(["sh", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$0" vbt build --platform tgl '
                                  '--bytes 9000 -o "$1"', cli.PROGRAM, out], capture_output=True, check=False,
                                 env=dict(os.environ, LD_LIBRARY_PATH=cli.LIBRARIES))
        assert limited.returncode == 3 and not os.path.exists(out), limited
        for name in ("a", "b"):
            os.makedirs(os.path.join(where, name))
            done = cli.igdpt("opregion", "build", "-o", os.path.join(where, name, "same"))
            assert done[0] == 0, done
        folder = os.path.join(where, "a")
        status, _, err = cli.igdpt("opregion", "normalise", "-o", folder,
                                   *(os.path.join(where, name, "same") for name in ("a", "b")))
        assert status == 3 and "same name" in err, err


def a_number_is_taken_whole_or_not_at_all():
    for words in (["dmar", "build", "-o", "-", "--rmrr", "0x1000-99999999999999999999=02.0"],
                  ["dmar", "build", "-o", "-", "--rmrr=-0x1000-0x1fff=0:2.0"],
                  ["rmrr", "query", "--dmar", "x", "--device=-1:02.0"],
                  ["rmrr", "query", "--dmar", "x", "--bridge", "00:1c.0=-1"],
                  ["rmrr", "query", "--dmar", "x", "--policy", "strict", "--policy", "bogus"],
                  ["rom", "inspect", "--patch", "-", "x"],
                  ["opregion", "normalise", "--json", "-o", "-", "x"]):
        status, out, _ = cli.igdpt(*words)
        assert status == 3 and not out, (words, status, out)
    assert cli.igdpt("scan", "--", "--help")[0] == 3  # a file of that name


cli.run(a_file_that_is_too_large_or_cannot_be_read_is_named_and_nothing_more_happens,
        a_missing_file_has_a_record_too, bytes_may_go_to_standard_output,
        a_list_of_names_that_cannot_be_read_is_an_error, one_is_no_plural,
        help_of_a_verb_is_the_same_however_it_is_asked_for, a_wrong_argument_is_named_in_one_line,
        options_may_stand_anywhere_and_values_behind_a_sign, a_name_cannot_speak_to_the_terminal,
        a_list_that_is_none_ends_the_scan, what_cannot_be_written_is_told_and_leaves_no_half,
        a_number_is_taken_whole_or_not_at_all)
