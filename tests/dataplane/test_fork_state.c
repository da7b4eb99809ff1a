/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * transactions.state: always. What one place gets, and what comes back from there, is what it would
 * be without state; but for the branch, and the 100 to an INVITE.
 */
#include "fork.h"

#define UA STRANGER
#define UA2 "203.0.113.8:40313"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;keep;branch=z9hG4bKbob\r\n"
#define PEER_VIA "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n"
#define TWO_VIAS UA_VIA "Via: SIP/2.0/UDP 10.0.0.99;branch=z9hG4bKx\r\n"
#define BOB_URI "sip:bob@10.0.0.5:5060"
#define HOME "192.0.2.30:5060"
#define INSTANCE ";+sip.instance=\"<urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21>\"\r\n"

#define EDGE_STATE(state)                                                                          \
	RIG_NETWORKS RIG_NO_LIMITS "names: [proxy.example]\n"                                      \
				   "edge: {enabled: true, name: ep1.example.com, "                 \
				   "record_route: ob, flow_timer: 30}\n"                           \
				   "transactions: {state: " state "}\n"

static const char edge_always[] = EDGE_STATE("always");
static const char edge_never[] = EDGE_STATE("never");
static const char home_always[] = FORK_CONFIG("", "state: always");
static const char home_never[] = FORK_CONFIG("", "state: never");

