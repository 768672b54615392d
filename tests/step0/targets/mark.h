/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mark.h: a USDT note by hand, on an instruction and with a semaphore of the caller's choice. */
#ifndef TESTS_STEP0_MARK_H
#define TESTS_STEP0_MARK_H

/* INSN carries the note PROVIDER:NAME; SEMAPHORE is a symbol or "0". */
#define MARK_AT(insn, provider, name, semaphore)                                               \
 __asm__ volatile("7701: " insn "\n"                                                           \
                  " .pushsection .note.stapsdt, \"\", \"note\"\n"                              \
                  " .balign 4\n"                                                               \
                  " .4byte 7703f - 7702f, 7705f - 7704f, 3\n"                                  \
                  "7702: .asciz \"stapsdt\"\n"                                                 \
                  "7703: .balign 4\n"                                                          \
                  "7704: .8byte 7701b, _.stapsdt.base, " semaphore "\n"                        \
                  " .asciz \"" provider "\", \"" name "\", \"\"\n"                             \
                  "7705: .balign 4\n"                                                          \
                  " .popsection\n"                                                             \
                  " .ifndef _.stapsdt.base\n"                                                  \
                  " .pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n" \
                  " .weak _.stapsdt.base\n"                                                    \
                  " .hidden _.stapsdt.base\n"                                                  \
                  "_.stapsdt.base: .space 1\n"                                                 \
                  " .size _.stapsdt.base, 1\n"                                                 \
                  " .popsection\n"                                                             \
                  " .endif\n" ::                                                               \
                      : "memory")

#define MARK_SEMAPHORE(name) volatile unsigned short name __attribute__((section(".probes")))

#endif
