/* SPDX-License-Identifier: BSD-3-Clause */
/** What registrar.gruu and registrar.hide_users change; `grid`; SIPS. */
#include "gruu.h"

#define GRID_USER "sip:grid@example.com"

static const struct row {
	const char *req, *config;
	struct request_case c;
} forms[] = {
	{ "GR-48", gruu_rfc, { .uri = DRAFT(ID_X) ";grid=99a", .to = AT_X,
	    .first = "INVITE sip:bob@203.0.113.50;grid=99a SIP/2.0" } },
	{ "GR-48 other parameters stay", gruu_rfc, { .uri = DRAFT(ID_X) ";x=y;%67rid=[9];z", .to = AT_X,
	    .first = "INVITE sip:bob@203.0.113.50;grid=[9] SIP/2.0" } },
	{ "GR-48 without value", gruu_rfc, { .uri = DRAFT(ID_X) ";grid", .to = AT_X,
	    .first = "INVITE sip:bob@203.0.113.50;grid SIP/2.0" } },
	{ "GR-48 in place of the contact's", gruu_rfc, { .uri = GRID_USER ";opaque=" ID_X ";grid=new",
	    .to = AT_X, .first = "INVITE sip:g@203.0.113.50;a=b;c;grid=new SIP/2.0" } },
	{ "GR-48 the contact's stays", gruu_rfc, { .uri = GRID_USER ";opaque=" ID_X,
	    .to = AT_X, .first = "INVITE sip:g@203.0.113.50;a=b;GRID=old;c SIP/2.0" } },
	{ "GR-44 the contact's stays", gruu_rfc, { .uri = GRID_USER ";gr=" ID_X ";grid=new",
	    .to = AT_X, .first = "INVITE sip:g@203.0.113.50;a=b;GRID=old;c SIP/2.0" } },
	{ "GR-48 with gr, both", gruu_both, { .uri = PUBLIC(ID_X) ";grid=99a", .to = AT_X,
	    .first = "INVITE sip:bob@203.0.113.50;grid=99a SIP/2.0" } },
	{ "GR-48 with gr, draft", gruu_draft, { .uri = PUBLIC(ID_X) ";grid=99a", .to = AT_X,
	    .first = "INVITE sip:bob@203.0.113.50;grid=99a SIP/2.0" } },
	{ "GR-48 temporary, both", gruu_both, { .uri = "sip:{42}@example.com;gr;grid=1", .to = AT_X,
	    .first = "INVITE sip:bob@203.0.113.50;grid=1 SIP/2.0" } },
	{ "GR-48 not of an AOR", gruu_both, { .uri = "sip:bob@example.com;grid=1", .to = AT_Y, .first = TO_Y } },
	{ "GR-41 draft", gruu_draft, { .uri = DRAFT(ID_X), .to = AT_X, .first = TO_X } },
	{ "GR-41 draft, unknown instance", gruu_draft, { .uri = DRAFT(ID_NEVER), .first = R480 } },
	{ "GR-40 draft, gr", gruu_draft, { .uri = PUBLIC(ID_NEVER), .first = R404 } },

	{ "off gr", gruu_off, { .uri = PUBLIC(ID_X), .to = AT_Y, .first = TO_Y } },
	{ "off opaque", gruu_off, { .uri = DRAFT(ID_NEVER) ";grid=1", .to = AT_Y, .first = TO_Y } },
	{ "off temporary", gruu_off, { .uri = "sip:{42}@example.com;gr", .first = R404 } },

	{ "GR-40 hidden AOR", gruu_hide, { .uri = "sip:nobody@example.com", .first = R480 } },
	{ "GR-40 hidden AOR of a GRUU", gruu_hide, { .uri = "sip:nobody@example.com;gr=x", .first = R480 } },
	{ "GR-40 hidden instance", gruu_hide, { .uri = PUBLIC(ID_NEVER), .first = R480 } },
	{ "GR-40 hidden epoch", gruu_hide, { .uri = "sip:{1000}@example.com;gr", .first = R480 } },
	{ "GR-40 hidden, altered", gruu_hide, { .uri = "sip:tgruu.x@example.com;gr", .first = R480 } },
	{ "GR-41 hidden", gruu_hide, { .uri = "sip:nobody@example.com;opaque=" ID_X, .first = R480 } },
	{ "GR-39 hidden or not", gruu_hide, { .uri = PUBLIC(ID_X), .to = AT_X, .first = TO_X } },

	{ "GR-38 SIPS to a sip contact", gruu_rfc, { .uri = "sips:bob@example.com", .first = R480,
	    .want = "Warning: 380 192.0.2.10:5060 \"SIPS Not Allowed\"\n" } },
	{ "GR-38 SIPS and its port", gruu_rfc, { .uri = "sips:bob@example.com:5061", .first = R480,
	    .want = "Warning: 380 192.0.2.10:5060 \"SIPS Not Allowed\"\n" } },
	{ "GR-38 SIPS GRUU", gruu_rfc, { .uri = "sips:bob@example.com;gr=" ID_X, .first = R480,
	    .want = "Warning: 380 192.0.2.10:5060 \"SIPS Not Allowed\"\n" } },
	{ "GR-38 SIPS, nobody", gruu_rfc, { .uri = "sips:nobody@example.com", .first = R404 } },
	{ "GR-38 SIPS, unknown instance", gruu_rfc, { .uri = "sips:bob@example.com;gr=" ID_NEVER, .first = R404 } },
	{ "GR-38 SIPS, no binding", gruu_rfc, { .uri = "sips:bob@example.com;gr=" ID_Z, .first = R480,
	    .want = "Warning: -\n" } },
	{ "GR-38 SIPS, expired", gruu_rfc, { .uri = "sips:gone@example.com", .first = R480, .want = "Warning: -\n" } },
	{ "GR-38 SIPS to a sips contact: no TLS", gruu_rfc, { .uri = "sips:secure@example.com", .first = R480,
	    .want = "Warning: -\n" } },
	{ "GR-38 SIPS of nobody's domain", gruu_rfc, { .uri = "sips:u@other.example",
	    .first = "SIP/2.0 416 Unsupported URI Scheme" } },
	{ "GR-38 sip to a sips contact", gruu_rfc, { .uri = "sip:secure@example.com;gr=" ID_X, .to = AT_EP1,
	    .first = "INVITE sip:s@10.0.0.5;x=y SIP/2.0" } },
	{ "GR-38 sip to a sips contact, with grid", gruu_both, { .uri = "sip:secure@example.com;gr=" ID_X ";grid=1",
	    .to = AT_EP1, .first = "INVITE sip:s@10.0.0.5;x=y;grid=1 SIP/2.0" } },
	{ "GR-38 sip to a sips contact, no TLS", gruu_rfc, { .uri = "sip:secure@example.com;gr=" ID_Y,
	    .first = R480 } },
};

