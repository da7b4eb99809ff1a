/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/field/truncations.h"
#include "sip/field/info.h"

static const struct info_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *purpose, *params;
} infos[] = {
	/* clang-format off */
	{ "RFC3261-20.4", "<http://www.example.com/sounds/moo.wav>", true,
	  "http://www.example.com/sounds/moo.wav", NULL, NULL },
	{ "RFC3261-20.9", "<http://wwww.example.com/alice/photo.jpg> ;purpose=icon", true,
	  "http://wwww.example.com/alice/photo.jpg", "icon", "purpose=icon" },
	{ "RFC3261-20.18", "<sip:not-in-service-recording@atlanta.com>", true,
	  "sip:not-in-service-recording@atlanta.com", NULL, NULL },
	{ "urn", "<urn:alert:service:call-waiting>;x=y", true, "urn:alert:service:call-waiting",
	  NULL, "x=y" },
	{ "appearance", "<sip:a@b;x=1>;appearance-index=*;appearance-state=idle", true,
	  "sip:a@b;x=1", NULL, "appearance-index=*;appearance-state=idle" },
	{ "spaces", " <cid:a@b>\r\n ; Purpose = x-new ; host=[::1] ", true, "cid:a@b", "x-new",
	  " Purpose = x-new ; host=[::1]" },
	{ "empty", "", false, NULL, NULL, NULL },
	{ "empty-uri", "<>", false, NULL, NULL, NULL },
	{ "no-scheme", "<Bellcore-dr1>", false, NULL, NULL, NULL },
	{ "no-brackets", "http://www.example.com/", false, NULL, NULL, NULL },
	{ "display-name", "Moo <http://www.example.com/>", false, NULL, NULL, NULL },
	{ "open", "<http://www.example.com/", false, NULL, NULL, NULL },
	{ "space-in-uri", "<http://www.example.com/a b>", false, NULL, NULL, NULL },
	{ "sip-uri-bad", "<sip:>", false, NULL, NULL, NULL },
	{ "more", "<http://a/> x", false, NULL, NULL, NULL },
	{ "purpose-twice", "<http://a/>;purpose=icon;purpose=info", false, NULL, NULL, NULL },
	{ "purpose-quoted", "<http://a/>;purpose=\"icon\"", false, NULL, NULL, NULL },
	{ "purpose-without-value", "<http://a/>;purpose", false, NULL, NULL, NULL },
	{ "parameter-missing", "<http://a/>;", false, NULL, NULL, NULL },
	{ "list", "<http://a/>, <http://b/>", false, NULL, NULL, NULL },
	/* clang-format on */
};

static void
info_is_decoded(void **state)
{
	const struct info_row *row = *state;
	struct sip_info info;

	assert_int_equal(sip_info_decode(at_wall(slice_str(row->text)), &info), row->good);
	if (!row->good)
		return;
	assert_slice(info.uri, row->uri);
	assert_slice(info.purpose, row->purpose);
	assert_slice(info.params, row->params);
}
GTEST_ROWS(Info, infos, label, info_is_decoded);
TRUNCATIONS(Info, infos, struct sip_info, sip_info_decode);

static const struct history_row {
	const char *label;
	const char *text;
	bool good;
	const char *uri, *index, *rc, *mp, *np;
} histories[] = {
	/* clang-format off */
	{ "RFC7044-5", "<sip:UserA@ims.example.com>;index=1;foo=bar", true,
	  "sip:UserA@ims.example.com", "1", NULL, NULL, NULL },
	{ "RFC7044-5-reason", "<sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D302>;index=1.1", true,
	  "sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D302", "1.1", NULL, NULL, NULL },
	{ "RFC7044-5-mp", "<sip:UserB@example.com?Reason=SIP%3Bcause%3D486>;index=1.2;mp=1.1", true,
	  "sip:UserB@example.com?Reason=SIP%3Bcause%3D486", "1.2", NULL, "1.1", NULL },
	{ "RFC7044-5-rc", "<sip:45432@192.168.0.3>;index=1.3;rc=1.2", true,
	  "sip:45432@192.168.0.3", "1.3", "1.2", NULL, NULL },
	{ "RFC7044-5-np", "\"A, B\" <sip:a@b> ; NP = 1 ; Index = 10.0.2", true, "sip:a@b", "10.0.2",
	  NULL, NULL, "1" },
	{ "RFC4244-no-index", "<sip:a@b>", true, "sip:a@b", NULL, NULL, NULL, NULL },
	{ "empty", "", false, NULL, NULL, NULL, NULL, NULL },
	{ "no-brackets", "sip:a@b;index=1", false, NULL, NULL, NULL, NULL, NULL },
	{ "index-twice", "<sip:a@b>;index=1;index=1", false, NULL, NULL, NULL, NULL, NULL },
	{ "index-without-value", "<sip:a@b>;index", false, NULL, NULL, NULL, NULL, NULL },
	{ "index-word", "<sip:a@b>;index=a", false, NULL, NULL, NULL, NULL, NULL },
	{ "index-leading-zero", "<sip:a@b>;index=1.01", false, NULL, NULL, NULL, NULL, NULL },
	{ "index-dot-last", "<sip:a@b>;index=1.", false, NULL, NULL, NULL, NULL, NULL },
	{ "index-dot-first", "<sip:a@b>;index=.1", false, NULL, NULL, NULL, NULL, NULL },
	{ "rc-word", "<sip:a@b>;index=1;rc=x", false, NULL, NULL, NULL, NULL, NULL },
	{ "np-twice", "<sip:a@b>;index=1;np=1;np=1", false, NULL, NULL, NULL, NULL, NULL },
	{ "parameter-value", "<sip:a@b>;index=1;x=a/b", false, NULL, NULL, NULL, NULL, NULL },
	/* clang-format on */
};

static void
history_is_decoded(void **state)
{
	const struct history_row *row = *state;
	struct sip_history_info history;

	assert_int_equal(sip_history_info_decode(at_wall(slice_str(row->text)), &history),
			 row->good);
	if (!row->good)
		return;
	assert_slice(history.address.uri, row->uri);
	assert_slice(history.index, row->index);
	assert_slice(history.rc, row->rc);
	assert_slice(history.mp, row->mp);
	assert_slice(history.np, row->np);
}
GTEST_ROWS(Info, histories, label, history_is_decoded);
TRUNCATIONS(Info, histories, struct sip_history_info, sip_history_info_decode);
