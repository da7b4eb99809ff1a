#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What ./quickstart shows: two engines, real clients, calls both ways, a load, a table.

Started by ./quickstart, which installs, builds and cleans up around it.
"""

import argparse
import os
import select
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from calls import DOMAIN, aor, phone, phones_call, register_server, target  # noqa: E402
from clients import Sipp  # noqa: E402
from engine import Engine, StandIn  # noqa: E402
from network import Network, NetworkError, handle_signals, sweep  # noqa: E402
from topology import EdgeAndHome  # noqa: E402

TOP = os.path.dirname(os.path.dirname(HERE))

PICTURE = """
  phone1 203.0.113.11 --------+              +-- home 198.51.100.20 (registrar, home proxy)
                            edge 203.0.113.2 |
  phone2 10.0.0.5 -- NAT -----+ 198.51.100.2 +-- router -- callee 192.0.2.10
"""


def arguments():
    p = argparse.ArgumentParser(description="Used by ./quickstart")
    p.add_argument("--build", default=os.path.join(TOP, "build"))
    p.add_argument("--logs", default=os.path.join(TOP, "build", "quickstart-logs"))
    p.add_argument("--rate", type=int, default=500)
    p.add_argument("--seconds", type=int, default=5)
    p.add_argument("--stay", action="store_true")
    p.add_argument("--capture", action="store_true")
    p.add_argument("--stand-in", action="store_true")
    return p.parse_args()


class Demo:
    """The steps, and what came of them."""

    def __init__(self, world, options):
        self.w, self.options = world, options
        self.rows = []
        self.failed = 0
        self.load = None

    def step(self, title, function, calls=0):
        """One line on the screen: what, whether it worked, how long it took."""
        back = "\r" if sys.stdout.isatty() else ""
        if back:
            print(f"  ..  {title}", end="", flush=True)
        started = time.monotonic()
        try:
            note = function() or ""
        except (AssertionError, NetworkError) as why:
            self.failed += 1
            print(f"{back}  FAILED  {title}", flush=True)
            print(f"      {str(why).splitlines()[0]}")
            print(f"      What to do: read the logs in {self.w.net.logs}; "
                  "./quickstart --stay keeps everything running to look at it.", flush=True)
            self.rows.append((title, calls, 0))
            return False
        print(f"{back}  ok  {title}{'  ' + note if note else ''}"
              f"  ({time.monotonic() - started:.1f} s)", flush=True)
        if calls:
            self.rows.append((title, calls, calls))
        return True

    # --- steps ---

    def run(self):
        """Everything in order; False when the network does not even start."""
        print("The network, in namespaces of this machine:" + PICTURE)
        if not self.step("network, two engines on DPDK ports, a first answer", self.w.start):
            return False
        if self.options.capture:
            self.w.net.capture("switch", "capture")
        print("\nRegistrations")
        fine = self.step("callee (sipp) registers at the home proxy", self.register_callee)
        fine &= self.step("phone1 (baresip) registers through the edge", self.register_phone1)
        fine &= self.step("phone2 (baresip) registers from behind the NAT", self.register_phone2)
        if not fine:
            return True
        print("\nCalls")
        self.step("phone1 -> callee, hold and resume (re-INVITE), BYE of phone1",
                  lambda: self.phone_to_sipp(self.phone1), 1)
        self.step("phone2 -> callee out of the NAT, re-INVITE, BYE of phone2",
                  lambda: self.phone_to_sipp(self.phone2), 1)
        self.step("callee -> phone2 into the NAT, BYE of callee",
                  lambda: self.sipp_to_phone("uac"), 1)
        self.step("callee -> phone2 into the NAT, re-INVITE, BYE of callee",
                  lambda: self.sipp_to_phone("uac_reinvite"), 1)
        self.step("phone1 -> callee, re-INVITE and BYE of callee", self.callee_hangs_up, 1)
        self.step("phone1 -> phone2, BYE of phone2",
                  lambda: phones_call(self.phone1, self.phone2, self.phone2), 1)
        self.step("phone2 -> phone1, BYE of phone2",
                  lambda: phones_call(self.phone2, self.phone1, self.phone2), 1)
        self.step("phone1 -> callee, given up while ringing (CANCEL)", self.cancel, 1)
        calls = self.options.rate * self.options.seconds
        print("\nLoad")
        self.step(f"{calls} calls, {self.options.rate} a second, through edge and home proxy",
                  self.run_load, calls)
        return True

    def register_callee(self):
        register_server(self.w, "callee", "callee")

    def register_phone1(self):
        self.phone1 = phone(self.w, "phone1", "phone1", self.w.edge)

    def register_phone2(self):
        self.phone2 = phone(self.w, "phone2", "phone2", self.w.edge)

    def sipp(self, name, scenario, **options):
        """A sipp with a label of its own."""
        number = len(self.w.net.processes)
        return Sipp(self.w.net, name, scenario, self.w.addresses[name],
                    label=f"sipp-{name}-{scenario}-{number}", **options)

    def phone_to_sipp(self, caller):
        server = self.sipp("callee", "uas")
        caller.command("dial", aor("callee"))
        caller.wait_event("CALL_ESTABLISHED")
        for command in ("hold", "resume", "hangup"):
            caller.pump(0.3)
            caller.command(command)
        server.wait()

    def sipp_to_phone(self, scenario):
        self.sipp("callee", scenario, remote=target(*self.w.home), users=["phone2"],
                  keys=[("domain", DOMAIN)]).wait()
        self.phone2.wait_event("CALL_CLOSED")

    def callee_hangs_up(self):
        server = self.sipp("callee", "uas_hangs_up")
        self.phone1.command("dial", aor("callee"))
        self.phone1.wait_event("CALL_ESTABLISHED")
        self.phone1.wait_event("CALL_CLOSED")
        server.wait()

    def cancel(self):
        server = self.sipp("callee", "uas_cancel")
        self.phone1.command("dial", aor("callee"))
        self.phone1.wait_event("CALL_RINGING")
        self.phone1.pump(0.3)
        self.phone1.command("hangup")
        server.wait()

    def run_load(self):
        rate, calls = self.options.rate, self.options.rate * self.options.seconds
        server = self.sipp("callee", "uas", calls=calls, rate=rate,
                           seconds=self.options.seconds + 30)
        before, started = self.counters("edge"), time.monotonic()
        client = self.sipp("phone1", "uac", port=5070, calls=calls, rate=rate,
                           remote=target(*self.w.edge), users=["callee"],
                           keys=[("domain", DOMAIN)], seconds=self.options.seconds + 30)
        got = client.wait(self.options.seconds + 60)
        took = max(time.monotonic() - started, 0.001)
        server.wait(20)
        after = self.counters("edge")
        self.load = (got, took, after.get("rx", 0) - before.get("rx", 0))
        if got["succeeded"] != calls:
            raise AssertionError(f"{got['succeeded']} of {calls} calls succeeded")
        return f"{got['succeeded'] / took:.0f} calls a second"

    # --- the table ---

    def counters(self, name):
        """Counters of an engine; nothing for a stand-in or one that is gone."""
        try:
            return self.w.engines[name].counters()
        except NetworkError as why:
            print(f"\n      {why}")
            return {}

    def report(self):
        """What was sent, forwarded and answered."""
        tried, fine = sum(r[1] for r in self.rows), sum(r[2] for r in self.rows)
        print("\nCalls" + " " * 63 + "made  completed")
        for title, made, completed in self.rows:
            print(f"  {title:62} {made:8} {completed:10}")
        print(f"  {'together':62} {tried:8} {fine:10}")
        columns = ("rx", "forwarded_requests", "forwarded_responses", "replied", "punted",
                   "injected", "tokens_made", "tokens_opened", "lookups")
        heads = ("datagrams received", "requests forwarded", "responses forwarded",
                 "answered at once", "handed to control", "sent for control",
                 "flow tokens made", "flow tokens used", "binding look-ups")
        counted = {name: self.counters(name) for name in self.w.engines}
        print("\nEngines" + " " * 57 + "".join(f"{n:>12}" for n in counted))
        for column, head in zip(columns, heads):
            print(f"  {head:62}" + "".join(f"{c.get(column, 0):12.0f}" for c in counted.values()))
        if self.load is not None:
            got, took, messages = self.load
            print(f"\nMeasured: {got['succeeded']} calls in {took:.1f} s: "
                  f"{got['succeeded'] / took:.0f} calls and {messages / took:.0f} SIP messages a "
                  f"second through the edge; {got['retransmitted']} retransmissions.")
            print("(sipp sets the pace here, not the engine: bench/ measures the engine.)")
        return tried == fine and not self.failed

    def stay(self):
        """Leave it all running, with something to try."""
        w = self.w
        self.sipp("callee", "uas", calls=100000, seconds=86400)
        edge, home = w.engines["edge"], w.engines["home"]
        viaduct = os.path.relpath(edge.program("viaduct"))
        scenario = os.path.relpath(os.path.join(HERE, "scenarios", "uac.xml"))
        capture = (f"  ip netns exec {w.net.full('switch')} tshark -i any -f 'udp port 5060'\n"
                   if shutil.which("tshark") else "")
        print(f"""
