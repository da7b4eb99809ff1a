/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Private header fields that name users, networks and databases. Elements of lists come from
 * sip_list_next() or sip_list_cut(). Any thread; slices borrow from the value.
 */
#ifndef SIP_FIELD_P_HEADER_H
#define SIP_FIELD_P_HEADER_H

#include "sip/field/party.h"

/**
 * A P-Profile-Key value (RFC 5002 §5). Of a sip or sips URI whose user part holds a wildcard (two
 * '!' at least, TS 23.003 §13.5), the three parts of it: "chatroom-!.*!" has an expression ".*"
 * behind "chatroom-". Still escaped; the expression may hold brackets and braces that are not.
 */
struct sip_p_profile_key {
	struct sip_address address;
	struct slice host;       /* absent for other schemes */
	struct slice prefix;     /* fixed text; absent without a wildcard, as are the next two */
	struct slice expression; /* POSIX extended regular expression, between the outermost '!' */
	struct slice suffix;     /* fixed text */
	uint16_t port;           /* 0 when none is written */
};

/** Decode a P-Profile-Key value. False when it is malformed, or more than one. */
bool sip_p_profile_key_decode(struct slice value, struct sip_p_profile_key *key);

/**
 * Decode an element of P-Associated-URI (RFC 7315 §5.1) or the value of P-Called-Party-ID (§5.2): a
 * name-addr, so without <> it is malformed. P-Associated-URI may be empty as a whole.
 */
bool sip_p_associated_uri_decode(struct slice element, struct sip_party *user);
bool sip_p_called_party_id_decode(struct slice value, struct sip_party *callee);

enum sip_session_case { SIP_SESSION_CASE_ABSENT, SIP_SESSION_CASE_ORIG, SIP_SESSION_CASE_TERM };
enum sip_reg_state { SIP_REG_STATE_ABSENT, SIP_REG_STATE_UNREG, SIP_REG_STATE_REG };

/** A P-Served-User value (RFC 5502 §6, RFC 8498). */
struct sip_p_served_user {
	struct sip_party party;
	enum sip_session_case session_case;
	enum sip_reg_state reg_state;
	bool orig_cdiv; /* originating after call diversion */
};

/** Decode a P-Served-User value. False when it is malformed, or has one of its parameters twice. */
bool sip_p_served_user_decode(struct slice value, struct sip_p_served_user *user);

/** A P-User-Database value (RFC 4457 §5), a Diameter URI (RFC 6733 §4.3.1). */
struct sip_p_user_database {
	struct slice uri; /* without <> */
	struct slice host;
	struct slice uri_params; /* behind the first ';' inside <> */
	struct slice params;     /* behind the first ';' outside */
	uint16_t port;           /* 0 when none is written */
	bool secure;             /* aaas */
};

/** Decode a P-User-Database value. False when it is malformed. */
bool sip_p_user_database_decode(struct slice value, struct sip_p_user_database *database);

/** A P-Visited-Network-ID element (RFC 7315 §5.3). */
struct sip_p_visited_network {
	struct slice id; /* a token, or a quoted string with its quotes */
	struct slice params;
};

/** Decode an element of P-Visited-Network-ID. False when it is malformed. */
bool sip_p_visited_network_decode(struct slice element, struct sip_p_visited_network *network);

/** A P-Access-Network-Info element (RFC 7315 §5.4). */
struct sip_p_access_network {
	struct slice access;   /* access-type or access-class */
	bool access_class;     /* it is one that RFC 7315 lists among the classes */
	bool network_provided; /* by a proxy, not by the user agent */
	struct slice params;   /* access-info, behind the first ';': see sip_param_find() */
};

/**
 * Decode an element of P-Access-Network-Info. An access-info may be a quoted string or a host alone
 * (extension-access-info). False when it is malformed or has network-provided twice.
 */
bool sip_p_access_network_decode(struct slice element, struct sip_p_access_network *network);

enum sip_early_media {
	SIP_EARLY_MEDIA_OTHER, /* extension */
	SIP_EARLY_MEDIA_SENDRECV,
	SIP_EARLY_MEDIA_SENDONLY,
	SIP_EARLY_MEDIA_RECVONLY,
	SIP_EARLY_MEDIA_INACTIVE,
	SIP_EARLY_MEDIA_GATED,
	SIP_EARLY_MEDIA_SUPPORTED,
};

/**
 * Decode an element of P-Early-Media (RFC 5009 §9). Directions are in the order of the media lines.
 * The field may be empty as a whole. False when the element is no token.
 */
bool sip_p_early_media_decode(struct slice element, enum sip_early_media *media);

enum sip_answer_state {
	SIP_ANSWER_STATE_OTHER, /* extension */
	SIP_ANSWER_STATE_CONFIRMED,
	SIP_ANSWER_STATE_UNCONFIRMED,
};

/** Decode a P-Answer-State value (RFC 4964). False when it is malformed. */
bool sip_p_answer_state_decode(struct slice value, enum sip_answer_state *state);

/** Decode an element of P-Media-Authorization (RFC 3313): hexadecimal digits. */
bool sip_p_media_authorization_decode(struct slice element, struct slice *token);

/** An element of P-Refused-URI-List (RFC 5318). */
struct sip_p_refused_uri_list {
	struct sip_party list;
	struct slice members; /* cid URL of the members, without quotes; absent without one */
};

/** Decode an element of P-Refused-URI-List. False when it is malformed, or has `members` twice. */
bool sip_p_refused_uri_list_decode(struct slice element, struct sip_p_refused_uri_list *out);

/**
 * Decode a Restoration-Info value (3GPP TS 24.229): a token such as "noresponse", or a quoted
 * string with its quotes. False when it is malformed.
 */
bool sip_restoration_info_decode(struct slice value, struct slice *info);

#endif
