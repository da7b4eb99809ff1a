# SPDX-License-Identifier: BSD-3-Clause
"""Next hops: weights, priorities, health, and names that only the DNS knows."""

import os
import signal
import threading
import time

from network import command, wait_until
from sip import Message, unique
from testing import disrupts, equal, status, true
from topology import EdgeAndTargets

ENGINE_ONLY = True

INTERVAL_MS = 200
TIMEOUT_MS = 1000


def hop(domain, *targets, **more):
    """A row of next_hops that is probed."""
    return {"domain": domain, "targets": list(targets), "probe": "options",
            "probe_interval_ms": INTERVAL_MS, "probe_failures": 2, **more}


class WORLD(EdgeAndTargets):
    dns_lines = (
        "host-record=h1.test,198.51.100.31", "host-record=h2.test,198.51.100.32",
        "cname=alias.test,h1.test",
        "srv-host=_sip._udp.pair.test,h1.test,5060,10,3",
        "srv-host=_sip._udp.pair.test,h2.test,5060,10,1",
        "srv-host=_sip._udp.backup.test,h2.test,5060,10,1",
        "srv-host=_sip._udp.backup.test,h1.test,5060,20,1",
        "naptr-record=naptr.test,20,10,s,SIP+D2U,,_other._udp.naptr.test",
        "naptr-record=naptr.test,10,10,s,SIP+D2T,,_sip._tcp.naptr.test",
        "srv-host=_other._udp.naptr.test,h2.test,5080,1,1",
        "srv-host=_sip._udp.no.test",
    )

    def sections(self):
        one, two = self.addresses["home1"], self.addresses["home2"]
        return {
            "edge": {"enabled": True},
            "networks": {"relay": ["203.0.113.0/24"]},
            "next_hops": [
                hop("three.example", {"host": one, "weight": 3}, {"host": two, "weight": 1}),
                hop("first.example", {"host": one, "priority": 1}, {"host": two, "priority": 2}),
                hop("aor.example", {"host": one}, {"host": two}, balance="aor"),
                hop("random.example", {"host": one}, {"host": two}, balance="random"),
                {"domain": "srv.example", "targets": [{"host": "backup.test"}]},
                {"domain": "named.example", "targets": [{"host": "h2.test", "port": 5080},
                                                         {"host": "gone.test"}]},
            ],
            "dns": {"enabled": True, "servers": [self.addresses["dns"]],
                    "timeout_ms": TIMEOUT_MS, "min_ttl": 60, "negative_ttl": 60},
        }


class Home:
    """A home that answers everything with 200, as long as it is up."""

    def __init__(self, w, name, port=5060):
        # the one of the test before may need a moment to let go of the address
        self.agent = wait_until(lambda: self._bind(w, name, port), 2, f"{name}:{port} free")
        self.up, self.refuses, self.got = True, 0, []
        threading.Thread(target=self._run, daemon=True).start()

    @staticmethod
    def _bind(w, name, port):
        try:
            return w.agent(name, port)
        except OSError:
            return None

    def _run(self):
        while self.agent.socket.fileno() >= 0:
            try:
                m = self.agent.receive(0.2)
            except OSError:
                return
            if m is None or m.status or not self.up:
                continue
            probe = "ping@" in m.get("from")
            if not probe:
                self.got.append(m)
            if m.method != "ACK":
                code = self.refuses if probe and self.refuses else 200
                self.agent.reply(m, code, "OK" if code == 200 else "No")

    def count(self, method):
        """Requests of this method that arrived; copies are not counted."""
        return len({m.get("call-id") for m in self.got if m.method == method})


def targets(w, name):
    """Rows of `show hops` for a name: {address: row}; without those that have no address."""
    for row in w.engines["edge"].show("hops"):
        if row["name"] == name:
            return {t["address"]: t for t in row["targets"] if t["address"]}
    return {}


def is_up(w, name, number):
    """Whether home1 or home2 is up as a target of a domain."""
    return targets(w, name)[f"198.51.100.3{number}:5060"]["up"]


