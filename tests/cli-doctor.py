# SPDX-License-Identifier: MIT
"""What `igdpt doctor` finds, on machines that `igdpt sample` makes and on real dumps."""
import json
import os
import random
import re
import shutil
import struct
import subprocess
import tempfile

import cli

# Faults that show twice: an old kernel matters because of the class.
ALSO = {"class-0380-old-kernel": {"D04"}}


def scratch(test):
    """Runs a test in a new directory, given to it as its argument"""
    def wrapped():
        where = tempfile.mkdtemp(prefix="igdpt-doctor-")
        try:
            test(where)
        finally:
            shutil.rmtree(where)
    wrapped.__name__ = test.__name__
    return wrapped


def sample(where, *options, name="tree", platform="adl-p"):
    tree = os.path.join(where, name)
    status, _, err = cli.igdpt("sample", "--platform", platform, "-o", tree, *options)
    assert status == 0, err
    return tree


def doctor(*args, **more):
    status, out, err = cli.igdpt("doctor", "--json", *args, **more)
    assert status in (0, 1, 2), (status, err)
    report = json.loads(out)
    worst = {"FAIL": 2, "WARN": 1}
    assert status == max([worst.get(c["status"], 0) for c in report["checks"]]), report
    return report


def examine(tree, side="host"):
    args = ["--root", tree, "--side", side, "--log", f"{tree}/log/dmesg.txt"]
    if side == "host":
        args += ["--qemu-args", f"{tree}/vm/qemu.args", "--rom", f"{tree}/vm/igd.rom"]
    return doctor(*args)


def bad(report):
    return {c["id"] for c in report["checks"] if c["status"] in ("WARN", "FAIL")}


def check(report, number):
    return next(c for c in report["checks"] if c["id"] == number)


def faults():
    _, out, _ = cli.igdpt("sample", "--list")
    return [line.split(None, 2)[:2] for line in out.splitlines()]


def platforms():
    with open(os.path.join(cli.SRCDIR, "include/igdpt/platforms.def"), encoding="ascii") as rows:
        found = re.findall(r'^IGDPT_PLATFORM\(\d+, \w+, "([^"]+)", "[^"]+", (\d+), \w+, \w+, (\w+)',
                           rows.read(), re.M)
    return [(name, int(gen)) for name, gen, flags in found if flags != "0"]


def broken(where, fault, number):
    """A tree of one platform or another; not every platform can have every fault"""
    platform = ("adl-p", "hsw", "mtl", "skl", "snb")[number % 5]
    options = "--break", fault, "--seed", str(number)
    tree = os.path.join(where, fault)
    if cli.igdpt("sample", "--platform", platform, "-o", tree, *options)[0] != 0:
        tree = sample(where, *options, name=fault)
    return tree


@scratch
def each_fault_is_found_by_its_check_and_named_as_the_cause(where):
    for number, (name, wanted) in enumerate(faults()):
        tree = broken(where, name, number)
        report = examine(tree, "guest" if name.startswith("guest") else "host")
        assert bad(doctor("--root", tree)) == bad(report), name
        assert bad(report) - ALSO.get(name, set()) == {wanted}, (name, bad(report))
        assert report["cause"] == wanted, (name, report["cause"])
        found = check(report, wanted)
        assert found["remedy"] and found["known_from"], found


@scratch
def each_check_has_a_fault_and_passes_on_a_whole_machine(where):
    seen = {wanted for _, wanted in faults()}
    host, guest = examine(sample(where, name="host")), examine(
        sample(where, "--side", "guest", name="guest"), "guest")
    for line in host["checks"]:
        number = line["id"]
        assert number in seen, number
        both = {line["status"], check(guest, number)["status"]}
        assert both & {"PASS", "INFO"}, (number, both)
    assert host["cause"] is None and guest["cause"] is None


@scratch
def a_whole_machine_of_any_platform_has_nothing_wrong(where):
    for name, gen in platforms():
        status, _, _ = cli.igdpt("sample", "--platform", name, "-o", os.path.join(where, name))
        if status:
            continue # discrete
        report = examine(os.path.join(where, name))
        # Linux hosts switch the IOMMU of these off.
        off = name in ("g45", "gm45", "bdw")
        assert bad(report) == ({"D03"} if off else set()), (name, report)
        assert report["platform"] == name and gen, name
        tree = sample(where, "--side", "guest", name=name + "-guest", platform=name)
        assert bad(examine(tree, "guest")) <= {"D03"}, name


@scratch
def a_sample_is_what_other_tools_take_it_for(where):
    tree = sample(where)
    table = os.path.join(where, "dmar.aml")
    shutil.copy(os.path.join(tree, "sys/firmware/acpi/tables/DMAR"), table)
    if not shutil.which("iasl") or not shutil.which("intel_vbt_decode"):
        raise cli.Skip("iasl or intel_vbt_decode is missing")
    subprocess.run(["iasl", "-d", table], check=True, capture_output=True, cwd=where)
    with open(os.path.join(where, "dmar.dsl"), encoding="latin-1") as text:
        assert "PCI Path : 02,00" in text.read()
    vbt = os.path.join(tree, "sys/kernel/debug/dri/0000:00:02.0/i915_vbt")
    out = subprocess.run(["intel_vbt_decode", f"--file={vbt}"], check=True, capture_output=True,
                         text=True).stdout
    assert "BDB version" in out and "DisplayPort" in out, out


@scratch
def the_same_seed_makes_the_same_files(where):
    trees = [sample(where, "--seed", seed, name=name) for name, seed in
             (("a", "7"), ("b", "7"), ("c", "9999"))]
    same = subprocess.run(["diff", "-r", "--no-dereference", trees[0], trees[1]], check=False)
    other = subprocess.run(["diff", "-rq", "--no-dereference", trees[0], trees[2]], check=False,
                           capture_output=True)
    assert same.returncode == 0 and other.returncode == 1


def out_of(dump, address):
    return subprocess.run(["lspci", "-F", dump, "-xxx", "-nn", "-s", address], check=False,
                          capture_output=True).stdout.decode("latin-1")


def registers_of_real_dumps_are_what_lspci_shows():
    if not shutil.which("lspci"):
        raise cli.Skip("lspci is missing")
    for path in cli.corpus("lspci"):
        out = out_of(path, "00:02.0")
        data = bytes.fromhex("".join(re.findall(r"^[0-9a-f]{2}: ((?:[0-9a-f]{2} ?)+)$", out, re.M)))
        report = doctor("--lspci", path)
        if not data:
            assert report["cause"] == "D01", path
            continue
        head = re.search(r"\[(\w{4})\]: .*\[8086:(\w{4})\]", out)
        assert int(report["class"], 16) >> 8 == int(head[1], 16), path
        assert int(report["device"], 16) == int(head[2], 16), path
        assert report["platform"], path
        off = report["platform"] in ("g45", "gm45", "bdw") or "[8086:0044]" in out_of(path, "00:00.0")
        assert check(report, "D03")["status"] == ("WARN" if off else "PASS"), path
        if len(data) < 256:
            continue
        word = lambda at, n: int.from_bytes(data[at:at + n], "little")
        early = report["platform"] in ("i945gm", "i965gm", "gm45", "g45", "ilk")
        bridge = out_of(path, "00:00.0")
        row = re.search(r"^50: \w\w \w\w (\w\w) (\w\w)", bridge, re.M)
        ggc = int(row[2] + row[1], 16) if early and row else word(0x50, 2)
        bdsm = word(0xc0, 8) if report["platform"] == "adl-p" else word(0x5c, 4)
        assert int(report["asls"], 16) == word(0xfc, 4), path
        assert int(report["ggc"], 16) == ggc, (path, report["ggc"], hex(ggc))
        assert int(report["bdsm"], 16) == bdsm & ~0xfffff, path


