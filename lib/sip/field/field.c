/* SPDX-License-Identifier: BSD-3-Clause */
#include "sip/field/field.h"

#include "sip/field/accept.h"
#include "sip/field/auth.h"
#include "sip/field/body_label.h"
#include "sip/field/contact.h"
#include "sip/field/content.h"
#include "sip/field/date.h"
#include "sip/field/dialog_id.h"
#include "sip/field/event.h"
#include "sip/field/feature.h"
#include "sip/field/feature_caps.h"
#include "sip/field/geolocation.h"
#include "sip/field/identity.h"
#include "sip/field/info.h"
#include "sip/field/mode.h"
#include "sip/field/p_charging.h"
#include "sip/field/p_header.h"
#include "sip/field/product.h"
#include "sip/field/reason.h"
#include "sip/field/refer.h"
#include "sip/field/resource_priority.h"
#include "sip/field/response_auth.h"
#include "sip/field/route.h"
#include "sip/field/scalar.h"
#include "sip/field/security.h"
#include "sip/field/sequence.h"
#include "sip/field/session.h"
#include "sip/list.h"
#include "sip/via.h"

/* A check that asks a decoder and forgets what it says. */
#define CHECK(name, type, decode)                                                                  \
	static bool name(struct slice value)                                                       \
	{                                                                                          \
		type out;                                                                          \
                                                                                                   \
		return decode(value, &out);                                                        \
	}

/* The same for decoders that take one element after the other, up to the end. */
#define CHECK_EACH(name, type, next)                                                               \
	static bool name(struct slice value)                                                       \
	{                                                                                          \
		type out;                                                                          \
                                                                                                   \
		while (next(&value, &out))                                                         \
			;                                                                          \
		return value.ptr == NULL;                                                          \
	}

/* The same for decoders that add to a set. */
#define CHECK_SET(name, decode)                                                                    \
	static bool name(struct slice value)                                                       \
	{                                                                                          \
		unsigned int set = 0;                                                              \
                                                                                                   \
		return decode(value, &set);                                                        \
	}

/* The same for decoders of a word that say which it is, and how it is written. */
#define CHECK_WORD(name, type, decode)                                                             \
	static bool name(struct slice value)                                                       \
	{                                                                                          \
		struct slice text;                                                                 \
		type out;                                                                          \
                                                                                                   \
		return decode(value, &out, &text);                                                 \
	}

