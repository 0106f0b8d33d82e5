# SPDX-License-Identifier: MIT
"""`igdpt scan`: many files of all kinds, in order, with any number of threads."""
import json
import os
import pty
import re
import subprocess
import tempfile
import threading

import cli

ROOM = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(ROOM.name, name)


def write(name, data):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), "wb") as out:
        out.write(data)
    return path(name)


def made(name, *command):
    status, out, err = cli.igdpt(*command, "-o", path(name))
    assert status == 0, (command, out, err)
    return path(name)


def samples():
    """A file of each kind, and what scan must say of it"""
    vbt = made("a.vbt", "vbt", "build", "--platform", "hsw")
    opregion = made("b.opregion", "opregion", "build", "--vbt", vbt)
    dmar = made("c.dmar", "dmar", "build", "--rmrr", "0x8d000000-0x8f1fffff=00:02.0")
    rom = write("d.rom", b"\x55\xaa" + bytes(510))
    log = write("e.log", b"[ 1.0] DMAR: Intel(R) Virtualization Technology for Directed I/O\n")
    rows = {0: 0x86, 1: 0x80, 2: 0x12, 3: 4, 11: 3, 0x50: 0x11, 0x51: 2, 0x5f: 0x8e, 0xfe: 0x7a}
    dump = write("g.txt", b"00:02.0 VGA compatible controller: Intel\n" + b"".join(
        b"%02x:" % at + b"".join(b" %02x" % rows.get(at + i, 0) for i in range(16)) + b"\n"
        for at in range(0, 256, 16)))
    with open(vbt, "rb") as table:
        image = write("f.bin", bytes(5000) + table.read() + b"\xff" * 3000)
    iomem = write("h.iomem", b"\n00000000-00000fff : Reserved\n00001000-0009ffff : System RAM\n"
                  b"000a0000-000fffff : PCI Bus 0000:00\n")
    sysfs = write("i.regions", b"0x00000000fee00000 0x00000000feefffff msi\n")
    return [(vbt, "vbt"), (opregion, "opregion"), (dmar, "dmar"), (rom, "rom"), (log, "log"),
            (image, "vbt"), (dump, "lspci"), (iomem, "iomem"), (sysfs, "reserved-regions")]


def a_list_of_lspci_is_no_log():
    header = "00:02.0 Display controller [0380]: Intel Corporation UHD Graphics 770 [8086:a780] (rev 04)\n"
    more = "\tSubsystem: ASRock Device [1849:a780]\n\tKernel driver in use: vfio-pci\n\n"
    bridge = "00:00.0 Host bridge [0600]: Intel Corporation [8086:a703] (rev 01)\n"
    fault = "vfio-pci 0000:00:02.0: BAR 2: can't reserve [mem 0x90000000-0x9fffffff 64bit pref]\n"
    for text, kind, verdict in ((header, "lspci", "warnings"), (bridge + header + more + bridge, "lspci", "warnings"),
                                ("00:02.0 0380: 8086:a780 (rev 04)\n", "lspci", "warnings"),
                                ("IOMMU Group 0:\n\t" + header + "IOMMU Group 1:\n\t" + bridge, "lspci", "warnings"),
                                ("0000:" + header + "0000:" + bridge + more, "lspci", "warnings"),
                                (header + more + fault, "log", "errors"), ("0000:" + header + fault, "log", "errors"),
                                (header.replace("[8086:a780] ", ""), "log", "fine")):
        shown = lines(cli.igdpt("scan", "--json", write("list", text.encode()))[1])[0]
        assert (shown["kind"], shown["verdict"]) == (kind, verdict), (text, shown)


def lines(out):
    return [json.loads(line) for line in out.splitlines()]


def each_kind_is_known_by_its_content():
    files = samples()
    status, out, err = cli.igdpt("scan", "--json", *(name for name, kind in files))
    shown = lines(out)
    assert [(s["file"], s["kind"]) for s in shown] == files and not err, (out, err)
    by_kind = {s["kind"]: s for s in shown[:5]}
    assert by_kind["vbt"]["bdb_version"] == 177 and by_kind["opregion"]["version"] == "2.1.0"
    assert by_kind["dmar"]["rmrr"][0]["base"] == "0x8d000000"
    assert by_kind["log"]["lines"] == 1 and shown[5]["vbt_offset"] == 5000
    assert shown[6]["platform"] == "hsw" and shown[6]["ggc"] == "0x211", shown[6]
    whole = json.loads(cli.igdpt("doctor", "--json", "--lspci", files[6][0])[1])
    assert whole | {"file": files[6][0], "kind": "lspci", "verdict": "fine"} == shown[6], shown[6]
    assert by_kind["rom"]["verdict"] == "errors" and by_kind["rom"]["findings"]
    assert [(s["regions"], s["findings"]) for s in shown[7:]] == [(2, []), (1, [])], shown[7:]
    assert by_kind["vbt"]["verdict"] == "fine" and status == 2


def a_line_says_what_the_verb_for_its_kind_says():
    files = samples()
    for (name, _), verb in zip(files, (("vbt", "show"), ("opregion", "check"), ("dmar", "show"))):
        one = json.loads(cli.igdpt(*verb, "--json", name)[1])
        shown = lines(cli.igdpt("scan", "--json", name)[1])[0]
        assert shown.pop("kind") == verb[0] and shown.pop("verdict") == "fine"
        assert shown == one, (shown, one)


