# SPDX-License-Identifier: BSD-3-Clause
"""REGISTER to a registrar without an edge in between."""

import time

from calls import DOMAIN, aor, register, target
from clients import Sipp
from sip import Message, inner_uri, parameter, unique
from testing import engine_only, equal, status, true
from topology import Local


class Short(Local):
    """A registrar that allows short registrations, so that a test can see them end."""

    def sections(self):
        base = super().sections()
        base["registrar"].update(min_expires=3, max_expires=600, default_expires=300,
                                 max_contacts=4)
        return base


WORLD = Short


def contacts(response):
    """{URI: expires} of a 200."""
    return {inner_uri(v): int(parameter(v, "expires") or -1) for v in response.values("contact")}


def call_reaches(w, caller, callee, user):
    """Whether a request for a user arrives at an agent."""
    caller.send(caller.request("OPTIONS", aor(user)), w.home)
    try:
        callee.reply(callee.expect(1.0, method="OPTIONS"), 200)
    except AssertionError:
        return False
    return True


def test_register(w):
    """REGISTER, and a request arrives."""
    a, b = w.agent("a"), w.agent("b")
    answer = register(b, "reg", w.home, expires=300)
    equal(list(contacts(answer)), [f"sip:reg@{b.here}"], "Contact of the 200")
    true(290 <= contacts(answer)[f"sip:reg@{b.here}"] <= 300, f"expires in {answer}")
    true(call_reaches(w, a, b, "reg"), "a registered user is not reached")


def test_register_sipp(w):
    """The same with sipp as client."""
    sipp = Sipp(w.net, "b", "register", w.addresses["b"], remote=target(*w.home), users=["r1"],
                keys=[("domain", DOMAIN), ("contact", target(w.addresses["b"])),
                      ("expires", 300)])
    sipp.wait()


def test_refresh(w):
    """A refresh with the next CSeq keeps one binding; its time starts anew."""
    b = w.agent("b")
    call, tag = unique("c"), unique("t")
    same = {"call_id": call, "from_": f"<{aor('ref')}>;tag={tag}"}
    register(b, "ref", w.home, expires=100, cseq="1 REGISTER", **same)
    answer = register(b, "ref", w.home, expires=500, cseq="2 REGISTER", **same)
    equal(len(contacts(answer)), 1, "bindings")
    true(contacts(answer)[f"sip:ref@{b.here}"] > 400, f"not refreshed: {answer}")


def test_older_cseq(w):
    """A REGISTER of the same Call-ID with a lower CSeq changes nothing."""
    b = w.agent("b")
    call = unique("c")
    register(b, "old", w.home, expires=300, cseq="7 REGISTER", call_id=call)
    late = b.register(aor("old"), w.home, expires=0, cseq="6 REGISTER", call_id=call)
    true(late.status >= 400, f"an old REGISTER was taken: {late.start}")
    equal(len(contacts(register(b, "old", w.home, contact="", expires=None))), 1, "bindings")


def test_retransmission(w):
    """The same REGISTER twice is answered twice and is one binding."""
    b = w.agent("b")
    text = b.request("REGISTER", f"sip:{DOMAIN}", to=aor("twice"),
                     contact=f"<sip:twice@{b.here}>", expires="300")
    for _ in range(2):
        equal(len(contacts(status(b.ask(text, w.home), 200))), 1, "bindings")


def test_remove(w):
    """Expires 0 removes; then the user cannot be reached."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "gone", w.home)
    equal(contacts(register(b, "gone", w.home, expires=0)), {}, "bindings after removal")
    true(not call_reaches(w, a, b, "gone"), "a removed user is still reached")
    equal(a.expect(1, method=None).status // 100, 4, "class of the answer")


def test_remove_all(w):
    """Contact: * with Expires: 0 removes every binding."""
    b = w.agent("b")
    for user_part in ("x", "y"):
        register(b, "star", w.home, contact=f"<sip:{user_part}@{b.here}>")
    equal(len(contacts(register(b, "star", w.home, contact="", expires=None))), 2, "before")
    equal(contacts(register(b, "star", w.home, contact="*", expires=0)), {}, "after")


def test_star_needs_expires_0(w):
    """Contact: * with another Expires: 400, and nothing is removed."""
    b = w.agent("b")
    register(b, "star2", w.home)
    status(b.register(aor("star2"), w.home, contact="*", expires=300), 400)
    status(b.register(aor("star2"), w.home, contact="*", expires=None), 400)
    equal(len(contacts(register(b, "star2", w.home, contact="", expires=None))), 1, "bindings")


@engine_only
def test_too_brief(w):
    """Less than the minimum: 423 with Min-Expires."""
    b = w.agent("b")
    answer = status(b.register(aor("brief"), w.home, expires=2), 423)
    equal(answer.get("min-expires"), "3", "Min-Expires")
    equal(contacts(register(b, "brief", w.home, contact="", expires=None)), {}, "bindings")


@engine_only
def test_too_long(w):
    """More than the maximum is cut."""
    b = w.agent("b")
    answer = register(b, "long", w.home, expires=100000)
    true(contacts(answer)[f"sip:long@{b.here}"] <= 600, f"not cut: {answer.get('contact')}")


def test_contact_expires_wins(w):
    """The Contact's own expires is stronger than the header field."""
    b = w.agent("b")
    answer = register(b, "own", w.home, contact=f"<sip:own@{b.here}>;expires=60", expires=500)
    true(contacts(answer)[f"sip:own@{b.here}"] <= 60, answer.get("contact"))


