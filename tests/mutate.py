#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Breaks the core in one place at a time and asks whether the unit tests notice.

The places come from clang's tokens and syntax tree (python3-clang): comparisons, arithmetic,
logic, shifts, constants, statements, conditions and return values. A mutant whose objects at -O2
are byte for byte the original's is equivalent and does not count, nor does one that does not
compile. Tests that reach the line (gcov) run one by one, the module's own first, the short ones
before the long. Results are kept in build/mutants/results.jsonl, so that a run can be interrupted;
tests/mutants.txt says why survivors live.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import threading
import time

import clang.cindex
from clang.cindex import CursorKind, TokenKind

TOP = pathlib.Path(__file__).resolve().parent.parent
EXPLAINED = TOP / "tests" / "mutants.txt"
PLAIN = ["-O2", "-fPIC", "-frandom-seed=igdpt", "-w"]
SANITIZED = ["-O1", "-fPIC", "-w", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
COVERED = ["-O0", "-fPIC", "-w", "--coverage"]
# Unit tests whose subject is not the core alone, and one that needs it linked in.
OTHERS = {"check_access", "check_faults", "check_glib", "check_host", "check_log", "check_proxy", "check_vfio_user"}


SWAPS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
    "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"], "^": ["|"],
    "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="], "%=": ["*="],
    "<<=": [">>="], ">>=": ["<<="], "&=": ["|="], "|=": ["&="], "^=": ["|="],
    "++": ["--"], "--": ["++"], "!": [""], "~": [""],
}
INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlL]*)$")


def snapshot(work):
    """A copy of the sources, which may change while this runs; all that follows reads the copy."""
    global TOP, INCLUDES
    shutil.rmtree(work / "tree", ignore_errors=True)
    for folder in ("lib", "include", "tests"):
        shutil.copytree(TOP / folder, work / "tree" / folder)
    version = re.search(r"AC_INIT\(\[[^]]*\],\s*\[([^]]*)\]", (TOP / "configure.ac").read_text()).group(1)
    TOP = work / "tree"
    (TOP / "lib" / "config.h").write_text(f'#define PACKAGE_VERSION "{version}"\n')
    INCLUDES = [f"-I{TOP}/lib", f"-I{TOP}/include"]


class Mutant:
    """One change of one file: bytes [start, end) become `new`."""

    def __init__(self, path, text, start, end, new, function):
        self.path, self.start, self.end, self.new = path, start, end, new
        self.old = text[start:end].decode()
        self.line = text.count(b"\n", 0, start) + 1
        first = text.rfind(b"\n", 0, start) + 1
        self.column = start - first
        last = text.find(b"\n", start)
        self.text = " ".join(text[first:last].decode().split())
        self.function = function
        self.ordinal = 0  # among equal ones

    def key(self):
        what = f"{self.path.name} | {self.function} | {self.text} | {self.old} -> {self.new}"
        what = " ".join(what.split())
        return f"{what} #{self.ordinal}" if self.ordinal else what


def integers(spelling):
    match = INTEGER.match(spelling)
    if not match:
        return []
    digits, suffix = match.groups()
    if re.match(r"0[0-9]", digits):
        return []
    value = int(digits, 0)
    show = hex if digits.lower().startswith("0x") else str
    return [show(v) + suffix for v in (value + 1, value - 1) if v >= 0]


def own_test(m):
    return "check_" + m.path.stem.split("-")[0]


def functions(unit, path):
    return [c for c in unit.cursor.get_children() if c.kind == CursorKind.FUNCTION_DECL and
            c.is_definition() and c.location.file and c.location.file.name == str(path)]


def token_changes(token, previous):
    """What may stand in the place of one token."""
    kind = token.cursor.kind
    if token.kind == TokenKind.LITERAL:
        return integers(token.spelling)
    if token.spelling in ("true", "false"):
        return ["false" if token.spelling == "true" else "true"]
    if token.kind != TokenKind.PUNCTUATION:
        return []
    if kind in (CursorKind.BINARY_OPERATOR, CursorKind.COMPOUND_ASSIGNMENT_OPERATOR):
        return SWAPS.get(token.spelling, [])
    if kind == CursorKind.UNARY_OPERATOR:
        if token.spelling == "-":
            return [""]
        return SWAPS[token.spelling] if token.spelling in ("++", "--", "!", "~") else []
    if kind in (CursorKind.MACRO_DEFINITION, CursorKind.MACRO_INSTANTIATION,
                CursorKind.PREPROCESSING_DIRECTIVE) and previous and \
            (previous.kind in (TokenKind.LITERAL, TokenKind.IDENTIFIER) or
             previous.spelling in (")", "]")):
        return SWAPS.get(token.spelling, [])
    return []


