/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/field/field.h"

/* What each decoder takes and refuses has tests of its own; here is which one a field has. */
static const struct row {
	const char *name;
	const char *good, *bad;
} rows[] = {
	/* clang-format off */
	{ "Via", "SIP/2.0/UDP h;branch=z9hG4bK1, SIP / 2.0 / TCP [::1]:5060", "SIP/2.0/UDP h," },
	{ "From", "\"A, B\" <sip:a@h>;tag=1;x", "<sip:a@h>;tag=1;tag=2" },
	{ "To", "sip:a@h;tag=1", "<sip:a@h>, <sip:b@h>" },
	{ "Call-ID", " a\"<b@c ", "a b" },
	{ "CSeq", "1\r\n INVITE", "1" },
	{ "Max-Forwards", "070", "-1" },
	{ "Max-Breadth", "60", "" },
	{ "Route", "<sip:a;lr>,<sip:b;lr>;x", "sip:a;lr" },
	{ "Record-Route", "<sip:a;lr>", "<sip:a;lr>,,<sip:b;lr>" },
	{ "Path", "<sip:a;lr;ob>", "<sip:a;lr" },
	{ "Service-Route", "<sip:a;lr>", "*" },
	{ "Contact", "<sip:a@h>;q=0.5;expires=60, sip:b@h", "*, <sip:a@h>" },
	{ "Contact", " * ", "<sip:a@h>;expires=soon" },
	{ "Contact", "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:x:y>\"", "<sip:a@h>;reg-id=0" },
	{ "Content-Length", "99999999999", "1, 1" },
	{ "Content-Type", "multipart/mixed;boundary=\"a b\"", "multipart/mixed;boundary" },
	{ "Content-Encoding", "gzip, x", "" },
	{ "Expires", "4294967296", "Thu, 01 Dec 1994 16:00:00 GMT" },
	{ "Supported", "", "path,, gruu" },
	{ "Require", "path , gruu", "" },
	{ "Proxy-Require", "foo", "foo bar" },
	{ "Unsupported", "foo", "foo;x" },
	{ "Event", "presence.winfo;id=1", "presence, dialog" },
	{ "Subscription-State", "active;expires=60", "active;expires=x" },
	{ "Authorization",
	  "Digest username=\"a\", realm=\"r\", nonce=\"\", uri=\"sip:h\", response=\"\"",
	  "Digest username=a" },
	{ "Proxy-Authorization", "Bearer abc", "Bearer" },
	{ "WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth,auth-int\"",
	  "Digest realm=\"r\"" },
	{ "Proxy-Authenticate", "Digest realm=\"r\", nonce=\"n\", Basic realm=\"r\"", "Digest" },
	{ "Date", "Sat, 13 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010 23:29:00 EST" },
	{ "Min-Expires", "60", "60s" },
	{ "Allow", "INVITE, ACK", "INVITE,," },
	{ "Flow-Timer", "120", "x" },
	{ "P-Asserted-Identity", "<sip:a@h>, tel:+1", "" },
	{ "P-Preferred-Identity", "\"A\" <sip:a@h>", "A" },
	{ "P-Profile-Key", "<sip:room-!.*!@h>", "<sip:room!@>" },
	{ "Privacy", "header;user", "id;none" },
	{ "Identity", "..abc;info=<https://h/c>", "a.b.c" },
	{ "Identity-Info", "<https://h/c>;alg=rsa-sha1", "<https://h/c>" },
	{ "Accept-Contact", "*;audio;require, *;video", "*;audio;require=1" },
	{ "Reject-Contact", "*;actor=\"msg-taker\"", "audio" },
	{ "Request-Disposition", "proxy, no-fork", "proxy, x" },
	{ "Refer-To", "<sip:a@h?Replaces=x>", "sip:a@h?Replaces=x" },
	{ "Referred-By", "<sip:a@h>;cid=\"a@b\"", "<sip:a@h>;cid=\"a\"" },
	{ "Refer-Sub", "false;x", "no" },
	{ "Target-Dialog", "a@b;local-tag=1;remote-tag=2", "a@b;local-tag=1" },
	{ "Replaces", "a@b;to-tag=1;from-tag=2;early-only", "a@b;to-tag=1;from-tag=2;early-only=1" },
	{ "Join", "a@b;to-tag=1;from-tag=2;early-only=1", "a@b" },
	{ "Answer-Mode", "Auto;require", "Auto;require=1" },
	{ "Priv-Answer-Mode", "Manual", "" },
	{ "Alert-Mode", "Null", "Null, Null" },
	{ "Content-Disposition", "session;handling=optional", "session;handling" },
	{ "Content-Language", "en, es-419", "en_GB" },
	{ "Allow-Events", "presence, dialog", "" },
	{ "Authentication-Info", "nextnonce=\"n\"", "nextnonce=n" },
	{ "P-Access-Network-Info", "3GPP-UTRAN-TDD;\"a b\", IEEE-802.11", ";x" },
	{ "P-Charging-Vector", "icid-value=1;orig-ioi=h", "orig-ioi=h;icid-value=1" },
	{ "P-Charging-Function-Addresses", "ccf=h;ecf=i, ccf=j", "ccf" },
	{ "P-Visited-Network-ID", "\"a, b\", c;x", "a b" },
	{ "P-Called-Party-ID", "<sip:a@h>", "sip:a@h" },
	{ "P-Associated-URI", "", "sip:a@h" },
	{ "Accept", "text/*;q=0.5, */*", "text" },
	{ "Accept-Encoding", "", "gzip;q=2" },
	{ "Accept-Language", "da, en-gb;q=0.8", "da;q=1.1" },
	{ "Timestamp", "1.5 0.3", ".5" },
	{ "User-Agent", "a/1 (b (c)) d", "a/1 (b" },
	{ "Server", "a", "" },
	{ "Subject", "", "a\x01" },
	{ "Organization", "a, b", "a\x7f" },
	{ "Priority", "urgent", "very urgent" },
	{ "Reason", "SIP;cause=200;text=\"a, b\", Q.850;cause=16", "SIP;cause=x" },
	{ "Retry-After", "60 (lunch);duration=5", "60 (lunch" },
	{ "Warning", "301 h \"a, b\", 399 i \"c\"", "3011 h \"a\"" },
	{ "Session-Expires", "1800;refresher=uac", "1800;refresher=me" },
	{ "Min-SE", "90", "x" },
	{ "RSeq", "1", "0" },
	{ "RAck", "1 2 INVITE", "1 INVITE" },
	{ "SIP-ETag", "a1", "a 1" },
	{ "SIP-If-Match", "a1", "" },
	{ "MIME-Version", "1.0", "1" },
	{ "In-Reply-To", "a@b, c\"<", "a@b,," },
	{ "Error-Info", "<sip:a@h>;x, <http://h/>", "sip:a@h" },
	{ "Call-Info", "<http://h/a,b>;purpose=icon", "<http://h/>;purpose" },
	{ "Alert-Info", "<http://h/>", "<h>" },
	{ "Reply-To", "A <sip:a@h>;x", "A <sip:a@h>, B <sip:b@h>" },
	{ "Security-Client", "digest, tls;q=0.2", "tls;q=2" },
	{ "Security-Server", "tls", "" },
	{ "Security-Verify", "tls;q=0.2", "tls;q=0.2;q=0.2" },
	{ "History-Info", "<sip:a@h>;index=1, <sip:b@h>;index=1.1", "<sip:a@h>;index=x" },
	{ "Geolocation", "<cid:a@b>, <sips:a@h>", "cid:a@b" },
	{ "Responder", "claimer=<sip:a@h>;verify-method=DAS", "<sip:a@h>" },
	{ "Responder-Info", "<https://h/c>;alg=x", "h" },
	{ "Resource-Priority", "dsn.flash, wps.1", "" },
	{ "Accept-Resource-Priority", "", "dsn" },
	{ "Response-Authentication", "method=DAS;nonce=\"n\"", "nonce=\"n\"" },
	{ "Response-Authorization", "digest=\"abcd\"", "digest=\"abc\"" },
	{ "Proxy-Required-Body", "h;cid=\"a@b\", i;cid=\"c@d\"", "h" },
	{ "Proxy-Inspect-Body", "h;cid=\"a@b\"", "cid=\"a@b\"" },
	{ "SAML-Payload", "<cid:a@b>, \"abcd\"", "<a>" },
	{ "Anonymous-To", "<sip:a@h;user=anonymous>", "" },
	{ "Geolocation-Routing", "yes", "" },
	{ "Geolocation-Error", "100;code=\"a\"", "1000" },
	{ "P-Served-User", "<sip:a@h>;sescase=orig", "<sip:a@h>;sescase=x" },
	{ "P-User-Database", "<aaa://h:1>", "<sip:h>" },
	{ "P-Early-Media", "sendrecv, inactive", "sendrecv inactive" },
	{ "P-Answer-State", "Unconfirmed;x", "" },
	{ "Proxy-Authentication-Info", "nextnonce=\"n\"", "" },
	{ "Feature-Caps", "*;+g.3gpp.srvcc, *", "*;srvcc" },
	{ "Info-Package", "foo;x", "foo, bar" },
	{ "Recv-Info", "", "foo,," },
	{ "Suppress-If-Match", "*", "\"a\"" },
	{ "Session-ID", "00000000000000000000000000000000", "0" },
	{ "User-to-User", "\"a,b\";encoding=hex, c", "a b" },
	{ "Restoration-Info", "noresponse", "" },
	{ "Trigger-Consent", "sip:a@h;target-uri=\"sip:b@h\"", "tel:+1" },
	{ "Permission-Missing", "<sip:a@h>, sip:b@h", "a" },
	{ "Content-ID", "<a@b>", "<a>" },
	{ "P-Media-Authorization", "0a9F, 00", "0x" },
	{ "P-Refused-URI-List", "<sip:a@h>;members=\"<cid:a@b>\", <sip:b@h>", "<sip:a@h>;members=x" },
	{ "Content-Transfer-Encoding", "base64", "" },
	/* clang-format on */
};

