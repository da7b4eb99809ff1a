/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cli/cli.h"
#include "keyring_file.h"
#include "process/privileges.h"
#include "sip/chars.h"
#include "table/keys.h"

static enum keyring_error
retire(struct keyring *ring, unsigned int *id)
{
	return keyring_retire(ring, *id);
}

static enum keyring_error
activate(struct keyring *ring, unsigned int *id)
{
	return keyring_activate(ring, *id);
}

static enum keyring_error
rotate_gruu(struct keyring *ring, unsigned int *id)
{
	(void)id;
	return keyring_rotate_gruu(ring);
}

static const struct command {
	const char *name;
	enum keyring_error (*change)(struct keyring *ring, unsigned int *id); /* NULL: no change */
	bool wants_id;
	const char *state; /* what the key is then */
	const char *said;  /* for the number of the key */
} commands[] = {
	{ "list", NULL, false, NULL, NULL },
	{ "add", keyring_add, false, "accepted",
	  "key %u is accepted; no token is made with it yet. Copy the ring to every engine that "
	  "shares it, `viaduct keys reload` there, then `viaduct keys activate` it\n" },
	{ "activate", activate, true, "active",
	  "key %u is active now; the one before is accepted still. Copy the ring to the other "
	  "engines and `viaduct keys reload` there\n" },
	{ "rotate", keyring_rotate, false, "active",
	  "key %u is active now; the one before is accepted still. Engines that share this ring "
	  "refuse the new tokens until they have it: `viaduct keys add` is the way that spares "
	  "them\n" },
	{ "retire", retire, true, "retired", "key %u is retired\n" },
	{ "rotate-gruu", rotate_gruu, false, "current",
	  "temporary GRUUs are made with a new key now; those of the key before are honoured until "
	  "the next time\n" },
	{ "reload", NULL, false, NULL, NULL },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const char *const states[] = { "empty", "active", "accepted", "retired" };

static int
fail(const char *text)
{
	fprintf(stderr, "viaduct: %s\n", text);
	return EXIT_FAILURE;
}

static bool
honours(const struct keyring_slot *slot)
{
	return slot->state == KEYRING_ACTIVE || slot->state == KEYRING_ACCEPTED;
}

/* ---- list ---- */

static void
list_gruu(const struct keyring *ring, bool json)
{
	static const char *const ages[] = { "current", "previous" };
	char fingerprint[KEYRING_FINGERPRINT_LEN + 1];

	for (unsigned int i = 0; i < KEYRING_AGES; i++) {
		if (ring->has_gruu[i] == 0)
			continue;
		keyring_fingerprint(ring->gruu_key[i], KEYRING_GRUU_KEY_SIZE, fingerprint);
		if (json)
			cli_print(json_pack("{s:s, s:s, s:s}", "kind", "gruu", "state", ages[i],
					    "fingerprint", fingerprint));
		else
			printf("gruu    %-8s  %s\n", fingerprint, ages[i]);
	}
}

static void
list_json(const struct keyring *ring)
{
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		const struct keyring_slot *slot = &ring->slot[i];
		char fingerprint[KEYRING_FINGERPRINT_LEN + 1];
		json_t *row;

		if (slot->state == KEYRING_EMPTY)
			continue;
		row = json_pack("{s:i, s:s}", "id", (int)i, "state", states[slot->state]);
		if (honours(slot)) {
			keyring_fingerprint(slot->key, sizeof(slot->key), fingerprint);
			json_object_set_new(row, "fingerprint", json_string(fingerprint));
		}
		cli_print(row);
	}
	list_gruu(ring, true);
}

static void
list(const struct keyring *ring)
{
	static const char *const meanings[] = { "", "new tokens are made with it",
						"its tokens are honoured", "its tokens get 430" };

	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		const struct keyring_slot *slot = &ring->slot[i];
		char fingerprint[KEYRING_FINGERPRINT_LEN + 1] = "-";

		if (slot->state == KEYRING_EMPTY)
			continue;
		if (honours(slot))
			keyring_fingerprint(slot->key, sizeof(slot->key), fingerprint);
		printf("key %-2u  %-8s  %s  %s\n", i, fingerprint, states[slot->state],
		       meanings[slot->state]);
	}
	list_gruu(ring, false);
}

/* ---- reload ---- */

/* What the engine honours until now and this ring does not: a wrong copy, most likely. */
static void
warn_of_losses(const struct config *config, const struct keyring *ring)
{
	const struct keyring *now;
	struct segment segment;

	if (keys_attach(&segment, config->shm_dir, &now) != SEGMENT_OK)
		return;
	for (unsigned int i = 0; i < KEYRING_SLOTS; i++) {
		const struct keyring_slot *slot = &ring->slot[i];

		if (honours(&now->slot[i]) && slot->state != KEYRING_RETIRED &&
		    (!honours(slot) ||
		     CRYPTO_memcmp(slot->key, now->slot[i].key, sizeof(slot->key)) != 0))
			fprintf(stderr,
				"viaduct: warning: the key %u that this engine had is not in this "
				"ring: tokens made with it are refused from now on\n",
				i);
	}
	if (CRYPTO_memcmp(now->branch_key, ring->branch_key, sizeof(ring->branch_key)) != 0)
		fprintf(stderr, "viaduct: warning: the branch key is another one: responses to "
				"requests that are under way are dropped\n");
	segment_detach(&segment);
}

