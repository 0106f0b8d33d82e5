# SPDX-License-Identifier: MIT
"""The ABI against its baseline by abidiff; then each gate with the thing that it guards broken on
purpose, in a copy: every fault must be seen.

    gates.py             test
    gates.py --baseline  write the baseline, tests/abi/*.abi
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager

import cli

SRC, BUILD = cli.SRCDIR, cli.BUILDDIR
CC = os.environ.get("CC", "cc").split()
# Their sources, map and compiler options
LIBRARIES = {
    "libigdpt": ("lib", "lib/libigdpt.map", []),
    "libigdpt-host": ("lib/host", "lib/host/libigdpt-host.map", ["-D_GNU_SOURCE"]),
}


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **more)


def must(*command, **more):
    done = run(*command, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def compile_library(name, tree, where):
    """By clang: gcc describes a function in each file that calls it, and libabigail 2.2 loses the
    type of one whose definition does not come first."""
    folder, symbols, options = LIBRARIES[name]
    shared = os.path.join(where, name + ".so")
    must("clang", "-shared", "-g", "-O0", "-w", "-fPIC", "-fvisibility=hidden", *options,
         "-Iinclude", f"-Wl,-soname,{name}.so.1", f"-Wl,--version-script={symbols}", "-o", shared,
         *(f"{folder}/{file}" for file in sorted(os.listdir(f"{tree}/{folder}"))
           if file.endswith(".c")), cwd=tree)
    return shared


def baseline(name):
    return f"{SRC}/tests/abi/{name}.abi"


def write_baseline():
    with tempfile.TemporaryDirectory() as where:
        for name in LIBRARIES:
            must("abidw", "--headers-dir", SRC + "/include/igdpt", "--drop-private-types",
                 "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed",
                 "--type-id-style", "hash", "--out-file", baseline(name),
                 compile_library(name, SRC, where))


def abidiff(name, shared):
    """What changed in a way that a caller can notice; functions may be added. Told where the public
    headers are, libabigail 2.2 takes a changed struct for a private one."""
    return run("abidiff", "--no-added-syms", "--suppressions", SRC + "/tests/abi/growth.suppr",
               baseline(name), shared)


class Copy:
    """Sources and libraries to be spoilt"""

    def __init__(self, where):
        self.tree, self.build = os.path.join(where, "tree"), os.path.join(where, "build")
        for part in ("include", "lib", "tests/abi", "bindings/python/gen-abi.py", "NEWS",
                     "configure.ac"):
            source, target = os.path.join(SRC, part), os.path.join(self.tree, part)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(source):
                shutil.copytree(source, target, copy_function=shutil.copyfile)
            else:
                shutil.copyfile(source, target)
        os.makedirs(self.build + "/.libs")
        for name in os.listdir(BUILD + "/.libs"):
            if re.match(r"libigdpt.*\.(so|a)", name):
                os.symlink(f"{BUILD}/.libs/{name}", f"{self.build}/.libs/{name}")

    def edit(self, path, pattern, new):
        path = os.path.join(self.tree, path)
        with open(path, encoding="utf-8") as file:
            text, n = re.subn(pattern, new, file.read(), flags=re.S)
        assert n, f"{path}: {pattern}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def library(self, name):
        return os.path.join(self.build, ".libs", name)

    def replace(self, name, source):
        os.remove(self.library(name))
        shutil.copyfile(source, self.library(name))

    def link(self, code="", soname="libigdpt.so.1", options=()):
        """The core's objects and some code of ours, with the copy's map"""
        extra = self.build + "/extra"
        with open(extra + ".c", "w", encoding="ascii") as file:
            file.write('#include "igdpt/base.h"\n' + code)
        must(*CC, "-c", "-g", "-O2", "-fPIC", "-fvisibility=hidden", f"-I{SRC}/include", "-o",
             extra + ".o", extra + ".c")
        self.replace("libigdpt-core.a", f"{BUILD}/.libs/libigdpt-core.a")
        must("ar", "rs", self.library("libigdpt-core.a"), extra + ".o")
        for name in ("libigdpt.so", soname):
            if os.path.lexists(self.library(name)):
                os.remove(self.library(name))
        os.symlink("libigdpt.so", self.library(soname))
        must(*CC, "-shared", "-Wl,-soname," + soname, "-o", self.library("libigdpt.so"),
             f"-Wl,--version-script={self.tree}/lib/libigdpt.map", "-Wl,-Bsymbolic-functions",
             "-Wl,--whole-archive",
             self.library("libigdpt-core.a"), "-Wl,--no-whole-archive", *options)

    def abidiff(self):
        return abidiff("libigdpt", compile_library("libigdpt", self.tree, self.build))

    def symbols(self):
        """Lines of tests/symbols.py that say no"""
        env = dict(os.environ, IGDPT_SRCDIR=self.tree, IGDPT_BUILDDIR=self.build)
        out = run(sys.executable, SRC + "/tests/symbols.py", env=env).stdout
        assert re.search(r"^1\.\.\d+$", out, re.M), out
        return re.findall(r"^not ok \d+ - (.*)$", out, re.M)

    def layout(self):
        return run(*CC, "-fsyntax-only", f"-I{self.tree}/include", f"-I{self.tree}/tests",
                   f"-I{SRC}/tests", f"-I{BUILD}", SRC + "/tests/check_base.c")


@contextmanager
def copy():
    with tempfile.TemporaryDirectory() as where:
        yield Copy(where)


def seen(lines, *wanted):
    """Those lines said no, and no others"""
    for words in wanted:
        assert any(words in line for line in lines), (words, lines)
    stray = [line for line in lines if not any(words in line for words in wanted)]
    assert not stray, stray


def the_abi_is_that_of_the_baseline():
    with tempfile.TemporaryDirectory() as where:
        for name in LIBRARIES:
            done = abidiff(name, compile_library(name, SRC, where))
            assert done.returncode == 0, done.stdout


def the_baseline_has_the_type_of_every_function():
    for name in LIBRARIES:
        with open(baseline(name), encoding="utf-8") as file:
            text = file.read()
        listed = set(re.findall(r"<elf-symbol name='(\w+)'", text))
        typed = set(re.findall(r"<function-decl [^>]*elf-symbol-id='(\w+)@@", text))
        assert listed and typed == listed, listed ^ typed


def the_committed_files_are_what_the_headers_say():
    must(sys.executable, SRC + "/tests/abi/generate.py", "--check")


def an_unspoilt_copy_passes():
    with copy() as c:
        c.link()
        seen(c.symbols())
        assert c.layout().returncode == 0


def a_symbol_that_left_the_map_is_seen():
    with copy() as c:
        c.edit("lib/libigdpt.map", r"\tigdpt_rom_patch;\n", "")
        c.link()
        seen(c.symbols(), "headers and map", "tests/abi lists them", "links every function, shared",
             "igdpt_priv_ names only")
        assert abidiff("libigdpt", c.library("libigdpt.so")).returncode & 8


def an_export_without_a_header_is_seen():
    with copy() as c:
        c.edit("lib/libigdpt.map", "global:\n", "global:\n\tigdpt_extra;\n")
        c.link("IGDPT_API int igdpt_extra(void);\nint igdpt_extra(void) { return 0; }\n")
        seen(c.symbols(), "headers and map", "tests/abi lists them", "NEWS")
        assert abidiff("libigdpt", c.library("libigdpt.so")).returncode == 0


def a_declaration_without_an_export_is_seen():
    with copy() as c:
        c.edit("include/igdpt/base.h", "IGDPT_END_DECLS\n\n/\\*\\* @}",
               "IGDPT_API int igdpt_extra(void);\nIGDPT_END_DECLS\n\n/** @}")
        seen(c.symbols(), "headers and map", "links every function")


def exported_data_is_seen():
    with copy() as c:
        c.edit("lib/libigdpt.map", "global:\n", "global:\n\tigdpt_extra;\n")
        c.link("IGDPT_API extern int igdpt_extra;\nint igdpt_extra = 1;\n")
        seen(c.symbols(), "functions only", "headers and map", "tests/abi lists them", "NEWS",
             "no writable data")


def a_variable_is_seen():
    for code in ("static char n; int igdpt_priv_n(void); int igdpt_priv_n(void) { return ++n; }",
                 "extern char igdpt_priv_n; char igdpt_priv_n = 1;"):
        with copy() as c:
            c.link(code + "\n")
            seen(c.symbols(), "no writable data")
    with copy() as c:
        c.link("static _Thread_local int n;\nint igdpt_priv_n(void);\n"
               "int igdpt_priv_n(void) { return ++n; }\n")
        seen(c.symbols(), "no writable data", "needs nothing but")


def a_constructor_is_seen():
    with copy() as c:
        c.link("__attribute__((constructor)) static void start(void) { __asm__(\"\"); }\n")
        seen(c.symbols(), "no constructor")


def a_name_of_anybody_is_seen():
    with copy() as c:
        c.link("int hash(void);\nint hash(void) { return 1; }\n")
        seen(c.symbols(), "igdpt_priv_ names only")


def a_further_library_is_seen():
    with copy() as c:
        c.link(options=("-Wl,--no-as-needed", "-lm"))
        seen(c.symbols(), "needs nothing but")


def a_library_that_is_too_large_is_seen():
    with copy() as c:
        c.link("extern const char igdpt_priv_table[160 << 10];\n"
               "const char igdpt_priv_table[160 << 10] = { 1 };\n")
        seen(c.symbols(), "KiB stripped")


def too_many_functions_are_seen():
    with copy() as c:
        names = [f"igdpt_extra{n}" for n in range(100)]
        c.edit("lib/libigdpt.map", "global:\n", "global:\n" + "".join(f"\t{n};\n" for n in names))
        c.link("".join(f"IGDPT_API int {n}(void);\nint {n}(void) {{ return 0; }}\n" for n in names))
        assert "libigdpt: at most 100 functions" in c.symbols()


def a_soname_that_goes_back_is_seen():
    with copy() as c:
        c.edit("configure.ac", r"\[IGDPT_VERSION_INFO\],\[1:0:0\]", "[IGDPT_VERSION_INFO],[0:0:0]")
        c.link(soname="libigdpt.so.0")
        seen(c.symbols(), "is named by", "does not go back", "counts the releases")
        assert abidiff("libigdpt", c.library("libigdpt.so")).returncode & 4
    with copy() as c:
        c.link(soname="libigdpt.so.0")
        seen(c.symbols(), "the SONAME is")


def a_node_that_inherits_nothing_is_seen():
    with copy() as c:
        c.edit("lib/libigdpt.map", r"\};\n$", "};\nLIBIGDPT_1.1 {\nglobal:\n\tigdpt_extra;\n};\n")
        assert "libigdpt: a node for each minor release, each inheriting the last" in c.symbols()


def a_function_that_news_leaves_out_is_seen():
    with copy() as c:
        c.edit("NEWS", r"igdpt_stolen_decode,?", "")
        seen(c.symbols(), "NEWS names every function")


def a_struct_that_grows_in_the_middle_is_seen():
    with copy() as c:
        c.edit("include/igdpt/stolen.h", r"\tuint32_t gms;", "\tuint32_t more[2];\n\tuint32_t gms;")
        assert "igdpt_stolen.gms" in c.layout().stdout
        done = c.abidiff()
        assert done.returncode & 4 and "uint32_t more[2]" in done.stdout, done.stdout


def a_struct_with_a_size_may_grow_at_its_end_and_a_view_not():
    with copy() as c:
        c.edit("include/igdpt/stolen.h", r"(\tuint64_t gsm_bytes;[^\n]*\n)",
               r"\1\tuint64_t more;\n")
        assert "size of struct igdpt_stolen" in c.layout().stdout
        done = c.abidiff()
        assert done.returncode == 0, done.stdout
        c.edit("include/igdpt/dmar.h", r"(\tuint32_t checksum_ok;[^\n]*\n)",
               r"\1\tuint64_t more;\n")
        done = c.abidiff()
        assert done.returncode & 4 and "struct igdpt_dmar" in done.stdout, done.stdout


def a_constant_that_changes_is_seen():
    with copy() as c:
        c.edit("include/igdpt/error.h", "IGDPT_E_TRUNCATED = 2,", "IGDPT_E_TRUNCATED = 3,")
        c.edit("include/igdpt/error.h", "IGDPT_E_MAGIC = 3,", "IGDPT_E_MAGIC = 2,")
        assert "IGDPT_E_TRUNCATED" in c.layout().stdout
        must_differ = run(sys.executable, c.tree + "/tests/abi/generate.py", "--check")
        assert must_differ.returncode == 1


def a_header_that_does_not_stand_alone_is_seen():
    for header, old, new in (("stolen.h", '#include "igdpt/error.h"', ""),
                             ("base.h", "IGDPT_END_DECLS\n\n", "static inline int igdpt_x(void)\n"
                              "{\n\treturn (char)sizeof(int) * 2.5f;\n}\n\nIGDPT_END_DECLS\n\n"),
                             ("base.h", "enum igdpt_feature {", "enum igdpt_class { class };\n"
                              "int igdpt_x(int class);\nenum igdpt_feature {")):
        with copy() as c:
            c.edit("include/igdpt/" + header, re.escape(old), new)
            for name in os.listdir(c.tree + "/include/igdpt"):
                if name.endswith(".h") and name not in (header, "base.h", "error.h"):
                    os.remove(f"{c.tree}/include/igdpt/{name}")
            out = run("sh", SRC + "/tests/headers.sh", env=dict(os.environ, IGDPT_SRCDIR=c.tree))
            assert re.search(rf"^not ok \d+ - {header}", out.stdout, re.M), (header, out.stdout)


def a_header_of_linux_in_the_core_is_seen():
    for path, header in (("lib/base.c", "<linux/types.h>"), ("lib/bytes.h", "<sys/types.h>"),
                         ("include/igdpt/stolen.h", "<unistd.h>")):
        with copy() as c:
            c.edit(path, "\n#include", "\n#include " + header + "\n#include")
            out = run("sh", SRC + "/tests/portable.sh", env=dict(os.environ, IGDPT_SRCDIR=c.tree))
            assert f"{path}:" in out.stdout and "not ok 1" in out.stdout, out.stdout


for tool, package in (("abidiff", "abigail-tools"), ("clang", "clang")):
    if not shutil.which(tool):
        sys.exit(f"{tool} is missing (package {package})")
if "--baseline" in sys.argv:
    write_baseline()
    sys.exit()
cli.run(
    the_abi_is_that_of_the_baseline,
    the_baseline_has_the_type_of_every_function,
    the_committed_files_are_what_the_headers_say,
    an_unspoilt_copy_passes,
    a_symbol_that_left_the_map_is_seen,
    an_export_without_a_header_is_seen,
    a_declaration_without_an_export_is_seen,
    exported_data_is_seen,
    a_variable_is_seen,
    a_constructor_is_seen,
    a_name_of_anybody_is_seen,
    a_further_library_is_seen,
    a_library_that_is_too_large_is_seen,
    too_many_functions_are_seen,
    a_soname_that_goes_back_is_seen,
    a_node_that_inherits_nothing_is_seen,
    a_function_that_news_leaves_out_is_seen,
    a_struct_that_grows_in_the_middle_is_seen,
    a_struct_with_a_size_may_grow_at_its_end_and_a_view_not,
    a_constant_that_changes_is_seen,
    a_header_that_does_not_stand_alone_is_seen,
    a_header_of_linux_in_the_core_is_seen)
