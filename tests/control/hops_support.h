/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Next hops as control keeps them: a real DNS server (dnsmasq) on loopback, real rings, and a table
 * that is read back.
 */
#ifndef TESTS_CONTROL_HOPS_SUPPORT_H
#define TESTS_CONTROL_HOPS_SUPPORT_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/table/support.h"
#include "network/hops.h"
#include "table/hops.h"
#include "table/routes.h"
#include "table/stats.h"

static uv_loop_t loop;
static struct hops *hops;
static struct config *config;
static struct message_rings rings, dataplane;
static struct hops_table table;
static struct keyring ring;
static struct segment stats;
static char message[256], bytes[MESSAGE_RING_MESSAGE_MAX];
static uint16_t dns_port;

static const char config_text[] =
	"instance: t\n"
	"networks: {peers: [192.0.2.77]}\n"
	"ports:\n"
	"  - {name: wan, device: net_null0, addresses: [192.0.2.10/24, '2001:db8::10/64']}\n"
	"listen:\n"
	"  - {port: wan, address: 192.0.2.10}\n"
	"  - {port: wan, address: '2001:db8::10'}\n"
	"next_hops:\n"
	"  - domain: pair.example\n"
	"    targets: [{host: 192.0.2.41}, {host: 192.0.2.42, port: 5070}]\n"
	"    probe: options\n"
	"    probe_interval_ms: 100\n"
	"  - domain: named.example\n"
	"    targets: [{host: moving.test, weight: 3}, {host: 192.0.2.49, weight: 1}]\n";

static const char records[] = "host-record=four.test,192.0.2.51\n"
			      "host-record=six.test,2001:db8::51\n"
			      "host-record=both.test,192.0.2.52,2001:db8::52\n"
			      "cname=alias.test,four.test\n"
			      "srv-host=_sip._udp.pair.test,four.test,5061,10,30\n"
			      "srv-host=_sip._udp.pair.test,six.test,5062,10,10\n"
			      "srv-host=_sip._udp.pair.test,both.test,5063,20,0\n"
			      "srv-host=_sip._udp.gone.test\n"
			      "srv-host=_sip._udp.broken.test,nobody.test,5060,1,1\n"
			      "naptr-record=naptr.test,20,10,s,SIP+D2U,,_later._udp.naptr.test\n"
			      "naptr-record=naptr.test,10,20,s,SIP+D2U,,_later._udp.naptr.test\n"
			      "naptr-record=naptr.test,10,10,s,sip+d2u,,_first._udp.naptr.test\n"
			      "naptr-record=naptr.test,5,10,s,SIP+D2T,,_sip._tcp.naptr.test\n"
			      "srv-host=_first._udp.naptr.test,four.test,5080,1,1\n"
			      "srv-host=_later._udp.naptr.test,four.test,5081,1,1\n"
			      "naptr-record=tcp.test,10,10,s,SIP+D2T,,_sip._tcp.tcp.test\n"
			      "srv-host=_sip._udp.tcp.test,four.test,5090,1,1\n"
			      "host-record=loop.test,127.0.0.1\n";

static inline void
write_text(const char *name, const char *format, ...)
{
	FILE *f = fopen(in_dir(name), "we");
	va_list args;

	assert_non_null(f);
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fclose(f);
}

static inline uint16_t
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof(a);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	getsockname(fd, (struct sockaddr *)&a, &n);
	close(fd);
	return ntohs(a.sin_port);
}

static inline void
write_records(void)
{
	FILE *f = fopen(in_dir("dns.conf"), "we");

	assert_non_null(f);
	fprintf(f,
		"no-resolv\nno-hosts\nlocal=/#/\nuser=root\npid-file=\nlisten-address=127.0.0.1\n"
		"bind-interfaces\nport=%u\nlocal-ttl=1\nmax-ttl=1\naddn-hosts=%s\n%s",
		dns_port, in_dir("hosts"), records);
	/* more than fit into 512 octets: truncated, and asked for again over TCP */
	for (int i = 1; i <= 50; i++)
		fprintf(f, "host-record=many.test,192.0.2.%d\n", 100 + i);
	fclose(f);
}

