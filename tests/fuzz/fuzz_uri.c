/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "guard/loop.h"
#include "sip/uri_char.h"
#include "sip/uri_compare.h"

enum { TEXT_MAX = 4096 };

static void
check_aor(const struct sip_uri *uri)
{
	char text[512], again[512];
	size_t n = sip_uri_aor(uri, text, sizeof(text));
	struct sip_uri aor;

	if (n == 0)
		return;
	/* Canonical: a URI itself, of which the canonical form is the same. */
	MUST(n <= sizeof(text) && sip_uri_decode(slice_of(text, n), &aor));
	MUST(aor.scheme == SIP_SCHEME_SIP && aor.params.ptr == NULL && aor.headers.ptr == NULL);
	MUST(aor.port == uri->port && slice_eq_nocase(aor.host, uri->host));
	MUST(sip_uri_aor(&aor, again, n < 8 ? 8 : n) == n && memcmp(text, again, n) == 0);
	MUST(sip_uri_aor(&aor, again, n - 1) == 0);
}

/* So few that they are not compared as octets. */
static bool
are_few(struct slice pairs, char separator)
{
	unsigned int n = 0;

	for (; pairs.ptr != NULL; n++)
		slice_cut(&pairs, separator);
	return n <= SIP_URI_EQ_MAX;
}

/* A copy equals it, also with the digits of its escapes in lower case. */
static void
check_spelling(const struct sip_uri *uri)
{
	static char text[TEXT_MAX];
	struct sip_uri other;

	if (uri->text.len > sizeof(text))
		return;
	memcpy(text, uri->text.ptr, uri->text.len);
	MUST(sip_uri_decode(slice_of(text, uri->text.len), &other));
	MUST(sip_uri_eq(uri, uri) && sip_uri_eq(uri, &other));
	if (!are_few(uri->params, ';') || !are_few(uri->headers, '&'))
		return;
	for (size_t i = 0; i + 2 < uri->text.len; i++) {
		if (!sip_uri_is_escape(text + i, text + uri->text.len))
			continue;
		text[i + 1] = slice_lower(text[i + 1]);
		text[i + 2] = slice_lower(text[i + 2]);
	}
	MUST(sip_uri_eq(uri, &other) && sip_uri_eq(&other, uri));
}

/* Two URIs with a line feed between them, which is in neither. */
static void
check_pair(struct slice text)
{
	struct slice first = slice_cut(&text, '\n');
	struct sip_uri a, b;

	if (text.ptr == NULL || !sip_uri_decode(first, &a) || !sip_uri_decode(text, &b))
		return;
	check_spelling(&a);
	check_spelling(&b);
	MUST(sip_uri_eq(&a, &b) == sip_uri_eq(&b, &a));
	if (!sip_uri_eq(&a, &b))
		return;
	MUST(a.scheme == b.scheme && a.port == b.port);
	MUST((a.user.ptr == NULL) == (b.user.ptr == NULL));
	MUST((a.password.ptr == NULL) == (b.password.ptr == NULL));
	MUST((a.headers.ptr == NULL) == (b.headers.ptr == NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size), rest, name, value;
	struct loop_input in = { .call_id = SLICE("c"), .cseq = 1 };
	const struct siphash_key key = { 1, 2 };
	struct sip_uri uri;
	uint16_t port;

	if (sip_hostport_decode(text, &value, &port)) {
		must_lie_in(value, text);
		MUST(sip_host_is_valid(value));
	}
	check_pair(text);
	if (!sip_uri_decode(text, &uri))
		return 0;
	must_lie_in(uri.scheme_text, text);
	must_lie_in(uri.user, text);
	must_lie_in(uri.password, text);
	must_lie_in(uri.host, text);
	must_lie_in(uri.params, text);
	must_lie_in(uri.headers, text);
	if (uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS)
		MUST(sip_host_is_valid(uri.host));
	check_spelling(&uri);
	sip_uri_is_loose(&uri);
	for (rest = uri.params; sip_param_next(&rest, &name, &value);) {
		must_lie_in(name, uri.params);
		must_lie_in(value, uri.params);
		MUST(sip_param_find(uri.params, name, NULL));
	}
	check_aor(&uri);
	in.uri = &uri;
	loop_part_make(key, &in);
	return 0;
}
