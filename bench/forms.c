/* SPDX-License-Identifier: BSD-3-Clause */
#include "forms.h"

static const char sdp_telephone[] = "v=0\n"
				    "o=- {n} {n} IN IP4 {ip}\n"
				    "s=-\n"
				    "c=IN IP4 {ip}\n"
				    "t=0 0\n"
				    "m=audio {rtp} RTP/AVP 9 8 0 101\n"
				    "a=rtpmap:9 G722/8000\n"
				    "a=rtpmap:8 PCMA/8000\n"
				    "a=rtpmap:101 telephone-event/8000\n"
				    "a=fmtp:101 0-15\n";

static const char sdp_gateway[] = "v=0\n"
				  "o=trunk {n} 1 IN IP4 {ip}\n"
				  "s=call\n"
				  "c=IN IP4 {ip}\n"
				  "t=0 0\n"
				  "m=audio {rtp} RTP/AVP 8 18 96\n"
				  "a=rtpmap:8 PCMA/8000\n"
				  "a=rtpmap:18 G729/8000\n"
				  "a=rtpmap:96 telephone-event/8000\n"
				  "a=fmtp:96 0-15\n"
				  "a=sendrecv\n";

static const char sdp_softphone[] = "v=0\n"
				    "o=- {n} 2 IN IP4 {ip}\n"
				    "s=session\n"
				    "c=IN IP4 {ip}\n"
				    "t=0 0\n"
				    "m=audio {rtp} RTP/AVP 96 8 97\n"
				    "a=rtpmap:96 opus/48000/2\n"
				    "a=fmtp:96 useinbandfec=1\n"
				    "a=rtpmap:97 telephone-event/48000\n"
				    "a=rtcp-mux\n";

