/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_log.h: the first and last words of what capture_hook.c writes and capture.c reads. */
#ifndef HARNESS_PROJECT_CAPTURE_LOG_H
#define HARNESS_PROJECT_CAPTURE_LOG_H

#define CAPTURE_LINK "link 1" /* then the folder, the linker, its arguments */
#define CAPTURE_UNIT "unit 1" /* then the folder, the compiler proper, its arguments */
#define CAPTURE_END "end"

#endif
