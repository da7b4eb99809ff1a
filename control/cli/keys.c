/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "keyring_file.h"

static void
list(const struct keyring *ring)
{
	static const char *const states[] = { "empty", "active: new tokens are made with it",
					      "accepted: its tokens are still honoured",
					      "retired: its tokens get 430" };

	for (unsigned int i = 0; i < KEYRING_SLOTS; i++)
		if (ring->slot[i].state != KEYRING_EMPTY && ring->slot[i].state < 4)
			printf("key %u: %s\n", i, states[ring->slot[i].state]);
}

static enum keyring_error
change(const struct cli_options *o, struct keyring *ring)
{
	unsigned int id = KEYRING_SLOTS;
	enum keyring_error error = KEYRING_ERR_NO_SLOT;

	if (strcmp(o->word[0], "rotate") == 0) {
		error = keyring_rotate(ring, &id);
		if (error == KEYRING_OK)
			printf("key %u is active now; the one before is accepted still\n", id);
	} else if (o->count == 2 && sscanf(o->word[1], "%u", &id) == 1) {
		error = keyring_retire(ring, id);
		if (error == KEYRING_OK)
			printf("key %u is retired\n", id);
	}
	return error;
}

static int
fail(const char *text)
{
	fprintf(stderr, "viaduct: %s\n", text);
	return EXIT_FAILURE;
}

static int
run(const struct cli_options *o, const struct config *config)
{
	enum keyring_error error;
	struct keyring ring;
	char message[320];
	json_t *answer;

	char path[320];

	snprintf(path, sizeof(path), "%s/keyring", config->state_dir);
	if (access(path, F_OK) != 0)
		return fail("there is no key ring: start the engine once, or name its configuration "
			    "with -c");
	if (!keyring_file_load(config->state_dir, &ring, message, sizeof(message)))
		return fail(message);
	if (strcmp(o->word[0], "list") == 0) {
		list(&ring);
		return EXIT_SUCCESS;
	}
	error = change(o, &ring);
	if (error != KEYRING_OK)
		return fail(keyring_error_text(error));
	if (!keyring_file_store(config->state_dir, &ring, message, sizeof(message)))
		return fail(message);
	answer = cli_ask(config, "reload-keys");
	if (answer == NULL)
		return fail("the ring is written; the engine will read it at its next start");
	json_decref(answer);
	return EXIT_SUCCESS;
}

int
cli_keys(int argc, char **argv)
{
	struct cli_options o;
	struct config *config;
	int result;

	if (!cli_options_take(&o, argc, argv))
		return EXIT_FAILURE;
	if (o.count == 0 || (strcmp(o.word[0], "list") != 0 && strcmp(o.word[0], "rotate") != 0 &&
			     strcmp(o.word[0], "retire") != 0))
		return fail("usage: viaduct keys list|rotate|retire ID [-c CONFIG]");
	config = cli_config(&o);
	if (config == NULL)
		return EXIT_FAILURE;
	result = run(&o, config);
	config_free(config);
	return result;
}
