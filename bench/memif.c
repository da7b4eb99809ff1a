/* SPDX-License-Identifier: BSD-3-Clause */
#include "memif.h"

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "eal.h"
#include "world.h"

enum {
	BUFFERS = 16383,
	RING_LOG = 11, /* descriptors in each direction, as memif is told */
	RING = 1 << RING_LOG,
};

#define DEVICE "net_memif0,role=%s,id=0,rsize=%d,bsize=2048,socket-abstract=no,socket=%s,mac=%s"

static struct rte_mempool *pool;
static uint16_t port;
static struct rte_mbuf *outgoing[GENERATOR_BURST], *incoming[GENERATOR_BURST];
static unsigned int incoming_count;

const char *
memif_device(void)
{
	static char device[256];

	snprintf(device, sizeof(device), DEVICE, "client", RING_LOG, world_path("memif.sock"),
		 "02:00:00:00:00:01");
	return device;
}

/* We listen, so that the other end finds us when it opens its port. */
bool
memif_open(void)
{
	struct rte_eth_conf conf = { 0 };
	char device[256];

	pool = eal_pool("memif_pool", BUFFERS, RTE_MBUF_DEFAULT_DATAROOM);
	snprintf(device, sizeof(device), DEVICE, "server", RING_LOG, world_path("memif.sock"),
		 "02:00:00:00:00:02");
	return rte_dev_probe(device) == 0 &&
	       rte_eth_dev_get_port_by_name("net_memif0", &port) == 0 &&
	       rte_eth_dev_configure(port, 1, 1, &conf) == 0 &&
	       rte_eth_rx_queue_setup(port, 0, RING, SOCKET_ID_ANY, NULL, pool) == 0 &&
	       rte_eth_tx_queue_setup(port, 0, RING, SOCKET_ID_ANY, NULL) == 0 &&
	       rte_eth_dev_start(port) == 0;
}

bool
memif_is_up(void)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(port, &link) == 0 && link.link_status != 0;
}

static void
free_incoming(void)
{
	if (incoming_count > 0)
		rte_pktmbuf_free_bulk(incoming, incoming_count);
	incoming_count = 0;
}

void
memif_close(void)
{
	free_incoming();
	rte_eth_dev_stop(port);
	rte_eth_dev_close(port);
	rte_mempool_free(pool);
}

static void
rooms(uint8_t *room[GENERATOR_BURST], unsigned int n)
{
	if (rte_pktmbuf_alloc_bulk(pool, outgoing, n) != 0)
		bench_die("memif: out of buffers");
	for (unsigned int i = 0; i < n; i++)
		room[i] = rte_pktmbuf_mtod(outgoing[i], uint8_t *);
}

static unsigned int
send_frames(const uint16_t *len, unsigned int n)
{
	unsigned int taken;

	for (unsigned int i = 0; i < n; i++)
		outgoing[i]->pkt_len = outgoing[i]->data_len = len[i];
	taken = rte_eth_tx_burst(port, 0, outgoing, (uint16_t)n);
	if (taken < n)
		rte_pktmbuf_free_bulk(outgoing + taken, n - taken);
	return taken;
}

static unsigned int
receive_frames(struct generator_frame frame[GENERATOR_BURST])
{
	free_incoming();
	incoming_count = rte_eth_rx_burst(port, 0, incoming, GENERATOR_BURST);
	for (unsigned int i = 0; i < incoming_count; i++) {
		frame[i].bytes = rte_pktmbuf_mtod(incoming[i], const uint8_t *);
		frame[i].len = incoming[i]->data_len;
	}
	return incoming_count;
}

const struct generator_link memif_link = {
	.rooms = rooms,
	.send = send_frames,
	.receive = receive_frames,
	.window = RING,
	.fills_checksums = true,
};