@scratch
def a_dump_in_any_dress_is_read(where):
    rows = ["86 80 a6 46 07 04 10 00 0c 00 {} 03 00 00 00 00", *["00 " * 16] * 14,
            "00 00 00 00 00 00 00 00 00 00 00 00 18 00 94 65"]
    def dump(address, sub="00", end="\n", indent="", fill="{:02x}"):
        text = f"{indent}{address} VGA compatible controller: Intel{end}\tFlags: fast devsel{end}"
        return text + end.join(f"{indent}{fill.format(at * 16)}: " + row.format(sub)
                               for at, row in enumerate(rows)) + end + end
    path = os.path.join(where, "dump")
    for text in (dump("00:02.0"), dump("0000:00:02.0"), dump("00:02.0", end="\r\n"),
                 dump("00:02.0", indent="    "), dump("00:02.0").upper(), dump("00:02.0", fill="{:03x}"),
                 dump("03:00.0", "80") + dump("00:02.0"), dump("00:02.0") + dump("03:00.0", "80"),
                 "# lspci -xxx\n" + dump("00:1f.0").replace("03 00 00", "06 00 00") + dump("00:02.0")):
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        report = doctor("--lspci", path)
        assert report["asls"] == "0x65940018" and report["platform"] == "adl-p", text
        assert report["class"] == "0x30000", (text, report["class"])
    with open(path, "w", encoding="ascii") as out:
        out.write("> " + dump("00:02.0").replace("\n", "\n> "))
    assert doctor("--lspci", path)["asls"] == "0x65940018"
    with open(path, "w", encoding="ascii") as out:
        out.write("00:02.0 VGA compatible controller: Intel (rev ff)\n\t!!! Unknown header type 7f\n" +
                  "".join(f"{at:02x}:{' ff' * 16}\n" for at in range(0, 64, 16)))
    report = doctor("--lspci", path)
    assert "does not answer" in check(report, "D01")["said"], report
    assert path in check(report, "D01")["known_from"], report
    for rev, more in (("(rev ff) (prog-if ff)", ""), ("(rev 04)", "\t!!! Unknown header type 7f\n")):
        with open(path, "w", encoding="ascii") as out:
            out.write(f"00:02.0 VGA compatible controller [0300]: Intel [8086:46a6] {rev}\n{more}"
                      "\tKernel driver in use: vfio-pci\n")
        assert "does not answer" in check(doctor("--lspci", path), "D01")["said"], (rev, more)
    with open(path, "w", encoding="ascii") as out:
        out.write(dump("03:00.0", "80"))
    assert doctor("--lspci", path)["cause"] == "D02"
    assert doctor("--lspci", path, "--device", "00:02.0")["cause"] == "D01"
    assert doctor("--lspci", path, "--device", "03:00.0")["cause"] == "D02"
    with open(path, "w", encoding="ascii") as out:
        out.write("06:10.0 VGA compatible controller [0300]: Intel Corporation X [8086:a780] (rev 04)\n")
    assert "integrated" in check(doctor("--lspci", path), "D02")["said"]
    empty = check(doctor("--lspci", path, "--log", os.devnull), "D34")
    assert (empty["status"], empty["said"]) == ("SKIP", "The log is empty"), empty
    with open(path, "w", encoding="ascii") as out:
        out.write("00:02.0 VGA compatible controller: Intel Corporation Raptor Lake-S GT1 (rev 04)\n")
    assert "with its ids" in cli.igdpt("doctor", "--lspci", path)[2]


@scratch
def numbers_and_drivers_of_a_dump_are_read(where):
    path = os.path.join(where, "dump")
    words = "{}00:02.0 VGA compatible controller [0300]: Intel Corporation UHD [8086:46a6] (rev 0c)\n"
    numbers = "{}00:02.0 0300: 8086:46a6 (rev 0c)\n"
    more = ("\tSubsystem: Intel Corporation [8086:7270]\n\tKernel driver in use: i915\n\tKernel modules: i915, xe\n"
            "01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1b80]\n\tKernel driver in use: nouveau\n")
    row = "".join(f"{at:02x}:{' 00' * 16}\n" for at in range(0, 64, 16)).replace(
        "00: 00 00 00 00 00 00 00 00 00 00 00 00", "00: 86 80 a6 46 00 00 00 00 0c 00 00 03", 1)
    for text in (words, numbers, "{}IOMMU Group 0:\n\t" + words.format(""), words.replace("46a6", "46A6")):
        for front in ("", "0000:", "> "):
            with open(path, "w", encoding="ascii") as out:
                out.write(text.format(front) + more)
            report = doctor("--lspci", path)
            assert not bad(report) and report["platform"] == "adl-p" and report["class"] == "0x30000", report
            assert check(report, "D10")["said"].startswith("i915 had the device"), report
            assert "0 bytes of config space" in check(report, "D14")["said"], report
    other = "IOMMU group 7:\t\t\t[10de:1b80] 01:00.0 VGA compatible controller: NVIDIA\n"
    for text in ("IOMMU Group 0 " + words, "> IOMMU Group 0: 0000:" + words,
                 other + "IOMMU group 2:\t\t\t[8086:46a6] 00:02.0 VGA compatible controller: Intel [x] (rev 0c)\n",
                 "[8086:46a6] 0000:00:02.0 VGA compatible controller: Intel Corporation UHD\n" + other):
        with open(path, "w", encoding="ascii") as out:
            out.write(text.format(""))
        report = doctor("--lspci", path)
        assert not bad(report) and report["platform"] == "adl-p" and report["class"] == "0x30000", (text, report)
    with open(path, "w", encoding="ascii") as out:
        out.write("IOMMU group 2:\t[8086:4680] 00:02.0 Display controller: Intel Corporation UHD (rev 0c)\n")
    assert doctor("--lspci", path)["class"] == "0x38000"
    with open(path, "w", encoding="ascii") as out:
        out.write(words.format("") + more)
    args = os.path.join(where, "args")
    with open(args, "w", encoding="ascii") as out:
        out.write("qemu -M q35 -bios OVMF.fd -device vfio-pci,host=00:02.0,addr=2,x-igd-opregion=on,romfile=x")
    report = doctor("--lspci", path, "--qemu-args", args)
    assert report["cause"] == "D10" and check(report, "D30")["status"] == "SKIP", report
    # An Atom of 2011, whose id a discrete GPU of 2022 has, too.
    with open(path, "w", encoding="ascii") as out:
        out.write("00:02.0 VGA compatible controller [0300]: Intel Atom Processor D2xxx [8086:0be1] (rev 0b)\n")
    report = doctor("--lspci", path)
    assert check(report, "D03")["status"] == "WARN" and "0be1 is in no list" in check(report, "D03")["said"], report
    with open(path, "w", encoding="ascii") as out:
        out.write(words.format("").replace("46a6", "1234") + row)
    report = doctor("--lspci", path)
    assert report["device"] == "0x46a6" and "64 bytes" in check(report, "D22")["said"], report
    assert "lspci -k" in check(report, "D10")["said"], report
    for text in (words.replace("[8086:46a6]", "[8086:46a]"), words.replace("[0300]", "[03x0]"),
                 words.replace("8086", "10de"), words.replace("0300", "0280")):
        with open(path, "w", encoding="ascii") as out:
            out.write(text.format(""))
        status, out, err = cli.igdpt("doctor", "--json", "--lspci", path)
        assert status == 3 or json.loads(out)["cause"] == "D01", (text, out, err)


@scratch
def what_is_no_dump_and_no_configuration_is_not_judged(where):
    path = os.path.join(where, "file")
    line = "00:02.0 VGA compatible controller [0300]: Intel Corporation Device [8086:46a6]\n"
    row = "00: 86 80 a6 46 07 04 10 00 0c 00 00 03 00 00 00 00\n"
    photo = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + random.Random(3).randbytes(3000)
    for options, said, contents in (
            (["--lspci"], "lspci -nnkxxx", (line[:line.index(" [8086")].encode(), row.encode(), b"\n", photo,
                                            b"00000000: 8680 a646 0704 1000  ...F....\n")),
            (["--lspci", "--qemu-args", "--libvirt-xml", "--pve-conf"], "UTF-16",
             ((line + row + "qemu -M q35\nbios: x\n<domain/>").encode("utf-16"),)),
            (["--lspci", "--qemu-args", "--libvirt-xml", "--pve-conf"], "empty", (b"",)),
            (["--qemu-args"], "no command line", (
                photo, b"\n", b"bios: ovmf\n", b"<domain/>",
                domain(tail=override("x-igd-opregion", "on")).replace("/x/", "/usr/share/qemu/").encode())),
            (["--libvirt-xml"], "no domain", (photo, b"\n", b"bios: ovmf\n", b"qemu -M q35")),
            (["--pve-conf"], "no configuration", (photo, b"\n", b"<domain/>", b"qemu -M q35"))):
        for content in contents:
            with open(path, "wb") as out:
                out.write(content)
            for option in options:
                status, out, err = cli.igdpt("doctor", option, path)
                assert status == 3 and not out, (option, content, status, out)
                assert err.startswith(f"igdpt: {path}: ") and said in err, (option, content, err)


