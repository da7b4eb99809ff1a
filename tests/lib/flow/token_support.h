/* SPDX-License-Identifier: BSD-3-Clause */
/** Flows, the ring and the tokens of spec/outbound.md 3.2. */
#ifndef TESTS_LIB_FLOW_TOKEN_SUPPORT_H
#define TESTS_LIB_FLOW_TOKEN_SUPPORT_H

#include "flow/base64url.h"
#include "flow/token.h"
#include "lib/sip/support.h"

enum { RAW_MAX = 54, MAC_SIZE = 12, DRAFT_MAC_SIZE = 10, ID_BITS = 0x0f };

/* As many as enum flow_token_form has. */
#define FORMS 3

struct vector_row {
	const char *label;
	enum flow_transport transport;
	const char *local;
	uint16_t local_port;
	const char *remote;
	uint16_t remote_port;
	uint32_t generation;
	enum flow_token_class class;
	const char *token[FORMS]; /* by enum flow_token_form */
};

/* K is the octets 00 to 1f, the key id is 1. Opaque ones: by another implementation. */
static const struct vector_row vectors[] = {
	{ "OB-02-udp",
	  FLOW_UDP,
	  "192.0.2.10",
	  5060,
	  "203.0.113.7",
	  40312,
	  0,
	  FLOW_TOKEN_PATH,
	  { "f37_t_DoE8Ls5hj5EQHAAAIKE8TLAHEHnXgAAAAA", "45oDtGLabR0385fYIQHuympPkmIMOW2dOXsvIfx9",
	    "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnXg=" } },
	{ "OB-02-record-route",
	  FLOW_UDP,
	  "192.0.2.10",
	  5060,
	  "203.0.113.7",
	  40312,
	  0,
	  FLOW_TOKEN_RECORD_ROUTE,
	  { "cDukGMVZQGbQl5TQEUHAAAIKE8TLAHEHnXgAAAAA", "LDLUq-yg0lhn98dcIUEXhqNmmAD9ghbKAazwldd6",
	    "oEwO7GSWBa1F3QHAAAIKE8TLAHEHnXg=" } },
	{ "OB-02-another-flow",
	  FLOW_UDP,
	  "192.0.2.11",
	  5060,
	  "203.0.113.7",
	  40313,
	  0,
	  FLOW_TOKEN_PATH,
	  { "X3ru7rRmk8jybxBlEQHAAAILE8TLAHEHnXkAAAAA", "cW0JGNBI0F5igD4HIQFxDHuQ8sYffqbmgw0Oxt-z",
	    "AWGRUSJHy4tRAwHAAAILE8TLAHEHnXk=" } },
	{ "OB-03-generation-5",
	  FLOW_TCP,
	  "192.0.2.10",
	  5060,
	  "203.0.113.7",
	  51514,
	  5,
	  FLOW_TOKEN_PATH,
	  { "BX8EFTIgFfrD_kCsEQLAAAIKE8TLAHEHyToAAAAF", "mtn6QOd49Zckg0YNIQK3I4yszbHhQFt2gPdhm5vy",
	    "BX8EFTIgFfrD_kCsEQLAAAIKE8TLAHEHyToAAAAF" } },
	{ "OB-03-generation-6",
	  FLOW_TCP,
	  "192.0.2.10",
	  5060,
	  "203.0.113.7",
	  51514,
	  6,
	  FLOW_TOKEN_PATH,
	  { "ODWVf5swhH5bYyLjEQLAAAIKE8TLAHEHyToAAAAG", "iCN3Oue9PMP1RbjSIQL6-2WgTAsyinF3sgQuszDt",
	    "ODWVf5swhH5bYyLjEQLAAAIKE8TLAHEHyToAAAAG" } },
	{ "OB-02-ipv6",
	  FLOW_UDP,
	  "2001:db8::10",
	  5060,
	  "2001:db8:1::7",
	  40312,
	  0,
	  FLOW_TOKEN_PATH,
	  { "5baPliEh0KmA12h_EYEgAQ24AAAAAAAAAAAAAAAQE8QgAQ24AAEAAAAAAAAAAAAHnXgAAAAA",
	    "jkI-sFP5nznFLDpmIYHPAR4L_xpetXfluD5C-fPi0dv6RVL0f11eNKl0JLtCGjpNzTEMylSR",
	    "u0G+THJqrcgWKAEgAQ24AAAAAAAAAAAAAAAQE8QgAQ24AAEAAAAAAAAAAAAHnXg=" } },
};

enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

static inline struct flow_keys
vector_keys(void)
{
	struct flow_keys keys;
	struct keyring ring;

	memset(&ring, 0, sizeof(ring));
	for (unsigned int i = 0; i < KEYRING_FLOW_KEY_SIZE; i++)
		ring.slot[1].key[i] = (uint8_t)i;
	ring.slot[1].state = KEYRING_ACTIVE;
	flow_keys_init(&keys, &ring);
	return keys;
}

static inline struct flow
flow_of(const struct vector_row *r)
{
	struct flow flow = { .transport = (uint8_t)r->transport, .generation = r->generation };

	assert_true(flow_ip_decode(slice_str(r->local), &flow.local));
	assert_true(flow_ip_decode(slice_str(r->remote), &flow.remote));
	flow.local.port = r->local_port;
	flow.remote.port = r->remote_port;
	return flow;
}

static inline struct flow
random_flow(uint64_t *seed)
{
	struct flow flow = { .transport = (uint8_t)(1 + random_below(seed, 6)) };

	flow.local.family = flow.remote.family = random_below(seed, 2) == 0 ? 4 : 6;
	for (size_t i = 0; i < flow_ip_size(flow.local.family); i++) {
		flow.local.ip[i] = (uint8_t)next_random(seed);
		flow.remote.ip[i] = (uint8_t)next_random(seed);
	}
	flow.local.port = (uint16_t)next_random(seed);
	flow.remote.port = (uint16_t)next_random(seed);
	flow.generation = flow.transport == FLOW_UDP ? 0 : (uint32_t)next_random(seed);
	return flow;
}

/* Whether Algorithm 2 has a token of it. */
static inline bool
is_draft(enum flow_token_form form, const struct flow *flow)
{
	return form == FLOW_TOKEN_ALGORITHM2 && flow->transport == FLOW_UDP;
}

static inline size_t
token_len(enum flow_token_form form, const struct flow *flow)
{
	if (is_draft(form, flow))
		return flow->local.family == 6 ? 64 : 32;
	return flow->local.family == 6 ? 72 : 40;
}

/* The class that comes back. */
static inline enum flow_token_class
class_back(enum flow_token_form form, const struct flow *flow, enum flow_token_class class)
{
	return is_draft(form, flow) ? FLOW_TOKEN_ANY_CLASS : class;
}

/* Open a token that may be refused; nothing may be written then. In a burst it is the same. */
static inline enum flow_token_result
open_refused(const struct flow_keys *keys, struct slice text)
{
	struct flow_token_job job, untouched;
	struct flow flow;
	enum flow_token_class class;
	enum flow_token_result result;

	memset(&job, 0xa5, sizeof(job));
	flow = job.flow;
	class = job.class;
	job.text = at_wall(text);
	untouched = job;
	result = flow_token_open(keys, job.text, &flow, &class);
	flow_token_open_burst(keys, &job, 1);
	assert_int_equal(job.result, result);
	if (result == FLOW_TOKEN_OK)
		return result;
	assert_memory_equal(&flow, &untouched.flow, sizeof(flow));
	assert_memory_equal(&class, &untouched.class, sizeof(class));
	assert_memory_equal(&job.flow, &untouched.flow, sizeof(flow));
	assert_memory_equal(&job.class, &untouched.class, sizeof(class));
	return result;
}

#endif
