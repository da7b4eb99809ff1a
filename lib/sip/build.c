/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/build.h"

#include "sip/chars.h"

static void
refuse_unless(struct sip_writer *w, bool good)
{
	if (!good)
		w->refused = true;
}

void
sip_put_request_line(struct sip_writer *w, struct slice method, struct slice uri)
{
	struct sip_uri parts;

	sip_put_token(w, method);
	sip_put_char(w, ' ');
	if (sip_uri_decode(uri, &parts) && parts.headers.ptr == NULL)
		sip_put(w, uri);
	else
		w->refused = true;
	SIP_PUT(w, " SIP/2.0\r\n");
}

void
sip_put_status_line(struct sip_writer *w, uint16_t status, struct slice phrase)
{
	refuse_unless(w, status >= 100 && status <= 699);
	SIP_PUT(w, "SIP/2.0 ");
	sip_put_uint(w, status);
	sip_put_char(w, ' ');
	sip_put_text(w, phrase);
	sip_end_header(w);
}

static void
put_header_name(struct sip_writer *w, struct slice name)
{
	sip_put(w, name);
	SIP_PUT(w, ": ");
}

void
sip_begin_header(struct sip_writer *w, enum sip_header_id id)
{
	bool known = id < SIP_HDR_COUNT && id != SIP_HDR_CONTENT_LENGTH;

	refuse_unless(w, known);
	if (known)
		put_header_name(w, sip_header_name(id));
}

void
sip_begin_other(struct sip_writer *w, struct slice name)
{
	if (sip_all(name, SIP_CHAR_TOKEN) && name.len <= UINT8_MAX &&
	    sip_header_find(name) == SIP_HDR_OTHER)
		put_header_name(w, name);
	else
		w->refused = true;
}

void
sip_put_comma(struct sip_writer *w)
{
	SIP_PUT(w, ", ");
}

void
sip_end_header(struct sip_writer *w)
{
	SIP_PUT(w, "\r\n");
}

static void
put_param_name(struct sip_writer *w, struct slice name)
{
	sip_put_char(w, ';');
	sip_put_token(w, name);
}

/* Before a value that has been found to be good. */
static void
put_param_text(struct sip_writer *w, struct slice name, struct slice value)
{
	put_param_name(w, name);
	sip_put_char(w, '=');
	sip_put(w, value);
}

void
sip_put_param(struct sip_writer *w, struct slice name, struct slice value)
{
	put_param_name(w, name);
	if (value.ptr == NULL)
		return;
	sip_put_char(w, '=');
	if (sip_all(value, SIP_CHAR_TOKEN) || sip_host_is_valid(value))
		sip_put(w, value);
	else
		sip_put_quoted(w, value);
}

/* A parameter that others compare or send to: quotes would not be looked through. */
static void
put_plain_param(struct sip_writer *w, struct slice name, struct slice value, bool good)
{
	if (value.ptr == NULL)
		return;
	if (good)
		put_param_text(w, name, value);
	else
		w->refused = true;
}

static void
put_number_param(struct sip_writer *w, struct slice name, uint32_t value)
{
	put_param_name(w, name);
	sip_put_char(w, '=');
	sip_put_uint(w, value);
}

/* As §20.42 has it, or with the brackets that RFC 5118 §4.5 asks to tolerate. */
static bool
is_received(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!sip_char_is(value.ptr[i], SIP_CHAR_HOST) &&
		    memchr(":[]", value.ptr[i], 3) == NULL)
			return false;
	return value.len > 0;
}

static bool
is_port(struct slice value)
{
	uint32_t port;

	return sip_uint(value, &port) && port > 0 && port <= UINT16_MAX;
}

void
sip_put_via(struct sip_writer *w, const struct sip_via *via)
{
	SIP_PUT(w, "SIP/2.0/");
	sip_put_token(w, via->transport);
	sip_put_char(w, ' ');
	sip_put_hostport(w, via->host, via->port);
	put_plain_param(w, SLICE("branch"), via->branch, sip_all(via->branch, SIP_CHAR_TOKEN));
	put_plain_param(w, SLICE("received"), via->received, is_received(via->received));
	put_plain_param(w, SLICE("maddr"), via->maddr, sip_host_is_valid(via->maddr));
	if (via->has_rport && via->rport.ptr == NULL)
		put_param_name(w, SLICE("rport"));
	else if (via->has_rport)
		put_plain_param(w, SLICE("rport"), via->rport, is_port(via->rport));
	if (via->has_keep)
		put_param_name(w, SLICE("keep"));
}

/* *(token LWS) with white space that nobody could take for less of it */
static bool
display_stands_plain(struct slice display)
{
	for (size_t i = 0; i < display.len; i++) {
		bool inside = i > 0 && i + 1 < display.len && display.ptr[i - 1] != ' ';

		if (!sip_char_is(display.ptr[i], SIP_CHAR_TOKEN) &&
		    !(display.ptr[i] == ' ' && inside))
			return false;
	}
	return true;
}

