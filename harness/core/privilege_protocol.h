/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privilege_protocol.h: what the harness may ask of the keeper of its root rights (doc/security.md).
 *
 * One request is one SOCK_SEQPACKET message, one answer is another; descriptors travel beside it.
 * Both ends are the same program, so structures travel as they are in memory; the keeper believes
 * no field all the same, since the other end reads foreign data. */
#ifndef HARNESS_CORE_PRIVILEGE_PROTOCOL_H
#define HARNESS_CORE_PRIVILEGE_PROTOCOL_H

#include <linux/perf_event.h>
#include <stdint.h>

#include "harness/core/error.h"

enum privilege_op {
  PRIVILEGE_RUNG_PREPARE = 1,
  PRIVILEGE_RUNG_ATTACH,
  PRIVILEGE_RUNG_READ,
  PRIVILEGE_RUNG_DETACH,
  PRIVILEGE_PERF_EVENT,
  PRIVILEGE_START,
  PRIVILEGE_SIGNAL,
  PRIVILEGE_DOCTOR,
};

enum {
  PRIVILEGE_MESSAGE_MAX = 160 * 1024, /* below the least socket buffer of Linux */
  PRIVILEGE_FDS_MAX = 64,
  PRIVILEGE_START_FDS = 3, /* that go before those of a program: hold, error, its folder */
  PRIVILEGE_POINTS_MAX = 4095,
  PRIVILEGE_SCOPE_MAX = 160,
  PRIVILEGE_TEXT_MAX = 640,
};

struct privilege_request {
  uint32_t op;
  union {
    struct {
      uint32_t rung;  /* of enum privilege_rung; for prepare */
      int32_t handle; /* that prepare answered; for the others */
    } rung;
    struct {
      int32_t handle;
      int32_t pid;
      uint32_t attached; /* it ran before we came */
      uint32_t count;    /* struct privilege_point follow the request; their files travel beside it */
    } attach;
    struct {
      struct perf_event_attr attr;
      int32_t pid, cpu;
      uint64_t flags;
      uint32_t group; /* the leader of the group travels beside it */
    } perf;
    struct {
      int32_t as[PRIVILEGE_FDS_MAX]; /* which number each descriptor gets, behind PRIVILEGE_START_FDS */
      int32_t cpu;
      uint32_t no_aslr, new_session;
      uint32_t argv, env; /* so many texts follow, each ended by 0, after the program's path */
    } start;
    struct {
      int32_t pid, signal;
    } signal;
    uint32_t finding; /* of enum privilege_finding_of */
  };
};

struct privilege_point {
  uint64_t offset, semaphore_offset;
  uint32_t file; /* which of the descriptors */
  uint32_t reserved;
};

enum privilege_rung { PRIVILEGE_RUNG_BPF, PRIVILEGE_RUNG_PERF, PRIVILEGE_RUNG_TRACEFS, PRIVILEGE_RUNGS };

struct privilege_finding {
  int32_t status;
  char detail[PRIVILEGE_TEXT_MAX], advice[PRIVILEGE_TEXT_MAX];
};

enum privilege_finding_of {
  PRIVILEGE_FINDING_UPROBE,
  PRIVILEGE_FINDING_UPROBE_MULTI,
  PRIVILEGE_FINDING_UPROBE_NOP,
  PRIVILEGE_FINDING_PROBES, /* left behind in tracefs and in control groups */
  PRIVILEGE_FINDING_PROGRAMS,
  PRIVILEGE_FINDINGS
};

struct privilege_answer {
  int32_t value;      /* handle, process id; 0; or a negative errno */
  struct error error; /* where value is negative and there is more to say */
  union {
    struct {
      char text[PRIVILEGE_SCOPE_MAX];
      uint32_t whole_machine; /* other processes count as well */
    } scope;
    struct privilege_finding finding;
    uint32_t count; /* of uint64_t hits that follow the answer */
  };
};

#endif