/* clang-format off */
CHECK(accept_encoding, struct sip_accept_word, sip_accept_encoding_decode)
CHECK(accept_contact, struct sip_contact_predicate, sip_accept_contact_decode)
CHECK(accept_language, struct sip_accept_word, sip_accept_language_decode)
CHECK(accept_type, struct sip_accept, sip_accept_decode)
CHECK(alert_mode, enum sip_alert_mode, sip_alert_mode_decode)
CHECK(answer, struct sip_answer, sip_answer_decode)
CHECK(asserted, struct sip_asserted, sip_asserted_decode)
CHECK(auth_info, struct sip_authentication_info, sip_authentication_info_decode)
CHECK(content_disposition, struct sip_content_disposition, sip_content_disposition_decode)
CHECK(content_id, struct slice, sip_content_id_decode)
CHECK(content_type, struct sip_content_type, sip_content_type_decode)
CHECK(credentials, struct sip_credentials, sip_credentials_decode)
CHECK(cseq, struct sip_cseq, sip_cseq_decode)
CHECK(date, int64_t, sip_date_decode)
CHECK(event, struct sip_event, sip_event_decode)
CHECK(event_type, struct sip_event_type, sip_event_type_decode)
CHECK(feature_caps, struct slice, sip_feature_caps_decode)
CHECK(from, struct sip_party, sip_from_decode)
CHECK(history_info, struct sip_history_info, sip_history_info_decode)
CHECK(identity, struct sip_identity, sip_identity_decode)
CHECK(identity_info, struct sip_identity_info, sip_identity_info_decode)
CHECK(info, struct sip_info, sip_info_decode)
CHECK(join, struct sip_replaces, sip_join_decode)
CHECK(language, struct slice, sip_content_language_decode)
CHECK(location, struct sip_location, sip_location_decode)
CHECK(location_error, struct sip_location_error, sip_location_error_decode)
CHECK(location_routing, enum sip_location_routing, sip_location_routing_decode)
CHECK(mime_version, struct sip_mime_version, sip_mime_version_decode)
CHECK(min_se, uint32_t, sip_min_se_decode)
CHECK(number, uint32_t, sip_number_decode)
CHECK(p_access_network, struct sip_p_access_network, sip_p_access_network_decode)
CHECK(p_answer_state, enum sip_answer_state, sip_p_answer_state_decode)
CHECK(p_associated_uri, struct sip_party, sip_p_associated_uri_decode)
CHECK(p_called_party_id, struct sip_party, sip_p_called_party_id_decode)
CHECK(p_charging_vector, struct sip_p_charging_vector, sip_p_charging_vector_decode)
CHECK(p_early_media, enum sip_early_media, sip_p_early_media_decode)
CHECK(p_media_authorization, struct slice, sip_p_media_authorization_decode)
CHECK(p_profile_key, struct sip_p_profile_key, sip_p_profile_key_decode)
CHECK(p_refused_uri_list, struct sip_p_refused_uri_list, sip_p_refused_uri_list_decode)
CHECK(p_served_user, struct sip_p_served_user, sip_p_served_user_decode)
CHECK(p_user_database, struct sip_p_user_database, sip_p_user_database_decode)
CHECK(p_visited_network, struct sip_p_visited_network, sip_p_visited_network_decode)
CHECK(party, struct sip_party, sip_party_decode)
CHECK(rack, struct sip_rack, sip_rack_decode)
CHECK(reason, struct sip_reason, sip_reason_decode)
CHECK(refer_sub, bool, sip_refer_sub_decode)
CHECK(refer_to, struct sip_party, sip_refer_to_decode)
CHECK(referred_by, struct sip_referred_by, sip_referred_by_decode)
CHECK(reject_contact, struct sip_contact_predicate, sip_reject_contact_decode)
CHECK(replaces, struct sip_replaces, sip_replaces_decode)
CHECK(resource_priority, struct sip_resource_priority, sip_resource_priority_decode)
CHECK(responder, struct sip_responder, sip_responder_decode)
CHECK(responder_info, struct sip_identity_info, sip_responder_info_decode)
CHECK(response_auth, struct sip_response_authentication, sip_response_authentication_decode)
CHECK(response_answer, struct sip_response_authorization, sip_response_authorization_decode)
CHECK(restoration_info, struct slice, sip_restoration_info_decode)
CHECK(retry_after, struct sip_retry_after, sip_retry_after_decode)
CHECK(route, struct sip_route, sip_route_decode)
CHECK(rseq, uint32_t, sip_rseq_decode)
CHECK(saml_ref, struct sip_saml_ref, sip_saml_ref_decode)
CHECK(security, struct sip_security, sip_security_decode)
CHECK(session_expires, struct sip_session_expires, sip_session_expires_decode)
CHECK(session_id, struct sip_session_id, sip_session_id_decode)
CHECK(subscription_state, struct sip_subscription_state, sip_subscription_state_decode)
CHECK(target_dialog, struct sip_target_dialog, sip_target_dialog_decode)
CHECK(text, struct slice, sip_text_decode)
CHECK(timestamp, struct sip_timestamp, sip_timestamp_decode)
CHECK(token, struct slice, sip_token_decode)
CHECK(token_params, struct slice, sip_token_params_decode)
CHECK(trigger_consent, struct sip_trigger_consent, sip_trigger_consent_decode)
CHECK(user_to_user, struct sip_user_to_user, sip_user_to_user_decode)
CHECK(via, struct sip_via, sip_via_decode)
CHECK(warning, struct sip_warning, sip_warning_decode)

CHECK_EACH(challenges, struct sip_challenge, sip_challenge_next)
CHECK_EACH(charging_addresses, struct sip_charging_address, sip_charging_address_next)
CHECK_EACH(in_reply_to, struct slice, sip_in_reply_to_next)
CHECK_EACH(products, struct sip_product, sip_product_next)

CHECK_SET(privacy, sip_privacy_decode)
CHECK_SET(request_disposition, sip_request_disposition_decode)

CHECK_WORD(method, enum sip_method, sip_allow_decode)
CHECK_WORD(priority, enum sip_priority, sip_priority_decode)
CHECK_WORD(transfer_encoding, enum sip_transfer_encoding, sip_transfer_encoding_decode)
/* clang-format on */

static bool
body_labels(struct slice value)
{
	struct sip_body_label_iter it;
	struct sip_body_label label;

	sip_body_label_iter_init(&it, value);
	while (sip_body_label_next(&it, &label))
		;
	return !it.malformed;
}

