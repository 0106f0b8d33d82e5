# SPDX-License-Identifier: MIT
"""Answers the cases of tests/golden.txt through the Python package."""
from typing import Callable, Dict, Iterator, List, Optional, Tuple

import igdpt


def hexadecimal(*numbers: int) -> str:
    return " ".join(hex(number) for number in numbers)


def digest(data: bytes) -> str:
    """Length and FNV-1a hash"""
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return hexadecimal(len(data), value)


def failure(error: igdpt.IgdptError) -> str:
    answer, finding = f"error {error.error:d}", error.finding
    if finding:
        place = "" if finding.offset is None else f" offset {finding.offset:#x}"
        answer += f" finding {finding.id}{place} value {finding.value:#x}"
    return answer


def platform(key: str) -> str:
    found = (igdpt.Platform.find(int(key, 0)) if key.startswith("0") else
             igdpt.Platform.by_name(key))
    return f"{found.name} " + hexadecimal(found.gen, found.codec, found.bdsm, found.flags,
                                          found.audio_devfn or 0)


def decode(codec: str, ggc: str, flags: str) -> str:
    s = igdpt.Stolen.decode(int(codec), int(ggc, 0), int(flags))
    return hexadecimal(s.gms, s.ggms, s.flags, s.dsm_bytes, s.gsm_bytes)


def encode(codec: str, ggc: str, dsm_bytes: str) -> str:
    return hexadecimal(igdpt.stolen.encode(int(codec), int(ggc, 0), int(dsm_bytes, 0)))


def make_vbt(name: str, bdb: str, size: str) -> bytes:
    return igdpt.vbt.build(None if name == "-" else name, int(bdb, 0), int(size, 0))


def vbt_build(*words: str) -> str:
    return digest(make_vbt(*words))


def cut_and_change(data: bytes, cut: str, *changes: str) -> bytes:
    room = bytearray(data)
    for change in changes:
        offset, byte = change.split(":")
        room[int(offset, 0)] = int(byte, 0)
    return bytes(room[:int(cut, 0)])


def vbt_init(name: str, bdb: str, size: str, *changes: str) -> str:
    table = igdpt.Vbt(cut_and_change(make_vbt(name, bdb, size), *changes))
    return hexadecimal(len(table), table.bdb_offset, table.bdb_size, table.bdb_version)


def make_opregion(version: str, mboxes: str, *vbt: str) -> bytes:
    return igdpt.opregion.build(make_vbt(*vbt), int(version, 0), int(mboxes, 0),
                                address=0x7ffe0000)


def opregion_build(*words: str) -> str:
    return digest(make_opregion(*words))


def ids(findings: List[igdpt.Finding]) -> List[str]:
    return [str(finding.id) for finding in findings]


def attempt(call: Callable[[], str]) -> str:
    try:
        return call()
    except igdpt.IgdptError as error:
        return failure(error)


def opregion(*words: str) -> str:
    op = igdpt.OpRegion(cut_and_change(make_opregion(*words[:5]), *words[5:]))

    def vbt() -> str:
        place = op.find_vbt()
        return hexadecimal(place.source, place.offset, place.room, place.bytes)
    return " ".join([hexadecimal(op.version, op.mboxes, op.get(igdpt.OpregionField.CLID)),
                     attempt(vbt), *ids(op.validate()), attempt(lambda: digest(op.normalise()))])


def bdsm_size(dsm_bytes: str) -> str:
    return digest(igdpt.fwcfg.bdsm_size(int(dsm_bytes, 0)))


def make_files(words: Tuple[str, ...]) -> List[Tuple[str, bytes]]:
    return [(name, bytes(int(size, 0))) for name, size in (word.split(":") for word in words)]


def directory(*words: str) -> str:
    data, selectors = igdpt.fwcfg.directory(make_files(words))
    return " ".join([digest(data), *(f"{name} {key}" for name, key in selectors.items())])


def fwcfg_check(*words: str) -> str:
    return " ".join(ids(igdpt.fwcfg.check(make_files(words))))


def host_config(device: int) -> bytes:
    config = bytearray(256)
    for offset, value in ((0, device << 16 | 0x8086), (8, 0x03000009), (0x50, 0x02c1),
                          (0x5c, 0xa5d00001), (0xc0, 0xa5d00001), (0xe8, 0x8000),
                          (0xfc, 0xa5c1e018)):
        config[offset:offset + 4] = value.to_bytes(4, "little")
    return bytes(config)


def guest_step(guest: igdpt.PciConfig, config: bytes, saved: List[bytes], step: str) -> str:
    name, *args = step.split(":")
    numbers = [int(arg, base) for arg, base in zip(args, (16, 10, 16))]
    if name == "r":
        hw = int.from_bytes(config[numbers[0]:numbers[0] + numbers[1]], "little")
        return hexadecimal(guest.read(numbers[0], numbers[1], hw))
    if name == "w":
        return hexadecimal(*guest.write(*numbers))
    if name == "h":
        return hexadecimal(guest.hw_bytes(*numbers))
    if name == "mr":
        return hexadecimal(guest.mmio_read(0, *numbers))
    if name == "mw":
        return hexadecimal(*guest.mmio_write(0, *numbers))
    if name == "mcheck":
        return " ".join(ids(guest.mmio_check()))
    if name == "setup":
        guest.mmio_setup()
        return ""
    if name == "state":
        s = guest.state()
        return hexadecimal(s.asls, s.ggc, s.complete, s.bdsm, s.dsm_bytes, s.gsm_bytes)
    if name == "save":
        saved.append(guest.save())
        return digest(saved[-1])
    if name == "check":
        return " ".join(ids(guest.check()))
    if name == "restore":
        guest.restore(saved[-1])
    else:
        assert name == "reset", step
        guest.reset()
    return ""


