# SPDX-License-Identifier: MIT
"""Boots stock kernels on machines that use the library, and compares what these report with what
the library predicts. Prints TAP.

    lab.py [--build DIR] [--cache DIR] [--corpus DIR] [--jobs N] [--log DIR] [--table FILE]
           [--kernel NAMES] [--peer] [SCENARIO...]
"""
import argparse
import concurrent.futures
import fnmatch
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import guest
import initramfs
import kernels
import page
import peer
import predict
import scenario as scenarios

HERE = os.path.dirname(os.path.abspath(__file__))
# Lines may still be on their way when the last one that counts is in.
GRACE_S = 3
PANICS = ("Kernel panic", "LAB: end")
MODULES = {
    "guest": {"drm": "debug=0x1e", "i915": "force_probe=*", "xe": "force_probe=*"},
    # A DMAR of the library lists no IOAPIC, so that interrupts are not remapped.
    "host": {"vfio_iommu_type1": "allow_unsafe_interrupts=1"},
    "peer": {},
}
# A busy machine lets the guest's timer test fail, and its clock look unstable; drivers that wait by
# that clock with interrupts off would then wait for ever.
CMDLINE = "console=ttyS0 ignore_loglevel panic=-1 no_timer_check tsc=reliable"
# Debian 12's QEMU 7.2 dies of SIGSEGV behind the proxy in about one boot of a hundred, newer ones
# without KVM in each; from 10.1 on there is vfio-user-pci.
BOOTS = 3
CRASH = ("QEMU crashed: without KVM, x-pci-proxy-dev works in QEMU 7.2 (Debian 12) and not in "
         "10.0, which has no vfio-user-pci either; IGDPT_LAB_QEMU names another one")
NO_TRANSPORT = "this QEMU has neither vfio-user-pci nor x-pci-proxy-dev"
VFIO = ("vfio", "irqbypass", "iommufd")
DRIVERS = ("i915", "xe")


def write(path, data):
    with open(path, "wb") as out:
        out.write(data)
    return path


def patch(path, text):
    """OFFSET=HEX, several"""
    data = bytearray(predict.read(path))
    for one in text.split():
        offset, _, value = one.partition("=")
        value = bytes.fromhex(value)
        data[int(offset, 0):int(offset, 0) + len(value)] = value
    write(path, data)


