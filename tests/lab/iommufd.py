# SPDX-License-Identifier: MIT
"""VFIO with iommufd for a stock kernel. Debian builds its kernels without; their headers and source
are packaged, so that the modules can be built anew for the very kernel that the lab boots."""
import os
import re
import shutil

import kernels

# Of the source: the modules, and what they include from beside them.
PARTS = ("drivers/iommu/iommufd", "drivers/iommu/iommu-priv.h", "drivers/vfio",
         "lib/interval_tree.c")
ON = {"CONFIG_IOMMUFD": "m", "CONFIG_VFIO_DEVICE_CDEV": "y", "CONFIG_INTERVAL_TREE_SPAN_ITER": "y"}
OFF = ("CONFIG_IOMMUFD_DRIVER", "CONFIG_DEBUG_INFO_BTF_MODULES", "CONFIG_VFIO_MDEV",
       "CONFIG_VFIO_PLATFORM_BASE", "CONFIG_VFIO_CDX", "CONFIG_VFIO_FSL_MC", "CONFIG_MLX5_VFIO_PCI",
       "CONFIG_HISI_ACC_VFIO_PCI", "CONFIG_PDS_VFIO_PCI", "CONFIG_VIRTIO_VFIO_PCI",
       "CONFIG_NVGRACE_GPU_VFIO_PCI", "CONFIG_QAT_VFIO_PCI")


def edit(path, *changes):
    with open(path, encoding="utf-8") as text:
        data = text.read()
    for pattern, becomes in changes:
        data = re.sub(pattern, becomes, data, flags=re.M | re.S)
    with open(path, "w", encoding="utf-8") as out:
        out.write(data)


def sources(root, version, work):
    """The modules' source as a tree of its own."""
    archive = os.path.join(root, "usr/src", f"linux-source-{version}.tar.xz")
    top = f"linux-source-{version}"
    kernels.run("tar", "-xf", archive, "-C", work, *(f"{top}/{part}" for part in PARTS))
    for part in PARTS:
        shutil.move(os.path.join(work, top, part), os.path.join(work, os.path.basename(part)))
    # The kernel has the tree, but not its iterator of spans, which iommufd alone selects.
    span = os.path.join(work, "iommufd", "span.c")
    shutil.move(os.path.join(work, "interval_tree.c"), span)
    edit(span, (r"^INTERVAL_TREE_DEFINE.*?\);$", ""), (r"^EXPORT_SYMBOL[^\n]*$", ""))
    edit(os.path.join(work, "iommufd", "Makefile"), (r"^iommufd-y :=", "iommufd-y := span.o"))
    with open(os.path.join(work, "Kbuild"), "w", encoding="ascii") as out:
        out.write("obj-y := iommufd/ vfio/\n")


def build(apt, release, work):
    """Build the modules below the folder."""
    kernels.need_tools(("make", "make"), ("x86_64-linux-gnu-gcc-12", "gcc-12"))
    plain, version = release.removesuffix("-amd64"), ".".join(release.split(".")[:2])
    root = os.path.join(work, "root")
    apt.unpack([f"linux-headers-{release}", f"linux-headers-{plain}-common",
                f"linux-kbuild-{plain}", f"linux-source-{version}"], root)
    headers = os.path.join(root, "usr/src", f"linux-headers-{release}")
    edit(os.path.join(headers, "Makefile"), ("include /", f"include {root}/"))
    modules = os.path.join(work, "modules")
    os.mkdir(modules)
    sources(root, version, modules)
    flags = " ".join(f"-D{name}{'_MODULE' if value == 'm' else ''}=1" for name, value in ON.items())
    kernels.run("env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "-j2", "-C", headers,
                f"M={modules}", f"KCFLAGS={flags}", *map("=".join, ON.items()),
                *(f"{name}=" for name in OFF), "modules")
    return modules