EXPRESSIONS = (CursorKind.CALL_EXPR, CursorKind.BINARY_OPERATOR,
               CursorKind.COMPOUND_ASSIGNMENT_OPERATOR, CursorKind.UNARY_OPERATOR,
               CursorKind.CONTINUE_STMT, CursorKind.BREAK_STMT)
BODIES = (CursorKind.COMPOUND_STMT, CursorKind.IF_STMT, CursorKind.WHILE_STMT,
          CursorKind.CASE_STMT, CursorKind.DEFAULT_STMT)
COMPARISONS = {"<", "<=", ">", ">=", "==", "!=", "&&", "||"}


def plain_condition(cursor):
    """A condition without an operator that the tokens would change."""
    return not any(t.spelling in COMPARISONS or t.spelling == "!" for t in cursor.get_tokens())


def returned(cursor, text):
    """What a function may return instead."""
    value = next(iter(cursor.get_children()), None)
    if value is None:
        return []
    old = text[value.extent.start.offset:value.extent.end.offset].decode()
    kind = value.type.get_canonical().kind
    if INTEGER.match(old) or old in ("true", "false", "NULL"):
        return []
    if kind == clang.cindex.TypeKind.POINTER:
        return [(value, "NULL")]
    if kind == clang.cindex.TypeKind.RECORD:
        return []
    return [(value, "0"), (value, f"!({old})")]


def tree_changes(cursor, text):
    """(cursor, new text) for statements, conditions and return values below a cursor."""
    for parent in [cursor, *cursor.walk_preorder()]:
        children = list(parent.get_children())
        if parent.kind in BODIES:
            tail = children if parent.kind == CursorKind.COMPOUND_STMT else children[1:]
            for child in tail:
                if child.kind in EXPRESSIONS:
                    yield child, "(void)0"
        if parent.kind in (CursorKind.IF_STMT, CursorKind.WHILE_STMT,
                           CursorKind.CONDITIONAL_OPERATOR) and plain_condition(children[0]):
            extent = children[0].extent
            yield children[0], f"!({text[extent.start.offset:extent.end.offset].decode()})"
        if parent.kind == CursorKind.RETURN_STMT:
            yield from returned(parent, text)


def find_mutants(path):
    text = path.read_bytes()
    unit = clang.cindex.Index.create().parse(
        str(path), args=["-xc", "-std=gnu11", *INCLUDES, *resource_dir()],
        options=clang.cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
    where = functions(unit, path)
    mutants = []

    def add(start, end, new):
        inside = [f.spelling for f in where
                  if f.extent.start.offset <= start < f.extent.end.offset]
        mutants.append(Mutant(path, text, start, end, new, inside[0] if inside else "-"))

    extent = unit.get_extent(str(path), (0, len(text)))
    previous, skip_line = None, 0
    for token in unit.get_tokens(extent=extent):
        at = token.extent.start
        if token.spelling == "#" and text[:at.offset].rsplit(b"\n", 1)[-1].strip() == b"":
            directive = re.match(rb"#\s*(\w+)", text[at.offset:]).group(1)
            skip_line = 0 if directive == b"define" else at.line
        if at.line != skip_line and token.kind != TokenKind.COMMENT:
            for new in token_changes(token, previous):
                add(at.offset, token.extent.end.offset, new)
        previous = token
    for function in where:
        for cursor, new in tree_changes(function, text):
            add(cursor.extent.start.offset, cursor.extent.end.offset, new)
    return number(sorted(mutants, key=lambda m: (m.start, m.end, m.new)))


def number(mutants):
    seen = collections.Counter()
    for m in mutants:
        m.ordinal = 0
        key = m.key()
        m.ordinal = seen[key]
        seen[key] += 1
    return mutants


def resource_dir():
    found = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True)
    return [f"-I{found.stdout.strip()}/include"] if found.returncode == 0 else []


def run(command, **kwargs):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL, **kwargs)


def must(command, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, **kwargs)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