static void
value_is_judged(void **state)
{
	const struct row *row = *state;
	enum sip_header_id id = sip_header_find(slice_str(row->name));

	assert_int_not_equal(id, SIP_HDR_OTHER);
	assert_true(sip_field_is_valid(id, at_wall(slice_str(row->good))));
	assert_false(sip_field_is_valid(id, at_wall(slice_str(row->bad))));
}
GTEST_ROWS(Field, rows, name, value_is_judged);

GTEST(Field, each_has_a_check_a_source_and_a_row)
{
	for (enum sip_header_id id = 0; id < SIP_HDR_COUNT; id++) {
		const struct sip_field_info *info = sip_field_info(id);
		bool found = false;

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			found |= sip_header_find(slice_str(rows[i].name)) == id;
		if (!found || info->is_valid == NULL || info->source == NULL)
			fail_msg("%s", sip_header_name(id).ptr);
	}
}

GTEST(Field, every_beginning_is_read_inside_its_bounds)
{
	for (enum sip_header_id id = 0; id < SIP_HDR_COUNT; id++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			for (size_t len = 0; len <= strlen(rows[i].good); len++)
				sip_field_is_valid(id, at_wall(slice_of(rows[i].good, len)));
}

GTEST(Field, absent_value)
{
	for (enum sip_header_id id = 0; id < SIP_HDR_COUNT; id++)
		assert_false(sip_field_is_valid(id, SLICE_ABSENT));
}
