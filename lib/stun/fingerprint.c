/* SPDX-License-Identifier: BSD-3-Clause */
#include "stun/fingerprint.h"

/* CRC-32 is linear: a row of the table is the sum of those of its bits. */
#define ROW(i)                                                                                     \
	(((i)&1 ? 0x77073096u : 0) ^ ((i)&2 ? 0xee0e612cu : 0) ^ ((i)&4 ? 0x076dc419u : 0) ^       \
	 ((i)&8 ? 0x0edb8832u : 0) ^ ((i)&16 ? 0x1db71064u : 0) ^ ((i)&32 ? 0x3b6e20c8u : 0) ^     \
	 ((i)&64 ? 0x76dc4190u : 0) ^ ((i)&128 ? 0xedb88320u : 0))
#define ROWS4(i) ROW(i), ROW((i) + 1), ROW((i) + 2), ROW((i) + 3)
#define ROWS16(i) ROWS4(i), ROWS4((i) + 4), ROWS4((i) + 8), ROWS4((i) + 12)
#define ROWS64(i) ROWS16(i), ROWS16((i) + 16), ROWS16((i) + 32), ROWS16((i) + 48)

static const uint32_t table[256] = { ROWS64(0), ROWS64(64), ROWS64(128), ROWS64(192) };

uint32_t
stun_fingerprint(const uint8_t *message, size_t len)
{
	static const uint32_t stun = 0x5354554e; /* "STUN": other protocols end in a CRC, too */
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++)
		crc = table[(uint8_t)crc ^ message[i]] ^ crc >> 8;
	return ~crc ^ stun;
}
