/* SPDX-License-Identifier: BSD-3-Clause */
/* viaduct show transactions: how many requests are on their way, and which. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show.h"
#include "cli/transactions.h"

enum { OLDEST = 10, TOP = 20 };

/* ---- options ---- */

/* One that stands for a field of the request. */
static const struct option {
	const char *name, *key, *want;
	bool is_number;
} options[] = {
	{ "--aor", "aor", "an address of record such as sip:alice@example.com", false },
	{ "--call-id", "call_id", "a Call-ID", false },
	{ "--older", "older", "a number of seconds from 0 to 1000000", true },
	{ "--state", "state", "a state: proceeding, completed, confirmed, accepted or terminated",
	  false },
	{ "--limit", "limit", "a number from 1 to 1000", true },
};

static const struct option *
option_of(const char *word)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].name, word) == 0)
			return &options[i];
	return NULL;
}

/* False, with a message, when the value is not what the option wants. */
static bool
set_option(json_t *request, const struct option *o, const char *value)
{
	char *end = NULL;
	long number = value != NULL && o->is_number ? strtol(value, &end, 10) : 0;
	bool fine = value != NULL && value[0] != '\0';

	if (fine && o->is_number)
		fine = *end == '\0' && number <= 1000000 &&
		       number >= (strcmp(o->key, "limit") == 0);
	if (fine && strcmp(o->key, "limit") == 0)
		fine = number <= TRANSACTIONS_LIMIT_MAX;
	if (fine && strcmp(o->key, "state") == 0)
		fine = transactions_server_find(value) >= 0;
	if (!fine) {
		fprintf(stderr, "viaduct: %s wants %s\n", o->name, o->want);
		return false;
	}
	json_object_set_new(request, o->key,
			    o->is_number ? json_integer(number) : json_string(value));
	return true;
}

bool
cli_show_take(struct cli_show_request *r, int *argc, char **argv)
{
	int left = 0;

	*r = (struct cli_show_request){ .request = json_object() };
	for (int i = 0; i < *argc; i++) {
		const struct option *o = option_of(argv[i]);

		if (o == NULL && strcmp(argv[i], "--top") != 0) {
			argv[left++] = argv[i];
			continue;
		}
		r->option = argv[i];
		if (o == NULL)
			r->top = true;
		else if (!set_option(r->request, o, i + 1 < *argc ? argv[++i] : NULL))
			return false;
	}
	*argc = left;
	return true;
}

/* ---- one transaction ---- */

void
cli_put_text(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		putchar(c < 0x20 || c == 0x7f ? '?' : c);
	}
}

static json_t *
branch_json(const struct transactions_branch *b)
{
	char text[FLOW_ADDRESS_TEXT_MAX];
	struct slice to = flow_address_text(&b->to, text);
	json_t *o = json_pack("{s:s#, s:s, s:I, s:b}", "to", to.ptr, (int)to.len, "state",
			      transactions_client_name(b->state), "share", (json_int_t)b->share,
			      "done", (b->flags & TRANSACTIONS_BRANCH_DONE) != 0);

	if (b->status != 0)
		json_object_set_new(o, "status", json_integer(b->status));
	if (b->depth != 0)
		json_object_set_new(o, "depth", json_integer(b->depth));
	if ((b->flags & TRANSACTIONS_BRANCH_CANCELLED) != 0)
		json_object_set_new(o, "cancelled", json_true());
	return o;
}

static void
set_text(json_t *o, const char *key, struct slice text)
{
	if (text.len > 0)
		json_object_set_new(o, key, cli_json_text(text.ptr, text.len));
}

