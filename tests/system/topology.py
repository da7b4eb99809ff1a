# SPDX-License-Identifier: BSD-3-Clause
"""The networks that tests run in: one engine on one link, one or two edges before a home proxy."""

import os
import shutil

from clients import Dnsmasq
from engine import Engine, Port
from network import NetworkError, wait_until
from sip import Agent

DOMAIN = "example.com"


class World:
    """A network with engines. Subclasses lay the cables."""

    engines_wanted = ()
    # Tests are about few users, who do more than people do; sipp makes all calls in one name.
    guard = {"register_aor": {"rate": 0}, "invite_aor": {"rate": 0}}
    servers = ()  # what runs beside the engines all the time, such as a database
    users = {}  # who may authenticate at `home`: name and password

    def __init__(self, net, build, make=Engine, v6=False):
        self.net, self.build, self.make, self.v6 = net, build, make, v6
        self.engines = {}

    def start(self):
        """Cables, engines, and a first answer from the registrar."""
        self.cables()
        if "home" in self.engines:
            self.engines["home"].users = self.users
        for engine in self.engines.values():
            self.before_start(engine)
            engine.start()
        for engine in self.engines.values():
            self.probe(engine)

    def cables(self):
        raise NotImplementedError

    def before_start(self, engine):
        """What an engine needs before it is started for the first time."""

    def add(self, name, ports, **sections):
        """An engine of this world."""
        self.engines[name] = self.make(self.net, self.build, name, ports, **sections)
        return self.engines[name]

    def pick(self, v4, v6):
        """One of the two by address family."""
        return v6 if self.v6 else v4

    def probe(self, engine):
        """Wait until a REGISTER without Contact (a query) is answered by way of an engine."""
        name, address, target = self.probes[engine.name]
        agent = Agent(self.net, name, address, 5099)
        self.net.sockets.remove(agent.socket)

        def answered():
            try:
                return agent.register(f"sip:probe@{DOMAIN}", target, contact="", expires=None,
                                      seconds=0.4).status
            except AssertionError:
                return 0
        try:
            status = wait_until(answered, 15, f"{engine.name}: answer to a REGISTER to {target}")
        finally:
            agent.close()
        if status >= 500:
            raise NetworkError(f"{engine.name}: {status} to a REGISTER that only asks")

    def agent(self, name, port=5060, **options):
        """A bare SIP agent in one of the namespaces, at its address."""
        return Agent(self.net, name, self.addresses[name], port, **options)

    def healthy(self):
        """What is wrong with the engines now, as text; "" when nothing is."""
        for name, engine in self.engines.items():
            if not engine.process.running():
                return f"{name}: viaduct run has ended; log: {engine.process.log}"
            missing = {"dataplane", "control"} - engine.pids().keys()
            if missing:
                return f"{name}: {' and '.join(missing)} not running; log: {engine.process.log}"
        return ""

    def pids(self):
        """Every engine's processes, to tell whether one was started again in between."""
        return {name: engine.pids() for name, engine in self.engines.items()}


class Local(World):
    """`home` (registrar and home proxy), and agents `a`, `b`, `c` on the same link."""

    home_sections = {}

    def cables(self):
        net = self.net
        net.namespace("switch", "home", "a", "b", "c")
        net.bridge("switch", "lan")
        net.attach("switch", "lan", "home", "core0")
        self.addresses = {}
        for i, name in enumerate(("a", "b", "c"), 31):
            self.addresses[name] = self.pick(f"198.51.100.{i}", f"2001:db8:51::{i}")
            net.attach("switch", "lan", name, "eth0")
            net.address(name, "eth0", self.addresses[name] + self.pick("/24", "/64"))
        self.home_address = self.pick("198.51.100.20", "2001:db8:51::20")
        self.home = (self.home_address, 5060)
        self.add("home", [Port("core", "core0", [self.home_address + self.pick("/24", "/64")])],
                 dataplane=small(), domains=[DOMAIN], guard=self.guard, **self.sections())
        self.probes = {"home": ("a", self.addresses["a"], self.home)}

    def sections(self):
        """Further sections of the engine's file."""
        lan = self.pick("198.51.100.0/24", "2001:db8:51::/64")
        return {"registrar": {"max_aors": 20000}, "networks": {"relay": [lan]}}


