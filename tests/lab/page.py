# SPDX-License-Identifier: MIT
"""The results as a page of the documentation: a scenario a line, a kernel a column."""
import os

import kernels

HEAD = """# What stock kernels reported {#kernels}

Written by `make check-lab LABFLAGS="--table FILE"`: each line is a scenario of `tests/lab/scenarios`,
each column a Debian kernel (6.12-iommufd: its VFIO built anew with iommufd). ok: the kernel reported
what the library predicts, or what the scenario says; not run: it did not come to it when the table
was made; empty: no scenario for that kernel. A run of some scenarios or kernels replaces their cells
alone.
"""


def row(cells):
    return "| " + " | ".join(cells) + " |"


def present(path):
    """{(scenario, column): cell} of the page as it is, and its columns."""
    if not os.path.exists(path):
        return {}, []
    with open(path, encoding="utf-8") as text:
        rows = [line.strip()[2:-2].split(" | ") for line in text if line.startswith("| ")]
    if not rows:
        return {}, []
    columns = rows[0][2:]
    return {(cells[0], column): cell for cells in rows[1:]
            for column, cell in zip(columns, cells[2:]) if cell}, columns


def columns_of(old, found):
    """A kernel's column names its release: that of this run, else that of the page."""
    heads = {column.split(":")[0]: column for column in old}
    heads |= {name: f"{name}: {kernel.release.removesuffix('-amd64')}"
              for name, kernel in found.items() if not isinstance(kernel, Exception)}
    return {name: heads[name] for name in (*kernels.SUITES, *kernels.REBUILT) if name in heads}


def write(path, scenarios, runs, found):
    """scenarios: all that the page shows; runs: what ran; found: its kernels by name."""
    cells, old = present(path)
    columns = columns_of(old, found)
    for run in runs:
        if run.kernel_name in columns and not run.skip:
            cells[run.scenario.name, columns[run.kernel_name]] = "ok" if run.passed() else "FAILED"
    lines = [row(["scenario", "what it shows", *columns.values()]),
             "|---" * (2 + len(columns)) + "|"]
    for one in scenarios:
        names = one.set["kernel"].split()
        lines.append(row([one.name, one.set["title"],
                          *(cells.get((one.name, column), "not run") if name in names else ""
                            for name, column in columns.items())]))
    with open(path, "w", encoding="utf-8") as out:
        out.write(HEAD + "\n" + "\n".join(lines) + "\n")
