# SPDX-License-Identifier: BSD-3-Clause
"""What the kernel does on the other end of a DPDK port, by way of the TAP twin."""

import socket
import time

from calls import aor, register
from sip import Agent
from testing import engine_only, equal, true
from topology import Local

WORLD = Local
ENGINE_ONLY = True


def ping(w, name, *options):
    """One echo."""
    shown = w.net.run(name, "ping", "-c", "2", "-i", "0.2", "-W", "2", *options, w.home_address,
                      check=False)
    true(" 0% packet loss" in shown and "DUP" not in shown, f"ping: {shown}")


def options_through(w, caller, callee, seconds=3.0):
    """An OPTIONS from one agent to another by way of the engine, and its 200."""
    text = caller.request("OPTIONS", aor("b"))
    caller.send(text, w.home)
    got = callee.expect(seconds, method="OPTIONS")
    callee.reply(got, 200)
    return caller.expect(seconds, status=200)


def test_ping(w):
    """The engine's address answers echo requests, once each."""
    for name in ("a", "b", "c"):
        ping(w, name)


def test_ping_fragmented(w):
    """An echo of 4000 octets: fragments that are not SIP reach the kernel too."""
    ping(w, "a", "-s", "4000")


def test_port_unreachable(w):
    """UDP to a port where nobody listens: ICMP port unreachable, and not for the SIP port."""
    s = w.net.socket("a")
    s.settimeout(2)
    s.connect((w.home_address, 9))
    s.send(b"anybody?")
    try:
        s.recv(10)
        raise AssertionError("an answer from the discard port")
    except ConnectionRefusedError:
        pass
    s = w.net.socket("a")
    s.settimeout(0.5)
    s.connect(w.home)
    s.send(b"\r\n\r\n")
    try:
        s.recv(10)
        raise AssertionError("an answer to a keepalive over UDP")
    except socket.timeout:
        pass


def test_mac_changes_with_notice(w):
    """A client comes back with another MAC and announces it: reachable at once."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    options_through(w, a, b)
    mac = bytes.fromhex("020000000b01")
    w.net.ip("b", "link", "set", "eth0", "address", mac.hex(":"))
    time.sleep(1.1)  # the kernel believes a change only when the entry is older than locktime
    address = socket.inet_aton(b.address)
    notice = (b"\xff" * 6 + mac + bytes.fromhex("08060001080006040001")
              + mac + address + b"\0" * 6 + address)
    raw = w.net.socket("b", socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind(("eth0", 0))
    raw.send(notice)
    time.sleep(0.3)
    options_through(w, a, b)


def test_mac_changes_silently(w):
    """A client's MAC changes and nobody says so: found out by the kernel's usual timers."""
    a, b = w.agent("a"), w.agent("b")
    register(b, "b", w.home)
    for key, value in (("base_reachable_time_ms", 1000), ("delay_first_probe_time", 1)):
        w.net.sysctl("home", f"net/ipv4/neigh/{w.engines['home'].ports[0].tap}/{key}", value)
    options_through(w, a, b)
    w.net.ip("b", "link", "set", "eth0", "address", "02:00:00:00:0b:02")
    end = time.monotonic() + 15
    while True:
        try:
            options_through(w, a, b, 0.5)
            break
        except AssertionError:
            if time.monotonic() > end:
                raise


def test_new_neighbour(w):
    """The first message to a neighbour that nobody has spoken to yet arrives."""
    w.net.address("c", "eth0", "198.51.100.77/24")
    a = w.agent("a")
    c = Agent(w.net, "c", "198.51.100.77")
    status = a.register(aor("fresh"), w.home, contact="<sip:fresh@198.51.100.77>").status
    equal(status, 200, "REGISTER on behalf of a silent host")
    text = a.request("OPTIONS", aor("fresh"))
    a.send(text, w.home)
    c.reply(c.expect(3, method="OPTIONS"), 200)
    a.expect(3, status=200)


@engine_only
def test_show(w):
    """`viaduct show` gives JSON for every table."""
    for what in ("bindings", "flows", "ports", "stats", "nodes", "guard"):
        w.engines["home"].show(what)
    true(w.engines["home"].counters().get("rx", 0) > 0, "no counter rx in show stats")
