/* SPDX-License-Identifier: BSD-3-Clause */
#include "parsers.h"

#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

#include "sip/chars.h"
#include "sip/isa.h"
#include "sip/list.h"

/* ---- ours ---- */

static bool
memchr_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	const char *p = text, *end = text + len;
	unsigned int lines = 0;

	(void)state, (void)f;
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		lines++;
		p++;
	}
	return lines > 0;
}

static bool
index_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	struct sip_message msg;

	(void)state, (void)f;
	return sip_message_index(slice_of(text, len), &msg) == SIP_FAULT_NONE;
}

static void
set_via(struct parser_fields *f, const struct sip_via *via)
{
	f->text[PARSER_VIA_HOST] = via->host.ptr;
	f->text[PARSER_VIA_BRANCH] = via->branch.ptr;
	f->number[PARSER_VIA_PORT] = via->port;
}

static void
set_uri(struct parser_fields *f, const struct sip_uri *uri)
{
	f->text[PARSER_URI_USER] = uri->user.ptr;
	f->text[PARSER_URI_HOST] = uri->host.ptr;
	f->number[PARSER_URI_PORT] = uri->port;
}

/* The first Route is held against its grammar, but its parts are not handed out. */
static bool
checked_parse(const struct sip_isa *isa, bool routing_only, struct slice text,
	      struct parser_fields *f)
{
	const struct sip_limits limits = { .routing_only = routing_only };
	struct sip_fields fields;
	struct sip_message msg;
	enum sip_fault fault = isa->message_index(text, &msg);

	if (isa->message_check(&msg, fault, &limits, &fields) != SIP_FAULT_NONE)
		return false;
	set_via(f, &fields.via);
	set_uri(f, &fields.uri);
	f->text[PARSER_FROM_TAG] = fields.from_tag.ptr;
	f->text[PARSER_TO_TAG] = fields.to_tag.ptr;
	f->text[PARSER_CALL_ID] = fields.call_id.ptr;
	f->text[PARSER_CSEQ_METHOD] = fields.cseq_method.ptr;
	f->number[PARSER_CSEQ] = fields.cseq;
	f->number[PARSER_MAX_FORWARDS] = fields.max_forwards;
	f->number[PARSER_MAX_BREADTH] = fields.max_breadth;
	f->number[PARSER_CONTENT_LENGTH] = (uint32_t)sip_body(&msg).len;
	return true;
}

static bool
proxy_fields_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	(void)state;
	return checked_parse(sip_isa_best(), true, slice_of(text, len), f);
}

static bool
check_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	(void)state;
	return checked_parse(sip_isa_best(), false, slice_of(text, len), f);
}

static bool
isa_index_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	const struct sip_isa *isa = state;
	struct sip_message msg;

	(void)f;
	return isa->message_index(slice_of(text, len), &msg) == SIP_FAULT_NONE;
}

static bool
isa_fields_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	return checked_parse(state, true, slice_of(text, len), f);
}

static bool
read_via(const struct sip_message *msg, struct parser_fields *f)
{
	struct slice rest = sip_header_get(msg, SIP_HDR_VIA);
	struct sip_via via;

	if (rest.ptr == NULL || !sip_via_decode(sip_trim(sip_list_cut(&rest)), &via))
		return false;
	set_via(f, &via);
	return true;
}

static bool
read_uri(const struct sip_message *msg, struct parser_fields *f)
{
	struct sip_uri uri;

	if (!sip_is_request(msg))
		return true;
	if (!sip_uri_decode(sip_span_slice(msg, msg->uri), &uri))
		return false;
	set_uri(f, &uri);
	return true;
}

static bool
read_route(const struct sip_message *msg, struct parser_fields *f)
{
	struct slice rest = sip_header_get(msg, SIP_HDR_ROUTE);
	struct sip_address address;
	struct sip_uri uri;

	if (rest.ptr == NULL)
		return true;
	if (!sip_address_decode(sip_trim(sip_list_cut(&rest)), &address) ||
	    !sip_uri_decode(address.uri, &uri))
		return false;
	f->text[PARSER_ROUTE_USER] = uri.user.ptr;
	f->text[PARSER_ROUTE_HOST] = uri.host.ptr;
	f->number[PARSER_ROUTE_PORT] = uri.port;
	return true;
}

