/* SPDX-License-Identifier: BSD-3-Clause */
/** A home proxy with users, and requests that have a past. */
#ifndef TESTS_DATAPLANE_HOME_H
#define TESTS_DATAPLANE_HOME_H

#include "cases.h"

#define U1 "203.0.113.50:5060"
#define U2 "203.0.113.51:5060"
#define HOME_LINE "INVITE sip:bob@203.0.113.50 SIP/2.0"

/** The users of example.com, in an engine with this configuration. */
static inline void
open_home_as(const char *config)
{
	rig_open(config);
	rig_bind("sip:bob@example.com", "sip:bob@203.0.113.50", NULL);
	rig_bind("sip:nobody@example.com", NULL);
	rig_bind("sip:two@example.com", "sip:two@203.0.113.50", "sip:two@203.0.113.51", NULL);
	rig_bind("sip:path@example.com",
		 "sip:p@10.0.0.5:5061|<sip:T@192.0.2.40;lr;ob>, <sip:192.0.2.41;lr>", NULL);
	rig_bind("sip:head@example.com", "sip:h@203.0.113.50;x=1?Subject=y", NULL);
	rig_bind("sip:sips@example.com", "sips:s@203.0.113.50", NULL);
	rig_bind("sip:name@example.com", "sip:s@unknown.example", NULL);
	rig_bind("sip:strict@example.com", "sip:s@10.0.0.5|<sip:192.0.2.40>", NULL);
}

static inline void
open_home(void)
{
	open_home_as(rig_config_home);
}

/** What compose() wrote. */
static char request[16384];

static inline void
compose(const char *method, const char *uri, const char *vias, const char *hops)
{
	snprintf(request, sizeof(request), "%s %s SIP/2.0\r\n%s%s"
		 "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:bob@example.com>\r\n"
		 "Call-ID: loop@198.51.100.9\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n", method, uri,
		 vias, hops, method);
}

/** Topmost Via value of the one datagram that left. */
static inline const char *
first_via(void)
{
	static char via[256];
	struct slice rest, top;

	assert_int_equal(rig.out.count, 1);
	rest = slice_str(rig_header(rig.out.datagram[0].sip, "Via"));
	top = slice_cut(&rest, ',');
	snprintf(via, sizeof(via), "%.*s", SLICE_FMT(top));
	return via;
}

#define FAR "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKfar\r\n"

#endif
