/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers of the rows: the requirements RA, and "RA-3.1", the syntax decided for the draft. */
#include "lib/sip/support.h"
#include "sip/field/response_auth.h"

static const struct responder_row {
	const char *label;
	const char *text;
	bool good;
	const char *claimer;
	bool is_bare;
	enum sip_verify_method method;
	const char *verify_method_text;
} responders[] = {
	/* clang-format off */
	{ "RA-3.1", "claimer=<sip:bob@example.net>;verify-method=DAS", true, "sip:bob@example.net",
	  false, SIP_VERIFY_DAS, "DAS" },
	{ "RA-3.1-display-name", "Claimer = \"B;o=b\" <sip:bob@h;user=phone> ; Verify-Method = das",
	  true, "sip:bob@h;user=phone", false, SIP_VERIFY_DAS, "das" },
	{ "RA-3.1-addr-spec", "claimer=sips:bob@h ;verify-method=DAS", true, "sips:bob@h", false,
	  SIP_VERIFY_DAS, "DAS" },
	{ "RA-3.1-bare", "claimer=bob@example.net;verify-method=DAS", true, "bob@example.net", true,
	  SIP_VERIFY_DAS, "DAS" },
	{ "RA-3.1-bare-port", "claimer= bob@example.net:5061", true, "bob@example.net:5061", true,
	  SIP_VERIFY_NONE, NULL },
	{ "RA-24-absent", "claimer=<sip:bob@h>", true, "sip:bob@h", false, SIP_VERIFY_NONE, NULL },
	{ "RA-24-unknown", "claimer=<sip:bob@h>;verify-method=new", true, "sip:bob@h", false,
	  SIP_VERIFY_OTHER, "new" },
	{ "RA-28", "claimer=<sip:bob@h>;verify-method=AIB", true, "sip:bob@h", false, SIP_VERIFY_AIB,
	  "AIB" },
	{ "RA-3.1-unknown-parameter", "claimer=bob@h;x;y=\"z\";verify-method=DAS", true, "bob@h", true,
	  SIP_VERIFY_DAS, "DAS" },
	{ "RA-3.1-other-scheme", "claimer=<im:bob@h>", true, "im:bob@h", false, SIP_VERIFY_NONE, NULL },
	{ "RA-25-claimer-missing", "verify-method=DAS", false, NULL, false, 0, NULL },
	{ "RA-3.1-claimer-first", "verify-method=DAS;claimer=<sip:bob@h>", false, NULL, false, 0, NULL },
	{ "RA-25-no-claimer", "<sip:bob@h>;verify-method=DAS", false, NULL, false, 0, NULL },
	{ "RA-25-empty", "claimer=", false, NULL, false, 0, NULL },
	{ "RA-25-uri", "claimer=<sip:bob@>", false, NULL, false, 0, NULL },
	{ "RA-25-bracketed-bare", "claimer=<bob@h>", false, NULL, false, 0, NULL },
	{ "RA-25-host-alone", "claimer=h", false, NULL, false, 0, NULL },
	{ "RA-25-user-alone", "claimer=bob@", false, NULL, false, 0, NULL },
	{ "RA-25-no-user", "claimer=@h", false, NULL, false, 0, NULL },
	{ "RA-25-user", "claimer=b\"b@h", false, NULL, false, 0, NULL },
	{ "RA-25-other-name", "claim=<sip:bob@h>", false, NULL, false, 0, NULL },
	{ "RA-25-space", "claimer=bob@h :5060", false, NULL, false, 0, NULL },
	{ "RA-25-two-values", "claimer=<sip:a@h>, claimer=<sip:b@h>", false, NULL, false, 0, NULL },
	{ "RA-25-two-bare-values", "claimer=a@h,claimer=b@h", false, NULL, false, 0, NULL },
	{ "RA-3.1-twice", "claimer=a@h;verify-method=DAS;verify-method=AIB", false, NULL, false, 0,
	  NULL },
	{ "RA-3.1-method-quoted", "claimer=<sip:a@h>;verify-method=\"DAS\"", false, NULL, false, 0,
	  NULL },
	{ "RA-3.1-method-empty", "claimer=<sip:a@h>;verify-method", false, NULL, false, 0, NULL },
	{ "empty", "", false, NULL, false, 0, NULL },
	/* clang-format on */
};