def wait_state(w, one, two, seconds=10):
    """Both homes are seen as up or down as given; how long that took."""
    began = time.monotonic()
    wait_until(lambda: (is_up(w, "three.example", 1), is_up(w, "three.example", 2)) == (one, two),
               seconds, f"homes {one}, {two}", step=0.02)
    return time.monotonic() - began


def homes(w):
    """Both of them, up."""
    pair = Home(w, "home1"), Home(w, "home2")
    wait_state(w, True, True)
    return pair


def options(w, phone, uri, want=200, seconds=3.0, **known):
    """Send OPTIONS and check the answer's status."""
    return status(phone.ask(phone.request("OPTIONS", uri, **known), w.edge, seconds), want)


def moved(w, before):
    """Counters since `before` that are not 0."""
    after = w.engines["edge"].counters()
    return {k: v - before.get(k, 0) for k, v in after.items() if v != before.get(k, 0)}


# --- sets ---

def test_weights(w):
    """Of 400 calls three quarters go to who has weight 3."""
    one, two = homes(w)
    phone = w.agent("phone1")
    for _ in range(400):
        options(w, phone, "sip:u@three.example")
    equal(one.count("OPTIONS") + two.count("OPTIONS"), 400, "requests that arrived")
    true(260 <= one.count("OPTIONS") <= 340, f"{one.count('OPTIONS')} of 400, want 300")


def test_call_stays(w):
    """RFC 3261 16.11: all that has one Call-ID goes to one home; CANCEL and ACK too."""
    one, two = homes(w)
    phone = w.agent("phone1")
    for domain in ("three.example", "random.example"):
        for _ in range(20):
            one.got.clear()
            two.got.clear()
            text = phone.request("INVITE", f"sip:u@{domain}")
            answer = phone.ask(text, w.edge)
            phone.send(text, w.edge)
            m = Message(text.encode())
            options(w, phone, m.uri, via=m.get("via"), from_=m.get("from"), call_id=m.get("call-id"),
                    contact=None)
            phone.ack(text, answer, w.edge)
            wait_until(lambda: {"INVITE", "OPTIONS", "ACK"} <=
                       {m.method for m in one.got + two.got}, 5, "INVITE, OPTIONS, ACK")
            true(not one.got or not two.got, f"{domain}: one call at both homes")


def test_aor_stays(w):
    """balance: aor: a REGISTER, and calls for whom it registered, go to one home."""
    one, two = homes(w)
    phone = w.agent("phone1")
    used = set()
    for user in range(12):
        one.got.clear()
        two.got.clear()
        phone.register(f"sip:u{user}@aor.example", w.edge)
        for _ in range(3):
            options(w, phone, f"sip:u{user}@aor.example;x=y", call_id=unique("c"))
        true(not one.got or not two.got, f"u{user} at both homes")
        used.add(bool(one.got))
    equal(used, {True, False}, "homes that were used")


def test_priority_failover(w):
    """PR-15: who does not answer OPTIONS is passed over, and is back with its first answer."""
    one, two = homes(w)
    phone = w.agent("phone1")
    options(w, phone, "sip:u@first.example")
    equal((one.count("OPTIONS"), two.count("OPTIONS")), (1, 0), "both up")
    one.up = False
    took = wait_state(w, False, True)
    true(took < 4 * INTERVAL_MS / 1000 + 2, f"found down after {took:.2f} s")
    before = w.engines["edge"].counters()
    options(w, phone, "sip:u@first.example")
    equal((one.count("OPTIONS"), two.count("OPTIONS")), (1, 1), "first one down")
    equal(moved(w, before).get("target_down"), 1, "target_down")
    one.up = True
    took = wait_state(w, True, True)
    true(took < 2 * INTERVAL_MS / 1000 + 2, f"found up after {took:.2f} s")
    options(w, phone, "sip:u@first.example")
    equal((one.count("OPTIONS"), two.count("OPTIONS")), (2, 1), "up again")


def test_any_answer_but_503(w):
    """405 says that somebody is there; 503 that nothing is wanted."""
    one, _ = homes(w)
    one.refuses = 503
    wait_state(w, False, True)
    one.refuses = 405
    wait_state(w, True, True)
    equal(targets(w, "three.example")["198.51.100.31:5060"]["status"], 405, "last answer")


