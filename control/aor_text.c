/* SPDX-License-Identifier: BSD-3-Clause */
#include "aor_text.h"

#include <stdio.h>

#include "sip/uri.h"

struct slice
aor_text_read(const char *word, char *out, size_t size)
{
	bool has_scheme = strncmp(word, "sip:", 4) == 0 || strncmp(word, "sips:", 5) == 0;
	struct sip_uri uri;
	char text[1024];
	size_t len;
	int n;

	n = snprintf(text, sizeof(text), "%s%s", has_scheme ? "" : "sip:", word);
	if (n < 0 || (size_t)n >= sizeof(text) || !sip_uri_decode(slice_str(text), &uri) ||
	    uri.password.ptr != NULL)
		return SLICE_ABSENT;
	/* the port is no part of the record when it is the usual one */
	if (sip_uri_has_usual_port(&uri))
		uri.port = 0;
	len = sip_uri_aor(&uri, out, size);
	return len > 0 ? slice_of(out, len) : SLICE_ABSENT;
}
