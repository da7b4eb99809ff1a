# SPDX-License-Identifier: BSD-3-Clause
"""Forks between real user agents: contacts that ring, answer, refuse, answer late or not at all.

Timers are short: T1 is 100 ms, and a branch may ring for 4 s.
"""

import time

from bindings import adds_up, bind, counters, left, nothing_left, settled, since
from calls import DOMAIN, SDP, aor, invite_through, target
from clients import Sipp
from sip import Dialog, Message, parameter
from testing import equal, status, true
from topology import Local

ENGINE_ONLY = True

CALLS, T1_MS, TIMER_C = 10, 100, 4
TIMER_B = 64 * T1_MS / 1000
ROWS = 512
HOLD = ("-d", "500")  # ms from ACK to BYE: sipp takes no BYE before the ACK
FAR = "far.example.net"
CHALLENGE = {401: 'WWW-Authenticate: Digest realm="one", nonce="n1"',
             407: 'Proxy-Authenticate: Digest realm="two", nonce="n2"'}


class Forking(Local):
    """One engine that has state for all that it forwards, and a domain behind it."""

    guard = Local.guard | {"source": {"rate": 0}, "invite_source": {"rate": 0}}

    def sections(self):
        return super().sections() | {
            "transactions": {"state": "always", "t1_ms": T1_MS, "t2_ms": 800, "t4_ms": 1000,
                             "timer_c": TIMER_C, "max": ROWS, "branches": 2 * ROWS},
            "next_hops": [{"domain": FAR, "address": self.addresses["c"], "port": 5060}]}


WORLD = Forking


# ---- what the phones do ----

def answer(delay=0):
    """Rings, answers after so many ms, is hung up on."""
    return "uas_late", {"DELAY": delay, "LINGER": 300}


def refuse(code, delay=0, field=None):
    """Refuses after so many ms."""
    field = field or CHALLENGE.get(code, "Server: sipp")
    return "uas_refuses", {"CODE": code, "DELAY": delay, "FIELD": field, "LINGER": 300}


RING = ("uas_rings", None)  # until it is cancelled, and then says 487


class Phones:
    """The contacts of one AOR at `b`, each of them a sipp; and what they are to see."""

    def __init__(self, w, user, *phones, calls=CALLS):
        self.w, self.user, self.running = w, user, []
        contacts = []
        for i, (what, *rest) in enumerate(phones):
            port = 5100 + i
            contacts.append((f"sip:{user}@{target(w.addresses['b'], port)}",
                             rest[0] if rest else 1.0))
            scenario, values = what
            self.running.append(Sipp(w.net, "b", scenario, w.addresses["b"], port=port, calls=calls,
                                     rate=CALLS, values=values, label=f"{user}-{i}", tolerant=True))
        bind(w.engines["home"], {aor(user): contacts})

    def end(self, called=None):
        """All of them have had all calls, and each of these as it is to be."""
        for i, phone in enumerate(self.running):
            if called is None or called[i]:
                phone.wait(20)
            else:
                equal(phone.counters()["created"], 0, f"calls at {phone.label}")
                phone.process.stop(2)


def call(w, scenario, user, *phones, code=None, called=None, calls=CALLS):
    """`calls` calls to these; the caller sees what his scenario says. Returns what was counted."""
    before = settled(w.engines["home"])
    side = Phones(w, user, *phones, calls=calls)
    values = {"CODE": code, "LINGER": 300} if code else None
    caller = Sipp(w.net, "a", scenario, w.addresses["a"], port=5070, calls=calls, rate=CALLS,
                  remote=target(*w.home), users=[user], keys=[("domain", DOMAIN)], values=values,
                  label=f"{user}-{scenario}", patience=20000, tolerant=True, options=HOLD)
    equal(caller.wait()["succeeded"], calls, "calls that went as they should")
    side.end(called)
    found = since(before, settled(w.engines["home"]))
    adds_up(found, "home")
    equal((found["transactions_full"], found["late_2xx"]), (0, 0), "without room; late 2xx")
    return found


def forks(found, each, cancelled=0, timeouts=0):
    """So many branches for each call, so many of them cancelled. Other requests have one each."""
    equal(found["branches"] - (found["transactions"] - CALLS), each * CALLS, f"branches; {found}")
    equal(found["cancels"], cancelled * CALLS, f"CANCELs; {found}")
    equal(found["branch_timeouts"], timeouts * CALLS, f"timeouts; {found}")


# ---- parallel ----

