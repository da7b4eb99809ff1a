/* SPDX-License-Identifier: BSD-3-Clause */
/** AORs that an operator shuts off, and that stay so (RFC 5393 §7, MB-26). */
#include "disabled.h"
#include "lib/table/support.h"

static struct config_file file;
static struct config config;
static struct disabled now;
static char message[256];
static char *domains[] = { (char *)(uintptr_t) "example.com", (char *)(uintptr_t) "example.net" };

static int
set_up(void **state)
{
	int failed = make_dir(state);

	file = (struct config_file){ .domains = domains, .domains_count = 2 };
	config = (struct config){ .file = &file };
	config.shm_dir = config.state_dir = test_dir;
	assert_true(disabled_open(&config, &now, message, sizeof(message)));
	return failed;
}

#define CASE(name) GTEST_F(DisabledOrders, name, set_up, remove_dir)

/* Carry out an order; what is said when it is refused, or NULL. */
static const char *
order(const char *command, const char *aor, int status)
{
	static char text[400];
	json_t *request = json_pack("{s:s}", "aor", aor), *answer;
	const char *error;

	if (status != 0)
		json_object_set_new(request, "status", json_integer(status));
	answer = disabled_order(&config, &now, command, request);
	error = json_string_value(json_object_get(answer, "error"));
	assert_int_equal(json_is_true(json_object_get(answer, "ok")), error == NULL);
	snprintf(text, sizeof(text), "%s", error != NULL ? error : "");
	json_decref(request);
	json_decref(answer);
	return error != NULL ? text : NULL;
}

/* Status of an AOR as it is published; 0: it is not. */
static uint16_t
published(const char *want)
{
	struct segment s;
	struct slice aor;
	uint16_t status = 0, found = 0;

	assert_int_equal(disabled_attach(&s, test_dir), SEGMENT_OK);
	for (uint32_t i = 0; disabled_get(&s, i, &aor, &status); i++)
		if (slice_eq(aor, slice_str(want)))
			found = status;
	segment_detach(&s);
	return found;
}

CASE(MB_26_disable_and_enable)
{
	assert_null(order("disable-aor", "a@EXAMPLE.com:5060", 0));
	assert_null(order("disable-aor", "sip:b@example.net", 403));
	assert_int_equal(published("sip:a@example.com"), 480);
	assert_int_equal(published("sip:b@example.net"), 403);
	assert_null(order("disable-aor", "sip:a@example.com", 403));
	assert_int_equal(published("sip:a@example.com"), 403);
	assert_null(order("enable-aor", "a@example.com", 0));
	assert_int_equal(published("sip:a@example.com"), 0);
	assert_int_equal(published("sip:b@example.net"), 403);
}

CASE(MB_26_kept)
{
	struct stat st;

	assert_null(order("disable-aor", "a@example.com", 0));
	assert_null(order("disable-aor", "b@example.com", 403));
	assert_int_equal(stat(in_dir("disabled-aors"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(in_dir("disabled"));
	memset(&now, 0, sizeof(now));
	assert_true(disabled_open(&config, &now, message, sizeof(message)));
	assert_int_equal(now.count, 2);
	assert_int_equal(published("sip:a@example.com"), 480);
	assert_int_equal(published("sip:b@example.com"), 403);
}

CASE(list)
{
	json_t *request = json_object(), *answer, *row;

	assert_null(order("disable-aor", "a@example.com", 403));
	answer = disabled_order(&config, &now, "list-aors", request);
	assert_int_equal(json_array_size(json_object_get(answer, "aors")), 1);
	row = json_array_get(json_object_get(answer, "aors"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "aor")), "sip:a@example.com");
	assert_int_equal(json_integer_value(json_object_get(row, "status")), 403);
	json_decref(request);
	json_decref(answer);
}

static const struct refusal {
	const char *label, *command, *aor;
	int status;
	const char *want;
} refusals[] = {
	{ "other-domain", "disable-aor", "sip:a@example.org", 480, "of no domain of this engine" },
	{ "no-uri", "disable-aor", "a b", 480, "want an address of record" },
	{ "nothing", "disable-aor", "", 480, "want an address of record" },
	{ "status", "disable-aor", "sip:a@example.com", 486, "want status 480 or 403" },
	{ "not-disabled", "enable-aor", "sip:a@example.com", 0, "is not disabled" },
};

static void
check_refusal(void **state)
{
	const struct refusal *r = gtest_row();
	const char *said;

	(void)state;
	said = order(r->command, r->aor, r->status);
	assert_non_null(said);
	assert_non_null(strstr(said, r->want));
	assert_int_equal(now.count, 0);
}
GTEST_ROWS_F(DisabledOrders, refusals, label, check_refusal, set_up, remove_dir);

CASE(MB_26_bounded)
{
	char aor[40];

	for (unsigned int i = 0; i < DISABLED_MAX; i++) {
		snprintf(aor, sizeof(aor), "u%u@example.com", i);
		assert_true(disabled_add(&now, slice_str(aor), 480));
	}
	assert_non_null(strstr(order("disable-aor", "a@example.com", 0), "one too many"));
}

/* A line that is none is left out, and the others are in force. */
CASE(damaged_file)
{
	FILE *f = fopen(in_dir("disabled-aors"), "we");

	assert_non_null(f);
	fprintf(f,
		"480 sip:a@example.com\nnonsense\n200 sip:b@example.com\n403\n"
		"403 sip:c@example.com more\n403 sip:d@example.com\n\n%0400d\n",
		7);
	fclose(f);
	assert_true(disabled_open(&config, &now, message, sizeof(message)));
	assert_int_equal(now.count, 2);
	assert_int_equal(published("sip:a@example.com"), 480);
	assert_int_equal(published("sip:d@example.com"), 403);
}

CASE(unreadable_file)
{
	assert_int_equal(mkdir(in_dir("disabled-aors"), 0700), 0);
	assert_non_null(strstr(order("disable-aor", "a@example.com", 0), "not kept on disk"));
	assert_int_equal(published("sip:a@example.com"), 480);
}