/* @P and @R in `lines` are tokens of UA's flow, of Path and of Record-Route. */
static const struct state_case {
	struct request_case c;
	bool home;
	const char *status, *lines; /* the answer: 200 OK, its header lines */
} cases[] = {
	{ { .req = "PX-122_next_hop", .uri = "sip:c@other.example", .lines = VIA MF, .to = HOME } },
	{ { .req = "PX-122_address",
	    .uri = "sip:c@203.0.113.50",
	    .lines = VIA MF,
	    .to = "203.0.113.50:5060" },
	  .status = BUSY },
	{ { .req = "PX-122_port",
	    .uri = "sip:c@203.0.113.50:5099;x=y",
	    .lines = VIA MF,
	    .to = "203.0.113.50:5099" },
	  .status = RINGING },
	{ { .req = "PX-122_lan",
	    .uri = "sip:c@lan.example",
	    .lines = VIA MF,
	    .to = "10.0.0.9:5060",
	    .source = "10.0.0.1:5060" } },
	{ { .req = "PX-122_to_IPv6",
	    .uri = "sip:c@six.example",
	    .lines = VIA MF,
	    .to = "[2001:db8::30]:5080",
	    .source = "[2001:db8::10]:5060" } },
	{ { .req = "PX-122_strict_router",
	    .uri = "sip:c@c.example",
	    .lines = VIA MF "Route: <sip:203.0.113.50>, <sip:x.example;lr>\r\n",
	    .to = "203.0.113.50:5060" } },
	{ { .req = "PX-122_Routes",
	    .uri = "sip:c@c.example",
	    .lines = VIA MF "Route: <sip:proxy.example;lr>\r\nRoute: <sip:203.0.113.50;lr>\r\n",
	    .to = "203.0.113.50:5060" } },
	{ { .req = "PX-122_maddr_of_ours",
	    .uri = "sip:c@other.example;maddr=192.0.2.10",
	    .lines = VIA MF,
	    .to = HOME } },
	{ { .req = "OB-01_REGISTER",
	    .method = "REGISTER",
	    .uri = "sip:other.example",
	    .from = UA,
	    .lines = UA_VIA MF "Supported: path, outbound\r\nContact: <" BOB_URI
			       ">;reg-id=1" INSTANCE,
	    .to = HOME },
	  .lines = "Require: outbound\r\nPath: <sip:x;lr>\r\n" },
	{ { .req = "OB-12_REGISTER_refused",
	    .method = "REGISTER",
	    .uri = "sip:other.example",
	    .from = UA,
	    .lines = UA_VIA MF "Supported: path\r\nContact: <" BOB_URI ">\r\n",
	    .to = HOME },
	  .status = "403 Forbidden" },
	{ { .req = "OB-22_flow",
	    .uri = BOB_URI,
	    .from = PEER,
	    .lines = PEER_VIA MF "Route: <sip:@P@ep1.example.com;lr>\r\n",
	    .to = UA } },
	{ { .req = "OB-25_flow_with_ob",
	    .uri = BOB_URI,
	    .from = PEER,
	    .lines = PEER_VIA MF "Route: <sip:@P@ep1.example.com;lr;ob>\r\n"
				 "Record-Route: <sip:hp1.example.com;lr>\r\n",
	    .to = UA },
	  .status = "603 Decline" },
	{ { .req = "OB-22_flow_then_Route",
	    .uri = BOB_URI,
	    .from = PEER,
	    .method = "MESSAGE",
	    .lines = PEER_VIA MF "Route: <sip:@P@ep1.example.com;lr>, <sip:x.example;lr>\r\n",
	    .to = UA } },
	{ { .req = "OB-24_in_dialog",
	    .uri = BOB_URI,
	    .from = UA2,
	    .to_tag = ";tag=1",
	    .method = "BYE",
	    .lines = UA_VIA MF "Route: <sip:@R@ep1.example.com;lr>\r\n",
	    .to = UA } },
	{ { .req = "OB-26_outgoing",
	    .uri = "sip:c@other.example",
	    .from = UA,
	    .lines = UA_VIA MF "Route: <sip:@P@ep1.example.com;lr;ob>\r\n"
			       "Contact: <sip:bob@10.0.0.5;ob>\r\n",
	    .to = HOME } },
	{ { .req = "MB-10_Max-Breadth",
	    .uri = "sip:c@other.example",
	    .lines = VIA MF "Max-Breadth: 9\r\n",
	    .to = HOME } },
	{ { .req = "LD-20_Vias",
	    .uri = "sip:c@other.example",
	    .to = HOME,
	    .lines = VIA "Via: SIP / 2.0 / UDP example.net:5070 ;branch=abc, SIP/2.0/TLS "
			 "[2001:db8::9]:5061;foo;bar=\"a;b,c\";branch=z9hG4bK-x;ttl=1\r\n" MF } },
	{ { .req = "PX-46_binding", .uri = "sip:one@example.com", .lines = VIA MF, .to = U1 },
	  true },
	{ { .req = "PX-46_MESSAGE",
	    .uri = "sip:one@example.com",
	    .lines = VIA MF,
	    .to = U1,
	    .method = "MESSAGE" },
	  true },
	{ { .req = "OB-72_Path",
	    .uri = "sip:path@example.com",
	    .lines = VIA MF,
	    .to = "203.0.113.55:5060" },
	  true,
	  BUSY },
	{ { .req = "PX-33_in_dialog",
	    .uri = "sip:u1@203.0.113.51;x=1",
	    .lines = VIA MF,
	    .to = U1,
	    .method = "UPDATE",
	    .to_tag = ";tag=1" },
	  true },
	{ { .req = "PX-47_sips_contact_headers",
	    .uri = "sip:odd@example.com",
	    .lines = VIA MF,
	    .to = U1 },
	  true },
};

/* The text of a case, with tokens made of the present keys. */
static struct slice
write_case(char *text, size_t size, struct slice message)
{
	static const char *const letters[] = { "@P@", "@R@" };
	char *at, rest[2048];

	assert_true(message.len < size);
	memcpy(text, message.ptr, message.len);
	text[message.len] = '\0';
	for (unsigned int i = 0; i < RTE_DIM(letters); i++) {
		at = strstr(text, letters[i]);
		if (at == NULL)
			continue;
		snprintf(rest, sizeof(rest), "%s", at + 2);
		sprintf(at, "%s%s",
			rig_token(i == 0 ? FLOW_TOKEN_PATH : FLOW_TOKEN_RECORD_ROUTE, EDGE, UA),
			rest);
	}
	return slice_str(text);
}

