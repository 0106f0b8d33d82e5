# The command. One verb = one file.
bin_PROGRAMS += tools/igdpt
tools_igdpt_SOURCES = \
	tools/capture.c \
	tools/cli.c \
	tools/cli.h \
	tools/dmar.c \
	tools/doctor-checks.def \
	tools/doctor-facts.c \
	tools/doctor-guest.c \
	tools/doctor-host.c \
	tools/doctor-vm.c \
	tools/doctor.c \
	tools/doctor.h \
	tools/explain.c \
	tools/fwcfg.c \
	tools/igdpt.c \
	tools/json.c \
	tools/json.h \
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
	tools/plan.c \
	tools/platform.c \
	tools/pool.c \
	tools/pool.h \
	tools/rmrr.c \
	tools/rom.c \
	tools/sample-breaks.def \
	tools/sample-tree.c \
	tools/sample.c \
	tools/sample.h \
	tools/scan.c \
	tools/scan.h \
	tools/vbt-build.c \
	tools/vbt-show.c \
	tools/vbt.c \
	tools/vbt.h \
	tools/walk.c \
	tools/walk.h
tools_igdpt_LDADD = libigdpt-host.la libigdpt.la -lpthread