static void
print_json(const struct transactions_entry *e, unsigned int worker)
{
	const struct transactions_facts *f = &e->facts;
	json_t *o = json_object(), *branches = json_array();

	set_text(o, "method", e->method);
	set_text(o, "uri", e->uri);
	set_text(o, "call_id", e->call_id);
	set_text(o, "from", e->from);
	for (unsigned int i = 0; i < e->branch_count; i++)
		json_array_append_new(branches, branch_json(&e->branch[i]));
	json_object_update_new(
		o, json_pack("{s:I, s:s, s:I, s:I, s:I, s:o, s:i, s:b, s:b, s:b, s:i}", "age_ms",
			     (json_int_t)f->age_ms, "state", transactions_server_name(f->state),
			     "breadth_in", (json_int_t)f->breadth_in, "breadth_out",
			     (json_int_t)f->breadth_out, "branch_count", (json_int_t)f->branches,
			     "branches", branches, "recursions", (int)f->recursions, "cancelled",
			     (f->flags & TRANSACTIONS_CANCELLED) != 0, "released",
			     (f->flags & TRANSACTIONS_RELEASED) != 0, "cut",
			     (f->flags & TRANSACTIONS_CUT) != 0, "worker", (int)worker));
	if (f->final_status != 0)
		json_object_set_new(o, "final", json_integer(f->final_status));
	if (f->best_status != 0)
		json_object_set_new(o, "best", json_integer(f->best_status));
	cli_print(o);
}

static void
print_branch(const struct transactions_branch *b)
{
	char text[FLOW_ADDRESS_TEXT_MAX];

	printf("    %-24.*s %s", SLICE_FMT(flow_address_text(&b->to, text)),
	       transactions_client_name(b->state));
	if (b->status != 0)
		printf(" %u", b->status);
	printf(", share %u%s", b->share, (b->flags & TRANSACTIONS_BRANCH_DONE) != 0 ? " free" : "");
	if ((b->flags & TRANSACTIONS_BRANCH_CANCELLED) != 0)
		printf(", cancelled");
	if (b->depth != 0)
		printf(", behind %u 305", b->depth);
	putchar('\n');
}

static void
print_text(const struct transactions_entry *e)
{
	const struct transactions_facts *f = &e->facts;

	cli_put_text(e->method);
	putchar(' ');
	cli_put_text((f->flags & TRANSACTIONS_RELEASED) != 0 ? SLICE("(request is gone)") : e->uri);
	printf("  %llu.%llu s, %s", (unsigned long long)f->age_ms / 1000,
	       (unsigned long long)f->age_ms % 1000 / 100, transactions_server_name(f->state));
	if (f->final_status != 0)
		printf(" %u", f->final_status);
	else if (f->best_status != 0)
		printf(", best so far %u", f->best_status);
	printf(", breadth %u of %u", f->breadth_out, f->breadth_in);
	if (f->recursions != 0)
		printf(", %u of 305", f->recursions);
	if ((f->flags & TRANSACTIONS_CANCELLED) != 0)
		printf(", cancelled");
	putchar('\n');
	if (e->call_id.len > 0) {
		printf("    Call-ID ");
		cli_put_text(e->call_id);
		printf("%s", e->from.len > 0 ? ", from " : "");
		cli_put_text(e->from);
		putchar('\n');
	}
	for (unsigned int i = 0; i < e->branch_count; i++)
		print_branch(&e->branch[i]);
	if (f->branches > e->branch_count)
		printf("    and %u more branches\n", f->branches - e->branch_count);
}

/* ---- the list ---- */

static void
print_list(const struct cli_transactions *t, unsigned int most, bool json)
{
	struct transactions_entry e;
	unsigned int shown = 0;

	for (unsigned int i = 0; i < t->count && shown < most; i++) {
		if (!cli_transactions_get(t, i, &e))
			continue;
		shown++;
		if (json)
			print_json(&e, t->place[i].worker);
		else
			print_text(&e);
	}
	if (!json)
		printf("%u of %llu that match, %llu transactions in all\n", shown, t->matched,
		       t->live);
}

int
cli_show_transactions(const struct cli_show_request *r, const struct stats_segment *s,
		      const struct config *config, bool json)
{
	bool plain = !r->top && json_object_size(r->request) == 0;
	struct cli_transactions t;

	if (plain)
		cli_transactions_summary(s, json);
	if (json_object_get(r->request, "limit") == NULL && (plain || r->top))
		json_object_set_new(r->request, "limit",
				    json_integer(plain ? OLDEST : TRANSACTIONS_LIMIT_MAX));
	json_object_set_new(r->request, "command", json_string("list-transactions"));
	if (!cli_transactions_ask(config, r->request, &t))
		return EXIT_FAILURE;
	if (r->top)
		cli_transactions_top(&t, TOP, json);
	else
		print_list(&t, plain ? OLDEST : UINT_MAX, json);
	cli_transactions_free(&t);
	return EXIT_SUCCESS;
}