static void
bind_others(void)
{
	static const struct rig_instance known[] = { { ID_X, 0 }, { ID_Y, 0 } };
	static const struct rig_binding grid[] = {
		{ "sip:g@203.0.113.50;a=b;GRID=old;c?Subject=x", .instance = ID_X },
	};
	static const struct rig_binding secure[] = {
		{ "sips:s@10.0.0.5;x=y", "<sip:192.0.2.40;lr>", ID_X },
		{ "sips:s@203.0.113.51", .instance = ID_Y },
	};

	rig_bind_instances(GRID_USER, grid, 1, known, 2);
	rig_bind_instances("sip:secure@example.com", secure, 2, known, 2);
}

static void
check_form(void **state)
{
	const struct row *r = *state;
	struct request_case c = r->c;

	gruu_open(r->config);
	bind_others();
	c.uri = gruu_expand(c.uri);
	c.lines = VIA MF;
	run_case(&c);
}
GTEST_ROWS(Gruu, forms, req, check_form);

/* GR-47, GR-46: refreshed last is not registered last. */
static const struct again_row {
	const char *req, *config, *uri, *to;
} again[] = {
	{ "GR-46 refreshed last", gruu_rfc, "sip:two@example.com;gr=" ID_X, AT_Y },
	{ "GR-46 refreshed last, both", gruu_both, "sip:two@example.com;opaque=" ID_X, AT_Y },
	{ "GR-47 registered last", gruu_draft, "sip:two@example.com;gr=" ID_X, AT_X },
	{ "GR-47 registered last, draft form", gruu_draft, "sip:two@example.com;opaque=" ID_X, AT_X },
	{ "GR-47 by its AOR", gruu_draft, "sip:two@example.com", AT_X },
	{ "GR-46 by its AOR", gruu_rfc, "sip:two@example.com", AT_Y },
	{ "GR-45 flows", gruu_draft, "sip:flows@example.com;gr=" ID_X, AT_Y },
	{ "GR-45 a flow, registered before", gruu_draft, "sip:beside@example.com;gr=" ID_X, AT_Y },
	{ "GR-47 another instance by AOR", gruu_draft, "sip:mixed@example.com", "203.0.113.52:5060" },
	{ "GR-47 expired ones do not count", gruu_draft, "sip:old@example.com", AT_Y },
	{ "GR-47 at once: the last one", gruu_draft, "sip:same@example.com", AT_Y },
	{ "GR-47 no instance", gruu_draft, "sip:none@example.com", AT_Y },
};