def bad_files_are_reported_and_passed_over():
    vbt = samples()[0][0]
    os.mkfifo(path("fifo"))
    nothing = [path("missing"), path("fifo"), write("zeros", bytes(100)), write("empty", b"")]
    status, out, err = cli.igdpt("scan", "--json", vbt, *nothing, vbt)
    shown = lines(out)
    assert [s["verdict"] for s in shown] == ["fine"] + ["unreadable"] * 4 + ["fine"], out
    assert [s.get("error", "")[:12] for s in shown[1:5]] == \
        ["No such file", "not a file", "nothing but ", "empty; sysfs"] and status == 3 and not err
    hidden = write("hidden", b"00000000-00000000 : Reserved\n")
    torn = write("torn", b"0x0 0xfff direct\n0x0 0xfff\n")
    shown = lines(cli.igdpt("scan", "--json", hidden, torn)[1])
    assert [(s["kind"], s["findings"][0]["id"]) for s in shown] == \
        [("iomem", "rmrr-hidden"), ("reserved-regions", "rmrr-syntax")], shown
    status, out, err = cli.igdpt("scan", vbt, *nothing)
    assert out.splitlines()[0] == f"{vbt}: vbt: fine" and path("missing") + ": No such" in out
    assert out.splitlines()[-1] == \
        "5 files: 1 fine, 0 with warnings, 0 with errors, 4 unreadable", out


def many_threads_give_the_same_bytes_as_one():
    vbt, opregion, dmar = (name for name, kind in samples()[:3])
    names = [vbt, opregion, dmar, path("missing"), vbt] * 500
    listed = "\n".join(names).encode()
    one = cli.igdpt("scan", "--json", "--jobs", "1", "--files-from", "-", stdin=listed)
    assert [s["file"] for s in lines(one[1])] == names
    assert cli.igdpt("scan", "--json", "--jobs", "7", "--files-from", "-", stdin=listed) == one
    zero = cli.igdpt("scan", "--json", "-0", "--files-from", "-", stdin="\0".join(names).encode())
    assert zero == one


def a_directory_stands_for_the_files_below_it():
    vbt = samples()[0][0]
    for name in ("tree/x.vbt", "tree/a/b/c/y.vbt"):
        with open(vbt, "rb") as table:
            write(name, table.read())
    os.mkfifo(path("tree/fifo"))
    os.symlink(vbt, path("tree/link"))
    os.symlink("..", path("tree/a/loop"))
    write("tree/" + "/".join("d" * 40) + "/deep.vbt", b"")
    status, out, err = cli.igdpt("scan", "--json", path("tree"))
    assert {s["file"] for s in lines(out)} == {path("tree/x.vbt"), path("tree/a/b/c/y.vbt")}, out
    assert "too deep" in err and status == 3, err


def quiet_names_only_what_is_not_fine():
    files = [name for name, kind in samples()]
    status, out, err = cli.igdpt("scan", "-q", *files)
    assert status == 2 and out.splitlines() == [
        files[3] + ": rom: errors", "9 files: 8 fine, 0 with warnings, 1 with errors, 0 unreadable"]


def peak_of(names):
    """KiB that a scan of so many names needed. A child's rusage would count this process's memory
    from before exec; the status file of the child while it still waits for names does not."""
    command = [cli.PROGRAM, "scan", "--json", "--jobs", "2", "--files-from", "-"]
    env = dict(os.environ, LD_LIBRARY_PATH=cli.LIBRARIES)
    # The address sanitizer holds back what was freed, up to so many MiB.
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + \
        ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as child:
        feeder = threading.Thread(target=lambda: (child.stdin.write(b"".join(names)),
                                                  child.stdin.flush()))
        feeder.start()
        for _ in names:
            assert child.stdout.readline().endswith(b"}\n")
        feeder.join()
        with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
            peak = int(re.search(r"^VmHWM:\s*(\d+) kB", status.read(), re.M).group(1))
        child.stdin.close()
        assert child.wait() == 0
    return peak


def memory_does_not_grow_with_the_number_of_files():
    name = samples()[0][0].encode() + b"\n"
    assert peak_of([name] * 8000) < 1.2 * peak_of([name] * 80) + 512


def a_reader_that_goes_away_ends_it():
    listed = (samples()[0][0] + "\n").encode() * 20000
    command = [cli.PROGRAM, "scan", "--json", "--files-from", "-"]
    env = dict(os.environ, LD_LIBRARY_PATH=cli.LIBRARIES)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, input=listed, stdout=full, stderr=subprocess.PIPE, env=env,
                              timeout=60, check=False)
    assert done.returncode == 3 and b"cannot be written" in done.stderr, done


def progress_is_shown_on_a_terminal_alone():
    leader, terminal = pty.openpty()
    env = dict(os.environ, LD_LIBRARY_PATH=cli.LIBRARIES)
    subprocess.run([cli.PROGRAM, "scan", "--json", samples()[0][0]], stdout=subprocess.DEVNULL,
                   stderr=terminal, env=env, check=True)
    os.close(terminal)
    text = b""
    try:
        while True:
            text += os.read(leader, 4096)
    except OSError:
        pass
    os.close(leader)
    assert b"1 file: 1 fine" in text, text


def wrong_calls_say_so():
    for args in ((), ("--frob", "x"), ("--jobs", "0", "x"), ("--jobs", "many", "x"),
                 ("--files-from", path("none"))):
        status, out, err = cli.igdpt("scan", *args)
        assert status == 3 and not out and "igdpt: " in err, (args, status, out, err)


cli.run(each_kind_is_known_by_its_content, a_list_of_lspci_is_no_log, a_line_says_what_the_verb_for_its_kind_says,
        bad_files_are_reported_and_passed_over, many_threads_give_the_same_bytes_as_one,
        a_directory_stands_for_the_files_below_it, quiet_names_only_what_is_not_fine,
        memory_does_not_grow_with_the_number_of_files, a_reader_that_goes_away_ends_it,
        progress_is_shown_on_a_terminal_alone, wrong_calls_say_so)
