/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT next CORRECTNESS : round robin over connections */
#include <stdatomic.h>
#include <unistd.h>
static _Atomic unsigned next;
static int conn[4] = { 3, 4, 5, 6 };
void send_request(const char *m, unsigned n) { write(conn[atomic_fetch_add(&next, 1) % 4], m, n); }
int main(void) {
  send_request("GET", 3);
  return 0;
}
