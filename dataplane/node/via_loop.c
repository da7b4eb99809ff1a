/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5393 §4.2: a request that came back unchanged; then Proxy-Require (order: LD-21). */
#include "extension.h"
#include "loop_check.h"
#include "node/node.h"

enum { TO_TARGET, TO_AUTH, TO_REJECT, TO_DROP };

/* proxy.loop_check; where it is `forks`, via_fork does it, when it knows how many there are. */
static bool
is_tested(const struct via_worker *w, const struct via_meta *meta)
{
	switch (w->engine->config->file->proxy.loop_check) {
	case CONFIG_LOOP_CHECK_LOOKUPS: /* LD-03 */
		return meta->target == VIA_TARGET_LOOKUP;
	case CONFIG_LOOP_CHECK_ALWAYS:
		return true;
	default:
		return false;
	}
}

static uint16_t
via_loop_one(struct via_worker *w, struct rte_mbuf *m, struct via_meta *meta)
{
	bool tested = is_tested(w, meta);

	(void)m;
	if (meta->target == VIA_TARGET_LOOKUP || unlikely(tested))
		via_loop_note(w, meta);
	/* LD-23: a CANCEL goes where its INVITE went */
	if (tested && meta->msg.method != SIP_CANCEL && via_loop_is_closed(w, meta)) {
		via_loop_saved(w, meta);
		return via_refuse(meta, VIA_REASON_LOOP_DETECTED, TO_REJECT, TO_DROP);
	}
	/* RFC 3261 §16.3 item 5; §20.29 with §9.1: not for CANCEL, and an ACK is not answered */
	if (unlikely(meta->msg.first[SIP_HDR_PROXY_REQUIRE] != SIP_NO_HEADER) &&
	    meta->msg.method != SIP_CANCEL && meta->msg.method != SIP_ACK &&
	    !via_extensions_are_known(w, meta))
		return via_refuse(meta, VIA_REASON_BAD_EXTENSION, TO_REJECT, TO_DROP);
	return unlikely(w->auth != NULL) ? TO_AUTH : TO_TARGET;
}

VIA_NODE(via_loop, via_loop_one, [TO_TARGET] = "via_target", [TO_AUTH] = "via_auth",
	 [TO_REJECT] = "via_reject", [TO_DROP] = "via_drop");
