/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every key of a configuration with what is wanted, its default and what it is for, a line each,
 * TABs between: config_keys FILE. The defaults of booleans and words are what FILE, which leaves
 * them all out, is loaded as.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema.h"

enum { PATH_MAX_LEN = 128, WORD_MAX = 32 };

/* `size` octets of a little-endian number. */
static uint64_t
number_at(const uint8_t *data, uint32_t size)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < size && i < sizeof(n); i++)
		n |= (uint64_t)data[i] << 8 * i;
	return n;
}

static const char *
word_of(const cyaml_schema_value_t *schema, const uint8_t *data)
{
	int64_t value = (int32_t)number_at(data, schema->data_size);

	for (uint32_t i = 0; i < schema->enumeration.count; i++)
		if (schema->enumeration.strings[i].val == value)
			return schema->enumeration.strings[i].str;
	return "?";
}

/* 0 where it may not be written: what the key means when it is left out stands in its help. */
static void
number_text(const struct config_key *key, char text[WORD_MAX])
{
	text[0] = '\0';
	if (key->max > 0 && key->number >= key->min)
		snprintf(text, WORD_MAX, "%u", key->number);
}

static void
print(const char *path, const cyaml_schema_value_t *schema, const uint8_t *data)
{
	const struct config_key *key = config_key_find(path);
	char text[WORD_MAX] = "";

	if (key == NULL) {
		fprintf(stderr, "%s: there is no such row in lib/config/keys.c\n", path);
		exit(EXIT_FAILURE);
	}
	if (schema->type == CYAML_UINT)
		number_text(key, text);
	else if (schema->type == CYAML_BOOL)
		snprintf(text, sizeof(text), "%s", *(const bool *)data ? "true" : "false");
	else if (schema->type == CYAML_ENUM)
		snprintf(text, sizeof(text), "%s", word_of(schema, data));
	printf("%s\t%s\t%s\t%s\n", path, key->expected, text, key->help);
}

/* What is below a key; `data` is where the value is, or the pointer to it. */
static void
walk(const cyaml_schema_value_t *schema, const uint8_t *data, const char *path)
{
	char child[PATH_MAX_LEN];

	if ((schema->flags & CYAML_FLAG_POINTER) != 0)
		memcpy(&data, data, sizeof(data));
	if (schema->type == CYAML_SEQUENCE && schema->sequence.entry->type == CYAML_MAPPING) {
		if (data == NULL) {
			fprintf(stderr, "%s: want one entry in the file\n", path);
			exit(EXIT_FAILURE);
		}
		snprintf(child, sizeof(child), "%.100s[]", path);
		walk(schema->sequence.entry, data, child);
	}
	if (schema->type != CYAML_MAPPING)
		return;
	for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key != NULL; f++) {
		snprintf(child, sizeof(child), "%.60s%s%.60s", path, path[0] != '\0' ? "." : "",
			 f->key);
		print(child, &f->value, data + f->data_offset);
		walk(&f->value, data + f->data_offset, child);
	}
}

int
main(int argc, char **argv)
{
	static struct config_errors errors;
	struct config *config;

	if (argc != 2) {
		fprintf(stderr, "usage: config_keys FILE\n");
		return 2;
	}
	config = config_load(argv[1], &errors);
	if (config == NULL) {
		config_errors_print(&errors, argv[1], stderr);
		return EXIT_FAILURE;
	}
	walk(&config_schema, (const uint8_t *)&config->file, "");
	config_free(config);
	return EXIT_SUCCESS;
}