@scratch
def a_dump_is_judged_with_what_lies_beside_it(where):
    dump, log, conf = (os.path.join(where, name) for name in ("dump", "log", "conf"))
    with open(dump, "w", encoding="ascii") as out:
        out.write("00:02.0 VGA: Intel\n00: 86 80 a6 46 07 04 10 00 0c 00 00 03 00 00 00 00\n" +
                  "".join(f"{at:02x}: {'c1 02' if at == 0x50 else '00 00'}{' 00' * 14}\n"
                          for at in range(16, 240, 16)) +
                  "f0: 00 00 00 00 00 00 00 00 00 00 00 00 18 00 94 65\n")
    with open(log, "w", encoding="ascii") as out:
        out.write("vfio-pci 0000:00:02.0: BAR 2: can't reserve [mem 0x90000000-0x9fffffff 64bit pref]\n")
    with open(conf, "w", encoding="ascii") as out:
        out.write("bios: ovmf\nhostpci0: 0000:00:02.0,romfile=x\n")
    assert not bad(doctor("--lspci", dump))
    assert bad(doctor("--lspci", dump, "--log", log)) == {"D34"}
    assert bad(doctor("--lspci", dump, "--pve-conf", conf)) == {"D25", "D26"}
    assert check(doctor("--lspci", dump, "--rom", log), "D28")["status"] == "FAIL"
    _, out, _ = cli.igdpt("doctor", "--lspci", dump)
    assert "Nothing found in what was read that would" in out, out


def vm(where, option, text, *more):
    path = os.path.join(where, "vm.conf")
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    return doctor("--root", os.path.join(where, "tree"), option, path, *more)


@scratch
def a_qemu_command_line_is_understood(where):
    sample(where)
    good = ("qemu -M q35 -m 8G -device vfio-pci,host=00:02.0,addr=2.0,romfile=x.rom,x-igd-opregion=on"
            " -bios OVMF.fd -nic none")
    assert not bad(vm(where, "--qemu-args", good))
    odd = [
        '-machine q35 -device \'{"driver":"vfio-pci","host":"0000:00:02.0","addr":"0x2","romfile":"x"}\'',
        '-machine q35 -device {"driver":"vfio-pci","host":"0000:00:02.0","addr":"0x2","romfile":"x"}',
        "-M q35 -device '{ \"driver\": \"vfio-pci\", \"host\": \"0000:00:02.0\", \"bus\": \"pcie.0\","
        " \"addr\": \"0x2\", \"romfile\": \"/x y/a.rom\" }'",
        "-machine type=pc-q35-8.1,accel=kvm \\\n --device vfio-pci,host=02.0,bus=pcie.0,addr=0x2.0x0,"
        "romfile=x \\\n",
        "-M pc-q35-9.2+pve1 -device 'vfio-pci,id=igd,sysfsdev=/sys/bus/pci/devices/0000:00:02.0,"
        "addr=2,romfile=x' -set device.igd.x-igd-opregion=on",
        "# a script\nLC_ALL=C -M q35 -device vfio-pci,host=0000:00:02.0,id=hostdev0,romfile=x "
        "# where?\n -set device.hostdev0.addr=02.0",
        '-M "q35" -device "vfio-pci,host=0000:00:02.0,addr=02.0,romfile=/a b/x.rom,x-vga=on"',
        "-M q35 -set device.hostpci0.addr=02.0 -device vfio-pci,host=00:02.0,id=hostpci0,romfile=x",
        "-M q35 -device vfio-pci-nohotplug,host=0000:00:02.0,addr=02.0,romfile=x -device"
        " vfio-pci,host=0000:00:1f.3,addr=02.1",
    ]
    for text in odd:
        text += " -global vfio-pci.x-igd-opregion=on -bios OVMF_CODE.fd -nic none"
        report = vm(where, "--qemu-args", f"/usr/bin/qemu-system-x86_64 {text}")
        assert not bad(report), (text, report)
    wrong = [
        ("D25", good.replace("2.0,rom", "4.0,rom")),
        ("D25", good.replace("addr=2.0,", "")),
        ("D25", good.replace("addr=2.0", "bus=rp1,addr=0x0")),
        ("D25", good.replace("romfile", "x-igd-opregion=off,romfile")),
        ("D25", good.replace("romfile", "x-igd-lpc=on,romfile")),
        ("D25", good.replace("romfile", "x-igd-gms=0x80,romfile")),
        ("D25", good.replace("romfile", "rombar=0,romfile")),
        ("D25", good + " -device virtio-net-pci,addr=0x2"),
        ("D25", good.replace("-M q35", "-M pc")),
        # On Proxmox's q35 pci.0 is a bridge.
        ("D25", good.replace("addr=2.0", "bus=pci.0,addr=2.0")),
        ("D25", good.replace("addr=2.0", "bus=pci.0,addr=2.0").replace("-M q35", "") + " -M q35"),
        ("D26", good.replace(",x-igd-opregion=on", "")),
        ("D25", good.replace("00:02.0", "00:02.1")),
        ("D25", "qemu -device vfio-pci,host=01:00.0"),
        ("D25", "qemu"),
        ("D26", START.format("9.2.0") + good.replace("x-igd-opregion=on", "x-igd-lpc=off")),
        ("D27", good.replace(",romfile=x.rom", "")),
        ("D27", "qemu\0-vga\0none\0-net\0none\0-device\0vfio-pci,host=0000:00:02.0,addr=0x2,x-igd-opregion=on\0"
         "-M\0pc\0"),
        # The name of a disk says nothing of the firmware.
        ("D27", good.replace("-bios OVMF.fd", "-drive file=/vm/win10-uefi.qcow2")),
        ("D30", good.replace("8G", "64M")),
        ("D30", good.replace("8G", "65536K")),
    ]
    for number, text in wrong:
        report = vm(where, "--qemu-args", text)
        assert bad(report) == {number}, (text, report)
    before = good.replace("q35", "pc") + " -device virtio-net-pci,addr=0x2\n"
    for text in (good.replace("addr=2.0", "\\\naddr=2.0"), good.replace("addr=2.0", "\\\r\naddr=2.0"),
                 good.replace(" -", "\n> -"),
                 'OPTS="-M q35 -m 8G -nodefaults"\n  OPTS+=" -bios OVMF.fd"\nexport OPTS="$OPTS '
                 '-device vfio-pci,host=00:02.0,addr=2.0,x-igd-opregion=on,romfile=x"\nqemu $OPTS',
                 "start_vm() {\n  " + good + "\n}\nstart_vm\n",
                 START.format("8.2.2") + before + START.format("10.1.0") +
                 good.replace(",x-igd-opregion=on", ""),
                 "TASK ERROR: start failed: command '/usr/bin/kvm -id 100 -name 'win11,debug-threads=on' "
                 "-drive 'if=pflash,unit=0,file=/usr/share/pve-edk2-firmware//OVMF_CODE_4M.fd' "
                 "-nodefaults -vga none "
                 "-device 'vfio-pci,host=0000:00:02.0,id=hostpci0,bus=pci.0,addr=0x2,romfile=x' "
                 "-machine 'type=pc-i440fx-9.2+pve1' -set 'device.hostpci0.x-igd-opregion=on'' failed: "
                 "exit code 1\n"):
        report = vm(where, "--qemu-args", text)
        assert not bad(report), (text, bad(report))
    mdev = "qemu -M q35 -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/${UUID}\n"
    assert "mediated" in check(vm(where, "--qemu-args", mdev), "D25")["said"]
    unknown = good.replace("romfile=x.rom", "romfile=$GOP_FILE").replace("romfile=x", "romfile=$GOP_FILE")
    assert "$" not in check(vm(where, "--qemu-args", unknown), "D27").get("remedy", "")
    os.unlink(os.path.join(where, "tree", "vm", "igd.rom"))
    report = vm(where, "--qemu-args", good)
    assert check(report, "D27")["status"] == "INFO" and "--rom x.rom" in check(report, "D27")["remedy"]
    blob = good + " -fw_cfg name=etc/igd-{},file=x"
    for name, version, found in (("opregion", "9.2", set()), ("bdsm-size", "9.2", set()), ("opregion", "10.1", {"D25"}),
                                 ("bdsm-size", "10.1", {"D25"})):
        mine = vm(where, "--qemu-args", blob.format(name).replace("opregion=on", "opregion=off"), "--qemu", version)
        assert "duplicate" not in str(check(mine, "D25")), mine
        mine = vm(where, "--qemu-args", blob.format(name).replace(",x-igd-opregion=on", ""), "--qemu", version)
        assert bad(mine) - {"D26"} == found and "by hand" in str(check(mine, "D25")), (name, version, mine)
    # QEMU ends where a file is there already.
    assert "duplicate" in check(vm(where, "--qemu-args", blob.format("opregion")), "D25")["said"]


