#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Instructions that each operation of bench/count takes, counted by valgrind, against the committed
figures in bench/instructions.tsv. They belong to one compiler; another one is told apart, not judged.
usage: instructions.py PROGRAM [--update]"""
import os
import platform
import re
import subprocess
import sys
import tempfile

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.tsv")
TOLERANCE = 0.03
FEW, MANY = 100, 1100


def compiler():
    words = subprocess.run([*os.environ.get("CC", "gcc").split(), "--version"], check=True,
                           capture_output=True, text=True).stdout.splitlines()[0].split()
    return f"{words[0]} {words[-1]} {platform.machine()}"


def counted(program, operation, calls):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out.name, program,
                        operation, str(calls)], check=True, capture_output=True)
        return int(re.search(rb"^summary: (\d+)", out.read(), re.M).group(1))


def measure(program):
    """{operation: instructions a call}; what the program does besides cancels out"""
    names = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()
    return {name: (counted(program, name, MANY) - counted(program, name, FEW)) / (MANY - FEW)
            for name in names}


def read_table():
    with open(TABLE, encoding="ascii") as table:
        built, *rows = [line for line in table.read().splitlines() if not line.startswith("#")]
    return built, {name: float(count) for name, count in (row.split("\t") for row in rows)}


def write_table(figures):
    with open(TABLE, "w", encoding="ascii") as table:
        table.write("# Instructions a call, by bench/instructions.py --update; first the compiler.\n")
        table.write(compiler() + "\n")
        table.writelines(f"{name}\t{count:.1f}\n" for name, count in figures.items())


def main():
    program = sys.argv[1]
    if "--update" in sys.argv[2:]:
        write_table(measure(program))
        return 0
    built, before = read_table()
    if built != compiler():
        print(f"SKIP: instruction counts are those of {built}, this is {compiler()}")
        return 0
    figures = measure(program)
    bad = 0
    for name in sorted(before | figures):
        now, then = figures.get(name), before.get(name)
        good = now and then and now <= then * (1 + TOLERANCE)
        bad += not good
        print(f"{'ok' if good else 'not ok'} - {name}: {now} instructions a call, committed {then}")
    return bad != 0


sys.exit(main())
