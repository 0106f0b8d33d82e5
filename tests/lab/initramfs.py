# SPDX-License-Identifier: MIT
"""Initial RAM file systems: cpio archives in the newc form, written without tools."""
import os


class Cpio:
    def __init__(self):
        self.parts, self.inode = [], 0

    def _entry(self, name, mode, data=b"", rdev=(0, 0)):
        self.inode += 1
        raw = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(raw), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + raw
        self.parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def folder(self, name):
        self._entry(name, 0o040755)

    def file(self, name, data, mode=0o644):
        self._entry(name, 0o100000 | mode, data)

    def link(self, name, target):
        self._entry(name, 0o120777, target.encode())

    def console(self):
        self._entry("dev/console", 0o020600, rdev=(5, 1))

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        return b"".join(self.parts)


def as_qemu(table):
    """With the OEM ids of QEMU's tables: Linux replaces a table only by one of the same ids."""
    data = bytearray(table)
    data[9:24] = b"\0BOCHS BXPC    "
    data[9] = -sum(data) & 0xff
    return bytes(data)


def acpi_override(dmar):
    """Put in front of the real one, this replaces the machine's DMAR (Linux
    Documentation/admin-guide/acpi/initrd_table_override.rst)."""
    cpio = Cpio()
    for name in ("kernel", "kernel/firmware", "kernel/firmware/acpi"):
        cpio.folder(name)
    cpio.file("kernel/firmware/acpi/DMAR.aml", dmar)
    return cpio.bytes()


def root(busybox, init, files):
    """busybox, /init, and {path: (data, mode)}"""
    cpio = Cpio()
    folders = {"dev", "proc", "sys", "bin", "lib", "data"}
    for path in files:
        while path := os.path.dirname(path):
            folders.add(path)
    for name in sorted(folders):
        cpio.folder(name)
    cpio.console()
    with open(busybox, "rb") as data:
        cpio.file("bin/busybox", data.read(), 0o755)
    cpio.link("bin/sh", "busybox")
    cpio.file("init", init.encode(), 0o755)
    for path, (data, mode) in sorted(files.items()):
        cpio.file(path, data, mode)
    return cpio.bytes()
