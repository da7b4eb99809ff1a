/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of transactions: asked for by way of control, read from shared memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/show.h"
#include "cli/transactions.h"
#include "process/clock.h"

enum {
	LIST_MS = 3000,  /* for the dataplane to take the query up */
	PARTS_MS = 5000, /* for its workers to answer */
	TRIES = 3,
};

static void
nap(void)
{
	const struct timespec t = { 0, 2000000 };

	nanosleep(&t, NULL);
}

enum found { FOUND, LATE, OVERTAKEN, REFUSED };

/* The list that answers a query. Numbers of queries grow: a later one's takes the place of ours. */
static enum found
find_list(const struct config *config, uint64_t id, struct transactions_list *list)
{
	uint64_t until = clock_steady_ms() + LIST_MS;

	do {
		enum segment_error error = transactions_list_attach(list, config->shm_dir);

		if (error == SEGMENT_OK && list->query == id)
			return FOUND;
		if (error == SEGMENT_OK && list->query > id) {
			transactions_list_detach(list);
			return OVERTAKEN;
		}
		transactions_list_detach(list);
		if (error != SEGMENT_OK && error != SEGMENT_ERR_ABSENT) {
			cli_no_table(config, error);
			return REFUSED;
		}
		nap();
	} while (clock_steady_ms() < until);
	return LATE;
}

static bool
ask(const struct config *config, const json_t *request, struct transactions_list *list)
{
	enum found found = OVERTAKEN;

	for (int i = 0; i < TRIES && found == OVERTAKEN; i++) {
		json_t *answer = cli_ask_with(config, request);

		if (answer == NULL)
			return false;
		found = find_list(
			config, (uint64_t)json_integer_value(json_object_get(answer, "id")), list);
		json_decref(answer);
	}
	if (found == LATE)
		fprintf(stderr,
			"viaduct: the dataplane made no list within %d s: is it running (viaduct "
			"show stats), and is there room in %s?\n",
			LIST_MS / 1000, config->shm_dir);
	else if (found == OVERTAKEN)
		fprintf(stderr,
			"viaduct: somebody else asked at the same time, %d times: try again\n",
			TRIES);
	return found == FOUND;
}

/* ---- the parts of all workers ---- */

static bool
add_part(struct cli_transactions *t, uint32_t worker)
{
	struct transactions_part part;
	struct transactions_entry e;

	if (!transactions_list_part(&t->list, worker, &part))
		return false;
	t->matched += part.matched;
	t->live += part.live;
	for (uint32_t i = 0; i < part.rows; i++)
		if (transactions_list_get(&t->list, worker, i, &e))
			t->place[t->count++] =
				(struct cli_transactions_place){ e.facts.age_ms, worker, i };
	return true;
}

static void
add_parts(struct cli_transactions *t)
{
	uint64_t until = clock_steady_ms() + PARTS_MS;

	for (uint32_t worker = 0; worker < t->list.worker_count; worker++) {
		bool done;

		while (!(done = add_part(t, worker)) && clock_steady_ms() < until)
			nap();
		if (!done)
			fprintf(stderr,
				"viaduct: worker %u has not answered: what it has is missing\n",
				worker);
	}
}

/* Oldest first. */
static int
compare(const void *a, const void *b)
{
	const struct cli_transactions_place *x = a, *y = b;

	return x->age_ms < y->age_ms ? 1 : x->age_ms > y->age_ms ? -1 : 0;
}

bool
cli_transactions_ask(const struct config *config, const json_t *request,
		     struct cli_transactions *out)
{
	*out = (struct cli_transactions){ .count = 0 };
	if (!ask(config, request, &out->list))
		return false;
	out->place =
		calloc((size_t)out->list.worker_count * out->list.limit + 1, sizeof(*out->place));
	if (out->place == NULL) {
		fprintf(stderr, "viaduct: no memory\n");
		cli_transactions_free(out);
		return false;
	}
	add_parts(out);
	qsort(out->place, out->count, sizeof(*out->place), compare);
	return true;
}

bool
cli_transactions_get(const struct cli_transactions *t, unsigned int i,
		     struct transactions_entry *out)
{
	return transactions_list_get(&t->list, t->place[i].worker, t->place[i].row, out);
}

void
cli_transactions_free(struct cli_transactions *t)
{
	transactions_list_detach(&t->list);
	free(t->place);
	t->place = NULL;
}