def test_all_down(w):
    """PR-08: no home answers: 504 from the edge, at once."""
    one, two = homes(w)
    phone = w.agent("phone1")
    one.up = two.up = False
    wait_state(w, False, False)
    for method in ("INVITE", "REGISTER"):
        text = phone.request(method, "sip:u@three.example", to="sip:u@three.example")
        answer = status(phone.ask(text, w.edge), 504)
        equal(answer.reason, "Server Time-out", "reason")
        if method == "INVITE":
            phone.ack(text, answer, w.edge)


def test_show(w):
    """`viaduct show hops` for people: who is down, what names lead to, and for how long."""
    one, _ = homes(w)
    phone = w.agent("phone1")
    one.up = False
    wait_state(w, False, True)
    options(w, phone, "sip:u@h2.test")
    argv = [w.engines["edge"].program("viaduct"), "show", "hops", "-c", w.engines["edge"].config]
    wait_until(lambda: "h2.test  resolved" in command(argv), 3, "h2.test in show hops")
    said = command(argv)
    for want in ("three.example  configured, balance call_id\n", " 75 %  DOWN for ",
                 " 25 %  up for ", "last answer 200", "h2.test  resolved, "):
        true(want in said, f"no {want!r} in\n{said}")


def test_show_names(w):
    """A target that is a name: who it is, and that it is nobody."""
    argv = [w.engines["edge"].program("viaduct"), "show", "hops", "-c", w.engines["edge"].config]
    wait_until(lambda: "gone.test  nowhere: " in command(argv), 3, "gone.test in show hops")
    wait_until(lambda: "  (h2.test)\n" in command(argv), 3, "h2.test in show hops")
    rows = next(r for r in w.engines["edge"].show("hops") if r["name"] == "named.example")["targets"]
    equal([(t["address"], t["host"], t.get("kind"), t["up"]) for t in rows],
          [("198.51.100.32:5080", "h2.test", None, True), (None, "gone.test", "nowhere", False)],
          "targets")


@disrupts
def test_control_remembers(w):
    """A control that starts again knows who was down."""
    _, two = homes(w)
    two.up = False
    wait_state(w, True, False)
    engine = w.engines["edge"]
    gone = engine.kill("control")
    engine.wait_back("control", gone)
    seen = set()
    for _ in range(40):
        seen.add(is_up(w, "three.example", 2))
        time.sleep(0.02)
    equal(seen, {False}, "states of home2")


# --- names ---

def test_names_in_next_hops(w):
    """A target that is a name: by SRV without a port, by its address with one."""
    one, two = homes(w)
    other = Home(w, "home2", 5080)
    phone = w.agent("phone1")
    wait_until(lambda: targets(w, "srv.example"), 3, "srv.example resolved")
    options(w, phone, "sip:u@srv.example")
    equal((one.count("OPTIONS"), two.count("OPTIONS")), (0, 1), "priority 10 is home2")
    wait_until(lambda: targets(w, "named.example"), 3, "named.example resolved")
    options(w, phone, "sip:u@named.example")
    equal(other.count("OPTIONS"), 1, "requests at home2:5080")


def test_name_in_request(w):
    """A request for a name waits for the DNS once; those behind it go straight on."""
    one, two = homes(w)
    phone = w.agent("phone1")
    before = w.engines["edge"].counters()
    options(w, phone, "sip:u@pair.test")
    seen = moved(w, before)
    true(seen.get("parked", 0) >= 1, "nothing was parked")
    equal(one.count("OPTIONS") + two.count("OPTIONS"), 1, "requests that arrived")
    time.sleep(0.2)
    before = w.engines["edge"].counters()
    for _ in range(100):
        options(w, phone, "sip:u@PAIR.test")
    equal(moved(w, before).get("parked", 0), 0, "parked")
    true(55 <= one.count("OPTIONS") <= 95, f"{one.count('OPTIONS')} of 101, want 75")
    true(targets(w, "pair.test"), "pair.test is not in show hops")


