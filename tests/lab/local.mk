# The lab: stock kernels, firmware and drivers as judges. `make check-lab` boots them.
check_PROGRAMS += tests/lab/lab-machine
tests_lab_lab_machine_CPPFLAGS = $(AM_CPPFLAGS) $(example_cppflags) \
	-I$(top_srcdir)/examples/qemu-like
tests_lab_lab_machine_SOURCES = \
	tests/lab/machine.c \
	tests/lab/mmio.c \
	tests/lab/mmio.h \
	examples/qemu-like/host.c \
	examples/qemu-like/host.h \
	examples/qemu-like/igd.c \
	examples/qemu-like/igd.h \
	$(example_transport)
tests_lab_lab_machine_LDADD = libigdpt.la

# Static, for a guest that has no libraries; built by check-lab only.
EXTRA_PROGRAMS += tests/lab/host-probe
CLEANFILES += tests/lab/host-probe$(EXEEXT)
tests_lab_host_probe_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
tests_lab_host_probe_SOURCES = \
	tests/lab/host-probe.c \
	lib/host/device.c \
	lib/host/file.c \
	lib/host/internal.h \
	lib/host/opregion.c \
	lib/host/vfio.c
tests_lab_host_probe_LDADD = libigdpt-core.la
tests_lab_host_probe_LDFLAGS = -all-static

# The command, as a host of the lab runs it; without libpci.
EXTRA_PROGRAMS += tests/lab/igdpt
CLEANFILES += tests/lab/igdpt$(EXEEXT)
tests_lab_igdpt_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE -UHAVE_CONFIG_H
tests_lab_igdpt_SOURCES = $(tools_igdpt_SOURCES) $(libigdpt_host_core_la_SOURCES)
tests_lab_igdpt_LDADD = libigdpt-core.la -lpthread
tests_lab_igdpt_LDFLAGS = -all-static

EXTRA_DIST += \
	tests/lab/guest.py \
	tests/lab/host-steps \
	tests/lab/init \
	tests/lab/initramfs.py \
	tests/lab/iommufd.py \
	tests/lab/kernels.py \
	tests/lab/lab.py \
	tests/lab/page.py \
	tests/lab/peer-steps \
	tests/lab/peer.differences \
	tests/lab/peer.py \
	tests/lab/predict.py \
	tests/lab/scenario.py \
	tests/lab/scenarios \
	tests/lab/wrong.py \
	doc/defects.md \
	doc/kernels.md

# Kernels come by apt into tests/lab/cache. LABFLAGS="--log DIR guest-*" picks scenarios, keeps logs.
# check-lab-peer: QEMU's own IGD code inside the lab's host. check-lab-wrong shows that the lab can
# fail.
.PHONY: check-lab check-lab-peer check-lab-wrong
check-lab check-lab-peer: tools/igdpt$(EXEEXT) tests/lab/lab-machine$(EXEEXT) \
	tests/lab/host-probe$(EXEEXT) tests/lab/igdpt$(EXEEXT)
check-lab:
	@$(AM_TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/tests/lab/lab.py $(LABFLAGS)

check-lab-peer:
	@$(AM_TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/tests/lab/lab.py --peer $(LABFLAGS)

check-lab-wrong:
	@$(AM_TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/tests/lab/wrong.py
