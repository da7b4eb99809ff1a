/* SPDX-License-Identifier: BSD-3-Clause */
/* Users in the source: added, removed, listed. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cli/password.h"
#include "cli/user_list.h"
#include "cli/users.h"
#include "process/folder.h"
#include "users/user_edit.h"

enum { WAIT_SECONDS = 10, REALMS_SHOWN = 8 };

static const char usage_text[] =
	"usage: viaduct user add NAME@REALM [--aor URI]... [--password-stdin | --generate] "
	"[--replace] [--json] [-c CONFIG]\n"
	"       viaduct user remove NAME@REALM [--json] [-c CONFIG]\n"
	"       viaduct user list [PATTERN] [--json] [-c CONFIG]\n";

/* What only `add` knows. */
struct add_options {
	char aors[USER_TEXT_MAX];
	size_t aors_len;
	bool replace;
	enum cli_password_from from;
};

static int
usage(void)
{
	fputs(usage_text, stderr);
	return CLI_USAGE;
}

static int
fail(const char *text)
{
	fprintf(stderr, "viaduct: %s\n", text);
	return EXIT_FAILURE;
}

/* ---- options ---- */

static bool
take_aor(struct add_options *a, const char *aor)
{
	int n = snprintf(a->aors + a->aors_len, sizeof(a->aors) - a->aors_len, " %s", aor);

	if (aor[0] == '\0' || n >= (int)(sizeof(a->aors) - a->aors_len)) {
		fail("--aor wants a SIP URI such as sip:alice@example.com, and not too many");
		return false;
	}
	a->aors_len += (size_t)n;
	return true;
}

static bool
take_from(struct add_options *a, enum cli_password_from from)
{
	if (a->from != CLI_PASSWORD_TERMINAL && a->from != from) {
		fail("want either --password-stdin or --generate");
		return false;
	}
	a->from = from;
	return true;
}

/* Take what only `add` knows out of `argv`; what is left are options that others know, too. */
static bool
take_add_options(struct add_options *a, int *argc, char **argv)
{
	int left = 0;

	for (int i = 0; i < *argc; i++) {
		bool fine = true;

		if (strcmp(argv[i], "--aor") == 0)
			fine = take_aor(a, i + 1 < *argc ? argv[++i] : "");
		else if (strcmp(argv[i], "--password-stdin") == 0)
			fine = take_from(a, CLI_PASSWORD_STDIN);
		else if (strcmp(argv[i], "--generate") == 0)
			fine = take_from(a, CLI_PASSWORD_RANDOM);
		else if (strcmp(argv[i], "--replace") == 0)
			a->replace = true;
		else
			argv[left++] = argv[i];
		if (!fine)
			return false;
	}
	*argc = left;
	return true;
}

/* ---- telling ---- */

/* `row` has what is told as JSON besides; NULL for people, who got it already. */
static int
tell(const struct config *config, json_t *row)
{
	json_t *report;
	enum cli_users_news news = cli_users_read(config, false, WAIT_SECONDS, &report);

	json_decref(report);
	if (row != NULL) {
		json_object_set_new(row, "engine", json_string(cli_users_word(news)));
		cli_print(row);
	} else if (news == CLI_USERS_AT_START) {
		printf("the engine does not run; it reads the users when it starts\n");
	} else if (news == CLI_USERS_READING) {
		printf("the engine reads the users still: viaduct status\n");
	}
	if (news != CLI_USERS_NOT_READ)
		return EXIT_SUCCESS;
	return fail("the users are as you want them, but the engine has not read them: viaduct "
		    "users reload");
}

static json_t *
row_of(const char *name, const char *state)
{
	return json_pack("{s:o, s:s}", "user", cli_json_text(name, strlen(name)), "state", state);
}

/* ---- add and remove ---- */

/* A change of the source, by its owner. */
struct change {
	const struct config *config;
	const struct user_edit *edit;
};

static int
change_source(void *context)
{
	const struct change *c = context;
	char message[320];

	if (user_edit(c->config, c->edit, message, sizeof(message)) != USER_EDITED)
		return fail(message);
	return EXIT_SUCCESS;
}

/* The folder of the source; empty: it has none. */
static void
source_folder(const struct config *config, char *folder, size_t size)
{
	const struct config_file_users *f = &config->file->users;
	char path[512] = "";

	if (f->source == CONFIG_USERS_FILE)
		user_file_path(config, path, sizeof(path));
	else if (f->source == CONFIG_USERS_SQLITE)
		snprintf(path, sizeof(path), "%s", f->database);
	snprintf(folder, size, "%s", path[0] != '\0' ? dirname(path) : "");
}

static int
change_as_owner(const struct config *config, const struct user_edit *edit)
{
	const struct config_file *f = config->file;
	struct change change = { config, edit };
	char folder[512], message[320];

	/* users may come before the first start */
	if (f->users.source == CONFIG_USERS_FILE && f->users.file == NULL &&
	    !folder_make(config->state_dir, 0700, f->user, message, sizeof(message)))
		return fail(message);
	source_folder(config, folder, sizeof(folder));
	return cli_as_owner(folder, change_source, &change);
}