static const struct form invites[] = {
	{ "INVITE sip:+4930{user}@example.com SIP/2.0\n"
	  "Via: SIP/2.0/UDP {private};branch=z9hG4bK-{serial}-{tag};rport\n"
	  "Max-Forwards: 70\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{private};ob>\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\n"
	  "Supported: replaces, 100rel, timer, outbound\n"
	  "User-Agent: Desk 410 (3.17.2)\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_telephone },
	{ "INVITE sip:+4930{user}@example.com;user=phone SIP/2.0\n"
	  "Via: SIP/2.0/UDP {agent};rport;branch=z9hG4bK{tag}{serial}\n"
	  "From: {name} <sip:+4940{caller}@example.com;user=phone>;tag={serial}\n"
	  "To: <sip:+4930{user}@example.com;user=phone>\n"
	  "Contact: <sip:+4940{caller}@{agent};transport=udp>\n"
	  "Call-ID: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Max-Forwards: 70\n"
	  "Allow: INVITE,ACK,OPTIONS,BYE,CANCEL,UPDATE,INFO\n"
	  "Accept: application/sdp\n"
	  "P-Preferred-Identity: <sip:+4940{caller}@example.com>\n"
	  "Supported: timer,path\n"
	  "Min-SE: 90\n"
	  "User-Agent: Trunk/8.1\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_gateway },
	{ "INVITE sip:+4930{user}@example.com SIP/2.0\n"
	  "v: SIP/2.0/UDP {private};rport;branch=z9hG4bK.{serial}\n"
	  "f: <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "t: sip:+4930{user}@example.com\n"
	  "CSeq: {cseq} INVITE\n"
	  "i: {serial}{tag}\n"
	  "Max-Forwards: 70\n"
	  "k: replaces, outbound, gruu, path\n"
	  "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE\n"
	  "c: application/sdp\n"
	  "l: {length}\n"
	  "m: <sip:+4940{caller}@{agent};gr=urn:uuid:{id}>\n"
	  "Accept-Language: de, en;q=0.7\n"
	  "User-Agent: Softphone/5.2 (Linux; core 4.4.1)\n"
	  "Priority: normal\n\n",
	  sdp_softphone },
};

static const struct form paths[] = {
	{ "INVITE sip:+4930{user}@{agent};ob SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{tag}.{serial}\n"
	  "Via: SIP/2.0/UDP {private};received=198.51.100.77;branch=z9hG4bK{serial};rport=5070\n"
	  "Max-Forwards: 68\n"
	  "Route: <sip:{path_token}@{access};lr;ob>\n"
	  "Record-Route: <sip:{proxy};lr>\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>\n"
	  "Call-ID: {serial}-{id}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{private};ob>\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\n"
	  "Supported: 100rel, timer\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_telephone },
};

static const struct form dialogs[] = {
	{ "BYE sip:+4930{user}@{agent};ob SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{tag}{serial}\n"
	  "Via: SIP/2.0/UDP {private};rport=5062;received=198.51.100.91;branch=z9hG4bK-{serial}\n"
	  "Max-Forwards: 69\n"
	  "Route: <sip:{token}@{access};lr>\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} BYE\n"
	  "User-Agent: Desk 410 (3.17.2)\n"
	  "Reason: Q.850;cause=16;text=\"Normal call clearing\"\n"
	  "Content-Length: 0\n\n",
	  NULL },
	{ "INVITE sip:+4930{user}@{agent};ob SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{serial}.{tag}\n"
	  "Max-Forwards: 69\n"
	  "Route: <sip:{core};lr>, <sip:{token}@{access};lr;ob>\n"
	  "From: {name} <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{proxy};transport=udp>\n"
	  "Allow: INVITE,ACK,OPTIONS,BYE,CANCEL,UPDATE,INFO\n"
	  "Supported: timer\n"
	  "Session-Expires: 1800;refresher=uac\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_gateway },
	{ "ACK sip:+4930{user}@{agent} SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{serial}{tag}\n"
	  "Route: <sip:{core};lr>\n"
	  "Route: <sip:{token}@{access};lr>\n"
	  "Max-Forwards: 69\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "From: <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "Call-ID: {serial}{id}\n"
	  "CSeq: {cseq} ACK\n"
	  "User-Agent: Softphone/5.2 (Linux; core 4.4.1)\n"
	  "Content-Length: 0\n\n",
	  NULL },
};

static const struct form responses[] = {
	{ "SIP/2.0 200 OK\n"
	  "Via: SIP/2.0/UDP {access};branch={branch}\n"
	  "Via: SIP/2.0/UDP {private};received={agent_ip};branch=z9hG4bK-{tag};rport={agent_port}\n"
	  "Record-Route: <sip:{access};lr>\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4930{user}@{proxy}>\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\n"
	  "Supported: replaces, timer\n"
	  "Server: Desk 710 (5.0.9)\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_telephone },
	{ "SIP/2.0 180 Ringing\n"
	  "Via: SIP/2.0/UDP {core};branch={branch_loop}\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{tag}.{n}\n"
	  "Via: SIP/2.0/UDP {private};rport=5060;received=198.51.100.92;branch=z9hG4bK{tag}\n"
	  "Record-Route: <sip:{token}@{access};lr;ob>\n"
	  "Record-Route: <sip:{proxy};lr>\n"
	  "From: {name} <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4930{user}@{agent};ob>\n"
	  "Require: 100rel\n"
	  "RSeq: {cseq}\n"
	  "Server: Softphone/5.2\n"
	  "Content-Length: 0\n\n",
	  NULL },
	{ "SIP/2.0 183 Session Progress\n"
	  "v: SIP/2.0/UDP {access};branch={branch_loop}\n"
	  "v: SIP/2.0/UDP {agent};rport={agent_port};received={agent_ip};branch=z9hG4bK{tag}\n"
	  "Record-Route: <sip:{access};lr>\n"
	  "f: <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "t: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "i: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "m: <sip:+4930{user}@{proxy};transport=udp>\n"
	  "Allow: INVITE,ACK,OPTIONS,BYE,CANCEL,UPDATE,INFO\n"
	  "P-Early-Media: supported\n"
	  "Server: Trunk/8.1\n"
	  "c: application/sdp\n"
	  "l: {length}\n\n",
	  sdp_gateway },
};

static const struct form registers[] = {
	{ "REGISTER sip:{domain} SIP/2.0\n"
	  "Via: SIP/2.0/UDP {private};branch=z9hG4bK-{serial}-{tag};rport\n"
	  "Max-Forwards: 70\n"
	  "From: \"{name}\" <sip:+4930{user}@{domain}>;tag={tag}\n"
	  "To: \"{name}\" <sip:+4930{user}@{domain}>\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} REGISTER\n"
	  "Contact: <sip:+4930{user}@{private};ob>;reg-id=1;+sip.instance=\"<urn:uuid:{id}>\"\n"
	  "Expires: 3600\n"
	  "Supported: path, outbound, gruu\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\n"
	  "User-Agent: Desk 410 (3.17.2)\n"
	  "Content-Length: 0\n\n",
	  NULL },
	{ "REGISTER sip:{domain} SIP/2.0\n"
	  "v: SIP/2.0/UDP {agent};rport;branch=z9hG4bK{serial}\n"
	  "f: sip:+4930{user}@{domain};tag={tag}\n"
	  "t: sip:+4930{user}@{domain}\n"
	  "i: {serial}{id}\n"
	  "CSeq: {cseq} REGISTER\n"
	  "Max-Forwards: 70\n"
	  "m: <sip:+4930{user}@{agent}>;expires=600;q=0.8, <sip:+4930{user}@{private}>;q=0.2\n"
	  "Authorization: Digest username=\"{user}\", realm=\"{domain}\", nonce=\"{id}\",\n"
	  " uri=\"sip:{domain}\", response=\"{id}{id}\", algorithm=MD5, cnonce=\"{tag}\",\n"
	  " qop=auth, nc=00000001\n"
	  "k: path\n"
	  "User-Agent: Softphone/5.2 (Linux; core 4.4.1)\n"
	  "l: 0\n\n",
	  NULL },
};

/* The Contact is the user's own, whichever user agent the message comes from. */
static const struct form refreshes[] = {
	{ "REGISTER sip:{domain} SIP/2.0\n"
	  "Via: SIP/2.0/UDP {agent};branch=z9hG4bK{serial}-{tag};rport\n"
	  "Max-Forwards: 70\n"
	  "From: \"{name}\" <sip:+4930{user}@{domain}>;tag={tag}\n"
	  "To: \"{name}\" <sip:+4930{user}@{domain}>\n"
	  "Call-ID: {user}-7f3a90c2d1@192.0.2.77\n"
	  "CSeq: {count} REGISTER\n"
	  "Contact: <sip:+4930{user}@192.0.2.77:5060>;"
	  "+sip.instance=\"<urn:uuid:3f1c2b6e-0d57-4c0a-9a54-00000{user}>\"\n"
	  "Expires: 3600\n"
	  "Supported: replaces, timer\n"
	  "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, REFER, NOTIFY\n"
	  "User-Agent: Desk 410 (3.17.2)\n"
	  "Content-Length: 0\n\n",
	  NULL },
};

static const struct form edges[] = {
	{ "INVITE sip:+4930{user}@{agent};ob SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{serial}.{tag}\n"
	  "Via: SIP/2.0/UDP {private};rport=5062;received=198.51.100.91;branch=z9hG4bK-{serial}\n"
	  "Max-Forwards: 69\n"
	  "Route: {route}\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "Call-ID: {serial}-{id}@{ip}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{proxy};transport=udp>\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_gateway },
	{ "UPDATE sip:+4930{user}@{agent} SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{serial}{tag}\n"
	  "Via: SIP/2.0/UDP {private};received=198.51.100.92;branch=z9hG4bK.{serial};rport=5070\n"
	  "Route: {route}\n"
	  "Max-Forwards: 69\n"
	  "To: <sip:+4930{user}@example.com>;tag={serial}\n"
	  "From: <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "Call-ID: {serial}{id}\n"
	  "CSeq: {cseq} UPDATE\n"
	  "Contact: <sip:+4940{caller}@{private};ob>\n"
	  "User-Agent: Softphone/5.2 (Linux; core 4.4.1)\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_softphone },
};

static const struct form proxied[] = {
	{ "INVITE sip:+4930{user}@{agent} SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{tag}.{serial}\n"
	  "Via: SIP/2.0/UDP {private};received=198.51.100.77;branch=z9hG4bK{serial}\n"
	  "Max-Forwards: 69\n"
	  "Route: <sip:{core};lr>\n"
	  "Record-Route: <sip:{proxy};lr>\n"
	  "From: \"{name}\" <sip:+4940{caller}@example.com>;tag={tag}\n"
	  "To: <sip:+4930{user}@example.com>\n"
	  "Call-ID: {serial}{id}\n"
	  "CSeq: {cseq} INVITE\n"
	  "Contact: <sip:+4940{caller}@{private};ob>\n"
	  "Allow: INVITE, ACK, CANCEL, BYE\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_telephone },
	{ "INVITE sip:+4930{user}@example.com;user=phone SIP/2.0\n"
	  "Via: SIP/2.0/UDP {proxy};branch=z9hG4bK{serial}.{tag}, SIP/2.0/UDP "
	  "{agent};rport"
	  ";branch=z9hG4bK{tag}\n"
	  "Route: <sip:{core};lr>\n"
	  "Max-Forwards: 68\n"
	  "Max-Breadth: 60\n"
	  "From: {name} <sip:+4940{caller}@example.com>;tag={serial}\n"
	  "To: <sip:+4930{user}@example.com>\n"
	  "Contact: <sip:+4940{caller}@{agent}>\n"
	  "Call-ID: {serial}{tag}\n"
	  "CSeq: {cseq} INVITE\n"
	  "P-Asserted-Identity: <tel:+4940{caller}>\n"
	  "Supported: timer\n"
	  "Min-SE: 90\n"
	  "Content-Type: application/sdp\n"
	  "Content-Length: {length}\n\n",
	  sdp_gateway },
};

#define FORMS(name, list)                                                                          \
	{                                                                                          \
		name, list, sizeof(list) / sizeof(list[0])                                         \
	}

static const struct {
	const char *name;
	const struct form *form;
	unsigned int count;
} kinds[SAMPLE_KINDS] = {
	[SAMPLE_INVITE] = FORMS("invite", invites),
	[SAMPLE_PATH] = FORMS("path", paths),
	[SAMPLE_DIALOG] = FORMS("dialog", dialogs),
	[SAMPLE_RESPONSE] = FORMS("response", responses),
	[SAMPLE_REGISTER] = FORMS("register", registers),
	[SAMPLE_PROXIED] = FORMS("proxied", proxied),
	[SAMPLE_EDGE] = FORMS("edge", edges),
	[SAMPLE_EDGE_REGISTER] = FORMS("edge_register", registers),
	[SAMPLE_REFRESH] = FORMS("refresh", refreshes),
};

const char *
sample_kind_name(enum sample_kind kind)
{
	return kinds[kind].name;
}

const struct form *
form_of(enum sample_kind kind, unsigned int number)
{
	return &kinds[kind].form[number % kinds[kind].count];
}
