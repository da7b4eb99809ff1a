# SPDX-License-Identifier: BSD-3-Clause
"""Octets: what a stateless answer, a Via, a limit and a forgery look like on the wire."""

import struct
import time

from calls import aor, invite_through, refused, register
from sip import Agent, Message, parameter, unique
from testing import equal, status, true
from topology import Local

WORLD = Local
ENGINE_ONLY = True


def counter(w, name):
    """A counter of the engine."""
    return w.engines["home"].counters().get(name, 0)


def grows(w, name, before, by=1, seconds=3.0):
    """Wait for a counter to have grown."""
    end = time.monotonic() + seconds
    while counter(w, name) < before + by:
        true(time.monotonic() < end, f"counter {name} is {counter(w, name)}, want {before + by}")
        time.sleep(0.1)


def ready(w):
    """Two agents, the second registered as `b`."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    b.drain()
    return a, b


# --- limits of RFC 3261 16.3 ---

def test_max_forwards_0(w):
    """483, and nothing is forwarded."""
    a, b = ready(w)
    refused(a, a.request("INVITE", aor("b"), max_forwards="0"), w.home, 483, "Too Many Hops")
    b.expect_nothing()


def test_max_forwards_1(w):
    """1 leaves as 0."""
    a, b = ready(w)
    a.send(a.request("OPTIONS", aor("b"), max_forwards="1"), w.home)
    equal(b.expect(method="OPTIONS").get("max-forwards"), "0", "Max-Forwards")


def test_max_forwards_absent(w):
    """Without one, 70 is added."""
    a, b = ready(w)
    a.send(a.request("OPTIONS", aor("b"), max_forwards=None), w.home)
    equal(b.expect(method="OPTIONS").all("max-forwards"), ["70"], "Max-Forwards")


def test_proxy_require(w):
    """420 with the tags in Unsupported; nothing is forwarded."""
    a, b = ready(w)
    answer = refused(a, a.request("INVITE", aor("b"), extra=["Proxy-Require: hologram, smell"]),
                     w.home, 420, "Bad Extension")
    equal([t.strip() for t in ",".join(answer.all("unsupported")).split(",")],
          ["hologram", "smell"], "Unsupported")
    b.expect_nothing()


def test_order_of_checks(w):
    """Max-Forwards 0 is told before Proxy-Require."""
    a, _ = ready(w)
    refused(a, a.request("INVITE", aor("b"), max_forwards="0", extra=["Proxy-Require: x"]),
            w.home, 483)


def test_uri_scheme(w):
    """A scheme that nobody knows: 416."""
    a, _ = ready(w)
    refused(a, a.request("INVITE", "carrier-pigeon:b", to=aor("b")), w.home, 416)


def test_version(w):
    """SIP/3.0: 505."""
    a, _ = ready(w)
    text = a.request("OPTIONS", aor("b")).replace(" SIP/2.0\r\n", " SIP/3.0\r\n", 1)
    refused(a, text, w.home, 505)


def sent_back(request, uri, agent):
    """A request as a proxy sends it that routes it to `uri`."""
    line, _, rest = str(request).partition("\r\n")
    return (f"{line.split()[0]} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {agent.here};branch={unique()}\r\n{rest}")


def test_loop(w):
    """A request that comes back unchanged: 482. With another Request-URI it is a spiral."""
    a, b = ready(w)
    register(b, "other", w.home)
    _, got = invite_through(a, b, aor("b"), w.home)
    b.send(sent_back(got, aor("other"), b), w.home)
    again = b.expect(method="INVITE")
    equal(again.uri, f"sip:other@{b.here}", "Request-URI of the spiral")
    for uri in (aor("b"), aor("other")):
        b.send(sent_back(again, uri, b), w.home)
        status(b.expect(status=482), 482, "Loop Detected")
    b.reply(got, 486, "Busy Here")


def test_loop_of_bindings(w):
    """Bindings that point at each other: the caller gets 482."""
    a = w.agent("a")
    register(a, "ring1", w.home, contact=f"<{aor('ring2')}>")
    register(a, "ring2", w.home, contact=f"<{aor('ring1')}>")
    refused(a, a.request("INVITE", aor("ring1")), w.home, 482, "Loop Detected")


# --- answers of our own ---

def test_same_answer_to_retransmission(w):
    """A stateless answer is the same to the last octet when the request comes again."""
    a, _ = ready(w)
    text = a.request("INVITE", aor("b"), max_forwards="0")
    first = a.ask(text, w.home)
    equal(a.ask(text, w.home).raw, first.raw, "second answer")
    a.ack(text, first, w.home)


def test_ack_absorbed(w):
    """The ACK of a response of ours ends here."""
    a, b = ready(w)
    before = counter(w, "ack_absorbed")
    refused(a, a.request("INVITE", aor("b"), max_forwards="0"), w.home, 483)
    grows(w, "ack_absorbed", before)
    b.expect_nothing(0.4)
    a.expect_nothing(0.2)


def test_ack_is_never_answered(w):
    """An ACK with a fault, or for nobody, gets no answer and goes nowhere."""
    a, b = ready(w)
    for known in ({"max_forwards": "0"}, {"extra": ["Max-Breadth: 0"]}):
        a.send(a.request("ACK", aor("b"), **known), w.home)
    a.send(a.request("ACK", aor("nobody")), w.home)
    a.expect_nothing()
    b.expect_nothing(0.2)


def test_answer_headers(w):
    """Via, From, Call-ID and CSeq come back as they were; To gets a tag."""
    a, _ = ready(w)
    second = "SIP/2.0/TCP old.example.org;branch=z9hG4bKold;x=\"a;b,c\""
    text = a.request("OPTIONS", aor("b"), max_forwards="0", extra=[f"Via: {second}"])
    answer = status(a.ask(text, w.home), 483)
    asked = Message(text.encode())
    equal(answer.all("via")[1], second, "second Via")
    for name in ("from", "call-id", "cseq"):
        equal(answer.get(name), asked.get(name), name)
    equal(answer.get("content-length"), "0", "Content-Length")
    true(answer.get("to").startswith(asked.get("to") + ";tag="), answer.get("to"))


# --- Via ---

def test_via_received_rport(w):
    """rport without a value is filled in, and received is added when the host differs."""
    a, b = ready(w)
    text = a.request("OPTIONS", aor("b"),
                     via=f"SIP/2.0/UDP 10.9.9.9:5066;rport;branch={unique()}")
    a.send(text, w.home)
    got = b.expect(method="OPTIONS")
    via = got.values("via")[1]
    equal(parameter(via, "received"), a.address, f"received in {via}")
    equal(parameter(via, "rport"), str(a.port), f"rport in {via}")
    b.reply(got, 200)
    a.expect(status=200)


def test_via_received_always_with_rport(w):
    """RFC 3581: received also when the host is the source, once rport was asked for."""
    a, b = ready(w)
    a.send(a.request("OPTIONS", aor("b")), w.home)
    equal(parameter(b.expect(method="OPTIONS").values("via")[1], "received"), a.address,
          "received")


def test_response_to_sent_by_port(w):
    """Without rport the response goes to the port of sent-by, at the source address."""
    a, b = ready(w)
    other = w.agent("a", 5066)
    a.send(a.request("OPTIONS", aor("b"), via=f"SIP/2.0/UDP 10.9.9.9:5066;branch={unique()}"),
           w.home)
    got = b.expect(method="OPTIONS")
    true(parameter(got.values("via")[1], "rport") is None, f"rport: {got.values('via')[1]}")
    b.reply(got, 200)
    other.expect(status=200)
    a.expect_nothing(0.2)


def test_error_to_sent_by_port(w):
    """The same for an answer of our own."""
    a, _ = ready(w)
    other = w.agent("a", 5066)
    a.send(a.request("OPTIONS", aor("b"), max_forwards="0",
                     via=f"SIP/2.0/UDP 10.9.9.9:5066;branch={unique()}"), w.home)
    other.expect(status=483)


def test_forged_branch(w):
    """A response under a branch that we never wrote goes nowhere and is counted."""
    a, b = ready(w)
    _, got = invite_through(a, b, aor("b"), w.home)
    mine = parameter(got.values("via")[0], "branch")
    before = counter(w, "forged_branch")
    forged = ["z9hG4bKforged", "z9hG4bK" + "0" * (len(mine) - 7)]
    forged += [mine[:i] + ("0" if mine[i] != "0" else "1") + mine[i + 1:]
               for i in (7, 10, 15, 20, 30)]
    for branch in forged:
        b.send(b.response(got, 180, "Ringing").replace(mine, branch), w.home)
        got_through = a.receive(0.1)
        true(got_through is None, f"let through: {branch} instead of {mine}")
    grows(w, "forged_branch", before, len(forged))
    b.reply(got, 180, "Ringing")
    a.expect(status=180)
    b.reply(got, 486, "Busy Here")


def test_foreign_response(w):
    """A response whose topmost Via is not ours goes nowhere."""
    a, b = ready(w)
    _, got = invite_through(a, b, aor("b"), w.home)
    before = counter(w, "foreign_response")
    text = b.response(got, 180, "Ringing")
    b.send(text.replace(f"Via: {got.all('via')[0]}\r\n", "", 1), w.home)
    a.expect_nothing(0.5, call=got.get("call-id"))
    grows(w, "foreign_response", before)
    b.reply(got, 486, "Busy Here")


def test_responses_unchanged(w):
    """Nothing but our Via is taken from a response."""
    a, b = ready(w)
    _, got = invite_through(a, b, aor("b"), w.home)
    odd = ["X-Odd:   spaced   out ", "Warning: 399 x \"y\""]
    text = b.response(got, 183, "Se\u00e4nce", extra=odd, body="b" * 321)
    b.send(text, got.source)
    m = a.expect(status=183)
    via = got.all("via")[0]
    equal(m.raw, text.replace(f"Via: {via}\r\n", "", 1).encode(), "the response")
    b.reply(got, 486, "Busy Here")


# --- Max-Breadth ---

def test_max_breadth(w):
    """Absent, large and small values as they leave."""
    a, b = ready(w)
    for sent, want in ((None, "60"), ("60", "60"), ("100", "60"), ("7", "7"), ("1", "1"),
                       ("4294967297", "60"), ("99999999999999999999999", "60")):
        extra = [] if sent is None else [f"Max-Breadth: {sent}"]
        a.send(a.request("OPTIONS", aor("b"), extra=extra), w.home)
        equal(b.expect(method="OPTIONS").all("max-breadth"), [want], f"for {sent}")


def test_max_breadth_malformed(w):
    """Zero, letters, a parameter, two lines: 400 and nothing is forwarded."""
    a, b = ready(w)
    for lines in (["0"], ["abc"], ["5;x=1"], ["7", "7"], [""], ["-1"]):
        refused(a, a.request("INVITE", aor("b"), extra=[f"Max-Breadth: {v}" for v in lines]),
                w.home, 400, "Bad Max-Breadth")
    b.expect_nothing(0.5)


def test_max_breadth_in_cancel(w):
    """A malformed value in a CANCEL is ignored (MB-14)."""
    a, b = ready(w)
    text, got = invite_through(a, b, aor("b"), w.home)
    m = Message(text.encode())
    a.send(a.request("CANCEL", m.uri, via=m.get("via"), from_=m.get("from"), to_=m.get("to"),
                     call_id=m.get("call-id"), cseq="1 CANCEL", contact=None,
                     extra=["Max-Breadth: 0"]), w.home)
    b.reply(b.expect(method="CANCEL"), 200)
    a.expect(status=200)
    b.reply(got, 487, "Request Terminated")


# --- odd and bad messages ---

def test_malformed(w):
    """A request that can be answered is answered with 400; nothing is forwarded."""
    a, b = ready(w)
    good = a.request("OPTIONS", aor("b"))
    for old, new in (("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), ("CSeq: 1 ", "CSeq: 99999999999 "),
                     ("Content-Length: 0", "Content-Length: 77"),
                     ("Max-Forwards: 70", "Max-Forwards: seventy")):
        m = good.replace(old, new).replace(Message(good.encode()).get("call-id"), unique("c"))
        refused(a, m, w.home, 400)
    b.expect_nothing(0.4)


def test_not_answered(w):
    """What cannot be answered, and what must not be, gets nothing."""
    a, b = ready(w)
    good = a.request("OPTIONS", aor("b"))
    for data in (b"", b"\r\n\r\n", b"\0", b"\xff\xfe\xfd", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"\x80" * 900, good[:40], "OPTIONS " + "x" * 3000):
        a.send(data, w.home)
    a.send("\r\n".join(x for x in good.split("\r\n") if not x.startswith("Via:")), w.home)
    a.expect_nothing(0.6)
    b.expect_nothing(0.2)


def test_unknown_method(w):
    """A method that nobody knows is forwarded like any other."""
    a, b = ready(w)
    a.send(a.request("FROBNICATE", aor("b"), body="\u00fcber\0x"), w.home)
    got = b.expect(method="FROBNICATE")
    equal(got.body, "\u00fcber\0x".encode(), "body")
    b.reply(got, 200)
    a.expect(status=200)


def test_compact_and_folded(w):
    """Compact names, folding, odd case and spaces are understood and not rewritten."""
    a, b = ready(w)
    branch, call = unique(), unique("c")
    text = (f"OPTIONS {aor('b')} SIP/2.0\r\nv:SIP / 2.0 / UDP {a.here} ;rport ;branch={branch}\r\n"
            f"f : \"A, \\\" b\" <sip:a@{a.here}>\r\n ;tag=1\r\nt: {aor('b')}\r\ni:{call}\r\n"
            "CSEQ:   5\r\n\tOPTIONS\r\nmax-forwards: 70\r\nX-Folded: one\r\n two\r\n"
            "l: 3\r\n\r\nabc")
    a.send(text, w.home)
    got = b.expect(method="OPTIONS", call=call)
    equal(got.body, b"abc", "body")
    raw = got.raw.decode()
    true("X-Folded: one\r\n two\r\n" in raw and "CSEQ:   5\r\n\tOPTIONS\r\n" in raw,
         f"rewritten:\n{raw}")
    b.reply(Message(raw.replace("\r\n\t", " ").replace("\r\n ", " ").encode(), got.source), 200)
    a.expect(status=200)


def test_trailing_octets(w):
    """Octets behind Content-Length are not part of the message."""
    a, b = ready(w)
    a.send(a.request("OPTIONS", aor("b"), body="four") + "and more", w.home)
    equal(b.expect(method="OPTIONS").body, b"four", "body")


def test_many_vias(w):
    """30 Via values of others: unchanged and in order."""
    a, b = ready(w)
    vias = [f"SIP/2.0/UDP h{i}.example.net;branch=z9hG4bK{i};y" for i in range(30)]
    a.send(a.request("OPTIONS", aor("b"), extra=[f"Via: {v}" for v in vias]), w.home)
    equal(b.expect(method="OPTIONS").all("via")[2:], vias, "Via values")


# --- STUN on the SIP port ---

def test_stun(w):
    """A Binding request gets the XOR-ed source address."""
    a = Agent(w.net, "a", w.addresses["a"], 40312)
    transaction = bytes(range(1, 13))
    a.send(bytes.fromhex("000100002112a442") + transaction, w.home)
    a.socket.settimeout(2)
    answer = a.socket.recv(200)
    equal(answer[:2].hex(), "0101", "type")
    equal(answer[4:20], bytes.fromhex("2112a442") + transaction, "transaction")
    kind, size, _, family, port, address = struct.unpack("!HHBBH4s", answer[20:32])
    equal((kind, size, family), (0x20, 8, 1), "attribute")
    equal(port ^ 0x2112, 40312, "port")
    equal(bytes(x ^ y for x, y in zip(address, bytes.fromhex("2112a442"))),
          bytes(int(x) for x in a.address.split(".")), "address")
