/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy_calls.h"

#include <rte_common.h>

#include "bench.h"
#include "call_leg.h"
#include "packet.h"
#include "world.h"

enum { TOGETHER = 64 };

#define STUCK_NS UINT64_C(100000000)
#define START_NS UINT64_C(10000000000)

/* ---- registering ---- */

static void
send_registers(uint32_t user, unsigned int count, unsigned int contacts)
{
	uint8_t *room[GENERATOR_BURST];
	uint16_t len[GENERATOR_BURST];

	for (unsigned int done = 0, n; done < count; done += n) {
		n = RTE_MIN(count - done, (unsigned int)GENERATOR_BURST);
		packet_link.rooms(room, n);
		for (unsigned int i = 0; i < n; i++)
			len[i] = leg_register(user + done + i, contacts, world_engine_mac, room[i]);
		packet_link.send(len, n);
	}
}

static unsigned int
count_answers(void)
{
	static const char ok[] = "SIP/2.0 200 ";
	struct generator_frame frame[GENERATOR_BURST];
	unsigned int n = packet_link.receive(frame), answers = 0;

	for (unsigned int i = 0; i < n; i++)
		answers += frame[i].len > FRAME_HEADERS + sizeof(ok) &&
			   memcmp(frame[i].bytes + FRAME_HEADERS, ok, sizeof(ok) - 1) == 0;
	return answers;
}

bool
proxy_calls_register(uint32_t first_user, uint32_t users, unsigned int contacts)
{
	uint64_t begin = wall_ns(), sent;

	for (uint32_t done = 0, n; done < users; done += n) {
		unsigned int answers = 0;

		n = RTE_MIN(users - done, (uint32_t)TOGETHER);
		while (answers < n) {
			answers = 0;
			send_registers(first_user + done, n, contacts);
			for (sent = wall_ns(); answers < n && wall_ns() - sent < STUCK_NS;)
				answers += count_answers();
			if (answers == 0 && wall_ns() - begin > START_NS)
				return false;
		}
		begin = wall_ns();
	}
	return true;
}

/* ---- calls ---- */

/* What is due, oldest calls first, and new calls where there is room. */
static unsigned int
send_due(struct calls *c, uint32_t room_for)
{
	static const enum call_step order[] = { CALL_BYE_OK,     CALL_BYE,       CALL_ACK,
						CALL_TERMINATED, CALL_CANCEL_OK, CALL_OK,
						CALL_RINGING,    CALL_TRYING,    CALL_INVITE };
	uint8_t *room[GENERATOR_BURST];
	uint16_t len[GENERATOR_BURST];
	unsigned int n = 0;

	packet_link.rooms(room, GENERATOR_BURST);
	for (unsigned int i = 0; i < RTE_DIM(order); i++) {
		uint32_t due = order[i] == CALL_INVITE ? room_for : calls_due(c, order[i]);

		for (; due > 0 && n < GENERATOR_BURST; due--, n++)
			len[n] = calls_write(c, order[i], room[n]);
	}
	if (n > 0)
		packet_link.send(len, n);
	return n;
}

static unsigned int
receive(struct calls *c)
{
	struct generator_frame frame[GENERATOR_BURST];
	unsigned int n = packet_link.receive(frame);

	for (unsigned int i = 0; i < n; i++)
		calls_read(c, frame[i].bytes, frame[i].len);
	return n;
}

struct proxy_trial
proxy_calls_run(struct calls *c, uint32_t window, uint64_t length_ns)
{
	uint64_t begin = wall_ns(), now = begin, last = begin, before;
	struct proxy_trial t = { 0 };
	uint64_t given_up = 0;

	calls_reset(c);
	while (now - begin < length_ns) {
		uint64_t ended = c->received[CALL_OUT_BYE_OK] + given_up;
		uint64_t playing = c->sent[CALL_INVITE] - RTE_MIN(ended, c->sent[CALL_INVITE]);
		unsigned int sent, received;

		sent = send_due(c, playing < window ? window - (uint32_t)playing : 0);
		received = receive(c);
		before = now;
		now = wall_ns();
		t.in += sent;
		t.out += received;
		if (sent + received == 0)
			t.idle_ns += now - before;
		if (received > 0)
			last = now;
		if (now - last > STUCK_NS) {
			given_up += playing;
			last = now;
		}
	}
	t.calls = c->received[CALL_OUT_BYE_OK];
	t.ns = now - begin;
	return t;
}

bool
proxy_calls_warm_up(struct calls *c)
{
	for (uint64_t begin = wall_ns(); wall_ns() - begin < START_NS;)
		if (proxy_calls_run(c, 1, STUCK_NS).calls > 0)
			return true;
	return false;
}
