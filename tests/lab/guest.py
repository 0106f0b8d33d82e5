# SPDX-License-Identifier: MIT
"""One boot: a stock QEMU, the lab's VMM at its socket, and what all of them say."""
import functools
import json
import os
import re
import selectors
import socket
import subprocess
import tempfile
import threading
import time

QEMU = os.environ.get("IGDPT_LAB_QEMU", "qemu-system-x86_64")
PROXY, VFIO_USER = "x-pci-proxy-dev", "vfio-user-pci"
# Set when the lab is told to stop: every guest ends soon, and none is started.
INTERRUPTED = threading.Event()
STAMP = re.compile(r"^(<\d>)?\[ *\d+\.\d+\] ?")


def child(args, **kwargs):
    """A process that cannot outlive the lab, however that ends."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *args],
                            stdin=subprocess.DEVNULL, **kwargs)


@functools.lru_cache
def transport():
    """The device of this QEMU behind which the lab's VMM can stand, under TCG; None if there is
    none."""
    for device in VFIO_USER, PROXY:
        done = subprocess.run([QEMU, "-device", f"{device},help"], capture_output=True, check=False)
        if device.encode() + b" options" in done.stdout:
            return device
    return None


class Transport:
    """One of the two, from both ends' arguments; to be closed once both are started."""

    def __init__(self, workdir):
        self.sockets = []
        if transport() == VFIO_USER:
            path = os.path.join(workdir, "igd")
            ours = self._keep(socket.socket(socket.AF_UNIX))
            ours.bind(path)
            ours.listen(1)
            self.machine, self.pass_to_qemu = f"--listen={ours.fileno()}", []
            self.device = {"rombar": 0, "socket": {"type": "unix", "path": path}}
        else:
            ours, theirs = map(self._keep, socket.socketpair())
            self.machine, self.pass_to_qemu = f"--socket={ours.fileno()}", [theirs.fileno()]
            self.device = {"fd": str(theirs.fileno())}
        self.pass_to_machine = [ours.fileno()]
        self.device |= {"driver": transport(), "id": "igd", "addr": "2.0", "multifunction": True}

    def _keep(self, one):
        self.sockets.append(one)
        return one

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.sockets:
            one.close()


class Lines:
    """A file object cut into lines, clean of time stamps."""

    def __init__(self, source, fd):
        self.source, self.fd, self.rest = source, fd, b""

    def read(self):
        """Lines, or None at the end."""
        data = os.read(self.fd.fileno(), 65536)
        if not data:
            return None
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [STAMP.sub("", line.decode("latin-1").rstrip("\r")) for line in lines]


class Boot:
    """log: (source, line) in the order of arrival; told: what the VMM said last."""

    def __init__(self, machine, qemu_args, workdir):
        self.log, self.told = [], {}
        self.machine = self.qemu = None
        self.selector = selectors.DefaultSelector()
        self.errors = tempfile.TemporaryFile(dir=workdir)
        try:
            self._start(machine, qemu_args, workdir)
        except BaseException:
            self.stop()
            raise

    def _start(self, machine, qemu_args, workdir):
        log, log_of_qemu = socket.socketpair()
        with Transport(workdir) as ends, log_of_qemu:
            self.machine = child([*machine, ends.machine], stdout=subprocess.PIPE,
                                 stderr=self.errors, pass_fds=ends.pass_to_machine)
            self.qemu = child(
                [QEMU, "-no-user-config", "-nodefaults", "-display", "none", "-vga", "none",
                 "-accel", "tcg", "-no-reboot", "-serial", "stdio",
                 "-chardev", f"socket,id=log,fd={log_of_qemu.fileno()}",
                 "-device", "isa-debugcon,iobase=0x402,chardev=log", *qemu_args,
                 "-device", json.dumps(ends.device)],
                stdout=subprocess.PIPE, stderr=self.errors,
                pass_fds=[*ends.pass_to_qemu, log_of_qemu.fileno()])
        for source, fd in (("guest", self.qemu.stdout), ("firmware", log),
                           ("machine", self.machine.stdout)):
            self.selector.register(fd, selectors.EVENT_READ, Lines(source, fd))

    def _take(self, source, line):
        if source == "machine":
            self.told = json.loads(line)
        self.log.append((source, line))

    def _spent(self):
        """Seconds that QEMU has run."""
        try:
            with open(f"/proc/{self.qemu.pid}/stat", encoding="latin-1") as text:
                user, system = text.read().rpartition(")")[2].split()[11:13]
        except OSError:
            return 0
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def run(self, done, timeout):
        """Until done(log), or the guest ends; False if time ran out: QEMU's own, or on a busy
        machine ten times as much by the clock."""
        deadline = time.monotonic() + 10 * timeout
        while not done(self.log):
            if INTERRUPTED.is_set():
                raise InterruptedError("interrupted")
            if self._spent() > timeout or time.monotonic() > deadline:
                return False
            for key, _ in self.selector.select(0.5):
                lines = key.data.read()
                if lines is None:
                    self.selector.unregister(key.fileobj)
                    if key.data.source != "firmware":
                        return True
                for line in lines or []:
                    self._take(key.data.source, line)
        return True

    def crashed(self):
        """Whether QEMU has ended by SIGSEGV."""
        return self.qemu.poll() == -11

    def complaints(self):
        self.errors.seek(0)
        return [line for line in self.errors.read().decode("latin-1").splitlines()
                if "should be prefixed with" not in line]

    def stop(self):
        for process in (self.qemu, self.machine):
            if process:
                process.kill()
                process.wait()
                process.stdout.close()
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self.selector.close()
