/* SPDX-License-Identifier: BSD-3-Clause */
/** Event, Allow-Events and Subscription-State (RFC 6665 §8.2, §8.4). Any thread. */
#ifndef SIP_FIELD_EVENT_H
#define SIP_FIELD_EVENT_H

#include "sip/slice.h"

/** event-package *("." event-template), of "presence.winfo" in its parts. */
struct sip_event_type {
	struct slice text;      /* all of it */
	struct slice package;   /* before the first dot */
	struct slice templates; /* behind it, dots between them; absent without a template */
};

/** An Event value. Slices borrow from it. */
struct sip_event {
	struct sip_event_type type;
	struct slice id;     /* absent without the parameter */
	struct slice params; /* behind the first ';' */
};

/**
 * Decode an event-type, as every element of Allow-Events is one. False when it is malformed; white
 * space at its ends is left out.
 */
bool sip_event_type_decode(struct slice text, struct sip_event_type *type);

/**
 * Decode an Event value. False when it is malformed, names more than one event-type, or has `id`
 * twice (RFC 6665 §8.2.1).
 */
bool sip_event_decode(struct slice value, struct sip_event *event);

/**
 * Whether two Event values name the same subscription usage (RFC 6665 §8.2.1): event-type and `id`
 * byte by byte; with `id` never matches without; nothing else counts.
 */
bool sip_event_matches(const struct sip_event *a, const struct sip_event *b);

enum sip_substate {
	SIP_SUBSTATE_OTHER, /* extension-substate */
	SIP_SUBSTATE_ACTIVE,
	SIP_SUBSTATE_PENDING,
	SIP_SUBSTATE_TERMINATED,
};

/** RFC 6665 §4.1.3, and badfilter of RFC 4660 §5.2. */
enum sip_substate_reason {
	SIP_SUBREASON_OTHER, /* absent, or event-reason-extension */
	SIP_SUBREASON_DEACTIVATED,
	SIP_SUBREASON_PROBATION,
	SIP_SUBREASON_REJECTED,
	SIP_SUBREASON_TIMEOUT,
	SIP_SUBREASON_GIVEUP,
	SIP_SUBREASON_NORESOURCE,
	SIP_SUBREASON_INVARIANT,
	SIP_SUBREASON_BADFILTER,
};

/** A Subscription-State value. Slices borrow from it. */
struct sip_subscription_state {
	struct slice text; /* of the state */
	enum sip_substate state;
	enum sip_substate_reason reason;
	struct slice reason_text; /* absent without a reason */
	struct slice params;      /* behind the first ';' */
	bool has_expires;
	bool has_retry_after;
	uint32_t expires;     /* seconds; saturates */
	uint32_t retry_after; /* seconds; saturates */
};

/**
 * Decode a Subscription-State value. False when it is malformed or has reason, expires or
 * retry-after twice.
 */
bool sip_subscription_state_decode(struct slice value, struct sip_subscription_state *state);

#endif
