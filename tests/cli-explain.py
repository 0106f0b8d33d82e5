# SPDX-License-Identifier: MIT
"""What `igdpt explain` says about logs."""
import gzip
import json
import os
import tempfile

import cli

FATAL = b"vfio 0000:00:02.0: no iommu_group found: No such file or directory\n"


def explain(*args, **more):
    status, out, err = cli.igdpt("explain", "--json", *args, **more)
    assert not err, err
    return status, json.loads(out)


def said(report):
    return [s["id"] for s in report["strings"] + report["dmar_faults"] if s["severity"] != "info"]


def a_log_from_standard_input_is_explained():
    status, report = explain(stdin=b"one\n" + FATAL + FATAL)
    assert status == 2 and report["lines"] == 3 and report["worst"] == "fatal", report
    assert report["strings"][0]["count"] == 2 and report["strings"][0]["line"] == 2, report
    assert report["strings"][0]["remedy"] and report["strings"][0]["source"], report


def the_exit_status_is_that_of_the_worst_string():
    assert cli.igdpt("explain", stdin=b"nothing\n")[0] == 0
    assert cli.igdpt("explain", stdin=b"DMAR: IOMMU enabled\n")[0] == 0
    assert cli.igdpt("explain", stdin=b"Device has no ROM\n")[0] == 1
    assert cli.igdpt("explain", stdin=FATAL)[0] == 2


def text_names_count_line_meaning_and_remedy():
    status, out, _ = cli.igdpt("explain", stdin=b"\n" + FATAL)
    assert "fatal    vfio-no-group: 1 time, first in line 2\n" in out, out
    assert "Do: Switch VT-d on" in out, out


def faults_are_told_with_their_address_and_time():
    line = "[%d.5] DMAR: [DMA Read] Request device [00:02.0] fault addr 7c001000 [fault reason 06]\n"
    _, report = explain(stdin="".join(line % t for t in range(10, 101, 5)).encode())
    fault = report["dmar_faults"][0]
    assert fault["id"] == "dmar-fault-storm-low" and fault["address"] == "0x7c001000", fault
    assert fault["count"] == 19 and fault["seconds"] == 90, fault


def faults_far_apart_are_no_storm():
    line = "[%d.5] DMAR: [DMA Read] Request device [00:02.0] fault addr 7c001000 [fault reason 06]\n"
    status, report = explain(stdin="".join(line % t for t in (10, 3610, 7210)).encode())
    fault = report["dmar_faults"][0]
    assert status == 0 and fault["id"] == "dmar-faults-low" and fault["seconds"] == 7200, report


def utf_16_is_text():
    text = "\r\n".join(["one", FATAL.decode().strip(), ""])
    for coding in ("utf-16-le", "utf-16-be"):
        status, report = explain(stdin=("\ufeff" + text).encode(coding))
        assert status == 2 and report["lines"] == 2, report
    with tempfile.NamedTemporaryFile() as log:
        log.write(text.encode("utf-16"))
        log.flush()
        status, out, _ = cli.igdpt("scan", log.name)
        assert status == 2 and ": log: errors" in out, out


def what_is_no_text_is_refused():
    for data, guess in ((gzip.compress(FATAL), "compressed (gzip)"), (bytes(5000), "nothing but zeros"),
                        (b"x\n" + bytes(10), "binary data"), (FATAL.decode().encode("utf-16-le"), "binary data")):
        status, out, err = cli.igdpt("explain", stdin=data)
        assert status == 3 and not out and "no text" in err and guess in err, err
        with tempfile.NamedTemporaryFile() as log:
            log.write(data)
            log.flush()
            _, out, _ = cli.igdpt("doctor", "--json", "--log", log.name)
            checks = {c["id"]: c["status"] for c in json.loads(out)["checks"]}
            assert checks["D34"] == checks["D35"] == "SKIP", checks


def a_message_is_as_good_as_its_id():
    code = cli.igdpt("doctor", "--explain", "windows-code-43")[1]
    assert code.startswith("windows-code-43\n")
    for text in ("Code 43", "code 43", "stopped this device (Code 43)"):
        assert cli.igdpt("doctor", "--explain", text) == (0, code, ""), text
    busy = cli.igdpt("doctor", "--explain", "bar-reserved")[1]
    for text in ("BAR N: can't reserve", "vfio-pci 0000:00:02.0: BAR 2: can't reserve [mem 0x9 64bit]"):
        assert cli.igdpt("doctor", "--explain", text) == (0, busy, ""), text
    status, out, _ = cli.igdpt("doctor", "--explain", "vfio_map_dma")
    assert status == 0 and "vfio-map-dma-old\n    VFIO_MAP_DMA: -22\n" in out, out
    assert "vfio-map-dma-invalid\n" in out and "windows-code-43" not in out, out
    for text in ("Code 44", "no such text", "x", ""):
        status, out, err = cli.igdpt("doctor", "--explain", text)
        assert status == 3 and not out and "--ids" in err, (text, out)


def what_is_no_log_is_refused():
    with tempfile.TemporaryDirectory() as where:
        fifo = os.path.join(where, "fifo")
        os.mkfifo(fifo)
        for path in (fifo, where, os.path.join(where, "none")):
            status, out, err = cli.igdpt("explain", path, timeout=10)
            assert status == 3 and not out and err.startswith("igdpt: "), (path, err)
    assert cli.igdpt("explain", "a", "b")[0] == 3
    assert cli.igdpt("explain", "--bad")[0] == 3


def real_kernel_logs_say_what_the_table_says():
    logs = cli.corpus("dmesg")
    with open(os.path.join(cli.SRCDIR, "tests", "log-corpus.txt"), encoding="ascii") as table:
        want = dict(row.rstrip("\n").split("\t") for row in table)
    got = {}
    for path in logs:
        _, report = explain(path)
        got[os.path.basename(path)] = " ".join([report["worst"]] + said(report))
    assert got == want, {k: v for k, v in got.items() if want.get(k) != v}


cli.run(a_log_from_standard_input_is_explained, the_exit_status_is_that_of_the_worst_string,
        text_names_count_line_meaning_and_remedy, faults_are_told_with_their_address_and_time,
        faults_far_apart_are_no_storm, utf_16_is_text, what_is_no_text_is_refused,
        a_message_is_as_good_as_its_id, what_is_no_log_is_refused, real_kernel_logs_say_what_the_table_says)
