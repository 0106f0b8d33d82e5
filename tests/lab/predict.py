# SPDX-License-Identifier: MIT
"""What the library predicts for a machine: the names that a scenario's templates may use."""
import json
import os
import subprocess
import zlib
from types import SimpleNamespace

# i915's words for where it found the VBT.
PLACES = {"mailbox 4": "Mailbox #4", "RVDA, relative": "RVDA", "RVDA, absolute": "RVDA"}
# i915's flags of a port, by the library's words for it.
KINDS = {"eDP": ("dp", "edp"), "DP++": ("dvi", "hdmi", "dp"), "DP": ("dp",), "DVI": ("dvi",),
         "HDMI": ("dvi", "hdmi"), "CRT": ("crt",), "DSI": ("dsi",)}


def read(path):
    with open(path, "rb") as data:
        return data.read()


class Tools:
    """The command and the VMM of one build."""

    def __init__(self, build):
        self.igdpt = os.path.join(build, "tools", "igdpt")
        self.doctor = os.path.join(build, "tests", "lab", "igdpt")
        self.probe = os.path.join(build, "tests", "lab", "host-probe")
        self.machine = os.path.join(build, "tests", "lab", "lab-machine")

    def run(self, *args):
        done = subprocess.run([self.igdpt, *args], capture_output=True, check=False)
        if done.returncode > 2:
            raise RuntimeError(done.stderr.decode("latin-1").strip())
        return done.stdout

    def json(self, *args):
        verb, noun, *files = args
        return json.loads(self.run(verb, noun, "--json", *files),
                          object_hook=lambda fields: SimpleNamespace(**fields))


# i915 makes these data pointers itself if the VBT has none: 1 + 16 panels * 3 tables * 3 + 3 bytes
# (drivers/gpu/drm/i915/display/intel_bios.c, generate_lfp_data_ptrs).
MADE = SimpleNamespace(id=41, size=148)


def port(words, letters):
    """ "DDI-B: HDMI, DDC pin 0x05" as i915 prints it; letters: {"B": "D"} where it renames """
    name, _, what = words.partition(": ")
    letter = name.removeprefix("DDI-")
    flags = dict.fromkeys(("crt", "dvi", "hdmi", "dp", "edp", "dsi"), 0)
    for flag in KINDS.get(what.split(",")[0], ()):
        flags[flag] = 1
    return SimpleNamespace(letter=letters.get(letter, letter), words=words, **flags)


def seen(vbt, block):
    """i915 takes no block that ends past the BDB's own size, which newer tables have one too
    small (intel_bios.c, find_raw_section)."""
    return block.offset + block.size <= vbt.bdb_offset + vbt.bdb_size


def of_vbt(tools, path, reads, letters):
    vbt = tools.json("vbt", "show", path)
    reads = {int(block) for block in reads.split()}
    letters = dict(pair.split("=") for pair in letters.split())
    blocks = [block for block in vbt.blocks if block.id in reads and seen(vbt, block)]
    return {"vbt": vbt, "blocks": blocks, "blocks_or_made": [*blocks, MADE],
            "children": [child for child in vbt.children if child.device_type],
            "ports": [port(words, letters) for words in vbt.ports if words.startswith("DDI-")]}


def of_opregion(tools, path, size_path):
    try:
        opregion = tools.json("opregion", "show", path)
    except RuntimeError:
        opregion = SimpleNamespace()  # refused; the findings tell why
    source = opregion.vbt.source if hasattr(opregion, "vbt") else "none"
    judged = tools.json("fwcfg", "check", f"etc/igd-opregion={path}",
                        f"etc/igd-bdsm-size={size_path}")
    return {"opregion": opregion, "vbt_place": PLACES.get(source, "none"),
            "opregion_kib": os.path.getsize(path) >> 10,
            "findings": [finding.id for finding in judged.findings]}


def shown(opregion):
    """The bytes that vfio-pci shows of a host's OpRegion with an extended VBT: version 2.0 becomes
    2.1, RVDA 0x2000 (drivers/vfio/pci/vfio_pci_igd.c)."""
    data = bytearray(opregion)
    if len(data) > 0x2000:
        data[0x16:0x18] = b"\x01\x02"
        data[0x3ba:0x3c2] = (0x2000).to_bytes(8, "little")
    return bytes(data)


def of_host(opregion):
    return {"region_size": len(opregion), "region_crc": zlib.crc32(shown(opregion))}


def of_dmar(tools, path):
    """Addresses as numbers."""
    dmar = tools.json("dmar", "show", path)
    for rmrr in dmar.rmrr:
        rmrr.base, rmrr.end = int(rmrr.base, 0), int(rmrr.end, 0)
    return {"dmar": dmar, "rmrr": dmar.rmrr}


# Of QEMU's devices that stand beside the IGD.
CLASSES = {"edu": 0x00ff00, "qemu-xhci": 0x0c0330}


def classes_of(arguments, display):
    """PCI address to class code, from "edu,addr=5.0 qemu-xhci,addr=7.0" """
    found = {"0000:00:02.0": int(display, 0) << 8}
    for argument in arguments.split():
        name, _, address = argument.partition(",addr=")
        slot, _, function = address.partition(".")
        found[f"0000:00:{int(slot, 16):02x}.{function}"] = CLASSES[name]
    return found


def of_reservations(tools, dmar, devices, classes, release):
    """What sysfs shows of each device's group, and how the kernel refuses an attach. The functions
    of one slot share a group."""
    reserved, attach, refused = [], [], []
    for device in devices:
        mates = [f"--mate={mate}={classes[mate]:#x}" for mate in devices
                 if mate != device and mate[:-1] == device[:-1]]
        query = tools.json("rmrr", "query", "--dmar", dmar, "--device", device,
                           "--class", f"{classes[device]:#x}", *mates,
                           "--kernel", ".".join(release.split(".")[:2]))
        reserved += [SimpleNamespace(on=device, first=int(one.first, 0), last=int(one.last, 0),
                                     type=one.type)
                     for one in query.regions]
        errno = 0 if query.attach.allowed else query.attach.errno
        attach.append(SimpleNamespace(on=device, errno=errno))
        if errno:
            refused.append(SimpleNamespace(by=query.attach.device,
                                           message=query.attach.message))
    return {"reserved": reserved, "attach": attach, "refused": refused}


def of_state(told):
    """The guest's registers as the library shows them."""
    dsm, reserved = told["dsm_bytes"], told["stolen_reserved"]
    usable = (reserved & ~0xfffff) - told["bdsm"] if reserved & 1 else dsm
    return {**told, "dsm_mib": dsm >> 20, "dsm_kib": dsm >> 10, "usable_kib": usable >> 10,
            "mirror_kib": told["mirror_dsm"] >> 10,
            "asls_vbt": told["asls"] + 0x2000,
            "bdsm_end": told["bdsm"] + dsm - 1}
