/* SPDX-License-Identifier: BSD-3-Clause */
#include "rig_internal.h"

#include <rte_mbuf.h>

#include "node/node.h"
#include "transaction/transaction.h"

enum { PENDING_MAX = 512, CAUGHT_MAX = 512 };

/* Frames, and to which worker each comes. */
static struct pending {
	struct rte_mbuf *m;
	unsigned int worker;
} pending[PENDING_MAX];
static unsigned int pending_count;

static uint64_t before[VIA_MAX_WORKERS][STATS_COUNT];

/* Packets that reached a port. */
static struct rig_caught caught[CAUGHT_MAX];
static unsigned int caught_count;

static char joined[RIG_OUT_MAX][RIG_LARGEST + 64];

/* ---- nodes at both ends ---- */

static uint16_t
rig_source_process(struct rte_graph *g, struct rte_node *node, void **objs, uint16_t n)
{
	const unsigned int worker = via_worker_of(node)->index;
	unsigned int count = 0, left = 0;

	(void)objs;
	(void)n;
	for (unsigned int i = 0; i < pending_count; i++)
		if (pending[i].worker == worker && count < RTE_GRAPH_BURST_SIZE) {
			rte_node_enqueue_x1(g, node, 0, pending[i].m);
			count++;
		} else {
			pending[left++] = pending[i];
		}
	pending_count = left;
	return (uint16_t)count;
}

static struct rte_node_register rig_source_node = {
	.name = "rig_source",
	.flags = RTE_NODE_SOURCE_F,
	.init = via_node_init,
	.process = rig_source_process,
	.nb_edges = 1,
	.next_nodes = { "via_demux" },
};
RTE_NODE_REGISTER(rig_source_node)

static void
catch(struct rte_mbuf *m, uint8_t port)
{
	struct rig_caught *c = &caught[caught_count];

	if (caught_count == CAUGHT_MAX) {
		rte_pktmbuf_free(m);
		return;
	}
	caught_count++;
	c->port = port;
	c->len = m->pkt_len;
	c->octets = malloc(m->pkt_len + 1);
	memcpy(c->octets, rte_pktmbuf_read(m, 0, m->pkt_len, c->octets), m->pkt_len);
	rte_pktmbuf_free(m);
}

#define SINK(number)                                                                               \
	static uint16_t rig_sink##number##_process(struct rte_graph *g, struct rte_node *node,     \
						   void **objs, uint16_t n)                        \
	{                                                                                          \
		(void)g;                                                                           \
		(void)node;                                                                        \
		for (uint16_t i = 0; i < n; i++)                                                   \
			catch(objs[i], number);                                                    \
		return n;                                                                          \
	}                                                                                          \
	static struct rte_node_register rig_sink##number##_node = {                                \
		.name = "rig_sink" #number,                                                        \
		.process = rig_sink##number##_process,                                             \
	};                                                                                         \
	RTE_NODE_REGISTER(rig_sink##number##_node)

SINK(0)
SINK(1)

/* ---- frames in ---- */

static struct rte_mbuf *
to_mbufs(const struct rig_frame *f, const uint8_t *frame, size_t n)
{
	size_t piece = f->piece != 0 ? f->piece : n, room = RTE_PKTMBUF_HEADROOM;
	struct rte_mbuf *first = NULL;

	if (f->headroom != 0)
		room = f->headroom;
	for (size_t at = 0; at < n; at += piece) {
		size_t len = RTE_MIN(piece, n - at);
		struct rte_mbuf *m = rte_pktmbuf_alloc(len + room <= 2176 ? rig_pool : rig_large_pool);

		if (m == NULL)
			abort(); /* the pool is too small for the test */
		/* what was there before must not matter */
		memset(via_meta(m), 0xa5, VIA_META_ROOM);
		m->data_off = (uint16_t)room;
		memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame + at, len);
		if (first == NULL)
			first = m;
		else
			assert_int_equal(rte_pktmbuf_chain(first, m), 0);
	}
	return first;
}

static void
add_pending(struct rte_mbuf *m, uint8_t port)
{
	assert_true(pending_count < PENDING_MAX);
	m->port = port;
	pending[pending_count++] = (struct pending){ m, rig.receiver };
}

void
rig_queue(const struct rig_frame *frame, struct slice sip, const char *from_text,
	  const char *to_text)
{
	static uint8_t out[RIG_FRAME_MAX];
	static const struct rig_frame plain;
	const struct rig_frame *f = frame != NULL ? frame : &plain;
	struct flow_address from = rig_address(from_text), to = rig_address(to_text);
	uint8_t port = strncmp(to_text, "10.", 3) == 0;
	size_t n = rig_build_frame(out, f, sip, &from, &to, port);

	add_pending(to_mbufs(f, out, n), port);
}