# What has no address gets the first free slot: those of QEMU itself first, then those of -device.
SLOTS = (
    (False, "-M q35 -vga none {}"), (False, "-M q35 -nic none {}"), (True, "-M q35 {}"), (True, "-M pc -vga none {}"),
    (True, "-M pc -nic none {}"), (True, "-M pc -display none {}"), (False, "-M pc -vga none -net none {}"),
    (False, "-M pc -nodefaults {}"), (True, "-M pc {} -nodefaults -vga std"), (True, "-M pc -vga none -nic user {}"),
    (True, "-M pc -vga none -net nic -net user {}"), (False, "-M pc -vga none -net nic,addr=5 -net user {}"),
    (False, "-M pc -nic none -device VGA,addr=5 {}"), (False, "-M pc -nic none {} -device VGA"),
    (True, "-M pc -nic none -device VGA {}"), (False, "-M q35 -vga none {} -device e1000 -nic user"),
    (True, "-M q35 -vga none -nic user -nic user {}"), (True, "-M q35 -nodefaults -device e1000 -device virtio-rng-pci {}"),
    (False, "-M q35 -nodefaults -device e1000 -device virtio-rng-pci,addr=5 {}"),
    (True, "-M q35 -netdev user,id=n -device virtio-net-pci,netdev=n {}"), (False, "-M q35 -netdev user,id=n {}"),
    (False, "-M pc -nodefaults -device qemu-xhci,addr=5 -device usb-tablet -device pvpanic {}"),
)


@scratch
def what_qemu_puts_into_slot_2_by_itself_is_seen(where):
    sample(where)
    for taken, line in SLOTS:
        report = vm(where, "--qemu-args", "qemu-system-x86_64 " + line.format("-device vfio-pci,host=00:02.0,addr=02.0"))
        assert ("Another device" in check(report, "D25")["said"]) == taken, (line, check(report, "D25"))
    report = vm(where, "--qemu-args", "qemu -M pc -vga none -device vfio-pci,host=00:02.0,addr=02.0")
    assert "-nic none" in str(check(report, "D25")["notes"]), check(report, "D25")
    igd = "-device vfio-pci,host=00:02.0,addr=02.0"
    for text in (f"-M q35 {igd}", f"qemu-system-x86_64 -M q35 -nic user -nic user\nqemu-system-x86_64 -M q35 -nic none {igd}"):
        assert check(vm(where, "--qemu-args", text), "D25")["status"] == "PASS", text # a piece, and two VMs
    # Proxmox and libvirt have a place for each device.
    pve = "bios: ovmf\nmachine: pc\nhostpci0: 00:02.0,romfile=x{}\nargs: -set device.hostpci0.addr=02.0\n{}"
    for x_vga, vga, status in (("", "", "FAIL"), ("", "vga: qxl\n", "FAIL"), ("", "vga: none\n", "PASS"),
                               ("", "vga: serial0\n", "PASS"), (",x-vga=1", "", "PASS"), (",x-vga=1", "vga: std\n", "FAIL")):
        report = vm(where, "--pve-conf", pve.format(x_vga, vga))
        assert check(report, "D25")["status"] == status, (x_vga, vga, check(report, "D25"))


def qemu_itself_puts_it_there():
    qemu = os.environ.get("IGDPT_QEMU", "qemu-system-x86_64")
    if not shutil.which(qemu):
        raise cli.Skip(f"no {qemu} (package qemu-system-x86)")
    for taken, line in SLOTS:
        words = line.format("-device edu,addr=02.0").split() + ["-S", "-display", "none", "-device", "no-such-device"]
        done = subprocess.run([qemu, *words], capture_output=True, text=True, check=False, timeout=60)
        assert "no-such-device" in done.stderr or "slot 2" in done.stderr, done.stderr
        assert ("slot 2 function 0 not available" in done.stderr) == taken, (line, done.stderr)


START = "2026-01-01: starting up libvirt version: 9.0.0, qemu version: {}, kernel: 6.8\n"


@scratch
def a_proxmox_file_is_understood(where):
    sample(where)
    lines = "bios: ovmf\nmachine: {}\nmemory: 8192\nhostpci0: 0000:00:02.0,romfile=x.rom{}\n"
    assert bad(vm(where, "--pve-conf", lines.format("q35", ""))) == {"D25", "D26"}
    on = "args: -set device.hostpci{0}.x-igd-opregion=on -set device.hostpci{0}.addr=02.0"
    args = (on + " -set device.hostpci{0}.bus=pcie.0\n").format(0)
    on = on.format(0) + "\n"
    assert not bad(vm(where, "--pve-conf", lines.format("q35", "") + args))
    assert not bad(vm(where, "--pve-conf", lines.format("q35", ",pcie=1") + args))
    # There pci.0 is a bridge behind another one: pve-q35-4.0.cfg.
    report = vm(where, "--pve-conf", lines.format("q35", "") + on)
    assert bad(report) == {"D25"} and "bridge" in check(report, "D25")["said"], report
    assert "bus=pcie.0" in check(report, "D25")["remedy"], report
    for said, more in (
            ("", ""), ("x-vga", ",x-vga=1"), ("rombar", ",rombar=0"),
            ("VGA mode", "\nvga: std"), ("one device", "\nhostpci1: 00:02.0,legacy-igd=1"),
            ("with q35", "\nmachine: q35"), ("q35 machine model is not", "\nhostpci1: 00:1f.3,pcie=1"),
            ("multifunction", ";0000:00:1f.3")):
        text = "vga: none\n" + lines.format("pc", ",legacy-igd=1")
        text = text.replace("02.0,", "02.0" + more + ",") if more[:1] == ";" else text.replace(
            "legacy-igd=1", "legacy-igd=1" + more)
        report = vm(where, "--pve-conf", text)
        assert not more or said in check(report, "D26")["said"], (text, check(report, "D26"))
        assert bool(more) == (check(report, "D26")["status"] == "FAIL"), (text, check(report, "D26"))
        assert not more or report["cause"] == "D26", (text, report["cause"])
    report = vm(where, "--pve-conf", lines.format("pc", ",pcie=1"))
    assert "q35 machine model is not enabled" in check(report, "D25")["said"], report
    mapped = lines.format("q35", "").replace("0000:00:02.0", "mapping=igpu")
    report = vm(where, "--pve-conf", mapped)
    assert not bad(report) and "hostpci0 names the mapping igpu" in str(check(report, "D25")), report
    old = lines.format("q35", "") + args + "[snap]\nhostpci0: 0000:00:02.0,legacy-igd=1\n"
    assert not bad(vm(where, "--pve-conf", old))
    good = "agent: 1\r\nbios: ovmf\r\nmachine: pc-q35-10.1+pve0\r\nvga: none\r\n"
    for text in (
            good + "hostpci0: 0000:00:02,romfile=x.rom\r\n" + args.replace("\n", "\r\n"),
            good + "hostpci0: host=00:02.0,romfile=x\n" + args,
            args + "hostpci0: host=00:02.0,romfile=x\n" + good,
            good + "args: -device vfio-pci,host=00:02.0,addr=02.0,x-igd-opregion=on,romfile=/x.rom\n",
            "#hostpci0%3A 0000%3A00%3A02.0,legacy-igd=1\n# hostpci0: 00:02.1\n" + good +
            "hostpci0: 0000:00:02.0,romfile=x\n" + args + "[PENDING]\nbios: x\n"):
        for front in ("", "    ", "> "):
            report = vm(where, "--pve-conf", front + text.replace("\n", "\n" + front))
            assert not bad(report), (text, bad(report), check(report, "D25"))
    # QEMU's -set ends an id at the first dot.
    report = vm(where, "--pve-conf", good + "hostpci0: 0000:00:02.0;0000:00:1f.3,romfile=x\n" + args)
    assert report["cause"] == "D25" and "hostpci0.1" in check(report, "D25")["remedy"], report
    for text in (good + "hostpci0: 0000:00:02.0,pcie=1,romfile=x", good + "hostpci0: 0000:00:02.1\n",
                 good + "hostpci0: 0000:00:02.0,mdev=i915-GVTg_V5_4\n", good + "memory: 1\n",
                 good + "hostpci0: 0000:01:00.0,pcie=1\n"):
        report = vm(where, "--pve-conf", text)
        assert bad(report) == {"D25"}, (text, bad(report))
    guide = ("args: -set device.hostpci0.x-igd-lpc=on -set device.hostpci0.x-igd-opregion=on\n"
             "bios: ovmf\nvga: none\nmachine: pc-i440fx-{}\n"
             "hostpci0: 0000:00:02.0,legacy-igd=1,romfile=x.rom\n")
    assert not bad(vm(where, "--pve-conf", guide.format("10.1")))
    assert not bad(vm(where, "--pve-conf", guide.format("9.2")))  # x-igd-opregion=on needs no legacy mode
    bare = guide.format("9.2").replace(" -set device.hostpci0.x-igd-opregion=on", "")
    assert bad(vm(where, "--pve-conf", bare)) == {"D26"}
    twice = good + "hostpci0: 0000:00:02.0,romfile=x\nargs: -device vfio-pci,host=00:02.0,addr=02.0,romfile=x\n"
    assert "already attached" in check(vm(where, "--pve-conf", twice), "D25")["said"]
    piece = check(vm(where, "--pve-conf", "hostpci0: 0000:00:02.0,pcie=1,rombar=0\n"), "D25")
    assert "q35 machine model" not in piece["said"] and "by default" in piece["known_from"], piece
    report = vm(where, "--pve-conf", "hostpci0: 0000:00:02.0,legacy-igd=1,romfile=x\n")
    assert "D25" in bad(report) and "Proxmox: vga: none" in check(report, "D25")["remedy"], report


