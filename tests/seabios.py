# SPDX-License-Identifier: MIT
"""What a stock QEMU with stock SeaBIOS does with what the library makes."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

import cli

RUNNER = os.path.join(cli.BUILDDIR, "examples", "qemu-like", "igdpt-qemu-like")
MIB = 1 << 20
PAGE = 4096
# Every byte of the host's addresses is one that nothing else in config space contains.
MARKED = ("--host-asls", "dddedade", "--host-bdsm", "d5d6d7d9")
MARKED_64 = ("--host-asls", "dddedade", "--host-bdsm", "e1e2e3e4d5d6d7d9",
             "--host-f0", "e5e6e7e8e9eadcdb")


# Another QEMU than the installed one; the runner picks the transport that it can run.
QEMU = os.environ.get("IGDPT_QEMU", "qemu-system-x86_64")


def runner(*args):
    """The runner's (exit status, report)"""
    if not shutil.which(QEMU):
        raise cli.Skip(f"no {QEMU} (packages qemu-system-x86, seabios)")
    done = subprocess.run([RUNNER, "--json", "--qemu", QEMU, *args], stdout=subprocess.PIPE, timeout=120,
                          check=False)
    return done.returncode, json.loads(done.stdout)


def real_vbt(name):
    path = os.path.join(cli.CORPUS, "vbt", name)
    if not os.path.exists(path):
        raise cli.Skip(f"no corpus with {name}")
    return path


def number(text):
    return int(text, 16)


def reserved(boot, start, size):
    """Whether one reserved entry of the guest's e820 map holds the whole range"""
    return any(e["type"] == 2 and number(e["start"]) <= start and start + size <= number(e["end"])
               for e in boot["e820"])


def opregion_placed(report, boot):
    asls = number(boot["asls"])
    assert asls != 0 and asls % PAGE == 0 and asls < 1 << 32, boot
    assert reserved(boot, asls, report["opregion_bytes"]), boot
    assert boot["copy_equal"], boot
    assert any(f"OpRegion enabled at 0x{asls:08x}" in line for line in boot["said"]), boot


def stolen_placed(report, boot, mib):
    bdsm = number(boot["bdsm"])
    assert report["dsm_bytes"] == mib * MIB, report
    assert bdsm != 0 and bdsm % MIB == 0, boot
    assert reserved(boot, bdsm, mib * MIB), boot
    assert any(f"BDSM enabled at 0x{bdsm:08x}, size {mib}MB" in line for line in boot["said"]), boot


def holds(*args, mib, boots=1):
    """The chain holds, by the runner's judgement and by the facts that it reports"""
    status, report = runner(*args)
    assert status == 0 and report["holds"] and report["broken"] is None, report
    assert report["leaks_before"] == report["leaks_after"] == 0, report
    assert report["hardware_writes"] == 0, report
    assert len(report["boots"]) == boots, report
    for boot in report["boots"]:
        opregion_placed(report, boot)
        if mib:
            stolen_placed(report, boot, mib)
        else:
            assert number(boot["bdsm"]) == 0 and report["dsm_bytes"] == 0, report
    return report


def broken(*args, at, saying):
    """The chain breaks, and the runner names the link and the reason"""
    status, report = runner(*args)
    assert status == 2 and not report["holds"] and report["broken"] == at, report
    text = next(link["text"] for link in report["links"] if not link["ok"])
    assert saying in text, text
    return report


def the_sample_machine_gets_opregion_and_stolen_memory():
    for machine in "q35", "pc":
        report = holds("--machine", machine, mib=64)
        assert report["platform"] == "hsw", report


def sandy_bridge_with_a_real_vbt_holds():
    holds("--device", "0102", "--vbt", real_vbt("coreboot-lenovo_t420s.vbt"), mib=64)


def haswell_with_a_real_vbt_holds():
    holds("--device", "0412", "--vbt", real_vbt("coreboot-asrock_b85m_pro4.vbt"), mib=64)


def broadwell_with_a_real_vbt_holds():
    holds("--device", "1612", "--vbt", real_vbt("coreboot-hp_elitebook_820_g2.vbt"), mib=64)


def skylake_with_a_real_vbt_holds():
    holds("--device", "1912", "--vbt", real_vbt("coreboot-asrock_h110m.vbt"), mib=64)


def ice_lake_has_its_bdsm_carried_over_to_c0():
    report = holds("--device", "8a52", "--vbt", real_vbt("coreboot-google_dedede_drawcia_drawman"
                                                         "_data.vbt"), mib=64)
    assert report["boots"][0]["bridged"] and report["opregion_bytes"] > 8192, report


def tiger_lake_has_its_bdsm_carried_over_to_c0():
    report = holds("--device", "9a49", "--vbt", real_vbt("coreboot-google_volteer_voema.vbt"),
                   mib=64)
    assert report["boots"][0]["bridged"] and report["opregion_bytes"] > 8192, report


def every_generation_holds_with_a_vbt_of_the_library():
    for device in "0102", "0412", "1612", "1912", "8a52", "9a49", "4680":
        report = holds("--device", device, mib=64)
        assert report["boots"][0]["bridged"] == (device in ("8a52", "9a49", "4680")), report


