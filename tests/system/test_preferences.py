# SPDX-License-Identifier: BSD-3-Clause
"""Caller preferences (RFC 3841) at one registrar and home proxy: what phones say of themselves in a
REGISTER decides which of them a call reaches. b has a video phone and, at port 5062, a message
taker; c has a phone without video."""

from calls import SDP, aor, refused, register, sipp_pair
from sip import Message, parameter
from testing import equal, engine_only, status, true
from topology import Local

WORLD = Local

VIDEO = "Accept-Contact: *;video;require;explicit"


def at(w, name, user, features="", port=5060):
    """A phone in one of the namespaces, registered with features."""
    agent = w.agent(name, port)
    register(agent, user, w.home, contact=f"<sip:{user}@{agent.here}>{features}")
    return agent


def two_phones(w, user):
    """The video phone and the one without."""
    return (at(w, "b", user, ";audio;video;methods=\"INVITE,ACK,BYE,CANCEL,OPTIONS\""),
            at(w, "c", user, ";audio;video=\"FALSE\";methods=\"INVITE,ACK,BYE,CANCEL\";q=0.8"))


def call(a, user, *extra, method="INVITE"):
    """The text of a request; its Call-ID."""
    body = {"extra": ["Content-Type: application/sdp", *extra], "body": SDP}
    text = a.request(method, aor(user), **(body if method == "INVITE" else {"extra": extra}))
    return text, Message(text.encode()).get("call-id")


def busy(a, text, proxy, *phones):
    """The phones are called in this order, and each is busy; 486 goes back."""
    known = Message(text.encode())
    a.send(text, proxy)
    for phone in phones:
        got = phone.expect(method=known.method, call=known.get("call-id"))
        phone.reply(got, 486, "Busy Here")
    answer = a.expect(status=486, call=known.get("call-id"))
    if known.method == "INVITE":
        a.ack(text, answer, proxy)
        for phone in phones:
            phone.expect(method="ACK", call=known.get("call-id"))


def test_only_the_right_phone(w):
    """CP-38: *;video;require;explicit reaches the video phone alone, with its headers unchanged."""
    a = w.agent("a")
    b, c = two_phones(w, "bob")
    text, known = call(a, "bob", VIDEO)
    a.send(text, w.home)
    got = b.expect(method="INVITE", call=known)
    equal(got.all("accept-contact"), ["*;video;require;explicit"], "Accept-Contact")
    b.reply(got, 486, "Busy Here")
    a.ack(text, a.expect(status=486, call=known), w.home)
    b.expect(method="ACK", call=known)
    c.expect_nothing(0.5, call=known)


def test_sipp_calls(w):
    """CP-38: whole calls of sipp that want video: none of them rings at the other phone."""
    b, c = two_phones(w, "sipp")
    b.close()
    sipp_pair(w, "uac_video", "uas", "a", "b", "sipp", w.home, calls=10)
    c.expect_nothing(0.3)


def test_features_change(w):
    """CP-28: a phone that registers again with video is one that is wanted."""
    a, c = w.agent("a"), at(w, "c", "eve", ";audio")
    refused(a, call(a, "eve", VIDEO)[0], w.home, 480)
    c.close()
    c = at(w, "c", "eve", ";audio;video")
    busy(a, call(a, "eve", VIDEO)[0], w.home, c)


def test_nobody_suits(w):
    """CP-43: 480, once, without a word of what the contacts have."""
    a = w.agent("a")
    b, c = two_phones(w, "none")
    answer = refused(a, call(a, "none", "Reject-Contact: *;audio")[0], w.home, 480)
    true("video" not in str(answer) and not answer.all("contact"), f"the answer tells:\n{answer}")
    for phone in b, c:
        phone.expect_nothing(0.3)


def test_best_first(w):
    """CP-41: without `require` the phone that has it is called first, where q is the same."""
    a = w.agent("a")
    c = at(w, "c", "order", ";audio;video")
    b = at(w, "b", "order", ";audio")
    taker = at(w, "b", "order", ";video;q=0.1", port=5062)
    busy(a, call(a, "order", "Accept-Contact: *;video")[0], w.home, c, b, taker)


