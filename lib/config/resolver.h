/* SPDX-License-Identifier: BSD-3-Clause */
/** Between the files that turn a configuration file into what it means. */
#ifndef CONFIG_RESOLVER_H
#define CONFIG_RESOLVER_H

#include <stdio.h>

#include "config/schema.h"

struct resolver {
	struct config *config;
	const struct config_lines *lines;
	struct config_errors *errors;
};

/** Note a fault at a key given by a format. */
#define FAULT(r, key_format, arg, ...)                                                             \
	do {                                                                                       \
		char key_[96];                                                                     \
		snprintf(key_, sizeof(key_), key_format, arg);                                     \
		config_error_add((r)->errors, config_lines_find((r)->lines, key_), key_,           \
				 __VA_ARGS__);                                                     \
	} while (0)

/** Add the networks of the list at `key` to `out`. */
void config_resolve_networks(struct resolver *r, char **texts, unsigned int count, const char *key,
			     struct config_network_list *out);

/** Index of the port with this name, or -1. */
int config_find_port(const struct config *c, const char *name);

/**
 * Two numbers of one section of which one must not be above the other. Blamed is the one that was
 * written, not a default.
 */
void config_resolve_order(struct resolver *r, const char *section, const char *low,
			  uint32_t low_value, const char *high, uint32_t high_value);

/** Note a fault at `path` unless `text` is a URI that may stand in a Route: with `lr`. */
void config_check_route(struct resolver *r, const char *path, const char *text);

/** Fill in where other domains are sent. Listeners have been resolved. */
void config_resolve_next_hops(struct resolver *r);

/** Fill in the servers of the DNS. */
void config_resolve_dns(struct resolver *r);

/** Check the registrar. */
void config_resolve_registrar(struct resolver *r);

/** Fill in how to authenticate; check where users come from. */
void config_resolve_auth(struct resolver *r);

/** Fill in the zones. Networks and ports have been resolved. */
void config_resolve_trust(struct resolver *r);

#endif
