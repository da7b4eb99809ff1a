# SPDX-License-Identifier: BSD-3-Clause
"""305 followed with loose routing: an edge whose home proxy is drained goes on to another one; and
proxies that tests play, who say 305 to it (the acceptance scenarios of route construction)."""

import subprocess
import time

from calls import SDP, aor, establish, in_dialog, outbound_register, phone, phones_call, sipp_pair
from calls import target
from engine import Port
from network import wait_until
from sip import inner_uri
from testing import equal, status, true
from topology import EdgeAndHome, small

ENGINE_ONLY = True

TAKEN_UP_S = 0.5  # the dataplane looks for orders all the time, on a busy machine less often


class WORLD(EdgeAndHome):
    """Two home proxies of one domain, each the way out for the other; the edge knows the first.

        phone1, phone2 -- access -- edge -- core -- home, home2, router -- callee
    """

    def cables(self):
        super().cables()
        net = self.net
        bits, home2 = self.pick("/24", "/64"), self.pick("198.51.100.21", "2001:db8:51::21")
        net.namespace("home2")
        net.attach("switch", "core", "home2", "core0")
        core = self.pick("198.51.100.0/24", "2001:db8:51::/64")
        far = self.pick("192.0.2.0/24", "2001:db8:ca::/64")
        self.home2 = (home2, 5060)
        self.add("home2", [Port("core", "core0", [home2 + bits], [(far, self.addresses["router"])])],
                 dataplane=small(), domains=["example.com"], guard=self.guard,
                 **self.home_sections([core, far]))
        self.probes["home2"] = ("callee", self.addresses["callee"], self.home2)

    def home_sections(self, trusted):
        return super().home_sections(trusted) | {"proxy": {"send_305": trusted[:1]}}

    def edge_sections(self, core):
        return super().edge_sections(core) | {"proxy": {"recurse_305": [core]}}


def order(w, engine, *args):
    """Run the command on an engine."""
    e = w.engines[engine]
    done = subprocess.run([e.program("viaduct"), *args, "-c", e.config], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                          stdin=subprocess.DEVNULL)
    equal(done.returncode, 0, f"{' '.join(args)}: {done.stdout}")
    time.sleep(TAKEN_UP_S)


class Drained:
    """Home proxies are drained inside, each with where to go instead, and open again behind."""

    def __init__(self, w, **to):
        self.w, self.to = w, to

    def __enter__(self):
        for engine, instead in self.to.items():
            order(self.w, engine, "drain", "--to", instead)

    def __exit__(self, *_):
        for engine in self.to:
            order(self.w, engine, "resume")


def recursed(w):
    """How many 305s the edge has followed."""
    return w.engines["edge"].counters().get("recursed", 0)


# --- engines alone ---

def test_home_drained(w):
    """RC-20, RC-25, RC-35, RC-36: the first home proxy is drained. Registrations and calls reach
    the second one, and nobody outside sees a 305; dialogs stay where they began."""
    caller, callee = w.agent("phone1"), w.agent("callee")
    before = recursed(w)
    with Drained(w, home=f"sip:{target(*w.home2)}"):
        answer = status(outbound_register(caller, "moved", w.edge), 200)
        equal(len(answer.all("path")), 1, "Path of the 200")
        status(callee.register(aor("far"), w.home2), 200)
        here, there, got = establish(caller, callee, aor("far"), w.edge)
        true(any(w.home2[0] in r for r in got.values("record-route")),
             f"Record-Route of the second home proxy: {got.values('record-route')}")
        true(not any(w.home[0] in r for r in got.values("record-route")),
             f"Record-Route of the first home proxy: {got.values('record-route')}")
        in_dialog("INVITE", here, there, w.edge, SDP)
        in_dialog("BYE", there, here, w.home2)
        # the binding of the caller is at the second one, and leads to him
        here, there, _ = establish(callee, caller, aor("moved"), w.home2)
        in_dialog("BYE", here, there, w.home2)
    true(recursed(w) - before >= 2, f"{recursed(w) - before} 305s followed")


