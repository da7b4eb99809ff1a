/* SPDX-License-Identifier: BSD-3-Clause */
/** Header fields that name a dialog or a call that is not this one. Any thread. */
#ifndef SIP_FIELD_DIALOG_ID_H
#define SIP_FIELD_DIALOG_ID_H

#include "sip/slice.h"

/** A Target-Dialog value (RFC 4538 §7); tags as the recipient of the request sees them. */
struct sip_target_dialog {
	struct slice call_id;
	struct slice local_tag;
	struct slice remote_tag;
	struct slice params; /* behind the first ';' */
};

/** A Replaces (RFC 3891 §6.1) or Join (RFC 3911 §7.1) value; tags as its recipient sees them. */
struct sip_replaces {
	struct slice call_id;
	struct slice to_tag;   /* local */
	struct slice from_tag; /* remote */
	struct slice params;   /* behind the first ';' */
	bool early_only;       /* Replaces: only an early dialog may be replaced */
};

/** callid = word [ "@" word ] (RFC 3261 §25.1). */
bool sip_call_id_is_valid(struct slice text);

/**
 * Decode a Target-Dialog, Replaces or Join value. False when it is malformed, or has not exactly
 * one of each of the two tags: without both it names no dialog (RFC 4538 §4, RFC 3891 §3,
 * RFC 3911 §4). Call-ID and tags are compared byte by byte. Slices borrow from `value`.
 */
bool sip_target_dialog_decode(struct slice value, struct sip_target_dialog *target);
bool sip_replaces_decode(struct slice value, struct sip_replaces *replaces);
bool sip_join_decode(struct slice value, struct sip_replaces *join);

/**
 * Whether a tag of Replaces or Join is the tag of a dialog, which is absent where an RFC 2543 peer
 * wrote none: "0" stands for that, too (RFC 3891 §3, RFC 3911 §4).
 */
bool sip_replaces_tag_matches(struct slice tag, struct slice dialog_tag);

/**
 * The next Call-ID out of an In-Reply-To value (RFC 3261 §20.21). Not for sip_list_cut(): a Call-ID
 * may hold a '"' or a '<' that nothing closes. `*rest` moves on and becomes absent at the end.
 * False at the end or when an element is no Call-ID (then *rest stays present).
 */
bool sip_in_reply_to_next(struct slice *rest, struct slice *call_id);

#endif
