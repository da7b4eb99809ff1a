/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "flow/icmp_quote.h"

static unsigned int
get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

/* Make the ICMP checksum right, so that the fuzzer gets behind it. */
static void
set_checksum(uint8_t *p, size_t n, bool six)
{
	size_t header = six ? 40 : (size_t)(p[0] & 15) * 4,
	       end = six ? 40 + get16(p + 4) : get16(p + 2);
	uint32_t sum = 0;

	if (end > n || end < header + 8)
		return;
	memset(p + header + 2, 0, 2);
	for (size_t i = header; i < end; i++)
		sum += (i - header) % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	if (six) {
		sum += (uint32_t)(end - header) + 58;
		for (size_t i = 8; i < 40; i += 2)
			sum += get16(p + i);
	}
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	p[header + 2] = (uint8_t)(~sum >> 8);
	p[header + 3] = (uint8_t)~sum;
}

static void
check(const uint8_t *p, size_t n)
{
	struct icmp_quote q;
	size_t ip;

	if (icmp_quote_read(p, n, &q) != ICMP_QUOTE_OK)
		return;
	MUST(q.flow.local.family == q.flow.remote.family && q.flow.transport == FLOW_UDP);
	MUST(q.flow.local.family == p[0] >> 4 && q.length >= 8);
	ip = flow_ip_size(q.flow.local.family);
	/* it went to whoever sent what it quotes */
	MUST(memcmp(q.flow.local.ip, p + (ip == 4 ? 16 : 24), ip) == 0);
	/* and nothing behind the packet mattered */
	MUST(icmp_quote_read(p, ip == 4 ? get16(p + 2) : 40 + get16(p + 4), &q) == ICMP_QUOTE_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	check(data, size);
	if (size < 40)
		return 0;
	copy = malloc(size);
	MUST(copy != NULL);
	memcpy(copy, data, size);
	set_checksum(copy, size, copy[0] >> 4 == 6);
	check(copy, size);
	free(copy);
	return 0;
}
