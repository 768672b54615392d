/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef QUIET
# define QUIET 0
#endif
unsigned other(unsigned x);