DOMAIN = """<?xml version='1.0'?>
<!-- <hostdev><source><address bus="0" slot="2"/></source></hostdev> -->
<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <memory unit='GiB'>8</memory>
  <os {os}>
    <type arch='x86_64' machine='pc-q35-10.1'>hvm</type>
    {loader}
  </os>
  <devices>
    {devices}
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <driver name='vfio'/>
      <source>
        <address domain='0x0000' bus='0x00' slot='{slot}' function='{function}'/>
      </source>
      {alias}
      <rom {rom}/>
      {address}
    </hostdev>
    <video><model type='none'/></video>
  </devices>
  {tail}
</domain>
"""
AT_02 = "<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>"


def domain(**more):
    return DOMAIN.format(**{"os": "", "loader": "<loader type='pflash'>/x/OVMF_CODE.fd</loader>",
                            "devices": "", "slot": "0x02", "function": "0x0", "alias": "",
                            "rom": "file='/x/igd.rom'", "address": AT_02, "tail": "", **more})


def override(name, value, alias="hostdev0"):
    return (f'<qemu:override><qemu:device alias="{alias}"><qemu:frontend><qemu:property name="{name}" '
            f'type="string" value="{value}"/></qemu:frontend></qemu:device></qemu:override>')


def qemu_args(*args):
    inside = "".join(f"<qemu:arg value='{arg}'/>" for arg in args)
    return f"<qemu:commandline>{inside}</qemu:commandline>"


def old_args(alias):
    return qemu_args("-set", f"device.{alias}.addr=02.0", "-set", f"device.{alias}.x-igd-opregion=on")


@scratch
def a_libvirt_domain_is_understood(where):
    sample(where)
    elsewhere = AT_02.replace("bus='0x00' slot='0x02'", "bus='0x0a' slot='0x00'")
    for text in (
            domain(), domain(os="firmware='efi'", loader=""), domain().replace("'", '"'),
            domain(address=elsewhere, tail=override("addr", "0x2") + override("bus", "pcie.0")),
            domain(address="", tail=old_args("hostdev0")).replace("q35-10.1", "q35-6.1"),
            domain(address="", alias="<alias name='ua-igd'/>",
                   tail=old_args("ua-igd")).replace("q35-10.1", "q35-6.1"),
            domain(tail=override("x-igd-opregion", "on") + override("x-igd-opregion", "off", "net0")),
            domain(slot="2", function="0").replace("\n", "\r\n"),
            domain(devices="<interface type='user'><address type='pci' bus='0x02' slot='0x02'/>"
                   "</interface>"),
            domain(slot="0x1f", function="0x3", address="",
                   tail=qemu_args("-device", "vfio-pci,host=00:02.0,bus=pcie.0,addr=0x2,romfile=x"))):
        report = vm(where, "--libvirt-xml", text)
        assert not bad(report), (text, bad(report), check(report, "D25"))
    for number, text in (
            ("D25", domain(address=elsewhere)), ("D25", domain(address="")),
            ("D25", domain(function="0x1")), ("D25", domain(slot="0x03")),
            ("D25", domain(tail=override("x-igd-opregion", "off"))),
            ("D25", domain(rom="bar='off' file='/x.rom'")), ("D25", "<domain/>"),
            ("D25", domain(tail=old_args("hostdev0"))),
            ("D25", domain(tail=qemu_args("-device", "vfio-pci,host=00:02.0,addr=02.0"))),
            ("D25", domain(devices="<controller type='pci' index='1' model='pcie-root-port'>" + AT_02 +
                           "</controller>")),
            ("D26", domain(tail=override("x-igd-legacy-mode", "on"))),
            ("D27", domain(rom="bar='on'")),
            ("D30", domain().replace("'GiB'>8", "'MiB'>64")),
            ("D30", domain().replace(" unit='GiB'>8", ">65536"))):
        report = vm(where, "--libvirt-xml", text)
        assert bad(report) == {number}, (text, bad(report), check(report, "D25"))
    report = vm(where, "--libvirt-xml", domain(tail=override("x-igd-lpc", "on")))
    assert "x-igd-lpc" in check(report, "D25")["said"], report
    alone = domain()[domain().index("<hostdev mode"):domain().rindex("</hostdev>") + 10]
    assert check(vm(where, "--libvirt-xml", alone), "D25")["status"] == "PASS"
    report = vm(where, "--libvirt-xml", domain().replace("q35-10.1", "q35-9.2"))
    assert bad(report) == {"D26"} and "x-igd-opregion" in check(report, "D26")["said"], report
    for cut in range(domain().index("<memory"), len(domain()), 7):
        vm(where, "--libvirt-xml", domain()[:cut])


@scratch
def what_is_not_a_bus_or_an_id_is_refused(where):
    sample(where)
    nowhere = "-device vfio-pci,host=00:02.0,bus=pci.0,addr=02.0,x-igd-opregion=on,romfile=x"
    report = vm(where, "--qemu-args", "qemu -M q35 -bios OVMF.fd " + nowhere)
    assert report["cause"] == "D25" and "pcie.0" in check(report, "D25")["remedy"], report
    arg = qemu_args(*nowhere.split(" "))
    report = vm(where, "--libvirt-xml", domain(slot="0x1f", address="", tail=arg))
    assert "'pci.0' not found" in check(report, "D25")["said"], check(report, "D25")
    for bridge in ("-device pci-bridge,id=pci.0,chassis_nr=1 ", "-readconfig /usr/share/pve-q35-4.0.cfg "):
        report = vm(where, "--qemu-args", "qemu -M q35 -bios OVMF.fd " + bridge + nowhere)
        assert "behind a bridge" in check(report, "D25")["said"], check(report, "D25")
    lines = "machine: q35\nbios: ovmf\nhostpci1: 0000:00:1f.3\nargs: " + nowhere.replace(",bus=pci.0,addr=02.0", "")
    report = vm(where, "--pve-conf", lines)
    assert "bus=pcie.0,addr=02.0, the root bus, in its -device" in check(report, "D25")["remedy"], report
    placed = " -set device.hostpci{0}.bus=pcie.0 -set device.hostpci{0}.addr=02.0"
    report = vm(where, "--pve-conf", lines + placed.format(0))
    assert "no device of that id" in check(report, "D25")["said"], check(report, "D25")
    report = vm(where, "--pve-conf", lines + placed.format(1))
    assert "an address that the VMM chooses" in check(report, "D25")["said"], check(report, "D25")
    assert not bad(vm(where, "--pve-conf", lines.replace("romfile", "id=igd,romfile") +
                      placed.replace("hostpci{0}", "igd")))
    text = "hostpci0: 0000:00:02.0;0000:00:1f.3,romfile=x,x-vga=1,rombar=0\n"
    remedy = check(vm(where, "--pve-conf", text), "D25")["remedy"]
    for word in ("legacy-igd=1", "x-vga=1", "rombar=0", "a hostpci line of their own"):
        assert word in remedy, remedy


