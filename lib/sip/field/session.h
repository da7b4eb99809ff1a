/* SPDX-License-Identifier: BSD-3-Clause */
/** Header fields of a session: its timer, its name, and what users pass along with it. */
#ifndef SIP_FIELD_SESSION_H
#define SIP_FIELD_SESSION_H

#include "sip/slice.h"

enum sip_refresher { SIP_REFRESHER_NONE, SIP_REFRESHER_UAC, SIP_REFRESHER_UAS };

/** Session-Expires (RFC 4028 §4). Slices borrow from the value. */
struct sip_session_expires {
	uint32_t seconds; /* saturates */
	enum sip_refresher refresher;
	struct slice params; /* behind the first ';' */
};

/** Decode Session-Expires. False when it is malformed, or `refresher` is there twice or unknown. */
bool sip_session_expires_decode(struct slice value, struct sip_session_expires *out);

/** Decode Min-SE (RFC 4028 §5) into seconds, which saturate. */
bool sip_min_se_decode(struct slice value, uint32_t *seconds);

/** Digits of a UUID in Session-ID. */
#define SIP_SESSION_UUID_LEN 32

/** Session-ID (RFC 7989 §5). Slices borrow from the value. */
struct sip_session_id {
	struct slice local;  /* 32 lower-case hexadecimal digits */
	struct slice remote; /* likewise; absent in what RFC 7329 made */
	struct slice params; /* behind the first ';' */
};

/** Decode Session-ID. False when it is malformed, or `remote` is there twice. */
bool sip_session_id_decode(struct slice value, struct sip_session_id *out);

/** The UUID is 32 zeros: that side is not known yet. */
bool sip_session_uuid_is_nil(struct slice uuid);

/** One element of User-to-User (RFC 7433 §4). Slices borrow from the value. */
struct sip_user_to_user {
	struct slice data;     /* a token or a quoted string, which keeps its quotes */
	struct slice purpose;  /* parameters; absent when not there */
	struct slice content;  /* likewise */
	struct slice encoding; /* likewise; "hex" if nothing else is known */
	struct slice params;   /* behind the first ';' */
};

/** Decode one element of User-to-User. False when it is malformed, or a parameter is there twice.
 */
bool sip_user_to_user_decode(struct slice value, struct sip_user_to_user *out);

#endif