static bool
call_id(struct slice value)
{
	return sip_call_id_is_valid(sip_trim(value));
}

/* Not '*', which is none among others (RFC 3261 §25.1). */
static bool
contact(struct slice element)
{
	struct sip_contact out;

	return sip_contact_decode(element, &out) && !out.star &&
	       (out.has_expires || out.expires_text.ptr == NULL);
}

/* clang-format off */
/* X(symbol, kind, check, source) */
#define SIP_FIELDS(X) \
	X(VIA, LIST, via, "RFC 3261 20.42") \
	X(FROM, SINGLE, from, "RFC 3261 20.20") \
	X(TO, SINGLE, from, "RFC 3261 20.39") \
	X(CALL_ID, SINGLE, call_id, "RFC 3261 20.8") \
	X(CSEQ, SINGLE, cseq, "RFC 3261 20.16") \
	X(MAX_FORWARDS, SINGLE, number, "RFC 3261 20.22") \
	X(MAX_BREADTH, SINGLE, number, "RFC 5393 5.3") \
	X(ROUTE, LIST, route, "RFC 3261 20.34") \
	X(RECORD_ROUTE, LIST, route, "RFC 3261 20.30") \
	X(PATH, LIST, route, "RFC 3327 4") \
	X(SERVICE_ROUTE, LIST, route, "RFC 3608 5") \
	X(CONTACT, LIST_OR_STAR, contact, "RFC 3261 20.10") \
	X(CONTENT_LENGTH, SINGLE, number, "RFC 3261 20.14") \
	X(CONTENT_TYPE, SINGLE, content_type, "RFC 3261 20.15") \
	X(CONTENT_ENCODING, LIST, token, "RFC 3261 20.12") \
	X(EXPIRES, SINGLE, number, "RFC 3261 20.19") \
	X(SUPPORTED, LIST_OR_NONE, token, "RFC 3261 20.37") \
	X(REQUIRE, LIST, token, "RFC 3261 20.32") \
	X(PROXY_REQUIRE, LIST, token, "RFC 3261 20.29") \
	X(UNSUPPORTED, LIST, token, "RFC 3261 20.40") \
	X(EVENT, SINGLE, event, "RFC 6665 8.2.1") \
	X(SUBSCRIPTION_STATE, SINGLE, subscription_state, "RFC 6665 8.2.3") \
	X(AUTHORIZATION, SINGLE, credentials, "RFC 3261 20.7") \
	X(PROXY_AUTHORIZATION, SINGLE, credentials, "RFC 3261 20.28") \
	X(WWW_AUTHENTICATE, WHOLE, challenges, "RFC 3261 20.44") \
	X(PROXY_AUTHENTICATE, WHOLE, challenges, "RFC 3261 20.27") \
	X(DATE, SINGLE, date, "RFC 3261 20.17") \
	X(MIN_EXPIRES, SINGLE, number, "RFC 3261 20.23") \
	X(ALLOW, LIST_OR_NONE, method, "RFC 3261 20.5") \
	X(FLOW_TIMER, SINGLE, number, "RFC 5626 10") \
	X(P_ASSERTED_IDENTITY, LIST, asserted, "RFC 3325 9.1") \
	X(P_PREFERRED_IDENTITY, LIST, asserted, "RFC 3325 9.2") \
	X(P_PROFILE_KEY, SINGLE, p_profile_key, "RFC 5002 5") \
	X(PRIVACY, WHOLE, privacy, "RFC 3323 4.2") \
	X(IDENTITY, SINGLE, identity, "RFC 8224 4") \
	X(IDENTITY_INFO, SINGLE, identity_info, "RFC 4474 9") \
	X(ACCEPT_CONTACT, LIST, accept_contact, "RFC 3841 9.2") \
	X(REJECT_CONTACT, LIST, reject_contact, "RFC 3841 9.2") \
	X(REQUEST_DISPOSITION, WHOLE, request_disposition, "RFC 3841 9.1") \
	X(REFER_TO, SINGLE, refer_to, "RFC 3515 2.1") \
	X(REFERRED_BY, SINGLE, referred_by, "RFC 3892 3") \
	X(REFER_SUB, SINGLE, refer_sub, "RFC 4488 4") \
	X(TARGET_DIALOG, SINGLE, target_dialog, "RFC 4538 7") \
	X(REPLACES, SINGLE, replaces, "RFC 3891 6.1") \
	X(JOIN, SINGLE, join, "RFC 3911 7.1") \
	X(ANSWER_MODE, SINGLE, answer, "RFC 5373 2") \
	X(PRIV_ANSWER_MODE, SINGLE, answer, "RFC 5373 2") \
	X(ALERT_MODE, SINGLE, alert_mode, "draft-willis-sip-answeralert-00 3.1") \
	X(CONTENT_DISPOSITION, SINGLE, content_disposition, "RFC 3261 20.11") \
	X(CONTENT_LANGUAGE, LIST, language, "RFC 3261 20.13") \
	X(ALLOW_EVENTS, LIST, event_type, "RFC 6665 8.2.2") \
	X(AUTHENTICATION_INFO, WHOLE, auth_info, "RFC 3261 20.6") \
	X(P_ACCESS_NETWORK_INFO, LIST, p_access_network, "RFC 7315 5.4") \
	X(P_CHARGING_VECTOR, SINGLE, p_charging_vector, "RFC 7315 5.6") \
	X(P_CHARGING_FUNCTION_ADDRESSES, LIST, charging_addresses, "RFC 7315 5.5") \
	X(P_VISITED_NETWORK_ID, LIST, p_visited_network, "RFC 7315 5.3") \
	X(P_CALLED_PARTY_ID, SINGLE, p_called_party_id, "RFC 7315 5.2") \
	X(P_ASSOCIATED_URI, LIST_OR_NONE, p_associated_uri, "RFC 7315 5.1") \
	X(ACCEPT, LIST_OR_NONE, accept_type, "RFC 3261 20.1") \
	X(ACCEPT_ENCODING, LIST_OR_NONE, accept_encoding, "RFC 3261 20.2") \
	X(ACCEPT_LANGUAGE, LIST_OR_NONE, accept_language, "RFC 3261 20.3") \
	X(TIMESTAMP, SINGLE, timestamp, "RFC 3261 20.38") \
	X(USER_AGENT, WHOLE, products, "RFC 3261 20.41") \
	X(SERVER, WHOLE, products, "RFC 3261 20.35") \
	X(SUBJECT, SINGLE, text, "RFC 3261 20.36") \
	X(ORGANIZATION, SINGLE, text, "RFC 3261 20.25") \
	X(PRIORITY, SINGLE, priority, "RFC 3261 20.26") \
	X(REASON, LIST, reason, "RFC 3326 2") \
	X(RETRY_AFTER, SINGLE, retry_after, "RFC 3261 20.33") \
	X(WARNING, LIST, warning, "RFC 3261 20.43") \
	X(SESSION_EXPIRES, SINGLE, session_expires, "RFC 4028 4") \
	X(MIN_SE, SINGLE, min_se, "RFC 4028 5") \
	X(RSEQ, SINGLE, rseq, "RFC 3262 7.1") \
	X(RACK, SINGLE, rack, "RFC 3262 7.2") \
	X(SIP_ETAG, SINGLE, token, "RFC 3903 11.3.1") \
	X(SIP_IF_MATCH, SINGLE, token, "RFC 3903 11.3.2") \
	X(MIME_VERSION, SINGLE, mime_version, "RFC 3261 20.24") \
	X(IN_REPLY_TO, WHOLE, in_reply_to, "RFC 3261 20.21") \
	X(ERROR_INFO, LIST, info, "RFC 3261 20.18") \
	X(CALL_INFO, LIST, info, "RFC 3261 20.9") \
	X(ALERT_INFO, LIST, info, "RFC 3261 20.4") \
	X(REPLY_TO, SINGLE, party, "RFC 3261 20.31") \
	X(SECURITY_CLIENT, LIST, security, "RFC 3329 2.2") \
	X(SECURITY_SERVER, LIST, security, "RFC 3329 2.2") \
	X(SECURITY_VERIFY, LIST, security, "RFC 3329 2.2") \
	X(HISTORY_INFO, LIST, history_info, "RFC 7044 5") \
	X(GEOLOCATION, LIST, location, "RFC 6442 4.1") \
	X(RESPONDER, SINGLE, responder, "draft-cao-sip-response-auth-01") \
	X(RESPONDER_INFO, SINGLE, responder_info, "draft-cao-sip-response-auth-01") \
	X(RESOURCE_PRIORITY, LIST, resource_priority, "RFC 4412 3.1") \
	X(ACCEPT_RESOURCE_PRIORITY, LIST_OR_NONE, resource_priority, "RFC 4412 3.2") \
	X(RESPONSE_AUTHENTICATION, SINGLE, response_auth, "draft-cao-sip-response-auth-01") \
	X(RESPONSE_AUTHORIZATION, SINGLE, response_answer, "draft-cao-sip-response-auth-01") \
	X(PROXY_REQUIRED_BODY, WHOLE, body_labels, "draft-ietf-sip-e2m-sec-00 7.1") \
	X(PROXY_INSPECT_BODY, WHOLE, body_labels, "draft-ietf-sip-e2m-sec-06") \
	X(SAML_PAYLOAD, LIST, saml_ref, "draft-tschofenig-sip-saml-03 7") \
	X(ANONYMOUS_TO, SINGLE, party, "draft-rosenberg-sip-identity-privacy-00") \
	X(GEOLOCATION_ROUTING, SINGLE, location_routing, "RFC 6442 4.2") \
	X(GEOLOCATION_ERROR, SINGLE, location_error, "RFC 6442 4.4") \
	X(P_SERVED_USER, SINGLE, p_served_user, "RFC 5502 6") \
	X(P_USER_DATABASE, SINGLE, p_user_database, "RFC 4457 5") \
	X(P_EARLY_MEDIA, LIST_OR_NONE, p_early_media, "RFC 5009 9") \
	X(P_ANSWER_STATE, SINGLE, p_answer_state, "RFC 4964") \
	X(PROXY_AUTHENTICATION_INFO, WHOLE, auth_info, "RFC 7615") \
	X(FEATURE_CAPS, LIST, feature_caps, "RFC 6809 6.2") \
	X(INFO_PACKAGE, SINGLE, token_params, "RFC 6086") \
	X(RECV_INFO, LIST_OR_NONE, token_params, "RFC 6086") \
	X(SUPPRESS_IF_MATCH, SINGLE, token, "RFC 5839") \
	X(SESSION_ID, SINGLE, session_id, "RFC 7989 5") \
	X(USER_TO_USER, LIST, user_to_user, "RFC 7433 4") \
	X(RESTORATION_INFO, SINGLE, restoration_info, "3GPP TS 24.229") \
	X(TRIGGER_CONSENT, LIST, trigger_consent, "RFC 5360") \
	X(PERMISSION_MISSING, LIST, party, "RFC 5360") \
	X(CONTENT_ID, SINGLE, content_id, "RFC 8262") \
	X(P_MEDIA_AUTHORIZATION, LIST, p_media_authorization, "RFC 3313") \
	X(P_REFUSED_URI_LIST, LIST, p_refused_uri_list, "RFC 5318") \
	X(CONTENT_TRANSFER_ENCODING, SINGLE, transfer_encoding, "RFC 2045 6.1")