void
sip_put_name_addr(struct sip_writer *w, struct slice display, struct slice uri)
{
	if (display_stands_plain(display))
		sip_put(w, display);
	else
		sip_put_quoted(w, display);
	if (display.len > 0)
		sip_put_char(w, ' ');
	sip_put_char(w, '<');
	sip_put_uri_text(w, uri);
	sip_put_char(w, '>');
}

/* "1", "0.5", "0.025": at most three decimals (RFC 3261 §25.1) */
static void
put_qvalue(struct sip_writer *w, uint16_t q)
{
	refuse_unless(w, q <= 1000);
	sip_put_uint(w, q / 1000);
	q %= 1000;
	if (q > 0)
		sip_put_char(w, '.');
	for (uint16_t scale = 100; q > 0; scale /= 10) {
		sip_put_char(w, (char)('0' + q / scale));
		q %= scale;
	}
}

/* RFC 5626 §11: instance-val is 1*uric; SIP_CHAR_USER lacks one of these. */
static bool
is_instance(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!sip_char_is(text.ptr[i], SIP_CHAR_USER) && text.ptr[i] != '@')
			return false;
	return text.len > 0;
}

static void
put_instance(struct sip_writer *w, struct slice instance)
{
	SIP_PUT(w, ";+sip.instance=\"<");
	if (is_instance(instance))
		sip_put(w, instance);
	else
		w->refused = true;
	SIP_PUT(w, ">\"");
}

void
sip_put_contact(struct sip_writer *w, const struct sip_contact_parts *contact)
{
	sip_put_name_addr(w, contact->display, contact->uri);
	if (contact->has_q) {
		SIP_PUT(w, ";q=");
		put_qvalue(w, contact->q);
	}
	if (contact->has_expires)
		put_number_param(w, SLICE("expires"), contact->expires);
	if (contact->instance.ptr != NULL)
		put_instance(w, contact->instance);
	refuse_unless(w, contact->reg_id <= INT32_MAX);
	if (contact->reg_id > 0)
		put_number_param(w, SLICE("reg-id"), contact->reg_id);
}

void
sip_add_header(struct sip_writer *w, enum sip_header_id id, struct slice value)
{
	sip_begin_header(w, id);
	sip_put_text(w, value);
	sip_end_header(w);
}

void
sip_add_number(struct sip_writer *w, enum sip_header_id id, uint64_t value)
{
	sip_begin_header(w, id);
	sip_put_uint(w, value);
	sip_end_header(w);
}

void
sip_add_other(struct sip_writer *w, struct slice name, struct slice value)
{
	sip_begin_other(w, name);
	sip_put_text(w, value);
	sip_end_header(w);
}

void
sip_add_party(struct sip_writer *w, enum sip_header_id id, struct slice display, struct slice uri,
	      struct slice tag)
{
	sip_begin_header(w, id);
	sip_put_name_addr(w, display, uri);
	put_plain_param(w, SLICE("tag"), tag, sip_all(tag, SIP_CHAR_TOKEN));
	sip_end_header(w);
}

void
sip_add_call_id(struct sip_writer *w, struct slice call_id)
{
	struct slice host = call_id, word = slice_cut(&host, '@');

	refuse_unless(w, sip_all(word, SIP_CHAR_WORD) &&
				 (host.ptr == NULL || sip_all(host, SIP_CHAR_WORD)));
	sip_add_header(w, SIP_HDR_CALL_ID, call_id);
}

void
sip_add_cseq(struct sip_writer *w, uint32_t number, struct slice method)
{
	refuse_unless(w, number <= INT32_MAX);
	sip_begin_header(w, SIP_HDR_CSEQ);
	sip_put_uint(w, number);
	sip_put_char(w, ' ');
	sip_put_token(w, method);
	sip_end_header(w);
}

void
sip_add_max_forwards(struct sip_writer *w, uint8_t hops)
{
	sip_add_number(w, SIP_HDR_MAX_FORWARDS, hops);
}

void
sip_add_routes(struct sip_writer *w, enum sip_header_id id, const struct slice *uris, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i == 0)
			sip_begin_header(w, id);
		else
			sip_put_comma(w);
		sip_put_name_addr(w, SLICE_ABSENT, uris[i]);
	}
	if (count > 0)
		sip_end_header(w);
}

void
sip_add_tokens(struct sip_writer *w, enum sip_header_id id, const struct slice *tokens,
	       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i == 0)
			sip_begin_header(w, id);
		else
			sip_put_comma(w);
		sip_put_token(w, tokens[i]);
	}
	if (count > 0)
		sip_end_header(w);
}

void
sip_add_body(struct sip_writer *w, struct slice type, struct slice body)
{
	refuse_unless(w, body.len == 0 || type.len > 0);
	if (type.ptr != NULL)
		sip_add_header(w, SIP_HDR_CONTENT_TYPE, type);
	put_header_name(w, sip_header_name(SIP_HDR_CONTENT_LENGTH));
	sip_put_uint(w, body.len);
	SIP_PUT(w, "\r\n\r\n");
	sip_put(w, body);
}
