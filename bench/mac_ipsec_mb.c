/* SPDX-License-Identifier: BSD-3-Clause */
/* libipsec-mb, called directly: its interfaces for jobs, and for bursts of hashes. */
#include "macs.h"

#include <string.h>

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include "bench.h"

/* It writes 16 octets of the MAC or all 32, whatever length is asked for. */
enum { TAG_SIZE = 16 };

static IMB_MGR *manager;
static struct hmac_sha256 worked_in;
static size_t the_len;

static bool
open_manager(const uint8_t *key, size_t key_len, size_t len)
{
	IMB_ARCH arch;

	hmac_sha256_init(&worked_in, key, key_len);
	the_len = len;
	if (manager == NULL) {
		manager = alloc_mb_mgr(0);
		if (manager != NULL)
			init_mb_mgr_auto(manager, &arch);
	}
	return manager != NULL;
}

/* Our states of the padded keys are what it wants, in the same order of octets. */
static void
fill(IMB_JOB *job, const struct macs_item *item, uint8_t *mac)
{
	job->cipher_mode = IMB_CIPHER_NULL;
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_HASH_CIPHER;
	job->hash_alg = IMB_AUTH_HMAC_SHA_256;
	job->src = item->state;
	job->dst = NULL;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = the_len;
	job->auth_tag_output = mac;
	job->auth_tag_output_len_in_bytes = TAG_SIZE;
	job->u.HMAC._hashed_auth_key_xor_ipad = (const uint8_t *)worked_in.inner;
	job->u.HMAC._hashed_auth_key_xor_opad = (const uint8_t *)worked_in.outer;
}

typedef uint8_t results[MACS_BATCH][TAG_SIZE];

static void
by_burst(const struct macs_item *items, results mac, unsigned int n)
{
	static IMB_JOB jobs[MACS_BATCH];

	for (unsigned int i = 0; i < n; i++)
		fill(&jobs[i], &items[i], mac[i]);
	if (IMB_SUBMIT_HASH_BURST_NOCHECK(manager, jobs, n, IMB_AUTH_HMAC_SHA_256) != n)
		bench_die("token: ipsec-mb leaves a burst undone");
}

static void
by_job(const struct macs_item *items, results mac, unsigned int n)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < n; i++) {
		fill(IMB_GET_NEXT_JOB(manager), &items[i], mac[i]);
		done += IMB_SUBMIT_JOB_NOCHECK(manager) != NULL;
	}
	while (IMB_FLUSH_JOB(manager) != NULL)
		done++;
	if (done != n)
		bench_die("token: ipsec-mb leaves a job undone");
}

static void
keep(struct macs_item *items, const results mac, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		memcpy(items[i].mac, mac[i], MACS_SIZE);
}

static bool
compare(const struct macs_item *items, const results mac, unsigned int n)
{
	int different = 0;

	for (unsigned int i = 0; i < n; i++)
		different |= CRYPTO_memcmp(mac[i], items[i].mac, MACS_SIZE);
	return different == 0;
}

static void
burst_make(struct macs_item *items, unsigned int n)
{
	results mac;

	by_burst(items, mac, n);
	keep(items, mac, n);
}

static bool
burst_verify(const struct macs_item *items, unsigned int n)
{
	results mac;

	by_burst(items, mac, n);
	return compare(items, mac, n);
}

static void
job_make(struct macs_item *items, unsigned int n)
{
	results mac;

	by_job(items, mac, n);
	keep(items, mac, n);
}

static bool
job_verify(const struct macs_item *items, unsigned int n)
{
	results mac;

	by_job(items, mac, n);
	return compare(items, mac, n);
}

const struct macs_way macs_ipsec_mb[] = {
	{ "ipsec-mb.job8", 8, open_manager, job_make, job_verify },
	{ "ipsec-mb.job16", 16, open_manager, job_make, job_verify },
	{ "ipsec-mb.job32", 32, open_manager, job_make, job_verify },
	{ "ipsec-mb.burst8", 8, open_manager, burst_make, burst_verify },
	{ "ipsec-mb.burst16", 16, open_manager, burst_make, burst_verify },
	{ "ipsec-mb.burst32", 32, open_manager, burst_make, burst_verify },
	{ .name = NULL },
};
