/* SPDX-License-Identifier: GPL-3.0-or-later */
unsigned sum_add(unsigned a, unsigned b);
