# Man pages of the command are written by hand, but for igdpt-messages.7. tests/cli-man.py holds them
# against what the command says of itself.
dist_man_MANS = \
	doc/man/igdpt-capture.1 \
	doc/man/igdpt-dmar.1 \
	doc/man/igdpt-doctor.1 \
	doc/man/igdpt-explain.1 \
	doc/man/igdpt-fwcfg.1 \
	doc/man/igdpt-legacy.1 \
	doc/man/igdpt-messages.7 \
	doc/man/igdpt-opregion.1 \
	doc/man/igdpt-plan.1 \
	doc/man/igdpt-platform.1 \
	doc/man/igdpt-rmrr.1 \
	doc/man/igdpt-rom.1 \
	doc/man/igdpt-sample.1 \
	doc/man/igdpt-scan.1 \
	doc/man/igdpt-vbt.1 \
	doc/man/igdpt.1
EXTRA_DIST += doc/messages.py

.PHONY: regenerate-messages
regenerate-messages: tools/igdpt$(EXEEXT)
	$(MKDIR_P) doc/man
	$(PYTHON) $(srcdir)/doc/messages.py tools/igdpt man >doc/man/igdpt-messages.new
	mv doc/man/igdpt-messages.new $(srcdir)/doc/man/igdpt-messages.7

# A page of HTML for each message.
doc: doc/out/messages/index.html
doc/out/messages/index.html: doc/out/stamp doc/messages.py tools/igdpt$(EXEEXT)
	$(PYTHON) $(srcdir)/doc/messages.py tools/igdpt html doc/out/messages
