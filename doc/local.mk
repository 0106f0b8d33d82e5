# Man pages of the functions, from Doxygen's XML. A tarball holds them, so that building one needs
# no Doxygen; `make doc` also writes HTML to doc/out/html. Doxygen's warnings are errors.
doc_sources = \
	doc/doxml.py \
	doc/man.py
EXTRA_DIST += doc/Doxyfile.in doc/abi.md $(doc_sources) doc/fleet.md
doc_inputs = doc/Doxyfile $(pkginclude_HEADERS) README.md doc/abi.md doc/defects.md doc/kernels.md $(doc_sources)

.PHONY: doc install-pages uninstall-pages
doc: doc/out/stamp

doc/out/stamp: $(doc_inputs)
	rm -rf doc/out && $(MKDIR_P) doc/out
	$(DOXYGEN) doc/Doxyfile
	$(PYTHON) $(srcdir)/doc/man.py $(VERSION) doc/out/xml doc/out/man
	touch $@

all-local: doc/Doxyfile $(DIST_PAGES)

install-pages: $(DIST_PAGES)
	for page in $(if $(PAGES),$(PAGES)/man[37]/*); do \
		dir=$$(dirname $$page); dir='$(DESTDIR)$(mandir)'/$${dir##*/}; \
		$(MKDIR_P) "$$dir" && $(INSTALL_DATA) $$page "$$dir" || exit 1; \
	done

uninstall-pages: $(DIST_PAGES)
	for page in $(if $(PAGES),$(PAGES)/man[37]/*); do \
		dir=$$(dirname $$page); rm -f '$(DESTDIR)$(mandir)'/$${dir##*/}/$${page##*/}; \
	done

# A tarball without pages would be one that nobody can make them from.
dist-hook: $(DIST_PAGES)
	test -n '$(PAGES)' || { echo "a tarball needs its man pages: install doxygen" >&2; exit 1; }
	cp -r $(PAGES) $(distdir)/doc/pages

clean-local:
	rm -rf doc/out
