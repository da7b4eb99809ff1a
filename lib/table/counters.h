/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What the dataplane counts. One row is the enum, the export and the documentation.
 *
 * Every message that comes in leaves by one way, and is counted there once:
 *   rx + injected + made = the sum of STATS_WAYS_OUT + the sum of STATS_DROPS.
 */
#ifndef TABLE_COUNTERS_H
#define TABLE_COUNTERS_H

/** X(symbol, "what it means to an operator") */
#define STATS_WAYS_IN(X)                                                                           \
	X(rx, "datagrams received on a SIP address")                                               \
	X(injected, "messages that control gave us to send")                                       \
	X(made, "messages that transactions made: branches, 100, CANCEL, ACK, what is sent again")

#define STATS_WAYS_OUT(X)                                                                          \
	X(forwarded_requests, "requests forwarded")                                                \
	X(forwarded_responses, "responses forwarded")                                              \
	X(sent_for_control, "messages of control's sent")                                          \
	X(replied, "requests answered by the dataplane itself")                                    \
	X(punted, "messages handed to control")                                                    \
	X(parked, "requests held by control until a name is resolved")                             \
	X(absorbed, "messages that ended in a transaction: what became branches, copies, ACK, 100")        \
	X(transaction_sent, "made by transactions and sent, but for branches: those are forwarded") \
	X(stun, "STUN requests answered")

#define STATS_DROPS(X)                                                                             \
	X(keepalive, "CR LF or an empty datagram: a keepalive, never answered over UDP")           \
	X(not_sip, "first octet neither SIP nor STUN")                                             \
	X(malformed, "malformed and not to be answered; see the faults")                           \
	X(bad_source, "source is no address that an answer could go to, or one of our own")         \
	X(denied, "source is in a denied network")                                                 \
	X(foreign_response, "response whose topmost Via is not ours")                              \
	X(forged_branch, "response with a branch that we did not write")                           \
	X(response_no_target, "response whose next Via names no address that can be reached")      \
	X(ack_absorbed, "ACK for a response of our own")                                           \
	X(ack_refused, "ACK that would have been refused: ACK has no answer")                      \
	X(no_control, "ring to control full or control not there, ACK or retransmission expected") \
	X(no_route, "no route to the next hop")                                                    \
	X(no_listener, "no address of ours on the port that leads to the next hop")                \
	X(no_buffer, "no buffer left")                                                             \
	X(unresolved_limit, "next hop not resolved and too many such messages at once")            \
	X(edit_failed, "more changes to one message than there is room for")                       \
	X(stun_refused, "STUN that is malformed or needs no answer")                               \
	X(bad_checksum, "UDP checksum wrong")                                                      \
	X(source_limit, "datagram of a source that sends too many (guard.source)")                 \
	X(stun_limit, "STUN of a source that sends too much of it (guard.stun)")                   \
	X(stun_silent, "STUN not answered because nothing could be forwarded")                     \
	X(stray_response, "response to a branch of ours that there is not any more")                \
	X(self_full, "too many messages to addresses of ours wait: it comes again")                 \
	X(handoff_full, "ring to the worker that owns the transaction full: it comes again")        \
	X(failed_over, "response of a failed flow, kept back: the next copy takes another")

/** Counted besides, not a way out of their own. */
#define STATS_DETAILS(X)                                                                           \
	X(loops, "482 sent: the request came back unchanged (RFC 5393)")                           \
	X(unresolved, "messages sent through the kernel, which resolves the next hop")             \
	X(fragments_in, "IP fragments received")                                                   \
	X(fragments_out, "IP fragments sent")                                                      \
	X(reassembly_failed, "fragments given up: expired, overlapping or too many")               \
	X(exception_in, "frames handed to the kernel")                                             \
	X(exception_out, "frames taken from the kernel")                                           \
	X(tokens_made, "flow tokens made")                                                         \
	X(tokens_opened, "flow tokens that selected a flow")                                       \
	X(tokens_refused, "flow tokens refused: forged, malformed, wrong class")                   \
	X(tokens_dead, "flow tokens of a flow that is gone, or under a retired key")               \
	X(lookups, "binding look-ups")                                                             \
	X(remembered, "requests sent where their first copy went")                                 \
	X(register_limit, "503 sent: too many REGISTERs (guard.register*), or control is behind")  \
	X(invite_limit, "503 sent: too many INVITEs (guard.invite_*)")                             \
	X(request_limit, "503 sent: too many requests in all (guard.requests)")                    \
	X(drained, "requests turned away while draining")                                          \
	X(icmp, "ICMP errors about datagrams of ours")                                             \
	X(icmp_ignored, "of those: about nothing that we sent")                                    \
	X(flows_failed, "flows found dead")                                                        \
	X(flows_revived, "flows found dead that were heard of again")                              \
	X(stripped, "header fields taken out at the border of trust")                              \
	X(challenged, "407 sent: no credentials, or none that were asked for")                     \
	X(auth_stale, "407 sent: nonce too old, used before, or not ours")                         \
	X(auth_failed, "407 sent: unknown user or wrong password")                                 \
	X(auth_from, "403 sent: From is none of the AORs of who authenticated (auth.check_from)")  \
	X(auth_no_users, "503 sent: control has not published the users yet")                      \
	X(authenticated, "requests whose credentials were right, copies among them")               \
	X(gruu, "requests to GRUUs that were looked up")                                           \
	X(gruu_unknown, "404 sent: no such GRUU, or not any more")                                 \
	X(aor_disabled, "403 or 480 sent: an operator has shut the AOR off (viaduct aor)")         \
	X(loads, "requests held until control has put their AOR into the table")                   \
	X(transactions, "requests that got a transaction")                                         \
	X(transactions_full, "503 sent: no room for another transaction (transactions.*)")         \
	X(branches, "branches begun")                                                              \
	X(branch_timeouts, "branches that had no final response in time (timers B, F, C)")          \
	X(retransmitted, "requests and responses sent again by a transaction")                     \
	X(copies_absorbed, "copies of requests that have a transaction")                           \
	X(cancels, "CANCELs that we sent")                                                         \
	X(late_2xx, "2xx forwarded after another final response")                                  \
	X(breadth_waited, "targets that had to wait for breadth (RFC 5393)")                       \
	X(breadth_refused, "440 sent: more targets than breadth")                                  \
	X(breadth_clamped, "requests with more than proxy.max_breadth_limit")                      \
	X(guard_saved, "branches not begun: the contacts of requests that got 482 or 440")              \
	X(next_flows, "branches to the next flow of a user agent")                                  \
	X(recursed, "305 followed")                                                                \
	X(handed_over, "messages handed to the worker that owns their transaction")                \
	X(target_down, "next hops passed over because they are down")                              \
	X(preferences_dropped, "contacts left out that the caller does not want (RFC 3841)")       \
	X(preferences_refused, "400 and 480 sent: too many preferences, or no contact suits them")

enum stats_counter {
#define X(sym, text) STATS_##sym,
	STATS_WAYS_IN(X)
	STATS_WAYS_OUT(X)
	STATS_DROPS(X)
	STATS_DETAILS(X)
#undef X
	STATS_COUNT
};

#endif
