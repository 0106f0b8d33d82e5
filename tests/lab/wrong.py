# SPDX-License-Identifier: MIT
"""The lab can fail: deliberately wrong copies of the library, each of which must turn a scenario red.

    wrong.py [--build DIR] [--cache DIR]

Builds a copy of the tree in a folder of its own, breaks one line at a time. Prints TAP.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
TARGETS = ["tools/igdpt", "tests/lab/lab-machine", "tests/lab/host-probe"]
SCENARIOS = ["guest-hsw", "guest-rvda-normalised", "rmrr-shared"]
# What is wrong, where, the line and what becomes of it, and the scenario that must see it.
WRONG = [
    ("ASLS is never stored", "lib/pcicfg.c",
     "\tmasked_store(cfg->value + offset, get_le64(cfg->writable + offset) & mask, value);",
     "\tif (offset != IGDPT_CFG_ASLS)\n\t\tmasked_store(cfg->value + offset, mask, value);",
     "guest-hsw"),
    ("GMS is off by one", "lib/stolen.c", "\treturn code * 32;", "\treturn (code + 1) * 32;",
     "guest-hsw"),
    ("RVDA is not rewritten", "lib/opregion-normalise.c",
     "\tput_le64(p + IGDPT_OPF_RVDA, IGDPT_OPREGION_BYTES);", "",
     "guest-rvda-normalised"),
    ("an RMRR's end is exclusive", "lib/dmar.c", "\ts->end = get_le64(p + 16);",
     "\ts->end = get_le64(p + 16) + 1;", "rmrr-shared"),
]


def make(build, *targets):
    subprocess.run(["make", "-s", "-j2", *targets], cwd=build, check=True,
                   stdout=subprocess.DEVNULL)


def copy(folder):
    """A configured copy of the tree without its builds; the library static, to build fast."""
    source, build = os.path.join(folder, "source"), os.path.join(folder, "build")
    shutil.copytree(TOP, source, symlinks=True, ignore=lambda where, names: [
        name for name in names if name == ".git" or (name.startswith("build") and where == TOP and
                                                     name != "build-aux")])
    os.mkdir(build)
    subprocess.run([os.path.join(source, "configure"), "-q", "--disable-shared", "CFLAGS=-O1"],
                   cwd=build, check=True)
    make(build, *TARGETS)
    return source, build


def lab(options, build, *scenarios):
    """Whether the lab is green with that build, and what it says."""
    done = subprocess.run([sys.executable, os.path.join(HERE, "lab.py"), "--build", build,
                           "--cache", options.cache, "--kernel", "6.1", *scenarios],
                          capture_output=True, check=False)
    text = done.stdout.decode("latin-1") + done.stderr.decode("latin-1")
    if "# SKIP " in text:
        sys.exit("lab: cannot run: " + text)
    return done.returncode == 0, text


def broken(options, source, build, wrong):
    _, name, line, becomes, scenario = wrong
    path = os.path.join(source, name)
    with open(path, encoding="utf-8") as text:
        good = text.read()
    if line not in good:
        return True, f"{name} has no line {line!r}"
    try:
        with open(path, "w", encoding="utf-8") as out:
            out.write(good.replace(line, becomes))
        make(build, *TARGETS)
        return lab(options, build, scenario)
    finally:
        with open(path, "w", encoding="utf-8") as out:
            out.write(good)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.environ.get("IGDPT_BUILDDIR", "build"))
    parser.add_argument("--cache", default=os.environ.get("IGDPT_LAB_CACHE"))
    options = parser.parse_args()
    options.cache = os.path.abspath(options.cache or
                                    os.path.join(options.build, "tests", "lab", "cache"))
    failed = 0

    def tap(number, right, name, text):
        nonlocal failed
        failed += not right
        print(f"{'ok' if right else 'not ok'} {number} - {name}", flush=True)
        if not right:
            print("".join(f"# {line}\n" for line in text.splitlines()), end="")

    print(f"1..{len(WRONG) + 1}", flush=True)
    with tempfile.TemporaryDirectory(prefix="igdpt-wrong-") as folder:
        source, build = copy(folder)
        green, text = lab(options, build, *SCENARIOS)
        tap(1, green, "a copy of the library is green", text)
        for number, wrong in enumerate(WRONG, 2):
            green, text = broken(options, source, build, wrong)
            tap(number, not green, f"red when {wrong[0]}", text)
    print(f"# PASS:  {len(WRONG) + 1 - failed}\n# FAIL:  {failed}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
