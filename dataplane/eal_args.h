/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_EAL_ARGS_H
#define DATAPLANE_EAL_ARGS_H

#include "config/config.h"

#define EAL_ARGS_MAX 96

/** An argument vector for rte_eal_init(), with the memory that it points into. */
struct eal_args {
	int argc;
	char *argv[EAL_ARGS_MAX + 1];
	char room[EAL_ARGS_MAX * 128];
	size_t used;
	bool huge; /* hugepages are used */
};

/**
 * Make EAL's arguments from the configuration. False, with a message in `error`, when hugepages are
 * required and there are none.
 */
bool eal_args_make(struct eal_args *args, const struct config *config, char *error,
		   size_t error_size);

/** The device is a PCI address, which EAL has to be told before it starts. */
bool eal_args_is_pci(const char *device);

#endif