def test_one_answers(w):
    """One rings, one refuses, one answers: the caller is connected, and who rings is told."""
    forks(call(w, "uac", "one", (RING,), (refuse(486),), (answer(300),)), 3, cancelled=1)


def test_late_answer(w):
    """Others have refused long before somebody answers."""
    forks(call(w, "uac", "late", (refuse(480),), (refuse(486, 100),), (answer(1500),)), 3)


def test_all_refuse(w):
    """The first of the refusals that count most goes to the caller."""
    forks(call(w, "uac_refused", "busy", (refuse(486),), (refuse(404, 300),), code=486), 2)


def test_decline(w):
    """603 from one ends it for all (RFC 3261 16.7 item 5)."""
    forks(call(w, "uac_refused", "decline", (RING,), (refuse(603, 300),), (RING,), code=603), 3,
          cancelled=2)


def test_503_stays_here(w):
    """503 of all is 500 for the caller: it says nothing about us."""
    forks(call(w, "uac_refused", "overload", (refuse(503),), (refuse(503),), code=500), 2)


def test_challenges(w):
    """401 and 407 count more than 486; one response has all challenges."""
    phones = [(refuse(401),), (refuse(407, 100),), (refuse(486, 200),)]
    forks(call(w, "uac_refused", "auth", *phones, code=401), 3)
    side = Phones(w, "auth", *phones, calls=1)
    a = w.agent("a")
    text = a.request("INVITE", aor("auth"))
    a.send(text, w.home)
    refused = status(a.expect(status=401), 401)
    a.ack(text, refused, w.home)
    for name, code in (("www-authenticate", 401), ("proxy-authenticate", 407)):
        equal([f"{name}: {v}".lower() for v in refused.all(name)], [CHALLENGE[code].lower()], name)
    side.end()


def test_caller_gives_up(w):
    """CANCEL goes to all who ring, and 487 to the caller."""
    forks(call(w, "uac_cancel", "gone", (RING,), (RING,), (RING,)), 3, cancelled=3)


# ---- one after the other ----

def test_next_after_busy(w):
    """The second is called when the first has refused."""
    forks(call(w, "uac", "second", (refuse(486), 1.0), (answer(100), 0.5)), 2)


def test_first_is_enough(w):
    """The second is not called when the first answers."""
    forks(call(w, "uac", "first", (answer(100), 1.0), (answer(), 0.5), called=(True, False)), 1)


def test_decline_is_enough(w):
    """Nor when it declines for all."""
    forks(call(w, "uac_refused", "nobody", (refuse(603), 1.0), (answer(), 0.5), code=603,
               called=(True, False)), 1)


def test_groups(w):
    """Two at once, and when both have refused, two more at once."""
    forks(call(w, "uac", "groups", (refuse(486), 1.0), (refuse(480, 200), 1.0), (RING, 0.3),
               (answer(200), 0.3)), 4, cancelled=1)


def test_nobody_answers(w):
    """Timer C: who rings for too long is cancelled, and the next one called."""
    forks(call(w, "uac", "slow", (RING, 1.0), (answer(100), 0.5)), 2, cancelled=1)


# ---- phones that say nothing, or too much ----

def test_silent(w):
    """Without a word from one contact its branch ends with timer B, and the other's refusal counts;
    it never gets a CANCEL, for it said nothing (RFC 3261 9.1)."""
    silent, home = w.agent("c", 5200), w.engines["home"]
    side = Phones(w, "silent", (refuse(486),), calls=1)
    bind(home, {aor("silent"): [f"sip:silent@{target(w.addresses['b'], 5100)}",
                                f"sip:silent@{silent.here}"]})
    before, a = counters(home), w.agent("a")
    text = a.request("INVITE", aor("silent"))
    started = time.monotonic()
    a.send(text, w.home)
    a.ack(text, status(a.expect(TIMER_B + 2, status=486), 486), w.home)
    took = time.monotonic() - started
    true(TIMER_B - 0.1 < took < TIMER_B + 1, f"timer B after {took:.1f} s, want {TIMER_B}")
    heard = heard_by(silent)
    equal(set(heard), {"INVITE"}, "methods at the silent contact")
    equal(len(heard), 7, "copies of the INVITE until timer B (timer A)")
    equal(since(before, counters(home))["branch_timeouts"], 1, "branches that timed out")
    side.end()