/* clang-format on */

/* A row for each header field, and no more: a row without one or a second row does not compile. */
enum {
#define X(symbol, kind, check, source) ROW_OF_##symbol = SIP_HDR_##symbol,
	SIP_FIELDS(X)
#undef X
};

#define X(symbol, kind, check, source) +1
_Static_assert(0 SIP_FIELDS(X) == SIP_HDR_COUNT, "a header field without a row");
#undef X

static const struct sip_field_info fields[SIP_HDR_COUNT] = {
#define X(symbol, kind, check, source) [SIP_HDR_##symbol] = { SIP_FIELD_##kind, check, source },
	SIP_FIELDS(X)
#undef X
};

const struct sip_field_info *
sip_field_info(enum sip_header_id id)
{
	return &fields[id];
}

bool
sip_field_is_valid(enum sip_header_id id, struct slice value)
{
	const struct sip_field_info *field = &fields[id];

	if (value.ptr == NULL)
		return false;
	if (field->kind == SIP_FIELD_SINGLE || field->kind == SIP_FIELD_WHOLE)
		return field->is_valid(value);
	value = sip_trim(value);
	if (value.len == 0)
		return field->kind == SIP_FIELD_LIST_OR_NONE;
	if (field->kind == SIP_FIELD_LIST_OR_STAR && slice_eq(value, SLICE("*")))
		return true;
	while (value.ptr != NULL)
		if (!field->is_valid(sip_trim(sip_list_cut(&value))))
			return false;
	return true;
}
