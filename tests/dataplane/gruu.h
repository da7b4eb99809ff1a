/* SPDX-License-Identifier: BSD-3-Clause */
/** Users with instances, for the tests of GRUUs. */
#ifndef TESTS_DATAPLANE_GRUU_H
#define TESTS_DATAPLANE_GRUU_H

#include "cases.h"

#define ID_X "urn:uuid:3f1c2b6e-0d57-4c0a-9a54-5b8e1f0c7d21"
#define ID_Y "urn:uuid:00000000-1111-4222-8333-000000000001"
#define ID_Z "urn:uuid:00000000-1111-4222-8333-000000000002" /* known, without binding */
#define ID_NEVER "urn:uuid:00000000-0000-4000-8000-000000000000"
#define PUBLIC(id) "sip:bob@example.com;gr=" id
#define DRAFT(id) "sip:bob@example.com;opaque=" id

#define AT_X "203.0.113.50:5060"
#define AT_Y "203.0.113.51:5060"
#define AT_EP1 "192.0.2.40:5060"
#define TO_X "INVITE sip:bob@203.0.113.50 SIP/2.0"
#define TO_Y "INVITE sip:bob@203.0.113.51 SIP/2.0"
#define TO_PATH "INVITE sip:p@10.0.0.5:5061 SIP/2.0"
#define R404 "SIP/2.0 404 Not Found"
#define R480 "SIP/2.0 480 Temporarily Unavailable"

#define GRUU_CONFIG(registrar, proxy)                                                              \
	RIG_NETWORKS RIG_NO_LIMITS "names: [p1.example.com]\n"                                     \
				   "domains: [example.com, example.net]\n"                         \
				   "registrar: {" registrar "}\nproxy: {" proxy "}\n"      \
				   "transactions: {state: never}\n"

static const char gruu_rfc[] = GRUU_CONFIG("gruu: rfc5627", "record_route: true");
static const char gruu_draft[] = GRUU_CONFIG("gruu: draft04", "record_route: true");
static const char gruu_both[] = GRUU_CONFIG("gruu: both", "record_route: true");
static const char gruu_off[] = GRUU_CONFIG("gruu: off", "record_route: true");
static const char gruu_hide[] = GRUU_CONFIG("hide_users: true", "record_route: true");
static const char gruu_no_rr[] = GRUU_CONFIG("gruu: rfc5627", "record_route: false");
static const char gruu_off_no_rr[] = GRUU_CONFIG("gruu: off", "record_route: false");

enum { EPOCH_X = 42, EPOCH_Y, EPOCH_GONE, EPOCH_PATH, EPOCH_ALICE, EPOCH_OTHER = 77 };

/** bob has two phones, and had a third; the others are named after what they are. */
static inline void
gruu_bind_all(void)
{
	static const struct rig_instance bobs[] = { { ID_X, EPOCH_X }, { ID_Y, EPOCH_Y }, { ID_Z, 0 } };
	static const struct rig_binding bob[] = {
		{ "sip:bob@203.0.113.50", .instance = ID_X },
		{ "sip:bob@203.0.113.51", .instance = ID_Y, .updated_s = 1 },
		{ "sip:bob@203.0.113.52", .updated_s = -1 },
	};
	static const struct rig_instance gone[] = { { ID_X, EPOCH_GONE } };
	static const struct rig_binding gone_binding[] = {
		{ "sip:g@203.0.113.50", .instance = ID_X, .expires_s = -7200 },
	};
	static const struct rig_instance path[] = { { ID_X, EPOCH_PATH } };
	static const struct rig_binding path_binding[] = {
		{ "sip:p@10.0.0.5:5061", "<sip:192.0.2.40;lr>", ID_X },
		{ "sip:plain@10.0.0.5:5061", "<sip:192.0.2.40;lr>", .updated_s = -9 },
	};
	static const struct rig_instance alice[] = { { ID_X, EPOCH_ALICE } };
	static const struct rig_binding alice_binding[] = {
		{ "sip:a@198.51.100.9", .instance = ID_X },
	};

	rig_bind_instances("sip:bob@example.com", bob, 3, bobs, 3);
	rig_bind_instances("sip:gone@example.com", gone_binding, 1, gone, 1);
	rig_bind_instances("sip:path@example.com", path_binding, 2, path, 1);
	rig_bind_instances("sip:alice@example.com", alice_binding, 1, alice, 1);
}

/** A new engine: most cases come with one branch. */
static inline void
gruu_open(const char *config)
{
	rig_open(NULL);
	rig_open(config);
	gruu_bind_all();
}

/** A text with the user part of a temporary GRUU in place of "{EPOCH}". Valid until the fourth call. */
static inline const char *
gruu_expand(const char *text)
{
	static char room[4][2048];
	static unsigned int next;
	char *out = room[next++ % 4];
	const char *at = text != NULL ? strchr(text, '{') : NULL;

	if (at == NULL)
		return text;
	snprintf(out, sizeof(room[0]), "%.*s%s%s", (int)(at - text), text,
		 rig_temp_gruu(strtoull(at + 1, NULL, 10)), strchr(at, '}') + 1);
	return out;
}

/** The case, under this configuration. */
static inline void
gruu_run(const char *config, const struct request_case *c)
{
	struct request_case filled = *c;

	gruu_open(config);
	if (filled.lines == NULL)
		filled.lines = VIA MF;
	filled.uri = gruu_expand(c->uri);
	filled.lines = gruu_expand(filled.lines);
	run_case(&filled);
}

#endif
