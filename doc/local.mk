# doc/: the manual.
EXTRA_DIST += doc/hardening.md
