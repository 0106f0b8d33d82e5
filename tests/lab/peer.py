# SPDX-License-Identifier: MIT
"""The peer: QEMU's own IGD code inside a host that the lab boots. What its guest gets is compared
with what the library would give, and each difference must be on a checked-in list."""
import base64
import fnmatch
import glob
import json
import os
import re
import subprocess
from types import SimpleNamespace

import kernels
import predict
import scenario as scenarios

HERE = os.path.dirname(os.path.abspath(__file__))
NEWER_QEMU = os.path.join(HERE, "..", "..", "scripts", "newer-qemu")
SUITES = {"7.2": "bookworm", "11.1": "sid"}
# What a guest sees of GGC, BDSM and ASLS: name, where, offset. 4 bytes each.
REGISTERS = (
    ("GGC", "config", 0x50), ("BDSM", "config", 0x5c), ("BDSM64", "config", 0xc0),
    ("BDSM64-high", "config", 0xc4), ("ASLS", "config", 0xfc), ("mirror-GGC", "bar0", 0x108040),
    ("DSMBASE", "bar0", 0x1080c0), ("GSMBASE", "bar0", 0x108100),
    ("STOLEN_RESERVED", "bar0", 0x1082c0), ("PCODE_STOLEN", "bar0", 0x138914),
)
OPREGION = re.compile(r"Intel IGD OpRegion enabled at (0x[0-9a-f]+)")
BDSM = re.compile(r"Intel IGD BDSM enabled at (0x[0-9a-f]+), size (\d+)MB")


def fetch(name, cache):
    """The unpacked root of a Debian suite's QEMU."""
    home = os.path.join(cache, f"qemu-{SUITES[name]}")
    if not os.path.exists(os.path.join(home, "qemu-system-x86_64")):
        kernels.run("sh", NEWER_QEMU, home, SUITES[name])
    return os.path.join(home, "root", "usr")


def files(root):
    """What of that root the inner QEMU needs, as {path in the host: (data, mode)}."""
    loader = os.path.join(root, "lib64", "ld-linux-x86-64.so.2")
    program = os.path.join(root, "bin", "qemu-system-x86_64")
    libraries = os.path.join(root, "lib", "x86_64-linux-gnu")
    listed = kernels.run(loader, "--library-path", libraries, "--list", program)
    found = {"peer/ld.so": loader, "peer/qemu": program}
    for path in re.findall(r"=> (/\S+) \(", listed):
        found[f"peer/lib/{os.path.basename(path)}"] = path
    for path in glob.glob(os.path.join(libraries, "qemu", "accel-tcg-*.so")):
        found[f"peer/modules/{os.path.basename(path)}"] = path
    for name in ("seabios/bios-256k.bin", "qemu/kvmvapic.bin", "seabios/kvmvapic.bin"):
        path = os.path.join(root, "share", name)
        if os.path.exists(path):
            found[f"peer/share/{os.path.basename(path)}"] = path
    return {name: (predict.read(path), 0o755) for name, path in found.items()}


def option_rom(device):
    """1 KiB that returns at once, with a PCI data structure for a VGA device (PCI firmware
    specification 3.0, 5.1.2)."""
    rom = bytearray(1024)
    rom[0:4] = b"\x55\xaa\x02\xcb"
    rom[0x18:0x1a] = (0x1c).to_bytes(2, "little")
    rom[0x1c:0x34] = (b"PCIR\x86\x80" + device.to_bytes(2, "little") + b"\0\0\x18\0\0\0\0\x03"
                      b"\x02\0\0\0\0\x80\0\0")
    rom[6] = -sum(rom) & 0xff
    return bytes(rom)


def guest_files(scenario, root, bytes_wanted):
    registers = "".join(f"{space} {offset:#x}\n" for _, space, offset in REGISTERS)
    return {**files(root), "data/inner": (scenario["inner"].encode(), 0o644),
            "data/rom": (option_rom(int(scenario["device"], 0)), 0o644),
            "data/size": (str(bytes_wanted).encode(), 0o644),
            "data/registers": (registers.encode(), 0o644)}


def host_bdsm(log):
    """BDSM of the host's hardware when the inner QEMU starts, and at the end."""
    states = [(at, json.loads(line)["bdsm"]) for at, (source, line) in enumerate(log)
              if source == "machine"]
    start = log.index(("guest", "LAB: inner starts"))
    return [bdsm for at, bdsm in states if at < start][-1], states[-1][1]