/* Without the value of our branch. */
static void
mask(struct sent *s)
{
	char *via = strstr(s->text, "\r\nVia: SIP/2.0/UDP "), *at = strstr(via, ";branch=") + 8;
	size_t n = strcspn(at, ";,\r");

	memmove(at, at + n, s->len - (size_t)(at - s->text) - n + 1);
	s->len -= n;
}

/* What leaves with this configuration: the request, and what comes back of its answer. */
static void
run_with(const char *config, const struct keyring *keys, const struct state_case *s,
	 struct slice message, struct sent *request, struct sent *response)
{
	const struct request_case *c = &s->c;
	const char *from = c->from != NULL ? c->from : ALICE;
	const char *method = c->method != NULL ? c->method : "INVITE";
	char text[4096];

	fork_open(config);
	rig_bind("sip:path@example.com",
		 "sip:p@10.9.9.9|<sip:T@203.0.113.55;lr>, <sip:203.0.113.56;lr>", NULL);
	rig_bind("sip:odd@example.com", "sip:odd@203.0.113.51;a=b?Subject=x", NULL);
	rig.ring = *keys;
	rig_publish_keys();
	fork_put(write_case(text, sizeof(text), message), from);
	assert_int_equal(rig.out.counter[STATS_transactions], rig.worker->transactions != NULL);
	fork_keep(request, c->to, method);
	ANSWER(request, .status = s->status != NULL ? s->status : ANSWERED,
	       .lines = s->lines != NULL ? s->lines : "X: y\r\n", .body = "v=0");
	fork_keep(response, from, "SIP/2.0 ");
	mask(request);
	fork_drain();
}

static void
same_as_without(void **state)
{
	static struct sent request[2], response[2];
	const struct state_case *s = *state;
	struct slice message = case_message(&s->c);
	struct keyring keys;

	assert_int_equal(keyring_generate(&keys), KEYRING_OK);
	run_with(s->home ? home_never : edge_never, &keys, s, message, &request[0], &response[0]);
	run_with(s->home ? home_always : edge_always, &keys, s, message, &request[1], &response[1]);
	assert_string_equal(request[1].text, request[0].text);
	assert_string_equal(response[1].text, response[0].text);
	assert_true(flow_address_eq(&request[1].from, &request[0].from));
	assert_true(flow_address_eq(&response[1].from, &response[0].from));
}
GTEST_ROWS(ForkState, cases, c.req, same_as_without);

/* What is refused without state is refused so with it, and leaves none. */
static const struct {
	const char *name;
	struct call call;
	const char *first; /* NULL: nothing is sent */
} refusals[] = {
	{ "PX-36_404", { .user = "nobody" }, "SIP/2.0 404 Not Found" },
	{ "PX-37_480", { .user = "gone" }, "SIP/2.0 480 Temporarily Unavailable" },
	{ "LD-21_420", { .lines = "Proxy-Require: x\r\n" }, "SIP/2.0 420 Bad Extension" },
	{ "PX-37_no_route", { .uri = "sip:bob@nowhere.example" }, "SIP/2.0 404" },
	{ "LD-22_ACK", { .method = "ACK", .user = "nobody", .branch = "x" }, NULL },
};

static void
refused(void **state)
{
	const typeof(refusals[0]) *r = *state;

	fork_open(home_always);
	rig_bind("sip:gone@example.com", NULL);
	fork_call(&r->call);
	fork_check_count(r->first != NULL ? 1 : 0);
	if (r->first != NULL)
		fork_sent(ALICE, r->first);
	assert_int_equal(rig.worker->transactions->live, 0);
	fork_drain();
}
GTEST_ROWS(ForkState, refusals, name, refused);

