# SPDX-License-Identifier: MIT
"""The Python package: in step with the headers, and fit for use."""
import array
import contextlib
import copy
import ctypes
import dataclasses
import doctest
import gc
import io
import json
import os
import pickle
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
import xml.etree.ElementTree as xml

import cli

PACKAGE = os.path.join(cli.SRCDIR, "bindings", "python")
GENERATOR = os.path.join(PACKAGE, "gen-abi.py")
LIBRARY = os.path.join(cli.BUILDDIR, ".libs", "libigdpt.so.1")
sys.dont_write_bytecode = True
sys.path.insert(0, PACKAGE)
HOST_LIBRARY = os.path.join(cli.BUILDDIR, ".libs", "libigdpt-host.so.1")
os.environ.update(IGDPT_LIBRARY=LIBRARY, IGDPT_HOST_LIBRARY=HOST_LIBRARY, PYTHONPATH=PACKAGE, PYTHONDONTWRITEBYTECODE="1",
                  IGDPT_COMMAND=os.path.join(cli.BUILDDIR, "tools", "igdpt"))


def preload_sanitizer():
    """A library with gcc's ASan needs its runtime before Python starts"""
    with open(LIBRARY, "rb") as library:
        content = library.read()
    if b"__asan_init" not in content or "LD_PRELOAD" in os.environ:
        return
    if b"libasan.so" not in content:
        print("1..0 # SKIP the library was built with a static sanitizer runtime")
        sys.exit(0)
    runtime = run("gcc", "-print-file-name=libasan.so").strip()
    os.environ.update(LD_PRELOAD=runtime, ASAN_OPTIONS="detect_leaks=0")
    os.execv(sys.executable, [sys.executable, *sys.argv])


def run(*command, ok=(0,), **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          check=False, encoding="utf-8", **more)
    assert done.returncode in ok, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


def generate(*options):
    try:
        import pycparser as _
    except ImportError:
        raise cli.Skip("python3-pycparser is missing") from None
    return run(sys.executable, GENERATOR, *options)


def the_committed_bindings_are_what_the_headers_say():
    generate("--check")


def a_changed_header_is_noticed():
    with tempfile.TemporaryDirectory() as where:
        for part in ("include", "bindings", "lib/libigdpt.map", "lib/host/libigdpt-host.map"):
            source, target = os.path.join(cli.SRCDIR, part), os.path.join(where, part)
            (shutil.copytree if os.path.isdir(source) else copy_file)(source, target)
        run("chmod", "-R", "u+w", where)
        generator = os.path.join(where, "bindings/python/gen-abi.py")
        for header, old, new in (
                ("base.h", "IGDPT_END_DECLS\n\n/** @}", "int igdpt_new(void);\nIGDPT_END_DECLS\n/** @}"),
                ("stolen.h", "uint32_t ggms;", "uint32_t ggms, more;"),
                ("error.h", "IGDPT_E_INTERNAL = 21", "IGDPT_E_INTERNAL = 22"),
                ("igdpt-host.h", "int32_t group;", "int32_t group, more;")):
            path = os.path.join(where, "include/igdpt", header)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            assert old in text, header
            generate_in(generator, path, text.replace(old, new))
            generate_in(generator, path, text, ok=0)