class Machine:
    """The files and arguments of one scenario."""

    def __init__(self, lab, scenario, peer_name, folder):
        self.lab, self.set, self.peer, self.folder = lab, scenario.set, peer_name, folder
        self.host = self.set["boot"] in ("host", "peer")
        self.known = {"driver": self.set["driver"]}
        self.vmm = [lab.tools.machine, f"--device={self.set['device']}",
                    f"--class={self.set['class']}", f"--ggc={self.set['ggc']}",
                    f"--gms={self.set['gms']}", f"--host-bdsm={self.set['host-bdsm']}"]
        if self.set["bridge"] == "off":
            self.vmm.append("--no-bridge")
        if "addr=2." in self.set["devices"]:
            self.vmm.append("--multifunction")
        for one in self.set["mmio"].split():
            self.vmm.append(f"--mmio={one}")
        self.base = list(self.vmm)
        if self.set["mirrors"] == "host":
            self.vmm.append("--host-mirrors")
        self.blobs = []
        self._tables()
        self._placement()

    def path(self, name):
        return os.path.join(self.folder, name)

    def _vbt(self):
        real = os.path.join(self.lab.corpus, "vbt", self.set["vbt"])
        if os.path.exists(real):
            return real
        built = self.path("vbt")
        self.lab.tools.run("vbt", "build", "--platform", self.set["platform"], "-o", built,
                           *(["--size", self.set["vbt-size"]]
                             if int(self.set["vbt-size"]) else []))
        return built

    def _tables(self):
        """The host's OpRegion, and what the VMM makes of it for the guest."""
        tools, version = self.lab.tools, self.set["opregion"]
        if version == "none":
            version = "2.1"
        vbt, host = self._vbt(), self.path("host-opregion")
        tools.run("opregion", "build", "--vbt", vbt, "--version", version, "--address",
                  self.set["address"], "-o", host)
        self.source = [f"--host-opregion={host}", f"--host-vbt={vbt}"]
        self.guest_files(self.vmm, self.folder)
        if self.set["bdsm-size"]:
            write(self.path("igd-bdsm-size"), int(self.set["bdsm-size"], 0).to_bytes(8, "little"))
        if self.set["guest-copy"] == "raw":
            shutil.copy(host, self.path("igd-opregion"))
        patch(self.path("igd-opregion"), self.set["patch"])
        self.known.update(predict.of_vbt(tools, vbt, self.set["reads"],
                                         self.set["letters"]))
        self.known.update(predict.of_opregion(tools, self.path("igd-opregion"),
                                              self.path("igd-bdsm-size")))
        self.known.update(predict.of_host(predict.read(self.path("igd-opregion"))))

    def guest_files(self, vmm, folder):
        """What the VMM makes of the host's OpRegion and stolen memory, as files."""
        done = subprocess.run([*vmm, *self.source, f"--output={folder}"], capture_output=True,
                              check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode("latin-1").strip())

    def _placement(self):
        """Who brings OpRegion and stolen memory to their places."""
        if self.set["opregion"] != "none":
            self.vmm.append(f"--opregion={self.path('igd-opregion')}")
            if self.set["place"] == "firmware":
                self.blobs.append("igd-opregion")
            else:
                self.vmm.append(f"--asls={self.set['place']}")
        if self.set["bdsm"] == "firmware":
            self.blobs.append("igd-bdsm-size")
        elif self.set["bdsm"] != "none":
            self.vmm.append(f"--bdsm={self.set['bdsm']}")

    def qemu(self):
        size = self.set["memory"]
        args = ["-M", f"{self.set['machine']},memory-backend=ram", "-m", size, "-object",
                f"memory-backend-memfd,id=ram,share=on,size={size}M"]
        if self.host:
            args += ["-device", "intel-iommu,intremap=on,caching-mode=on"]
            args[1] += ",kernel-irqchip=split"
        for device in self.set["devices"].split():
            args += ["-device", device]
        for blob in self.blobs:
            args += ["-fw_cfg", f"name=etc/{blob},file={self.path(blob)}"]
        return args

    def _override(self, kernel):
        """The DMAR of the scenario, for the front of the initramfs."""
        if not self.set["rmrr"]:
            return b""
        dmar = self.path("dmar")
        rmrrs = [f"--rmrr={rmrr}" for rmrr in self.set["rmrr"].split()]
        self.lab.tools.run("dmar", "build", "--oem-revision", "99", *rmrrs, "-o", dmar)
        write(dmar, initramfs.as_qemu(predict.read(dmar)))
        self.known.update(predict.of_dmar(self.lab.tools, dmar))
        classes = predict.classes_of(self.set["devices"], self.set["class"])
        self.known.update(predict.of_reservations(self.lab.tools, dmar, self.set["vfio"].split(),
                                                  classes, kernel.release))
        return initramfs.acpi_override(predict.read(dmar))

    def _files(self, kernel):
        modules = [name for name in kernel.modules
                   if (self.set["also"] or name.startswith(VFIO) == self.host)
                   and (name not in DRIVERS or name == self.set["driver"])]
        options = MODULES[self.set["boot"]]
        lines = "".join(f"{name} {options.get(name, '')}\n" for name in modules)
        files = {f"lib/{name}.ko": (kernel.module(name), 0o644) for name in modules}
        files["data/modules"] = (lines.encode(), 0o644)
        files["data/steps"] = (b"", 0o644)
        if self.set["boot"] == "peer":
            files["data/steps"] = (predict.read(os.path.join(HERE, "peer-steps")), 0o644)
            files |= peer.guest_files(self.set, self.lab.peer(self.peer),
                                      os.path.getsize(self.path("igd-opregion")))
        elif self.host:
            files["bin/host-probe"] = (predict.read(self.lab.tools.probe), 0o755)
            files["data/steps"] = (predict.read(os.path.join(HERE, "host-steps")), 0o644)
            files["data/devices"] = (self.set["vfio"].encode(), 0o644)
            files["data/probes"] = ("".join(f"{probe}\n" for probe in self.set["probes"].split())
                                    .encode(), 0o644)
            files["data/doctor"] = (self.set["doctor"].encode(), 0o644)
        if self.set["doctor"]:
            files["bin/igdpt"] = (predict.read(self.lab.tools.doctor), 0o755)
        return files

    def kernel_args(self, kernel):
        init = predict.read(os.path.join(HERE, "init")).decode()
        root = self._override(kernel) + initramfs.root(self.lab.busybox, init, self._files(kernel))
        append = f"{CMDLINE} {self.set['append']}"
        if self.host:
            append += " intel_iommu=on"
        return ["-kernel", kernel.image, "-initrd", write(self.path("initrd"), root), "-append",
                append]