/* A request that a user agent behind a flow sends: its copies and the CANCEL end here. */
GTEST(ForkState, PX_04_PX_113_PX_114_at_an_edge)
{
	char lines[512];
	struct request_case c = { .lines = lines, .uri = BOB_URI };
	static char invite[4096], cancel[4096];

	fork_open(edge_always);
	snprintf(lines, sizeof(lines), PEER_VIA MF "Route: <sip:%s@ep1.example.com;lr>\r\n",
		 rig_token(FLOW_TOKEN_PATH, EDGE, UA));
	snprintf(invite, sizeof(invite), "%.*s", SLICE_FMT(case_message(&c)));
	fork_put(slice_str(invite), PEER);
	fork_check_count(2);
	fork_keep(&fork_leg[0], UA, "INVITE ");
	fork_put(slice_str(invite), PEER);
	fork_check_count(1);
	fork_sent(PEER, "SIP/2.0 100");
	fork_say(&fork_leg[0], RINGING);
	snprintf(cancel, sizeof(cancel), "CANCEL%.*s", (int)(strstr(invite, "CSeq:") - invite - 6),
		 invite + 6);
	strcat(cancel, "CSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n");
	fork_put(slice_str(cancel), PEER);
	fork_sent(PEER, "SIP/2.0 200");
	fork_sent(UA, "CANCEL " BOB_URI);
	fork_say(&fork_leg[0], TERMINATED);
	fork_sent(UA, "ACK " BOB_URI);
	fork_sent(PEER, "SIP/2.0 487");
	fork_drain();
}

/* RFC 6026: the ACK for a 2xx has no transaction, with state everywhere, too. */
GTEST(ForkState, PX_183_PX_188_ACK)
{
	fork_open(home_always);
	CALL(.user = "one");
	fork_keep(&fork_leg[0], U1, "INVITE ");
	fork_say(&fork_leg[0], ANSWERED);
	CALL(.method = "ACK", .uri = C1, .branch = "ack", .to = "<sip:one@example.com>;tag=t");
	fork_check_count(1);
	check_headers(fork_sent(U1, "ACK " C1)->sip, "Max-Breadth: 60\nMax-Forwards: 69\n");
	fork_drain();
}

/* A copy is a copy: octet for octet what went out before, though what is bound has changed. */
GTEST(ForkState, PX_126_PX_184_copies)
{
	static struct sent first;

	fork_open(home_always);
	CALL(.user = "path");
	rig_bind("sip:path@example.com", "sip:p@10.9.9.9|<sip:T@203.0.113.55;lr>", NULL);
	CALL(.user = "path", .branch = "b");
	fork_keep(&first, "203.0.113.55:5060", "INVITE ");
	rig_bind("sip:path@example.com", NULL);
	CALL(.user = "path", .branch = "b");
	fork_check_count(1);
	fork_sent(ALICE, "SIP/2.0 100");
	fork_until(530);
	assert_true(slice_eq(fork_sent("203.0.113.55:5060", "INVITE ")->sip, fork_kept(&first)));
	fork_drain();
}

/* One burst leaves in its order, with and without a transaction: a BYE does not overtake the ACK.
 */
GTEST(ForkState, order_of_one_burst)
{
	static const char *const method[] = { "ACK", "BYE", "ACK", "INFO" };

	rig_open(NULL);
	rig_open(home_always);
	for (unsigned int i = 0; i < RTE_DIM(method); i++) {
		struct request_case c = { .method = method[i], .uri = "sip:c@other.example" };
		char lines[128];

		snprintf(lines, sizeof(lines),
			 "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKo%u\r\n" MF, i);
		c.lines = lines;
		rig_queue(NULL, case_message(&c), ALICE, EDGE);
	}
	rig_walk();
	assert_int_equal(rig.out.count, RTE_DIM(method));
	for (unsigned int i = 0; i < RTE_DIM(method); i++)
		assert_memory_equal(rig.out.datagram[i].sip.ptr, method[i], 3);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
