/* EXPECT shown TELEMETRY : of show() the second argument is only displayed
 * EXPECT slot CORRECTNESS : the first one chooses what is freed
 * EXPECT asked CORRECTNESS : whether it is called is no report
 * SINK show:2 */
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic long shown, slot, asked;
static void *table[8];
static long screen[8];

static void show(long at, long value) {
  free(table[at & 7]);
  if (value > screen[at & 7]) screen[at & 7] = value;
  if (screen[at & 7] > 1000) abort();
}

int main(void) {
  show(atomic_fetch_add(&slot, 1), atomic_fetch_add(&shown, 1));
  if (atomic_fetch_add(&asked, 1) > 3) show(0, 0);
  return 0;
}
