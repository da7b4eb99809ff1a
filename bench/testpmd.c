/* SPDX-License-Identifier: BSD-3-Clause */
#include "testpmd.h"

#include <stddef.h>
#include <stdio.h>

#include "eal.h"
#include "process.h"

char *const *
testpmd_args(const char *device)
{
	static char program[64], vdev[288];
	static char *args[] = { program,
				"--lcores=0@0,1@1",
				"--no-pci",
				"--no-telemetry",
				"--log-level=*:error",
				"-m",
				"256",
				"--no-shconf",
				vdev,
				NULL, /* how memory is had */
				"--",
				"--auto-start",
				"--forward-mode=io",
				"--port-topology=loop",
				"--nb-cores=1",
				"--total-num-mbufs=16384",
				"--rxd=2048",
				"--txd=2048",
				"--burst=32",
				NULL };
	const char *path = process_find("dpdk-testpmd");

	if (path == NULL)
		return NULL;
	snprintf(program, sizeof(program), "%s", path);
	snprintf(vdev, sizeof(vdev), "--vdev=%s", device);
	args[9] = eal_has_hugepages() ? "--huge-unlink=always" : "--no-huge";
	return args;
}