def rom_image(code, contents=b""):
    """One image of an option ROM: PCIR at 0x1C, the device id of the sample"""
    image = bytearray(1024)
    image[:3] = b"\x55\xaa\x02"
    image[0x18:0x1a] = (0x1c).to_bytes(2, "little")
    image[0x1c:0x34] = struct.pack("<4sHHHHB3sHHBBH", b"PCIR", 0x8086, 0x46a6, 0, 24, 3, b"\0\0\3", 2, 0,
                                   code, 0x80, 0)
    image[0x100:0x100 + len(contents)] = contents
    image[-1] = -sum(image) & 0xff
    return bytes(image)


@scratch
def a_rom_without_the_driver_does_not_program_asls(where):
    sample(where)
    rom = os.path.join(where, "rom")
    args = "qemu -M q35 -nic none -bios OVMF.fd -device vfio-pci,host=00:02.0,addr=02.0,romfile=x,x-igd-opregion=on"
    for image, found in ((rom_image(0), {"D27"}), (rom_image(3), {"D27", "D28"}),
                         (rom_image(3, b"IgdAssignment"), set()), (b"no ROM", {"D28"})):
        with open(rom, "wb") as out:
            out.write(image)
        report = vm(where, "--qemu-args", args, "--rom", rom)
        assert bad(report) == found, (image[:64], report)
        report = vm(where, "--qemu-args", args, "--rom", rom, "--goal", "compute")
        assert check(report, "D27")["status"] != "FAIL", check(report, "D27")


@scratch
def old_rules_are_judged_for_old_versions(where):
    sample(where, platform="hsw")
    text = "qemu -M pc -vga none -net none -device vfio-pci,host=00:02.0,addr=02.0,romfile=x"
    report = vm(where, "--qemu-args", text, "--qemu", "2.7")
    assert bad(report) == {"D26"} and "no stolen memory" in check(report, "D26")["said"], report
    assert check(report, "D30")["said"].startswith("0 MiB"), check(report, "D30")
    # What had no legacy mode yet cannot lose by it.
    assert "no stolen memory" not in str(check(vm(where, "--qemu-args", text, "--qemu", "2.5"), "D26"))
    for version, found in (("8.1", set()), ("9.2", {"D26"}), ("10.1", set())):
        report = vm(where, "--qemu-args", text + ",x-igd-gms=1,x-igd-opregion=on", "--qemu", version)
        assert bad(report) == found, (version, bad(report), check(report, "D26"))
    # Before, QEMU says that there is no such property, and ends.
    for version, found in (("9.2", "FAIL"), ("10.1", "PASS")):
        for mode in ("on", "off"):
            report = vm(where, "--qemu-args", f"{text},x-igd-opregion=on,x-igd-legacy-mode={mode}", "--qemu", version)
            assert check(report, "D26")["status"] == found, (version, mode, check(report, "D26"))
    report = vm(where, "--qemu-args", text + ",x-igd-gms=0x20", "--qemu", "8.1")
    assert "x-igd-gms is outside" in check(report, "D25")["said"], report
    sample(where, name="newer", platform="adl-n")
    shutil.rmtree(os.path.join(where, "tree"))
    os.rename(os.path.join(where, "newer"), os.path.join(where, "tree"))
    # Up to 9.1 what is unknown is taken for generation 8: legacy mode gives the OpRegion.
    report = vm(where, "--qemu-args", text + ",x-igd-gms=2", "--qemu", "8.1")
    assert "D26" not in bad(report) and "by itself" in check(report, "D26")["said"], check(report, "D26")
    for version in ("9.2", "10.0"):
        report = vm(where, "--qemu-args", text, "--qemu", version)
        assert "x-igd-opregion is off" in str(check(report, "D26")), check(report, "D26")


@scratch
def who_wants_a_virtual_device_is_not_told_to_bind_the_real_one(where):
    sample(where, "--break", "i915-bound")
    mdev = "<domain><devices><hostdev type='mdev'><source><address uuid='{0}'/></source></hostdev></devices></domain>"
    uuid = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
    for option, text in (("--pve-conf", "hostpci0: 0000:00:02.1,pcie=1\n"),
                         ("--pve-conf", "hostpci0: 0000:00:02.0,mdev=i915-GVTg_V5_4\n"),
                         ("--qemu-args", f"qemu -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/{uuid}"),
                         ("--libvirt-xml", mdev.format(uuid))):
        report = vm(where, option, text, "--goal", "compute")
        assert check(report, "D10")["status"] == "PASS" and check(report, "D25")["status"] == "INFO", (text, report)
        assert not bad(report), (text, bad(report))
        report = vm(where, option, text)
        assert check(report, "D10")["status"] == "PASS" and check(report, "D25")["status"] == "FAIL", (text, report)
    report = vm(where, "--qemu-args", "qemu -device vfio-pci,host=$IGD,addr=02.0")
    assert check(report, "D25")["status"] == "INFO" and "$IGD" in check(report, "D25")["said"], report
    for path, status in (("/run/incus/v1/qemu.conf", "INFO"), ("/usr/share/qemu-server/pve-q35-4.0.cfg", "WARN")):
        report = vm(where, "--qemu-args", f"qemu-system-x86_64 -S -readconfig {path} -nodefaults")
        assert check(report, "D25")["status"] == status, report
    shutil.rmtree(os.path.join(where, "tree"))
    sample(where)
    report = vm(where, "--pve-conf", "hostpci0: 0000:00:02.1,pcie=1\n", "--goal", "compute")
    assert bad(report) == {"D10"} and "Give it back" in check(report, "D10")["remedy"], report


@scratch
def a_guest_without_a_monitor_may_have_the_igd_anywhere(where):
    sample(where)
    text = "hostpci0: 0000:00:02.0,pcie=1\nmachine: q35\nbios: ovmf\n"
    report = vm(where, "--pve-conf", text, "--goal", "headless")
    assert not bad(report), bad(report)
    assert check(report, "D25")["status"] == check(report, "D27")["status"] == "INFO", report
    assert {"D25", "D27"} <= bad(vm(where, "--pve-conf", text))
    # The first root port is at 00:02.0 where libvirt chooses.
    port = ("<controller type='pci' model='pcie-root-port'><address type='pci' domain='0x0000' bus='0x00' slot='0x02' "
            "function='0x0'/></controller>")
    igd = ("<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>"
           "</source><address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/></hostdev>")
    text = "<domain><os firmware='efi'><type machine='q35'>hvm</type></os><devices>{}</devices></domain>"
    report = vm(where, "--libvirt-xml", text.format(port + igd), "--goal", "compute")
    assert check(report, "D25")["status"] == "INFO", check(report, "D25")
    report = vm(where, "--libvirt-xml", text.format(port + igd))
    assert "00:02.0 has controller" in str(check(report, "D25")["notes"]), check(report, "D25")
    video = "<video><model type='qxl'/><address type='pci' domain='0x0000' bus='0x00' slot='0x0{}' function='0x0'/></video>"
    text = text.replace("q35", "pc").format(video + igd.replace("bus='0x06' slot='0x00'", "bus='0x00' slot='0x02'"))
    assert check(vm(where, "--libvirt-xml", text.format(5)), "D25")["status"] == "PASS"
    assert check(vm(where, "--libvirt-xml", text.format(2)), "D25")["status"] == "FAIL"


@scratch
def a_guest_without_a_monitor_needs_no_opregion(where):
    for fault, number, platform in (("guest-asls-zero", "D31", "adl-p"), ("guest-bdsm-zero", "D32", "skl"),
                                    ("class-0380-old-kernel", "D20", "adl-p"), ("no-region", "D20", "adl-p"),
                                    ("variant-driver", "D20", "adl-p"), ("no-vfio-igd", "D12", "adl-p")):
        tree = sample(where, "--break", fault, name=fault, platform=platform)
        assert check(doctor("--root", tree), number)["status"] == "FAIL", fault
        report = doctor("--root", tree, "--goal", "compute")
        assert check(report, number)["status"] == "INFO" and not bad(report), (fault, report)
    # Nor sound, nor VGA cycles, nor a VBT.
    for fault, number in (("disable-vga", "D11"), ("opregion-unreadable", "D15"), ("vbt-bad", "D18"), ("vga-off", "D22"),
                          ("audio-group", "D24")):
        tree = sample(where, "--break", fault, name=fault)
        assert number in bad(doctor("--root", tree)), fault
        report = doctor("--root", tree, "--goal", "compute")
        assert not bad(report) and all(line["said"] for line in report["checks"]), (fault, report)