def test_kinds_of_names(w):
    """NAPTR for UDP; a CNAME; a port that is written; an address where there is no SRV."""
    one, two = homes(w)
    other = Home(w, "home2", 5080)
    phone = w.agent("phone1")
    for uri, home in (("sip:u@naptr.test", other), ("sip:u@alias.test", one),
                      ("sip:u@h2.test:5080", other), ("sip:u@h2.test", two),
                      ("sip:u@backup.test", two)):
        home.got.clear()
        options(w, phone, uri)
        equal(home.count("OPTIONS"), 1, uri)


def test_no_such_name(w):
    """404, and 404 again without asking, for what the DNS says does not exist."""
    homes(w)
    phone = w.agent("phone1")
    for name in ("nobody.test", "no.test"):
        answer = options(w, phone, f"sip:u@{name}", 404)
        equal(answer.reason, "No Route To This Domain", "reason")
    time.sleep(0.1)
    before = w.engines["edge"].counters()
    options(w, phone, "sip:u@nobody.test", 404)
    equal(moved(w, before).get("parked", 0), 0, "parked")


def test_invite_waits_once(w):
    """Copies of an INVITE that waits, and its CANCEL, are delivered once and in order."""
    one, two = homes(w)
    phone = w.agent("phone1")
    w.dns.process.signal(signal.SIGSTOP)
    try:
        text = phone.request("INVITE", "sip:u@h1.test:5060")
        m = Message(text.encode())
        for _ in range(3):
            phone.send(text, w.edge)
        phone.send(phone.request("CANCEL", m.uri, via=m.get("via"), from_=m.get("from"),
                                 call_id=m.get("call-id"), cseq="1 CANCEL", contact=None), w.edge)
        time.sleep(0.1)
    finally:
        w.dns.process.signal(signal.SIGCONT)
    wait_until(lambda: len(one.got) >= 2, 3, "INVITE and CANCEL")
    time.sleep(0.2)
    equal([m.method for m in one.got], ["INVITE", "CANCEL"], "at home1")
    equal(two.got, [], "at home2")


def test_dns_dead(w):
    """No answer from the DNS: 503 in time, and all other traffic goes on meanwhile."""
    homes(w)
    phone, other = w.agent("phone1"), w.agent("phone1", 5070)
    wait_until(lambda: targets(w, "srv.example"), 3, "srv.example resolved")
    w.dns.process.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        text = phone.request("OPTIONS", f"sip:u@{unique('n')}.test")
        phone.send(text, w.edge)
        worst = 0.0
        while time.monotonic() - began < TIMEOUT_MS / 1000 * 0.8:
            sent = time.monotonic()
            options(w, other, "sip:u@three.example")
            worst = max(worst, time.monotonic() - sent)
        answer = phone.expect(seconds=3, status=503)
        took = time.monotonic() - began
        equal(answer.reason, "Name Not Resolved", "reason")
        true(answer.get("retry-after") != "", "no Retry-After")
        true(took < TIMEOUT_MS / 1000 + 1, f"503 after {took:.2f} s")
        true(worst < TIMEOUT_MS / 2000, f"a request to another domain took {worst:.3f} s")
        # the sets of the configuration keep what they had
        options(w, phone, "sip:u@srv.example")
    finally:
        w.dns.process.signal(signal.SIGCONT)


def test_flood_of_names(w):
    """Many names at once: each is answered, and the engine stays as it is."""
    homes(w)
    phone = w.agent("phone1")
    calls = set()
    for i in range(600):
        text = phone.request("OPTIONS", f"sip:u@n{i}-{os.getpid()}.test")
        calls.add(Message(text.encode()).get("call-id"))
        phone.send(text, w.edge)
    end = time.monotonic() + 10
    while calls and time.monotonic() < end:
        m = phone.receive(0.5)
        if m is not None and m.status in (404, 503):
            calls.discard(m.get("call-id"))
    equal(len(calls), 0, "requests without answer")
    options(w, phone, "sip:u@three.example")


def test_stranger_asks_for_nothing(w):
    """Who may not relay cannot make the edge look names up."""
    homes(w)
    before = w.engines["edge"].counters()
    stranger = w.agent("home1", 5099)
    answer = stranger.ask(stranger.request("OPTIONS", "sip:u@pair2.test"), ("198.51.100.2", 5060))
    status(answer, 403)
    equal(moved(w, before).get("parked", 0), 0, "parked")
