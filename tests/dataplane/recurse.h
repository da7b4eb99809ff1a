/* SPDX-License-Identifier: BSD-3-Clause */
/** Proxies that answer 305, and where the request goes then, for the tests of that. */
#ifndef TESTS_DATAPLANE_RECURSE_H
#define TESTS_DATAPLANE_RECURSE_H

#include "cases.h"
#include "transaction/recurse.h"

#define HP1 "192.0.2.30:5060" /* other.example */
#define HP2 "192.0.2.41:5060"
#define HP3 "192.0.2.42:5060"
#define UNLISTED "192.0.2.60:5060"

#define RECURSE_NEXT_HOPS                                                                          \
	"  - {domain: hp2.example.net, address: 192.0.2.41}\n"                                     \
	"  - {domain: hp3.example.net, address: 192.0.2.42}\n"                                     \
	"  - {domain: unlisted.example, address: 192.0.2.60}\n"
#define RECURSE_PEERS "recurse_305: [192.0.2.30/32, 192.0.2.40/29]"

#define RECURSE_HOME                                                                               \
	RIG_NETWORKS RECURSE_NEXT_HOPS RIG_NO_LIMITS "names: [p1.example.com]\n"                   \
						     "domains: [example.com]\n"                    \
						     "transactions: {failover_ms: 0}\n"

/** A home proxy; an edge. */
static const char recurse_home[] = RECURSE_HOME "proxy: {" RECURSE_PEERS "}\n";
static const char recurse_edge[] = RIG_NETWORKS RECURSE_NEXT_HOPS RIG_NO_LIMITS
	"names: [proxy.example]\n"
	"edge: {enabled: true, name: ep1.example.com}\n"
	"proxy: {" RECURSE_PEERS "}\n";

enum { KEPT_MAX = 8, KEPT_ROOM = 8192 };

/** Open this configuration, with nothing left of the case before. */
static inline void
open_fresh(const char *config)
{
	rig_open(NULL);
	rig_open(config);
}

static inline bool
goes_to(const struct rig_datagram *d, const char *to)
{
	struct flow_address a = rig_address(to);

	return flow_address_eq(&d->to, &a);
}

/** How many datagrams of the last walk went there. */
static inline unsigned int
count_to(const char *to)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < rig.out.count; i++)
		n += goes_to(&rig.out.datagram[i], to);
	return n;
}

/** The one datagram of the last walk that went there and begins so; it outlives the next walks. */
static inline struct slice
sent(const char *to, const char *first)
{
	static char kept[KEPT_MAX][KEPT_ROOM];
	static unsigned int next;
	struct slice found = SLICE_ABSENT;

	for (unsigned int i = 0; i < rig.out.count; i++) {
		struct slice sip = rig.out.datagram[i].sip;

		if (!goes_to(&rig.out.datagram[i], to) ||
		    strncmp(rig_first_line(sip), first, strlen(first)) != 0)
			continue;
		if (found.ptr != NULL)
			fail_msg("two datagrams \"%s\" to %s", first, to);
		found = sip;
	}
	if (found.ptr == NULL)
		fail_msg("no \"%s\" to %s among %u datagrams; the first: \"%s\"", first, to,
			 rig.out.count,
			 rig.out.count > 0 ? rig_first_line(rig.out.datagram[0].sip) : "");
	assert_true(found.len < KEPT_ROOM);
	memcpy(kept[next], found.ptr, found.len);
	found.ptr = kept[next++];
	next %= KEPT_MAX;
	return found;
}

/** Send a request of ALICE's; `lines` as in a case. */
static inline const struct rig_out *
ask(const char *method, const char *uri, const char *lines)
{
	static char text[2048];
	static unsigned int branch;
	struct request_case c = { .method = method, .uri = uri, .lines = text };

	snprintf(text, sizeof(text),
		 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKr%u\r\n" MF "%s", branch++,
		 lines != NULL ? lines : "");
	return rig_send(case_message(&c), ALICE, EDGE);
}

/** The answer of who got `request`; `lines` are further header lines. */
static inline const struct rig_out *
answer_from(struct slice request, const char *from, const char *status, const char *lines)
{
	static char text[70000], copy[5][1024];
	static const char *const names[] = { "Via", "From", "To", "Call-ID", "CSeq" };
	struct slice top;
	char at[64];

	for (int i = 0; i < 5; i++)
		snprintf(copy[i], sizeof(copy[i]), "%s", rig_header(request, names[i]));
	top = slice_str(strstr(copy[0], "UDP ") + 4);
	top = slice_cut(&top, ';');
	snprintf(at, sizeof(at), "%.*s", SLICE_FMT(top));
	if (strrchr(at, ':') == NULL || at[strlen(at) - 1] == ']')
		strcat(at, ":5060");
	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
		 "%sContent-Length: 0\r\n\r\n",
		 status, copy[0], copy[1], copy[2],
		 strstr(copy[2], "tag=") != NULL ? "" : ";tag=hp", copy[3], copy[4],
		 lines != NULL ? lines : "");
	return rig_send(slice_str(text), from, at);
}

/** Begin at HP1, who answers 305 with these Contact lines. */
static inline struct slice
ask_and_move(const char *method, const char *contacts)
{
	struct slice first;

	ask(method, "sip:bob@other.example", NULL);
	first = sent(HP1, method);
	answer_from(first, HP1, "305 Use Proxy", contacts);
	return first;
}

/** Time goes by until nothing is left; then nothing may be left of the transactions either. */
static inline void
check_no_leaks(void)
{
	const struct transactions *ts = rig.worker->transactions;

	for (int i = 0; i < 600 && ts->live + ts->client_live > 0; i++) {
		rig_wait(2000);
		rig_walk();
	}
	assert_int_equal(ts->live, 0);
	assert_int_equal(ts->client_live, 0);
	assert_int_equal(text_store_used(&ts->text), 0);
}

#endif
