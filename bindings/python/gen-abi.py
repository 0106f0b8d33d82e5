#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the raw Python and Rust bindings from the public headers.

    gen-abi.py            write the files
    gen-abi.py --check    write nothing, exit 1 if a file is not what it would be
    gen-abi.py --probe    print a C program that prints every layout and constant as JSON

What goes in is the preprocessed igdpt.h (with a stdint.h of our own, so that neither libc nor
compiler matters), its string and integer macros, and the version nodes of libigdpt.map; then
igdpt-host.h with libigdpt-host.map, less what igdpt.h has.
"""
import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

from pycparser import c_ast, c_parser

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FOLDER = ROOT / "bindings/python/igdpt"
RUST_FOLDER = ROOT / "bindings/rust"
REGENERATE = "make regenerate-bindings"

# C name: (ctypes, Rust, bytes on a 64-bit machine)
SCALARS = {
    "int8_t": ("c_int8", "i8", 1), "uint8_t": ("c_uint8", "u8", 1),
    "int16_t": ("c_int16", "i16", 2), "uint16_t": ("c_uint16", "u16", 2),
    "int32_t": ("c_int32", "i32", 4), "uint32_t": ("c_uint32", "u32", 4),
    "int64_t": ("c_int64", "i64", 8), "uint64_t": ("c_uint64", "u64", 8),
    "size_t": ("c_size_t", "usize", 8), "int": ("c_int", "c_int", 4),
    "char": ("c_char", "c_char", 1), "void": ("None", "c_void", 0),
}
FAKE_STDINT = """#pragma once
typedef signed char int8_t; typedef unsigned char uint8_t;
typedef short int16_t; typedef unsigned short uint16_t;
typedef int int32_t; typedef unsigned int uint32_t;
typedef long long int64_t; typedef unsigned long long uint64_t;
typedef unsigned long size_t;
#define UINT8_MAX 0xff
#define UINT16_MAX 0xffff
#define UINT32_MAX 0xffffffffu
#define UINT64_MAX 0xffffffffffffffffull
#define UINT64_C(x) x##ull
#define NULL ((void *)0)
"""
RUST_KEYWORDS = {"as", "fn", "in", "loop", "match", "mod", "move", "ref", "self", "type", "use"}
CAMEL_FLAGS = ("Flag", "Flags", "Event", "Mbox", "RmrrSource", "RomDriver")

Struct = namedtuple("Struct", "name members")  # members: None if opaque
Enum = namedtuple("Enum", "name values")
Callback = namedtuple("Callback", "name result params")
Function = namedtuple("Function", "name result params node")
# A type: scalar, struct or callback name; or a pointer, or an array, to one
Named = namedtuple("Named", "name")
Pointer = namedtuple("Pointer", "to const")
Array = namedtuple("Array", "of count")


def preprocess(header, *options):
    cc = os.environ.get("CC", "cc").split()
    with tempfile.TemporaryDirectory() as fake:
        for name in ("stdint.h", "stddef.h"):
            Path(fake, name).write_text(FAKE_STDINT if name == "stdint.h" else
                                        "#include <stdint.h>\n", encoding="ascii")
        done = subprocess.run(
            [*cc, "-E", "-P", "-nostdinc", "-I", fake, "-I", ROOT / "include", "-DIGDPT_API=",
             "-D__attribute__(x)=", *options, "-xc", "-"], check=True, stdout=subprocess.PIPE,
            input=f'#include "igdpt/{header}"\n', encoding="utf-8")
    return done.stdout


class Api:
    """All that a library's headers declare, in their order"""

    def __init__(self, header, symbols, prefix=""):
        self.header, self.prefix = header, prefix
        self.structs, self.enums, self.callbacks, self.functions = {}, {}, {}, {}
        self.order = []  # structs and callbacks
        self.constants = {}  # of all enums
        self.hexadecimal = set()  # those of them that the headers write so
        self.nodes = read_map(ROOT / symbols)
        for item in c_parser.CParser().parse(preprocess(header)).ext:
            self.declare(item)
        self.macros = read_macros(preprocess(header, "-dM"))

    def without(self, other):
        """Less what another library declares"""
        for name in ("structs", "enums", "callbacks", "functions", "constants", "macros"):
            theirs = getattr(other, name)
            setattr(self, name, {key: value for key, value in getattr(self, name).items()
                                 if key not in theirs})
        self.order = [name for name in self.order if name not in other.order]
        return self

    def declare(self, item):
        if isinstance(item, c_ast.Typedef):
            if isinstance(item.type, c_ast.PtrDecl) and isinstance(item.type.type, c_ast.FuncDecl):
                self.add_callback(item)
        elif isinstance(item.type, c_ast.FuncDecl):
            result, params = self.signature(item.type)
            self.functions[item.name] = Function(item.name, result, params,
                                                 self.nodes.get(item.name, ""))
        elif isinstance(item.type, c_ast.Enum):
            self.add_enum(item.type)
        elif isinstance(item.type, c_ast.Struct):
            self.add_struct(item.type)
        else:
            sys.exit(f"{item.coord}: unexpected declaration")

    def add_callback(self, item):
        result, params = self.signature(item.type.type)
        self.callbacks[item.name] = Callback(item.name, result, params)
        self.order.append(item.name)

    def add_enum(self, node):
        values, following = {}, 0
        for entry in node.values.enumerators:
            if entry.value is not None:
                following = self.evaluate(entry.value)
                if getattr(entry.value, "value", "").startswith("0x"):
                    self.hexadecimal.add(entry.name)
            values[entry.name] = self.constants[entry.name] = following
            following += 1
        self.enums[node.name] = Enum(node.name, values)

    def add_struct(self, node):
        members = node.decls and [(decl.name, self.type_of(decl.type)) for decl in node.decls]
        if members is None and node.name in self.structs:
            return
        if node.name not in self.order:
            self.order.append(node.name)
        self.structs[node.name] = Struct(node.name, members)

    def signature(self, node):
        params = [(decl.name, self.type_of(decl.type)) for decl in node.args.params]
        if len(params) == 1 and params[0][1] == Named("void"):
            params = []
        return self.type_of(node.type), params

    def type_of(self, node):
        if isinstance(node, c_ast.PtrDecl):
            inner = node.type
            return Pointer(self.type_of(inner), "const" in getattr(inner, "quals", ()))
        if isinstance(node, c_ast.ArrayDecl):
            return Array(self.type_of(node.type), self.evaluate(node.dim))
        if isinstance(node.type, c_ast.Struct):
            self.structs.setdefault(node.type.name, Struct(node.type.name, None))
            return Named(node.type.name)
        return Named(node.type.names[0])

    def evaluate(self, node):
        if isinstance(node, c_ast.Constant):
            return int(node.value.rstrip("uUlL"), 0)
        if isinstance(node, c_ast.ID):
            return self.constants[node.name]
        if isinstance(node, c_ast.UnaryOp):
            return {"-": int.__neg__, "~": int.__invert__}[node.op](self.evaluate(node.expr))
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        return {"+": int.__add__, "-": int.__sub__, "|": int.__or__, "<<": int.__lshift__,
                "*": int.__mul__}[node.op](left, right)

    def size_and_alignment(self, kind):
        """Of a type on a 64-bit machine"""
        if isinstance(kind, Array):
            size, align = self.size_and_alignment(kind.of)
            return size * kind.count, align
        if isinstance(kind, Pointer) or kind.name in self.callbacks:
            return 8, 8
        if kind.name in SCALARS:
            return (SCALARS[kind.name][2],) * 2
        offsets, size, align = self.layout(kind.name)
        return size, align

    def layout(self, name):
        """({member: offset}, size, alignment) of a struct on a 64-bit machine"""
        offsets, at, most = {}, 0, 1
        for member, kind in self.structs[name].members:
            size, align = self.size_and_alignment(kind)
            at = -(-at // align) * align
            offsets[member] = at
            at, most = at + size, max(most, align)
        return offsets, -(-at // most) * most, most

    def number(self, name):
        """A constant, in the base that its header has it in"""
        return (hex if name in self.hexadecimal else str)(self.constants[name])

    def complete_structs(self):
        return [self.structs[name] for name in self.order
                if name in self.structs and self.structs[name].members]


def read_map(path):
    """{symbol: version node}"""
    nodes, node = {}, ""
    for line in path.read_text(encoding="ascii").splitlines():
        start, symbol = re.match(r"(\S+) \{", line), re.match(r"\s+(igdpt_\w+);", line)
        if start:
            node = start.group(1)
        elif symbol:
            nodes[symbol.group(1)] = node
    return nodes


def read_macros(text):
    """{name: str or int} of the macros that are constants"""
    macros, limits = {}, {"UINT32_MAX": 2**32 - 1, "UINT64_MAX": 2**64 - 1}
    for name, body in re.findall(r"^#define (IGDPT_\w+) (.+)$", text, re.M):
        if body in limits:
            macros[name] = limits[body]
        elif re.fullmatch(r'"[^"\\]*"', body):
            macros[name] = body[1:-1]
        elif re.fullmatch(r"\(?(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\)?", body):
            macros[name] = int(body.strip("()").rstrip("uUlL"), 0)
    return dict(sorted(macros.items()))


# Names -------------------------------------------------------------------------------------------

def camel(name):
    return "".join(word.capitalize() for word in name.removeprefix("igdpt_").split("_"))


def short_names(enum):
    """{C name: name without what all of the enum share}; a lone zero may differ: IGDPT_OK"""
    voters = [name for name, value in enum.values.items() if value] or list(enum.values)
    if len(voters) < 2:
        words = ["IGDPT"] + [word.upper() for word in enum.name.split("_")[1:]]
        parts = voters[0].split("_")
        prefix = [word for word, part in zip(words, parts[:-1]) if word == part]
    else:
        prefix = os.path.commonprefix([name.split("_")[:-1] for name in voters])
    while any(name.split("_")[len(prefix)][0].isdigit() for name in voters):
        prefix = prefix[:-1]
    common = "_".join(prefix) + "_"
    return {name: name.removeprefix(common if name.startswith(common) else "IGDPT_")
            for name in enum.values}


# Python ------------------------------------------------------------------------------------------

def python_type(api, kind):
    if isinstance(kind, Array):
        return f"{python_type(api, kind.of)} * {kind.count}"
    if isinstance(kind, Named):
        return f"c.{SCALARS[kind.name][0]}" if kind.name in SCALARS else kind.name
    if kind.to == Named("char") and kind.const:
        return "c.c_char_p"
    if kind.to in (Named("void"), Named("char")):
        return "c.c_void_p"
    return f"c.POINTER({python_type(api, kind.to)})"


def python_result(api, kind):
    return "None" if kind == Named("void") else python_type(api, kind)


def python_enum(api, enum):
    base = "IntFlag" if camel(enum.name).endswith(CAMEL_FLAGS) else "IntEnum"
    yield f"class {camel(enum.name)}({base}):"
    yield f'    """enum {enum.name}"""'
    names = short_names(enum)
    for name in enum.values:
        yield f"    {names[name]} = {api.number(name)}"


def python_struct(api, struct):
    yield f"class {struct.name}(c.Structure):"
    if not struct.members:
        yield '    """opaque"""'
        return
    yield "    _fields_ = ["
    for name, kind in struct.members:
        yield f'        ("{name}", {python_type(api, kind)}),'
    yield "    ]"


def python_function(api, function):
    yield f'    "{function.name}": ("{function.node}", {python_result(api, function.result)}, ['
    for name, kind in function.params:
        yield f'        ("{name}", {python_type(api, kind)}),'
    yield "    ]),"


def python_file(api):
    yield "# SPDX-License-Identifier: MIT"
    yield f"# Generated by gen-abi.py from include/igdpt/*.h; do not edit: {REGENERATE}."
    yield f'"""The C ABI of {api.header}: constants, structures, functions."""'
    yield "import ctypes as c"
    yield "from enum import IntEnum, IntFlag"
    yield "from typing import Any, Dict, List, Tuple"
    yield ""
    yield "# What `import *` takes: the enums"
    yield "__all__ = ["
    for name in api.enums:
        yield f'    "{camel(name)}",'
    yield "]"
    yield ""
    for name, value in api.macros.items():
        yield f"{name} = " + (f'"{value}"' if isinstance(value, str) else hex(value))
    for enum in api.enums.values():
        yield ""
        yield ""
        yield from python_enum(api, enum)
    for name in api.order:
        yield ""
        yield ""
        if name in api.structs:
            yield from python_struct(api, api.structs[name])
        else:
            callback = api.callbacks[name]
            params = [python_type(api, kind) for _, kind in callback.params]
            result = python_result(api, callback.result)
            yield f"{name} = c.CFUNCTYPE({', '.join([result] + params)})"
    yield ""
    yield ""
    yield "# C name: member"
    yield "CONSTANTS: Dict[str, int] = {"
    for enum in api.enums.values():
        for name, short in short_names(enum).items():
            yield f'    "{name}": {camel(enum.name)}.{short},'
    yield "}"
    yield ""
    yield "# name: (version node, result, [(parameter, type)])"
    yield "FUNCTIONS: Dict[str, Tuple[str, Any, List[Tuple[str, Any]]]] = {"
    for function in api.functions.values():
        yield from python_function(api, function)
    yield "}"


# Rust --------------------------------------------------------------------------------------------

def rust_type(api, kind):
    if isinstance(kind, Array):
        return f"[{rust_type(api, kind.of)}; {kind.count}]"
    if isinstance(kind, Named):
        return SCALARS[kind.name][1] if kind.name in SCALARS else kind.name
    return f"*{'const' if kind.const else 'mut'} {rust_type(api, kind.to)}"


def rust_name(name):
    return f"r#{name}" if name in RUST_KEYWORDS else name


def rust_signature(api, function):
    params = ", ".join(f"{rust_name(name)}: {rust_type(api, kind)}"
                       for name, kind in function.params)
    result = function.result
    return f"({params})" + ("" if result == Named("void") else f" -> {rust_type(api, result)}")


def rust_struct(api, struct):
    if not struct.members:
        yield "#[repr(C)]"
        yield f"pub struct {struct.name} {{"
        yield "    _opaque: [u8; 0],"
        yield "    _neither_send_nor_sync: PhantomData<*mut u8>,"
        yield "}"
        return
    yield "#[repr(C)]"
    yield "#[derive(Clone, Copy, Debug)]"
    yield f"pub struct {struct.name} {{"
    for name, kind in struct.members:
        yield f"    pub {rust_name(name)}: {rust_type(api, kind)},"
    yield "}"
    yield ""
    yield f"impl Default for {struct.name} {{"
    yield "    fn default() -> Self {"
    yield "        // SAFETY: integers, raw pointers and optional functions may be zero."
    if struct.members[0] == ("size", Named("uint32_t")):
        yield "        Self { size: size_of::<Self>() as u32, ..unsafe { zeroed() } }"
    else:
        yield "        unsafe { zeroed() }"
    yield "    }"
    yield "}"


def rust_constants(api, enum):
    kind = "i32" if enum.name == "igdpt_error" else "u32"
    yield f"// enum {enum.name}"
    for name in enum.values:
        yield f"pub const {name}: {kind} = {api.number(name)};"


def rust_enum(api, enum):
    """For the macros of the safe crate: `flags!` and `values!`, without second names of a value"""
    kind, seen = camel(enum.name), set()
    flags = kind.endswith(CAMEL_FLAGS)
    yield f"{'flags' if flags else 'values'}! {{"
    yield f"    /// enum {enum.name}"
    yield f"    {'ErrorKind' if kind == 'Error' else kind} {{"
    for name, short in short_names(enum).items():
        if flags or api.constants[name] not in seen:
            yield f"        {short if flags else camel(short.lower())} = {api.number(name)},"
        seen.add(api.constants[name])
    zero = [short for name, short in short_names(enum).items() if not api.constants[name]]
    yield f"    }} default {camel(zero[0].lower())}" if zero and not flags else "    }"
    yield "}"


def rust_enums_file(api):
    yield "// SPDX-License-Identifier: MIT"
    yield f"// Generated by gen-abi.py from include/igdpt/*.h; do not edit: {REGENERATE}."
    yield "//! The enums of the C headers"
    for enum in api.enums.values():
        if enum.name == "igdpt_header_version":  # three numbers, not alternatives
            continue
        yield ""
        yield from rust_enum(api, enum)


def rust_layout_test(api, struct):
    offsets, size, align = api.layout(struct.name)
    yield "    #[test]"
    yield f"    fn {struct.name}() {{"
    yield f"        type T = super::{struct.name};"
    yield f"        assert_eq!((size_of::<T>(), align_of::<T>()), ({size}, {align}));"
    for member, offset in offsets.items():
        yield f"        assert_eq!(offset!(T, {rust_name(member)}), {offset});"
    yield "    }"


RUST_TESTS = """\
/// Sizes and offsets of the C structs on a 64-bit machine
#[cfg(all(test, target_pointer_width = "64"))]
mod layout {
    use std::mem::{align_of, size_of, MaybeUninit};
    use std::ptr::addr_of;

    macro_rules! offset {
        ($type:ty, $member:ident) => {{
            let place = MaybeUninit::<$type>::uninit();
            // SAFETY: addr_of! reads nothing.
            let member = unsafe { addr_of!((*place.as_ptr()).$member) };
            member as usize - place.as_ptr() as usize
        }};
    }
"""


def rust_callback(api, callback):
    yield (f"pub type {callback.name} =\n    Option<unsafe extern \"C\" fn"
           f"{rust_signature(api, callback)}>;")


def rust_file(api):
    yield "// SPDX-License-Identifier: MIT"
    yield f"// Generated by gen-abi.py from include/igdpt/*.h; do not edit: {REGENERATE}."
    yield "#![allow(missing_docs, non_camel_case_types, unused_imports)]"
    yield ""
    yield "use std::marker::PhantomData;"
    yield "use std::mem::{size_of, zeroed};"
    yield "use std::os::raw::{c_char, c_int, c_void};"
    yield ""
    for name, value in api.macros.items():
        yield f"pub const {name}: " + (f'&str = "{value}";' if isinstance(value, str) else
                                       f"u64 = {hex(value)};")
    for enum in api.enums.values():
        yield ""
        yield from rust_constants(api, enum)
    for name in api.order:
        yield ""
        yield from (rust_struct(api, api.structs[name]) if name in api.structs else
                    rust_callback(api, api.callbacks[name]))
    yield ""
    yield 'extern "C" {'
    for function in api.functions.values():
        yield f"    pub fn {function.name}{rust_signature(api, function)};"
    yield "}"
    yield ""
    yield "/// Every function with its address: linking them proves that the library has them."
    yield f"pub fn {api.prefix}functions() -> Vec<(&'static str, *const c_void)> {{"
    yield "    vec!["
    for name in api.functions:
        yield f'        ("{name}", {name} as *const c_void),'
    yield "    ]"
    yield "}"
    yield ""
    yield RUST_TESTS.rstrip("\n")
    for struct in api.complete_structs():
        yield ""
        yield from rust_layout_test(api, struct)
    yield "}"


# C -----------------------------------------------------------------------------------------------

def probe_file(*apis):
    yield "#include <stdio.h>"
    for api in apis:
        yield f'#include "igdpt/{api.header}"'
    yield "#define ROW(key, value) printf(\"\\\"%s\\\": %llu,\\n\", key, " \
          "(unsigned long long)(value))"
    yield 'int main(void)\n{\n\tputs("{");'
    for api in apis:
        for struct in api.complete_structs():
            yield f'\tROW("{struct.name}", sizeof(struct {struct.name}));'
            for member, _ in struct.members:
                yield f'\tROW("{struct.name}.{member}", offsetof(struct {struct.name}, {member}));'
        for name in api.constants:
            yield f'\tROW("{name}", {name});'
    yield '\tputs("\\"\\": 0\\n}");\n\treturn 0;\n}'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--probe", action="store_true", help="print the C layout probe")
    options = parser.parse_args()
    core = Api("igdpt.h", "lib/libigdpt.map")
    host = Api("igdpt-host.h", "lib/host/libigdpt-host.map", "host_").without(core)
    if options.probe:
        print("\n".join(probe_file(core, host)))
        return 0
    stale = 0
    for path, lines in (
            (PYTHON_FOLDER / "_abi.py", python_file(core)),
            (PYTHON_FOLDER / "_host_abi.py", python_file(host)),
            (RUST_FOLDER / "igdpt-sys/src/abi.rs", rust_file(core)),
            (RUST_FOLDER / "igdpt-sys/src/host_abi.rs", rust_file(host)),
            (RUST_FOLDER / "igdpt/src/constants.rs", rust_enums_file(core)),
            (RUST_FOLDER / "igdpt/src/host_constants.rs", rust_enums_file(host))):
        text = "\n".join(lines) + "\n"
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if text == old:
            continue
        stale += 1
        if options.check:
            print(f"{path.relative_to(ROOT)} is stale, run: {REGENERATE}")
            print("\n".join(difflib.unified_diff(old.splitlines(), text.splitlines(), "committed",
                                                 "headers", lineterm="", n=1)))
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