def test_implicit(w):
    """CP-26: an OPTIONS goes to the phone that has the method; without any preference in it."""
    a = w.agent("a")
    b, c = two_phones(w, "method")
    text, known = call(a, "method", method="OPTIONS")
    a.send(text, w.home)
    b.reply(b.expect(method="OPTIONS", call=known), 200)
    status(a.expect(status=200, call=known), 200)
    c.expect_nothing(0.3, call=known)


def test_no_fork(w):
    """CP-13: one phone and no other, though it is busy."""
    a = w.agent("a")
    b, c = two_phones(w, "single")
    text, known = call(a, "single", "Request-Disposition: no-fork")
    busy(a, text, w.home, b)
    c.expect_nothing(0.3, call=known)


def test_parallel(w):
    """CP-17: all at once, whatever their q; the one that answers is heard, the others hear CANCEL."""
    a = w.agent("a")
    b, c = two_phones(w, "all")
    text, known = call(a, "all", "Request-Disposition: parallel")
    a.send(text, w.home)
    there, here = (p.expect(method="INVITE", call=known) for p in (b, c))
    for phone, got in (b, there), (c, here):
        phone.reply(got, 180, "Ringing")
        a.expect(status=180, call=known)
    b.reply(there, 200, "OK", body=SDP, extra=["Content-Type: application/sdp"])
    a.expect(status=200, call=known)
    cancel = c.expect(method="CANCEL", call=known)
    equal(cancel.all("request-disposition"), ["parallel"], "Request-Disposition of the CANCEL")
    c.reply(cancel, 200)
    c.reply(here, 487, "Request Terminated")


def test_no_cancel(w):
    """CP-10: whoever asked for that hears of every answer, and nobody is cancelled."""
    a = w.agent("a")
    b, c = two_phones(w, "kept")
    text, known = call(a, "kept", "Request-Disposition: parallel, no-cancel")
    a.send(text, w.home)
    there, here = (p.expect(method="INVITE", call=known) for p in (b, c))
    c.reply(here, 180, "Ringing")
    b.reply(there, 200, "OK", body=SDP, extra=["Content-Type: application/sdp"])
    a.expect(status=200, call=known)
    c.expect_nothing(0.5, call=known)
    c.reply(here, 200, "OK", body=SDP, extra=["Content-Type: application/sdp"])
    a.expect(status=200, call=known)


def test_sequential(w):
    """CP-18: one after the other, the highest q first."""
    a = w.agent("a")
    b, c = two_phones(w, "each")
    busy(a, call(a, "each", "Request-Disposition: sequential")[0], w.home, b, c)


def test_cancel_without_them(w):
    """CP-04: a CANCEL that does not repeat them reaches the one phone with the INVITE's branch."""
    a, b = w.agent("a"), at(w, "b", "alone", ";video")
    text, known = call(a, "alone", VIDEO)
    a.send(text, w.home)
    got = b.expect(method="INVITE", call=known)
    b.reply(got, 180, "Ringing")
    a.expect(status=180, call=known)
    m = Message(text.encode())
    a.send(a.request("CANCEL", m.uri, via=m.get("via"), from_=m.get("from"), to_=m.get("to"),
                     call_id=known, cseq="1 CANCEL", contact=None), w.home)
    there = b.expect(method="CANCEL", call=known)
    equal(parameter(there.values("via")[0], "branch"), parameter(got.values("via")[0], "branch"),
          "branch of the CANCEL")
    b.reply(there, 200)
    b.reply(got, 487, "Request Terminated")
    a.ack(text, a.expect(status=487, call=known), w.home)


@engine_only
def test_too_many(w):
    """CP-50: more wishes than anybody reads."""
    a = w.agent("a")
    at(w, "b", "many", ";video")
    text, _ = call(a, "many", "Accept-Contact: " + ", ".join(["*;video"] * 21))
    refused(a, text, w.home, 400, "Too Many Caller Preferences")


@engine_only
def test_proxy_require(w):
    """CP-03: Proxy-Require: pref is understood."""
    a, b = w.agent("a"), at(w, "b", "pref", ";video")
    busy(a, call(a, "pref", "Proxy-Require: pref", VIDEO)[0], w.home, b)