def without_the_bridge_gen_11_has_no_stolen_memory():
    for device in "8a52", "9a49":
        report = broken("--device", device, "--no-bridge", at="BDSM",
                        saying="SeaBIOS writes 0x5C only")
        opregion_placed(report, report["boots"][0])
        assert number(report["boots"][0]["bdsm"]) == 0, report
        assert report["hardware_writes"] == 0, report


def stolen_memory_of_any_size_is_reserved():
    for device, ggc, mib in (("0102", "0201", 0), ("0102", "0209", 32), ("0102", "0281", 512),
                             ("1612", "0041", 0), ("1612", "0141", 32), ("1612", "1041", 512),
                             ("1912", "0041", 0), ("1912", "0141", 32), ("1912", "1041", 512),
                             ("1912", "f041", 4), ("1912", "fe41", 60), ("9a49", "f0c1", 4),
                             ("9a49", "00c1", 0)):
        holds("--device", device, "--ggc", ggc, mib=mib)


def an_extended_vbt_travels_with_the_opregion():
    report = holds("--device", "9a49", "--vbt-bytes", "8500", mib=64)
    assert report["opregion_bytes"] == 8192 + 8500, report


def an_absolute_rvda_becomes_relative():
    report = holds("--device", "9a49", "--vbt-bytes", "8500", "--opregion-version", "2.0", mib=64)
    assert report["opregion_bytes"] == 8192 + 8500, report
    copy = next(link["text"] for link in report["links"] if link["name"] == "guest copy")
    assert "version 2.1" in copy and "VBT behind the OpRegion at 0x2000, 8500 bytes" in copy, copy


def without_the_file_asls_stays_0_and_the_link_is_named():
    report = broken("--no-opregion", at="ASLS", saying="guest firmware found no etc/igd-opregion")
    assert number(report["boots"][0]["asls"]) == 0, report
    stolen_placed(report, report["boots"][0], 64)


def a_device_of_class_0380_is_left_alone_and_the_reason_is_named():
    report = broken("--class", "0380", at="ASLS", saying="SeaBIOS")
    text = next(link["text"] for link in report["links"] if not link["ok"])
    assert "class" in text and "etc/igd-opregion" not in text, text
    assert number(report["boots"][0]["asls"]) == number(report["boots"][0]["bdsm"]) == 0, report


def after_a_reset_both_are_written_again_and_the_old_values_are_gone():
    for device in "0412", "9a49":
        report = holds("--device", device, "--reset", mib=64, boots=2)
        assert report["stale_resets"] == 0, report
        assert report["resets"] >= 2, report


def no_host_address_shows_at_any_offset_and_width():
    for device in "0102", "0412", "1612", "1912":
        holds("--device", device, *MARKED, mib=64)
    for device in "8a52", "9a49", "4680":
        holds("--device", device, *MARKED_64, mib=64)


def gone(pid):
    """Ended, though perhaps not yet collected by its parent"""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def qemu_does_not_outlive_the_runner_however_that_ends():
    with tempfile.TemporaryDirectory() as where:
        qemu, pid_file = os.path.join(where, "qemu"), os.path.join(where, "pid")
        with open(qemu, "w", encoding="ascii") as script:
            script.write(f"#!/bin/sh\necho $$ >{pid_file}.new\nmv {pid_file}.new {pid_file}\n"
                         "exec sleep 300\n")
        os.chmod(qemu, 0o755)
        for how in signal.SIGINT, signal.SIGTERM, signal.SIGKILL, None:
            with subprocess.Popen([RUNNER, "--qemu", qemu, "--transport", "proxy",
                                   "--timeout", "60" if how else "1"],
                                  stdout=subprocess.DEVNULL) as process:
                wait_for(lambda: os.path.exists(pid_file))
                with open(pid_file, encoding="ascii") as text:
                    pid = int(text.read())
                if how:
                    process.send_signal(how)
                status = process.wait(timeout=10)
            wait_for(lambda: gone(pid))
            assert status == (-how if how == signal.SIGKILL else 3), (how, status)
            os.remove(pid_file)


cli.run(the_sample_machine_gets_opregion_and_stolen_memory, sandy_bridge_with_a_real_vbt_holds,
        haswell_with_a_real_vbt_holds, broadwell_with_a_real_vbt_holds,
        skylake_with_a_real_vbt_holds, ice_lake_has_its_bdsm_carried_over_to_c0,
        tiger_lake_has_its_bdsm_carried_over_to_c0,
        every_generation_holds_with_a_vbt_of_the_library,
        without_the_bridge_gen_11_has_no_stolen_memory, stolen_memory_of_any_size_is_reserved,
        an_extended_vbt_travels_with_the_opregion, an_absolute_rvda_becomes_relative,
        without_the_file_asls_stays_0_and_the_link_is_named,
        a_device_of_class_0380_is_left_alone_and_the_reason_is_named,
        after_a_reset_both_are_written_again_and_the_old_values_are_gone,
        no_host_address_shows_at_any_offset_and_width,
        qemu_does_not_outlive_the_runner_however_that_ends)