def test_sipp(w):
    """sipp behind the edge calls sipp at the second home proxy, by way of a 305 for each call."""
    register = w.agent("callee", 5099)
    status(register.register(aor("sipp"), w.home2,
                             contact=f"<sip:sipp@{target(w.addresses['callee'])}>"), 200)
    register.close()
    before = recursed(w)
    with Drained(w, home=f"sip:{target(*w.home2)}"):
        client, server = sipp_pair(w, "uac", "uas", "phone1", "callee", "sipp", w.edge, calls=20)
    equal((client["succeeded"], client["failed"]), (20, 0), "calls of sipp")
    equal(server["succeeded"], 20, "calls at sipp")
    equal(recursed(w) - before, 20, "305s followed")


def test_phones(w):
    """Two phones register through an edge whose home proxy is drained, and call each other."""
    with Drained(w, home=f"sip:{target(*w.home2)}"):
        first, second = phone(w, "phone1", "rosa", w.edge), phone(w, "phone2", "ruth", w.edge)
        phones_call(first, second, second)


def test_both_drained(w):
    """RC-32, scenario 11: two sites that name each other. It ends, and nothing is left behind."""
    caller = w.agent("phone1")
    before = recursed(w)
    with Drained(w, home=f"sip:{target(*w.home2)}", home2=f"sip:{target(*w.home)}"):
        text = caller.request("INVITE", aor("nobody"))
        answer = status(caller.ask(text, w.edge), 305)
        caller.ack(text, answer, w.edge)
        status(caller.register(aor("nobody"), w.edge), 305)
    equal(recursed(w) - before, 4, "305s followed")


# --- proxies that the test plays ---

def use_proxy(agent, got, *contacts):
    """Answer 305 with these Contacts, and not with the one that a final response has by itself."""
    text = agent.response(got, 305, "Use Proxy", extra=["Contact: " + ", ".join(contacts)])
    agent.send(text.replace(f"Contact: <sip:agent@{agent.here}>\r\n", "", 1), got.source)


class Proxies:
    """hp1, hp2, hp3: three ports of one listed address."""

    def __init__(self, w):
        self.w = w
        # the one of the test before may need a moment to let go of the port
        self.hp = [wait_until(lambda p=p: self._bind(p), 2, f"port {p} free")
                   for p in (5061, 5062, 5063)]
        self.uri = [f"sip:{a.here};lr" for a in self.hp]
        self.caller = w.agent("phone1")

    def _bind(self, port):
        try:
            return self.w.agent("router", port)
        except OSError:
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for agent in [*self.hp, self.caller]:
            agent.close()

    def ask(self, method="INVITE", behind=("sip:x.example;lr", "sip:y.example;lr")):
        """A request of the phone's along the edge and hp1; its text, and what hp1 gets."""
        routes = [f"sip:{target(*self.w.edge)};lr", self.uri[0], *behind]
        text = self.caller.request(method, "sip:bob@far.example",
                                   extra=[f"Route: <{r}>" for r in routes])
        self.caller.send(text, self.w.edge)
        return text, self.hp[0].expect(method=method)

    def move(self, got, agent, *contacts):
        """Answer 305 with these; the ACK comes to whom it is for."""
        use_proxy(agent, got, *contacts)
        if got.method == "INVITE":
            agent.expect(method="ACK", call=got.get("call-id"))

    def end(self, text, agent, got, code=486):
        """A final response, which the phone gets, and acknowledges."""
        agent.reply(got, code, "Over")
        answer = status(self.caller.expect(status=code, call=got.get("call-id")), code)
        if got.method == "INVITE":
            agent.expect(method="ACK", call=got.get("call-id"))
            self.caller.ack(text, answer, self.w.edge)


def routes(message):
    """The URIs of its Route."""
    return [inner_uri(r) for r in message.values("route")]


def test_one_request_to_another(w):
    """Scenario 7, RC-21, RC-23, RC-29."""
    with Proxies(w) as p:
        text, first = p.ask()
        p.move(first, p.hp[0], f"<{p.uri[1]}>")
        second = p.hp[1].expect(method="INVITE")
        equal(second.uri, first.uri, "Request-URI")
        equal(routes(second), [p.uri[1], "sip:x.example;lr", "sip:y.example;lr"], "Route")
        for name in ("max-forwards", "max-breadth", "cseq", "record-route", "call-id", "from", "to"):
            equal(second.all(name), first.all(name), name)
        true(second.all("via")[0] != first.all("via")[0], "another branch")
        p.end(text, p.hp[1], second)
        p.hp[0].expect_nothing(0.2)
        p.caller.expect_nothing(0.2)


