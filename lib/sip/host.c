/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/host.h"

#include "sip/reader/host.h"

bool
sip_host_is_valid(struct slice host)
{
	struct slice taken;

	return host.len > 0 && take_host(host.ptr, bounds_of(host), &taken) == slice_end(host);
}

bool
sip_hostport_decode(struct slice text, struct slice *host, uint16_t *port)
{
	struct bounds b;
	const char *p;

	*port = 0;
	if (text.len == 0)
		return false;
	b = bounds_of(text);
	p = take_host(text.ptr, b, host);
	if (p == NULL)
		return false;
	p = skip_lws(p, b.end);
	if (p == b.end)
		return true;
	if (*p != ':')
		return false;
	p = take_port(skip_lws(p + 1, b.end), b, port);
	return p != NULL && skip_lws(p, b.end) == b.end;
}