def inner(log):
    """What the inner guest had, from the host's log; None if that was not shown."""
    lines = [line.partition("LAB: inner ")[2] for source, line in log
             if source == "guest" and "LAB: inner " in line]
    words = [line.split(" ", 1) for line in lines if " " in line]
    firmware = "\n".join(rest for word, rest in words if word == "firmware")
    data = "".join(rest for word, rest in words if word == "opregion")
    registers = {}
    for name, space, offset in REGISTERS:
        shown = [rest.split() for word, rest in words if word == space]
        registers[name] = next((int(value[1], 0) for value in shown
                                if int(value[0], 0) == offset and len(value) > 1), None)
    if None in registers.values():
        return None
    opregion, bdsm = OPREGION.search(firmware), BDSM.search(firmware)
    return SimpleNamespace(
        opregion=base64.b64decode(data), registers=registers, host_bdsm=host_bdsm(log),
        asls=int(opregion[1], 0) if opregion else 0, bdsm=int(bdsm[1], 0) if bdsm else 0,
        bdsm_size=int(bdsm[2]) << 20 if bdsm else 0)


def replayed(vmm, seen):
    """The registers of a guest of the library whose firmware makes the same choices."""
    commands = [f"write 0xfc {seen.asls:#x}", f"write 0x5c {seen.bdsm:#x}"]
    commands += [f"{space} {offset:#x} 0" for _, space, offset in REGISTERS]
    done = subprocess.run([*vmm, "--replay"], input="\n".join(commands).encode(),
                          capture_output=True, check=True)
    values = [int(line, 0) for line in done.stdout.split() if line.startswith(b"0x")]
    return dict(zip((name for name, *_ in REGISTERS), values))


def opregion_differences(machine, theirs):
    """(key, library, QEMU), field by field."""
    host, library, qemu = map(machine.path, ("as-vfio-shows", "library-opregion", "qemu-opregion"))
    tools = machine.lab.tools
    for path, data in ((host, predict.shown(predict.read(machine.path("igd-opregion")))),
                       (qemu, theirs)):
        with open(path, "wb") as out:
            out.write(data)
    tools.run("opregion", "normalise", "-o", library, host)
    ours = predict.read(library)
    if not theirs.strip(b"\0"):
        yield "opregion", f"{len(ours)} bytes", "none"
        return
    fields = tools.json("opregion", "diff", library, qemu).differences
    for field in fields:
        yield f"opregion.{field.name}", field.a, field.b
    if ours != theirs and not fields:
        at = next((i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]),
                  min(len(ours), len(theirs)))
        yield "opregion.bytes", f"{len(ours)} bytes", f"{len(theirs)} bytes, others from {at:#x}"


def differences(machine, seen):
    """{key: (library, QEMU)}"""
    found = {}
    vmm, library = [*machine.base, *machine.set["library"].split()], machine.path("library")
    os.mkdir(library)
    machine.guest_files(vmm, library)
    ours = replayed(vmm, seen)
    values = [(name, ours[name], seen.registers[name]) for name, *_ in REGISTERS]
    size = int.from_bytes(predict.read(os.path.join(library, "igd-bdsm-size")), "little")
    values += [("bdsm-size", size, seen.bdsm_size), ("host's-BDSM", *seen.host_bdsm)]
    for key, library, qemu in values:
        if library != qemu:
            found[key] = tuple("none" if one is None else f"{one:#x}" for one in (library, qemu))
    for key, library, qemu in opregion_differences(machine, seen.opregion):
        found[key] = (library, qemu)
    return found


def expected(scenario, name):
    """Keys that the list explains: lines of scenario, QEMU, keys, "#", the reason."""
    keys = set()
    with open(os.path.join(HERE, "peer.differences"), encoding="utf-8") as text:
        for line in text:
            line, _, reason = line.partition(" # ")
            if line.startswith("#") or not line.strip():
                continue
            if not reason.strip():
                raise scenarios.Bad(f"peer.differences: no reason: {line}")
            where, which, *names = line.split()
            if name in which.split(",") and any(fnmatch.fnmatch(scenario, one)
                                                for one in where.split(",")):
                keys.update(names)
    return keys


def judge(run, log):
    seen = inner(log)
    if not seen:
        return [scenarios.Failure("the inner guest's registers", "LAB: inner config",
                                  [line for _, line in log if "LAB: inner qemu" in line])]
    found, listed = differences(run.machine, seen), expected(run.scenario.name, run.peer)
    failures = [scenarios.Failure(f"{key}: no difference, or one that peer.differences explains",
                                  library, [f"{qemu} by QEMU {run.peer}"])
                for key, (library, qemu) in found.items() if key not in listed]
    return failures + [scenarios.Failure(f"{key}: the difference that peer.differences explains",
                                         "a difference", ["none"])
                       for key in listed - set(found)]
