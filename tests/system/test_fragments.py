# SPDX-License-Identifier: BSD-3-Clause
"""Messages larger than the MTU: reassembled on the way in, fragmented on the way out."""

import socket
import struct

from calls import SDP, aor, establish, in_dialog, register
from testing import equal, true
from topology import Local

WORLD = Local

BIG = SDP + "".join(f"a=candidate:{i} 1 udp 2130706431 192.0.2.99 {6000 + i} typ host\r\n"
                    for i in range(45))


def test_large_invite(w):
    """3500 octets there, the same back in the 200, and a large re-INVITE in the other direction."""
    true(len(BIG) > 2600, "body too small for this test")
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    here, there, got = establish(a, b, aor("b"), w.home, body=BIG, extra=["X-Pad: " + "p" * 500])
    equal(got.body, BIG.encode(), "body")
    in_dialog("INVITE", there, here, w.home, BIG)
    in_dialog("BYE", here, there, w.home)


def test_edges_of_the_mtu(w):
    """Lengths around the MTU, where our headers make the message just too long."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    base = len(a.request("MESSAGE", aor("b"), body="x" * 1000)) - 1000
    for length in [*range(1180, 1480, 17), 1471, 1472, 1473, 2952, 2953]:
        body = "m" * (length - base)
        a.send(a.request("MESSAGE", aor("b"), body=body), w.home)
        got = b.expect(method="MESSAGE")
        equal(len(got.body), len(body), f"body of a message of {length} octets")
        b.reply(got, 200)
        a.expect(status=200)


def test_eight_fragments(w):
    """As long as a datagram in eight fragments can be: the bound of reassembly."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    body = "".join(chr(33 + i % 90) for i in range(11000))
    a.send(a.request("MESSAGE", aor("b"), body=body), w.home)
    got = b.expect(method="MESSAGE")
    equal(got.body.decode(), body, "body")
    b.reply(got, 200)
    a.expect(status=200)


def fragments(source, target, payload, ident, size=800):
    """IPv4 fragments of a UDP datagram without checksum, as octets each."""
    udp = struct.pack("!HHHH", source[1], target[1], len(payload) + 8, 0) + payload
    made = []
    for offset in range(0, len(udp), size):
        part = udp[offset:offset + size]
        more = 0x2000 if offset + size < len(udp) else 0
        made.append(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(part), ident,
                                more | offset // 8, 64, 17, 0, socket.inet_aton(source[0]),
                                socket.inet_aton(target[0])) + part)
    return made


def test_fragments_in_any_order(w):
    """Reversed, every other one first, and the first one last."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    raw = _raw(w)
    for ident, twist in ((4001, lambda f: f[::-1]), (4002, lambda f: f[1::2] + f[::2]),
                         (4003, lambda f: f[1:] + f[:1])):
        text = a.request("MESSAGE", aor("b"), body=f"{ident}" * 500)
        for packet in twist(fragments((a.address, a.port), w.home, text.encode(), ident)):
            raw.sendto(packet, (w.home_address, 0))
        got = b.expect(method="MESSAGE")
        equal(got.body.decode(), f"{ident}" * 500, "body")
        b.reply(got, 200)
        a.expect(status=200)


def test_fragments_lost_and_overlapping(w):
    """Pieces without their whole are counted and forgotten; what follows is not hurt."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    raw = _raw(w)
    for ident in range(5000, 5300):
        text = a.request("MESSAGE", aor("b"), body="lost" * 500)
        pieces = fragments((a.address, a.port), w.home, text.encode(), ident)
        raw.sendto(pieces[ident % 2], (w.home_address, 0))
    text = a.request("MESSAGE", aor("b"), body="over" * 500)
    pieces = fragments((a.address, a.port), w.home, text.encode(), 5999)
    second = bytearray(pieces[1])
    second[6:8] = struct.pack("!H", 0x2000 | (800 - 80) // 8)
    for packet in (pieces[0], bytes(second), *pieces[2:]):
        raw.sendto(packet, (w.home_address, 0))
    b.expect_nothing(0.5)
    text = a.request("MESSAGE", aor("b"), body="fine" * 900)
    a.send(text, w.home)
    got = b.expect(method="MESSAGE")
    equal(got.body.decode(), "fine" * 900, "body")
    b.reply(got, 200)
    a.expect(status=200)


def _raw(w):
    """A raw socket whose packets we write from the IP header on."""
    return w.net.socket("a", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
