/* SPDX-License-Identifier: BSD-3-Clause */
/** What a user agent is told when no home proxy is there (PR-08). */
#include "cases.h"
#include "table/hops.h"

#define UA STRANGER
#define HOME "192.0.2.30:5060"
#define UA_VIA "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKbob\r\n"
#define TWO_VIAS UA_VIA "Via: SIP/2.0/UDP 10.0.0.99;branch=z9hG4bKx\r\n"
#define CONTACT "Contact: <sip:bob@10.0.0.5:5060>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"\r\n"
#define EDGE_IS(more) RIG_NETWORKS "edge: {enabled: true, name: ep1.example.com" more "}\n"

static const char plain[] = EDGE_IS("");
static const char ims[] = EDGE_IS(", restoration_body: true");
static const char ims_draft[] = EDGE_IS(", restoration_body: true, form: draft00");

static const char body[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
	"<ims-3gpp version=\"1\"><alternative-service><type>restoration</type><reason>home proxy "
	"not reachable</reason><action>initial-registration</action></alternative-service>"
	"</ims-3gpp>\r\n";

/* The home of other.example, up or down. */
static void
publish_home(bool down)
{
	const struct hops_target home = { .address = rig_address(HOME), .weight = 1 };
	const struct hops_state state = { .address = rig_address(HOME), .down = down };
	const struct hops_entry entry = { .name = SLICE("other.example"),
					  .kind = HOPS_CONFIGURED,
					  .targets = &home,
					  .target_count = 1,
					  .balance = CONFIG_BALANCE_CALL_ID };
	const struct hops_content content = {
		.entries = &entry, .entry_count = 1, .states = &state, .state_count = 1
	};

	assert_int_equal(hops_publish(rig.engine->config->shm_dir, &content, NULL), SEGMENT_OK);
	via_engine_tick(rig.engine);
}

static const struct restoration_case {
	const char *req, *config;
	struct request_case c;
	bool ims; /* it is told to register anew */
} cases[] = {
	/* clang-format off */
	{ "PR-08 plain", plain, { .from = UA, .lines = UA_VIA MF }, false },
	{ "PR-08 IMS", ims, { .from = UA, .lines = UA_VIA MF }, true },
	{ "PR-08 IMS, REGISTER", ims, { .method = "REGISTER", .from = UA,
	  .lines = UA_VIA MF "Supported: path\r\n" CONTACT }, true },
	{ "PR-08 IMS, in the draft's form", ims_draft, { .from = UA, .lines = UA_VIA MF }, true },
	{ "PR-08 not to a peer", ims, { .from = PEER,
	  .lines = "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKhp\r\n" MF }, false },
	{ "PR-08 not by way of another proxy", ims, { .from = UA, .lines = TWO_VIAS MF }, false },
	/* clang-format on */
};

/* The Path that a REGISTER of the user agent gets, while its home is there. */
static void
path_of_registration(char path[256])
{
	struct request_case c = { .method = "REGISTER",
				  .uri = "sip:other.example",
				  .lines = UA_VIA MF "Supported: path\r\n" CONTACT };

	publish_home(false);
	rig_send(case_message(&c), UA, EDGE);
	assert_int_equal(rig.out.count, 1);
	snprintf(path, 256, "%s", rig_header(rig.out.datagram[0].sip, "Path"));
}

static void
check_restoration(void **state)
{
	const struct restoration_case *r = *state;
	struct request_case c = r->c;
	const char *end;
	char path[256];
	struct slice sip;

	rig_open(r->config);
	path_of_registration(path);
	publish_home(true);
	c.uri = "sip:other.example";
	sip = check_one(rig_send(case_message(&c), c.from, EDGE), EDGE, c.from);
	check_first_line(sip, "SIP/2.0 504 Server Time-out");
	end = memmem(sip.ptr, sip.len, "\r\n\r\n", 4);
	assert_non_null(end);
	assert_string_equal(rig_header(sip, "Retry-After"), "");
	/* 5.1 item 8: exactly the URI of the registration, because the user agent compares it */
	assert_string_equal(rig_header(sip, "P-Asserted-Identity"), r->ims ? path : "");
	assert_string_equal(rig_header(sip, "Content-Type"),
			    r->ims ? "application/3gpp-ims+xml" : "");
	assert_string_equal(rig_header(sip, "Content-Length"), r->ims ? "220" : "0");
	assert_true(
		slice_eq(slice_between(end + 4, slice_end(sip)), slice_str(r->ims ? body : "")));
}
GTEST_ROWS(Restoration, cases, req, check_restoration);

/* Nothing is left of it when the home is back. */
GTEST(Restoration, PR_08_the_home_is_back)
{
	struct request_case c = { .from = UA,
				  .uri = "sip:c@other.example",
				  .lines = UA_VIA MF,
				  .to = HOME,
				  .first = "INVITE sip:c@other.example SIP/2.0" };

	rig_open(ims);
	publish_home(true);
	rig_send(case_message(&c), UA, EDGE);
	check_first_line(check_one(&rig.out, EDGE, UA), "SIP/2.0 504 Server Time-out");
	publish_home(false);
	run_case(&c);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
