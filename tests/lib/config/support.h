/* SPDX-License-Identifier: BSD-3-Clause */
/** A configuration file made of text, loaded, and what was wrong with it. */
#ifndef TESTS_LIB_CONFIG_SUPPORT_H
#define TESTS_LIB_CONFIG_SUPPORT_H

#include "config/config.h"
#include "lib/sip/support.h"

/** The least that is a configuration; eight lines, for more to be put behind it. */
#define LEAST                                                                                      \
	"instance: edge1\n"                                                                        \
	"ports:\n"                                                                                 \
	"  - name: wan\n"                                                                          \
	"    device: net_af_packet0,iface=eth1\n"                                                  \
	"    addresses: [192.0.2.10/24, '2001:db8::10/64']\n"                                      \
	"listen:\n"                                                                                \
	"  - port: wan\n"                                                                          \
	"    address: 192.0.2.10\n"

static char config_path[64];
static struct config *config;
static struct config_errors errors;

/** Load `text` from a file of its own; sets `config` and `errors`. */
static inline void
load(struct slice text)
{
	int fd;

	config_free(config);
	snprintf(config_path, sizeof(config_path), "/tmp/viaduct-config-XXXXXX");
	fd = mkstemp(config_path);
	assert_int_not_equal(fd, -1);
	for (size_t done = 0; done < text.len;) {
		ssize_t n = write(fd, text.ptr + done, text.len - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	close(fd);
	memset(&errors, 0xa5, sizeof(errors));
	config = config_load(config_path, &errors);
	unlink(config_path);
}

static inline int
unload(void **state)
{
	(void)state;
	config_free(config);
	config = NULL;
	return 0;
}

static inline void
assert_loads(struct slice text)
{
	load(text);
	if (config == NULL)
		fail_msg("line %u: %s: %s", errors.row[0].line, errors.row[0].key,
			 errors.row[0].text);
	assert_int_equal(errors.count, 0);
}

#endif