def copy_file(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(source, target)


def generate_in(generator, path, text, ok=1):
    generate("--help")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    run(sys.executable, generator, "--check", ok=(ok,))


def layouts_and_constants_are_those_of_c():
    with tempfile.TemporaryDirectory() as where:
        source, program = os.path.join(where, "probe.c"), os.path.join(where, "probe")
        with open(source, "w", encoding="utf-8") as file:
            file.write(generate("--probe"))
        run(*os.environ.get("CC", "cc").split(), "-I" + os.path.join(cli.SRCDIR, "include"),
            "-o", program, source)
        rows = json.loads(run(program))
    assert len(rows) > 200, len(rows)
    for key, value in rows.items():
        if key:
            assert python_value(key) == value, (key, value, python_value(key))


def python_value(key):
    abi = igdpt._host_abi if "igdpt_host" in key.lower() else igdpt._abi
    struct, _, member = key.partition(".")
    if key.startswith("IGDPT_"):
        return abi.CONSTANTS[key]
    kind = getattr(abi, struct)
    return getattr(kind, member).offset if member else ctypes.sizeof(kind)


def every_public_function_is_bound_and_in_the_library():
    declared = set(re.findall(r"IGDPT_API\s[^;(]*?(igdpt_\w+)\(", sources("include/igdpt", ".h")))
    for symbols, abi, library in (
            ("lib/libigdpt.map", igdpt._abi, igdpt.raw.lib),
            ("lib/host/libigdpt-host.map", igdpt._host_abi, igdpt.raw.host_lib)):
        with open(os.path.join(cli.SRCDIR, symbols), encoding="utf-8") as file:
            exported = set(re.findall(r"^\s(igdpt_\w+);", file.read(), re.M))
        assert exported == set(abi.FUNCTIONS), exported ^ set(abi.FUNCTIONS)
        assert exported <= declared, exported - declared
        for name in exported:
            assert isinstance(getattr(library, name), ctypes._CFuncPtr), name


def the_libraries_have_the_sonames_that_are_loaded():
    for path, library in ((LIBRARY, igdpt.raw.lib), (HOST_LIBRARY, igdpt.raw.host_lib)):
        assert f"soname: [{library._soname}]" in run("readelf", "-d", path), path


# C functions without a counterpart that reads like the language, and why
BELOW = {
    "igdpt_pcicfg_init_at": "a handle in the caller's memory; Python and Rust own theirs",
    "igdpt_pcicfg_sizeof": "for igdpt_pcicfg_init_at",
}


def sources(folder, ending):
    """Text of all files, without what is generated"""
    names = (os.path.join(cli.SRCDIR, folder, name)
             for name in sorted(os.listdir(os.path.join(cli.SRCDIR, folder)))
             if name.endswith(ending) and not name.endswith(("abi.py", "abi.rs")))
    return "".join(open(name, encoding="utf-8").read() for name in names)


def functions():
    return {**igdpt._abi.FUNCTIONS, **igdpt._host_abi.FUNCTIONS}


def every_public_function_is_reached_by_the_python_layer():
    text = sources("bindings/python/igdpt", ".py")
    missing = {name for name in functions() if not re.search(rf"\blib\.{name}\b", text)}
    assert missing == set(BELOW), missing ^ set(BELOW)


def every_public_function_is_reached_by_the_safe_rust_layer():
    """Each has a safe wrapper, and each wrapper a caller in the crate without unsafe code"""
    wrappers = re.sub(r"(?s)#\[cfg\(test\)\].*?\n}\n", "",
                      sources("bindings/rust/igdpt-sys/src", ".rs"))
    missing = {name for name in functions() if not re.search(rf"\b{name}\(", wrappers)}
    assert missing == set(BELOW), missing ^ set(BELOW)
    safe = sources("bindings/rust/igdpt/src", ".rs")
    for name in re.findall(r"^ *pub fn (\w+)", wrappers, re.M):
        assert re.search(rf"((safe|sys)::(\w+::)?|\.0\.){name}\(", safe), name


def golden_cases_have_their_answers():
    import golden
    count = 0
    for case, want in golden.cases(os.path.join(cli.SRCDIR, "tests/golden.txt")):
        answer = golden.answer(case)
        assert answer == want, f"{case}\n {answer}\n {want}"
        count += 1
    assert count >= 80, count


def an_error_tells_rule_and_offset():
    try:
        igdpt.Vbt(b"$VBT" + bytes(20))
    except igdpt.IgdptError as error:
        assert error.error == igdpt.Error.TRUNCATED and error.name == "vbt-short", error
        assert error.offset == 24 and "24 bytes" in error.finding.message, error
        assert error.finding.remedy and error.finding.source, error
    else:
        raise AssertionError("a short table was taken")


def every_finding_of_the_headers_has_its_rule():
    rules = {rule.id: rule for rule in igdpt.rules()}
    assert set(rules) == {int(entry) for entry in igdpt.FindingId if entry}
    for entry in igdpt.FindingId:
        assert not entry or rules[entry].remedy, entry


def an_older_library_lacks_only_what_it_lacks():
    with tempfile.TemporaryDirectory() as where:
        old = os.path.join(where, "old.so")
        run(*os.environ.get("CC", "cc").split(), "-shared", "-fPIC", "-xc", "-o", old, "-",
            input="int igdpt_has(unsigned f) { return f == 1; }\n")
        answer = run(sys.executable, "-c", "import igdpt\nprint(igdpt.has(1), igdpt.has(2))\n"
                     "try: igdpt.version()\nexcept NotImplementedError: print('not there')\n",
                     env={**os.environ, "IGDPT_LIBRARY": old})
    assert answer == "True False\nnot there\n", answer


def a_missing_library_is_told_by_name():
    program = ("import igdpt\nprint(igdpt.Platform.find(0x9a49).name)\n"
               "try: igdpt.host.Host().kernel()\n"
               "except igdpt.raw.LibraryMissing as error: print(error)\n")
    answer = run(sys.executable, "-c", program,
                 env={**os.environ, "IGDPT_HOST_LIBRARY": "/nonexistent/host.so"})
    assert answer.startswith("tgl\n/nonexistent/host.so is needed: "), answer
    assert "$IGDPT_HOST_LIBRARY names another file" in answer, answer


def a_captured_host_is_read():
    with tempfile.TemporaryDirectory() as where:
        tree = os.path.join(where, "tree")
        run(os.environ["IGDPT_COMMAND"], "sample", "--platform", "tgl", "-o", tree)
        with igdpt.host.Host(tree) as host:
            igd, = host.igds()
            assert str(igd) == "0000:00:02.0" and igd.driver == "vfio-pci", igd
            assert host.config(igd.address)[:2] == b"\x86\x80" and igd == host.device(0x10)
            assert igd in host.group(igd.group) and host.device(0x18) is None
            regions = igdpt.rmrr.parse(igdpt.RmrrSource.SYSFS, host.reserved_regions(igd.group))
            assert regions[0].type == igdpt.RmrrType.RELAXABLE, regions
            assert igdpt.Dmar(host.read(igdpt.host.DMAR)).checksum_ok
            opregion = igdpt.OpRegion(host.opregion(0x10, igdpt.HostSource.DEBUGFS))
            assert opregion.find_vbt().bytes and host.iommu().units == 2
            assert host.kernel_option("CONFIG_VFIO") in "my" and host.kernel().major >= 6
            assert host.parameter("vfio_pci", "disable_vga") in "YN" and "proc" in host.list(".")
            assert host.link("sys/bus/pci/devices/0000:00:02.0/driver") == "vfio-pci"
            for source in (igdpt.HostSource.VFIO_GROUP, igdpt.HostSource.VFIO_CDEV):
                for call in (host.opregion, host.regions):
                    try:
                        call(0x10, source)
                    except igdpt.host.HostError as error:
                        assert error.error == igdpt.Error.NOTFOUND and "vfio" in str(error).lower()
                        continue
                    raise AssertionError("a tree has no VFIO device")
            try:
                host.read("no/such/file")
            except igdpt.host.HostError as error:
                assert error.error == igdpt.Error.NOTFOUND, error
            else:
                raise AssertionError("a missing file was read")


def the_examples_of_the_documentation_are_true():
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        failed, tried = doctest.testmod(igdpt)
    assert tried and not failed, told.getvalue()


def the_types_hold():
    if not shutil.which("mypy"):
        raise cli.Skip("mypy is missing")
    os.environ["MYPYPATH"] = PACKAGE
    run("mypy", "--strict", "--no-error-summary", "--cache-dir", os.devnull,
        os.path.join(PACKAGE, "igdpt"),
        os.path.join(PACKAGE, "golden.py"), os.path.join(PACKAGE, "bench.py"),
        os.path.join(cli.SRCDIR, "examples", "python", "survey.py"))


def the_module_runs_the_command():
    for args in (["--version"], ["vbt"], ["explain", "--json", os.devnull]):
        direct = subprocess.run([os.environ["IGDPT_COMMAND"], *args], capture_output=True,
                                check=False)
        through = subprocess.run([sys.executable, "-m", "igdpt", *args], capture_output=True,
                                 check=False)
        assert (direct.returncode, direct.stdout, direct.stderr) == (
            through.returncode, through.stdout, through.stderr), args


def every_module_can_be_imported():
    """As pydoc, doctest and documentation builders do"""
    names = (name[:-3] for name in sorted(os.listdir(os.path.join(PACKAGE, "igdpt")))
             if name.endswith(".py"))
    told = run(sys.executable, "-c", "".join(f"import igdpt.{name}\n" for name in names) +
               "print('all', end='')")
    assert told == "all", told


def a_built_dmar_reads_back():
    behind = igdpt.dmar.BuildScope([(0x1d, 0), (3, 1)])
    rmrrs = [igdpt.dmar.BuildRmrr(0x7b800000, 0x7fffffff, [igdpt.dmar.BuildScope([(2, 0)])]),
             igdpt.dmar.BuildRmrr(0x1000, 0x1fff, [behind])]
    table = igdpt.Dmar(igdpt.dmar.build(rmrrs))
    igd, other = [s for s in table if s.type == igdpt.DmarType.RMRR]
    assert (igd.base, igd.end) == (0x7b800000, 0x7fffffff) and table.checksum_ok, igd
    assert igd.scopes[0].path == ((2, 0),) and igd.scopes[0].resolve() == 0x10, igd
    assert other.scopes[0].resolve(1, {0x100e8: (5, 6)}.get) == 0x10519, other
    for bridge, problem in ((lambda _: None, igdpt.IgdptError), (lambda _: 1 // 0, ZeroDivisionError),
                            (lambda _: 5, TypeError), (lambda _: (5, 256), ValueError)):
        try:
            other.scopes[0].resolve(0, bridge)
        except problem:
            continue
        raise AssertionError(problem)
    names = [f.name for f in table.validate(igdpt.Ranges([(0x7b800000, 0x7fffffff)]))]
    assert names == ["dmar-rmrr-not-reserved"], names


def ranges_behave_like_sets():
    low, high = igdpt.Ranges([(0, 9), (10, 19), (40, 49)]), igdpt.Ranges([(15, 2**64 - 1)])
    assert list(low) == [(0, 19), (40, 49)] and 19 in low and 20 not in low
    assert list(low | high) == [(0, 2**64 - 1)] and list(low & high) == [(15, 19), (40, 49)]
    assert list(low - high) == [(0, 14)] and list(igdpt.Ranges()) == []
    many = igdpt.Ranges((page << 16, (page << 16) + 0xefff) for page in range(1000))
    assert many.fit(0x1000, 0x1000) == 0xf000 and many.fit(0x1000, 0x1000, low=0x10000) == 0x1f000
    assert many.fit(0x1000, 0x1000, preferred=0x2f000) == 0x2f000


def an_opregion_tells_consumers_differences_and_moves():
    data = igdpt.opregion.build(igdpt.vbt.build("tgl", min_bytes=0x2000))
    region = igdpt.OpRegion(data)
    verdicts = {outcome.name: outcome for outcome in region.consumers()}
    assert len(verdicts) == len(igdpt.Consumer) and region.edid() is None, verdicts
    assert verdicts["i915"].verdict == igdpt.OpregionVerdict.TAKES, verdicts["i915"]
    assert all(v.reason for v in verdicts.values() if v.verdict != igdpt.OpregionVerdict.TAKES)
    moved = igdpt.OpRegion(igdpt.opregion.relocate(data, 0x7ff00000, 0x7ff10000))
    assert moved.rvda == 0x10000 and region.rvda == 0x2000
    assert not region.diff(region) and region.diff(moved)[0].name == "RVDA", region.diff(moved)


def a_vbt_tells_blocks_ports_and_fields():
    table = igdpt.Vbt(igdpt.vbt.build("tgl"))
    assert 2 in [block.id for block in table.blocks()]
    wired = [child for child in table.children() if child.device_type]
    assert wired and table.port(wired[0].slot).startswith("DDI-")
    assert table.get("general-definitions.child-size") == 39
    assert table.get("lfp-options.panel-type") is None
    assert not table.validate() and not table.compare(table)
    broken = table.data[:0x1a] + b"\0" + table.data[0x1b:]
    assert igdpt.Vbt(broken).compare(table)[0].name == "header.checksum"
    assert igdpt.vbt.repair(broken) == table.data
    assert igdpt.vbt.find(bytes(64) + table.data) == 64 and igdpt.vbt.find(bytes(64)) is None


def real_vbts_and_dmars_are_read():
    blocks = wired = reserved = 0
    for path in cli.corpus("vbt"):
        with open(path, "rb") as file:
            table = igdpt.Vbt(file.read())
        with contextlib.suppress(igdpt.IgdptError):
            blocks += len(list(table.blocks()))
        wired += sum(bool(table.port(child.slot)) for child in table.children())
    for path in cli.corpus("dmar"):
        with open(path, "rb") as file, contextlib.suppress(igdpt.IgdptError):
            reserved += sum(s.type == igdpt.DmarType.RMRR for s in igdpt.Dmar(file.read()))
    assert blocks > 1000 and wired > 500 and reserved > 100, (blocks, wired, reserved)


def a_plan_makes_a_config_space_and_a_memory_map():
    import golden
    machine = igdpt.plan.Machine(low_end=0xc0000000, ggc=0x02c1, mode=igdpt.PlanMode.COPY,
                                 platform=igdpt.Platform.find(0x5912), mmio_first=0xe0000000,
                                 mmio_last=0xfebfffff)
    plan = igdpt.plan.make(machine)
    blocks = {block.kind: block for block in plan.blocks}
    opregion, dsm = blocks[igdpt.PlanKind.OPREGION], blocks[igdpt.PlanKind.DSM]
    guest = igdpt.PciConfig(machine.platform, golden.host_config(0x5912), plan.options())
    assert guest.read(0xfc, 4) == opregion.first == plan.asls, plan
    assert guest.read(0x5c, 4) == dsm.first == plan.bdsm and dsm.bytes == 64 << 20, plan
    held = {entry.first for entry in igdpt.plan.e820(machine, plan)
            if entry.type != igdpt.E820Type.RAM}
    assert {opregion.first, dsm.first} & held, held
    assert all(f.severity != igdpt.Severity.ERROR for f in igdpt.plan.check(machine, plan))


def reservations_are_merged_and_resolved():
    text = b"0x000000007b800000 0x000000007fffffff direct-relaxable\n"
    regions = igdpt.rmrr.parse(igdpt.RmrrSource.SYSFS, text)
    assert [(r.first, r.last, r.type) for r in regions] == [
        (0x7b800000, 0x7fffffff, igdpt.RmrrType.RELAXABLE)], regions
    igd = igdpt.dmar.BuildRmrr(0x7b800000, 0x7fffffff, [igdpt.dmar.BuildScope([(2, 0)])])
    told = igdpt.rmrr.predict(igdpt.Dmar(igdpt.dmar.build([igd])), [(0x10, 0x030000)])
    assert told[0].type == igdpt.RmrrType.RELAXABLE and told[0].address == 0x10, told
    assert not igdpt.rmrr.predict_attach(told, (6, 12)).blocked
    usb = igdpt.rmrr.Region(0x1000, 0x1fff, igdpt.RmrrType.DIRECT, address=0xa0)
    attach = igdpt.rmrr.predict_attach([usb], (6, 12))
    assert attach.blocked and attach.address == 0xa0, attach
    sysfs = [dataclasses.replace(usb, address=None)]  # it does not say whose a region is
    assert igdpt.rmrr.predict_attach(sysfs, (6, 12)).address is None
    layout, judged, _ = igdpt.rmrr.resolve(
        igdpt.rmrr.Layout(0xc0000000), told, flags=igdpt.RmrrResolveFlag.IDENTITY,
        boundary=0x1000)
    assert layout.low_end <= 0x7b800000 and layout.moved, (layout, judged)


def legacy_mode_names_every_condition_and_bridges_their_registers():
    kbl = igdpt.Platform.find(0x5912)
    answer, findings = igdpt.legacy.check(
        (9, 1), kbl, igdpt.LegacyFlag.NO_ROM | igdpt.LegacyFlag.NO_VGA)
    assert answer == igdpt.LegacyAnswer.IMPOSSIBLE, answer
    assert [finding.name for finding in findings] == ["legacy-rom", "legacy-vga"], findings
    assert igdpt.legacy.check((9, 1), kbl) == (igdpt.LegacyAnswer.POSSIBLE, [])
    assert {r.devfn for r in igdpt.bridges.registers(igdpt.BridgeModel.QEMU)} == {0, 0xf8}
    pch = kbl.pch()
    assert pch.name and pch.ids and not any(i & ~pch.mask for i in pch.ids), pch
    assert igdpt.Platform.by_name("mtl").pch() is None


def a_software_sci_is_answered():
    data = bytearray(igdpt.opregion.build())
    data[0x200] = 9
    assert igdpt.opregion.answer_swsci(bytes(data))[0x200] & 1 == 0


def the_survey_reads_every_kind_of_file():
    cli.corpus("vbt")
    script = os.path.join(cli.SRCDIR, "examples", "python", "survey.py")
    told = run(sys.executable, script, cli.CORPUS)
    for kind in ("VBT", "DMAR", "lspci"):
        count = re.search(rf"^(\d+) {kind} files$", told, re.M)
        assert count and int(count.group(1)) >= 20, told[-2000:]


def the_survey_goes_on_behind_a_file_that_cannot_be_read():
    with tempfile.TemporaryDirectory() as where:
        os.symlink("/proc/self/mem", os.path.join(where, "a-file"))
        with open(os.path.join(where, "b.vbt"), "wb") as file:
            file.write(igdpt.vbt.build("tgl"))
        told = run(sys.executable, os.path.join(cli.SRCDIR, "examples/python/survey.py"), where)
    assert "a-file" in told and "Traceback" not in told and "1 VBT files" in told, told


def the_survey_draws_what_it_reads():
    files = cli.corpus("lspci")[:4] + cli.corpus("dmar")[:2]
    with tempfile.TemporaryDirectory() as where:
        source, page = os.path.join(where, "a"), os.path.join(where, "page")
        os.mkdir(source)
        for path in files:
            shutil.copy(path, os.path.join(source, "<" + os.path.basename(path)))
        run(sys.executable, os.path.join(cli.SRCDIR, "examples", "python", "survey.py"),
            "--page", page, source)
        with open(os.path.join(page, "index.html"), encoding="utf-8") as file:
            text = file.read()
        images = re.findall(r'<img src="([^"]+)">', text)
        assert len(images) == len(files) and "&lt;" in text, text
        for image in images:
            assert xml.parse(os.path.join(page, image)).getroot().tag.endswith("}svg"), image


def mirrors_follow_config_space():
    import golden
    guest = igdpt.PciConfig(igdpt.Platform.find(0x9a49), golden.host_config(0x9a49))
    guest.mmio_setup(igdpt.pcicfg.MmioOptions(anchors=igdpt.MmioPolicy.HIDE))
    guest.write(0xc0, 4, 0x7a000000)
    assert guest.mmio_read(0, 0x1080c0, 8) & ~0xfffff == 0x7a000000
    assert guest.mmio_write(0, 0x1080c0, 4, 1) == (igdpt.PcicfgEvent.IGNORED, 1, 0)
    assert "DSMBASE" in [trap.name for trap in guest.traps()]


def a_rom_without_images_is_told_where():
    try:
        list(igdpt.rom.images(b"\x55\xaa" + bytes(510)))
    except igdpt.IgdptError as error:
        assert error.offset == 0x18, error
    else:
        raise AssertionError("no PCIR, no error")


def an_iterator_keeps_what_it_goes_through():
    """The object itself may be gone by the first step; what comes then takes its memory"""
    table, config = igdpt.vbt.build("tgl"), golden_config()
    tgl = igdpt.Platform.find(0x9a49)
    with tempfile.TemporaryDirectory() as where:
        tree = os.path.join(where, "tree")
        run(os.environ["IGDPT_COMMAND"], "sample", "--platform", "tgl", "-o", tree)
        for make, step in (
                (lambda: igdpt.Vbt(bytearray(table)), igdpt.Vbt.children),
                (lambda: igdpt.PciConfig(tgl, config), igdpt.PciConfig.traps),
                (lambda: igdpt.host.Host(tree), igdpt.host.Host.igds),
                (lambda: igdpt.host.Host(tree), lambda host: host.group(0))):
            kept = make()
            expected, alone = list(step(kept)), step(make())
            taken = [bytearray(b"\xaa") * size for size in range(1, 2000)]
            assert expected and list(alone) == expected and taken, expected


def refused(problem, call, *args):
    try:
        answer = call(*args)
    except problem:
        return
    raise AssertionError((problem, answer))


def what_owns_something_is_not_copied():
    guest = igdpt.PciConfig(igdpt.Platform.find(0x9a49), golden_config())
    for owner in (guest, igdpt.host.Host(cli.SRCDIR)):
        for method in (copy.copy, copy.deepcopy, pickle.dumps):
            refused(TypeError, method, owner)


def a_closed_host_reads_nothing():
    """The next directory that is opened gets the same number"""
    with igdpt.host.Host(cli.SRCDIR) as host:
        devices, number = host.igds(), host._root
    with igdpt.host.Host(PACKAGE) as other:
        assert other._root == number
        refused(ValueError, host.list, ".")
        refused(ValueError, next, devices)


def what_owns_something_serves_until_the_end():
    """What a VMM saves when Python ends is asked after what weakref has to do then"""
    told = run(sys.executable, "-c", """if True:
        import atexit, igdpt, os
        atexit.register(lambda: print(hex(guest.state().asls), "version" in host.list("proc")))
        guest = igdpt.PciConfig(None, b"\\x86\\x80" + bytes(9) + b"\\3" + bytes(244))
        host = igdpt.host.Host("/")
        guest.write(igdpt.PcicfgReg.ASLS, 4, 0x12345000)
        """, env={**os.environ, "MALLOC_PERTURB_": "165"})
    assert told == "0x12345000 True\n", told


def what_could_not_be_made_is_not_used():
    """Nor does a failure change what was made before"""
    good = igdpt.vbt.build("tgl")
    for kind, data in ((igdpt.Vbt, good), (igdpt.OpRegion, igdpt.opregion.build(good)),
                       (igdpt.Dmar, igdpt.dmar.build())):
        none, made = kind.__new__(kind), kind(data)
        for view in (none, made):
            refused(igdpt.IgdptError, view.__init__, bytes(8))
        refused(AttributeError, none.validate)
        assert made.data == data and made.validate() == kind(data).validate()
    guest = igdpt.PciConfig(igdpt.Platform.find(0x9a49), golden_config())
    before = guest.state()
    refused(igdpt.IgdptError, guest.__init__, None, b"")
    assert guest.state() == before


def an_exception_waits_until_the_c_code_is_done():
    """Ctrl-C can come while a finding is taken"""
    def interrupted(_):
        raise KeyboardInterrupt
    collect = igdpt.error.Collector(igdpt._abi.igdpt_finding_fn, interrupted)
    region = igdpt.OpRegion(igdpt.opregion.build())
    assert region.validate()
    refused(KeyboardInterrupt, collect, igdpt.raw.lib.igdpt_opregion_validate, region._view)


def a_machine_that_cannot_be_read_is_a_host_error():
    with tempfile.TemporaryDirectory() as where, igdpt.host.Host(where) as host:
        refused(igdpt.host.HostError, host.list, "none")
        refused(igdpt.host.HostError, host.kernel)
        refused(igdpt.host.HostError, host.kernel_option, "")
        device = os.path.join(where, "sys/bus/pci/devices/0000:00:02.0")
        os.makedirs(device)
        for file in ("vendor", "device", "class"):
            with open(os.path.join(device, file), "w", encoding="ascii") as text:
                text.write("none\n")
        refused(igdpt.host.HostError, host.device, 0x10)


def the_same_machine_has_the_same_plan():
    machine = igdpt.plan.Machine(low_end=1 << 30, platform=igdpt.Platform.find(0x9a49), ggc=0x2c1)
    plan, again = igdpt.plan.make(machine), igdpt.plan.make(machine)
    assert plan == again and hash(plan) == hash(again) and " at 0x" not in repr(plan), plan
    assert plan != igdpt.plan.make(igdpt.plan.Machine(low_end=2 << 30))


def a_string_is_not_cut_at_a_nul():
    with igdpt.host.Host(cli.SRCDIR) as host:
        for call, *args in (
                (igdpt.Platform.by_name, "tgl\0x"), (igdpt.Vbt(igdpt.vbt.build()).get, "x\0"),
                (igdpt.vbt.build, "tgl\0x"), (igdpt.fwcfg.check, [("etc/a\0b", b"")]),
                (host.read, "NEWS\0.txt"), (host.link, "NEWS\0"), (host.list, "lib\0"),
                (host.kernel_option, "CONFIG_VFIO\0"), (host.parameter, "a\0", "b"),
                (igdpt.host.libpci_config, 0x10, "dump\0")):
            refused(ValueError, call, *args)


def a_range_has_64_bits():
    """An end that is taken for exclusive would be 0"""
    for first, last in ((0, 1 << 64), (-0x1000, -1), (1 << 64, 1 << 65)):
        refused(OverflowError, igdpt.Ranges, [(first, last)])
    everything = igdpt.Ranges([(0, (1 << 64) - 1)])
    assert everything.overlap(5, 5) == (0, (1 << 64) - 1) and 5 in everything
    assert 1 << 64 not in everything and -1 not in everything
    refused(ctypes.ArgumentError, everything.overlap, 1, 1 << 64)


def a_version_has_two_bytes():
    """A minor above 255 would make another major"""
    for pair in ((9, 256), (256, 0), (-1, 1), (10, -1)):
        refused(OverflowError, igdpt.legacy.check, pair)
        refused(OverflowError, igdpt.rmrr.predict_attach, [], pair)
    assert igdpt.rmrr.predict_attach([], (6, 12))


def a_number_that_does_not_fit_is_refused():
    """ctypes would cut it"""
    guest = igdpt.PciConfig(igdpt.Platform.find(0x9a49), golden_config())
    for call, *args in ((igdpt.Platform.find, 0x1_0000_9a49), (igdpt.Platform.find, 0x9a49 - (1 << 32)),
                        (guest.read, 0x1_0000_00fc, 4), (guest.write, 0xfc, 4, -1),
                        (guest.mmio_read, 0, 1 << 64, 4), (igdpt.Stolen.decode, 1, 0x1_0000_02c1)):
        refused(ctypes.ArgumentError, call, *args)
    with igdpt.host.Host(cli.SRCDIR) as host:
        refused(ctypes.ArgumentError, host.device, 1 << 40)
    port = igdpt.vbt.Port((1 << 32) + 8, 0x68c6, 0)
    rmrr = igdpt.dmar.BuildRmrr(0x1000, (1 << 64) + 0x1fff)
    region = igdpt.rmrr.Region(0, 1 << 64, igdpt.RmrrType.DIRECT)
    for call, *args in ((igdpt.plan.make, igdpt.plan.Machine(low_end=(1 << 64) + (1 << 30))),
                        (igdpt.vbt.build, None, 0, 0, [port]), (igdpt.dmar.build, [rmrr]),
                        (igdpt.rmrr.predict_attach, [region], (6, 12)),
                        (igdpt.vbt.find, igdpt.vbt.build(), 1 << 64)):
        refused(OverflowError, call, *args)
    for machine in (igdpt.plan.Machine(1 << 30, mode="copy"), igdpt.plan.Machine(1 << 30, dsm_bytes=32.0)):
        refused(TypeError, igdpt.plan.make, machine)
    refused(ValueError, igdpt.dmar.build,
            [igdpt.dmar.BuildRmrr(0, 0xfff, [igdpt.dmar.BuildScope([(1,), (2,)])])])


def a_bridge_says_which_buses_are_behind_it():
    """A device behind the bridge of a scope is bound by it"""
    port = igdpt.dmar.BuildScope([(0x1c, 0)], type=igdpt.DmarScopeType.BRIDGE)
    dmar = igdpt.Dmar(igdpt.dmar.build([igdpt.dmar.BuildRmrr(0x1000, 0x1fff, [port])]))
    device = [(0x200, 0x020000)]

    def first(bridge):
        return igdpt.rmrr.predict(dmar, device, bridge=bridge)[0]
    assert first({0xe0: (2, 3)}.get).type == igdpt.RmrrType.DIRECT
    assert first({0xe0: (3, 4)}.get).type == igdpt.RmrrType.MSI
    assert first(None).reason == igdpt.RmrrReason.BRIDGE
    refused(ZeroDivisionError, first, lambda _: 1 // 0)


def a_table_is_judged_whole():
    """However many reservations there are"""
    scope = [igdpt.dmar.BuildScope([(2, 0)])]
    many = [igdpt.dmar.BuildRmrr(n << 12, (n << 12) + 0xfff, scope) for n in range(1, 100)]
    many.append(igdpt.dmar.BuildRmrr(0x1000, 0x1fff, scope))
    names = [finding.name for finding in igdpt.Dmar(igdpt.dmar.build(many)).validate()]
    assert names == ["dmar-rmrr-overlap"], names


def a_vbt_that_is_left_out_is_told():
    region = bytearray(igdpt.opregion.build(igdpt.vbt.build(min_bytes=0x2400), version=0x201))
    region[0x2000:] = bytes(len(region) - 0x2000)
    notes = []
    assert len(igdpt.OpRegion(region).normalise(notes=notes)) == 0x2000
    assert [note.name for note in notes] == ["no-vbt"], notes


def a_platform_can_be_corrected():
    """As on hosts where GGC and BDSM are still in config space"""
    mtl = igdpt.Platform.find(0x7d55)
    changed = dataclasses.replace(mtl, codec=igdpt.Codec.GEN9, bdsm=igdpt.BdsmKind.CFG_C0)
    config = bytearray(golden_config())
    config[2:4] = (0x7d55).to_bytes(2, "little")
    assert igdpt.PciConfig(mtl, config).state().dsm_bytes == 0
    assert igdpt.PciConfig(changed, config).state().dsm_bytes == 64 << 20


def results_travel_between_processes():
    """As they do through a ProcessPoolExecutor"""
    table = igdpt.Dmar(igdpt.dmar.build([igdpt.dmar.BuildRmrr(0x1000, 0x1fff, [igdpt.dmar.BuildScope([(2, 0)])])]))
    for thing in (table, igdpt.Vbt(igdpt.vbt.build()), igdpt.OpRegion(igdpt.opregion.build())):
        assert pickle.loads(pickle.dumps(thing)).data == copy.deepcopy(thing).data == thing.data
        refused(AttributeError, setattr, thing, "data", b"")
    structure = pickle.loads(pickle.dumps(list(table)[-1]))
    assert structure == list(table)[-1] and structure.scopes[0].resolve() == 0x10
    assert dataclasses.asdict(structure)["scopes"][0]["path"] == ((2, 0),)
    for raised in (igdpt.host.HostError(-2, "no such thing", 2), failure_of(igdpt.Vbt, b"")):
        again = pickle.loads(pickle.dumps(raised))
        assert (str(again), again.error, again.finding) == (str(raised), raised.error, raised.finding)


def failure_of(call, *args):
    try:
        return call(*args)
    except igdpt.IgdptError as error:
        return error


def whatever_holds_bytes_is_read():
    table, rom = igdpt.vbt.build("tgl"), b"\x55\xaa" + bytes(510)
    blob = igdpt.opregion.build(table)
    table += bytes(len(table) % 2)
    text = b"0x000000007b800000 0x000000007fffffff direct-relaxable\n\n"
    assert len(text) % 2 == 0 and igdpt.rom.check(rom)
    for kind in (bytearray, memoryview, lambda data: array.array("H", data)):
        assert igdpt.opregion.build(kind(table)) == igdpt.opregion.build(table)
        assert igdpt.OpRegion(kind(blob)).normalise(vbt=kind(table)) == igdpt.OpRegion(blob).normalise(vbt=table)
        assert len(igdpt.rmrr.parse(igdpt.RmrrSource.SYSFS, kind(text))) == 1
        assert igdpt.rom.check(kind(rom)) == igdpt.rom.check(rom)
        refused(igdpt.IgdptError, list, igdpt.rom.images(kind(rom)))
        refused(igdpt.IgdptError, igdpt.rom.patch, kind(rom))
        assert igdpt.vbt.find(kind(blob)) == igdpt.vbt.find(blob) and igdpt.vbt.repair(kind(table))
        assert igdpt.fwcfg.check([("etc/x", kind(rom))]) == igdpt.fwcfg.check([("etc/x", rom)])
    for call in (igdpt.Vbt, igdpt.vbt.find, igdpt.rom.check, igdpt.opregion.answer_swsci):
        for data in (5, "text", [1, 2]):
            refused(TypeError, call, data)
    refused(igdpt.IgdptError, igdpt.opregion.relocate, b"", 0)
    refused(igdpt.IgdptError, igdpt.opregion.answer_swsci, b"")


def golden_config():
    import golden
    return golden.host_config(0x9a49)


def use_everything(times):
    config, table = golden_config(), igdpt.vbt.build("tgl")
    tgl = igdpt.Platform.find(0x9a49)
    behind = igdpt.dmar.BuildScope([(0x1d, 0), (3, 1)])
    reservations = igdpt.Dmar(igdpt.dmar.build([igdpt.dmar.BuildRmrr(0, 0xfff, [behind])]))
    machine = igdpt.plan.Machine(low_end=1 << 30, platform=tgl, ggc=0x2c1)
    ranges = igdpt.Ranges([(0, 1), (5, 6)])
    for _ in range(times):
        igdpt.Vbt(table)
        guest = igdpt.PciConfig(tgl, config)
        guest.write(0xfc, 4, 0x3fffe000)
        guest.check()
        guest.restore(guest.save())
        list(reservations)[-1].scopes[0].resolve(0, lambda _: (5, 5))
        igdpt.plan.e820(machine, igdpt.plan.make(machine))
        regions = igdpt.rmrr.predict(reservations, [(0x10, 0x030000)])
        igdpt.rmrr.resolve(igdpt.rmrr.Layout(1 << 30), igdpt.rmrr.merge(regions)[0])
        igdpt.legacy.check((9, 1), tgl)
        ranges | ranges
        try:
            igdpt.Vbt(b"")
        except igdpt.IgdptError:
            pass


def traced(times):
    """Memory in use afterwards; collecting empties the interpreter's lists of spare tuples"""
    use_everything(times)
    assert gc.collect() == 0, "reference cycles"
    return tracemalloc.get_traced_memory()[0]


def a_loop_leaves_neither_memory_nor_cycles():
    times = int(os.environ.get("IGDPT_LEAK_TIMES", "2000"))
    use_everything(200)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    before = traced(20)
    grown = traced(times // 10) - before
    tracemalloc.stop()
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    use_everything(times)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident
    gc.enable()
    assert grown < 1024, f"{grown} bytes of Python objects stay"
    assert resident < 2048 or "LD_PRELOAD" in os.environ, f"{resident} KiB of memory stay"


if __name__ == "__main__":
    if not os.path.exists(LIBRARY):
        print("1..0 # SKIP no shared library in this build")
        sys.exit(0)
    preload_sanitizer()
    import igdpt
    tests = [
        the_committed_bindings_are_what_the_headers_say,
        a_changed_header_is_noticed,
        layouts_and_constants_are_those_of_c,
        every_public_function_is_bound_and_in_the_library,
        the_libraries_have_the_sonames_that_are_loaded,
        every_public_function_is_reached_by_the_python_layer,
        every_public_function_is_reached_by_the_safe_rust_layer,
        golden_cases_have_their_answers,
        a_built_dmar_reads_back,
        ranges_behave_like_sets,
        an_opregion_tells_consumers_differences_and_moves,
        a_vbt_tells_blocks_ports_and_fields,
        real_vbts_and_dmars_are_read,
        a_plan_makes_a_config_space_and_a_memory_map,
        reservations_are_merged_and_resolved,
        legacy_mode_names_every_condition_and_bridges_their_registers,
        a_software_sci_is_answered,
        the_survey_reads_every_kind_of_file,
        the_survey_goes_on_behind_a_file_that_cannot_be_read,
        the_survey_draws_what_it_reads,
        mirrors_follow_config_space,
        a_rom_without_images_is_told_where,
        an_iterator_keeps_what_it_goes_through,
        what_owns_something_is_not_copied,
        a_closed_host_reads_nothing,
        a_range_has_64_bits, a_version_has_two_bytes, a_number_that_does_not_fit_is_refused,
        a_bridge_says_which_buses_are_behind_it, a_table_is_judged_whole, a_vbt_that_is_left_out_is_told,
        a_platform_can_be_corrected, results_travel_between_processes, whatever_holds_bytes_is_read,
        a_string_is_not_cut_at_a_nul,
        the_same_machine_has_the_same_plan,
        a_machine_that_cannot_be_read_is_a_host_error,
        what_owns_something_serves_until_the_end,
        what_could_not_be_made_is_not_used,
        an_exception_waits_until_the_c_code_is_done,
        an_error_tells_rule_and_offset,
        every_finding_of_the_headers_has_its_rule,
        an_older_library_lacks_only_what_it_lacks,
        a_missing_library_is_told_by_name,
        a_captured_host_is_read,
        the_examples_of_the_documentation_are_true,
        the_types_hold,
        the_module_runs_the_command,
        every_module_can_be_imported,
        a_loop_leaves_neither_memory_nor_cycles]
    cli.run(*(test for test in tests if not sys.argv[1:] or test.__name__ in sys.argv[1:]))
