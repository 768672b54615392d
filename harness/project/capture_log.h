/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_log.h: what capture_hook.c and capture.c know of each other: the first and last words of a log. */
#ifndef HARNESS_PROJECT_CAPTURE_LOG_H
#define HARNESS_PROJECT_CAPTURE_LOG_H

#define CAPTURE_LINK "link 2" /* then the folder, the linker, what was made (DEVICE:INODE), its arguments */
#define CAPTURE_UNIT "unit 1" /* then the folder, the compiler proper, its arguments */
#define CAPTURE_END "end"
/* in the folder of the links that stands in PATH: the environment of the build that is under way */
#define CAPTURE_ENVIRONMENT "environment"

#endif
