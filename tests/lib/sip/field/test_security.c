/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/security.h"

#define DIGEST "0123456789abcdef0123456789abcdef"

static const struct row {
	const char *label;
	const char *text;
	bool good;
	enum sip_security_mechanism mechanism;
	int q; /* -1 when absent */
	const char *algorithm, *qop, *verify;
} rows[] = {
	/* clang-format off */
	{ "RFC3329-2.6.1", "ipsec-ike;q=0.1", true, SIP_SECURITY_IPSEC_IKE, 100, NULL, NULL, NULL },
	{ "RFC3329-tls", "tls;q=0.2", true, SIP_SECURITY_TLS, 200, NULL, NULL, NULL },
	{ "RFC3329-digest", "digest; d-alg=MD5; d-qop=auth; q=1.0; d-ver=\"" DIGEST "\"", true,
	  SIP_SECURITY_DIGEST, 1000, "MD5", "auth", DIGEST },
	{ "TS33.203", "ipsec-3gpp; alg=hmac-sha-1-96; spi-c=98765432; port-c=8642; x", true,
	  SIP_SECURITY_IPSEC_3GPP, -1, NULL, NULL, NULL },
	{ "case", " TLS ; Q = 0.0 ", true, SIP_SECURITY_TLS, 0, NULL, NULL, NULL },
	{ "ipsec-man", "ipsec-man", true, SIP_SECURITY_IPSEC_MAN, -1, NULL, NULL, NULL },
	{ "other", "dtls", true, SIP_SECURITY_OTHER, -1, NULL, NULL, NULL },
	{ "empty", "", false, 0, 0, NULL, NULL, NULL },
	{ "no-mechanism", ";q=1", false, 0, 0, NULL, NULL, NULL },
	{ "q-above-one", "tls;q=1.5", false, 0, 0, NULL, NULL, NULL },
	{ "q-twice", "tls;q=1;q=1", false, 0, 0, NULL, NULL, NULL },
	{ "q-without-value", "tls;q", false, 0, 0, NULL, NULL, NULL },
	{ "algorithm-quoted", "digest;d-alg=\"MD5\"", false, 0, 0, NULL, NULL, NULL },
	{ "qop-quoted", "digest;d-qop=\"auth\"", false, 0, 0, NULL, NULL, NULL },
	{ "algorithm-twice", "digest;d-alg=MD5;d-alg=SHA-256", false, 0, 0, NULL, NULL, NULL },
	{ "verify-token", "digest;d-ver=" DIGEST, false, 0, 0, NULL, NULL, NULL },
	{ "verify-token-34", "digest;d-ver=" DIGEST "00", false, 0, 0, NULL, NULL, NULL },
	{ "verify-short", "digest;d-ver=\"0123\"", false, 0, 0, NULL, NULL, NULL },
	{ "verify-upper", "digest;d-ver=\"0123456789ABCDEF0123456789abcdef\"", false, 0, 0, NULL,
	  NULL, NULL },
	{ "verify-empty", "digest;d-ver=\"\"", false, 0, 0, NULL, NULL, NULL },
	{ "two-words", "tls tls", false, 0, 0, NULL, NULL, NULL },
	{ "parameter-missing", "tls;", false, 0, 0, NULL, NULL, NULL },
	/* clang-format on */
};

static void
is_decoded(void **state)
{
	const struct row *row = *state;
	struct sip_security security;

	assert_int_equal(sip_security_decode(at_wall(slice_str(row->text)), &security), row->good);
	if (!row->good)
		return;
	assert_int_equal(security.mechanism, row->mechanism);
	assert_int_equal(security.has_q, row->q >= 0);
	if (row->q >= 0)
		assert_int_equal(security.q, row->q);
	assert_slice(security.digest_algorithm, row->algorithm);
	assert_slice(security.digest_qop, row->qop);
	assert_slice(security.digest_verify, row->verify);
}
GTEST_ROWS(Security, rows, label, is_decoded);
TRUNCATIONS(Security, rows, struct sip_security, sip_security_decode);