class Bench:
    """The original's objects and tests, in one build of each kind."""

    def __init__(self, work, jobs, twice):
        self.work, self.twice = work, twice
        self.cc = os.environ.get("CC", "gcc").split()
        self.sources = sorted((TOP / "lib").glob("*.c"))
        self.tests = sorted(p.stem for p in (TOP / "tests").glob("check_*.c")
                            if p.stem not in OTHERS)
        self.libs = must(["pkg-config", "--libs", "check"]).split()
        self.users = self.find_users()
        self.seconds = {}
        self.local = threading.local()
        self.flags = {"plain": PLAIN, "san": SANITIZED, "cov": COVERED}
        self.lines = collections.defaultdict(set)
        self.lock = threading.Lock()
        self.sanitized = False
        if not self.remembered():
            self.make(jobs)

    def digest(self):
        """Of all that the original's objects and tests depend on."""
        total = hashlib.sha256(repr((self.cc, self.flags)).encode())
        for folder, pattern in (("lib", "*.[ch]"), ("lib", "*.def"), ("include/igdpt", "*"),
                                ("tests", "*.[ch]")):
            for path in sorted((TOP / folder).glob(pattern)):
                total.update(path.read_bytes())
        return total.hexdigest()

    def remembered(self):
        store = self.work / "original.json"
        known = json.loads(store.read_text()) if store.exists() else {}
        if known.get("digest") != self.digest():
            return False
        self.seconds = known["seconds"]
        self.lines.update({tuple(k): set(v) for k, v in known["lines"]})
        return True

    def make(self, jobs):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for kind in ("plain", "cov"):
                list(pool.map(lambda s: self.compile(kind, s, self.object(kind, s)), self.sources))
            self.link("plain", self.work / "plain")
            self.link("cov", self.work / "cov")
            list(pool.map(lambda t: self.compile_test("plain", t), self.tests))
            list(pool.map(self.baseline, self.tests))
        self.coverage()
        (self.work / "original.json").write_text(json.dumps({
            "digest": self.digest(), "seconds": self.seconds,
            "lines": [(k, sorted(v)) for k, v in self.lines.items()]}))

    def object(self, kind, source):
        return self.work / kind / f"{source.stem}.o"

    def find_users(self):
        users = collections.defaultdict(list)
        for source in self.sources:
            for word in must([*self.cc, "-MM", *INCLUDES, str(source)]).split():
                users[pathlib.Path(word).name].append(source)
        return users

    def compile(self, kind, source, out, includes=None):
        out.parent.mkdir(parents=True, exist_ok=True)
        # gcov's notes lie beside the object, named after it
        return run([*self.cc, *self.flags[kind], *(includes or INCLUDES), "-c", str(source), "-o", str(out)],
                   timeout=120).returncode == 0

    def compile_test(self, kind, test):
        if not self.compile(kind, TOP / "tests" / f"{test}.c", self.work / kind / f"{test}.o",
                            [*INCLUDES, f"-I{TOP}/tests"]):
            sys.exit(f"{test} does not compile")

    def link(self, kind, folder, changed=None):
        """The core as a shared library in a folder."""
        objects = [str((changed or {}).get(s, self.object(kind, s))) for s in self.sources]
        return run([*self.cc, *self.flags[kind], "-shared", "-o", str(folder / "libcore.so"),
                    *objects]).returncode == 0

    def link_test(self, kind, test, folder=None):
        """A program that finds the library where LD_LIBRARY_PATH says."""
        folder = folder or self.work / kind
        must([*self.cc, *self.flags[kind], "-o", str(folder / test), str(folder / f"{test}.o"),
              f"-L{folder}", "-lcore", *self.libs])

    def program(self, kind, test, m, room):
        """A test, made anew if it is the changed header's own: other tests trust the header."""
        if m.path.suffix == ".c" or test != own_test(m):
            return self.work / kind / test
        if self.compile(kind, TOP / "tests" / f"{test}.c", room / f"{test}.o",
                        [f"-I{room}/src", *INCLUDES, f"-I{TOP}/tests"]):
            self.link_test(kind, test, room)
            return room / test
        return None

    def environment(self):
        return {**os.environ, "CK_FORK": "no", "CK_VERBOSITY": "silent", "IGDPT_CORPUS": "/nowhere",
                "IGDPT_SRCDIR": str(TOP), "ASAN_OPTIONS": "detect_leaks=0",
                "CK_TAP_LOG_FILE_NAME": "/dev/null"}

    def execute(self, binary, library, cpu):
        """True if the test passes, False if not, None if it takes too long."""
        try:
            done = run(["prlimit", f"--cpu={cpu}", "--core=0", str(binary)], timeout=30 + 10 * cpu,
                       env={**self.environment(), "LD_LIBRARY_PATH": str(library)}, cwd=library)
        except subprocess.TimeoutExpired:
            return None
        return None if done.returncode in (-9, -24) else done.returncode == 0

    def baseline(self, test):
        """Whether a test passes, and its CPU time: that is what mutants have a limit of."""
        self.link_test("plain", test)
        folder = self.work / "plain"
        child = subprocess.Popen([str(folder / test)], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=folder,
                                 env={**self.environment(), "LD_LIBRARY_PATH": str(folder)})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"{test} fails on the original")
        self.seconds[test] = usage.ru_utime + usage.ru_stime

    def sanitize(self):
        """The objects for the second round, made when the first mutant gets there."""
        with self.lock:
            if self.sanitized:
                return
            for source in self.sources:
                self.compile("san", source, self.object("san", source))
            self.link("san", self.work / "san")
            for test in self.tests:
                self.compile_test("san", test)
                self.link_test("san", test)
            self.sanitized = True

    def coverage(self):
        """The tests that reach a line: {(file, line): {test}}; line 0 is the whole file."""
        lines = self.lines
        for test in self.tests:
            for data in (self.work / "cov").glob("*.gcda"):
                data.unlink()
            self.execute(self.work / "plain" / test, self.work / "cov", 300)
            names = [str(p) for p in (self.work / "cov").glob("*.gcda")]
            if not names:  # a header's own test needs no library
                continue
            report = must(["gcov", "--json-format", "--stdout", *names], cwd=self.work / "cov")
            for unit in report.splitlines():
                for file in json.loads(unit)["files"]:
                    name = pathlib.Path(file["file"]).name
                    for line in file["lines"]:
                        known = (name, line["line_number"])
                        lines[known] |= {test} if line["count"] else set()
                        if line["count"]:
                            lines[name, 0].add(test)

    def tests_for(self, m):
        reached = self.lines.get((m.path.name, m.line))
        if reached is None:
            reached = self.lines[m.path.name, 0]
        if m.path.suffix == ".h" and not self.lines[m.path.name, 0]:
            # a header of numbers: whoever reaches a file that includes it
            reached = set().union(*(self.lines[s.name, 0] for s in self.users[m.path.name]))
        own = {own_test(m)} & set(self.tests) if m.path.suffix == ".h" else set()
        return sorted(reached | own, key=lambda t: (t != own_test(m), self.seconds[t]))

    def room(self):
        """A folder of this thread's own."""
        if not hasattr(self.local, "room"):
            self.local.room = self.work / f"worker-{threading.get_ident()}"
            self.local.room.mkdir(exist_ok=True)
        return self.local.room

    def build(self, kind, m, room):
        """{source: changed object}, or None if it does not compile."""
        changed = {}
        for source in [m.path] if m.path.suffix == ".c" else self.users[m.path.name]:
            changed[source] = room / f"{kind}-{source.stem}.o"
            if not self.compile(kind, room / "src" / source.name, changed[source],
                                [f"-I{room}/src", *INCLUDES]):
                return None
        return changed

    def place(self, m, room):
        """The mutant's source, with every file that would find the original beside it."""
        shutil.rmtree(room / "src", ignore_errors=True)
        (room / "src").mkdir()
        text = m.path.read_bytes()
        for source in self.users[m.path.name] if m.path.suffix == ".h" else []:
            shutil.copy(source, room / "src")
        for header in (TOP / "lib").glob("*.h") if m.path.suffix == ".h" else []:
            shutil.copy(header, room / "src")
        (room / "src" / m.path.name).write_bytes(text[:m.start] + m.new.encode() + text[m.end:])

    def own_test_first(self, m, room):
        """A header's own test with the original library: most mutants need no more than that."""
        test = own_test(m)
        if m.path.suffix == ".c" or test not in self.tests:
            return None
        shutil.copy(self.work / "plain" / "libcore.so", room)
        program = self.program("plain", test, m, room)
        if program is None:
            return "stillborn", None
        passed = self.execute(program, room, int(2 + 5 * self.seconds[test]))
        return None if passed else ("timeout" if passed is None else "killed", test)

    def judge(self, m):
        room = self.room()
        self.place(m, room)
        early = self.own_test_first(m, room)
        if early:
            return early
        changed = self.build("plain", m, room)
        if changed is None:
            return "stillborn", None
        if all(o.read_bytes() == self.object("plain", s).read_bytes() for s, o in changed.items()):
            return "equivalent", None
        tests = self.tests_for(m)
        for kind in ("plain", "san") if self.twice else ("plain",):
            if kind == "san":
                self.sanitize()
                changed = self.build(kind, m, room)
            if changed is None or not self.link(kind, room, changed):
                return "stillborn", None
            for test in tests:
                program = self.program(kind, test, m, room)
                if program is None:
                    return "stillborn", None
                passed = self.execute(program, room,
                                      int(2 + (5 if kind == "plain" else 50) * self.seconds[test]))
                if passed is None:
                    return "timeout", test
                if not passed:
                    return "killed", test if kind == "plain" else f"{test}+san"
        return "survived", None if tests else "unreached"


