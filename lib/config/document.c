/* SPDX-License-Identifier: BSD-3-Clause */
/* Hold the YAML document against the schema, so that every fault is told and not only the first. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "config/schema.h"

enum { PATH_MAX_LEN = 96 };

struct line_row {
	char path[PATH_MAX_LEN];
	unsigned int line;
};

struct config_lines {
	unsigned int count, room;
	struct line_row *row;
};

/* The walk: where we are, and where faults go. */
struct walk {
	yaml_document_t *document;
	struct config_lines *lines;
	struct config_errors *errors;
};

static unsigned int
line_of(const yaml_node_t *node)
{
	return (unsigned int)node->start_mark.line + 1;
}

/* "ports[3].mtu" -> "ports[].mtu" */
static void
strip_indices(const char *path, char *out, size_t size)
{
	size_t n = 0;
	bool inside = false;

	for (; *path != '\0' && n + 1 < size; path++) {
		if (*path == ']')
			inside = false;
		if (!inside)
			out[n++] = *path;
		if (*path == '[')
			inside = true;
	}
	out[n] = '\0';
}

static const struct config_key *
key_of(const char *path)
{
	char bare[PATH_MAX_LEN];

	strip_indices(path, bare, sizeof(bare));
	return config_key_find(bare);
}

static const char *
expected(const char *path)
{
	const struct config_key *key = key_of(path);

	return key != NULL ? key->expected : "another value";
}

static void
remember_line(struct walk *w, const char *path, unsigned int line)
{
	struct line_row *row;

	if (w->lines->count == w->lines->room) {
		unsigned int room = w->lines->room == 0 ? 256 : 2 * w->lines->room;

		row = realloc(w->lines->row, room * sizeof(*row));
		if (row == NULL) {
			config_error_add(w->errors, line, path, "no memory");
			return;
		}
		w->lines->row = row;
		w->lines->room = room;
	}
	row = &w->lines->row[w->lines->count++];
	snprintf(row->path, sizeof(row->path), "%s", path);
	row->line = line;
}

static void walk_value(struct walk *w, const yaml_node_t *node, const cyaml_schema_value_t *schema,
		       const char *path);

/* The keys that would have been right, for a message. */
static void
list_fields(const cyaml_schema_field_t *fields, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (const cyaml_schema_field_t *f = fields; f->key != NULL && n < size; f++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? ", " : "", f->key);
}

static const cyaml_schema_field_t *
find_field(const cyaml_schema_field_t *fields, const char *key)
{
	for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++)
		if (strcmp(f->key, key) == 0)
			return f;
	return NULL;
}

static void
child_path(const char *path, const char *key, char *out)
{
	snprintf(out, PATH_MAX_LEN, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
}

static void
walk_pair(struct walk *w, const yaml_node_pair_t *pair, const cyaml_schema_field_t *fields,
	  uint64_t *seen, const char *path)
{
	const yaml_node_t *key = yaml_document_get_node(w->document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(w->document, pair->value);
	const cyaml_schema_field_t *field;
	char child[PATH_MAX_LEN], names[200];
	const char *name;

	if (key->type != YAML_SCALAR_NODE) {
		config_error_add(w->errors, line_of(key), path, "want a key here");
		return;
	}
	name = (const char *)key->data.scalar.value;
	child_path(path, name, child);
	field = find_field(fields, name);
	if (field == NULL) {
		list_fields(fields, names, sizeof(names));
		config_error_add(w->errors, line_of(key), child, "unknown key; want one of: %s",
				 names);
		return;
	}
	if ((*seen & UINT64_C(1) << (field - fields)) != 0) {
		config_error_add(w->errors, line_of(key), child, "this key is there twice");
		return;
	}
	*seen |= UINT64_C(1) << (field - fields);
	remember_line(w, child, line_of(key));
	walk_value(w, value, &field->value, child);
}

/* What an entry of a list has to have at least: "a mapping such as {name: ..., device: ...}". */
static void
tell_mapping(struct walk *w, const yaml_node_t *node, const cyaml_schema_field_t *fields,
	     const char *path)
{
	const char *wanted = "want a mapping such as {";
	char text[200];
	size_t n = 0;

	if (key_of(path) != NULL) {
		config_error_add(w->errors, line_of(node), path, "want %s", expected(path));
		return;
	}
	for (const cyaml_schema_field_t *f = fields; f->key != NULL && n < sizeof(text); f++)
		if ((f->value.flags & CYAML_FLAG_OPTIONAL) == 0) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s: ...", wanted,
					      f->key);
			wanted = ", ";
		}
	config_error_add(w->errors, line_of(node), path, "%s}", text);
}