class EdgeAndHome(World):
    """Clients, one behind NAT, before an edge; behind it the home proxy, and a routed network.

        phone1 ---------------+                    +-- home (registrar, home proxy)
                            access -- edge -- core +
        phone2 -- nat --------+                    +-- router -- callee
    """

    edge_make = home_make = None  # a peer in the place of an engine

    def cables(self):
        net, pick = self.net, self.pick
        bits = pick("/24", "/64")
        net.namespace("switch", "edge", "home", "phone1", "phone2", "callee")
        net.namespace("nat", "router", forward=True)
        for bridge in ("access", "core"):
            net.bridge("switch", bridge)
        for bridge, name, interface in (
                ("access", "edge", "acc0"), ("access", "phone1", "eth0"),
                ("access", "nat", "out0"), ("core", "edge", "core0"),
                ("core", "home", "core0"), ("core", "router", "core0")):
            net.attach("switch", bridge, name, interface)
        net.link("nat", "in0", "phone2", "eth0")
        net.link("router", "far0", "callee", "eth0")
        self.edge_outside = pick("203.0.113.2", "2001:db8:acc::2")
        self.edge_inside = pick("198.51.100.2", "2001:db8:51::2")
        self.home_address = pick("198.51.100.20", "2001:db8:51::20")
        gateway = pick("198.51.100.1", "2001:db8:51::1")
        far = pick("192.0.2.0/24", "2001:db8:ca::/64")
        self.addresses = {
            "phone1": pick("203.0.113.11", "2001:db8:acc::11"),
            "nat": pick("203.0.113.9", "2001:db8:acc::9"),
            "phone2": pick("10.0.0.5", "2001:db8:a::5"),
            "callee": pick("192.0.2.10", "2001:db8:ca::10"),
            "router": gateway,
        }
        net.address("phone1", "eth0", self.addresses["phone1"] + bits)
        net.address("nat", "out0", self.addresses["nat"] + bits)
        net.address("nat", "in0", pick("10.0.0.1", "2001:db8:a::1") + bits)
        net.address("phone2", "eth0", self.addresses["phone2"] + bits)
        net.address("router", "core0", gateway + bits)
        net.address("router", "far0", pick("192.0.2.1", "2001:db8:ca::1") + bits)
        net.address("callee", "eth0", self.addresses["callee"] + bits)
        net.route("phone1", "default", self.edge_outside)
        net.route("nat", "default", self.edge_outside)
        net.route("phone2", "default", pick("10.0.0.1", "2001:db8:a::1"))
        net.route("callee", "default", pick("192.0.2.1", "2001:db8:ca::1"))
        routes_out = []
        if self.v6:
            routes_out = [("2001:db8:a::/64", self.addresses["nat"])]
        else:
            net.masquerade("nat", "out0")
        self.edge = (self.edge_outside, 5060)
        self.home = (self.home_address, 5060)
        core = pick("198.51.100.0/24", "2001:db8:51::/64")
        self._edge([Port("acc", "acc0", [self.edge_outside + bits], routes_out),
                    Port("core", "core0", [self.edge_inside + bits], [(far, gateway)])], core)
        self._home([Port("core", "core0", [self.home_address + bits], [(far, gateway)])],
                   [core, far])
        self.probes = {"edge": ("phone1", self.addresses["phone1"], self.edge),
                       "home": ("callee", self.addresses["callee"], self.home)}

    def _edge(self, ports, core, name="edge"):
        self.engines[name] = (self.edge_make or self.make)(
            self.net, self.build, name, ports, dataplane=small(), guard=self.guard,
            **self.edge_sections(core))

    def _home(self, ports, trusted):
        self.engines["home"] = (self.home_make or self.make)(
            self.net, self.build, "home", ports, dataplane=small(), domains=[DOMAIN],
            guard=self.guard, **self.home_sections(trusted))

    def edge_sections(self, core):
        """What makes an engine an edge."""
        access = self.pick(["203.0.113.0/24"], ["2001:db8:acc::/64", "2001:db8:a::/64"])
        return {"edge": {"enabled": True, "path_for_legacy": True, "record_route": "always"},
                "networks": {"peers": [core], "relay": access},
                "next_hops": [{"domain": DOMAIN, "address": self.home_address, "port": 5060}]}

    def home_sections(self, trusted):
        """What makes an engine a registrar and home proxy."""
        return {"registrar": {"max_aors": 20000},
                "networks": {"peers": trusted[:1], "relay": trusted}}


