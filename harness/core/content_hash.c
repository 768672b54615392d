/* SPDX-License-Identifier: GPL-3.0-or-later */
/* content_hash.c: see content_hash.h. */
#include "harness/core/content_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/foreign_file.h"
#include "harness/core/interrupt.h"

static const uint32_t k[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void compress(struct content_hash *h) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)h->block[4 * i] << 24 | (uint32_t)h->block[4 * i + 1] << 16 | (uint32_t)h->block[4 * i + 2] << 8 |
           h->block[4 * i + 3];
  for (int i = 16; i < 64; i++)
    w[i] = (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10) + w[i - 7] +
           (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 16];
  uint32_t a = h->state[0], b = h->state[1], c = h->state[2], d = h->state[3];
  uint32_t e = h->state[4], f = h->state[5], g = h->state[6], last = h->state[7];
  for (int i = 0; i < 64; i++) {
    uint32_t t1 = last + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
    uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    last = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const uint32_t s[8] = { a, b, c, d, e, f, g, last };
  for (int i = 0; i < 8; i++) h->state[i] += s[i];
}

void content_hash_start(struct content_hash *h) {
  static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
  memcpy(h->state, start, sizeof start);
  h->bytes = 0;
}

void content_hash_add(struct content_hash *h, const void *data, size_t n) {
  const unsigned char *p = data;
  while (n > 0) {
    size_t at = h->bytes % 64, take = 64 - at < n ? 64 - at : n;
    memcpy(h->block + at, p, take);
    h->bytes += take;
    p += take;
    n -= take;
    if (h->bytes % 64 == 0) compress(h);
  }
}

void content_hash_add_text(struct content_hash *h, const char *text) { content_hash_add(h, text, strlen(text) + 1); }

int content_hash_add_file(struct content_hash *h, const char *path, struct error *err) {
  char buf[16384];
  int fd = foreign_file_open(AT_FDCWD, path, O_RDONLY, 0, err);
  ssize_t n = 0;
  if (fd < 0) return fd;
  while (!interrupt_pending() && (n = read(fd, buf, sizeof buf)) > 0) content_hash_add(h, buf, (size_t)n);
  int rc = n < 0   ? error_set_errno(err, -errno, "cannot read %s", path)
           : n > 0 ? error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted")
                   : 0;
  close(fd);
  content_hash_add(h, "", 1);
  return rc;
}

void content_hash_finish(struct content_hash *h, char hex[65]) {
  uint64_t bits = h->bytes * 8;
  unsigned char length[8];
  for (int i = 0; i < 8; i++) length[i] = (unsigned char)(bits >> (56 - 8 * i));
  content_hash_add(h, "\x80", 1);
  while (h->bytes % 64 != 56) content_hash_add(h, "", 1);
  content_hash_add(h, length, 8);
  for (int i = 0; i < 8; i++) snprintf(hex + 8 * i, 9, "%08x", h->state[i]);
}
