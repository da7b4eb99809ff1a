/* SPDX-License-Identifier: BSD-3-Clause */
#include "calls.h"

#include <stdlib.h>

#include "bench.h"
#include "call_leg.h"
#include "sip/chars.h"
#include "world.h"

enum { EACH = 256 };

const char *const call_step_name[CALL_STEPS] = {
	[CALL_INVITE] = "invite",
	[CALL_TRYING] = "100",
	[CALL_RINGING] = "180",
	[CALL_OK] = "200",
	[CALL_CANCEL_OK] = "cancel_200",
	[CALL_TERMINATED] = "487",
	[CALL_ACK] = "ack",
	[CALL_BYE] = "bye",
	[CALL_BYE_OK] = "bye_200",
};

/* ---- queues ---- */

static void
push(struct calls *c, enum call_step step, uint32_t item)
{
	struct call_queue *q = &c->queue[step];

	if (q->tail - q->head > q->mask)
		bench_die("calls: too many are in play");
	q->item[q->tail++ & q->mask] = item;
}

static uint32_t
pop(struct calls *c, enum call_step step)
{
	struct call_queue *q = &c->queue[step];

	return q->item[q->head++ & q->mask];
}

uint32_t
calls_due(const struct calls *c, enum call_step step)
{
	return step == CALL_INVITE ? UINT32_MAX : c->queue[step].tail - c->queue[step].head;
}

/* ---- opening ---- */

static void *
room(size_t count, size_t size)
{
	void *p = malloc(count * size);

	if (p == NULL)
		bench_die("calls: no memory");
	explicit_bzero(p, count * size); /* touched, which calloc() does not */
	return p;
}

void
calls_open(struct calls *c, const struct calls_options *options, const uint8_t mac[6])
{
	uint32_t legs = options->capacity * options->branches, size = 16;

	while (size < legs)
		size *= 2;
	*c = (struct calls){ .options = *options, .mac = mac };
	frame_set_init(&c->set, FRAMES_LOOKUP, EACH, options->users, mac);
	c->leg = room(legs, sizeof(*c->leg));
	c->seen = room(options->capacity, sizeof(*c->seen));
	c->rung = room(options->capacity, sizeof(*c->rung));
	for (unsigned int i = CALL_TRYING; i < CALL_STEPS; i++) {
		c->queue[i].item = room(size, sizeof(uint32_t));
		c->queue[i].mask = size - 1;
	}
}

void
calls_close(struct calls *c)
{
	frame_set_fini(&c->set);
	free(c->leg);
	free(c->seen);
	free(c->rung);
	for (unsigned int i = 0; i < CALL_STEPS; i++)
		free(c->queue[i].item);
}

void
calls_reset(struct calls *c)
{
	for (unsigned int i = 0; i < CALL_STEPS; i++)
		c->queue[i].head = c->queue[i].tail;
	memset(c->sent, 0, sizeof(c->sent));
	memset(c->received, 0, sizeof(c->received));
}

unsigned int
calls_expected(const struct calls *c, enum call_step step)
{
	switch (step) {
	case CALL_INVITE:
		return 1 + c->options.branches;
	case CALL_TRYING:
	case CALL_CANCEL_OK:
		return 0;
	case CALL_OK:
		return c->options.branches; /* it, and CANCEL for all others */
	default:
		return 1;
	}
}

unsigned int
calls_messages(const struct calls *c)
{
	return 2 + 2 * c->options.branches + 2 * (c->options.branches - 1) +
	       (!c->options.dialogs   ? 0
		: c->options.hangs_up ? 3
				      : 1);
}

/* ---- writing ---- */

static uint16_t
write_invite(struct calls *c, uint8_t *to)
{
	uint32_t serial = c->serial++;
	const struct frame *f = &c->set.frame[serial % c->set.count];

	memcpy(to, f->bytes, f->len);
	sample_mark(&f->sample, (char *)to + FRAME_HEADERS, serial,
		    c->options.first_user + world_user(serial, c->options.users));
	c->seen[serial % c->options.capacity] = 0;
	c->rung[serial % c->options.capacity] = 0;
	return leg_finish(to, f->len);
}

uint16_t
calls_write(struct calls *c, enum call_step step, uint8_t to[FRAME_MAX])
{
	c->sent[step]++;
	if (step == CALL_INVITE)
		return write_invite(c, to);
	return leg_write(&c->leg[pop(c, step)], step, c->mac, to);
}

/* ---- reading ---- */

