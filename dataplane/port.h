/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_PORT_H
#define DATAPLANE_PORT_H

#include "engine.h"

/**
 * Open port `index` of the configuration and its TAP twin: probe the devices, set up queues, start.
 * False, with a message in `error` that names the key, when something refuses.
 */
bool port_open(const struct config *config, uint8_t index, struct rte_mempool *pool,
	       uint16_t *wire_id, uint16_t *tap_id, char *error, size_t error_size);

/** Stop and close all ports. */
void port_close_all(void);

/** Queues that a started port receives on. */
uint16_t port_rx_queues(uint16_t id);

#endif
