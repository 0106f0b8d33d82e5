# SPDX-License-Identifier: MIT
"""OpRegions built around every real VBT: another decoder reads them, the strict validator accepts
them, and the VBT comes back byte for byte."""
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile

import cli

VERSIONS = ("1.0", "2.0", "2.1", "3.0")
ADDRESS = 0x7affd018
MAILBOX4 = 6144


def vbt_bytes(path):
    """The table without what follows it in the file"""
    with open(path, "rb") as f:
        data = f.read()
    return data[:struct.unpack_from("<H", data, 24)[0]]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def build(vbt, version, out):
    args = ["opregion", "build", "--vbt", vbt, "--version", version, "-o", out]
    if version == "2.0":
        args += ["--address", str(ADDRESS)]
    status, _, err = cli.igdpt(*args)
    if version == "1.0" and len(vbt_bytes(vbt)) > MAILBOX4 + 1024:
        assert status == 3 and "build-version" in err, (vbt, err)
        return False
    assert status == 0, (vbt, version, err)
    return True


class Built:
    """All of them, built once"""
    files = None

    @classmethod
    def all(cls):
        if cls.files is None:
            tables, files = cli.corpus("vbt"), []
            cls.where = tempfile.TemporaryDirectory()
            for vbt in tables:
                for version in VERSIONS:
                    out = os.path.join(cls.where.name, f"{os.path.basename(vbt)}-{version}")
                    if build(vbt, version, out):
                        files.append((vbt, version, out))
            assert len(files) >= 3 * len(tables) and tables, len(files)
            cls.files = files
        return cls.files


def the_validator_finds_no_error_in_any():
    files = Built.all()
    status, out, err = cli.igdpt("opregion", "check", "--json", *(f[2] for f in files))
    assert status < 2 and not err, (status, err)
    reports = json.loads(out)
    assert len(reports) == len(files)
    for (vbt, version, _), report in zip(files, reports):
        assert not [f for f in report["findings"] if f["severity"] == "error"], (vbt, report)
        size = len(vbt_bytes(vbt))
        verdicts = {c["name"]: c["verdict"] for c in report["consumers"]}
        assert verdicts["i915"] == "takes it", (vbt, report)
        if version == "2.0" and size > MAILBOX4:
            assert report["rvda"] == ADDRESS + 0x2000 and verdicts["bhyve"] == "refuses it"
        else:
            assert report["vbt"]["bytes"] == size, (vbt, report)
            assert verdicts["bhyve"] == "takes it", (vbt, report)


def the_vbt_comes_back_byte_for_byte():
    for vbt, _, out in Built.all():
        table, data = vbt_bytes(vbt), read(out)
        at = 0x2000 if len(data) > 0x2000 else 0x400
        assert data[at:at + len(table)] == table, out
        assert len(data) == (0x2000 + len(table) if at == 0x2000 else 0x2000), out


def intel_opregion_decode_reads_them():
    if not shutil.which("intel_opregion_decode"):
        raise cli.Skip("intel_opregion_decode is missing (package intel-gpu-tools)")
    for _, version, out in Built.all()[::7]:
        done = subprocess.run(["intel_opregion_decode", f"--file={out}"], capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.returncode == 0 and not done.stderr, (out, done.stderr)
        rows = dict(re.findall(r"^\t(\w+):\t(\S+)$", done.stdout, re.MULTILINE))
        major, minor = version.split(".")
        data = read(out)
        assert int(rows["over"], 16) == int(major) << 24 | int(minor) << 16, (out, rows)
        assert int(rows["rvda"], 16) == struct.unpack_from("<Q", data, 0x3ba)[0], (out, rows)
        assert int(rows["rvds"], 16) == struct.unpack_from("<I", data, 0x3c2)[0], (out, rows)
        assert int(rows["clid"], 16) == 3, (out, rows)


def normalising_twice_is_normalising_once():
    files = [f for f in Built.all() if f[1] != "2.0" or len(read(f[2])) == 0x2000]
    with tempfile.TemporaryDirectory() as once, tempfile.TemporaryDirectory() as twice:
        for source, target in (([f[2] for f in files], once), (None, twice)):
            source = source or [os.path.join(once, n) for n in sorted(os.listdir(once))]
            status, _, err = cli.igdpt("opregion", "normalise", "-o", target, *source)
            assert status == 0, err
        assert len(os.listdir(once)) == len(files)
        for name in os.listdir(once):
            assert read(os.path.join(once, name)) == read(os.path.join(twice, name)), name


def version_2_0_becomes_what_2_1_is_built_as():
    files = [f for f in Built.all() if f[1] == "2.0" and len(read(f[2])) > 0x2000]
    assert files
    with tempfile.TemporaryDirectory() as where:
        target = os.path.join(where, "copy")
        for vbt, _, out in files:
            status, _, err = cli.igdpt("opregion", "normalise", "-o", target, out)
            assert status == 2 and "rvda-unread" in err, (out, err)
            status, _, err = cli.igdpt("opregion", "normalise", "--vbt", vbt, "-o", target, out)
            assert status == 0, (out, err)
            assert read(target) == read(out[:-len("2.0")] + "2.1"), out
            assert struct.pack("<I", ADDRESS + 0x2000) not in read(target)[:0x2000], out


cli.run(the_validator_finds_no_error_in_any, the_vbt_comes_back_byte_for_byte,
        intel_opregion_decode_reads_them, normalising_twice_is_normalising_once,
        version_2_0_becomes_what_2_1_is_built_as)
