/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes in, in a script: its request, and what others make of what they got. */
#include "transaction_internal.h"

enum { TEXT_MAX = 70000 };

static char request[TEXT_MAX], message[TEXT_MAX];

/* ---- the request ---- */

void
script_write_request(void)
{
	const char *user = script->user != NULL ? script->user : "two";
	char to[128];

	snprintf(to, sizeof(to), "<sip:%s@example.com>", user);
	snprintf(request, sizeof(request),
		 "%s sip:%s@example.com SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s\r\n" MF "%s"
		 "From: <sip:alice@example.org>;tag=a77\r\n"
		 "To: %s\r\n"
		 "Call-ID: t@198.51.100.9\r\n"
		 "CSeq: 1 %s\r\n"
		 "Content-Length: 4\r\n"
		 "\r\nbody",
		 script_method(), user,
		 script->via != NULL ? script->via : "198.51.100.9:5060;branch=z9hG4bKa",
		 script->lines != NULL ? script->lines : "", script->to != NULL ? script->to : to,
		 script_method());
}

struct slice
script_request(void)
{
	return slice_of(request, strlen(request));
}

/* ---- what others say ---- */

static const char *
put(const char *format, ...)
{
	size_t n = strlen(message);
	va_list args;

	va_start(args, format);
	vsnprintf(message + n, sizeof(message) - n, format, args);
	va_end(args);
	return message;
}

static void
write_response(const struct script_sent *to, const char *status, const char *tag)
{
	message[0] = '\0';
	put("SIP/2.0 %s X\r\n", status);
	put("Via: %s\r\n", rig_header(to->sip, "Via"));
	put("From: %s\r\n", rig_header(to->sip, "From"));
	put("To: %s", rig_header(to->sip, "To"));
	put(strstr(rig_header(to->sip, "To"), ";tag=") == NULL ? ";tag=%s\r\n" : "\r\n", tag);
	put("Call-ID: %s\r\n", rig_header(to->sip, "Call-ID"));
	put("CSeq: %s\r\n", rig_header(to->sip, "CSeq"));
	put("Content-Length: 4\r\n\r\nbody");
}

static void
put_response(const char *who, const char *status)
{
	const struct script_sent *to = NULL;

	for (unsigned int i = 0; i < script_sent_count; i++)
		if (strcmp(script_sent[i].who, who) == 0 && script_sent[i].what[0] >= 'A' &&
		    strcmp(script_sent[i].what, "ACK") != 0 &&
		    strcmp(script_sent[i].what, "CANCEL") != 0)
			to = &script_sent[i];
	if (to == NULL)
		fail_msg("%s has got no request to answer with %s", who, status);
	write_response(to, status, who);
}

void
script_answer(const struct script_sent *to, const char *status, const char *tag)
{
	write_response(to, status, tag);
	script_send(slice_of(message, strlen(message)), script_address_of(to->who));
}

/* ACK or CANCEL for the request of the script (RFC 3261 §9.1, §17.1.1.3). */
static void
put_about(const char *name)
{
	struct slice sip = script_request();
	struct slice to = sip;
	const char *uri = strchr(request, ' ');

	for (unsigned int i = 0; i < script_sent_count; i++)
		if (strcmp(script_sent[i].who, "A") == 0 && script_sent[i].what[0] >= '2' &&
		    strchr(script_sent[i].what, '/') == NULL)
			to = script_sent[i].sip;
	message[0] = '\0';
	put("%s%.*s SIP/2.0\r\n", name, (int)strcspn(uri + 1, " ") + 1, uri);
	put("Via: %s\r\nMax-Forwards: 70\r\n", rig_header(sip, "Via"));
	put("From: %s\r\n", rig_header(sip, "From"));
	put("To: %s\r\n", rig_header(strcmp(name, "ACK") == 0 ? to : sip, "To"));
	put("Call-ID: %s\r\n", rig_header(sip, "Call-ID"));
	put("CSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
	    (unsigned int)strtoul(rig_header(sip, "CSeq"), NULL, 10), name);
}

static void
replace(const char *option)
{
	static char changed[TEXT_MAX];
	const char *by = strchr(option, '>'), *from = message, *at;
	char old[1024];

	assert_non_null(by);
	snprintf(old, sizeof(old), "%.*s", (int)(by++ - option), option);
	if (strstr(message, old) == NULL)
		fail_msg("there is no \"%s\" to replace in:\n%s", old, message);
	changed[0] = '\0';
	for (; (at = strstr(from, old)) != NULL; from = at + strlen(old)) {
		strncat(changed, from, (size_t)(at - from));
		strcat(changed, by);
	}
	strcat(changed, from);
	strcpy(message, changed);
}

static void
come_in(struct slice sip, const char *from, const char *at)
{
	rig_queue(NULL, sip, from, at);
	script_walk();
}

void
script_send(struct slice sip, const char *from)
{
	come_in(sip, from, EDGE);
}

void
script_in(const char *in)
{
	const char *from = script->from != NULL ? script->from : ALICE;
	const char *at = script->at != NULL ? script->at : EDGE;
	char text[2048], *rest = text, *what, *status;

	snprintf(text, sizeof(text), "%s", in);
	what = strsep(&rest, "|");
	status = strchr(what, ' ');
	if (status != NULL) {
		*status++ = '\0';
		put_response(what, status);
		from = script_address_of(what);
		at = EDGE;
	} else if (strcmp(what, "ACK") == 0 || strcmp(what, "CANCEL") == 0) {
		put_about(what);
	} else {
		strcpy(message, request);
	}
	for (char *option; (option = strsep(&rest, "|")) != NULL;)
		if (option[0] == '@')
			from = option + 1;
		else
			replace(option);
	come_in(slice_of(message, strlen(message)), from, at);
}
