/* SPDX-License-Identifier: BSD-3-Clause */
#include "handoff.h"

#include <stdio.h>

#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

/* Not one that DPDK knows by name: two engines may be open. */
static struct rte_ring *
ring_open(unsigned int worker)
{
	ssize_t size = rte_ring_get_memsize(VIA_HANDOFF_RING);
	struct rte_ring *r = rte_zmalloc("via_handoff", (size_t)size, RTE_CACHE_LINE_SIZE);
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "via_handoff_%u", worker);
	if (r == NULL || rte_ring_init(r, name, VIA_HANDOFF_RING, RING_F_SC_DEQ) == 0)
		return r;
	rte_free(r);
	return NULL;
}

int
via_handoff_open(struct via_engine *e)
{
	const struct config_file *f = e->config->file;
	unsigned int workers = f->dataplane.workers;

	if (workers == 1)
		return 0;
	for (unsigned int i = 0; i < workers; i++) {
		e->handoff[i] = ring_open(i);
		if (e->handoff[i] == NULL)
			return -1;
	}
	if (f->transactions.state == CONFIG_STATE_NEVER)
		return 0;
	return owners_open(&e->owners, f->transactions.max * workers);
}

static void
ring_close(struct rte_ring *r)
{
	void *m;

	while (r != NULL && rte_ring_sc_dequeue(r, &m) == 0)
		rte_pktmbuf_free(m);
	rte_free(r);
}

void
via_handoff_close(struct via_engine *e)
{
	for (unsigned int i = 0; i < VIA_MAX_WORKERS; i++)
		ring_close(e->handoff[i]);
	owners_close(&e->owners);
}
