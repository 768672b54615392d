# doc/: the manual.
