/* SPDX-License-Identifier: BSD-3-Clause */
/* Sofia-SIP: header structures in one memory home for each message, as its nta and tport use it. */
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_util.h>
#include <strings.h>

#include "parser.h"

enum { FRAGMENTS = 2, HOME_EXTRA = 1024 };

static void *
sofia_open(void)
{
	static msg_t *message;

	return sip_default_mclass() != NULL ? &message : NULL;
}

/* Memory for the message and its structures at once, as msg_make() has it. */
static bool
receive(msg_t *m, const char *text, size_t len)
{
	msg_iovec_t buffer[FRAGMENTS];
	issize_t n;

	su_home_preload(msg_home(m), 1, len + HOME_EXTRA);
	n = msg_recv_iovec(m, buffer, FRAGMENTS, len, 1);
	for (issize_t i = 0; i < n; i++) {
		memcpy(buffer[i].mv_base, text, buffer[i].mv_len);
		text += buffer[i].mv_len;
	}
	return n > 0 && msg_recv_commit(m, len, 1) == 0 && msg_extract(m) >= 0;
}

static void
read_uris(const sip_t *sip, struct parser_fields *f)
{
	if (sip->sip_request != NULL) {
		const url_t *uri = sip->sip_request->rq_url;

		f->text[PARSER_URI_USER] = uri->url_user;
		f->text[PARSER_URI_HOST] = uri->url_host;
		f->number[PARSER_URI_PORT] = parser_read_number(uri->url_port, 0);
	}
	if (sip->sip_route != NULL) {
		const url_t *uri = sip->sip_route->r_url;

		f->text[PARSER_ROUTE_USER] = uri->url_user;
		f->text[PARSER_ROUTE_HOST] = uri->url_host;
		f->number[PARSER_ROUTE_PORT] = parser_read_number(uri->url_port, 0);
	}
}

/* Max-Breadth is none of the header fields that Sofia-SIP knows. */
static uint32_t
max_breadth(const sip_t *sip)
{
	for (const sip_unknown_t *u = sip->sip_unknown; u != NULL; u = u->un_next)
		if (strcasecmp(u->un_name, "Max-Breadth") == 0)
			return parser_read_number(u->un_value, PARSER_ABSENT);
	return PARSER_ABSENT;
}

static bool
read_fields(const sip_t *sip, struct parser_fields *f)
{
	if (sip->sip_via == NULL || sip->sip_from == NULL || sip->sip_to == NULL ||
	    sip->sip_call_id == NULL || sip->sip_cseq == NULL)
		return false;
	f->text[PARSER_VIA_HOST] = sip->sip_via->v_host;
	f->number[PARSER_VIA_PORT] = parser_read_number(sip->sip_via->v_port, 0);
	f->text[PARSER_VIA_BRANCH] = sip->sip_via->v_branch;
	read_uris(sip, f);
	f->text[PARSER_FROM_TAG] = sip->sip_from->a_tag;
	f->text[PARSER_TO_TAG] = sip->sip_to->a_tag;
	f->text[PARSER_CALL_ID] = sip->sip_call_id->i_id;
	f->number[PARSER_CSEQ] = sip->sip_cseq->cs_seq;
	f->text[PARSER_CSEQ_METHOD] = sip->sip_cseq->cs_method_name;
	f->number[PARSER_MAX_FORWARDS] = sip->sip_max_forwards != NULL
						 ? (uint32_t)sip->sip_max_forwards->mf_count
						 : PARSER_ABSENT;
	f->number[PARSER_MAX_BREADTH] = max_breadth(sip);
	f->number[PARSER_CONTENT_LENGTH] = sip->sip_content_length != NULL
						   ? (uint32_t)sip->sip_content_length->l_length
						   : PARSER_ABSENT;
	return true;
}

static bool
sofia_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	msg_t **message = state;
	sip_t *sip;

	*message = msg_create(sip_default_mclass(), MSG_DO_CANONIC);
	if (*message == NULL || !receive(*message, text, len))
		return false;
	sip = sip_object(*message);
	return sip != NULL && !MSG_HAS_ERROR(sip->sip_flags) && sip_sanity_check(sip) == 0 &&
	       read_fields(sip, f);
}

static void
sofia_done(void *state)
{
	msg_t **message = state;

	msg_destroy(*message);
	*message = NULL;
}

const struct parser peer_parser = {
	.name = "sofia-sip",
	.open = sofia_open,
	.parse = sofia_parse,
	.done = sofia_done,
	.reads = true,
};
