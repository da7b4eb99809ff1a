/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz.h"

#include "guard/branch.h"
#include "sip/uri.h"
#include "sip/via.h"

/* Where the responses go. */
static const struct flow_address home = { .ip = { 192, 0, 2, 7 }, .port = 5060, .family = 4 };

/* The branch of a transaction that was read, written again. */
static void
check_client(struct slice text)
{
	struct branch_client id, again;
	struct loop_part part;
	char branch[BRANCH_LOOP_LEN];
	struct sip_writer w;

	if (!branch_client_read(text, &id))
		return;
	sip_writer_init(&w, branch, sizeof(branch));
	branch_client_write(&w, &id, loop_part_find(text, &part) ? &part : NULL);
	MUST(slice_eq_nocase(sip_written(&w), text) && branch_client_read(text, &again) &&
	     again.tag == id.tag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct siphash_key key = { 1, 2 };
	const struct sip_fields fields = { .call_id = SLICE("c"), .cseq = 1 };
	struct slice text;
	struct loop_part part = { 3, 4 };
	struct branch_target target = { 5, true };
	struct branch_id id, read;
	char branch[BRANCH_MAX_LEN];
	struct sip_writer w;
	struct sip_via via;
	struct slice host;
	uint16_t port;
	bool usual;

	if (size > UINT16_MAX)
		return 0;
	text = slice_of((const char *)data, size);
	branch_read(text, &read);
	loop_part_find(text, &part);
	branch_target_read(text, &target);
	check_client(text);
	usual = sip_via_sent_by(text, &host, &port);
	if (!sip_via_decode(text, &via))
		return 0;
	MUST(!usual || (slice_eq(host, via.host) && port == via.port));
	must_lie_in(via.value, text);
	must_lie_in(via.transport, via.value);
	must_lie_in(via.host, via.value);
	must_lie_in(via.params, via.value);
	must_lie_in(via.branch, via.params);
	must_lie_in(via.received, via.params);
	must_lie_in(via.maddr, via.params);
	must_lie_in(via.rport, via.params);
	MUST(via.transport.len > 0 && sip_host_is_valid(via.host));
	MUST(via.rport_end <= via.value.len && (via.rport_end > 0) == via.has_rport);
	if (via.rport.ptr != NULL)
		MUST(via.value.ptr + via.rport_end == slice_end(via.rport));

	id = branch_make(key, &home, &via, &fields, 1, 2);
	sip_writer_init(&w, branch, sizeof(branch));
	branch_write(&w, &id, size % 2 == 0 ? &part : NULL, size % 4 == 0 ? &target : NULL);
	MUST(branch_read(sip_written(&w), &read) && branch_check(key, &read, &home, &via, &fields));
	return 0;
}
