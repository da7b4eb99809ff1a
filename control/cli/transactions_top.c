/* SPDX-License-Identifier: BSD-3-Clause */
/* For whom transactions are on their way (RFC 5393 §7). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aor_text.h"
#include "cli/transactions.h"

struct row {
	char *aor;
	unsigned long long transactions, branches;
};

static char *
aor_of(const struct transactions_entry *e)
{
	char text[TRANSACTIONS_AOR_MAX + 1], aor[TRANSACTIONS_AOR_MAX + 1];
	struct slice canonical;

	if ((e->facts.flags & TRANSACTIONS_RELEASED) != 0)
		return strdup("(answered: no longer known)");
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(e->uri));
	canonical = aor_text_read(text, aor, sizeof(aor) - 1);
	return canonical.ptr != NULL ? strndup(canonical.ptr, canonical.len) : strdup(text);
}

/* Branches that still have their share of Max-Breadth. */
static unsigned int
outstanding(const struct transactions_entry *e)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < e->branch_count; i++)
		n += (e->branch[i].flags & TRANSACTIONS_BRANCH_DONE) == 0;
	return n;
}

static int
by_aor(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->aor, ((const struct row *)b)->aor);
}

static int
by_branches(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->branches != y->branches)
		return x->branches < y->branches ? 1 : -1;
	if (x->transactions != y->transactions)
		return x->transactions < y->transactions ? 1 : -1;
	return strcmp(x->aor, y->aor);
}

/* Equal ones become one. Returns how many are left. */
static unsigned int
merge(struct row *row, unsigned int count)
{
	unsigned int n = 0;

	qsort(row, count, sizeof(*row), by_aor);
	for (unsigned int i = 0; i < count; i++) {
		if (n > 0 && strcmp(row[n - 1].aor, row[i].aor) == 0) {
			row[n - 1].transactions += row[i].transactions;
			row[n - 1].branches += row[i].branches;
			free(row[i].aor);
		} else {
			row[n++] = row[i];
		}
	}
	qsort(row, n, sizeof(*row), by_branches);
	return n;
}

static unsigned int
collect(const struct cli_transactions *t, struct row *row)
{
	struct transactions_entry e;
	unsigned int count = 0;

	for (unsigned int i = 0; i < t->count; i++) {
		if (!cli_transactions_get(t, i, &e))
			continue;
		row[count] = (struct row){ aor_of(&e), 1, outstanding(&e) };
		if (row[count].aor != NULL)
			count++;
	}
	return merge(row, count);
}

static void
print_row(const struct row *row, bool json)
{
	if (json) {
		cli_print(json_pack("{s:o, s:I, s:I}", "aor",
				    cli_json_text(row->aor, strlen(row->aor)), "branches",
				    (json_int_t)row->branches, "transactions",
				    (json_int_t)row->transactions));
		return;
	}
	printf("%10llu %13llu  ", row->branches, row->transactions);
	cli_put_text(slice_str(row->aor));
	putchar('\n');
}

void
cli_transactions_top(const struct cli_transactions *t, unsigned int rows, bool json)
{
	struct row *row = calloc((size_t)t->count + 1, sizeof(*row));
	unsigned int count = row != NULL ? collect(t, row) : 0;

	if (!json)
		printf("%10s %13s  %s\n", "branches", "transactions", "address of record");
	for (unsigned int i = 0; i < count; i++) {
		if (i < rows)
			print_row(&row[i], json);
		free(row[i].aor);
	}
	free(row);
	if (!json && count > rows)
		printf("and %u more\n", count - rows);
	if (!json && t->count < t->matched)
		printf("of the %u oldest; there are %llu\n", t->count, t->matched);
}