def test_all_silent(w):
    """408, when nobody said anything."""
    silent = w.agent("c", 5200), w.agent("c", 5201)
    bind(w.engines["home"], {aor("deaf"): [f"sip:deaf@{s.here}" for s in silent]})
    a = w.agent("a")
    text = a.request("INVITE", aor("deaf"))
    a.send(text, w.home)
    a.ack(text, status(a.expect(TIMER_B + 2, status=408), 408), w.home)


def test_silent_and_answered(w):
    """A silent contact does not hold up a call; when it rings after all, it is cancelled."""
    silent, b, a = w.agent("c", 5200), w.agent("b"), w.agent("a")
    bind(w.engines["home"], {aor("half"): [f"sip:half@{silent.here}", f"sip:half@{b.here}"]})
    text, got = invite_through(a, b, aor("half"), w.home)
    b.reply(got, 200, "OK", body=SDP, extra=["Content-Type: application/sdp"])
    a.send(Dialog.caller(a, a.expect(status=200)).request("ACK"), w.home)
    b.expect(method="ACK")
    late = silent.expect(method="INVITE")
    silent.drain()
    silent.reply(late, 180, "Ringing")
    cancel = silent.expect(method="CANCEL")
    equal(parameter(cancel.values("via")[0], "branch"), parameter(late.values("via")[0], "branch"),
          "branch of the CANCEL")
    silent.reply(cancel, 200)
    silent.reply(late, 487, "Request Terminated")
    silent.expect(method="ACK")
    a.expect_nothing(0.5, call=Message(text.encode()).get("call-id"))


def test_two_answers(w):
    """Two answer at the same moment, and one of them for two: every 2xx goes to the caller, and his
    ACK to each of them (RFC 6026)."""
    a, b, c, home = w.agent("a"), w.agent("b"), w.agent("c", 5200), w.engines["home"]
    bind(home, {aor("twice"): [f"sip:twice@{b.here}", f"sip:twice@{c.here}"]})
    before = settled(home)
    _, first = invite_through(a, b, aor("twice"), w.home)
    second = c.expect(method="INVITE")
    answered = [(b, first, "t1"), (b, first, "t2"), (c, second, "t3")]
    for phone, got, tag in answered:
        phone.reply(got, 200, "OK", tag=tag)
    dialogs = [a.expect(status=200) for _ in answered]
    equal({parameter(ok.get("to"), "tag") for ok in dialogs}, {"t1", "t2", "t3"}, "To tags of 2xx")
    for ok in dialogs:
        dialog = Dialog.caller(a, ok)
        a.send(dialog.request("ACK"), w.home)
        phone = b if ok.get("contact") == f"<sip:agent@{b.here}>" else c
        equal(phone.expect(method="ACK").get("to"), ok.get("to"), "To of the ACK")
        a.send(dialog.request("BYE"), w.home)
        phone.reply(phone.expect(method="BYE"), 200)
        a.expect(status=200)
    equal(since(before, settled(home))["cancels"], 0, "CANCELs")


def heard_by(agent):
    """Methods of the requests that wait at an agent."""
    methods = []
    while (m := agent.receive(0.01)) is not None:
        methods.append(m.method)
    return methods


# ---- the next hop, with state ----

def test_next_hop(w):
    """A domain of somebody else: calls, refusals and CANCEL by way of one branch."""
    for scenario, (served, values), code in (("uac", answer(100), None), ("uac_cancel", RING, None),
                                             ("uac_refused", refuse(486), 486)):
        before = settled(w.engines["home"])
        server = Sipp(w.net, "c", served, w.addresses["c"], calls=CALLS, rate=CALLS, values=values,
                      label=f"far-{served}", tolerant=True)
        caller = Sipp(w.net, "a", scenario, w.addresses["a"], port=5070, calls=CALLS, rate=CALLS,
                      remote=target(*w.home), users=["x"], keys=[("domain", FAR)],
                      values={"CODE": code, "LINGER": 300} if code else None,
                      label=f"far-{scenario}", tolerant=True, options=HOLD)
        equal(caller.wait()["succeeded"], CALLS, "calls that went as they should")
        server.wait(20)
        forks(since(before, settled(w.engines["home"])), 1, cancelled=int(scenario == "uac_cancel"))


# ---- the end ----

def test_nothing_left(w):
    """When the last timer has run out, nothing is left of all this."""
    home = w.engines["home"]
    nothing_left([home])
    peaks = left(home)
    true(peaks["peak"] > CALLS and peaks["branches_peak"] > CALLS, f"there were some: {peaks}")
