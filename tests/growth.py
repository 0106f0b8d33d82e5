# SPDX-License-Identifier: MIT
"""Size-prefixed structs: older and newer callers, of this library and of one that has grown."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import cli

SRC = cli.SRCDIR
CC = os.environ.get("CC", "cc").split()
GENERATE = os.path.join(SRC, "tests/abi/generate.py")
GROWTH = 8


def run(*command, check=True):
    return subprocess.run(command, check=check, stdout=subprocess.PIPE, text=True).stdout


def build(tree, where):
    """growth.c, compiled as it is, on the library of a tree"""
    library = os.path.join(where, "libigdpt-growth.so")
    sources = [os.path.join(tree, "lib", name) for name in sorted(os.listdir(tree + "/lib"))
               if name.endswith(".c")]
    run(*CC, "-O0", "-w", "-fPIC", "-shared", "-I" + tree + "/include", "-o", library, *sources)
    program = os.path.join(where, "growth")
    run(*CC, "-w", "-I" + SRC + "/include", "-o", program, SRC + "/tests/growth.c", library,
        "-Wl,-rpath," + where)
    return program


def failures(program, *arguments):
    answer = run(program, *arguments, check=False)
    assert re.search(r"^1\.\.\d+$", answer, re.M), answer[-400:]
    return [line for line in answer.splitlines() if line.startswith("not ok")]


def future(where):
    """The tree with two more words in each size-prefixed struct"""
    for part in ("include", "lib"):
        shutil.copytree(os.path.join(SRC, part), os.path.join(where, part),
                        copy_function=shutil.copyfile)
    grown = 0
    for name in os.listdir(where + "/include/igdpt"):
        path = os.path.join(where, "include/igdpt", name)
        with open(path, encoding="utf-8") as file:
            text, n = re.subn(r"(struct igdpt_\w+ \{\n\tuint32_t size;.*?\n)\};",
                              r"\1\tuint32_t of_the_future[2];\n};", file.read(), flags=re.S)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        grown += n
    assert grown >= 36, grown


def forget_first_size(where, struct):
    path = os.path.join(where, "lib/abi-v1.h")
    with open(path, encoding="utf-8") as file:
        text, n = re.subn(rf"(#define V1_{struct}) .*", rf"\1 sizeof(struct {struct})", file.read())
    assert n == 1, struct
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def every_parameter_has_a_row():
    try:
        import pycparser as _
    except ImportError:
        raise cli.Skip("python3-pycparser is missing") from None
    with open(os.path.join(SRC, "tests/growth.def"), encoding="utf-8") as file:
        rows = set(re.findall(r"^CASE\((\w+), (\w+),", file.read(), re.M))
    sized = set(re.findall(r"^(\w+):(\w+) ", run(sys.executable, GENERATE, "--sized", "libigdpt"),
                           re.M))
    # `why` is filled in one place, for all functions.
    missing = {(f, s) for f, s in sized - rows if s != "igdpt_finding"}
    assert not missing, missing
    assert len(rows) >= 40 and rows - sized <= {("options", "igdpt_platform")}, rows - sized


def older_newer_and_impossible_callers():
    with tempfile.TemporaryDirectory() as where:
        assert not failures(build(SRC, where)), "see tests/growth.c"


def a_library_whose_structs_have_grown():
    with tempfile.TemporaryDirectory() as where:
        future(where)
        assert not failures(build(where, where), str(GROWTH))


def a_first_size_that_is_forgotten_is_noticed():
    with tempfile.TemporaryDirectory() as where:
        future(where)
        forget_first_size(where, "igdpt_rom_image")
        refused = failures(build(where, where), str(GROWTH))
        assert refused and all("igdpt_rom_next" in line for line in refused), refused


cli.run(every_parameter_has_a_row, older_newer_and_impossible_callers,
        a_library_whose_structs_have_grown, a_first_size_that_is_forgotten_is_noticed)
