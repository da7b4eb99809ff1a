/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "guard/loop.h"
#include "sip/uri.h"

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
	if (!sip_uri_decode(text, &uri))
		return 0;
	must_lie_in(uri.scheme_name, text);
	must_lie_in(uri.user, text);
	must_lie_in(uri.password, text);
	must_lie_in(uri.host, text);
	must_lie_in(uri.params, text);
	must_lie_in(uri.headers, text);
	if (uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS)
		MUST(sip_host_is_valid(uri.host));
	MUST(sip_uri_eq(&uri, &uri));
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