static bool
read_tag(const struct sip_message *msg, enum sip_header_id id, const char **tag)
{
	struct slice value = sip_header_get(msg, id);
	struct sip_address address;

	if (value.ptr == NULL || !sip_address_decode(value, &address))
		return false;
	*tag = sip_address_param(&address, SLICE("tag")).ptr;
	return true;
}

static bool
read_cseq(const struct sip_message *msg, struct parser_fields *f)
{
	struct slice value = sip_header_get(msg, SIP_HDR_CSEQ);
	const char *p;

	if (value.ptr == NULL)
		return false;
	p = sip_char_span(value.ptr, slice_end(value), SIP_CHAR_DIGIT);
	f->text[PARSER_CSEQ_METHOD] = sip_skip_lws(p, slice_end(value));
	return sip_uint(slice_between(value.ptr, p), &f->number[PARSER_CSEQ]);
}

static bool
read_number(const struct sip_message *msg, enum sip_header_id id, uint32_t *number)
{
	struct slice value = sip_header_get(msg, id);

	*number = PARSER_ABSENT;
	return value.ptr == NULL || sip_uint(value, number);
}

static bool
lazy_fields_parse(void *state, const char *text, size_t len, struct parser_fields *f)
{
	struct sip_message msg;

	(void)state;
	if (sip_message_index(slice_of(text, len), &msg) != SIP_FAULT_NONE)
		return false;
	f->text[PARSER_CALL_ID] = sip_header_get(&msg, SIP_HDR_CALL_ID).ptr;
	return read_via(&msg, f) && read_uri(&msg, f) && read_route(&msg, f) &&
	       read_tag(&msg, SIP_HDR_FROM, &f->text[PARSER_FROM_TAG]) &&
	       read_tag(&msg, SIP_HDR_TO, &f->text[PARSER_TO_TAG]) && read_cseq(&msg, f) &&
	       read_number(&msg, SIP_HDR_MAX_FORWARDS, &f->number[PARSER_MAX_FORWARDS]) &&
	       read_number(&msg, SIP_HDR_MAX_BREADTH, &f->number[PARSER_MAX_BREADTH]) &&
	       read_number(&msg, SIP_HDR_CONTENT_LENGTH, &f->number[PARSER_CONTENT_LENGTH]);
}

const struct parser our_parsers[PARSERS_OURS] = {
	[PARSER_MEMCHR] = { .name = "memchr", .parse = memchr_parse },
	[PARSER_INDEX] = { .name = "index", .parse = index_parse },
	[PARSER_PROXY_FIELDS] = { .name = "proxy_fields",
				  .parse = proxy_fields_parse,
				  .reads = true },
	[PARSER_CHECK] = { .name = "check", .parse = check_parse, .reads = true },
	[PARSER_LAZY_FIELDS] = { .name = "lazy_fields", .parse = lazy_fields_parse, .reads = true },
};

const struct parser isa_parsers[2] = {
	{ .name = "index", .parse = isa_index_parse },
	{ .name = "proxy_fields", .parse = isa_fields_parse, .reads = true },
};

/* ---- peers ---- */

const struct parser_peer parser_peers[PARSERS_PEERS] = {
	{ "osip.so", "libosip2" },
	{ "sofia.so", "sofia-sip" },
	{ "re.so", "libre" },
};

static void *
load(const char *file, const char **why)
{
	char self[256], path[512];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *object;

	self[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof(path), "%s/peers/%s", dirname(self), file);
	if (access(path, F_OK) != 0) {
		*why = "not built";
		return NULL;
	}
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (object == NULL)
		*why = dlerror();
	return object;
}

const struct parser *
parser_load(const struct parser_peer *peer, const char **why)
{
	void *object = load(peer->file, why);
	const struct parser *parser = object != NULL ? dlsym(object, "peer_parser") : NULL;

	if (object != NULL && parser == NULL)
		*why = dlerror();
	return parser;
}