@scratch
def who_sees_a_discrete_gpu_alone_may_miss_the_integrated_one(where):
    path = os.path.join(where, "dump")
    with open(path, "w", encoding="ascii") as out:
        out.write("03:00.0 VGA compatible controller [0300]: Intel Corporation DG2 [8086:56a0] (rev 08)\n")
    assert "integrated GPU" in check(doctor("--lspci", path), "D02")["remedy"]
    assert "None" in check(doctor("--lspci", path, "--device", "03:00.0"), "D02")["remedy"]


@scratch
def connectors_of_another_adapter_are_not_those_of_the_igd(where):
    tree = sample(where, "--break", "guest-no-output")
    drm = f"{tree}/sys/class/drm/card1-Virtual-1"
    os.makedirs(drm)
    for name, content in (("status", b"connected\n"), ("edid", b"\0\xff\xff\xff\xff\xff\xff\0" + bytes(120))):
        with open(f"{drm}/{name}", "wb") as out:
            out.write(content)
    os.makedirs(f"{tree}/sys/bus/pci/devices/0000:00:02.0/drm/card0")
    bundle = os.path.join(where, "bundle")
    assert cli.igdpt("capture", "--root", tree, "-o", bundle)[0] == 0
    for root in (tree, bundle):
        found = check(doctor("--root", root, "--side", "guest"), "D33")
        assert found["status"] == "FAIL" and "0 of 2" in found["known_from"], (root, found)


@scratch
def an_iommu_that_the_command_line_switches_off_is_not_put_down_to_the_firmware(where):
    tree = sample(where, "--break", "no-iommu")
    for option, named in (("intel_iommu=off", True), ("iommu=off", True), ("amd_iommu=off", False)):
        with open(os.path.join(tree, "proc/cmdline"), "w", encoding="ascii") as line:
            line.write(f"BOOT_IMAGE=/vmlinuz ro {option} quiet\n")
        found = check(doctor("--root", tree, "--side", "host"), "D05")
        assert ("kernel command line" in found["said"]) == named, (option, found)
        assert named or found["remedy"] == "Boot with intel_iommu=on", found
    # What is done already is not advised.
    with open(os.path.join(tree, "proc/cmdline"), "w", encoding="ascii") as line:
        line.write("BOOT_IMAGE=/vmlinuz ro intel_iommu=on quiet\n")
    assert "CONFIG_INTEL_IOMMU" in check(doctor("--root", tree, "--side", "host"), "D05")["remedy"]
    os.unlink(os.path.join(tree, "sys/firmware/acpi/tables/DMAR"))
    assert "VT-d on in the firmware" in check(doctor("--root", tree, "--side", "host"), "D05")["remedy"]


@scratch
def the_graphics_driver_comes_after_vfio_pci(where):
    # An id on the command line, as in this tree, does not help while i915 is first.
    tree = sample(where, "--break", "i915-bound")
    assert "softdep i915 pre: vfio-pci" in check(doctor("--root", tree), "D10")["remedy"]


@scratch
def each_framebuffer_has_a_video_option_of_its_own(where):
    # Linux fb_get_options() looks for a name at the beginning only.
    tree = sample(where, "--break", "bootfb")
    with open(f"{tree}/proc/version", "w", encoding="ascii") as out:
        out.write("Linux version 5.10.0-30-amd64 (x) (gcc) #1 SMP\n")
    assert check(doctor("--root", tree), "D13")["remedy"] == "Boot with video=efifb:off video=vesafb:off"


@scratch
def only_what_limits_the_address_bits_is_a_limit(where):
    sample(where, "--break", "iommu-narrow")
    for cpu, status in (("host", "WARN"), ("host,phys-bits=39", "WARN"), ("max,phys-bits=39", "WARN"),
                        ("host,host-phys-bits-limit=39", "PASS"), ("host,host-phys-bits=off,phys-bits=39", "PASS"),
                        ("qemu64,phys-bits=39", "PASS"), ("qemu64,host-phys-bits-limit=39", "WARN"),
                        ("host,host-phys-bits-limit=39 -cpu host", "WARN"), ("host,host-phys-bits-limit=42", "WARN")):
        assert check(vm(where, "--qemu-args", f"qemu -cpu {cpu}"), "D09")["status"] == status, cpu
    for cpu, status in (("host,phys-bits=39", "WARN"), ("cputype=host,phys-bits=host", "WARN"),
                        ("cputype=x86-64-v2-AES,phys-bits=39", "PASS")):
        assert check(vm(where, "--pve-conf", f"cpu: {cpu}\n"), "D09")["status"] == status, cpu


@scratch
def another_class_is_no_warning_where_all_take_it(where):
    tree = sample(where, "--break", "class-0380")
    assert bad(doctor("--root", tree)) == {"D04"} == bad(doctor("--root", tree, "--qemu", "9.2")) - {"D26"}
    assert not bad(doctor("--root", tree, "--qemu", "10.1"))


@scratch
def vga_cycles_matter_where_legacy_mode_may(where):
    for fault, number in (("disable-vga", "D11"), ("vga-off", "D22")):
        tree = sample(where, "--break", fault, name=fault)
        with open(f"{tree}/vm/qemu.args", encoding="ascii") as text:
            args = text.read()
        assert "-machine pc" in args and bad(doctor("--root", tree)) == {number}, args
        with open(f"{tree}/vm/qemu.args", "w", encoding="ascii") as out:
            out.write(args.replace("-machine pc", "-machine q35"))
        assert not bad(doctor("--root", tree)) and check(doctor("--root", tree), number)["status"] == "INFO", fault


@scratch
def a_group_mate_is_named_with_its_own_vendor(where):
    tree = sample(where, "--break", "group-shared")
    mate = f"{tree}/sys/bus/pci/devices/0000:00:0a.0"
    with open(f"{mate}/vendor", "w", encoding="ascii") as out:
        out.write("0x10ec\n")
    _, out, _ = cli.igdpt("doctor", "--root", tree)
    assert "00:0a.0 (10ec:467d) has driver intel_vsec: driverctl set-override 0000:00:0a.0 vfio-pci" in out, out


@scratch
def a_goal_without_display_asks_for_less(where):
    tree = sample(where, "--break", "asls-zero")
    assert check(doctor("--root", tree), "D14")["status"] == "FAIL"
    assert check(doctor("--root", tree, "--goal", "headless"), "D14")["status"] == "WARN"


@scratch
def the_text_marks_the_broken_link(where):
    tree = sample(where, "--break", "no-intremap")
    _, out, _ = cli.igdpt("doctor", "--root", tree)
    assert "device-X-[IOMMU]---vfio-pci" in out, out
    assert "Most likely cause: D05" in out and "\033" not in out, out
    # Texts of logs are sentences already.
    log = os.path.join(where, "log")
    with open(log, "w", encoding="ascii") as text:
        text.write("vfio-pci 0000:00:02.0: BAR 2: can't reserve [mem 0x90000000-0x9fffffff 64bit pref]\n")
    _, out, _ = cli.igdpt("doctor", "--root", sample(where, name="whole"), "--log", log)
    assert "Most likely cause: D34" in out and ".." not in out.replace("...", ""), out


@scratch
def a_kernel_that_keeps_its_configuration_to_itself_says_how_to_show_it(where):
    tree = sample(where)
    boot = os.path.join(tree, "boot")
    for name in os.listdir(boot):
        os.unlink(os.path.join(boot, name))
    _, out, _ = cli.igdpt("doctor", "--root", tree)
    assert re.search(r"SKIP +D12 .*\n +do: .*: zcat /proc/config.gz >/boot/config-\d[\w.-]*\n", out), out


