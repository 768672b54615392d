/* EXPECT shown TELEMETRY : a function that the user says only reports
 * EXPECT asked TELEMETRY : whether it is called as well
 * EXPECT both CORRECTNESS : another one, of which nobody said it
 * SINK show */
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic long shown, asked, both;
static long screen;

static void show(long value) {
  if (value > screen) screen = value;
  if (screen > 1000) abort();
}
static void other(long value) {
  if (value > 1000) abort();
}

int main(void) {
  show(atomic_fetch_add(&shown, 1));
  if (atomic_fetch_add(&asked, 1) > 3) show(0);
  other(atomic_fetch_add(&both, 1));
  return 0;
}
