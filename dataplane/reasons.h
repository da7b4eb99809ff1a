/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The refusals that forwarding itself decides on: X(symbol, status, "Reason Phrase").
 * Those for malformed messages are in sip/fault.h.
 */
#ifndef DATAPLANE_REASONS_H
#define DATAPLANE_REASONS_H

#define VIA_REASONS(X)                                                                             \
	X(NONE, 0, "")  /* not refused */                                                          \
	X(FAULT, 0, "") /* see via_meta.fault */                                                   \
	X(OK, 200, "OK")                                                                           \
	X(TRYING, 100, "Trying")                                                                   \
	X(CANCELLING, 200, "OK")                                                                   \
	X(MOVED_TEMPORARILY, 302, "Moved Temporarily")                                             \
	X(USE_PROXY, 305, "Use Proxy")                                                             \
	X(TOO_MANY_PREFERENCES, 400, "Too Many Caller Preferences")                                \
	X(AOR_FORBIDDEN, 403, "Forbidden")                                                         \
	X(PATH_NOT_TAKEN, 403, "Path Of User Agent Not Taken")                                     \
	X(FROM_NOT_YOURS, 403, "From Is Not Yours")                                                \
	X(GRUU_NOT_YOURS, 403, "GRUU Is Not Yours")                                                \
	X(RELAYING_DENIED, 403, "Relaying Denied")                                                 \
	X(BAD_TOKEN, 403, "Bad Flow Token")                                                        \
	X(TOKEN_NOT_FOR_YOU, 403, "Flow Token Not Valid Here")                                     \
	X(NOT_FOUND, 404, "Not Found")                                                             \
	X(NO_SUCH_DOMAIN, 404, "No Route To This Domain")                                          \
	X(METHOD_NOT_ALLOWED, 405, "Method Not Allowed")                                           \
	X(PROXY_AUTH_REQUIRED, 407, "Proxy Authentication Required")                               \
	X(REQUEST_TIMEOUT, 408, "Request Timeout")                                                 \
	X(FLOW_GONE, 410, "Gone")                                                                  \
	X(GRUU_TOO_LONG, 414, "Request-URI Too Long")                                              \
	X(UNSUPPORTED_SCHEME, 416, "Unsupported URI Scheme")                                       \
	X(BAD_EXTENSION, 420, "Bad Extension")                                                     \
	X(PATH_REQUIRED, 421, "Extension Required")                                                \
	X(FLOW_FAILED, 430, "Flow Failed")                                                         \
	X(BREADTH_EXCEEDED, 440, "Max-Breadth Exceeded")                                           \
	X(AOR_DISABLED, 480, "Temporarily Unavailable")                                            \
	X(TEMPORARILY_UNAVAILABLE, 480, "Temporarily Unavailable")                                 \
	X(SIPS_NOT_ALLOWED, 480, "Temporarily Unavailable")                                        \
	X(NO_SUCH_DIALOG, 481, "Call/Transaction Does Not Exist")                                  \
	X(LOOP_DETECTED, 482, "Loop Detected")                                                     \
	X(TOO_MANY_HOPS, 483, "Too Many Hops")                                                     \
	X(REQUEST_TERMINATED, 487, "Request Terminated")                                           \
	X(NEXT_HOP_UNREACHABLE, 500, "Next Hop Unreachable")                                       \
	X(CANNOT_FORWARD, 500, "Request Cannot Be Forwarded")                                      \
	X(NO_CONTROL, 503, "Registrar Not Available")                                              \
	X(TOO_MANY_TRANSACTIONS, 503, "Too Many Transactions")                                     \
	X(TOO_MANY_REQUESTS, 503, "Too Many Requests")                                             \
	X(DRAINING, 503, "Service Unavailable")                                                    \
	X(NAME_NOT_RESOLVED, 503, "Name Not Resolved")                                             \
	X(NO_USERS, 503, "Users Not Known Yet")                                                    \
	X(HOME_UNREACHABLE, 504, "Server Time-out")

enum via_reason {
#define X(sym, status, phrase) VIA_REASON_##sym,
	VIA_REASONS(X)
#undef X
	VIA_REASON_COUNT
};

#endif
