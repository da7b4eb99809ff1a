/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_EXTENSION_H
#define DATAPLANE_EXTENSION_H

#include "engine.h"
#include "sip/list.h"

/** An option tag of Proxy-Require that we understand: caller preferences (RFC 3841 §5). */
static inline bool
via_extension_is_known(const struct via_worker *w, struct slice tag)
{
	return slice_eq_nocase(tag, SLICE("pref")) &&
	       w->engine->config->file->proxy.caller_preferences != CONFIG_PREFERENCES_OFF;
}

/** A request that has Proxy-Require asks for nothing else (RFC 3261 §16.3 item 5). */
static inline bool
via_extensions_are_known(const struct via_worker *w, const struct via_meta *meta)
{
	struct sip_list_iter it;
	bool known = false;
	struct slice tag;

	sip_list_iter_init(&it, &meta->msg, SIP_HDR_PROXY_REQUIRE);
	while (sip_list_next(&it, &tag)) {
		known = via_extension_is_known(w, tag);
		if (!known)
			break;
	}
	return known;
}

#endif
