/* SPDX-License-Identifier: BSD-3-Clause */
/** A configuration and folders for tests of the registrar. */
#ifndef TESTS_CONTROL_SUPPORT_H
#define TESTS_CONTROL_SUPPORT_H

#include "config/config.h"
#include "lib/table/support.h"
#include "registrar/request.h"

#define CONFIG                                                                                     \
	"instance: t\n"                                                                            \
	"ports:\n"                                                                                 \
	"  - name: wan\n"                                                                          \
	"    device: net_null0\n"                                                                  \
	"    addresses: [192.0.2.10/24]\n"                                                         \
	"listen: [{port: wan, address: 192.0.2.10}]\n"                                             \
	"domains: [example.com]\n"                                                                 \
	"networks: {peers: [192.0.2.20/32, \"2001:db8::20/128\"]}\n"

static struct config *config;

/** Load CONFIG with `registrar` behind it; shm_dir is the case's folder. */
static inline void
load_config(const char *registrar)
{
	static struct config_errors errors;
	FILE *f = fopen(in_dir("config"), "we");

	assert_non_null(f);
	fprintf(f, "shm_dir: %s\n" CONFIG "registrar: %s\n", test_dir, registrar);
	fclose(f);
	config_free(config);
	config = config_load(in_dir("config"), &errors);
	if (config == NULL)
		fail_msg("line %u: %s: %s", errors.row[0].line, errors.row[0].key,
			 errors.row[0].text);
}

/** A REGISTER that `from` sends for `to`. Valid until the next call. */
static inline struct slice
register_text_from(const char *from, const char *to, const char *call_id, unsigned int cseq,
		   const char *lines)
{
	static char text[131072];
	int n = snprintf(text, sizeof(text),
		"REGISTER sip:example.com SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40312;received=203.0.113.7;branch=z9hG4bK%u\r\n"
		"Max-Forwards: 70\r\n"
		"From: <%s>;tag=1\r\nTo: <%s>\r\nCall-ID: %s\r\nCSeq: %u REGISTER\r\n%s"
		"Content-Length: 0\r\n\r\n", cseq, from, to, call_id, cseq, lines);

	assert_in_range(n, 1, sizeof(text) - 1);
	return slice_of(text, (size_t)n);
}

/** A REGISTER with these lines. Valid until the next call. */
static inline struct slice
register_text(const char *to, const char *call_id, unsigned int cseq, const char *lines)
{
	return register_text_from(to, to, call_id, cseq, lines);
}

static inline struct message_head
head_from(const char *ip, uint8_t flags)
{
	struct message_head h = { .kind = MESSAGE_SIP, .flags = flags };

	flow_ip_decode(slice_str(ip), &h.flow.remote);
	h.flow.remote.port = 40312;
	flow_ip_decode(SLICE("192.0.2.10"), &h.flow.local);
	h.flow.local.port = 5060;
	h.flow.transport = FLOW_UDP;
	h.to = h.flow.remote;
	return h;
}

#endif
