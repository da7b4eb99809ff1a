/* SPDX-License-Identifier: BSD-3-Clause */
#include "caller_preferences.h"

#include "binding_choice.h"
#include "proxy/preferences.h"
#include "sip/field/event.h"
#include "sip/list.h"

static bool
is_stated(const struct via_meta *meta)
{
	const uint8_t *first = meta->msg.first;

	return (first[SIP_HDR_ACCEPT_CONTACT] & first[SIP_HDR_REJECT_CONTACT] &
		first[SIP_HDR_REQUEST_DISPOSITION]) != SIP_NO_HEADER;
}

/* §4: inside of a dialog it is settled who is spoken to. */
static bool
are_heeded(const struct via_worker *w, const struct via_meta *meta)
{
	return w->engine->config->file->proxy.caller_preferences != CONFIG_PREFERENCES_OFF &&
	       meta->fields.to_tag.ptr == NULL;
}

/* What the bindings say of themselves; `of` gets the number of each. */
static unsigned int
collect(const struct via_worker *w, uint64_t among,
	struct preferences_target target[BINDING_MAX_CONTACTS], uint8_t of[BINDING_MAX_CONTACTS])
{
	unsigned int n = 0;
	struct binding b;

	for (unsigned int i = 0; i < BINDING_MAX_CONTACTS && binding_get(&w->record, i, &b); i++)
		if ((among >> i & 1) != 0) {
			of[n] = (uint8_t)i;
			target[n++] = (struct preferences_target){ .features = b.features,
								   .instance = b.instance,
								   .q = b.q };
		}
	return n;
}

/* Take out whom he does not want. */
static enum via_reason
choose(struct via_worker *w, const struct preferences *wanted, struct caller_preferences *p)
{
	struct preferences_target target[BINDING_MAX_CONTACTS];
	uint8_t of[BINDING_MAX_CONTACTS];
	unsigned int n;

	p->among &= binding_live(w, false);
	n = collect(w, p->among, target, of);
	preferences_apply(wanted, target, n);
	for (unsigned int i = 0; i < n; i++) {
		p->qa[of[i]] = target[i].qa;
		if (!target[i].dropped)
			continue;
		p->among &= ~(UINT64_C(1) << of[i]);
		via_count(w, STATS_preferences_dropped);
	}
	p->ranked = true;
	/* §7.2.4; without any before, the caller hears what he would have heard anyhow */
	if (n == 0 || p->among != 0)
		return VIA_REASON_NONE;
	via_count(w, STATS_preferences_refused);
	return VIA_REASON_TEMPORARILY_UNAVAILABLE;
}

/* Apart, for it takes a stack that no other request is to touch. */
static __rte_noinline enum via_reason
apply(struct via_worker *w, const struct via_meta *meta, struct caller_preferences *p)
{
	struct preferences wanted;

	if (!preferences_read(&meta->msg, &wanted)) {
		via_count(w, STATS_preferences_refused);
		return VIA_REASON_TOO_MANY_PREFERENCES;
	}
	p->directives = wanted.directives;
	/* contacts are for their owner to show */
	if (w->engine->config->file->proxy.caller_preferences != CONFIG_PREFERENCES_REDIRECT)
		p->directives &= (uint16_t)~SIP_DIRECTIVE_REDIRECT;
	p->implicit = wanted.implicit;
	return choose(w, &wanted, p);
}

enum via_reason
caller_preferences_apply(struct via_worker *w, const struct via_meta *meta,
			 struct caller_preferences *p)
{
	p->directives = 0;
	p->stated = p->ranked = p->implicit = false;
	if (likely(!is_stated(meta))) {
		/* one contact is there all the same when its method is not among those it has */
		if (w->record.record.count < 2 || !binding_has_features(&w->record) ||
		    !are_heeded(w, meta))
			return VIA_REASON_NONE;
		return apply(w, meta, p);
	}
	if (!are_heeded(w, meta))
		return VIA_REASON_NONE;
	p->stated = true;
	return apply(w, meta, p);
}

/* ---- what a loop is told by ---- */

static unsigned int
put_values(const struct via_meta *meta, enum sip_header_id id, struct slice name,
	   struct loop_further out[LOOP_FURTHER_MAX], unsigned int n)
{
	struct sip_list_iter it;
	struct slice value;

	sip_list_iter_init(&it, &meta->msg, id);
	while (n < LOOP_FURTHER_MAX && sip_list_next(&it, &value))
		out[n++] = (struct loop_further){ name, value };
	return n;
}

/* §7.2.2: of a SUBSCRIBE that says nothing else its event counts. */
static unsigned int
put_event(const struct via_meta *meta, struct loop_further out[LOOP_FURTHER_MAX], unsigned int n)
{
	struct sip_event event;

	if (n < LOOP_FURTHER_MAX &&
	    sip_event_decode(sip_header_get(&meta->msg, SIP_HDR_EVENT), &event))
		out[n++] = (struct loop_further){ SLICE("event"), event.type.text };
	return n;
}

unsigned int
caller_preferences_inputs(const struct via_worker *w, const struct via_meta *meta,
			  struct loop_further out[LOOP_FURTHER_MAX])
{
	const uint8_t *first = meta->msg.first;
	unsigned int n = 0;

	if (likely(!is_stated(meta) && meta->msg.method != SIP_SUBSCRIBE) || !are_heeded(w, meta))
		return 0;
	n = put_values(meta, SIP_HDR_ACCEPT_CONTACT, SLICE("accept-contact"), out, n);
	n = put_values(meta, SIP_HDR_REJECT_CONTACT, SLICE("reject-contact"), out, n);
	n = put_values(meta, SIP_HDR_REQUEST_DISPOSITION, SLICE("request-disposition"), out, n);
	if (meta->msg.method == SIP_SUBSCRIBE &&
	    (first[SIP_HDR_ACCEPT_CONTACT] & first[SIP_HDR_REJECT_CONTACT]) == SIP_NO_HEADER)
		n = put_event(meta, out, n);
	return n;
}
