/* SPDX-License-Identifier: BSD-3-Clause */
/* libipsec-mb by way of DPDK: the crypto_aesni_mb device, one queue pair, bursts of 32. */
#include "macs.h"

#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_cryptodev.h>
#include <rte_mbuf.h>

#include "bench.h"
#include "eal.h"

enum { OPS = 256, DESCRIPTORS = 128, DEVICE_NAME_MAX = 32 };

static const char device_name[DEVICE_NAME_MAX] = "crypto_aesni_mb0";
static struct rte_mempool *ops, *sessions;
static struct rte_mbuf *buffer[MACS_BATCH];
static void *session[2]; /* to make, to verify */
static uint8_t device;
static size_t the_len;

static bool
open_device(void)
{
	struct rte_cryptodev_qp_conf queue = { .nb_descriptors = DESCRIPTORS };
	struct rte_cryptodev_config config = { .nb_queue_pairs = 1 };
	struct rte_mempool *pool;
	int id;

	eal_open();
	if (rte_vdev_init(device_name, NULL) != 0)
		return false;
	id = rte_cryptodev_get_dev_id(device_name);
	device = (uint8_t)id;
	config.socket_id = rte_cryptodev_socket_id(device);
	ops = rte_crypto_op_pool_create("macs_ops", RTE_CRYPTO_OP_TYPE_SYMMETRIC, OPS, 0, 0, 0);
	sessions = rte_cryptodev_sym_session_pool_create(
		"macs_sessions", 16, rte_cryptodev_sym_get_private_session_size(device), 0, 0, 0);
	pool = eal_pool("macs_buffers", 4 * MACS_BATCH, 512);
	queue.mp_session = sessions;
	if (id < 0 || ops == NULL || sessions == NULL || pool == NULL ||
	    rte_pktmbuf_alloc_bulk(pool, buffer, MACS_BATCH) != 0 ||
	    rte_cryptodev_configure(device, &config) != 0 ||
	    rte_cryptodev_queue_pair_setup(device, 0, &queue, 0) != 0 ||
	    rte_cryptodev_start(device) != 0)
		bench_die("token: %s cannot be set up", device_name);
	for (unsigned int i = 0; i < MACS_BATCH; i++)
		rte_pktmbuf_append(buffer[i], sizeof(struct macs_item));
	return true;
}

static void
open_session(const uint8_t *key, size_t key_len, enum rte_crypto_auth_operation op)
{
	struct rte_crypto_sym_xform x = { .type = RTE_CRYPTO_SYM_XFORM_AUTH };

	x.auth.op = op;
	x.auth.algo = RTE_CRYPTO_AUTH_SHA256_HMAC;
	x.auth.key.data = key;
	x.auth.key.length = (uint16_t)key_len;
	x.auth.digest_length = MACS_SIZE;
	session[op] = rte_cryptodev_sym_session_create(device, &x, sessions);
	if (session[op] == NULL)
		bench_die("token: no session with %s", device_name);
}

static bool
open_sessions(const uint8_t *key, size_t key_len, size_t len)
{
	static bool open;

	the_len = len;
	if (open)
		return true;
	if (!open_device())
		return false;
	open_session(key, key_len, RTE_CRYPTO_AUTH_OP_GENERATE);
	open_session(key, key_len, RTE_CRYPTO_AUTH_OP_VERIFY);
	open = true;
	return true;
}

/* The state has to be in a packet buffer, as the digest that is to be compared. */
static bool
process(const struct macs_item *items, unsigned int n, enum rte_crypto_auth_operation operation)
{
	struct rte_crypto_op *op[MACS_BATCH];
	unsigned int sent = 0, got = 0;
	bool good = true;

	if (rte_crypto_op_bulk_alloc(ops, RTE_CRYPTO_OP_TYPE_SYMMETRIC, op, (uint16_t)n) == 0)
		bench_die("token: no crypto operations left");
	for (unsigned int i = 0; i < n; i++) {
		struct rte_crypto_sym_op *s = op[i]->sym;

		memcpy(rte_pktmbuf_mtod(buffer[i], void *), &items[i], sizeof(items[i]));
		s->m_src = buffer[i];
		s->auth.data.offset = 0;
		s->auth.data.length = (uint32_t)the_len;
		s->auth.digest.data =
			rte_pktmbuf_mtod_offset(buffer[i], uint8_t *, sizeof(items[i].state));
		rte_crypto_op_attach_sym_session(op[i], session[operation]);
	}
	while (got < n) {
		sent += rte_cryptodev_enqueue_burst(device, 0, op + sent, (uint16_t)(n - sent));
		got += rte_cryptodev_dequeue_burst(device, 0, op + got, (uint16_t)(n - got));
	}
	for (unsigned int i = 0; i < n; i++)
		good &= op[i]->status == RTE_CRYPTO_OP_STATUS_SUCCESS;
	rte_mempool_put_bulk(ops, (void **)op, n);
	return good;
}

static void
make(struct macs_item *items, unsigned int n)
{
	if (!process(items, n, RTE_CRYPTO_AUTH_OP_GENERATE))
		bench_die("token: %s fails", device_name);
	for (unsigned int i = 0; i < n; i++)
		memcpy(items[i].mac,
		       rte_pktmbuf_mtod_offset(buffer[i], void *, sizeof(items[i].state)),
		       MACS_SIZE);
}

static bool
verify(const struct macs_item *items, unsigned int n)
{
	return process(items, n, RTE_CRYPTO_AUTH_OP_VERIFY);
}

const struct macs_way macs_cryptodev[] = {
	{ "cryptodev.aesni_mb.burst32", 32, open_sessions, make, verify },
	{ .name = NULL },
};
