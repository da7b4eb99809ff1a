# SPDX-License-Identifier: BSD-3-Clause
"""Calls through one engine that is registrar and home proxy."""

from calls import (aor, establish, in_dialog, invite_through, phone, phones_call, refused,
                   register, register_server, sipp_pair, whole_call)
from sip import Message, inner_uri, parameter
from testing import engine_only, equal, true
from topology import Local

WORLD = Local


def test_call(w):
    """What the callee gets, header by header; then re-INVITE and BYE both ways."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    got = whole_call(a, b, aor("b"), w.home, w.home)
    equal(got.uri, f"sip:b@{b.here}", "Request-URI")
    vias = got.values("via")
    equal(len(vias), 2, "Via values")
    true(f" {w.home_address}" in vias[0] or f"[{w.home_address}]" in vias[0],
         f"own Via: {vias[0]}")
    true(parameter(vias[0], "branch").startswith("z9hG4bK"), "magic cookie of our branch")
    equal(parameter(vias[1], "rport"), str(a.port), "rport of the caller's Via")
    equal(got.get("max-forwards"), "69", "Max-Forwards")
    true(";lr" in got.get("record-route"), f"Record-Route: {got.get('record-route')}")


@engine_only
def test_max_breadth_added(w):
    """A request without Max-Breadth leaves with 60."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    _, got = invite_through(a, b, aor("b"), w.home)
    equal(got.all("max-breadth"), ["60"], "Max-Breadth")
    b.reply(got, 486, "Busy Here")
    a.expect(status=486)


def test_early_hangup_of_callee(w):
    """486 goes back; the ACK of it reaches the callee with the branch of the INVITE."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    text, got = invite_through(a, b, aor("b"), w.home)
    b.reply(got, 486, "Busy Here")
    busy = a.expect(status=486)
    a.ack(text, busy, w.home)
    ack = b.expect(method="ACK")
    equal(parameter(ack.values("via")[0], "branch"), parameter(got.values("via")[0], "branch"),
          "branch of the ACK")


@engine_only
def test_cancel_same_branch(w):
    """CANCEL follows its INVITE with the same branch, and so does the ACK of the 487."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    text, got = invite_through(a, b, aor("b"), w.home)
    b.reply(got, 180, "Ringing")
    a.expect(status=180)
    m = Message(text.encode())
    cancel = a.request("CANCEL", m.uri, via=m.get("via"), from_=m.get("from"), to_=m.get("to"),
                       call_id=m.get("call-id"), cseq="1 CANCEL", contact=None)
    a.send(cancel, w.home)
    there = b.expect(method="CANCEL")
    branch = parameter(got.values("via")[0], "branch")
    equal(parameter(there.values("via")[0], "branch"), branch, "branch of the CANCEL")
    equal(there.uri, got.uri, "Request-URI of the CANCEL")
    b.reply(there, 200)
    a.expect(status=200)
    b.reply(got, 487, "Request Terminated")
    a.ack(text, a.expect(status=487), w.home)
    equal(parameter(b.expect(method="ACK").values("via")[0], "branch"), branch, "of the ACK")


@engine_only
def test_retransmission_same_branch(w):
    """A retransmitted INVITE leaves with the same branch to the same place, though the user has
    moved in between."""
    a, b, c = w.agent("a"), w.agent("b"), w.agent("c")
    register(b, "mover", w.home)
    text, first = invite_through(a, b, aor("mover"), w.home)
    register(c, "mover", w.home)
    register(b, "mover", w.home, expires=0)
    a.send(text, w.home)
    again = b.expect(method="INVITE", call=first.get("call-id"))
    equal(again.raw, first.raw, "the retransmission")
    c.expect_nothing(0.3)
    b.reply(first, 486, "Busy Here")
    a.ack(text, a.expect(status=486), w.home)
    b.expect(method="ACK")
    _, moved = invite_through(a, c, aor("mover"), w.home)
    equal(moved.uri, f"sip:mover@{c.here}", "the next call")
    c.reply(moved, 486, "Busy Here")


def test_sipp_call(w):
    """20 calls from sipp to sipp."""
    register_server(w, "b", "sipp")
    sipp_pair(w, "uac", "uas", "a", "b", "sipp", w.home, calls=20)


def test_sipp_reinvite(w):
    """The caller re-INVITEs and hangs up."""
    register_server(w, "b", "sipp")
    sipp_pair(w, "uac_reinvite", "uas", "a", "b", "sipp", w.home, calls=5)


def test_sipp_callee_reinvites(w):
    """The callee re-INVITEs and hangs up."""
    register_server(w, "b", "sipp")
    sipp_pair(w, "uac_hung_up", "uas_hangs_up", "a", "b", "sipp", w.home, calls=5)


def test_sipp_cancel(w):
    """The caller gives up while it rings."""
    register_server(w, "b", "sipp")
    sipp_pair(w, "uac_cancel", "uas_cancel", "a", "b", "sipp", w.home, calls=5)


def test_unknown_user(w):
    """Nobody registered: 480 (or 404), once, and quiet after the ACK."""
    a = w.agent("a")
    text = a.request("INVITE", aor("nobody"))
    refused(a, text, w.home, (404, 480))
    a.expect_nothing(1.2, call=Message(text.encode()).get("call-id"))


def test_softphones(w):
    """baresip calls baresip; either one hangs up."""
    first = phone(w, "a", "anna", w.home)
    second = phone(w, "b", "bela", w.home)
    phones_call(first, second, first)
    phones_call(second, first, first)


@engine_only
def test_no_record_route_for_others(w):
    """Requests that form no dialog get no Record-Route."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    a.send(a.request("MESSAGE", aor("b"), body="hello", extra=["Content-Type: text/plain"]),
           w.home)
    got = b.expect(method="MESSAGE")
    equal(got.all("record-route"), [], "Record-Route")
    equal(got.body, b"hello", "body")
    b.reply(got, 200)
    a.expect(status=200)


def test_contact_with_port_and_parameters(w):
    """The Request-URI becomes the contact with all its parameters."""
    a, b = w.agent("a"), w.agent("b", 5091)
    contact = f"sip:x%20y@{b.here};transport=udp;line=7"
    register(b, "par", w.home, contact=f"<{contact}>")
    here, there, got = establish(a, b, aor("par"), w.home)
    equal(got.uri, contact, "Request-URI")
    in_dialog("BYE", here, there, w.home)
    true(inner_uri(got.get("to")) == aor("par"), "To changed")
