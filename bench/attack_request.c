/* SPDX-License-Identifier: BSD-3-Clause */
#include "attack_request.h"

#include <stdio.h>
#include <stdlib.h>

#include "sip/uri.h"
#include "sip/via.h"
#include "sip/writer.h"

/* False, and the text as it was, when it does not fit. */
static bool
set(char *field, size_t size, struct slice text)
{
	if (text.ptr == NULL || text.len >= size)
		return false;
	memcpy(field, text.ptr, text.len);
	field[text.len] = '\0';
	return true;
}

struct attack_request *
attack_request_new(const char *uri, uint32_t max_forwards, uint32_t max_breadth)
{
	struct attack_request *r = calloc(1, sizeof(*r) + ATTACK_VIA_MAX);

	if (r == NULL || !set(r->uri, sizeof(r->uri), slice_str(uri))) {
		free(r);
		return NULL;
	}
	strcpy(r->from_tag, "a77");
	strcpy(r->call_id, "7b1e40c2@198.51.100.9");
	strcpy(r->method, "INVITE");
	strcpy(r->via[0], "SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKalice77");
	r->via_count = 1;
	r->cseq = 1;
	r->max_forwards = max_forwards;
	r->max_breadth = max_breadth;
	return r;
}

struct attack_request *
attack_request_forward(const struct attack_request *r, const char *uri, struct slice via)
{
	size_t size = sizeof(*r) + (size_t)r->via_count * ATTACK_VIA_MAX;
	struct attack_request *copy = malloc(size + ATTACK_VIA_MAX);

	if (copy == NULL)
		return NULL;
	memcpy(copy, r, size);
	if (!set(copy->uri, sizeof(copy->uri), slice_str(uri)) ||
	    !set(copy->via[copy->via_count], ATTACK_VIA_MAX, via)) {
		free(copy);
		return NULL;
	}
	copy->via_count++;
	copy->depth++;
	return copy;
}

/* ---- what is done to it on the way ---- */

static void
put_host(struct sip_writer *w, struct slice host, bool changed, uint32_t serial)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = slice_lower(host.ptr[i]);
		bool upper = changed && (serial >> i % 16 & 1) != 0 && c >= 'a' && c <= 'z';

		sip_put_char(w, upper ? (char)(c & ~0x20) : c);
	}
}

static void
put_user(struct sip_writer *w, struct slice user, bool changed, uint32_t serial)
{
	for (size_t i = 0; i < user.len; i++) {
		if (!changed || (serial >> i % 16 & 1) == 0) {
			sip_put_char(w, user.ptr[i]);
			continue;
		}
		sip_put_char(w, '%');
		sip_put_hex(w, (unsigned char)user.ptr[i], 2);
	}
	sip_put_char(w, '@');
}

/* Only what the location service does not look at: the request goes where it would have gone. */
static void
change_uri(struct attack_request *r, unsigned int changes, uint32_t serial)
{
	char text[ATTACK_URI_MAX];
	struct sip_writer w;
	struct sip_uri uri;

	if (!sip_uri_decode(slice_str(r->uri), &uri))
		return;
	sip_writer_init(&w, text, sizeof(text));
	SIP_PUT(&w, "sip:");
	put_user(&w, uri.user, (changes & ATTACK_URI_ESCAPES) != 0, serial);
	put_host(&w, uri.host, (changes & ATTACK_URI_CASE) != 0, serial);
	if (uri.params.ptr != NULL) {
		sip_put_char(&w, ';');
		sip_put(&w, uri.params);
	}
	if ((changes & ATTACK_URI_PARAM) != 0) {
		SIP_PUT(&w, ";z=");
		sip_put_uint(&w, serial);
	}
	if ((changes & ATTACK_URI_HEADERS) != 0) {
		SIP_PUT(&w, "?Subject=");
		sip_put_uint(&w, serial);
	}
	set(r->uri, sizeof(r->uri), sip_written(&w));
}

static void
change_via(char *value, uint32_t serial)
{
	char text[ATTACK_VIA_MAX];
	struct sip_writer w;
	struct sip_via via;

	if (!sip_via_decode(slice_str(value), &via))
		return;
	sip_writer_init(&w, text, sizeof(text));
	SIP_PUT(&w, "SIP / 2.0 / UDP ");
	put_host(&w, via.host, true, serial);
	SIP_PUT(&w, " : 5060;z=\"");
	sip_put_uint(&w, serial);
	SIP_PUT(&w, "\";branch=");
	sip_put(&w, via.branch);
	set(value, ATTACK_VIA_MAX, sip_written(&w));
}

static void
change_vias(struct attack_request *r, unsigned int changes, uint32_t serial)
{
	char other[ATTACK_VIA_MAX];

	if ((changes & ATTACK_VIA_STRIP) != 0 && r->via_count > 1) {
		memcpy(r->via[0], r->via[r->via_count - 1], ATTACK_VIA_MAX);
		r->via_count = 1;
	}
	for (unsigned int i = 0; (changes & ATTACK_VIA_PARAMS) != 0 && i < r->via_count; i++)
		change_via(r->via[i], serial);
	for (unsigned int i = 0; (changes & ATTACK_VIA_ORDER) != 0 && i < r->via_count / 2; i++) {
		char *a = r->via[i], *b = r->via[r->via_count - 1 - i];

		memcpy(other, a, ATTACK_VIA_MAX);
		memcpy(a, b, ATTACK_VIA_MAX);
		memcpy(b, other, ATTACK_VIA_MAX);
	}
}

void
attack_request_change(struct attack_request *r, unsigned int changes, uint32_t serial)
{
	static const struct {
		unsigned int change;
		size_t at;
		char letter;
	} fields[] = {
		{ ATTACK_FROM_TAG, offsetof(struct attack_request, from_tag), 'f' },
		{ ATTACK_TO_TAG, offsetof(struct attack_request, to_tag), 't' },
		{ ATTACK_CSEQ_METHOD, offsetof(struct attack_request, method), 'M' },
		{ ATTACK_AUTHORIZATION, offsetof(struct attack_request, authorization), 'n' },
		{ ATTACK_CALL_ID, offsetof(struct attack_request, call_id), 'c' },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if ((changes & fields[i].change) != 0)
			snprintf((char *)r + fields[i].at, ATTACK_FIELD_MAX, "%c%u",
				 fields[i].letter, serial);
	if ((changes & ATTACK_CSEQ_NUMBER) != 0)
		r->cseq = serial + 1;
	if ((changes & ATTACK_MAX_FORWARDS) != 0)
		r->max_forwards = 70;
	if ((changes & ATTACK_MAX_BREADTH) != 0)
		r->max_breadth = UINT32_MAX - 1;
	change_uri(r, changes, serial);
	change_vias(r, changes, serial);
}
