# SPDX-License-Identifier: BSD-3-Clause
"""Proxies that know each other's domains, beside a caller and phones; what passes between them."""

import re
import select
import socket
import time

from bindings import adds_up, bind, settled, since
from engine import Port
from network import wait_until
from sip import Agent, Message, parameter, unique
from topology import World

NO_LIMITS = {key: {"rate": 0} for key in
             ("source", "invite_source", "invite_aor", "register_aor", "requests")}
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 1
RCVBUFFORCE = 33


class Proxies(World):
    """p1, p2 and so on, each for a domain pN.example.com, and `a`, `b`, `c` on the same link."""

    count = 2
    workers = 1
    dataplane = {"memory_mb": 128, "buffers": 8192}

    def cables(self):
        net = self.net
        net.namespace("switch", "a", "b", "c")
        net.bridge("switch", "lan")
        self.addresses = {}
        for i, name in enumerate(("a", "b", "c"), 100):
            self.addresses[name] = f"198.51.100.{i}"
            net.attach("switch", "lan", name, "eth0")
            net.address(name, "eth0", self.addresses[name] + "/24")
        self.places = {f"p{i}": f"198.51.100.{10 + i}" for i in range(1, self.count + 1)}
        self.probes = {}
        for name, address in self.places.items():
            net.namespace(name)
            net.attach("switch", "lan", name, "core0")
            self.add(name, [Port("core", "core0", [address + "/24"], queues=self.workers)],
                     **self.sections(name))
            self.probes[name] = ("a", self.addresses["a"], (address, 5060))
        self.wire = Wire(net, "switch", "lan", self.places.values())

    def sections(self, name):
        """The file of one of them."""
        return {"dataplane": {"workers": self.workers, "hugepages": "off", **self.dataplane},
                "domains": [f"{name}.example.com"], "guard": NO_LIMITS,
                "registrar": {"max_aors": 1000, "max_contacts": 64},
                "proxy": {},
                "next_hops": [{"domain": f"{other}.example.com", "address": address}
                              for other, address in self.places.items() if other != name]}

    def probe(self, engine):
        name, address, target = self.probes[engine.name]
        agent = Agent(self.net, name, address, 5099)
        self.net.sockets.remove(agent.socket)

        def answered():
            try:
                return agent.ask(agent.request("OPTIONS", f"sip:{target[0]}"), target,
                                 0.4).status == 200
            except AssertionError:
                return False
        try:
            wait_until(answered, 15, f"{engine.name}: answer to an OPTIONS")
        finally:
            agent.close()

    def at(self, name):
        """Where a proxy is."""
        return (self.places[name], 5060)

    def configure(self, everywhere=None, **some):
        """The section `proxy` of all of them, and more of some; who has another one starts anew."""
        for name, engine in self.engines.items():
            wanted = {**(everywhere or {}), **some.get(name, {})}
            if engine.sections["proxy"] == wanted:
                continue
            engine.sections["proxy"] = wanted
            engine.stop()
            engine.start()
            self.probe(engine)

    def register(self, table):
        """{aor: contacts}, each where the host of the AOR says."""
        for name, engine in self.engines.items():
            own = {aor: contacts for aor, contacts in table.items()
                   if aor.endswith(f"@{name}.example.com")}
            if own:
                bind(engine, own)

    def attack(self, uri, phones=None, **options):
        """One INVITE, until all has ended. What came of it: counters of all proxies together, what
        the caller got, and what was on the wire."""
        first = re.search(r"@(\w+)\.", uri).group(1)
        before = {name: settled(e) for name, e in self.engines.items()}
        self.wire.forget()
        caller = Caller(self, options.pop("port", 5070))
        call = caller.call(uri, self.at(first), phones or {}, **options)
        outcome = {"finals": caller.codes(call)}
        caller.close()
        for name, e in self.engines.items():
            found = since(before[name], settled(e))
            adds_up(found, name)
            for counter, value in found.items():
                outcome[counter] = outcome.get(counter, 0) + value
        self.wire.take()
        outcome.update(forwarded=len(self.wire.depth), open=len(self.wire.pending),
                       most=self.wire.most, refused=self.wire.refused(),
                       most_at_depth=max(self.wire.most_at.values(), default=0))
        return outcome