class Run:
    """One scenario on one kernel, and for a peer with one QEMU."""

    def __init__(self, lab, scenario, kernel_name, peer_name):
        self.lab, self.scenario, self.kernel_name = lab, scenario, kernel_name
        self.peer = peer_name
        self.label = f"{scenario.name} on {kernel_name}" + (f" with QEMU {peer_name}"
                                                            if peer_name else "")
        self.name = f"{self.label}: {scenario.set['title']}"
        self.failures, self.error, self.skip = [], "", ""
        self.seconds = 0.0
        self.checked, self.ended, self.told = 0, None, {}

    def _done(self, boot):
        new = [line for source, line in boot.log[self.checked:] if source == "guest"]
        self.checked = len(boot.log)
        ends = [end.format(**self.machine.known) for end in self.scenario.of("until")]
        ends += PANICS
        if not self.ended and any(end in line for line in new for end in ends):
            self.ended = time.monotonic()
        if self.scenario.of("until") and not self.ended:
            return False
        if boot.told and not self._facts(boot):
            return True
        return bool(self.ended) and time.monotonic() > self.ended + GRACE_S

    def _facts(self, boot):
        known = {**self.machine.known, **predict.of_state(boot.told)}
        return scenarios.judge(self.scenario, self.kernel_name, known, boot.told, boot.log)

    def _failures(self, boot):
        return self._facts(boot) or (peer.judge(self, boot.log) if self.peer else [])

    def _boot(self, folder):
        """False if QEMU crashed."""
        self.machine = Machine(self.lab, self.scenario, self.peer, folder)
        args = self.machine.qemu()
        args += self.machine.kernel_args(self.lab.kernel(self.kernel_name))
        boot = guest.Boot(self.machine.vmm, args, folder)
        try:
            boot.run(lambda log: self._done(boot), float(self.scenario.set["timeout"]))
            if boot.crashed():
                return False
            self.failures = self._failures(boot)
            if self.failures:
                self.error = "\n".join(boot.complaints())
            return True
        finally:
            boot.stop()
            self.lab.keep(self, boot)

    def go(self):
        begin = time.monotonic()
        try:
            for _ in range(BOOTS):
                with tempfile.TemporaryDirectory(prefix="igdpt-lab-") as folder:
                    if self._boot(folder):
                        break
            else:
                raise kernels.Missing(CRASH)
        except kernels.Missing as reason:
            self.skip = str(reason)
        except Exception as reason:  # a scenario that breaks fails alone
            self.error = f"{type(reason).__name__}: {reason}"
        self.seconds = time.monotonic() - begin
        return self

    def passed(self):
        return not (self.failures or self.error or self.skip)

    def tap(self, number):
        word = "ok" if self.passed() or self.skip else "not ok"
        yield f"{word} {number} - {self.name}" + (f" # SKIP {self.skip}" if self.skip else "")
        yield f"# {self.seconds:.1f} s"
        for failure in self.failures:
            yield from ("# " + line for line in failure.lines())
        yield from ("# " + line for line in self.error.splitlines())


