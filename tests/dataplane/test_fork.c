/* SPDX-License-Identifier: BSD-3-Clause */
/** Forks: several contacts of one AOR, and what becomes of their answers (RFC 3261 §16.6, §16.7). */
#include "cases.h"

GTEST(Fork, MB_09_two_halves)
{
	rig_open(NULL);
	rig_open(rig_config_proxy);
	rig_bind("sip:two@example.com", "sip:two@203.0.113.51", "sip:two@203.0.113.52", NULL);
	rig_send(slice_str("INVITE sip:two@example.com SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKa\r\n" MF
			   "From: <sip:alice@example.org>;tag=a77\r\nTo: <sip:two@example.com>\r\n"
			   "Call-ID: f@198.51.100.9\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"),
		 ALICE, EDGE);
	assert_int_equal(rig.out.count, 3);
	assert_string_equal(rig_first_line(rig.out.datagram[0].sip), "SIP/2.0 100 Trying");
	for (unsigned int i = 1; i < 3; i++)
		assert_string_equal(rig_header(rig.out.datagram[i].sip, "Max-Breadth"), "30");
}

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