static bool
read_serial(const struct sip_message *msg, uint32_t *serial)
{
	struct slice id = sip_header_get(msg, SIP_HDR_CALL_ID);

	*serial = 0;
	for (unsigned int i = 0; i < SAMPLE_SERIAL_DIGITS; i++) {
		int digit = i < id.len ? sip_hex_value(id.ptr[i]) : -1;

		if (digit < 0)
			return false;
		*serial = *serial << 4 | (uint32_t)digit;
	}
	return true;
}

/* The branch with the same topmost Via; UINT32_MAX: there is none. */
static uint32_t
find_leg(const struct calls *c, uint32_t call, const struct sip_message *msg)
{
	struct slice via = sip_header_get(msg, SIP_HDR_VIA);

	for (uint32_t i = 0; i < c->seen[call]; i++) {
		uint32_t leg = call * c->options.branches + i;

		if (c->leg[leg].first == via.len + 7 &&
		    memcmp(c->leg[leg].text + 5, via.ptr, via.len) == 0)
			return leg;
	}
	return UINT32_MAX;
}

static enum call_out
read_invite(struct calls *c, uint32_t call, const struct sip_message *msg, const uint8_t *frame)
{
	uint32_t leg = call * c->options.branches + c->seen[call];
	char tag[] = ";tag=callee-0";

	if (c->seen[call] == c->options.branches)
		return CALL_OUT_OTHER;
	tag[sizeof(tag) - 2] = (char)('0' + c->seen[call]++);
	leg_note_way(&c->leg[leg], frame);
	leg_note_request(&c->leg[leg], msg, slice_of(tag, sizeof(tag) - 1));
	push(c, CALL_TRYING, leg);
	push(c, CALL_RINGING, leg);
	return CALL_OUT_INVITE;
}

static enum call_out
read_request(struct calls *c, uint32_t call, const struct sip_message *msg, const uint8_t *frame)
{
	uint32_t leg = (call + 1) * c->options.branches - 1; /* the one that has answered */
	bool failed = memcmp(msg->base + msg->uri.off, "sip:callee@", 11) != 0;

	switch (msg->method) {
	case SIP_INVITE:
		return read_invite(c, call, msg, frame);
	case SIP_CANCEL:
		leg = find_leg(c, call, msg);
		if (leg == UINT32_MAX)
			return CALL_OUT_OTHER;
		push(c, CALL_CANCEL_OK, leg);
		push(c, CALL_TERMINATED, leg);
		return CALL_OUT_CANCEL;
	case SIP_ACK:
		if (failed)
			return CALL_OUT_FAILURE_ACK;
		if (c->options.hangs_up)
			push(c, CALL_BYE, leg);
		return CALL_OUT_ACK;
	case SIP_BYE:
		leg_note_way(&c->leg[leg], frame);
		leg_note_request(&c->leg[leg], msg, SLICE(""));
		push(c, CALL_BYE_OK, leg);
		return CALL_OUT_BYE;
	default:
		return CALL_OUT_OTHER;
	}
}

static enum call_out
read_response(struct calls *c, uint32_t call, uint32_t serial, const struct sip_message *msg,
	      const uint8_t *frame)
{
	uint32_t leg = (call + 1) * c->options.branches - 1;
	struct slice cseq = sip_header_get(msg, SIP_HDR_CSEQ);
	struct flow_address caller = world_agent(c->set.frame[serial % c->set.count].sample.agent);

	if (msg->status == 100)
		return CALL_OUT_TRYING;
	if (msg->status == 180) {
		if (++c->rung[call] == c->options.branches)
			push(c, CALL_OK, leg);
		return CALL_OUT_RINGING;
	}
	if (msg->status != 200)
		return CALL_OUT_OTHER;
	if (cseq.len > 3 && memcmp(slice_end(cseq) - 3, "BYE", 3) == 0)
		return CALL_OUT_BYE_OK;
	if (c->options.dialogs) {
		leg_note_way(&c->leg[leg], frame);
		leg_note_dialog(&c->leg[leg], msg, &caller, serial);
		push(c, CALL_ACK, leg);
	}
	return CALL_OUT_OK;
}

enum call_out
calls_read(struct calls *c, const uint8_t *frame, size_t len)
{
	enum call_out kind = CALL_OUT_OTHER;
	struct sip_message msg;
	uint32_t serial;

	if (len > FRAME_HEADERS &&
	    sip_message_index(slice_of((const char *)frame + FRAME_HEADERS, len - FRAME_HEADERS),
			      &msg) == SIP_FAULT_NONE &&
	    read_serial(&msg, &serial)) {
		uint32_t call = serial % c->options.capacity;

		kind = msg.status == 0 ? read_request(c, call, &msg, frame)
				       : read_response(c, call, serial, &msg, frame);
	}
	c->received[kind]++;
	return kind;
}
