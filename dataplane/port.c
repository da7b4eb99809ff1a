/* SPDX-License-Identifier: BSD-3-Clause */
#include "port.h"

#include <stdio.h>

#include <net/if.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

enum { DESCRIPTORS = 512 };

/* What one port is to be opened with. */
struct opening {
	const struct config_port *config;
	unsigned int index;
	struct rte_mempool *pool;
	uint16_t rx_queues, tx_queues;
	char *error;
	size_t error_size;
};

static bool
refuse(const struct opening *o, const char *what, int error)
{
	snprintf(o->error, o->error_size, "ports[%u] '%s', device '%s': %s: %s", o->index,
		 o->config->file->name, o->config->file->device, what,
		 error == 0 ? "unknown" : strerror(error < 0 ? -error : error));
	return false;
}

/* A mistake that is easily made gets its own words. */
static bool
interface_is_missing(const struct opening *o)
{
	const char *iface = strstr(o->config->file->device, "iface=");
	char name[IF_NAMESIZE];

	if (iface == NULL || sscanf(iface, "iface=%15[^,]", name) != 1 ||
	    strncmp(o->config->file->device, "net_tap", 7) == 0 || if_nametoindex(name) != 0)
		return false;
	snprintf(o->error, o->error_size,
		 "ports[%u].device: there is no interface '%s': make it "
		 "(ip link), or name another one",
		 o->index, name);
	return true;
}

static void
write_sysctl(const char *family, const char *interface, const char *key, const char *value)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, interface, key);
	f = fopen(path, "we");
	if (f == NULL)
		return; /* this kernel has no such thing, so nothing has to be switched off */
	fputs(value, f);
	fclose(f);
}

/*
 * An interface that a packet socket listens on is the kernel's at the same time. Our addresses are
 * on the twin, so the kernel takes what comes in here for its own, too: it would answer a ping
 * twice, and a SIP message with "port unreachable". It is told to keep out of it.
 */
static void
keep_kernel_out(const char *device)
{
	const char *iface = strstr(device, "iface=");
	char name[IF_NAMESIZE];

	if (strncmp(device, "net_af_packet", 13) != 0 || iface == NULL ||
	    sscanf(iface, "iface=%15[^,]", name) != 1)
		return;
	write_sysctl("ipv4", name, "rp_filter", "1");
	write_sysctl("ipv4", name, "arp_ignore", "8");
	write_sysctl("ipv6", name, "disable_ipv6", "1");
}

/* Probe a device by its string and find its port id. */
static bool
probe(const struct opening *o, const char *device, uint16_t *id)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	int error;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(device, ","), device);
	if (rte_eth_dev_get_port_by_name(name, id) == 0)
		return true; /* EAL has probed it: a PCI device */
	error = rte_dev_probe(device);
	if (error != 0 && interface_is_missing(o))
		return false;
	if (error != 0)
		return refuse(o, "cannot be opened", error);
	if (rte_eth_dev_get_port_by_name(name, id) != 0)
		return refuse(o, "is no ethernet port", ENODEV);
	return true;
}

static bool
configure(const struct opening *o, uint16_t id)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int error = rte_eth_dev_info_get(id, &info);

	if (error != 0)
		return refuse(o, "tells nothing about itself", error);
	if (o->rx_queues > info.max_rx_queues || o->tx_queues > info.max_tx_queues) {
		snprintf(o->error, o->error_size,
			 "ports[%u] '%s': %u receive and %u send queues are "
			 "needed, the device has %u and %u: lower dataplane.workers, or give the "
			 "device "
			 "more queues",
			 o->index, o->config->file->name, o->rx_queues, o->tx_queues,
			 info.max_rx_queues, info.max_tx_queues);
		return false;
	}
	if (o->rx_queues > 1) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
		if (conf.rx_adv_conf.rss_conf.rss_hf == 0)
			conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
	}
	conf.rxmode.offloads =
		info.rx_offload_capa & (RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_SCATTER);
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	error = rte_eth_dev_configure(id, o->rx_queues, o->tx_queues, &conf);
	return error == 0 || refuse(o, "cannot be configured", error);
}

static bool
set_up_queues(const struct opening *o, uint16_t id)
{
	uint16_t rx = DESCRIPTORS, tx = DESCRIPTORS;
	int error = rte_eth_dev_adjust_nb_rx_tx_desc(id, &rx, &tx);

	for (uint16_t q = 0; q < o->rx_queues && error == 0; q++)
		error = rte_eth_rx_queue_setup(id, q, rx, SOCKET_ID_ANY, NULL, o->pool);
	for (uint16_t q = 0; q < o->tx_queues && error == 0; q++)
		error = rte_eth_tx_queue_setup(id, q, tx, SOCKET_ID_ANY, NULL);
	return error == 0 || refuse(o, "its queues cannot be set up", error);
}

static bool
start(const struct opening *o, uint16_t id)
{
	int error;

	if (!configure(o, id) || !set_up_queues(o, id))
		return false;
	keep_kernel_out(o->config->file->device);
	error = rte_eth_dev_start(id);
	if (error != 0)
		return refuse(o, "cannot be started", error);
	/* neighbour discovery comes by multicast; devices that need not be told say so */
	(void)rte_eth_allmulticast_enable(id);
	(void)rte_eth_dev_set_mtu(id, (uint16_t)o->config->file->mtu);
	return true;
}

/* The kernel's end: a TAP device with the port's MAC, so that the kernel answers in its name. */
static bool
open_twin(struct opening *o, uint16_t wire_id, uint16_t *tap_id)
{
	const struct config_file_port *f = o->config->file;
	char device[160], text[RTE_ETHER_ADDR_FMT_SIZE], name[32];
	struct rte_ether_addr mac;

	rte_eth_macaddr_get(wire_id, &mac);
	rte_ether_format_addr(text, sizeof(text), &mac);
	snprintf(name, sizeof(name), "via-%.11s", f->name);
	snprintf(device, sizeof(device), "net_tap%u,iface=%s,mac=%s", o->index,
		 f->tap != NULL ? f->tap : name, text);
	/* the PMD wants as many of one as of the other */
	o->rx_queues = o->tx_queues;
	if (!probe(o, device, tap_id))
		return false;
	return start(o, *tap_id);
}

bool
port_open(const struct config *config, uint8_t index, struct rte_mempool *pool, uint16_t *wire_id,
	  uint16_t *tap_id, char *error, size_t error_size)
{
	struct opening o = {
		.config = &config->port[index],
		.index = index,
		.pool = pool,
		.rx_queues = (uint16_t)config->port[index].file->queues,
		.tx_queues = (uint16_t)config->file->dataplane.workers,
		.error = error,
		.error_size = error_size,
	};

	*tap_id = RTE_MAX_ETHPORTS;
	return probe(&o, o.config->file->device, wire_id) && start(&o, *wire_id) &&
	       open_twin(&o, *wire_id, tap_id);
}

uint16_t
port_rx_queues(uint16_t id)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(id, &info) == 0 ? info.nb_rx_queues : 0;
}

void
port_close_all(void)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id)
	{
		rte_eth_dev_stop(id);
		rte_eth_dev_close(id);
	}
}
