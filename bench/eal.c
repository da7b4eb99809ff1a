/* SPDX-License-Identifier: BSD-3-Clause */
#include "eal.h"

#include <stdio.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "bench.h"
#include "meta.h"

enum { MEMORY_MB = 256, CACHE = 256 };

static unsigned long
free_hugepages(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned long pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages;
}

static bool in_hugepages;

bool
eal_has_hugepages(void)
{
	return in_hugepages;
}

void
eal_open(void)
{
	static bool open;
	char lcores[48], memory[16];
	char *small[] = {
		"viaduct-bench", "--no-huge",      "--no-shconf",         "-m", memory, lcores,
		"--no-pci",      "--no-telemetry", "--log-level=*:error", NULL
	};
	char *huge[] = { "viaduct-bench",  "--in-memory",         "-m", memory, lcores, "--no-pci",
			 "--no-telemetry", "--log-level=*:error", NULL };
	bool enough = geteuid() == 0 && free_hugepages() >= MEMORY_MB / 2 + 16;

	if (open)
		return;
	open = true;
	in_hugepages = enough;
	snprintf(lcores, sizeof(lcores), "--lcores=0@(0-%ld)", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	snprintf(memory, sizeof(memory), "%d", MEMORY_MB);
	if (enough ? rte_eal_init(RTE_DIM(huge) - 1, huge) < 0
		   : rte_eal_init(RTE_DIM(small) - 1, small) < 0)
		bench_die("DPDK does not start: %s", rte_strerror(rte_errno));
	if (!enough)
		fputs("viaduct-bench: no free hugepages: packet buffers are in small pages\n",
		      stderr);
}

struct rte_mempool *
eal_pool(const char *name, unsigned int buffers, unsigned int room)
{
	struct rte_mempool *pool;

	pool = rte_pktmbuf_pool_create(
		name, buffers, RTE_MIN((unsigned int)CACHE, buffers / 8), VIA_META_ROOM,
		(uint16_t)RTE_MIN(room + RTE_PKTMBUF_HEADROOM, (unsigned int)UINT16_MAX),
		SOCKET_ID_ANY);
	if (pool == NULL)
		bench_die("no memory for %u buffers", buffers);
	return pool;
}