class Lab:
    def __init__(self, options):
        self.options, self.corpus = options, options.corpus
        self.tools = predict.Tools(options.build)
        self.busybox = shutil.which("busybox")
        self.kernels, self.peers = {}, {}

    @staticmethod
    def _fetched(found):
        if isinstance(found, Exception):
            raise found
        return found

    def kernel(self, name):
        return self._fetched(self.kernels[name])

    def peer(self, name):
        return self._fetched(self.peers[name])

    def fetch(self, runs):
        """All before the first run, so that runs do not wait for each other."""
        for found, names, get in ((self.kernels, {run.kernel_name for run in runs}, kernels.kernel),
                                  (self.peers, {run.peer for run in runs} - {""}, peer.fetch)):
            for name in names:
                try:
                    found[name] = get(name, self.options.cache)
                except kernels.Missing as reason:
                    found[name] = reason

    def keep(self, run, boot):
        if self.options.log:
            name = run.label.replace(" ", "-") + ".log"
            text = "".join(f"{source[0]} {line}\n" for source, line in boot.log)
            write(os.path.join(self.options.log, name), text.encode("latin-1"))


def chosen(patterns, peers):
    paths = sorted(glob.glob(os.path.join(HERE, "scenarios", "*.lab")))
    for path in paths:
        name = os.path.splitext(os.path.basename(path))[0]
        scenario = scenarios.Scenario(path)
        if bool(scenario.set["peer"]) == peers and (
                not patterns or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)):
            yield scenario


def parse(argv):
    parser = argparse.ArgumentParser(description="Stock parts judge the library.")
    parser.add_argument("--build", default=os.environ.get("IGDPT_BUILDDIR", "build"))
    parser.add_argument("--cache", default=os.environ.get("IGDPT_LAB_CACHE"))
    parser.add_argument("--corpus", default=os.environ.get("IGDPT_CORPUS", ""))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--log", help="keep every log in this folder")
    parser.add_argument("--table", help="write the results into this page")
    parser.add_argument("--kernel", help="these kernels alone, e.g. 6.12,7")
    parser.add_argument("--peer", action="store_true", help="the scenarios of QEMU's IGD code")
    parser.add_argument("scenarios", nargs="*", help="names or patterns; all if none")
    options = parser.parse_args(argv)
    options.cache = os.path.abspath(options.cache or
                                    os.path.join(options.build, "tests", "lab", "cache"))
    for folder in options.cache, options.log:
        if folder:
            os.makedirs(folder, exist_ok=True)
    return options


def summary(runs):
    passed, skipped = sum(run.passed() for run in runs), sum(bool(run.skip) for run in runs)
    failed = len(runs) - passed - skipped
    print(f"# TOTAL: {len(runs)}\n# PASS:  {passed}\n# SKIP:  {skipped}\n# FAIL:  {failed}")
    return failed != 0


def runs_of(lab):
    options = lab.options
    for scenario in chosen(options.scenarios, options.peer):
        for kernel in scenario.set["kernel"].split():
            if options.kernel and kernel not in options.kernel.split(","):
                continue
            for name in scenario.set["peer"].split() or [""]:
                yield Run(lab, scenario, kernel, name)


def main(argv):
    lab = Lab(parse(argv))
    runs = list(runs_of(lab))
    print(f"1..{len(runs)}", flush=True)
    kernels.need_tools((guest.QEMU, "qemu-system-x86"), ("busybox", "busybox-static"),
                       ("setpriv", "util-linux"))
    if not guest.transport():
        raise kernels.Missing(NO_TRANSPORT)
    lab.fetch(runs)
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: guest.INTERRUPTED.set())
    with concurrent.futures.ThreadPoolExecutor(lab.options.jobs) as pool:
        for number, run in enumerate(pool.map(Run.go, runs), 1):
            print("\n".join(run.tap(number)), flush=True)
    if lab.options.table:
        page.write(lab.options.table, chosen([], False), runs, lab.kernels)
    return summary(runs)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (kernels.Missing, scenarios.Bad) as reason:
        sys.exit(f"lab: {reason}")
