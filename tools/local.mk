# The command. One verb = one file.
bin_PROGRAMS += tools/igdpt
tools_igdpt_SOURCES = \
	tools/capture.c \
	tools/cli.c \
	tools/cli.h \
	tools/complete.c \
	tools/dmar-build.c \
	tools/dmar.c \
	tools/dmar.h \
	tools/doctor-checks.def \
	tools/doctor-device.c \
	tools/doctor-driver.c \
	tools/doctor-facts.c \
	tools/doctor-guest.c \
	tools/doctor-iommu.c \
	tools/doctor-judge.c \
	tools/doctor-log.c \
	tools/doctor-opregion.c \
	tools/doctor-show.c \
	tools/doctor-stolen.c \
	tools/doctor-vm.c \
	tools/doctor.c \
	tools/doctor.h \
	tools/explain.c \
	tools/fwcfg.c \
	tools/igdpt.c \
	tools/json.c \
	tools/json.h \
	tools/utf8.h \
	tools/legacy.c \
	tools/log-match.c \
	tools/log-match.h \
	tools/log-scan.c \
	tools/log-scan.h \
	tools/log-strings.def \
	tools/opregion-build.c \
	tools/opregion-show.c \
	tools/opregion.c \
	tools/opregion.h \
	tools/pages.c \
	tools/plan.c \
	tools/platform.c \
	tools/pool.c \
	tools/pool.h \
	tools/rmrr-draw.c \
	tools/rmrr-options.c \
	tools/rmrr-show.c \
	tools/rmrr.c \
	tools/rmrr.h \
	tools/rom.c \
	tools/sample-breaks.def \
	tools/sample-tree.c \
	tools/sample.c \
	tools/sample.h \
	tools/scan.c \
	tools/scan.h \
	tools/svg.c \
	tools/svg.h \
	tools/vbt-build.c \
	tools/vbt-show.c \
	tools/vbt.c \
	tools/vbt.h \
	tools/vm-libvirt.c \
	tools/vm-pve.c \
	tools/vm-qemu.c \
	tools/vm.c \
	tools/vm.h \
	tools/xml.c \
	tools/xml.h \
	tools/walk.c \
	tools/walk.h
tools_igdpt_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
tools_igdpt_LDFLAGS = $(PIE_LDFLAGS) $(HARDEN_LDFLAGS)
tools_igdpt_LDADD = libigdpt-host.la libigdpt.la -lpthread

# Scripts that ask the command what may follow; see tools/complete.c.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
dist_zshcomp_DATA = tools/completion/_igdpt
dist_fishcomp_DATA = tools/completion/igdpt.fish
EXTRA_DIST += tools/completion/igdpt.bash

.PHONY: install-bash-completion uninstall-bash-completion
install-bash-completion:
	$(MKDIR_P) '$(DESTDIR)$(bashcompdir)'
	$(INSTALL_DATA) $(srcdir)/tools/completion/igdpt.bash '$(DESTDIR)$(bashcompdir)/igdpt'

uninstall-bash-completion:
	rm -f '$(DESTDIR)$(bashcompdir)/igdpt'