Everything stays. In another terminal, as root:

  {viaduct} show bindings -c {os.path.relpath(home.config)}
  {viaduct} show stats -c {os.path.relpath(edge.config)}
  ip netns exec {w.net.full('phone1')} ping {w.edge_outside}
{capture}  ip netns exec {w.net.full('phone1')} sipp -sf {scenario} -inf {self._users()} \\
      -key domain {DOMAIN} -i {w.addresses['phone1']} -p 5080 -m 10 -r 10 {target(*w.edge)}

Enter or Ctrl-C ends it.""", flush=True)
        if sys.stdin is not None and sys.stdin.isatty():
            select.select([sys.stdin], [], [])
        else:
            while True:
                time.sleep(3600)

    def _users(self):
        path = os.path.join(self.w.net.logs, "callee.users")
        with open(path, "w", encoding="ascii") as f:
            f.write("SEQUENTIAL\ncallee\n")
        return os.path.relpath(path)


def main():
    options = arguments()
    handle_signals()
    sweep()
    net = Network(options.logs)
    try:
        world = EdgeAndHome(net, options.build, StandIn if options.stand_in else Engine)
        demo = Demo(world, options)
        started = demo.run()
        fine = demo.report() if started else False
        if options.stay and started:
            demo.stay()
    except KeyboardInterrupt:
        print("\nInterrupted; cleaning up.")
        return 130
    except NetworkError as why:
        print(f"\nFAILED  {why}\n      What to do: read the logs in {net.logs}")
        return 1
    finally:
        net.close()
    print(f"\n{'Every call succeeded.' if fine else 'Not every call succeeded.'} "
          f"Logs: {os.path.relpath(options.logs)}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
