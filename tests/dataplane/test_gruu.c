/* SPDX-License-Identifier: BSD-3-Clause */
/** GRUUs as Request-URI: which instance, and what when there is none (RFC 5627 §6.1). */
#include "gruu.h"

#define U(text) .uri = text

static const struct row {
	const char *req;
	struct request_case c;
} targets[] = {
	{ "GR-39", { U(PUBLIC(ID_X)), .to = AT_X, .first = TO_X } },
	{ "GR-39 any case",
	  { U("sip:bob@example.com;GR=URN:UUID:3F1C2B6E-0D57-4C0A-9A54-5B8E1F0C7D21"),
	    .to = AT_X, .first = TO_X } },
	{ "GR-39 escaped", { U("sip:%62ob@EXAMPLE.com:5060;%67r=" ID_X), .to = AT_X, .first = TO_X } },
	{ "GR-39 own Route first", { U(PUBLIC(ID_X)), .to = AT_X, .first = TO_X,
	    .lines = VIA MF "Route: <sip:p1.example.com;lr>\r\n", .want = "Route: -\n" } },
	{ "GR-43 the other instance", { U(PUBLIC(ID_Y)), .to = AT_Y, .first = TO_Y } },
	{ "GR-43 temporary", { U("sip:{42}@example.com;gr"), .to = AT_X, .first = TO_X } },
	{ "GR-43 temporary, the other instance",
	  { U("sip:{43}@example.com;gr"), .to = AT_Y, .first = TO_Y } },
	{ "GR-43 draft form", { U(DRAFT(ID_X)), .to = AT_X, .first = TO_X } },
	{ "GR-44", { U(PUBLIC(ID_X) ";grid=99a;x=y"), .to = AT_X, .first = TO_X } },
	{ "GR-44 temporary", { U("sip:{42}@example.com;gr;grid=99a;x=y"), .to = AT_X, .first = TO_X } },
	{ "GR-44 opaque beside gr",
	  { U(PUBLIC(ID_Y) ";opaque=" ID_X ";grid=1"), .to = AT_Y, .first = TO_Y } },
	{ "GR-40 unknown AOR", { U("sip:nobody@example.com;gr=x"), .first = R404 } },
	{ "GR-40 unknown instance", { U(PUBLIC(ID_NEVER)), .first = R404 } },
	{ "GR-40 no instance-id", { U("sip:bob@example.com;gr=%22"), .first = R404 } },
	{ "GR-40 gr twice", { U(PUBLIC(ID_X) ";gr=" ID_X), .first = R404 } },
	{ "GR-40 gr without value", { U("sip:bob@example.com;gr"), .first = R404 } },
	{ "GR-40 instance of another AOR",
	  { U("sip:alice@example.com;gr=" ID_Y), .first = R404 } },
	{ "GR-40 temporary, another tenant's", { U("sip:{42}@example.net;gr"), .first = R404 } },
	{ "GR-40 temporary, domain in capitals", { U("sip:{42}@EXAMPLE.com;gr"), .to = AT_X, .first = TO_X } },
	{ "GR-40 unknown epoch", { U("sip:{1000}@example.com;gr"), .first = R404 } },
	{ "GR-40 epoch 0", { U("sip:{0}@example.com;gr"), .first = R404 } },
	{ "GR-40 altered", { U("sip:tgruu.mGWcowZthCEfFbpX-1UY8Q1LkvmZsN-YvFOQ@example.com;gr"),
	    .first = R404 } },
	{ "GR-40 ACK", { .method = "ACK", U(PUBLIC(ID_NEVER)) } },
	{ "GR-41 unknown AOR", { U("sip:nobody@example.com;opaque=" ID_X), .first = R404 } },
	{ "GR-41 unknown instance", { U(DRAFT(ID_NEVER)), .first = R480 } },
	{ "GR-41 no binding", { U(DRAFT(ID_Z)), .first = R480 } },
	{ "GR-41 opaque that is no URN", { U("sip:bob@example.com;opaque=x"), .to = AT_Y, .first = TO_Y } },
	{ "GR-42 no binding", { U(PUBLIC(ID_Z)), .first = R480 } },
	{ "GR-30 expired", { U("sip:gone@example.com;gr=" ID_X), .first = R480 } },
	{ "GR-29 expired", { U("sip:{44}@example.com;gr"), .first = R404 } },
	{ "GR-51", { U("sip:path@example.com;gr=" ID_X), .to = AT_EP1, .first = TO_PATH,
	    .want = "Route: <sip:192.0.2.40;lr>\n" } },
	{ "GR-51 temporary", { U("sip:{45}@example.com;gr"), .to = AT_EP1, .first = TO_PATH,
	    .want = "Route: <sip:192.0.2.40;lr>\n" } },
	{ "GR-56", { U("sip:{42}@example.com"), .first = R404 } },
	{ "GR-56 with a value", { U("sip:{42}@example.com;gr=" ID_X), .first = R404 } },
	{ "GR-57", { U("sip:bob@example.com"), .to = AT_Y, .first = TO_Y } },
	{ "another domain's", { U("sip:u@other.example;gr=" ID_NEVER), .to = "192.0.2.30:5060",
	    .first = "INVITE sip:u@other.example;gr=" ID_NEVER " SIP/2.0" } },
};

