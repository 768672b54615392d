/* SPDX-License-Identifier: GPL-3.0-or-later */
// The head of a list. EXPECT g_head CORRECTNESS
#include <stdatomic.h>
#include <stddef.h>
struct node { struct node *next; };
static struct node *_Atomic g_head;
void push(struct node *n)
{
  struct node *h = atomic_load(&g_head);
  do n->next = h; while (!atomic_compare_exchange_weak(&g_head, &h, n));
}
struct node *pop_all(void) { return atomic_exchange(&g_head, NULL); }
int main(void) { struct node n; push(&n); return pop_all()->next != NULL; }