void
rig_queue_packet(const uint8_t *packet, size_t n, uint8_t port)
{
	uint8_t frame[2048] = { 2, 0, 0, 0, port, 1, 2, 0, 0, 0, port, 99 };
	bool six = packet[0] >> 4 == 6;
	const struct rig_frame plain = { 0 };

	assert_true(n <= sizeof(frame) - 14);
	frame[12] = six ? 0x86 : 0x08;
	frame[13] = six ? 0xdd : 0x00;
	memcpy(frame + 14, packet, n);
	/* ethernet has no shorter ones */
	add_pending(to_mbufs(&plain, frame, RTE_MAX(n + 14, (size_t)60)), port);
}

/* ---- datagrams out ---- */

/* Fragments come in order, one datagram behind the other. */
static void
read_caught(void)
{
	size_t have = 0;

	for (unsigned int i = 0; i < caught_count; i++) {
		struct rig_datagram *d = &rig.out.datagram[rig.out.count];
		char *room = joined[rig.out.count];
		struct rig_packet p;

		if (rig.out.count == RIG_OUT_MAX)
			break;
		rig_read_packet(&caught[i], &p);
		assert_true(caught[i].len <= 14 + 1500);
		if (p.offset == 0)
			*d = (struct rig_datagram){ .from = p.from, .to = p.to,
						     .mark = p.mark };
		assert_int_equal(p.offset, p.fragment ? have : 0);
		memcpy(room + p.offset, p.payload, p.len);
		have = p.offset + p.len;
		d->port = caught[i].port;
		d->fragments++;
		if (p.more)
			continue;
		rig_finish_datagram(d, room, have);
		have = 0;
		rig.out.count++;
	}
	for (unsigned int i = 0; i < caught_count; i++)
		free(caught[i].octets);
	caught_count = 0;
}

/* lib/table/counters.h: each message that came in left by one way, and was counted there once. */
static void
check_sum(void)
{
	static const char *const names[] = {
#define X(sym, text) #sym,
		STATS_WAYS_IN(X) STATS_WAYS_OUT(X) STATS_DROPS(X)
#undef X
	};
	uint64_t in = 0, sum = 0;

	for (unsigned int i = 0; i <= STATS_made; i++)
		in += rig.out.counter[i];
	for (unsigned int i = STATS_made + 1; i < RTE_DIM(names); i++)
		sum += rig.out.counter[i];
	if (in == sum)
		return;
	for (unsigned int i = 0; i < RTE_DIM(names); i++)
		if (rig.out.counter[i] != 0)
			print_error("%s: %lu\n", names[i], (unsigned long)rig.out.counter[i]);
	fail_msg("%lu in, %lu counted as gone", (unsigned long)in, (unsigned long)sum);
}

/* How many are in each state is counted as they pass from one to the next: against the rows. */
static void
check_states(const struct transactions *ts)
{
	uint32_t server[SERVER_STATES] = { 0 }, client[CLIENT_STATES] = { 0 };

	for (uint32_t i = 0; i < ts->used; i++)
		if (ts->row[i].key != 0)
			server[ts->row[i].state]++;
	for (uint32_t i = 0; i < ts->client_used; i++)
		if (ts->client[i].transaction != TRANSACTION_NONE)
			client[ts->client[i].state]++;
	assert_memory_equal(server, ts->in_state, sizeof(server));
	assert_memory_equal(client, ts->client_in_state, sizeof(client));
	assert_int_equal(ts->ages.total, ts->live);
}

/* One walk of one worker; true when there may be more to do. */
static bool
walk(unsigned int worker)
{
	struct via_worker *w = rig.engine->worker[worker];

	via_worker_begin(w);
	rte_graph_walk(rig_graph[worker]);
	via_worker_end(w);
	return w->busy;
}

uint64_t
rig_counted(unsigned int worker, enum stats_counter counter)
{
	return rig.engine->worker[worker]->stats->counter[counter] - before[worker][counter];
}

const struct rig_out *
rig_walk(void)
{
	const unsigned int workers = rig.engine->worker_count;
	bool busy;

	for (unsigned int i = 0; i < workers; i++)
		memcpy(before[i], rig.engine->worker[i]->stats->counter, sizeof(before[i]));
	memset(&rig.out.counter, 0, sizeof(rig.out.counter));
	rig.out.count = 0;
	/* whoever hands something over was busy, so that all walk once more */
	do {
		busy = false;
		for (unsigned int i = 0; i < workers; i++)
			busy |= walk(i);
	} while (pending_count > 0 || busy);
	for (unsigned int i = 0; i < workers; i++)
		for (unsigned int c = 0; c < STATS_COUNT; c++)
			rig.out.counter[c] += rig_counted(i, (enum stats_counter)c);
	read_caught();
	check_sum();
	for (unsigned int i = 0; i < workers; i++)
		if (rig.engine->worker[i]->transactions != NULL)
			check_states(rig.engine->worker[i]->transactions);
	return &rig.out;
}

const struct rig_out *
rig_send_frame(const struct rig_frame *frame, struct slice sip, const char *from, const char *to)
{
	rig_queue(frame, sip, from, to);
	return rig_walk();
}

const struct rig_out *
rig_send(struct slice sip, const char *from, const char *to)
{
	return rig_send_frame(NULL, sip, from, to);
}