static void
responder_is_decoded(void **state)
{
	const struct responder_row *row = *state;
	struct sip_responder responder;

	assert_int_equal(sip_responder_decode(at_wall(slice_str(row->text)), &responder),
			 row->good);
	if (!row->good)
		return;
	assert_slice(responder.claimer, row->claimer);
	assert_int_equal(responder.is_bare, row->is_bare);
	assert_int_equal(responder.verify_method, row->method);
	assert_slice(responder.verify_method_text, row->verify_method_text);
}
GTEST_ROWS(Responder, responders, label, responder_is_decoded);

static const struct info_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *alg;
} infos[] = {
	{ "RA-08", "<https://example.net/4a1f.cer>;alg=rsa-sha256", true,
	  "https://example.net/4a1f.cer", "rsa-sha256" },
	{ "RA-3.1-no-alg", "<https://h/c;a>", true, "https://h/c;a", NULL },
	{ "RA-3.1-unbracketed", "https://h/c?d ; alg=rsa-sha256", true, "https://h/c?d",
	  "rsa-sha256" },
	{ "RA-3.1-unbracketed-alone", "https://h/c", true, "https://h/c", NULL },
	{ "RA-3.1-twice", "https://h/c;alg=a;alg=a", false, NULL, NULL },
	{ "no-uri", "h;alg=a", false, NULL, NULL },
	{ "two-words", "https://h/c x", false, NULL, NULL },
	{ "open", "<https://h/c", false, NULL, NULL },
	{ "empty", "", false, NULL, NULL },
};

static void
responder_info_is_decoded(void **state)
{
	const struct info_row *row = *state;
	struct sip_identity_info info;

	assert_int_equal(sip_responder_info_decode(at_wall(slice_str(row->text)), &info),
			 row->good);
	if (!row->good)
		return;
	assert_slice(info.uri, row->uri);
	assert_slice(info.alg, row->alg);
}
GTEST_ROWS(ResponderInfo, infos, label, responder_info_is_decoded);

static const struct challenge_row {
	const char *label;
	const char *text;
	bool good;
	enum sip_hop_method method;
	const char *method_text, *nonce, *alg;
} challenges[] = {
	/* clang-format off */
	{ "RA-3.5", "method=SharedKey;alg=hmac-sha256;nonce=\"AAECAwQ+/w==\"", true,
	  SIP_HOP_SHARED_KEY, "SharedKey", "AAECAwQ+/w==", "hmac-sha256" },
	{ "RA-3.1-nonce-unquoted", "METHOD = das ;\r\n Nonce = AAECAwQ+/w==", true, SIP_HOP_DAS, "das",
	  "AAECAwQ+/w==", NULL },
	{ "RA-3.1-public-key", "method=PublicKey;nonce=\"a;b\";x=y;z", true, SIP_HOP_PUBLIC_KEY,
	  "PublicKey", "a;b", NULL },
	{ "RA-50-unknown", "method=new;nonce=x", true, SIP_HOP_OTHER, "new", "x", NULL },
	{ "RA-3.1-no-nonce", "method=DAS", true, SIP_HOP_DAS, "DAS", NULL, NULL },
	{ "RA-3.1-method-first", "nonce=\"x\";method=DAS", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-method-twice", "method=DAS;nonce=\"x\";method=DAS", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-nonce-twice", "method=DAS;nonce=\"x\";nonce=\"x\"", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-alg-twice", "method=DAS;alg=a;alg=b", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-nonce-empty", "method=DAS;nonce=\"\"", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-nonce-missing", "method=DAS;nonce=", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-nonce-unquoted-other", "method=DAS;nonce=a@b", false, 0, NULL, NULL, NULL },
	{ "nonce-and-more", "method=DAS;nonce=\"a\"b", false, 0, NULL, NULL, NULL },
	{ "nonce-control", "method=DAS;nonce=\"\x01\"", false, 0, NULL, NULL, NULL },
	{ "nonce-open", "method=DAS;nonce=\"x", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-method-quoted", "method=\"DAS\"", false, 0, NULL, NULL, NULL },
	{ "RA-3.1-method-missing", "method", false, 0, NULL, NULL, NULL },
	{ "two-values", "method=DAS, method=DAS", false, 0, NULL, NULL, NULL },
	{ "empty", "", false, 0, NULL, NULL, NULL },
	/* clang-format on */
};