def pcicfg(device: str, *words: str) -> str:
    flags, asls_policy, bdsm_policy, gms_policy, asls, bdsm, dsm_bytes = (
        int(word, 0) for word in words[:7])
    options = igdpt.pcicfg.Options(
        flags=flags, asls_policy=asls_policy, bdsm_policy=bdsm_policy, gms_policy=gms_policy,
        asls=asls, bdsm=bdsm, dsm_bytes=dsm_bytes)
    config = host_config(int(device, 0))
    guest = igdpt.PciConfig(known(device), config, options)
    saved: List[bytes] = []
    answers = []
    for step in words[7:]:
        try:
            answers.append(guest_step(guest, config, saved, step))
        except igdpt.IgdptError as error:
            answers.append(failure(error))
    return " ".join(answer for answer in answers if answer)


def known(device: str) -> Optional[igdpt.Platform]:
    try:
        return igdpt.Platform.find(int(device, 0))
    except igdpt.IgdptError:
        return None


def pair(word: str) -> Tuple[int, int]:
    first, last = (int(number, 0) for number in word.split("-"))
    return first, last


def plan(device: str, *words: str) -> str:
    mode, dsm_policy, firmware, ggc, low_end, high_bytes, first, last, bdsm = (
        int(word, 0) for word in words[:9])
    machine = igdpt.plan.Machine(
        mode=mode, dsm_policy=dsm_policy, firmware=firmware, ggc=ggc, low_end=low_end,
        high_bytes=high_bytes, mmio_first=first, mmio_last=last, host_bdsm=bdsm,
        platform=known(device), taken=igdpt.Ranges(pair(word) for word in words[9:]))
    made = igdpt.plan.make(machine)
    numbers = [made.flags, made.asls_policy, made.bdsm_policy, made.gms_policy, made.bridge,
               made.config_flags, made.asls, made.bdsm, made.dsm_bytes, made.gsm_bytes, made.rvda]
    for block in made.blocks:
        numbers += [block.kind, block.flags, block.first, block.bytes, block.e820]
    for entry in igdpt.plan.e820(machine, made):
        numbers += [entry.first, entry.bytes, entry.type]
    return " ".join([hexadecimal(*numbers), *ids(igdpt.plan.check(machine, made))])


def tell_regions(regions: List[igdpt.rmrr.Region]) -> List[int]:
    numbers: List[int] = []
    for r in regions:
        address = 0xffffffff if r.address is None else r.address
        numbers += [r.first, r.last, r.type, r.reason, address, r.state]
    return numbers


def rmrr(class_code: str, kernel: str, *words: str) -> str:
    policy, flags, low_end, high_end, boundary = (int(word, 0) for word in words[:5])
    rmrrs = []
    for word in words[5:]:
        devfn, _, place = word.partition("@")
        path = [(int(devfn, 0) >> 3, int(devfn, 0) & 7)]
        rmrrs.append(igdpt.dmar.BuildRmrr(*pair(place), [igdpt.dmar.BuildScope(path)]))
    table = igdpt.Dmar(igdpt.dmar.build(rmrrs))
    regions = igdpt.rmrr.predict(table, [(0x10, int(class_code, 0))])
    attach = igdpt.rmrr.predict_attach(regions, divmod(int(kernel, 0), 256))
    layout, judged, memory = igdpt.rmrr.resolve(
        igdpt.rmrr.Layout(low_end, high_end), regions, policy, flags, boundary)
    return hexadecimal(attach.blocked, attach.error, layout.low_end, layout.high_end,
                       layout.conflicts, layout.moved, *tell_regions(judged), *tell_regions(memory))


def rmrr_parse(source: str, *words: str) -> str:
    lines = (" ".join(words[at:at + 3]) + "\n" for at in range(0, len(words), 3))
    regions = igdpt.rmrr.parse(int(source, 0), "".join(lines).encode())
    return hexadecimal(*tell_regions(regions))


def legacy(device: str, version: str, *words: str) -> str:
    flags, machine, slot_1f, class_code, ggc = (int(word, 0) for word in words)
    answer, findings = igdpt.legacy.check(divmod(int(version, 0), 256), known(device), flags,
                                          machine, slot_1f, class_code, ggc)
    return " ".join([hexadecimal(answer), *ids(findings)])


def bridges(model: str) -> str:
    return " ".join(hexadecimal(r.devfn, r.offset, r.width, r.source)
                    for r in igdpt.bridges.registers(int(model)))


CALLS: Dict[str, Callable[..., str]] = {
    "platform": platform, "decode": decode, "encode": encode, "vbt-build": vbt_build,
    "vbt-init": vbt_init, "opregion-build": opregion_build, "opregion": opregion,
    "bdsm-size": bdsm_size, "directory": directory, "fwcfg-check": fwcfg_check, "pcicfg": pcicfg,
    "plan": plan, "rmrr": rmrr, "rmrr-parse": rmrr_parse, "legacy": legacy, "bridges": bridges,
}


def answer(case: str) -> str:
    """What the library says to CALL WORD..."""
    name, *words = case.split()
    try:
        return CALLS[name](*words)
    except igdpt.IgdptError as error:
        return failure(error)


def cases(path: str) -> Iterator[Tuple[str, str]]:
    """(case, expected answer) of each line"""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#") and " = " in line:
                case, want = line.rstrip("\n").split(" = ")
                yield case, want