def test_no_route(w):
    """RC-22, and RC-30 for what no one can follow: without `lr`, with headers, by another scheme."""
    with Proxies(w) as p:
        text, first = p.ask("MESSAGE", behind=())
        p.move(first, p.hp[0], "<sips:x.example;lr>", f"<sip:tok@{p.hp[1].here};method=BYE?Route=x>")
        second = p.hp[1].expect(method="MESSAGE")
        equal(routes(second), [f"sip:tok@{p.hp[1].here};lr"], "Route")
        p.end(text, p.hp[1], second, 404)


def test_next_q(w):
    """Scenario 8, RC-27: 503, and the next one; from the Routes as they came."""
    with Proxies(w) as p:
        text, first = p.ask()
        p.move(first, p.hp[0], f"<{p.uri[2]}>;q=0.5", f"<{p.uri[1]}>;q=1.0")
        second = p.hp[1].expect(method="INVITE")
        p.hp[2].expect_nothing(0.2)
        p.hp[1].reply(second, 503, "Service Unavailable")
        third = p.hp[2].expect(method="INVITE")
        equal(routes(third), [p.uri[2], "sip:x.example;lr", "sip:y.example;lr"], "Route")
        p.end(text, p.hp[2], third)


def test_equal_q(w):
    """Scenario 9, RC-24: both get a share."""
    count = [0, 0]
    with Proxies(w) as p:
        for _ in range(60):
            text, first = p.ask("MESSAGE", behind=())
            p.move(first, p.hp[0], f"<{p.uri[1]}>", f"<{p.uri[2]}>")
            got, i = p.hp[1].receive(0.05), 0
            if got is None:
                got, i = p.hp[2].expect(method="MESSAGE"), 1
            count[i] += 1
            p.end(text, p.hp[1 + i], got, 404)
    true(min(count) >= 12, f"of 60 requests {count}")


def test_not_followed(w):
    """Scenario 10, RC-31, RC-33: a proxy that is not listed; a phone over its flow."""
    caller, other, callee = w.agent("phone1"), w.agent("phone1", 5070), w.agent("callee")
    contact = f"<sip:{target(*w.home2)};lr>"
    text = caller.request("INVITE", f"sip:bob@{callee.here}")
    before = recursed(w)
    caller.send(text, w.edge)
    got = callee.expect(method="INVITE")
    use_proxy(callee, got, contact)
    answer = status(caller.expect(status=305, call=got.get("call-id")), 305)
    equal(answer.all("contact"), [contact], "Contact of the 305")
    caller.ack(text, answer, w.edge)
    status(outbound_register(other, "flow", w.edge), 200)
    text = callee.request("INVITE", aor("flow"))
    callee.send(text, w.home)
    got = other.expect(method="INVITE")
    use_proxy(other, got, contact)
    answer = callee.expect(call=got.get("call-id"), status=305)
    callee.ack(text, answer, w.home)
    equal(recursed(w), before, "305s followed")


def test_ping_pong(w):
    """Scenario 11: each Contact once; the phone gets a 305."""
    with Proxies(w) as p:
        text, first = p.ask()
        p.move(first, p.hp[0], f"<{p.uri[1]}>")
        p.move(p.hp[1].expect(method="INVITE"), p.hp[1], f"<{p.uri[0]}>")
        again = p.hp[0].expect(method="INVITE")
        p.move(again, p.hp[0], f"<{p.uri[1]}>")
        answer = status(p.caller.expect(status=305), 305)
        p.caller.ack(text, answer, w.edge)
        p.hp[1].expect_nothing(0.3)


def test_cancelled(w):
    """RC-26: who has cancelled is not taken elsewhere."""
    with Proxies(w) as p:
        text, first = p.ask()
        p.hp[0].reply(first, 180, "Ringing")
        status(p.caller.expect(status=180), 180)
        cancel = text.replace("INVITE sip:", "CANCEL sip:").replace("CSeq: 1 INVITE",
                                                                    "CSeq: 1 CANCEL")
        p.caller.send(cancel, w.edge)
        p.hp[0].reply(p.hp[0].expect(method="CANCEL"), 200)
        p.move(first, p.hp[0], f"<{p.uri[1]}>")
        answer = p.caller.expect(status=305, call=first.get("call-id"))
        p.caller.ack(text, answer, w.edge)
        p.hp[1].expect_nothing(0.3)