class TwoEdges(EdgeAndHome):
    """Two edges with one key ring, side by side before the home proxy; the second one stands by for
    the addresses of the first.

                            +-- edge --+
        phones -- access ---+          +--- core -- home, router -- callee
                            +-- edge2 -+
    """

    def cables(self):
        net, pick = self.net, self.pick
        bits = pick("/24", "/64")
        self.inside = {"edge": pick("198.51.100.2", "2001:db8:51::2"),
                       "edge2": pick("198.51.100.3", "2001:db8:51::3")}
        super().cables()
        net.namespace("edge2")
        net.attach("switch", "access", "edge2", "acc0")
        net.attach("switch", "core", "edge2", "core0")
        outside = pick("203.0.113.3", "2001:db8:acc::3")
        acc, core = self.engines["edge"].ports
        self._edge([Port("acc", "acc0", [outside + bits], acc.routes, acc.plain()),
                    Port("core", "core0", [self.inside["edge2"] + bits], core.routes, core.plain())],
                   pick("198.51.100.0/24", "2001:db8:51::/64"), "edge2")
        self.edge2 = (outside, 5060)
        self.outside = {"edge": self.edge, "edge2": self.edge2}
        self.probes["edge2"] = ("phone1", self.addresses["phone1"], self.edge2)

    def before_start(self, engine):
        if engine.name == "edge2":
            share_keys(self.engines["edge"], engine)

    def home_sections(self, trusted):
        """The home proxy asks both edges how they are, twice a second."""
        return super().home_sections(trusted) | {"next_hops": [
            {"domain": address, "targets": [{"host": address}], "probe": "options",
             "probe_interval_ms": 500, "probe_failures": 2} for address in self.inside.values()]}


def share_keys(owner, other):
    """Give an engine that was not started yet the key ring of another one."""
    ring = os.path.join(owner.state(), "keyring")
    wait_until(lambda: os.path.exists(ring), 5, f"{ring} written")
    os.makedirs(other.state(), mode=0o700, exist_ok=True)
    shutil.copy2(ring, other.state())


def small():
    """Enough for a test, and room for two engines on a small machine."""
    return {"workers": 1, "memory_mb": 256, "buffers": 8192}


class EdgeAndTargets(World):
    """An edge, a client before it, and behind it two homes that tests play, and a DNS server.

        phone1 -- access -- edge -- core -- home1, home2, dns
    """

    dns_lines = ()

    def cables(self):
        net = self.net
        net.namespace("switch", "edge", "phone1", "home1", "home2", "dns")
        for bridge in ("access", "core"):
            net.bridge("switch", bridge)
        self.addresses = {"phone1": "203.0.113.11", "home1": "198.51.100.31",
                          "home2": "198.51.100.32", "dns": "198.51.100.53"}
        net.attach("switch", "access", "edge", "acc0")
        net.attach("switch", "core", "edge", "core0")
        for name, address in self.addresses.items():
            net.attach("switch", "access" if name == "phone1" else "core", name, "eth0")
            net.address(name, "eth0", address + "/24")
        self.edge_outside, self.edge_inside = "203.0.113.2", "198.51.100.2"
        self.edge = (self.edge_outside, 5060)
        self.dns = Dnsmasq(net, "dns", self.dns_lines)
        self.add("edge", [Port("acc", "acc0", [self.edge_outside + "/24"]),
                          Port("core", "core0", [self.edge_inside + "/24"])],
                 dataplane=small(), **self.sections())

    def sections(self):
        """Further sections of the edge's file."""
        raise NotImplementedError

    def probe(self, engine):
        """Wait until the edge answers for itself."""
        agent = Agent(self.net, "phone1", self.addresses["phone1"], 5099)
        self.net.sockets.remove(agent.socket)

        def answered():
            try:
                return agent.ask(agent.request("OPTIONS", f"sip:{self.edge_outside}"), self.edge,
                                 0.4).status == 200
            except AssertionError:
                return False
        try:
            wait_until(answered, 15, f"{engine.name}: answer to an OPTIONS")
        finally:
            agent.close()
