/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/escape.h"

#include "sip/uri_char.h"

static bool
has(struct slice text, char c)
{
	return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

static bool
ends_no_line(struct slice text)
{
	return !has(text, '\r') && !has(text, '\n') && !has(text, '\0');
}

/* `text` is written only if it is `good`. */
static void
put_if(struct sip_writer *w, struct slice text, bool good)
{
	if (good)
		sip_put(w, text);
	else
		w->refused = true;
}

void
sip_put_text(struct sip_writer *w, struct slice text)
{
	bool plain = true;

	/* other control characters stand in quoted strings only */
	for (size_t i = 0; i < text.len; i++)
		plain &= (uint8_t)text.ptr[i] >= ' ' || text.ptr[i] == '\t';
	put_if(w, text, plain);
}

void
sip_put_token(struct sip_writer *w, struct slice token)
{
	put_if(w, token, sip_all(token, SIP_CHAR_TOKEN));
}

void
sip_put_quoted(struct sip_writer *w, struct slice text)
{
	if (!ends_no_line(text)) {
		w->refused = true;
		return;
	}
	sip_put_char(w, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '"' || c == '\\' || (uint8_t)c < ' ' || c == 0x7f)
			sip_put_char(w, '\\');
		sip_put_char(w, c);
	}
	sip_put_char(w, '"');
}

/* unreserved, and what the place adds to it. '%' is in none: it begins an escape. No NUL. */
static bool
stands_plain(char c, enum sip_escape place)
{
	static const char *const added[] = {
		[SIP_ESCAPE_USER] = "&=+$,;?/",
		[SIP_ESCAPE_PASSWORD] = "&=+$,",
		[SIP_ESCAPE_PARAM] = "[]/:&+$",
		[SIP_ESCAPE_HEADER] = "[]/?:+$",
	};
	char lower = slice_lower(c);

	return sip_char_is(c, SIP_CHAR_DIGIT) || (lower >= 'a' && lower <= 'z') ||
	       strchr("-_.!~*'()", c) != NULL || strchr(added[place], c) != NULL;
}

/* `keep`: the text has escapes already. Their digits are plain in every place. */
static void
put_escaped(struct sip_writer *w, struct slice text, enum sip_escape place, bool keep)
{
	static const char hex[] = "0123456789ABCDEF";
	const char *end = slice_end(text);

	if (has(text, '\0') || (place != SIP_ESCAPE_HEADER && !ends_no_line(text))) {
		w->refused = true;
		return;
	}
	for (const char *p = text.ptr; p < end; p++) {
		if (stands_plain(*p, place) || (keep && sip_uri_is_escape(p, end))) {
			sip_put_char(w, *p);
		} else {
			sip_put_char(w, '%');
			sip_put_char(w, hex[(uint8_t)*p >> 4]);
			sip_put_char(w, hex[(uint8_t)*p & 15]);
		}
	}
}

void
sip_put_escaped(struct sip_writer *w, struct slice text, enum sip_escape place)
{
	put_escaped(w, text, place, false);
}

void
sip_put_hostport(struct sip_writer *w, struct slice host, uint16_t port)
{
	put_if(w, host, sip_host_is_valid(host));
	if (port == 0)
		return;
	sip_put_char(w, ':');
	sip_put_uint(w, port);
}

void
sip_put_uri_text(struct sip_writer *w, struct slice uri)
{
	struct sip_uri parts;

	put_if(w, uri, sip_uri_decode(uri, &parts));
}

/* A part that has to have something in it. */
static void
put_part(struct sip_writer *w, struct slice part, enum sip_escape place)
{
	if (part.len == 0)
		w->refused = true;
	else
		put_escaped(w, part, place, true);
}

static void
put_userinfo(struct sip_writer *w, const struct sip_uri *uri)
{
	if (uri->user.ptr == NULL) {
		w->refused |= uri->password.ptr != NULL;
		return;
	}
	put_part(w, uri->user, SIP_ESCAPE_USER);
	if (uri->password.ptr != NULL) {
		sip_put_char(w, ':');
		put_escaped(w, uri->password, SIP_ESCAPE_PASSWORD, true);
	}
	sip_put_char(w, '@');
}

/* ;name or ;name=value, with something on each side of '=' */
static void
put_params(struct sip_writer *w, struct slice params)
{
	while (params.ptr != NULL) {
		struct slice value = slice_cut(&params, ';');
		struct slice name = slice_cut(&value, '=');

		sip_put_char(w, ';');
		put_part(w, name, SIP_ESCAPE_PARAM);
		if (value.ptr == NULL)
			continue;
		sip_put_char(w, '=');
		put_part(w, value, SIP_ESCAPE_PARAM);
	}
}

/* ?name=value&name=value; the value may be empty, but '=' is always there */
static void
put_headers(struct sip_writer *w, struct slice headers)
{
	char before = '?';

	while (headers.ptr != NULL) {
		struct slice value = slice_cut(&headers, '&');
		struct slice name = slice_cut(&value, '=');

		w->refused |= value.ptr == NULL;
		sip_put_char(w, before);
		put_part(w, name, SIP_ESCAPE_HEADER);
		sip_put_char(w, '=');
		put_escaped(w, value, SIP_ESCAPE_HEADER, true);
		before = '&';
	}
}

void
sip_put_uri(struct sip_writer *w, const struct sip_uri *uri)
{
	switch (uri->scheme) {
	case SIP_SCHEME_SIP:
	case SIP_SCHEME_SIPS:
		sip_put(w, uri->scheme == SIP_SCHEME_SIPS ? SLICE("sips:") : SLICE("sip:"));
		put_userinfo(w, uri);
		sip_put_hostport(w, uri->host, uri->port);
		put_params(w, uri->params);
		put_headers(w, uri->headers);
		break;
	case SIP_SCHEME_TEL:
		/* no ';' or '?' of its own: parameters begin at the first */
		SIP_PUT(w, "tel:");
		put_part(w, uri->user, SIP_ESCAPE_PASSWORD);
		put_params(w, uri->params);
		w->refused |= uri->host.ptr != NULL || uri->password.ptr != NULL ||
			      uri->headers.ptr != NULL;
		break;
	case SIP_SCHEME_OTHER:
		sip_put_uri_text(w, uri->text);
		break;
	}
}