class Caller:
    """Who sends requests, one after the other; and the phones, which are played by the same loop.
    `finals` has what came of each, by Call-ID: each response that was different once."""

    def __init__(self, w, port):
        self.w, self.agent = w, w.agent("a", port)
        self.text, self.finals = {}, {}

    def close(self):
        """Give the address back."""
        self.agent.close()
        self.w.net.sockets.remove(self.agent.socket)

    def call(self, uri, proxy, phones, max_forwards=70, breadth=None, seconds=60, linger=0.3):
        """Send one, with what a phone does by agent: a function of the agent and what it got.
        Returns the Call-ID, `linger` seconds after the first final response."""
        call = unique("c")
        extra = [] if breadth is None else [f"Max-Breadth: {breadth}"]
        text = self.text[call] = self.agent.request("INVITE", uri, extra=extra, call_id=call,
                                                    max_forwards=str(max_forwards))
        finals = self.finals[call] = {}
        end = time.monotonic() + seconds
        again, wait, heard, answered = 0, 0.25, False, False
        while (now := time.monotonic()) < end:
            if not heard and now >= again:
                self.agent.send(text, proxy)
                wait *= 2
                again = now + wait
            heard |= self.listen(phones, min(0.1, end - now), proxy, call)
            if finals and not answered:
                answered, end = True, min(end, time.monotonic() + linger)
        if not finals:
            raise AssertionError(f"no final response within {seconds} s to\n{text}")
        return call

    def codes(self, call):
        """Of the final responses to a request by now."""
        return sorted(self.finals[call].values())

    def listen(self, phones, seconds, proxy, call):
        """Take in what has arrived at the caller; let phones do what they do. Whether there was
        anything of this call."""
        sockets = [self.agent.socket, self.w.wire.socket] + [p.socket for p in phones]
        ready, _, _ = select.select(sockets, [], [], max(seconds, 0))
        if self.w.wire.socket in ready:
            self.w.wire.take()
        for phone, act in phones.items():
            while phone.socket in ready and (m := phone.receive(0.0001)) is not None:
                act(phone, m)
        heard = False
        while self.agent.socket in ready and (m := self.agent.receive(0.0001)) is not None:
            heard |= m.get("call-id") == call
            if m.status >= 200:
                self.finals[m.get("call-id")][m.raw] = m.status
            if m.status >= 300:
                self.agent.ack(self.text[m.get("call-id")], m, proxy)
        return heard


def answers(code, reason, rings=False):
    """A phone that says this to every INVITE, and counts them in `invites`."""
    def act(phone, m):
        if m.status or m.method == "ACK":
            return
        if m.method != "INVITE":
            phone.reply(m, 200)
            return
        branch = parameter(m.values("via")[0], "branch")
        tag = act.tags.setdefault(branch, unique("t"))
        if rings and branch not in act.invites:
            phone.reply(m, 180, "Ringing", tag=tag)
        act.invites[branch] = m
        phone.reply(m, code, reason, tag=tag)
    act.invites, act.tags = {}, {}
    return act


class Wire:
    """Reads along on a bridge: the INVITEs that proxies have forwarded, each known by its branch,
    and which of them have no final response yet. Requests of a proxy to itself are on no wire."""

    def __init__(self, net, name, bridge, proxies):
        self.proxies = {f"{p}:5060" for p in proxies} | set(proxies)
        self.socket = net.socket(name, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.socket.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 64 << 20)
        self.socket.bind((bridge, 0x0003))
        index = _index(net, name, bridge)
        self.socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                               index.to_bytes(4, "little") + PACKET_MR_PROMISC.to_bytes(2, "little")
                               + bytes(10))
        self.socket.setblocking(False)
        self.forget()

    def forget(self):
        """Begin anew."""
        while self._next() is not None:
            pass
        self.depth, self.pending, self.pending_at = {}, set(), {}
        self.most, self.most_at, self.code, self.parents = 0, {}, {}, set()

    def refused(self):
        """How many of those that were forwarded no further got which final response."""
        counts = {}
        for branch, code in self.code.items():
            if branch not in self.parents:
                counts[code] = counts.get(code, 0) + 1
        return counts

    def _next(self):
        try:
            return self.socket.recv(65535)
        except BlockingIOError:
            return None

    def take(self):
        """Take in what has passed."""
        while (frame := self._next()) is not None:
            if frame[12:14] != b"\x08\x00" or frame[23] != 17:
                continue
            if int.from_bytes(frame[20:22], "big") & 0x1fff:
                continue  # no first fragment
            self._message(frame[14 + (frame[14] & 15) * 4 + 8:])

    def _message(self, data):
        is_request = data.startswith(b"INVITE ")
        if not is_request and not data.startswith(b"SIP/2.0 "):
            return
        m = Message(data)
        vias = m.values("via")[:2]
        if not vias or vias[0].split(";")[0].split()[-1] not in self.proxies:
            return
        branch = parameter(vias[0], "branch")
        if is_request:
            self._begins(branch, parameter(vias[1], "branch"))
        elif m.status >= 200 and branch in self.pending:
            self.pending.remove(branch)
            self.pending_at[self.depth[branch]] -= 1
            self.code[branch] = m.status

    def _begins(self, branch, before):
        if branch in self.depth:
            return
        depth = self.depth[branch] = self.depth.get(before, 0) + 1
        self.parents.add(before)
        self.pending.add(branch)
        self.pending_at[depth] = self.pending_at.get(depth, 0) + 1
        self.most = max(self.most, len(self.pending))
        self.most_at[depth] = max(self.most_at.get(depth, 0), self.pending_at[depth])


def _index(net, name, interface):
    return int(net.ip(name, "-o", "link", "show", interface).split(":")[0])