static void
check_again(void **state)
{
	static const struct rig_instance known[] = { { ID_X, 0 }, { ID_Y, 0 } };
	static const struct rig_binding rows[] = {
		{ "sip:a@203.0.113.50", .instance = ID_X, .registered_s = 1 },
		{ "sip:b@203.0.113.51", .instance = ID_X, .updated_s = 5 },
		{ "sip:c@203.0.113.52", .instance = ID_Y, .updated_s = 3 },
	};
	static const struct rig_binding flows[] = {
		{ "sip:a@203.0.113.50", .instance = ID_X, .registered_s = 1, .reg_id = 1 },
		{ "sip:b@203.0.113.51", .instance = ID_X, .updated_s = 5, .reg_id = 2 },
	};
	static const struct rig_binding beside[] = {
		{ "sip:a@203.0.113.50", .instance = ID_X, .registered_s = 1 },
		{ "sip:b@203.0.113.51", .instance = ID_X, .updated_s = 5, .reg_id = 2 },
	};
	static const struct rig_binding old[] = {
		{ "sip:a@203.0.113.50", .instance = ID_X, .registered_s = 1, .expires_s = -7200 },
		{ "sip:b@203.0.113.51", .instance = ID_X, .updated_s = 5 },
	};
	static const struct rig_binding same[] = {
		{ "sip:a@203.0.113.50", .instance = ID_X, .updated_s = 5 },
		{ "sip:b@203.0.113.51", .instance = ID_X },
	};
	static const struct rig_binding none[] = {
		{ "sip:a@203.0.113.50", .registered_s = 1 },
		{ "sip:b@203.0.113.51", .updated_s = 5 },
	};
	const struct again_row *r = *state;
	struct request_case c = { .uri = r->uri, .to = r->to, .lines = VIA MF,
				  .first = "INVITE sip:" ANY "@203.0.113." ANY " SIP/2.0" };

	gruu_open(r->config);
	rig_bind_instances("sip:two@example.com", rows, 2, known, 2);
	rig_bind_instances("sip:mixed@example.com", rows, 3, known, 2);
	rig_bind_instances("sip:flows@example.com", flows, 2, known, 2);
	rig_bind_instances("sip:beside@example.com", beside, 2, known, 2);
	rig_bind_instances("sip:old@example.com", old, 2, known, 2);
	rig_bind_instances("sip:same@example.com", same, 2, known, 2);
	rig_bind_instances("sip:none@example.com", none, 2, known, 2);
	run_case(&c);
}
GTEST_ROWS(Gruu, again, req, check_again);

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
