/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The header fields that Viaduct knows by name, one row each: X(symbol, "Name", compact form or 0).
 *
 * Order has no meaning. header_slots.py makes the look-up table of header.c out of these rows when
 * Viaduct is built; a new row needs another in field/field.c: what its values look like.
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
	X(ACCEPT_RESOURCE_PRIORITY, "Accept-Resource-Priority", 0) \
	X(RESPONSE_AUTHENTICATION, "Response-Authentication", 0) \
	X(RESPONSE_AUTHORIZATION, "Response-Authorization", 0) \
	X(PROXY_REQUIRED_BODY, "Proxy-Required-Body", 0) \
	X(PROXY_INSPECT_BODY, "Proxy-Inspect-Body", 0) \
	X(SAML_PAYLOAD, "SAML-Payload", 0) \
	X(ANONYMOUS_TO, "Anonymous-To", 0) \
	X(GEOLOCATION_ROUTING, "Geolocation-Routing", 0) \
	X(GEOLOCATION_ERROR, "Geolocation-Error", 0) \
	X(P_SERVED_USER, "P-Served-User", 0) \
	X(P_USER_DATABASE, "P-User-Database", 0) \
	X(P_EARLY_MEDIA, "P-Early-Media", 0) \
	X(P_ANSWER_STATE, "P-Answer-State", 0) \
	X(PROXY_AUTHENTICATION_INFO, "Proxy-Authentication-Info", 0) \
	X(FEATURE_CAPS, "Feature-Caps", 0) \
	X(INFO_PACKAGE, "Info-Package", 0) \
	X(RECV_INFO, "Recv-Info", 0) \
	X(SUPPRESS_IF_MATCH, "Suppress-If-Match", 0) \
	X(SESSION_ID, "Session-ID", 0) \
	X(USER_TO_USER, "User-to-User", 0) \
	X(RESTORATION_INFO, "Restoration-Info", 0) \
	X(TRIGGER_CONSENT, "Trigger-Consent", 0) \
	X(PERMISSION_MISSING, "Permission-Missing", 0) \
	X(CONTENT_ID, "Content-ID", 0) \
	X(P_MEDIA_AUTHORIZATION, "P-Media-Authorization", 0) \
	X(P_REFUSED_URI_LIST, "P-Refused-URI-List", 0) \
	X(CONTENT_TRANSFER_ENCODING, "Content-Transfer-Encoding", 0)

#endif
