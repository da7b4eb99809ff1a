/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_state.h"

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_udp.h>

enum {
	SWEEP_ROWS = 4096,    /* rows looked at in 100 ms */
	SILENT_ROWS = 16,     /* as many as the cost of one silent flow comes to */
	ICMP_PER_TICK = 256,  /* errors looked at in 100 ms */
	FAILED_PER_TICK = 64, /* flows that one worker declares dead in 100 ms */
};

void
via_flow_heard(struct via_worker *w, const struct flow *flow)
{
	struct failed_flows *failed = &w->engine->failed_flows;

	if (!via_keeps_flows(w->engine))
		return;
	flows_count_in(&w->flows, flow, w->mono_ms);
	if (unlikely(failed_flows_count(failed) != 0) && failed_flows_remove(failed, flow))
		via_count(w, STATS_flows_revived);
}

/* docs/decisions/0012-flow-liveness.md */
static void
put_mark(struct rte_mbuf *m, uint8_t family, uint32_t mark)
{
	struct rte_ipv6_hdr *six = rte_pktmbuf_mtod(m, struct rte_ipv6_hdr *);
	struct rte_ipv4_hdr *four = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);

	if (family == 6) {
		six->vtc_flow |= rte_cpu_to_be_32(mark);
		return;
	}
	four->packet_id = rte_cpu_to_be_16((uint16_t)mark);
	four->hdr_checksum = 0;
	four->hdr_checksum = rte_ipv4_cksum(four);
}

void
via_flow_sent(struct via_worker *w, const struct flow *flow, uint64_t hash, struct rte_mbuf *m)
{
	const struct rte_udp_hdr *udp =
		rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *, m->l3_len);
	uint16_t length = rte_be_to_cpu_16(udp->dgram_len);
	uint16_t checksum = rte_be_to_cpu_16(udp->dgram_cksum);
	uint8_t family = flow->remote.family;

	put_mark(m, family, flows_mark(hash, family, length, checksum));
	flows_sent_at(&w->flows, hash, flow, length, checksum, w->mono_ms);
}

void
via_flow_told_timer(struct via_worker *w, const struct flow *flow, uint32_t seconds)
{
	/* edge.flow_timer is an hour at most */
	flows_set_timer(&w->flows, flow, (uint16_t)seconds, w->mono_ms);
}

/* When any worker last heard of the other side; 0: none ever has. */
static uint64_t
heard_by_any(const struct via_engine *e, const struct flow *flow)
{
	uint64_t latest = 0;

	for (unsigned int i = 0; i < e->worker_count; i++) {
		uint64_t heard = flows_heard_ms(&e->worker[i]->flows, flow);

		latest = RTE_MAX(latest, heard);
	}
	return latest;
}

/* Any worker knows the flow, and none has seen too many guesses at it. */
static bool
may_be_quoted(const struct via_worker *w, const struct flow *flow)
{
	const struct via_engine *e = w->engine;
	bool known = false;

	for (unsigned int i = 0; i < e->worker_count; i++) {
		enum flows_quote q = flows_may_be_quoted(&e->worker[i]->flows, flow, w->mono_ms);

		if (q == FLOWS_GUESSED)
			return false;
		known |= q != FLOWS_UNKNOWN;
	}
	return known;
}

bool
via_flow_was_sent(struct via_worker *w, const struct icmp_quote *q)
{
	const struct via_engine *e = w->engine;
	uint64_t heard;

	if (!may_be_quoted(w, &q->flow) || w->icmp_budget == 0)
		return false;
	w->icmp_budget--;
	/* another worker's clock may have been read a moment later */
	heard = RTE_MIN(heard_by_any(e, &q->flow), w->mono_ms);
	for (unsigned int i = 0; i < e->worker_count; i++)
		if (flows_quoted(&e->worker[i]->flows, q, heard, w->mono_ms) == FLOWS_WAS_SENT)
			return true;
	for (unsigned int i = 0; i < e->worker_count; i++)
		flows_misquoted(&e->worker[i]->flows, &q->flow, w->mono_ms);
	return false;
}

/* A full ring: the bindings go when they expire, and nothing is sent to the flow until then. */
static void
tell_control(struct via_worker *w, const struct flow *flow)
{
	const struct message_head head = { .kind = MESSAGE_FLOW_FAILED, .flow = *flow };

	if (w->has_rings)
		(void)message_ring_put(&w->punt, &head, NULL);
}

/*
 * Not more of them than control may be told of: what is over is found again, by the next datagram
 * or in the next sweep.
 */
void
via_flow_failed(struct via_worker *w, const struct flow *flow, enum failed_flow_why why)
{
	if (w->failed_budget == 0 ||
	    !failed_flows_add(&w->engine->failed_flows, flow, why, w->mono_ms))
		return;
	w->failed_budget--;
	via_count(w, STATS_flows_failed);
	tell_control(w, flow);
}

/*
 * A row of ours says that a flow is silent. Its datagrams may reach another worker, who then knows
 * better; if none has ever heard of it, nothing is known (5.1 item 5), and its timer is forgotten.
 */
static void
judge_silent(struct via_worker *w, const struct flows_silent *silent)
{
	uint64_t latest;

	if (via_flow_is_dead(w, &silent->flow))
		return;
	latest = heard_by_any(w->engine, &silent->flow);
	if (latest == 0)
		flows_set_timer(&w->flows, &silent->flow, 0, w->mono_ms);
	else if (latest + silent->allowed_ms >= w->mono_ms)
		flows_heard_elsewhere(&w->flows, &silent->flow, latest);
	else
		via_flow_failed(w, &silent->flow, FAILED_FLOW_IDLE);
}

void
via_flows_tick(struct via_worker *w)
{
	uint32_t rows = RTE_MIN((uint32_t)SWEEP_ROWS, w->flows.mask + 1);
	struct flows_silent silent;

	w->icmp_budget = ICMP_PER_TICK;
	w->failed_budget = FAILED_PER_TICK;
	while (w->failed_budget > 0 && flows_next_silent(&w->flows, &rows, w->mono_ms, &silent)) {
		judge_silent(w, &silent);
		rows -= RTE_MIN(rows, (uint32_t)SILENT_ROWS);
	}
}