def test_query(w):
    """A REGISTER without Contact lists what is there; for an unknown user: nothing."""
    b = w.agent("b")
    register(b, "query", w.home)
    equal(len(contacts(register(b, "query", w.home, contact="", expires=None))), 1, "bindings")
    equal(contacts(register(b, "nobody", w.home, contact="", expires=None)), {}, "bindings")


def test_several_contacts(w):
    """Two contacts in one REGISTER; both are listed."""
    b = w.agent("b")
    answer = register(b, "two", w.home, contact=f"<sip:one@{b.here}>, <sip:two@{b.here}>")
    equal(set(contacts(answer)), {f"sip:one@{b.here}", f"sip:two@{b.here}"}, "contacts")


@engine_only
def test_too_many_contacts(w):
    """One more than max_contacts is refused, and those before stay."""
    b = w.agent("b")
    for i in range(4):
        register(b, "many", w.home, contact=f"<sip:c{i}@{b.here}>")
    true(b.register(aor("many"), w.home, contact=f"<sip:c4@{b.here}>").status >= 400,
         "a fifth contact was taken")
    equal(len(contacts(register(b, "many", w.home, contact="", expires=None))), 4, "contacts")


@engine_only
def test_expires(w):
    """A registration that is not refreshed ends by itself."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "brief2", w.home, expires=3)
    true(call_reaches(w, a, b, "brief2"), "not reached before its end")
    a.expect(2, status=200)
    time.sleep(4)
    true(not call_reaches(w, a, b, "brief2"), "reached after its end")
    a.expect(1, status=480)
    equal(contacts(register(b, "brief2", w.home, contact="", expires=None)), {}, "bindings")


@engine_only
def test_unsupported_require(w):
    """Require with an unknown tag: 420 with Unsupported."""
    b = w.agent("b")
    answer = status(b.register(aor("req"), w.home, extra=["Require: hologram"]), 420)
    equal(answer.get("unsupported"), "hologram", "Unsupported")


@engine_only
def test_reg_id_errors(w):
    """reg-id of 0, and two contacts one of which has a reg-id: 400 and no binding."""
    b = w.agent("b")
    instance = "+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000001>\""
    supported = ["Supported: path, outbound"]
    for contact in (f"<sip:z@{b.here}>;reg-id=0;{instance}",
                    f"<sip:z@{b.here}>;reg-id=1;{instance}, <sip:y@{b.here}>"):
        status(b.register(aor("regid"), w.home, contact=contact, extra=supported), 400)
    equal(contacts(register(b, "regid", w.home, contact="", expires=None)), {}, "bindings")


@engine_only
def test_439(w):
    """reg-id and outbound by way of a proxy that has no flow: 439 and no binding."""
    b = w.agent("b")
    contact = (f"<sip:z@{b.here}>;reg-id=1;"
               "+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-000000000002>\"")
    second = "Via: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKinner1"
    status(b.register(aor("late"), w.home, contact=contact,
                      extra=[second, "Supported: path, outbound"]), 439)
    equal(contacts(register(b, "late", w.home, contact="", expires=None)), {}, "bindings")


def test_many(w):
    """3000 registrations at 600 a second, all answered."""
    users = [f"bulk{i}" for i in range(3000)]
    sipp = Sipp(w.net, "b", "register", w.addresses["b"], remote=target(*w.home), users=users,
                calls=len(users), rate=600, label="b-register-many",
                keys=[("domain", DOMAIN), ("contact", target(w.addresses["b"])),
                      ("expires", 300)])
    equal(sipp.wait()["succeeded"], 3000, "answered")
    if w.engines["home"].kind == "viaduct":
        text = str(w.engines["home"].show("bindings"))
        true("bulk0@" in text and "bulk2999@" in text, "show bindings lacks some")


def test_no_service_route(w):
    """RC-09: no Path and no list of ours: no Service-Route."""
    equal(register(w.agent("b"), "noroute", w.home).all("service-route"), [], "Service-Route")


@engine_only
def test_other_domain_is_not_ours(w):
    """A REGISTER for a domain that is not ours is not answered with 200."""
    b = w.agent("b")
    text = b.request("REGISTER", "sip:elsewhere.example.net", to="sip:x@elsewhere.example.net",
                     expires="300")
    b.send(text, w.home)
    end = time.monotonic() + 1.5
    while (left := end - time.monotonic()) > 0:
        m = b.receive(left)
        if m is not None and m.get("call-id") == Message(text.encode()).get("call-id"):
            true(m.status == 100 or m.status >= 400, f"have {m.start}")