static void
check_target(void **state)
{
	const struct row *r = *state;

	gruu_run(gruu_rfc, &r->c);
}
GTEST_ROWS(Gruu, targets, req, check_target);

/* Scenario 8: `+` for `-` and `/` for `_` mean the same, any other character does not. */
GTEST(Gruu, GR_25_GR_40_each_character)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/";
	struct request_case c = { .lines = VIA MF };
	char uri[128];

	gruu_open(gruu_rfc);
	snprintf(uri, sizeof(uri), "sip:%%74%s@example.com;%%47r", rig_temp_gruu(EPOCH_X) + 1);
	c = (struct request_case){ .lines = VIA MF, .uri = uri, .first = TO_X, .to = AT_X };
	run_case(&c);
	for (size_t at = 6; at < TEMP_GRUU_USER_LEN; at++) {
		char right, *digit;

		snprintf(uri, sizeof(uri), "sip:%s@example.com;gr", rig_temp_gruu(EPOCH_X));
		digit = &uri[4 + at];
		right = *digit;
		for (const char *d = digits; d < digits + sizeof(digits) - 1; d += 5) {
			char was = *d == '+' ? '-' : *d == '/' ? '_' : *d;
			bool same = was == right;

			*digit = *d;
			c.uri = uri;
			c.first = same ? TO_X : R404;
			c.to = same ? AT_X : NULL;
			run_case(&c);
		}
	}
}

/* Attacks: nothing in a URI is too long to be refused, and the limit is what it says. */
GTEST(Gruu, GR_40_too_long)
{
	static const struct {
		const char *name;
		size_t length;
		const char *first;
	} rows[] = {
		{ "gr", 512, R404 },
		{ "gr", 513, "SIP/2.0 414 Request-URI Too Long" },
		{ "gr=" ID_X ";grid", 513, "SIP/2.0 414 Request-URI Too Long" },
		{ "opaque=" ID_X ";grid", 60000, "SIP/2.0 414 Request-URI Too Long" },
	};
	static char uri[61000];
	struct request_case c = { .uri = uri, .lines = VIA MF };

	gruu_open(gruu_rfc);
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		int n = snprintf(uri, sizeof(uri), "sip:bob@example.com;%s=", rows[i].name);

		memset(uri + n, 'a', rows[i].length);
		uri[(size_t)n + rows[i].length] = '\0';
		c.first = rows[i].first;
		run_case(&c);
	}
}

/* What is counted: look-ups of GRUUs, and those that there are none of. */
GTEST(Gruu, GR_40_counters)
{
	static const struct request_case known = { U(PUBLIC(ID_X)), .lines = VIA MF };
	static const struct request_case unknown = { U(PUBLIC(ID_NEVER)), .lines = VIA MF };
	static const struct request_case aor = { U("sip:who@example.com"), .lines = VIA MF };

	gruu_open(gruu_rfc);
	rig_send(case_message(&known), ALICE, EDGE);
	assert_int_equal(rig.out.counter[STATS_gruu], 1);
	assert_int_equal(rig.out.counter[STATS_gruu_unknown], 0);
	rig_send(case_message(&unknown), ALICE, EDGE);
	assert_int_equal(rig.out.counter[STATS_gruu], 1);
	assert_int_equal(rig.out.counter[STATS_gruu_unknown], 1);
	rig_send(case_message(&aor), ALICE, EDGE);
	assert_int_equal(rig.out.counter[STATS_gruu], 0);
	assert_int_equal(rig.out.counter[STATS_gruu_unknown], 0);
}

