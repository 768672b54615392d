/* SPDX-License-Identifier: GPL-3.0-or-later */
/* census.c: a small program of many shapes (a heap, a hash table, a parser of expressions, sorting,
 * strings, a state machine, matrices), for a census of the lines that run. `census N` */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a binary heap --- */
struct heap {
  int *value;
  size_t count, room;
};
static void heap_push(struct heap *h, int v) {
  if (h->count == h->room) {
    h->room = h->room ? 2 * h->room : 4;
    h->value = realloc(h->value, h->room * sizeof *h->value);
    if (!h->value) abort();
  }
  size_t i = h->count++;
  while (i > 0 && h->value[(i - 1) / 2] > v) {
    h->value[i] = h->value[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  h->value[i] = v;
}
static int heap_pop(struct heap *h) {
  int least = h->value[0], last = h->value[--h->count];
  size_t i = 0;
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= h->count) break;
    if (child + 1 < h->count && h->value[child + 1] < h->value[child]) child++;
    if (h->value[child] >= last) break;
    h->value[i] = h->value[child];
    i = child;
  }
  h->value[i] = last;
  return least;
}

/* --- a hash table with chains --- */
struct entry {
  struct entry *next;
  char name[16];
  int count;
};
static struct entry *bucket[32];
static unsigned hash(const char *s) {
  unsigned h = 5381;
  for (; *s; s++) h = h * 33 ^ (unsigned char)*s;
  return h;
}
static struct entry *look_up(const char *name, int make) {
  struct entry **at = &bucket[hash(name) % 32];
  for (struct entry *e = *at; e; e = e->next)
    if (strcmp(e->name, name) == 0) return e;
  if (!make) return NULL;
  struct entry *e = calloc(1, sizeof *e);
  if (!e) abort();
  strncpy(e->name, name, sizeof e->name - 1);
  e->next = *at;
  *at = e;
  return e;
}
static void count_words(const char *text) {
  char word[16];
  size_t n = 0;
  for (const char *c = text;; c++) {
    if (isalpha((unsigned char)*c) && n < sizeof word - 1) {
      word[n++] = (char)tolower((unsigned char)*c);
      continue;
    }
    if (n > 0) {
      word[n] = '\0';
      look_up(word, 1)->count++;
      n = 0;
    }
    if (*c == '\0') break;
  }
}

/* --- expressions by recursive descent --- */
struct parser {
  const char *at;
  int errors;
};
static long parse_sum(struct parser *p);
static long parse_atom(struct parser *p) {
  while (*p->at == ' ') p->at++;
  if (*p->at == '(') {
    p->at++;
    long v = parse_sum(p);
    if (*p->at == ')') p->at++;
    else p->errors++;
    return v;
  }
  if (*p->at == '-') {
    p->at++;
    return -parse_atom(p);
  }
  if (!isdigit((unsigned char)*p->at)) {
    p->errors++;
    return 0;
  }
  long v = 0;
  while (isdigit((unsigned char)*p->at)) v = v * 10 + (*p->at++ - '0');
  while (*p->at == ' ') p->at++;
  return v;
}
static long parse_product(struct parser *p) {
  long v = parse_atom(p);
  for (;;) {
    switch (*p->at) {
    case '*':
      p->at++;
      v *= parse_atom(p);
      break;
    case '/': {
      p->at++;
      long d = parse_atom(p);
      if (d == 0) {
        p->errors++;
        d = 1;
      }
      v /= d;
      break;
    }
    default: return v;
    }
  }
}
static long parse_sum(struct parser *p) {
  long v = parse_product(p);
  while (*p->at == '+' || *p->at == '-') {
    char op = *p->at++;
    long w = parse_product(p);
    v = op == '+' ? v + w : v - w;
  }
  return v;
}