static int
add_user(const struct cli_options *o, const struct add_options *a, const struct config *config,
	 const struct credentials *user, const struct cli_password *password)
{
	const struct user_edit edit = { user, a->replace, a->aors_len == 0 };
	bool random = a->from == CLI_PASSWORD_RANDOM;
	json_t *row = NULL;

	if (change_as_owner(config, &edit) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (o->json) {
		row = row_of(o->word[1], "there");
		if (random)
			json_object_set_new(row, "password", json_string(password->text));
	} else {
		printf("%s is there\n", o->word[1]);
		if (random)
			printf("password: %s\n", password->text);
	}
	return tell(config, row);
}

/* A domain as it is in an AOR, which is what challenges name: in lower case. */
static bool
is_domain(struct slice realm, struct slice domain)
{
	if (!slice_eq_nocase(realm, domain))
		return false;
	for (size_t i = 0; i < realm.len; i++)
		if (realm.ptr[i] != slice_lower(realm.ptr[i]))
			return false;
	return true;
}

static bool
is_asked_for(const struct config_file *f, struct slice realm)
{
	if (f->auth.realm != NULL)
		return slice_eq(realm, slice_str(f->auth.realm));
	for (unsigned int i = 0; i < f->domains_count; i++)
		if (is_domain(realm, slice_str(f->domains[i])))
			return true;
	return false;
}

/* A password for a realm that no challenge names opens nothing. */
static void
warn_of_realm(const struct config_file *f, struct slice realm)
{
	unsigned int shown = f->domains_count < REALMS_SHOWN ? f->domains_count : REALMS_SHOWN;

	if (is_asked_for(f, realm))
		return;
	fprintf(stderr, "viaduct: warning: nobody is asked for a password of realm '%.*s': ",
		SLICE_FMT(realm));
	if (f->auth.realm != NULL)
		fprintf(stderr, "the realm is '%s' (auth.realm)", f->auth.realm);
	else if (shown == 0)
		fprintf(stderr, "there is neither 'auth.realm' nor one of 'domains'");
	else
		fprintf(stderr, "the realms are those of 'domains':");
	for (unsigned int i = 0; f->auth.realm == NULL && i < shown; i++) {
		fputs(i > 0 ? ", " : " ", stderr);
		for (const char *p = f->domains[i]; *p != '\0'; p++)
			fputc(slice_lower(*p), stderr);
	}
	fputs(f->auth.realm == NULL && shown < f->domains_count ? ", ...\n" : "\n", stderr);
}

static int
add(const struct cli_options *o, const struct add_options *a, const struct config *config,
    struct user_row *row)
{
	struct digest_context *digest = digest_context_new();
	struct cli_password password = { .len = 0 };
	char fault[USER_FAULT_MAX];
	struct user user;
	int result = EXIT_FAILURE;

	/* first what can be wrong without a password */
	row->password = SLICE("x");
	row->aors = a->aors_len > 0 ? slice_of(a->aors, a->aors_len) : SLICE_ABSENT;
	if (digest == NULL || !user_resolve(&user, row, digest, fault)) {
		fail(digest != NULL ? fault : "no memory");
		goto out;
	}
	warn_of_realm(config->file, row->realm);
	if (cli_password_take(&password, a->from, o->word[1])) {
		row->password = slice_of(password.text, password.len);
		if (user_resolve(&user, row, digest, fault))
			result = add_user(o, a, config, &user.is, &password);
	}
out:
	OPENSSL_cleanse(&password, sizeof(password));
	OPENSSL_cleanse(&user, sizeof(user));
	digest_context_free(digest);
	return result;
}

static int
remove_user(const struct cli_options *o, const struct config *config, const struct user_row *row)
{
	const struct credentials user = { .username = row->username, .realm = row->realm };
	const struct user_edit edit = { .user = &user };

	if (change_as_owner(config, &edit) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (!o->json)
		printf("%s is gone\n", o->word[1]);
	return tell(config, o->json ? row_of(o->word[1], "gone") : NULL);
}

/* ---- the command ---- */

/* Who is listed. */
struct list {
	const struct cli_options *options;
	const struct config *config;
};

static int
list_source(void *context)
{
	const struct list *l = context;

	return cli_user_list(l->options, l->config,
			     l->options->count > 1 ? l->options->word[1] : NULL);
}

static int
run(const struct cli_options *o, const struct add_options *a)
{
	struct config *config = cli_config(o);
	struct list list = { o, config };
	struct user_row row = { .number = 0 };
	int result = EXIT_FAILURE;
	char folder[512];

	if (config == NULL)
		return result;
	if (strcmp(o->word[0], "list") == 0) {
		source_folder(config, folder, sizeof(folder));
		result = cli_as_owner(folder, list_source, &list);
	} else {
		(void)user_split(slice_str(o->word[1]), &row.username, &row.realm);
		result = a != NULL ? add(o, a, config, &row) : remove_user(o, config, &row);
	}
	config_free(config);
	return result;
}

int
cli_user(int argc, char **argv)
{
	struct add_options a = { .aors_len = 0 };
	struct slice username, realm;
	struct cli_options o;
	bool adds;

	adds = argc > 0 && strcmp(argv[0], "add") == 0;
	if ((adds && !take_add_options(&a, &argc, argv)) || !cli_options_take(&o, argc, argv, 2))
		return CLI_USAGE;
	if (o.count == 0 || (strcmp(o.word[0], "list") != 0 &&
			     (o.count != 2 || (!adds && strcmp(o.word[0], "remove") != 0))))
		return usage();
	if (strcmp(o.word[0], "list") != 0 &&
	    !user_split(slice_str(o.word[1]), &username, &realm)) {
		fprintf(stderr, "viaduct: '%s': want NAME@REALM such as alice@example.com\n",
			o.word[1]);
		return CLI_USAGE;
	}
	return run(&o, adds ? &a : NULL);
}