static inline void
start_dns(void)
{
	write_records();
	if (fork_child() == 0) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(fd, STDERR_FILENO);
		execlp("dnsmasq", "dnsmasq", "-k", "-C", in_dir("dns.conf"), (char *)NULL);
		_exit(127);
	}
}

/* It answers over TCP as soon as it answers at all. */
static inline void
wait_listening(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(dns_port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < 10000; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool there = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

		close(fd);
		if (there)
			return;
		usleep(2000);
	}
	fail_msg("dnsmasq does not listen");
}

static inline bool
have_dnsmasq(void)
{
	return system("dnsmasq --version >/dev/null 2>&1") == 0;
}

static inline void
open_config(const char *dns)
{
	static struct config_errors errors;
	char path[400];

	snprintf(path, sizeof(path), "%s", in_dir("config"));
	write_text("config",
		   "shm_dir: %s\n%sdns:\n  servers: ['127.0.0.1:%u']\n  enabled: true\n%s",
		   test_dir, config_text, dns_port, dns);
	config = config_load(path, &errors);
	if (config == NULL)
		fail_msg("%u: %s: %s", errors.row[0].line, errors.row[0].key, errors.row[0].text);
	mkdir(config->shm_dir, 0700);
}

static inline void
publish_route(void)
{
	struct routes_route route = { .port = 0, .prefix = { .family = 4 } };
	struct routes_content content = { .routes = &route, .route_count = 1 };

	assert_int_equal(routes_publish(config->shm_dir, &content), SEGMENT_OK);
}

static inline void
open_hops(void)
{
	hops = hops_open(&loop, config, &rings, message, sizeof(message));
	if (hops == NULL)
		fail_msg("%s", message);
	hops_set_keys(hops, &ring);
}

static inline void
open_all(const char *dns)
{
	if (!have_dnsmasq())
		skip();
	dns_port = free_port();
	write_text("hosts", "192.0.2.61 moving.test\n");
	open_config(dns);
	publish_route();
	assert_int_equal(segment_create(&stats, config->shm_dir, &stats_segment_type,
					sizeof(struct stats_segment)),
			 SEGMENT_OK);
	assert_int_equal(segment_publish(&stats), SEGMENT_OK);
	assert_int_equal(keyring_generate(&ring), KEYRING_OK);
	assert_int_equal(message_rings_create(&rings, config->shm_dir, 1, 4096), SEGMENT_OK);
	assert_int_equal(message_rings_attach(&dataplane, config->shm_dir, MESSAGE_DATAPLANE),
			 SEGMENT_OK);
	uv_loop_init(&loop);
	start_dns();
	wait_listening();
	open_hops();
}

static inline int
close_all(void **state)
{
	static const char *const files[] = { "hops", "rings", "stats", "routes" };
	char path[64];

	if (config != NULL) {
		hops_close(hops);
		hops = NULL;
		uv_run(&loop, UV_RUN_DEFAULT);
		uv_loop_close(&loop);
		hops_detach(&table);
		message_rings_detach(&dataplane);
		message_rings_detach(&rings);
		segment_detach(&stats);
		for (size_t i = 0; i < 4; i++) {
			snprintf(path, sizeof(path), "t/%s", files[i]);
			unlink(in_dir(path));
		}
		rmdir(config->shm_dir);
		config_free(config);
		config = NULL;
	}
	return remove_dir(state);
}

/* ---- time and what is seen ---- */

static inline void
step(void)
{
	segment_beat(&stats);
	uv_run(&loop, UV_RUN_NOWAIT);
	uv_update_time(&loop);
	hops_tick(hops);
	usleep(1000);
}

static inline void
run_ms(unsigned int ms)
{
	for (uint64_t end = clock_us() + ms * 1000; clock_us() < end;)
		step();
}

static inline const struct hops_set *
find(const char *name, uint16_t port)
{
	if (table.segment.header == NULL || segment_replaced(&table.segment)) {
		hops_detach(&table);
		assert_int_equal(hops_attach(&table, config->shm_dir), SEGMENT_OK);
	}
	return hops_find(&table, slice_str(name), port, 2);
}

#endif
