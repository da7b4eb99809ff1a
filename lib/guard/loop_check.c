/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard/loop_check.h"

#include "sip/list.h"
#include "sip/via.h"

/* The loop part of a Via value of ours. Most are of others, and need no more than a look. */
static bool
find_own_part(struct slice value, const struct loop_policy *policy, struct loop_part *part)
{
	struct sip_via via;
	struct slice host;
	uint16_t port;
	bool own = false;

	if (sip_via_sent_by(value, &host, &port)) {
		own = policy->is_own(policy->self, host, port);
		if (!own)
			return false;
	}
	return sip_via_decode(value, &via) &&
	       (own || policy->is_own(policy->self, via.host, via.port)) &&
	       loop_part_find(via.branch, part);
}

bool
loop_check(const struct sip_message *msg, const struct loop_part *part,
	   const struct loop_policy *policy)
{
	struct loop_part written;
	struct sip_list_iter it;
	struct slice value;
	uint32_t visits = 0;

	sip_list_iter_init(&it, msg, SIP_HDR_VIA);
	while (sip_list_next(&it, &value)) {
		if (!find_own_part(value, policy, &written))
			continue;
		if (written.h1 == part->h1)
			return true;
		if (written.h2 == part->h2 && ++visits == policy->revisit_limit)
			return true;
	}
	return false;
}
