/* SPDX-License-Identifier: BSD-3-Clause */
/* GNU oSIP: every header field in a structure of its own, every string in an allocation. */
#include <sys/time.h>

#include <osipparser2/osip_parser.h>

#include "parser.h"

static void *
osip_open(void)
{
	static osip_message_t *message;

	return parser_init() == OSIP_SUCCESS ? &message : NULL;
}

static const char *
parameter(osip_list_t *params, char *name)
{
	osip_generic_param_t *param = NULL;

	osip_generic_param_get_byname(params, name, &param);
	return param != NULL ? param->gvalue : NULL;
}

static uint32_t
header_number(const osip_message_t *m, const char *name)
{
	osip_header_t *header = NULL;

	osip_message_header_get_byname(m, name, 0, &header);
	return parser_read_number(header != NULL ? header->hvalue : NULL, PARSER_ABSENT);
}

static bool
read_route(const osip_message_t *m, struct parser_fields *f)
{
	osip_route_t *route = NULL;

	osip_message_get_route(m, 0, &route);
	if (route == NULL)
		return true;
	if (route->url == NULL)
		return false;
	f->text[PARSER_ROUTE_USER] = route->url->username;
	f->text[PARSER_ROUTE_HOST] = route->url->host;
	f->number[PARSER_ROUTE_PORT] = parser_read_number(route->url->port, 0);
	return true;
}

static bool
read_fields(const osip_message_t *m, struct parser_fields *f)
{
	osip_via_t *via = osip_list_get(&m->vias, 0);

	if (via == NULL || m->from == NULL || m->to == NULL || m->call_id == NULL ||
	    m->cseq == NULL || !read_route(m, f))
		return false;
	f->text[PARSER_VIA_HOST] = via->host;
	f->number[PARSER_VIA_PORT] = parser_read_number(via->port, 0);
	f->text[PARSER_VIA_BRANCH] = parameter(&via->via_params, "branch");
	if (m->req_uri != NULL) {
		f->text[PARSER_URI_USER] = m->req_uri->username;
		f->text[PARSER_URI_HOST] = m->req_uri->host;
		f->number[PARSER_URI_PORT] = parser_read_number(m->req_uri->port, 0);
	}
	f->text[PARSER_FROM_TAG] = parameter(&m->from->gen_params, "tag");
	f->text[PARSER_TO_TAG] = parameter(&m->to->gen_params, "tag");
	f->text[PARSER_CALL_ID] = m->call_id->number;
	f->number[PARSER_CSEQ] = parser_read_number(m->cseq->number, PARSER_ABSENT);
	f->text[PARSER_CSEQ_METHOD] = m->cseq->method;
	f->number[PARSER_MAX_FORWARDS] = header_number(m, "max-forwards");
	f->number[PARSER_MAX_BREADTH] = header_number(m, "max-breadth");
	f->number[PARSER_CONTENT_LENGTH] = parser_read_number(
		m->content_length != NULL ? m->content_length->value : NULL, PARSER_ABSENT);
	return true;
}

static bool
osip_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	osip_message_t **message = state;

	return osip_message_init(message) == OSIP_SUCCESS &&
	       osip_message_parse(*message, text, len) == OSIP_SUCCESS && read_fields(*message, f);
}

static void
osip_done(void *state)
{
	osip_message_t **message = state;

	osip_message_free(*message);
	*message = NULL;
}

const struct parser peer_parser = {
	.name = "libosip2",
	.open = osip_open,
	.parse = osip_parse,
	.done = osip_done,
	.reads = true,
};
