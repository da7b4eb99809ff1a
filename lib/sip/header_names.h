/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The header fields that Viaduct knows by name, one row each: X(symbol, "Name", compact form or 0).
 *
 * The first rows are those that forwarding asks for; sip_message keeps the position of the first
 * occurrence of each of them (SIP_HDR_TRACKED). Order beyond that has no meaning.
 */
#ifndef SIP_HEADER_NAMES_H
#define SIP_HEADER_NAMES_H

#define SIP_HEADER_NAMES(X) \
	X(VIA, "Via", 'v') \
	X(FROM, "From", 'f') \
	X(TO, "To", 't') \
	X(CALL_ID, "Call-ID", 'i') \
	X(CSEQ, "CSeq", 0) \
	X(MAX_FORWARDS, "Max-Forwards", 0) \
	X(MAX_BREADTH, "Max-Breadth", 0) \
	X(ROUTE, "Route", 0) \
	X(RECORD_ROUTE, "Record-Route", 0) \
	X(PATH, "Path", 0) \
	X(SERVICE_ROUTE, "Service-Route", 0) \
	X(CONTACT, "Contact", 'm') \
	X(CONTENT_LENGTH, "Content-Length", 'l') \
	X(CONTENT_TYPE, "Content-Type", 'c') \
	X(CONTENT_ENCODING, "Content-Encoding", 'e') \
	X(EXPIRES, "Expires", 0) \
	X(SUPPORTED, "Supported", 'k') \
	X(REQUIRE, "Require", 0) \
	X(PROXY_REQUIRE, "Proxy-Require", 0) \
	X(UNSUPPORTED, "Unsupported", 0) \
	X(EVENT, "Event", 'o') \
	X(SUBSCRIPTION_STATE, "Subscription-State", 0) \
	X(AUTHORIZATION, "Authorization", 0) \
	X(PROXY_AUTHORIZATION, "Proxy-Authorization", 0) \
	X(WWW_AUTHENTICATE, "WWW-Authenticate", 0) \
	X(PROXY_AUTHENTICATE, "Proxy-Authenticate", 0) \
	X(DATE, "Date", 0) \
	X(MIN_EXPIRES, "Min-Expires", 0) \
	X(ALLOW, "Allow", 0) \
	X(FLOW_TIMER, "Flow-Timer", 0) \
	X(P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0) \
	X(P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0) \
	X(P_PROFILE_KEY, "P-Profile-Key", 0) \
	X(PRIVACY, "Privacy", 0) \
	X(IDENTITY, "Identity", 'y') \
	X(IDENTITY_INFO, "Identity-Info", 'n') \
	X(ACCEPT_CONTACT, "Accept-Contact", 'a') \
	X(REJECT_CONTACT, "Reject-Contact", 'j') \
	X(REQUEST_DISPOSITION, "Request-Disposition", 'd') \
	X(REFER_TO, "Refer-To", 'r') \
	X(REFERRED_BY, "Referred-By", 'b') \
	X(REFER_SUB, "Refer-Sub", 0) \
	X(TARGET_DIALOG, "Target-Dialog", 0) \
	X(REPLACES, "Replaces", 0) \
	X(JOIN, "Join", 0) \
	X(ANSWER_MODE, "Answer-Mode", 0) \
	X(PRIV_ANSWER_MODE, "Priv-Answer-Mode", 0) \
	X(ALERT_MODE, "Alert-Mode", 0) \
	X(CONTENT_DISPOSITION, "Content-Disposition", 0) \
	X(CONTENT_LANGUAGE, "Content-Language", 0) \
	X(ALLOW_EVENTS, "Allow-Events", 'u') \
	X(AUTHENTICATION_INFO, "Authentication-Info", 0) \
	X(P_ACCESS_NETWORK_INFO, "P-Access-Network-Info", 0) \
	X(P_CHARGING_VECTOR, "P-Charging-Vector", 0) \
	X(P_CHARGING_FUNCTION_ADDRESSES, "P-Charging-Function-Addresses", 0) \
	X(P_VISITED_NETWORK_ID, "P-Visited-Network-ID", 0) \
	X(P_CALLED_PARTY_ID, "P-Called-Party-ID", 0) \
	X(P_ASSOCIATED_URI, "P-Associated-URI", 0) \
	X(ACCEPT, "Accept", 0) \
	X(ACCEPT_ENCODING, "Accept-Encoding", 0) \
	X(ACCEPT_LANGUAGE, "Accept-Language", 0) \
	X(TIMESTAMP, "Timestamp", 0) \
	X(USER_AGENT, "User-Agent", 0) \
	X(SERVER, "Server", 0) \
	X(SUBJECT, "Subject", 's') \
	X(ORGANIZATION, "Organization", 0) \
	X(PRIORITY, "Priority", 0) \
	X(REASON, "Reason", 0) \
	X(RETRY_AFTER, "Retry-After", 0) \
	X(WARNING, "Warning", 0) \
	X(SESSION_EXPIRES, "Session-Expires", 'x') \
	X(MIN_SE, "Min-SE", 0) \
	X(RSEQ, "RSeq", 0) \
	X(RACK, "RAck", 0) \
	X(SIP_ETAG, "SIP-ETag", 0) \
	X(SIP_IF_MATCH, "SIP-If-Match", 0) \
	X(MIME_VERSION, "MIME-Version", 0) \
	X(IN_REPLY_TO, "In-Reply-To", 0) \
	X(ERROR_INFO, "Error-Info", 0) \
	X(CALL_INFO, "Call-Info", 0) \
	X(ALERT_INFO, "Alert-Info", 0) \
	X(REPLY_TO, "Reply-To", 0) \
	X(SECURITY_CLIENT, "Security-Client", 0) \
	X(SECURITY_SERVER, "Security-Server", 0) \
	X(SECURITY_VERIFY, "Security-Verify", 0) \
	X(HISTORY_INFO, "History-Info", 0) \
	X(GEOLOCATION, "Geolocation", 0) \
	X(RESPONDER, "Responder", 0) \
	X(RESPONDER_INFO, "Responder-Info", 0) \
	X(RESOURCE_PRIORITY, "Resource-Priority", 0) \
	X(ACCEPT_RESOURCE_PRIORITY, "Accept-Resource-Priority", 0)