static void
hop_challenge_is_decoded(void **state)
{
	const struct challenge_row *row = *state;
	struct sip_response_authentication c;

	assert_int_equal(sip_response_authentication_decode(at_wall(slice_str(row->text)), &c),
			 row->good);
	if (!row->good)
		return;
	assert_int_equal(c.method, row->method);
	assert_slice(c.method_text, row->method_text);
	assert_slice(c.nonce, row->nonce);
	assert_slice(c.alg, row->alg);
}
GTEST_ROWS(ResponseAuthentication, challenges, label, hop_challenge_is_decoded);

static const struct answer_row {
	const char *label;
	const char *text;
	bool good;
	const char *digest, *alg;
} answers[] = {
	{ "RA-3.5", "digest=\"cuNmLVRAPc4=\";alg=hmac-sha256", true,
	  "cuNmLVRAPc4=", "hmac-sha256" },
	{ "RA-3.1-unquoted", "Digest = cuNmLVRAPc4= ; x=y", true, "cuNmLVRAPc4=", NULL },
	{ "RA-3.1-digest-first", "alg=hmac-sha256;digest=\"cuNm\"", false, NULL, NULL },
	{ "RA-3.1-base64", "digest=\"cuN\"", false, NULL, NULL },
	{ "RA-3.1-base64-unquoted", "digest=cuN", false, NULL, NULL },
	{ "RA-3.1-empty", "digest=\"\"", false, NULL, NULL },
	{ "RA-3.1-line-break", "digest=\"cuNm\r\n cuNm\"", false, NULL, NULL },
	{ "RA-3.1-digest-twice", "digest=\"cuNm\";digest=\"cuNm\"", false, NULL, NULL },
	{ "RA-3.1-alg-twice", "digest=\"cuNm\";alg=a;alg=a", false, NULL, NULL },
	{ "other-name", "nonce=\"cuNm\"", false, NULL, NULL },
	{ "empty", "", false, NULL, NULL },
};

static void
hop_answer_is_decoded(void **state)
{
	const struct answer_row *row = *state;
	struct sip_response_authorization a;

	assert_int_equal(sip_response_authorization_decode(at_wall(slice_str(row->text)), &a),
			 row->good);
	if (!row->good)
		return;
	assert_slice(a.digest, row->digest);
	assert_slice(a.alg, row->alg);
}
GTEST_ROWS(ResponseAuthorization, answers, label, hop_answer_is_decoded);

GTEST(ResponseAuth, truncations)
{
	struct sip_response_authentication challenge;
	struct sip_response_authorization answer;
	struct sip_responder responder;
	struct sip_identity_info info;
	size_t i, len;

	for (i = 0; i < sizeof(responders) / sizeof(responders[0]); i++)
		for (len = 0; len <= strlen(responders[i].text); len++)
			sip_responder_decode(at_wall(slice_of(responders[i].text, len)),
					     &responder);
	for (i = 0; i < sizeof(infos) / sizeof(infos[0]); i++)
		for (len = 0; len <= strlen(infos[i].text); len++)
			sip_responder_info_decode(at_wall(slice_of(infos[i].text, len)), &info);
	for (i = 0; i < sizeof(challenges) / sizeof(challenges[0]); i++)
		for (len = 0; len <= strlen(challenges[i].text); len++)
			sip_response_authentication_decode(
				at_wall(slice_of(challenges[i].text, len)), &challenge);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		for (len = 0; len <= strlen(answers[i].text); len++)
			sip_response_authorization_decode(at_wall(slice_of(answers[i].text, len)),
							  &answer);
	assert_false(sip_responder_decode(SLICE_ABSENT, &responder));
	assert_false(sip_responder_info_decode(SLICE_ABSENT, &info));
	assert_false(sip_response_authentication_decode(SLICE_ABSENT, &challenge));
	assert_false(sip_response_authorization_decode(SLICE_ABSENT, &answer));
}