def explained():
    """[(pattern, reason)]; an @ in a key stands for any text."""
    lines = EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []
    pairs = [l.rsplit(" :: ", 1) for l in lines if " :: " in l and not l.startswith("#")]
    return [(re.compile(".*".join(map(re.escape, key.split("@")))), reason) for key, reason in pairs]


def summary(results, known, out=sys.stdout):
    table = collections.defaultdict(collections.Counter)
    for r in results.values():
        table[r["file"]][r["result"]] += 1
        table["all"][r["result"]] += 1
    print(f"{'file':24}{'mutants':>8}{'killed':>8}{'timeout':>8}{'survived':>9}{'score':>8}"
          f"   equivalent, not compiling", file=out)
    for name in sorted(table, key=lambda n: (n == "all", n)):
        c = table[name]
        dead = c["killed"] + c["timeout"]
        count = dead + c["survived"]
        score = 100 * dead / count if count else 100
        print(f"{name:24}{count:8}{c['killed']:8}{c['timeout']:8}{c['survived']:9}{score:7.1f}%"
              f"   {c['equivalent']}, {c['stillborn']}", file=out)
    alive = sorted(k for k, r in results.items() if r["result"] == "survived")
    strange = [k for k in alive if not any(pattern.fullmatch(k) for pattern, _ in known)]
    total = table["all"]["killed"] + table["all"]["timeout"] + len(alive)
    share = 100 * (total - len(alive)) / total if total else 100
    return share, alive, strange


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="names of files in lib/ (all)")
    parser.add_argument("--work", default="build/mutants", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--sample", type=int, help="as many mutants of each file at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--again", action="store_true", help="try earlier survivors again")
    parser.add_argument("--sanitize", action="store_true",
                        help="a second round under ASan and UBSan for those that live")
    parser.add_argument("--count", action="store_true", help="only count the mutants")
    parser.add_argument("--least", type=float, default=90, help="share to be killed, in percent")
    args = parser.parse_args()
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    snapshot(work)
    for old in work.glob("worker-*"):
        shutil.rmtree(old)
    store = work / "results.jsonl"
    if args.fresh:
        store.unlink(missing_ok=True)

    names = args.files or sorted(p.name for p in (TOP / "lib").glob("*.[ch]"))
    mutants = {}
    for name in names:
        found = find_mutants(TOP / "lib" / name)
        if args.sample and len(found) > args.sample:
            found = random.Random(f"{args.seed} {name}").sample(found, args.sample)
        mutants.update((m.key(), m) for m in found)
        if args.count:
            print(f"{name:24}{len(found):6}")
    if args.count:
        print(f"{'all':24}{len(mutants):6}")
        return 0

    results = {}
    if store.exists():
        for line in store.read_text().splitlines():
            r = json.loads(line)
            if r["key"] in mutants and not (args.again and r["result"] == "survived"):
                results[r["key"]] = r
    todo = [m for k, m in mutants.items() if k not in results]
    random.Random(args.seed).shuffle(todo)  # an interrupted run is a sample of all
    if todo:
        bench = Bench(work, args.jobs, args.sanitize)
        with store.open("a") as log, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            pending = {pool.submit(bench.judge, m): m for m in todo}
            for i, future in enumerate(concurrent.futures.as_completed(pending)):
                m = pending[future]
                result, by = future.result()
                results[m.key()] = {"key": m.key(), "file": m.path.name, "line": m.line,
                                    "result": result, "by": by}
                print(json.dumps(results[m.key()]), file=log, flush=True)
                if sys.stderr.isatty() or i % 100 == 99:
                    print(f"{i + 1} of {len(todo)}", file=sys.stderr)
    known = explained()
    share, alive, strange = summary(results, known)
    for pattern, reason in known:
        if any(pattern.fullmatch(k) for k in results) and not any(pattern.fullmatch(k) for k in alive):
            print(f"a reason without a survivor: {reason}")
    for key in strange:
        print(f"no reason given: {results[key]['line']}: {key}")
    print(f"{share:.1f} % killed, {len(alive)} alive, {len(strange)} of them without a reason")
    return 1 if strange or share < args.least else 0


if __name__ == "__main__":
    sys.exit(main())