static void
walk_mapping(struct walk *w, const yaml_node_t *node, const cyaml_schema_field_t *fields,
	     const char *path)
{
	char child[PATH_MAX_LEN];
	uint64_t seen = 0;

	if (node->type != YAML_MAPPING_NODE) {
		tell_mapping(w, node, fields, path);
		return;
	}
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++)
		walk_pair(w, p, fields, &seen, path);
	for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++) {
		if ((f->value.flags & CYAML_FLAG_OPTIONAL) != 0 ||
		    (seen & UINT64_C(1) << (f - fields)) != 0)
			continue;
		child_path(path, f->key, child);
		config_error_add(w->errors, line_of(node), child, "missing; want %s",
				 expected(child));
	}
}

static void
walk_sequence(struct walk *w, const yaml_node_t *node, const cyaml_schema_value_t *schema,
	      const char *path)
{
	char child[PATH_MAX_LEN];
	unsigned int i = 0;

	if (node->type != YAML_SEQUENCE_NODE) {
		config_error_add(w->errors, line_of(node), path, "want %s", expected(path));
		return;
	}
	for (const yaml_node_item_t *p = node->data.sequence.items.start;
	     p < node->data.sequence.items.top; p++, i++) {
		const yaml_node_t *item = yaml_document_get_node(w->document, *p);

		if (i == schema->sequence.max) {
			config_error_add(w->errors, line_of(item), path,
					 "more than %u entries; want %s", schema->sequence.max,
					 expected(path));
			return;
		}
		snprintf(child, sizeof(child), "%.80s[%u]", path, i);
		remember_line(w, child, line_of(item));
		walk_value(w, item, schema->sequence.entry, child);
	}
}

static void
check_number(struct walk *w, const yaml_node_t *node, const char *text, const char *path)
{
	const struct config_key *key = key_of(path);
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	/* a zero in front means octal to some */
	if ((text[0] == '0' && text[1] != '\0') || text[0] < '0' || text[0] > '9' || *end != '\0' ||
	    errno != 0 || (key != NULL && key->max != 0 && (value < key->min || value > key->max)))
		config_error_add(w->errors, line_of(node), path, "'%.64s': want %s", text,
				 expected(path));
}

static void
check_enum(struct walk *w, const yaml_node_t *node, const char *text,
	   const cyaml_schema_value_t *schema, const char *path)
{
	for (uint32_t i = 0; i < schema->enumeration.count; i++)
		if (strcmp(schema->enumeration.strings[i].str, text) == 0)
			return;
	config_error_add(w->errors, line_of(node), path, "'%.64s': want %s", text, expected(path));
}

static void
walk_scalar(struct walk *w, const yaml_node_t *node, const cyaml_schema_value_t *schema,
	    const char *path)
{
	const char *text;

	if (node->type != YAML_SCALAR_NODE) {
		config_error_add(w->errors, line_of(node), path, "want %s", expected(path));
		return;
	}
	text = (const char *)node->data.scalar.value;
	switch (schema->type) {
	case CYAML_UINT:
		check_number(w, node, text, path);
		break;
	case CYAML_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			config_error_add(w->errors, line_of(node), path,
					 "'%.64s': want true or false", text);
		break;
	case CYAML_ENUM:
		check_enum(w, node, text, schema, path);
		break;
	default:
		if (strlen(text) < schema->string.min || strlen(text) > schema->string.max)
			config_error_add(w->errors, line_of(node), path, "want %s", expected(path));
		break;
	}
}