/* --- sorting --- */
static int compare(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  if (x < y) return -1;
  return x > y;
}
static void insertion_sort(int *v, int n) {
  for (int i = 1; i < n; i++) {
    int x = v[i], k = i;
    while (k > 0 && v[k - 1] > x) {
      v[k] = v[k - 1];
      k--;
    }
    v[k] = x;
  }
}
static int partition(int *v, int low, int high) {
  int pivot = v[high], i = low;
  for (int k = low; k < high; k++)
    if (v[k] < pivot) {
      int t = v[i];
      v[i] = v[k];
      v[k] = t;
      i++;
    }
  int t = v[i];
  v[i] = v[high];
  v[high] = t;
  return i;
}
static void quick_sort(int *v, int low, int high) {
  while (low < high) {
    int p = partition(v, low, high);
    if (p - low < high - p) {
      quick_sort(v, low, p - 1);
      low = p + 1;
    } else {
      quick_sort(v, p + 1, high);
      high = p - 1;
    }
  }
}

/* --- a state machine, and a matrix --- */
enum state { OUTSIDE, IN_WORD, IN_QUOTES, ESCAPED };
static int count_fields(const char *s) {
  enum state state = OUTSIDE;
  int fields = 0;
  for (; *s; s++) {
    switch (state) {
    case OUTSIDE:
      if (*s == '"') {
        state = IN_QUOTES;
        fields++;
      } else if (*s != ',') {
        state = IN_WORD;
        fields++;
      }
      break;
    case IN_WORD:
      if (*s == ',') state = OUTSIDE;
      break;
    case IN_QUOTES:
      if (*s == '\\') state = ESCAPED;
      else if (*s == '"') state = OUTSIDE;
      break;
    case ESCAPED: state = IN_QUOTES; break;
    }
  }
  return fields;
}
static double trace_of_power(int n, int power) {
  double a[4][4], r[4][4], t[4][4];
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 4; k++) {
      a[i][k] = (i + k + n) % 3 - 1;
      r[i][k] = i == k;
    }
  while (power > 0) {
    if (power & 1) {
      for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++) {
          t[i][k] = 0;
          for (int j = 0; j < 4; j++) t[i][k] += r[i][j] * a[j][k];
        }
      memcpy(r, t, sizeof r);
    }
    for (int i = 0; i < 4; i++)
      for (int k = 0; k < 4; k++) {
        t[i][k] = 0;
        for (int j = 0; j < 4; j++) t[i][k] += a[i][j] * a[j][k];
      }
    memcpy(a, t, sizeof a);
    power /= 2;
  }
  double sum = 0;
  for (int i = 0; i < 4; i++) sum += r[i][i];
  return sum;
}
static uint32_t crc(const unsigned char *b, size_t n) {
  uint32_t c = 0xffffffffu;
  while (n--) {
    c ^= *b++;
    for (int i = 0; i < 8; i++) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
  }
  return ~c;
}

int main(int argc, char **argv) {
  static const char *const sums[] = { "1 + 2 * 3", "(4 - 6) * -(2 + 8) / 3", "7 /0", "(1", "x" };
  int n = argc > 1 ? atoi(argv[1]) : 3;
  struct heap h = { 0 };
  int v[64], w[64];
  unsigned seed = 12345;
  for (int i = 0; i < 64; i++) {
    seed = seed * 1103515245u + 12345u;
    v[i] = w[i] = (int)(seed >> 16 & 1023);
    heap_push(&h, v[i]);
  }
  long check = 0;
  for (int i = 0; i < n * 4 && h.count > 0; i++) check = check * 7 + heap_pop(&h);
  insertion_sort(v, 20);
  quick_sort(v, 20, 63);
  qsort(w, 64, sizeof *w, compare);
  for (int i = 0; i < 64; i++) check += v[i] - w[63 - i];
  count_words("the quick brown fox and the lazy dog, and the end of it");
  struct entry *the = look_up("the", 0);
  if (the) check += the->count;
  if (look_up("nowhere", 0)) check = -1;
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
    struct parser p = { sums[i], 0 };
    long value = parse_sum(&p);
    printf("%s = %ld (%d)\n", sums[i], value, p.errors);
    check += value;
  }
  check += count_fields("a,\"b,\\\"c\",,d");
  double t = trace_of_power(n, 5);
  printf("%ld %g %08x\n", check, t, crc((const unsigned char *)"census", 6));
  free(h.value);
  for (int i = 0; i < 32; i++)
    while (bucket[i]) {
      struct entry *next = bucket[i]->next;
      free(bucket[i]);
      bucket[i] = next;
    }
  return 0;
}
