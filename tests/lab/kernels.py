# SPDX-License-Identifier: MIT
"""Stock Debian kernels: fetched with apt into a cache, unpacked without installing."""
import lzma
import os
import re
import shutil
import subprocess

import iommufd

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"
META = "linux-image-amd64"
SUITES = {"6.1": "bookworm", "6.12": "bookworm-backports", "7": "trixie-backports"}
# The same kernel, its VFIO built anew with iommufd.
REBUILT = {"6.12-iommufd": "6.12"}
MODULES = ["i915", "xe", "vfio_pci", "vfio_iommu_type1", "iommufd"]


class Missing(Exception):
    """A package is not there; the text says which."""


def run(*args, cwd=None):
    done = subprocess.run(args, cwd=cwd, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Missing(f"{os.path.basename(args[0])}: {said[-1] if said else done.returncode}")
    return done.stdout.decode(errors="replace")


class Apt:
    """One suite in a directory of its own: neither root nor the machine's sources are needed."""

    def __init__(self, suite, home):
        self.suite, self.home = suite, home
        for name in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(home, name), exist_ok=True)
        with open(os.path.join(home, "sources.list"), "w", encoding="ascii") as out:
            out.write(f"deb [signed-by={KEYRING}] {MIRROR} {suite} main\n")
        self.options = [f"-o={key}={value}" for key, value in (
            ("Dir::State::lists", f"{home}/lists"), ("Dir::Cache", f"{home}/cache"),
            ("Dir::Etc::sourcelist", f"{home}/sources.list"), ("Dir::Etc::sourceparts", "-"),
            ("Acquire::Languages", "none"), ("APT::Architecture", "amd64"))]
        if os.geteuid() == 0:
            self.options.append("-o=APT::Sandbox::User=root")
        run("apt-get", *self.options, "-qq", "update")

    def kernel_packages(self):
        """The meta package's kernel; from Linux 7 on it is split into modules and binary."""
        found, seek = [], [META]
        while seek:
            package = seek.pop()
            found.append(package)
            for name in re.findall(r"Depends: (linux-(?:image|modules|binary)-\S+)",
                                   run("apt-cache", *self.options, "depends", package)):
                if name not in found + seek:
                    seek.append(name)
        return [name for name in found if re.search(r"\d+\.\d+", name)]

    def unpack(self, packages, target):
        for package in packages:
            run("apt-get", *self.options, "-qq", "download", package, cwd=self.home)
        for name in os.listdir(self.home):
            if name.endswith(".deb"):
                path = os.path.join(self.home, name)
                run("dpkg", "-x", path, target)
                os.unlink(path)


def need_tools(*tools):
    for tool, package in tools:
        if not shutil.which(tool):
            raise Missing(f"{tool} is not there: apt-get install {package}")


def module_data(path):
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rb") as module:
        return module.read()


def load_order(trees, wanted):
    """{name: contents} of modules and what they need, the needed first; of two trees that have one
    the later counts."""
    paths = {}
    for tree in trees:
        for folder, _, names in os.walk(tree):
            for name in names:
                if re.search(r"\.ko(\.xz)?$", name):
                    paths[name.split(".")[0].replace("-", "_")] = os.path.join(folder, name)
    order = {}

    def add(name):
        if name in order or name not in paths:
            return  # not there: built in, or not in this version
        data = module_data(paths[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", data)
        for other in depends.group(1).decode().split(",") if depends else []:
            add(other.replace("-", "_"))
        order[name] = data

    for name in wanted:
        add(name)
    return order


class Kernel:
    """vmlinuz and the modules that the lab loads, in a cache folder."""

    def __init__(self, home):
        self.home = home
        self.image = os.path.join(home, "vmlinuz")
        with open(os.path.join(home, "release"), encoding="ascii") as text:
            self.release = text.read().strip()
        with open(os.path.join(home, "modules"), encoding="ascii") as text:
            self.modules = text.read().split()

    def module(self, name):
        with open(os.path.join(self.home, name + ".ko"), "rb") as data:
            return data.read()


def keep(tree, home):
    """Take out of an unpacked package what a boot needs."""
    base = os.path.join(tree, "lib/modules")
    if not os.path.isdir(base):
        base = os.path.join(tree, "usr/lib/modules")
    release = os.listdir(base)[0]
    images = [os.path.join(tree, "boot", f"vmlinuz-{release}"),
              os.path.join(base, release, "vmlinuz")]
    shutil.copy(next(path for path in images if os.path.exists(path)), f"{home}/vmlinuz")
    keep_modules([os.path.join(base, release)], home)
    with open(f"{home}/release", "w", encoding="ascii") as out:
        out.write(release + "\n")


def keep_modules(trees, home):
    modules = load_order(trees, MODULES)
    for name, data in modules.items():
        with open(f"{home}/{name}.ko", "wb") as out:
            out.write(data)
    with open(f"{home}/modules", "w", encoding="ascii") as out:
        out.write("\n".join(modules) + "\n")


def fetch(name, work, kept):
    apt = Apt(SUITES[name], os.path.join(work, "apt"))
    apt.unpack(apt.kernel_packages(), os.path.join(work, "tree"))
    keep(os.path.join(work, "tree"), kept)


def rebuild(name, work, kept, cache):
    plain = kernel(REBUILT[name], cache)
    apt = Apt(SUITES[REBUILT[name]], os.path.join(work, "apt"))
    modules = iommufd.build(apt, plain.release, work)
    shutil.copytree(plain.home, kept, dirs_exist_ok=True)
    keep_modules([plain.home, modules], kept)


def kernel(name, cache):
    """The kernel that scenarios call by this name, fetched if it is not in the cache."""
    home = os.path.join(cache, f"kernel-{name}")
    if not os.path.isdir(home):
        need_tools(("apt-get", "apt"), ("dpkg", "dpkg"))
        if not os.path.exists(KEYRING):
            raise Missing(f"{KEYRING} is not there: apt-get install debian-archive-keyring")
        work = home + ".new"
        kept = os.path.join(work, "kept")
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(kept)
        if name in REBUILT:
            rebuild(name, work, kept, cache)
        else:
            fetch(name, work, kept)
        os.rename(kept, home)
        shutil.rmtree(work)
    return Kernel(home)
