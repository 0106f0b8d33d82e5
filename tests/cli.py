# SPDX-License-Identifier: MIT
"""Runs the command for tests that print TAP."""
import os
import subprocess
import sys
import traceback

SRCDIR = os.environ.get("IGDPT_SRCDIR", ".")
BUILDDIR = os.environ.get("IGDPT_BUILDDIR", "build")
CORPUS = os.environ.get("IGDPT_CORPUS", "")
# libtool's wrapper script takes ten times as long as the command that it runs.
PROGRAM = os.path.join(BUILDDIR, "tools", ".libs", "igdpt")
LIBRARIES = os.path.join(BUILDDIR, ".libs")
if not os.path.exists(PROGRAM):
    PROGRAM = os.path.join(BUILDDIR, "tools", "igdpt")


class Skip(Exception):
    pass


def igdpt(*args, stdin=b"", timeout=60, env=None):
    """(exit status, standard output, standard error) as text"""
    env = dict(os.environ if env is None else env, LD_LIBRARY_PATH=LIBRARIES)
    done = subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, timeout=timeout,
                          check=False, env=env)
    return done.returncode, done.stdout.decode("latin-1"), done.stderr.decode("latin-1")


def corpus(directory):
    """Sorted paths of a directory of real files, or Skip"""
    path = os.path.join(CORPUS, directory)
    if not os.path.isdir(path):
        raise Skip(f"no corpus at {path}")
    return [os.path.join(path, name) for name in sorted(os.listdir(path))]


def run(*tests):
    """One TAP line a function; its name is the statement that it makes"""
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} - {name}")
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}")
        except Exception:
            failed += 1
            print(f"not ok {number} - {name}")
            print("\n".join("# " + line for line in traceback.format_exc().splitlines()))
        sys.stdout.flush()
    sys.exit(failed != 0)
