/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_CALL_LEG_H
#define BENCH_CALL_LEG_H

#include "calls.h"
#include "sip/message.h"

enum { LEG_TEXT = 880 };

/**
 * What is to be written again. Of a request that came out: its Vias, and what else a response has
 * of it. Of a response to the caller: what follows the method of a request in its dialog.
 */
struct leg {
	uint32_t remote_ip, local_ip; /* network byte order, as the ports */
	uint16_t remote_port, local_port;
	uint32_t cseq;
	uint16_t first; /* octets of the topmost Via; of a dialog, up to the end of its branch */
	uint16_t vias;  /* of all */
	uint16_t len;
	char text[LEG_TEXT];
};

/** Where a message that came out came from, and to whom. */
void leg_note_way(struct leg *leg, const uint8_t *frame);

/** What a response to this request has of it; `tag` goes behind its To. */
void leg_note_request(struct leg *leg, const struct sip_message *msg, struct slice tag);

/** What a request in the dialog has of this 200, by the caller. */
void leg_note_dialog(struct leg *leg, const struct sip_message *msg,
		     const struct flow_address *caller, uint32_t serial);

/** Write the message of a step other than CALL_INVITE, a whole frame; returns its length. */
uint16_t leg_write(const struct leg *leg, enum call_step step, const uint8_t mac[6],
		   uint8_t to[FRAME_MAX]);

/** Write a REGISTER of a user with as many contacts as world_put_contacts() gives him. */
uint16_t leg_register(uint32_t user, unsigned int contacts, const uint8_t mac[6],
		      uint8_t to[FRAME_MAX]);

/** Lengths and checksums of a frame of `len` octets; returns that. */
uint16_t leg_finish(uint8_t *to, size_t len);

#endif