/* One burst with everything in it: what is asked for ahead does not mix them up. */
GTEST(Gruu, GR_43_in_one_burst)
{
	static const char *const uris[] = { PUBLIC(ID_X), "sip:bob@example.com",
					    "sip:{42}@example.com;gr", PUBLIC(ID_NEVER),
					    "sip:{43}@example.com;gr", DRAFT(ID_X) };
	static const char *const ends[] = { AT_X, AT_Y, AT_X, ALICE, AT_Y, AT_X };
	static const char via[] = "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bK%u\r\n" MF;
	char lines[128];

	gruu_open(gruu_rfc);
	for (unsigned int i = 0; i < 48; i++) {
		struct request_case c = { .uri = gruu_expand(uris[i % 6]), .lines = lines };

		snprintf(lines, sizeof(lines), via, i);
		rig_queue(NULL, case_message(&c), ALICE, EDGE);
	}
	rig_walk();
	assert_int_equal(rig.out.count, 48);
	for (unsigned int e = 0; e < 3; e++) {
		struct flow_address end = rig_address(((const char *[]){ AT_X, AT_Y, ALICE })[e]);
		unsigned int n = 0, want = 0;

		for (unsigned int i = 0; i < 48; i++) {
			struct flow_address to = rig_address(ends[i % 6]);

			n += flow_address_eq(&rig.out.datagram[i].to, &end);
			want += flow_address_eq(&to, &end);
		}
		assert_int_equal(n, want);
	}
}

/* GR-28: a binding leaves the GRUU when it expires, not when it is swept up. */
GTEST(Gruu, GR_28)
{
	static const struct request_case before = { U(PUBLIC(ID_X)), .lines = VIA MF, .first = TO_X,
						    .to = AT_X };
	static const struct request_case public = { U(PUBLIC(ID_Y)), .lines = VIA MF, .first = R480 };
	struct request_case temporary = { .lines = VIA MF, .first = R404 };

	gruu_open(gruu_rfc);
	run_case(&before);
	rig_wait(3602 * 1000);
	temporary.uri = gruu_expand("sip:{43}@example.com;gr");
	run_case(&public);
	run_case(&temporary);
}

/* Scenario 4: the epoch of a new Call-ID is another one. */
GTEST(Gruu, GR_10_epochs)
{
	static const struct rig_instance later[] = { { ID_X, EPOCH_OTHER } };
	static const struct rig_binding bob[] = { { "sip:bob@203.0.113.50", .instance = ID_X } };
	struct request_case c = { .first = R404, .lines = VIA MF };
	struct request_case now = { .lines = VIA MF, .first = TO_X, .to = AT_X };

	gruu_open(gruu_rfc);
	rig_bind_instances("sip:bob@example.com", bob, 1, later, 1);
	c.uri = gruu_expand("sip:{42}@example.com;gr");
	run_case(&c);
	now.uri = gruu_expand("sip:{77}@example.com;gr");
	run_case(&now);
	now.uri = PUBLIC(ID_X);
	run_case(&now);
}

/* GR-34: GRUUs of the key before are still taken, and those of one before that are not. */
GTEST(Gruu, GR_34_keys)
{
	struct request_case c = { .lines = VIA MF, .first = TO_X, .to = AT_X };
	char uri[96];

	gruu_open(gruu_rfc);
	snprintf(uri, sizeof(uri), "sip:%s@example.com;gr", rig_temp_gruu(EPOCH_X));
	c.uri = uri;
	run_case(&c);
	assert_int_equal(keyring_rotate_gruu(&rig.ring), KEYRING_OK);
	rig_publish_keys();
	run_case(&c);
	c.uri = gruu_expand("sip:{42}@example.com;gr");
	assert_string_not_equal(c.uri, uri);
	run_case(&c);
	assert_int_equal(keyring_rotate_gruu(&rig.ring), KEYRING_OK);
	rig_publish_keys();
	run_case(&c);
	c = (struct request_case){ .uri = uri, .lines = VIA MF, .first = R404 };
	run_case(&c);
	memset(rig.ring.has_gruu, 0, sizeof(rig.ring.has_gruu));
	rig_publish_keys();
	c.uri = gruu_expand("sip:{42}@example.com;gr");
	run_case(&c);
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
