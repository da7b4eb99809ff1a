/* SPDX-License-Identifier: BSD-3-Clause */
/** Service-Route from Path (RC-01 to RC-10, RFC 3608). */
#include "control/support.h"
#include "registrar/service_route.h"

#define TOKEN "f37_t_DoE8Ls5hj5EQHAAAAIKE8TLAHEHnXgAAAAA"
#define P3 "<sip:p3.example.com;lr>"
#define EP1 "<sip:" TOKEN "@ep1.example.com;lr;ob>"
#define VISITED "<sip:gw.visited.example.net;lr>"
#define HP1 "<sip:hp1.example.com;lr>"
#define APPEND "append: [\"sip:hp1.example.com;lr\"]"
#define P4_P5                                                                                      \
	", replace: [{host: p3.example.com, with: [\"sip:p4.example.com;lr\", "                    \
	"\"sip:p5.example.com;lr\"]}]"

static int
tear_down(void **state)
{
	config_free(config);
	config = NULL;
	return remove_dir(state);
}

/* What stands behind "Service-Route: "; empty: there is no such line. */
static const struct {
	const char *req, *yaml, *path, *expected;
} rows[] = {
	{ "RC-01 scenario 1", APPEND, P3 ", " EP1, "<sip:ep1.example.com;lr>, " P3 ", " HP1 },
	{ "RC-01 without spaces", APPEND, P3 "," EP1, "<sip:ep1.example.com;lr>, " P3 ", " HP1 },
	{ "RC-01 nothing behind", "", P3 ", " VISITED, VISITED ", " P3 },
	{ "RC-02 two behind", "append: [\"sip:a.example.com;lr\", \"sip:b.example.com;lr\"]", P3,
	  P3 ", <sip:a.example.com;lr>, <sip:b.example.com;lr>" },
	{ "RC-03 scenario 2", APPEND, P3 ", " VISITED, VISITED ", " P3 ", " HP1 },
	{ "RC-03 replaced by two", APPEND P4_P5, P3 ", " VISITED,
	  VISITED ", <sip:p4.example.com;lr>, <sip:p5.example.com;lr>, " HP1 },
	{ "RC-03 in capitals", APPEND P4_P5, "<sip:P3.EXAMPLE.com;lr>",
	  "<sip:p4.example.com;lr>, <sip:p5.example.com;lr>, " HP1 },
	{ "RC-03 removed", "replace: [{host: p3.example.com}]", P3 ", " VISITED, VISITED },
	{ "RC-03 nothing left", "replace: [{host: p3.example.com}]", P3, "" },
	{ "RC-03 an edge replaced", "replace: [{host: ep1.example.com, with: [\"sip:e;lr\"]}]", EP1,
	  "<sip:e;lr>" },
	{ "RC-04 a token of others", "", "<sip:" TOKEN "@ep1.visited.example.net;lr;ob>",
	  "<sip:" TOKEN "@ep1.visited.example.net;lr;ob>" },
	{ "RC-04 no border of labels", "", "<sip:" TOKEN "@ep1.notexample.com;lr;ob>",
	  "<sip:" TOKEN "@ep1.notexample.com;lr;ob>" },
	{ "RC-04 a label of ours before another's", "", "<sip:x@example.com.evil.net;lr;ob>",
	  "<sip:x@example.com.evil.net;lr;ob>" },
	{ "RC-04 display name and parameters", "", "\"a, b\" <sip:gw.example.net;lr>;x=\"<y>, z\"",
	  "\"a, b\" <sip:gw.example.net;lr>;x=\"<y>, z\"" },
	{ "RC-07 token and ob", "", EP1, "<sip:ep1.example.com;lr>" },
	{ "RC-07 token alone", "", "<sip:" TOKEN "@ep1.example.com;lr>",
	  "<sip:ep1.example.com;lr>" },
	{ "RC-07 ob alone", "", "<sip:ep1.example.com;lr;ob>", "<sip:ep1.example.com;lr>" },
	{ "RC-07 ob in capitals", "", "<sip:ep1.example.com;OB;lr>", "<sip:ep1.example.com;lr>" },
	{ "RC-07 other parameters stay", "", "<sip:x@ep1.example.com;transport=tcp;ob;lr>",
	  "<sip:ep1.example.com;transport=tcp;lr>" },
	{ "RC-07 sips and port", "", "<sips:" TOKEN "@ep1.example.com:5071;lr;ob>",
	  "<sips:ep1.example.com:5071;lr>" },
	{ "RC-07 our address", "", "<sip:" TOKEN "@192.0.2.10;lr;ob>", "<sip:192.0.2.10;lr>" },
	{ "RC-07 a peer's address", "", "<sip:" TOKEN "@192.0.2.20:5070;lr;ob>",
	  "<sip:192.0.2.20:5070;lr>" },
	{ "RC-07 a peer's IPv6 address", "", "<sip:" TOKEN "@[2001:db8::20]:5070;lr;ob>",
	  "<sip:[2001:db8::20]:5070;lr>" },
	{ "RC-04 another's address", "", "<sip:" TOKEN "@198.51.100.1;lr;ob>",
	  "<sip:" TOKEN "@198.51.100.1;lr;ob>" },
	{ "RC-07 our name", "", "<sip:" TOKEN "@edge.invalid;lr;ob>", "<sip:edge.invalid;lr>" },
	{ "RC-09", "", NULL, "" },
	{ "RC-08 no Path", APPEND, NULL, HP1 },
	{ "3 static", "form: static, " APPEND, P3 ", " EP1, HP1 },
	{ "3 static, no Path", "form: static, " APPEND, NULL, HP1 },
};

static void
check_row(void **state)
{
	const typeof(rows[0]) *r = gtest_row();
	char yaml[512], text[4096], expected[1024];
	struct sip_writer w;

	(void)state;
	snprintf(yaml, sizeof(yaml), "{any_user: true, service_route: {%s}}\nnames: [edge.invalid]",
		 r->yaml);
	load_config(yaml);
	sip_writer_init(&w, text, sizeof(text));
	service_route_write(&w, config, r->path != NULL ? slice_str(r->path) : SLICE_ABSENT);
	assert_false(w.overflow);
	snprintf(expected, sizeof(expected),
		 r->expected[0] != '\0' ? "Service-Route: %s\r\n" : "%s", r->expected);
	assert_slice(slice_of(text, (size_t)(w.p - w.begin)), expected);
}
GTEST_ROWS_F(ServiceRoute, rows, req, check_row, make_dir, tear_down);

/* Too long for where it is to stand: said, and nothing written behind the end. */
GTEST_F(ServiceRoute, too_long, make_dir, tear_down)
{
	char text[64];
	struct sip_writer w;

	(void)state;
	load_config("{any_user: true}");
	for (size_t room = 0; room < sizeof(text); room++) {
		sip_writer_init(&w, text, room);
		service_route_write(&w, config, SLICE(EP1 ", " VISITED));
		assert_true(w.overflow);
	}
}