static void
walk_value(struct walk *w, const yaml_node_t *node, const cyaml_schema_value_t *schema,
	   const char *path)
{
	switch (schema->type) {
	case CYAML_MAPPING:
		walk_mapping(w, node, schema->mapping.fields, path);
		break;
	case CYAML_SEQUENCE:
		walk_sequence(w, node, schema, path);
		break;
	default:
		walk_scalar(w, node, schema, path);
		break;
	}
}

/* The scanner marks a line; the reader below it (no UTF-8) knows only an offset. */
static unsigned int
problem_line(const yaml_parser_t *parser, const char *text, size_t size)
{
	unsigned int line = 1;

	if (parser->error != YAML_READER_ERROR)
		return (unsigned int)parser->problem_mark.line + 1;
	for (size_t i = 0; i < size && i < parser->problem_offset; i++)
		line += text[i] == '\n';
	return line;
}

/* What stands behind "---" would be read by nobody. */
static void
check_single(yaml_parser_t *parser, struct config_errors *errors)
{
	yaml_document_t more;
	const yaml_node_t *root;

	if (!yaml_parser_load(parser, &more))
		return;
	root = yaml_document_get_root_node(&more);
	if (root != NULL)
		config_error_add(errors, (unsigned int)more.start_mark.line + 1, "",
				 "a second document: want one, without '---'");
	yaml_document_delete(&more);
}

struct config_lines *
config_document_check(const char *text, size_t size, struct config_errors *errors)
{
	struct walk w = { .errors = errors, .lines = calloc(1, sizeof(*w.lines)) };
	yaml_document_t document;
	yaml_parser_t parser;
	yaml_node_t *root;

	if (w.lines == NULL || !yaml_parser_initialize(&parser)) {
		config_error_add(errors, 0, "", "no memory");
		config_lines_free(w.lines);
		return NULL;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	if (!yaml_parser_load(&parser, &document)) {
		config_error_add(errors, problem_line(&parser, text, size), "", "no YAML: %s",
				 parser.problem != NULL ? parser.problem : "unreadable");
		yaml_parser_delete(&parser);
		config_lines_free(w.lines);
		return NULL;
	}
	w.document = &document;
	root = yaml_document_get_root_node(&document);
	if (root == NULL || root->type != YAML_MAPPING_NODE)
		config_error_add(errors, 1, "", "want a mapping that begins with 'instance:'");
	else
		walk_mapping(&w, root, config_schema.mapping.fields, "");
	yaml_document_delete(&document);
	check_single(&parser, errors);
	yaml_parser_delete(&parser);
	return w.lines;
}

void
config_lines_free(struct config_lines *lines)
{
	if (lines != NULL)
		free(lines->row);
	free(lines);
}

unsigned int
config_lines_find(const struct config_lines *lines, const char *path)
{
	char up[PATH_MAX_LEN];

	snprintf(up, sizeof(up), "%s", path);
	for (;;) {
		char *dot, *bracket;

		for (unsigned int i = 0; i < lines->count; i++)
			if (strcmp(lines->row[i].path, up) == 0)
				return lines->row[i].line;
		dot = strrchr(up, '.');
		bracket = strrchr(up, '[');
		if (dot == NULL && bracket == NULL)
			return 0;
		*(dot > bracket ? dot : bracket) = '\0';
	}
}

bool
config_lines_has(const struct config_lines *lines, const char *path)
{
	for (unsigned int i = 0; i < lines->count; i++)
		if (strcmp(lines->row[i].path, path) == 0)
			return true;
	return false;
}
