/* SPDX-License-Identifier: BSD-3-Clause */
/** User agents with several flows, for the tests of forks. */
#ifndef TESTS_DATAPLANE_FORK_FLOWS_H
#define TESTS_DATAPLANE_FORK_FLOWS_H

#include "flow_state.h"
#include "fork.h"
#include "liveness.h"

#define X "urn:uuid:00000000-0000-1000-8000-00000000000a"
#define Y "urn:uuid:00000000-0000-1000-8000-00000000000b"
#define EP1 "192.0.2.41:5060"
#define EP2 "192.0.2.42:5060"
#define EP3 "192.0.2.43:5060"
#define XC "sip:x@10.9.9.1"
#define YC "sip:y@10.9.9.2"

#define FLOW(id, uri, edge, number, when)                                                          \
	{                                                                                          \
		.contact = uri, .path = "<sip:T@" edge ";lr;ob>", .instance = id,                  \
		.reg_id = number, .updated_s = when                                                \
	}

/** One user agent, three flows; the last registered is tried first. */
static const struct rig_binding one_instance[] = {
	FLOW(X, XC, "192.0.2.41", 1, 30),
	FLOW(X, XC, "192.0.2.42", 2, 20),
	FLOW(X, XC, "192.0.2.43", 3, 10),
};

static inline void
bind_rows(const struct rig_binding *rows, unsigned int count)
{
	static const struct rig_instance known[] = { { X, 1 }, { Y, 2 } };

	rig_bind_instances("sip:two@example.com", rows, count, known, RTE_DIM(known));
}

static inline void
open_one(const char *config)
{
	fork_open(config);
	bind_rows(one_instance, RTE_DIM(one_instance));
}

/** Contacts of user agents behind this proxy itself. */
static inline const char *
path_of(const char *remote)
{
	static char text[8][256];
	static unsigned int next;
	char *out = text[next++ % 8];

	snprintf(out, 256, "<sip:%s@192.0.2.10;lr;ob>", rig_token(FLOW_TOKEN_PATH, EDGE, remote));
	return out;
}

static inline void
bind_flows(void)
{
	const struct rig_binding rows[] = {
		{ .contact = YC, .instance = Y, .reg_id = 1, .path = path_of(U3), .updated_s = 40 },
		{ .contact = XC, .instance = X, .reg_id = 1, .path = path_of(U1), .updated_s = 30 },
		{ .contact = XC, .instance = X, .reg_id = 2, .path = path_of(U2), .updated_s = 20 },
	};

	bind_rows(rows, RTE_DIM(rows));
}

static inline void
fail_flow(const char *remote)
{
	struct flow flow = flow_of(EDGE, remote);

	rig.worker->failed_budget = 10;
	via_flow_failed(rig.worker, &flow, FAILED_FLOW_HOST);
	assert_true(via_flow_is_dead(rig.worker, &flow));
}

#endif