def each_check_is_explained():
    for number in range(1, 37):
        status, out, _ = cli.igdpt("doctor", "--explain", f"D{number:02}")
        assert status == 0 and out.startswith(f"D{number:02} "), out
        assert json.loads(cli.igdpt("doctor", "--json", "--explain", f"D{number:02}")[1]) == {
            "id": f"D{number:02}", "text": out}
    _, out, _ = cli.igdpt("doctor", "--ids")
    assert json.loads(cli.igdpt("doctor", "--ids", "--json")[1]) == out.split()
    assert cli.igdpt("doctor", "--explain", "D37")[0] == 3
    assert cli.igdpt("doctor", "--explain", "x")[0] == 3


@scratch
def what_cannot_run_says_so(where):
    for args in (["--root", "/dev/null/none"], ["--bad"], ["--goal", "fun"], ["--log"],
                 ["--rom", "/dev/null/none"], ["--root", "/etc/passwd"], ["--device", "00:22.0"],
                 ["--device", "00:02.8"], ["--device", "00:02.0 "], ["--device", "2"]):
        status, out, err = cli.igdpt("doctor", *args)
        assert status == 3 and not out and err, args
    assert cli.igdpt("sample", "--platform", "none", "-o", f"{where}/x")[0] == 3
    assert cli.igdpt("sample", "--platform", "dg2", "-o", f"{where}/x")[0] == 3
    assert cli.igdpt("sample", "--platform", "skl", "-o", where)[0] == 3
    assert cli.igdpt("sample", "--platform", "skl", "--break", "x", "-o", f"{where}/x")[0] == 3


def this_machine_is_examined_by_anyone():
    doctor()
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           os.path.join(cli.BUILDDIR, "tools", "igdpt"), "doctor", "--json"],
                          capture_output=True, check=False, timeout=60, cwd="/")
    # The build may lie where nobody may look.
    assert done.returncode in (0, 1, 2, 126, 127), done.stderr


@scratch
def a_hostile_tree_neither_hangs_nor_leads_out(where):
    rng = random.Random(1)
    tree = sample(where)
    spare = os.path.join(where, "spare")
    files = [os.path.join(base, name) for base, _, names in os.walk(tree) for name in names
             if not os.path.islink(os.path.join(base, name))]
    assert len(files) > 25, files

    def fifo(path):
        os.mkfifo(path)

    def outside(path):
        os.symlink("/../../../../../../../../etc/hostname", path)

    def loop(path):
        os.symlink(os.path.basename(path), path)

    def huge(path):
        with open(path, "wb") as out:
            out.truncate(1 << 40)

    def garbage(path):
        with open(path, "wb") as out:
            out.write(rng.randbytes(5000))

    def empty(path):
        with open(path, "wb"):
            pass

    def locked(path):
        empty(path)
        os.chmod(path, 0)

    for path in files:
        shutil.move(path, spare)
        for number, trick in enumerate((fifo, outside, loop, huge, garbage, empty, locked, os.mkdir)):
            trick(path)
            doctor("--root", tree, "--side", ("host", "guest")[number % 2],
                   timeout=20)
            if os.path.isdir(path) and not os.path.islink(path):
                os.rmdir(path)
            else:
                os.remove(path)
        shutil.move(spare, path)
    assert not bad(examine(tree))


@scratch
def metrics_say_what_the_report_says(where):
    tree = sample(where)
    for broken in (None, "no-iommu"):
        if broken:
            tree = sample(where, "--break", broken, name=broken)
        report = examine(tree)
        _, text, err = cli.igdpt("doctor", "--root", tree, "--prometheus")
        states = {m[0]: int(m[1]) for m in re.findall(
            r'^igdpt_check_status{id="(D\d\d)",name="[^"]+",link="[^"]+"} (\d)$', text, re.M)}
        order = ["PASS", "INFO", "SKIP", "WARN", "FAIL"]
        assert states == {c["id"]: order.index(c["status"]) for c in report["checks"]} and not err
        assert re.findall(r'^igdpt_cause{id="(D\d\d)"} 1$', text, re.M) == \
            ([report["cause"]] if report["cause"] else [])
        parser = subprocess.run(
            ["/usr/bin/python3", "-c", "import sys, prometheus_client.parser as p\n"
             "print(*sorted(f.name for f in p.text_string_to_metric_families(sys.stdin.read())))"],
            input=text, capture_output=True, text=True, check=False)
        if "ModuleNotFoundError" in parser.stderr:
            raise cli.Skip("no Prometheus parser (package python3-prometheus-client)")
        assert parser.stdout.split() == ["igdpt_cause"] * bool(report["cause"]) + \
            ["igdpt_check_status", "igdpt_device_info"], parser


@scratch
def folders_that_lead_out_of_a_tree_are_not_followed(where):
    tree, other = sample(where), sample(where, "--break", "vm-address", name="other")
    stormy = sample(where, "--break", "log-storm", name="stormy")
    assert bad(doctor("--root", other)) == {"D25"}
    for name, source in (("vm", other), ("log", stormy)):
        shutil.rmtree(os.path.join(tree, name))
        os.symlink(os.path.join(source, name), os.path.join(tree, name))
    report = doctor("--root", tree)
    assert not bad(report), bad(report)
    assert {check(report, number)["status"] for number in ("D25", "D28", "D34")} == {"SKIP"}


@scratch
def garbage_instead_of_a_configuration_is_survived(where):
    rng = random.Random(2)
    tree = sample(where)
    words = [b"-device", b"vfio-pci,host=00:02.0", b"{", b'"', b"=", b"<hostdev", b"<source>", b"\0",
             b"</source>", b"<address bus='", b"hostpci0:", b"args:", b"-set device.hostpci0.addr",
             b"\n", b" ", b"00:02.0 VGA\n", b"00: 86 80", b"ff0: ff", b"machine='", b"x" * 5000]
    path = os.path.join(where, "garbage")
    for turn in range(24):
        with open(path, "wb") as out:
            out.write(b"".join(rng.choice(words) + rng.randbytes(rng.randrange(3))
                               for _ in range(200)))
        for option in ("--qemu-args", "--pve-conf", "--libvirt-xml", "--lspci", "--rom", "--log"):
            if turn % 3 == 0 or option in ("--qemu-args", "--lspci"):
                status, _, err = cli.igdpt("doctor", "--root", tree, option, path, timeout=20)
                assert status in (0, 1, 2) or (status == 3 and err.startswith("igdpt: ")), err


cli.run(each_fault_is_found_by_its_check_and_named_as_the_cause,
        each_check_has_a_fault_and_passes_on_a_whole_machine,
        a_whole_machine_of_any_platform_has_nothing_wrong,
        a_sample_is_what_other_tools_take_it_for, the_same_seed_makes_the_same_files,
        registers_of_real_dumps_are_what_lspci_shows, a_dump_in_any_dress_is_read,
        numbers_and_drivers_of_a_dump_are_read, what_is_no_dump_and_no_configuration_is_not_judged,
        a_dump_is_judged_with_what_lies_beside_it,
        an_iommu_that_the_command_line_switches_off_is_not_put_down_to_the_firmware,
        only_what_limits_the_address_bits_is_a_limit, the_graphics_driver_comes_after_vfio_pci,
        each_framebuffer_has_a_video_option_of_its_own, another_class_is_no_warning_where_all_take_it,
        vga_cycles_matter_where_legacy_mode_may,
        a_group_mate_is_named_with_its_own_vendor,
        a_qemu_command_line_is_understood, what_qemu_puts_into_slot_2_by_itself_is_seen, qemu_itself_puts_it_there,
        a_proxmox_file_is_understood, a_libvirt_domain_is_understood,
        what_is_not_a_bus_or_an_id_is_refused, old_rules_are_judged_for_old_versions,
        a_rom_without_the_driver_does_not_program_asls, a_guest_without_a_monitor_needs_no_opregion,
        who_sees_a_discrete_gpu_alone_may_miss_the_integrated_one, connectors_of_another_adapter_are_not_those_of_the_igd,
        who_wants_a_virtual_device_is_not_told_to_bind_the_real_one,
        a_guest_without_a_monitor_may_have_the_igd_anywhere, a_goal_without_display_asks_for_less,
        the_text_marks_the_broken_link,
        a_kernel_that_keeps_its_configuration_to_itself_says_how_to_show_it,
        each_check_is_explained, what_cannot_run_says_so, this_machine_is_examined_by_anyone,
        metrics_say_what_the_report_says, garbage_instead_of_a_configuration_is_survived,
        folders_that_lead_out_of_a_tree_are_not_followed,
        a_hostile_tree_neither_hangs_nor_leads_out)
