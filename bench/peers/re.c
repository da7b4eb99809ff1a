/* SPDX-License-Identifier: BSD-3-Clause */
/* libre: a list element for each header field, the five that every message has decoded at once. */
#include <re.h>

#include "parser.h"

struct re_state {
	struct mbuf *buffer;
	struct sip_msg *message;
};

static void *
re_open(void)
{
	static struct re_state state;

	return &state;
}

static uint32_t
pl_number(const struct pl *pl)
{
	return pl->p != NULL ? pl_u32(pl) : PARSER_ABSENT;
}

static bool
read_route(const struct sip_msg *m, struct parser_fields *f)
{
	const struct sip_hdr *route = sip_msg_hdr(m, SIP_HDR_ROUTE);
	struct sip_addr address;

	if (route == NULL)
		return true;
	if (sip_addr_decode(&address, &route->val) != 0)
		return false;
	f->text[PARSER_ROUTE_USER] = address.uri.user.p;
	f->text[PARSER_ROUTE_HOST] = address.uri.host.p;
	f->number[PARSER_ROUTE_PORT] = address.uri.port;
	return true;
}

static bool
read_fields(const struct sip_msg *m, struct parser_fields *f)
{
	const struct sip_hdr *breadth = sip_msg_hdr(m, SIP_HDR_MAX_BREADTH);

	f->text[PARSER_VIA_HOST] = m->via.sentby.p;
	f->number[PARSER_VIA_PORT] = sa_port(&m->via.addr);
	f->text[PARSER_VIA_BRANCH] = m->via.branch.p;
	f->text[PARSER_URI_USER] = m->uri.user.p;
	f->text[PARSER_URI_HOST] = m->uri.host.p;
	f->number[PARSER_URI_PORT] = m->uri.port;
	f->text[PARSER_FROM_TAG] = m->from.tag.p;
	f->text[PARSER_TO_TAG] = m->to.tag.p;
	f->text[PARSER_CALL_ID] = m->callid.p;
	f->number[PARSER_CSEQ] = m->cseq.num;
	f->text[PARSER_CSEQ_METHOD] = m->cseq.met.p;
	f->number[PARSER_MAX_FORWARDS] = pl_number(&m->maxfwd);
	f->number[PARSER_MAX_BREADTH] = breadth != NULL ? pl_number(&breadth->val) : PARSER_ABSENT;
	f->number[PARSER_CONTENT_LENGTH] = pl_number(&m->clen);
	return read_route(m, f);
}

/* The message lives in a buffer with a reference count, which is where its transports receive. */
static bool
re_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	struct re_state *s = state;

	s->buffer = mbuf_alloc(len);
	if (s->buffer == NULL || mbuf_write_mem(s->buffer, (const uint8_t *)text, len) != 0)
		return false;
	mbuf_set_pos(s->buffer, 0);
	return sip_msg_decode(&s->message, s->buffer) == 0 && read_fields(s->message, f);
}

static void
re_done(void *state)
{
	struct re_state *s = state;

	s->message = mem_deref(s->message);
	s->buffer = mem_deref(s->buffer);
}

const struct parser peer_parser = {
	.name = "libre",
	.open = re_open,
	.parse = re_parse,
	.done = re_done,
	.reads = true,
};