/* What the ring in the file is to the engine. */
enum news { READ, READ_AT_START, NOT_READ };

/* Have the engine read the ring, if it runs. */
static enum news
reload(const struct config *config)
{
	enum cli_engine engine = cli_engine_look(config);
	json_t *answer;

	if (engine == CLI_ENGINE_STOPPED)
		return READ_AT_START;
	answer = engine == CLI_ENGINE_RUNS ? cli_ask(config, "reload-keys") : NULL;
	if (answer == NULL) {
		fail("the key ring is as you want it, but the engine has not read it: it does so "
		     "when it starts, or by `viaduct keys reload`");
		return NOT_READ;
	}
	json_decref(answer);
	return READ;
}

/* Tell what was done; `c->state` NULL: only read again. */
static int
tell(const struct cli_options *o, const struct command *c, unsigned int id, enum news news)
{
	static const char *const words[] = { "loaded", "stopped", "not loaded" };
	json_t *row;

	if (o->json) {
		row = json_pack("{s:s}", "engine", words[news]);
		if (c->state != NULL) {
			json_object_set_new(row, "id", json_integer((json_int_t)id));
			json_object_set_new(row, "state", json_string(c->state));
		}
		cli_print(row);
	} else {
		if (c->said != NULL)
			printf(c->said, id);
		else if (news == READ)
			printf("the engine has the key ring\n");
		if (news == READ_AT_START)
			printf("the engine does not run; it reads the ring when it starts\n");
	}
	return news == NOT_READ ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
reload_copied(const struct cli_options *o, const struct command *c, const struct config *config,
	      const struct keyring *ring)
{
	warn_of_losses(config, ring);
	return tell(o, c, 0, reload(config));
}

/* ---- the command ---- */

static int
change(const struct cli_options *o, const struct command *c, const struct config *config,
       struct keyring *ring, unsigned int id)
{
	enum keyring_error error = c->change(ring, &id);
	char message[320];

	if (error != KEYRING_OK)
		return fail(keyring_error_text(error));
	if (!keyring_file_store(config->state_dir, ring, message, sizeof(message)))
		return fail(message);
	return tell(o, c, id, reload(config));
}

static int
run_locked(const struct cli_options *o, const struct command *c, const struct config *config,
	   unsigned int id)
{
	struct keyring ring;
	char message[320];
	int result = EXIT_SUCCESS;

	if (!keyring_file_load(config->state_dir, &ring, message, sizeof(message)))
		return fail(message);
	if (c->change != NULL)
		result = change(o, c, config, &ring, id);
	else if (strcmp(c->name, "reload") == 0)
		result = reload_copied(o, c, config, &ring);
	else if (o->json)
		list_json(&ring);
	else
		list(&ring);
	OPENSSL_cleanse(&ring, sizeof(ring));
	return result;
}

static int
run(const struct cli_options *o, const struct command *c, const struct config *config,
    unsigned int id)
{
	char message[320], path[320];
	int lock, result;
	bool there;

	snprintf(path, sizeof(path), "%s/keyring", config->state_dir);
	if (!cli_look(path, &there))
		return EXIT_FAILURE;
	if (!there)
		return fail(
			"there is no key ring: start the engine once, or name its configuration "
			"with -c");
	/* what root copied here is to be read by the owner of the folder, whom we become */
	if (c->change == NULL && strcmp(c->name, "reload") == 0 &&
	    !keyring_file_adopt(config->state_dir, message, sizeof(message)))
		return fail(message);
	if (!privileges_become_owner(config->state_dir, message, sizeof(message)))
		return fail(message);
	lock = keyring_file_lock(config->state_dir, message, sizeof(message));
	if (lock < 0)
		return fail(message);
	result = run_locked(o, c, config, id);
	close(lock);
	return result;
}

static const struct command *
find_command(const struct cli_options *o)
{
	for (size_t i = 0; i < COMMANDS && o->count > 0; i++)
		if (strcmp(o->word[0], commands[i].name) == 0 &&
		    o->count == 1 + commands[i].wants_id)
			return &commands[i];
	fail("usage: viaduct keys list|add|activate ID|rotate|retire ID|rotate-gruu|"
	     "reload [--json] [-c CONFIG]");
	return NULL;
}

int
cli_keys(int argc, char **argv)
{
	const struct command *c;
	struct cli_options o;
	struct config *config;
	uint32_t id = 0;
	int result;

	if (!cli_options_take(&o, argc, argv, 2))
		return CLI_USAGE;
	c = find_command(&o);
	if (c == NULL)
		return CLI_USAGE;
	if (c->wants_id && (!sip_uint(slice_str(o.word[1]), &id) || id >= KEYRING_SLOTS)) {
		fprintf(stderr,
			"viaduct: key '%s': want a number from 0 to %d (viaduct keys list)\n",
			o.word[1], KEYRING_SLOTS - 1);
		return CLI_USAGE;
	}
	config = cli_config(&o);
	if (config == NULL)
		return EXIT_FAILURE;
	result = run(&o, c, config, id);
	config_free(config);
	return result;
}
