/* SPDX-License-Identifier: BSD-3-Clause */
#include "lib/sip/support.h"
#include "sip/uri_compare.h"
#include "sip/writer.h"

static const struct eq_row {
	const char *label;
	const char *a, *b;
	bool equal;
} equalities[] = {
	/* clang-format off */
	/* The examples of RFC 3261 §19.1.4, in their order. */
	{ "RFC3261-19.1.4-escape", "sip:%61lice@atlanta.com;transport=TCP",
	  "sip:alice@AtLanTa.CoM;Transport=tcp", true },
	{ "RFC3261-19.1.4-one-param", "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5",
	  true },
	{ "RFC3261-19.1.4-other-param", "sip:carol@chicago.com;newparam=5",
	  "sip:carol@chicago.com;security=on", true },
	{ "RFC3261-19.1.4-param-order",
	  "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
	  "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true },
	{ "RFC3261-19.1.4-header-order", "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
	  "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true },
	{ "RFC3261-19.1.4-user-case", "SIP:ALICE@AtLanTa.CoM;Transport=udp",
	  "sip:alice@AtLanTa.CoM;Transport=UDP", false },
	{ "RFC3261-19.1.4-port", "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false },
	{ "RFC3261-19.1.4-transport", "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp",
	  false },
	{ "RFC3261-19.1.4-port-and-transport", "sip:bob@biloxi.com",
	  "sip:bob@biloxi.com:6000;transport=tcp", false },
	{ "RFC3261-19.1.4-header", "sip:carol@chicago.com",
	  "sip:carol@chicago.com?Subject=next%20meeting", false },
	{ "RFC3261-19.1.4-address", "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false },
	{ "RFC3261-19.1.4-transitive-1", "sip:carol@chicago.com",
	  "sip:carol@chicago.com;security=on", true },
	{ "RFC3261-19.1.4-transitive-2", "sip:carol@chicago.com",
	  "sip:carol@chicago.com;security=off", true },
	{ "RFC3261-19.1.4-transitive-3", "sip:carol@chicago.com;security=on",
	  "sip:carol@chicago.com;security=off", false },

	/* Its rules, in their order. */
	{ "RFC3261-19.1.4-sips", "sip:a@b", "sips:a@b", false },
	{ "RFC3261-19.1.4-sips-case", "SIPS:a@b", "sips:a@B", true },
	{ "RFC3261-19.1.4-password-case", "sip:a:p@b", "sip:a:P@b", false },
	{ "RFC3261-19.1.4-subscriber-case", "sip:+1;ext=A@b;user=phone",
	  "sip:+1;ext=a@b;user=phone", false },
	{ "RFC3261-19.1.4-subscriber-separators", "sip:+1-2@b;user=phone",
	  "sip:+12@b;user=phone", false },
	{ "RFC3261-19.1.4-value-case", "sip:b;x=AbC", "sip:b;X=aBc", true },
	{ "RFC3261-19.1.4-user-param-case", "sip:b;user=Phone", "sip:b;USER=phone", true },
	{ "RFC3261-7.1-method-case", "sip:b;method=INVITE", "sip:b;METHOD=invite", false },
	{ "RFC3261-19.1.4-escape-password", "sip:a:%70@b", "sip:a:p@b", true },
	{ "RFC3261-19.1.4-escape-name", "sip:b;%74tl=1", "sip:b;ttl=1", true },
	{ "RFC3261-19.1.4-escape-name-counts", "sip:b;%74tl=1", "sip:b", false },
	{ "RFC3261-19.1.4-escape-value", "sip:b;x=%41", "sip:b;x=a", true },
	{ "RFC3261-19.1.4-escape-not-reserved", "sip:b;x=%5bz%5D", "sip:b;x=[z]", true },
	{ "RFC3261-19.1.4-escape-reserved", "sip:a%3bx@b", "sip:a;x@b", false },
	{ "RFC3261-19.1.4-escape-reserved-value", "sip:b;x=%2b", "sip:b;x=+", false },
	{ "RFC3261-19.1.4-escape-digits", "sip:a%3bx@b", "sip:a%3Bx@b", true },
	{ "RFC3261-19.1.4-escape-once", "sip:a%2541@b", "sip:aA@b", false },
	{ "RFC4475-3.1.1.4-escape-nul", "sip:null-%00-null@b", "sip:null-@b", false },
	{ "RFC3261-19.1.4-user-absent", "sip:b", "sip:a@b", false },
	{ "RFC3261-19.1.4-password-absent", "sip:a@b", "sip:a:p@b", false },
	{ "RFC3261-19.1.4-password-empty", "sip:a@b", "sip:a:@b", false },
	{ "RFC3261-19.1.4-user-longer", "sip:aa@b", "sip:a@b", false },
	{ "RFC3261-19.1.4-host-longer", "sip:bb", "sip:b", false },
	{ "RFC3261-19.1.4-ports", "sip:b:5060", "sip:b:5061", false },
	{ "RFC3261-19.1.4-port-zeros", "sip:b:05060", "sip:b:5060", true },
	{ "RFC3261-19.1.4-ttl", "sip:b", "sip:b;ttl=1", false },
	{ "RFC3261-19.1.4-user-param", "sip:1@b;user=ip", "sip:1@b", false },
	{ "RFC3261-19.1.4-method", "sip:b;method=INVITE", "sip:b", false },
	{ "RFC3261-19.1.4-maddr", "sip:b;maddr=192.0.2.1", "sip:b", false },
	{ "RFC3261-19.1.4-maddr-other", "sip:b;maddr=192.0.2.1", "sip:b;maddr=192.0.2.2", false },
	{ "RFC3261-19.1.4-lr", "sip:b;lr", "sip:b", true },
	{ "RFC3261-19.1.4-lr-value", "sip:b;lr", "sip:b;lr=on", false },
	{ "RFC3261-19.1.4-values", "sip:c@d;security=on", "sip:c@d;security=off", false },
	{ "RFC3261-19.1.4-both-must-match", "sip:b;x=1;y=2;transport=udp",
	  "sip:b;transport=udp;y=3;x=1", false },
	{ "param-twice", "sip:b;x=1;x=2", "sip:b;x=2;x=1", true },
	{ "param-twice-and-once", "sip:b;x=1;x=2", "sip:b;x=1", false },

	/* Hosts. */
	{ "RFC5954-4.2-mapped", "sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]", true },
	{ "RFC5954-4.2-zero", "sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]", true },
	{ "RFC5954-4.2-gap", "sip:bob@[0:0:0:0:0:FFFF:129.144.52.38]",
	  "sip:bob@[::FFFF:129.144.52.38]", true },
	{ "RFC5954-4.2-other", "sip:[2001:db8::1]", "sip:[2001:db8::1:0]", false },
	{ "RFC5954-4.2-longest", "sip:[0000:0000:0000:0000:0000:ffff:255.255.255.255]",
	  "sip:[::ffff:ffff:ffff]", true },
	{ "RFC5954-4.2-maddr", "sip:b;maddr=[2001:db8::1]", "sip:b;maddr=[2001:DB8:0::1]", true },
	{ "RFC5118-4.10", "sip:[2001:db8:::192.0.2.1]", "sip:[2001:db8::c000:201]", true },
	{ "mapped-is-not-IPv4", "sip:[::ffff:192.0.2.1]", "sip:192.0.2.1", false },

	/* Headers. */
	{ "RFC3261-19.1.4-header-value", "sip:b?x=1", "sip:b?x=2", false },
	{ "RFC3261-19.1.4-header-more", "sip:b?x=1", "sip:b?x=1&y=2", false },
	{ "RFC3261-19.1.4-header-count", "sip:b?x=1&x=1&x=2", "sip:b?x=1&x=2&x=2", false },
	{ "RFC3261-7.3.1-header-name", "sip:b?SUBJECT=x", "sip:b?sub%6aect=x", true },
	{ "RFC3261-7.3.1-header-name-unknown", "sip:b?X-Y=x", "sip:b?x-y=x", true },
	{ "RFC3261-7.3.1-header-name-other", "sip:b?x-y=x", "sip:b?x-z=x", false },
	{ "RFC3261-7.3.1-header-name-long", "sip:b?P-Charging-Function-Addressesxxxx=x",
	  "sip:b?p-Charging-Function-Addressesxxxx=x", true },
	{ "RFC3261-7.3.3-compact", "sip:b?s=x&f=a", "sip:b?From=a&subject=x", true },
	{ "RFC3261-7.3.1-tokens", "sip:b?Priority=Urgent", "sip:b?priority=urgent", true },
	{ "RFC3261-7.3.1-quoted", "sip:b?c=a/b%3BX%3D%22P%22", "sip:b?c=A/b%3Bx%3D%22P%22", true },
	{ "RFC3261-7.3.1-quoted-case", "sip:b?c=a/b%3Bx%3D%22P%22", "sip:b?c=a/b%3Bx%3D%22p%22",
	  false },
	{ "RFC3261-7.3.1-quoted-pair", "sip:b?c=a%22%5C%22P%22", "sip:b?c=a%22%5C%22p%22", false },
	{ "RFC3261-7.3.1-behind-quoted", "sip:b?c=%22%5C%5C%22P", "sip:b?c=%22%5C%5C%22p", true },
	{ "RFC3261-20.8-call-id", "sip:b?Call-ID=a%40B", "sip:b?Call-ID=a%40b", false },
	{ "RFC3261-20.39-to-as-octets", "sip:b?to=sip:a%40B", "sip:b?to=sip:a%40b", false },
	{ "header-unescaped", "sip:b?to=sip:a%40b", "sip:b?to=sip%3a%61%40b", true },
	{ "header-white-space", "sip:b?subject=%20%0d%0A%09x%20y%20", "sip:b?subject=x%20y", true },
	{ "header-only-white-space", "sip:b?subject=%20%20", "sip:b?subject=", true },
	{ "header-white-space-inside", "sip:b?subject=x%20%20y", "sip:b?subject=x%20y", false },
	{ "header-percent-20", "sip:b?subject=x%2520", "sip:b?subject=x%25", false },
	{ "body-white-space", "sip:b?body=x%0D%0A", "sip:b?body=x", false },
	{ "body-case", "sip:b?Body=x", "sip:b?body=X", false },

	/* tel: RFC 3966 §4. */
	{ "RFC3966-4-same", "tel:+12", "TEL:+12", true },
	{ "RFC3966-4-digits", "tel:+12", "tel:+13", false },
	{ "RFC3966-4-longer", "tel:+12", "tel:+123", false },
	{ "RFC3966-4-global-local", "tel:+12", "tel:12", false },
	{ "RFC3966-4-global-behind-separator", "tel:-+12", "tel:+12", false },
	{ "RFC3966-4-separators", "tel:+1-201-555-0123", "tel:+1(201)555.0123", true },
	{ "RFC3966-4-separators-at-end", "tel:+12-", "tel:+12", true },
	{ "RFC3966-4-separator-escaped", "tel:+1%2D2", "tel:+12", true },
	{ "RFC3966-4-local", "tel:7042;phone-context=example.com",
	  "tel:70-42;Phone-Context=EXAMPLE.com", true },
	{ "RFC3966-4-context-name", "tel:7042;phone-context=a-b.example",
	  "tel:7042;phone-context=ab.example", false },
	{ "RFC3966-4-context-number", "tel:863-1234;phone-context=+1-914-555",
	  "tel:8631234;phone-context=+1914.555", true },
	{ "RFC3966-4-context-number-other", "tel:1;phone-context=+1", "tel:1;phone-context=+2",
	  false },
	{ "RFC3966-4-context-kinds", "tel:1;phone-context=+1", "tel:1;phone-context=1", false },
	{ "RFC3966-4-context-absent", "tel:1;phone-context=+1", "tel:1", false },
	{ "RFC3966-4-ext", "tel:+1;ext=1-2", "tel:+1;EXT=12", true },
	{ "RFC3966-4-ext-other", "tel:+1;ext=12", "tel:+1;ext=13", false },
	{ "RFC3966-4-ext-no-value", "tel:+1;ext", "tel:+1;ext=-", false },
	{ "RFC3966-4-isub", "tel:+1;isub=1-2", "tel:+1;isub=12", false },
	{ "RFC3966-4-isub-case", "tel:+1;isub=aB", "tel:+1;ISUB=Ab", true },
	{ "RFC3966-4-unknown-absent", "tel:+1;x=1", "tel:+1", false },
	{ "RFC3966-4-unknown-other", "tel:+1;x=1", "tel:+1;y=1", false },
	{ "RFC3966-4-order", "tel:+1;ext=2;x=1;y", "tel:+1;y;X=1;ext=2", true },
	{ "RFC3966-4-hex-case", "tel:aB*;phone-context=b", "tel:Ab%2a;phone-context=b", true },
	{ "RFC3966-5.1.3-hash", "tel:*%2306%23;phone-context=b", "tel:*06;phone-context=b", false },
	{ "RFC3966-3-plus-escaped", "tel:%2B12", "tel:+12", false },

	/* Others: RFC 3986 §6.2.1. */
	{ "RFC3986-6.2.1-same", "urn:service:sos", "urn:service:sos", true },
	{ "RFC3986-6.2.1-other", "urn:service:sos", "urn:service:police", false },
	{ "RFC3986-6.2.1-case", "mailto:a@b", "mailto:A@b", false },
	{ "RFC3986-6.2.1-schemes", "mailto:a@b", "maiito:a@b", false },
	{ "RFC3986-6.2.1-longer", "urn:ab", "urn:a", false },
	{ "RFC3986-6.2.2.1-scheme", "URN:service:sos", "urn:service:sos", true },
	{ "RFC3986-6.2.2.1-escape-digits", "http://b/%c3%9F", "http://b/%C3%9f", true },
	{ "RFC3986-6.2.1-escape", "http://b/%61", "http://b/a", false },
	{ "RFC3986-6.2.1-escape-same-length", "x:%61b", "x:a%62", false },
	{ "no-escape", "x:%zz", "x:%ZZ", false },
	/* clang-format on */
};

static bool
compare(struct slice a, struct slice b)
{
	struct sip_uri x, y;
	bool equal;

	assert_true(sip_uri_decode(at_wall(a), &x));
	assert_true(sip_uri_decode(b, &y));
	equal = sip_uri_eq(&x, &y);
	if (sip_uri_eq(&y, &x) != equal)
		fail_msg("not symmetric: %.*s %.*s", SLICE_FMT(a), SLICE_FMT(b));
	if (!sip_uri_eq(&x, &x) || !sip_uri_eq(&y, &y))
		fail_msg("not reflexive: %.*s %.*s", SLICE_FMT(a), SLICE_FMT(b));
	return equal;
}

static void
uris_compare(void **state)
{
	const struct eq_row *row = *state;

	assert_int_equal(compare(slice_str(row->a), slice_str(row->b)), row->equal);
	assert_int_equal(compare(slice_str(row->b), slice_str(row->a)), row->equal);
}
GTEST_ROWS(UriCompare, equalities, label, uris_compare);

/* RFC 3966 §3 has '#' in local numbers, RFC 3986 has it nowhere in a URI: it comes both ways. */
GTEST(UriCompare, hash_in_a_number)
{
	struct sip_uri plain = { .scheme = SIP_SCHEME_TEL, .user = SLICE("*#06#") };
	struct sip_uri escaped = { .scheme = SIP_SCHEME_TEL, .user = SLICE("*%2306%23") };
	struct sip_uri without = { .scheme = SIP_SCHEME_TEL, .user = SLICE("*06") };

	assert_true(sip_uri_eq(&plain, &escaped));
	assert_false(sip_uri_eq(&plain, &without));
}

/* Parts of which one is chosen; the choices of one part are different things. */
enum { CHOICES = 3 };

enum place { USER, PASSWORD, HOST, PORT, PARAM, HEADER };

static const struct part {
	enum place place;
	const char *name, *other_name;
	bool ignored_when_missing, with_case;
	const char *choice[CHOICES]; /* NULL: left out */
} parts[] = {
	{ USER, NULL, NULL, false, true, { "Al;i%3Bce", "alice", "ALICE" } },
	{ PASSWORD, NULL, NULL, false, true, { NULL, "", "p&w" } },
	{ HOST, NULL, NULL, false, false, { "b.example", "192.0.2.1", "[2001:db8::1]" } },
	{ PORT, NULL, NULL, false, true, { NULL, "5060", "5061" } },
	{ PARAM, "transport", "TRANSPORT", false, false, { NULL, "udp", "tcp" } },
	{ PARAM, "method", "%6dethod", false, true, { NULL, "INVITE", "Invite" } },
	{ PARAM, "maddr", "m%61ddr", false, false, { "[::1]", "[::2]", "a.example" } },
	{ PARAM, "x", "X", true, false, { NULL, "[%3ba]", "b" } },
	{ PARAM, "y", "Y", true, false, { NULL, "1", "2" } },
	{ PARAM, "z", "%7a", true, false, { NULL, "+", "%2b" } },
	{ HEADER, "subject", "s", false, true, { NULL, "a", "A" } },
	{ HEADER, "Priority", "%70riority", false, false, { NULL, "urgent", "normal" } },
	{ HEADER, "X-Any", "x-any", false, true, { NULL, "", "sip:%40" } },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

struct model {
	unsigned int choice[PARTS];
};

static bool
models_equal(const struct model *a, const struct model *b)
{
	for (unsigned int i = 0; i < PARTS; i++) {
		const char *x = parts[i].choice[a->choice[i]], *y = parts[i].choice[b->choice[i]];

		if (x != y && !(parts[i].ignored_when_missing && (x == NULL || y == NULL)))
			return false;
	}
	return true;
}

/* `text` in one of the ways in which it may be written. */
static void
spell(uint64_t *random, struct sip_writer *w, const char *text, bool with_case, bool escapes)
{
	for (; *text != '\0'; text++) {
		char c = *text, lower = slice_lower(c);

		if (c == '%') {
			sip_put(w, slice_of(text, 3));
			text += 2;
			continue;
		}
		if (!with_case && lower >= 'a' && lower <= 'z' && random_below(random, 2) == 0)
			c ^= 0x20;
		if (escapes && strchr(";/?:@&=+$,", c) == NULL && random_below(random, 4) == 0) {
			sip_put_char(w, '%');
			sip_put_char(w, (char)('0' + c / 16));
			sip_put_char(w, "0123456789abcdef0123456789ABCDEF"
						[c % 16 + 16 * (int)random_below(random, 2)]);
		} else {
			sip_put_char(w, c);
		}
	}
}

static void
spell_pairs(uint64_t *random, struct sip_writer *w, const struct model *m, enum place place)
{
	unsigned int first = random_below(random, PARTS);
	char before = place == PARAM ? ';' : '?';

	for (unsigned int k = 0; k < PARTS; k++) {
		unsigned int i = (first + k) % PARTS;
		const char *text = parts[i].choice[m->choice[i]];

		if (parts[i].place != place || text == NULL)
			continue;
		sip_put_char(w, before);
		sip_put(w, slice_str(random_below(random, 2) == 0 ? parts[i].name
								  : parts[i].other_name));
		sip_put_char(w, '=');
		spell(random, w, text, parts[i].with_case, true);
		before = place == PARAM ? ';' : '&';
	}
}

static struct slice
spell_uri(uint64_t *random, const struct model *m, char *out, size_t size)
{
	static const char *const address[] = { "[2001:db8::1]", "[2001:DB8:0::1]",
					       "[2001:db8:::0.0.0.1]",
					       "[2001:0db8:0:0:0:0:0:0001]" };
	const char *password = parts[PASSWORD].choice[m->choice[PASSWORD]];
	const char *host = parts[HOST].choice[m->choice[HOST]];
	const char *port = parts[PORT].choice[m->choice[PORT]];
	struct sip_writer w;

	sip_writer_init(&w, out, size);
	spell(random, &w, "sip:", false, false);
	spell(random, &w, parts[USER].choice[m->choice[USER]], true, true);
	if (password != NULL) {
		sip_put_char(&w, ':');
		spell(random, &w, password, true, true);
	}
	sip_put_char(&w, '@');
	spell(random, &w, host[0] == '[' ? address[random_below(random, 4)] : host, false, false);
	if (port != NULL) {
		sip_put_char(&w, ':');
		sip_put(&w, slice_str(port));
	}
	spell_pairs(random, &w, m, PARAM);
	spell_pairs(random, &w, m, HEADER);
	assert_false(w.overflow);
	return sip_written(&w);
}

GTEST(UriCompare, equals_the_model)
{
	char a[1024], b[1024];
	uint64_t random = 3;
	unsigned int equal = 0;

	for (unsigned int round = 0; round < 20000; round++) {
		struct model x, y;
		struct slice s, t;
		bool want;

		for (unsigned int i = 0; i < PARTS; i++)
			x.choice[i] = random_below(&random, CHOICES);
		y = x;
		for (unsigned int changes = random_below(&random, 3); changes > 0; changes--)
			y.choice[random_below(&random, PARTS)] = random_below(&random, CHOICES);
		want = models_equal(&x, &y);
		s = spell_uri(&random, &x, a, sizeof(a));
		t = spell_uri(&random, &y, b, sizeof(b));
		if (compare(s, t) != want)
			fail_msg("want %d: %.*s %.*s", want, SLICE_FMT(s), SLICE_FMT(t));
		equal += want;
	}
	assert_in_range(equal, 5000, 15000);
}

/* Whatever is still a URI after some octets were changed. compare() has the properties. */
GTEST(UriCompare, mutations)
{
	static const char octets[] = "%;=?&@:+-#[]\"aA.0123bBsd";
	uint64_t random = 4;
	unsigned int compared = 0;

	for (unsigned int round = 0; round < 40000; round++) {
		const struct eq_row *row =
			&equalities[random_below(&random, sizeof(equalities) / sizeof(*row))];
		char text[256];
		struct slice a = slice_str(row->a), b = slice_of(text, strlen(row->b));
		struct sip_uri uri;

		memcpy(text, row->b, b.len);
		for (unsigned int n = random_below(&random, 3); n > 0; n--)
			text[random_below(&random, (unsigned int)b.len)] =
				octets[random_below(&random, sizeof(octets) - 1)];
		if (!sip_uri_decode(b, &uri))
			continue;
		compare(a, b);
		compared++;
	}
	assert_in_range(compared, 10000, 40000);
}

/* `n` pieces with a number each, up or down. */
static struct slice
numbered(char *out, const char *head, const char *between, unsigned int n, bool down)
{
	struct sip_writer w;

	sip_writer_init(&w, out, WALL_ROOM);
	sip_put(&w, slice_str(head));
	for (unsigned int i = 0; i < n; i++) {
		if (i > 0)
			sip_put(&w, slice_str(between));
		SIP_PUT(&w, "a");
		sip_put_uint(&w, down ? n - 1 - i : i);
		SIP_PUT(&w, "=1");
	}
	return sip_written(&w);
}

static const struct many_row {
	const char *label, *head, *between;
} manies[] = {
	{ "params", "sip:b;", ";" },
	{ "headers", "sip:b?", "&" },
	{ "tel", "tel:+1;", ";" },
};

/* Beyond SIP_URI_EQ_MAX the order counts, in one URI or in both, and the time stays linear. */
static void
many_are_compared(void **state)
{
	static char up[WALL_ROOM], down[WALL_ROOM];
	const struct many_row *row = *state;
	struct slice a, b;

	a = numbered(up, row->head, row->between, SIP_URI_EQ_MAX, false);
	b = numbered(down, row->head, row->between, SIP_URI_EQ_MAX, true);
	assert_true(compare(a, b));
	a = numbered(up, row->head, row->between, SIP_URI_EQ_MAX + 1, false);
	assert_false(compare(a, b));
	b = numbered(down, row->head, row->between, SIP_URI_EQ_MAX + 1, true);
	assert_false(compare(a, b));
	a = numbered(up, row->head, row->between, 20000, false);
	b = numbered(down, row->head, row->between, 20000, true);
	for (unsigned int i = 0; i < 50; i++)
		assert_false(compare(a, b));
}
GTEST_ROWS(UriCompare, manies, label, many_are_compared);
