/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_crc32.c: CRC-32 of IEEE 802.3 (polynomial 0xedb88320, reflected), the one of zlib. Of our
 * own, because the runner that replays traces is linked against libc alone. */
#include "harness/trace/trace_format.h"

uint32_t trace_crc32(uint32_t crc, const void *data, size_t size) {
  /* remainders of the 16 values of half a byte: 64 bytes that need no start-up */
  static const uint32_t half[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
  };
  const uint8_t *p = data;
  crc = ~crc;
  for (size_t i = 0; i < size; i++) {
    crc ^= p[i];
    crc = crc >> 4 ^ half[crc & 15];
    crc = crc >> 4 ^ half[crc & 15];
  }
  return ~crc;
}
