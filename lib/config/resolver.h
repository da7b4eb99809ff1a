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

/** Fill in the zones. Networks and ports have been resolved. */
void config_resolve_trust(struct resolver *r);

#endif