/*
 * Where each full name falls in the 1024 slots of header_hash() (header.c). The multipliers there
 * were searched for until no two names met; tests/lib/sip/test_header.c finds every name again, so
 * a new row without its slot fails.
 */
#define SIP_HEADER_SLOTS(X) \
	X(1, ACCEPT_ENCODING) \
	X(8, SUBJECT) \
	X(27, REJECT_CONTACT) \
	X(49, MAX_FORWARDS) \
	X(57, REQUEST_DISPOSITION) \
	X(70, EXPIRES) \
	X(78, RESOURCE_PRIORITY) \
	X(81, USER_AGENT) \
	X(84, PATH) \
	X(90, MIN_EXPIRES) \
	X(107, REFER_SUB) \
	X(144, GEOLOCATION) \
	X(149, CONTENT_LENGTH) \
	X(151, P_VISITED_NETWORK_ID) \
	X(156, CONTENT_DISPOSITION) \
	X(177, PRIVACY) \
	X(192, MIME_VERSION) \
	X(195, SECURITY_VERIFY) \
	X(214, SECURITY_SERVER) \
	X(219, ALERT_INFO) \
	X(240, SESSION_EXPIRES) \
	X(254, P_PREFERRED_IDENTITY) \
	X(258, PRIV_ANSWER_MODE) \
	X(269, MAX_BREADTH) \
	X(282, CALL_ID) \
	X(285, JOIN) \
	X(293, RACK) \
	X(297, P_CALLED_PARTY_ID) \
	X(301, CONTENT_ENCODING) \
	X(303, SUBSCRIPTION_STATE) \
	X(322, SIP_IF_MATCH) \
	X(334, SUPPORTED) \
	X(338, AUTHORIZATION) \
	X(344, ACCEPT_CONTACT) \
	X(370, ORGANIZATION) \
	X(384, ACCEPT_LANGUAGE) \
	X(385, TIMESTAMP) \
	X(387, REASON) \
	X(409, VIA) \
	X(412, REQUIRE) \
	X(414, ROUTE) \
	X(417, SERVICE_ROUTE) \
	X(435, CONTENT_TYPE) \
	X(441, FROM) \
	X(446, PRIORITY) \
	X(449, AUTHENTICATION_INFO) \
	X(453, TARGET_DIALOG) \
	X(466, SIP_ETAG) \
	X(478, MIN_SE) \
	X(488, RECORD_ROUTE) \
	X(495, IN_REPLY_TO) \
	X(507, CALL_INFO) \
	X(511, WWW_AUTHENTICATE) \
	X(538, PROXY_AUTHENTICATE) \
	X(567, P_PROFILE_KEY) \
	X(571, ACCEPT) \
	X(615, RSEQ) \
	X(624, CONTACT) \
	X(627, EVENT) \
	X(629, FLOW_TIMER) \
	X(632, REFERRED_BY) \
	X(635, P_CHARGING_VECTOR) \
	X(641, ACCEPT_RESOURCE_PRIORITY) \
	X(681, ALERT_MODE) \
	X(684, CONTENT_LANGUAGE) \
	X(686, TO) \
	X(695, PROXY_AUTHORIZATION) \
	X(704, REFER_TO) \
	X(714, CSEQ) \
	X(730, P_ACCESS_NETWORK_INFO) \
	X(732, UNSUPPORTED) \
	X(752, ALLOW) \
	X(760, P_ASSERTED_IDENTITY) \
	X(777, IDENTITY_INFO) \
	X(785, ALLOW_EVENTS) \
	X(804, P_ASSOCIATED_URI) \
	X(807, ERROR_INFO) \
	X(818, DATE) \
	X(828, HISTORY_INFO) \
	X(836, REPLY_TO) \
	X(881, IDENTITY) \
	X(891, ANSWER_MODE) \
	X(902, PROXY_REQUIRE) \
	X(903, RESPONDER) \
	X(908, SERVER) \
	X(943, WARNING) \
	X(982, RESPONDER_INFO) \
	X(987, RETRY_AFTER) \
	X(995, REPLACES) \
	X(1001, SECURITY_CLIENT) \
	X(1011, P_CHARGING_FUNCTION_ADDRESSES)

#endif
