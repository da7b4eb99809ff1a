# SPDX-License-Identifier: BSD-3-Clause
"""Real clients and peers: sipp, baresip, Kamailio."""

import csv
import json
import os
import re
import signal
import socket
import time

from network import NetworkError, wait_until
from sip import sent_by

HERE = os.path.dirname(os.path.abspath(__file__))


class Sipp:
    """One sipp process; bounded in calls and time."""

    def __init__(self, net, name, scenario, address, remote=None, port=5060, calls=1, rate=10,
                 limit=None, seconds=30, label=None, keys=(), users=None, patience=10000):
        self.net = net
        self.label = label or f"{name}-{scenario}"
        self.stat = os.path.join(net.logs, f"{self.label}.csv")
        path = os.path.join(HERE, "scenarios", f"{scenario}.xml")
        argv = ["sipp", "-sf", path, "-i", address, "-p", str(port), "-nostdin",
                "-m", str(calls), "-r", str(rate), "-l", str(limit or max(10, rate * 10)),
                "-timeout", str(seconds), "-timeout_error", "-recv_timeout", str(patience),
                "-trace_stat", "-stf", self.stat, "-fd", "1",
                "-trace_err", "-error_file", os.path.join(net.logs, f"{self.label}.errors"),
                "-cid_str", f"%u-%p-{self.label}@%s", "-max_retrans", "10",
                "-buff_size", "4000000"]
        for key, value in keys:
            argv += ["-key", key, str(value)]
        if users is not None:
            argv += ["-inf", self._write_users(users)]
        if remote is not None:
            argv.append(remote)
        self.process = net.spawn(name, argv, label=self.label)

    def _write_users(self, users):
        path = os.path.join(self.net.logs, f"{self.label}.users")
        with open(path, "w", encoding="ascii") as f:
            f.write("SEQUENTIAL\n" + "".join(";".join(u if isinstance(u, tuple) else (u,)) + "\n"
                                             for u in users))
        return path

    def wait(self, seconds=60):
        """Wait for the end; the counters. An error if a call failed."""
        status = self.process.wait(seconds)
        counters = self.counters()
        if status != 0:
            raise AssertionError(f"sipp {self.label}: status {status}, {counters}; "
                                 f"log: {self.process.log}\n{self._errors()}")
        return counters

    def _errors(self):
        try:
            with open(os.path.join(self.net.logs, f"{self.label}.errors"), encoding="utf-8",
                      errors="replace") as f:
                return "".join(f.readlines()[:12])
        except OSError:
            return self.process.tail()

    def counters(self):
        """The last row of sipp's statistics: created, succeeded, failed, retransmitted, seconds."""
        try:
            with open(self.stat, encoding="ascii", errors="replace") as f:
                row = list(csv.DictReader(f, delimiter=";"))[-1]
        except (OSError, IndexError):
            return {"created": 0, "succeeded": 0, "failed": 0, "retransmitted": 0, "seconds": 0.0}
        return {"created": int(row["TotalCallCreated"]),
                "succeeded": int(row["SuccessfulCall(C)"]),
                "failed": int(row["FailedCall(C)"]),
                "retransmitted": int(row["Retransmissions(C)"]),
                "seconds": _seconds(row["ElapsedTime(C)"])}


def _seconds(text):
    """HH:MM:SS or HH:MM:SS:microseconds."""
    parts = [int(p) for p in text.replace(".", ":").split(":")]
    fraction = parts[3] / 10 ** len(text.replace(".", ":").split(":")[3]) if len(parts) > 3 else 0
    return parts[0] * 3600 + parts[1] * 60 + parts[2] + fraction


class Baresip:
    """A softphone, steered over its control port. Its audio goes round in a circle. With more than
    one proxy it registers over each of them, with reg-id 1, 2 and so on."""

    CONTROL = 4444
    MODULES = ("g711", "aubridge", "uuid", "stun")

    def __init__(self, net, name, address, user, proxy, domain="example.com", answer="auto",
                 outbound=True, interval=600):
        self.net, self.name = net, name
        self.aor = f"sip:{user}@{domain}"
        self.folder = os.path.join(net.logs, f"baresip-{user}")
        os.makedirs(self.folder, exist_ok=True)
        nat = ";sipnat=outbound" if outbound else ""
        self._write("accounts", f"<{self.aor};transport=udp>;auth_pass=none;regint={interval};"
                    f"{self._outbound(proxy)}{nat};answermode={answer};audio_codecs=pcmu\n")
        self._write("contacts", "")
        self._write("config", self._config(address))
        self.process = net.spawn(name, ["baresip", "-f", self.folder], label=f"baresip-{user}")
        self.buffer = b""
        self.events = []
        self.control = wait_until(self._connect, 10, f"baresip {user}: control port")

    @staticmethod
    def _outbound(proxy):
        proxies = [proxy] if isinstance(proxy, str) else proxy
        return ";".join(f"outbound{i if i > 1 else ''}=\"sip:{p};transport=udp\""
                        for i, p in enumerate(proxies, 1))

    def _config(self, address):
        modules = "".join(f"module {m}.so\n" for m in self.MODULES)
        listen = f"[{address}]:5060" if ":" in address else f"{address}:5060"
        return (f"sip_listen {listen}\n"
                "audio_player aubridge,nil\naudio_source aubridge,nil\naudio_alert aubridge,nil\n"
                "audio_srate 8000\naudio_channels 1\nrtp_ports 10000-10100\nrtp_timeout 0\n"
                f"ctrl_tcp_listen 127.0.0.1:{self.CONTROL}\n"
                "module_path /usr/lib/baresip/modules\n" + modules +
                "module_tmp account.so\nmodule_app menu.so\nmodule_app contact.so\n"
                "module_app ctrl_tcp.so\n")

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as f:
            f.write(text)

    def _connect(self):
        if not self.process.running():
            raise NetworkError(f"baresip ended; log: {self.process.log}\n{self.process.tail()}")
        s = self.net.socket(self.name, socket.AF_INET, socket.SOCK_STREAM)
        try:
            s.connect(("127.0.0.1", self.CONTROL))
            return s
        except OSError:
            s.close()
            return None

    def command(self, name, params=""):
        """Give a command, as typed in its menu."""
        text = json.dumps({"command": name, "params": params, "token": "t"}).encode()
        self.control.sendall(b"%d:%s," % (len(text), text))

    def pump(self, seconds=0.05):
        """Take in events for a while."""
        self.control.settimeout(seconds)
        try:
            self.buffer += self.control.recv(65536)
        except TimeoutError:
            return
        while b":" in self.buffer:
            length, _, rest = self.buffer.partition(b":")
            if len(rest) <= int(length):
                break
            self.buffer = rest[int(length) + 1:]
            message = json.loads(rest[:int(length)])
            if message.get("event"):
                self.events.append((message.get("type"), message))

    def wait_event(self, kind, seconds=10):
        """Wait for an event that was not waited for yet; forgets those before it."""
        end = time.monotonic() + seconds
        while True:
            for i, (seen, message) in enumerate(self.events):
                if seen == kind:
                    del self.events[:i + 1]
                    return message
            if time.monotonic() > end:
                raise AssertionError(f"{self.aor}: no {kind} within {seconds} s; have "
                                     f"{[k for k, _ in self.events]}; log: {self.process.log}")
            self.pump()

    def wait_registered(self, seconds=10, times=1):
        """The registrar said 200. Read from the log: the event may come before we listen."""
        wait_until(lambda: self.registrations() >= times, seconds,
                   f"{self.aor} registered (log: {self.process.log})")

    def registrations(self):
        """How often the registrar said 200 by now."""
        return len(re.findall(r"\} 200 OK", self._said()))

    def _said(self):
        with open(self.process.log, encoding="utf-8", errors="replace") as f:
            return f.read()


class Phones:
    """viaduct-phones: many phones that register over one proxy."""

    def __init__(self, w, name, proxy, addresses, count, *options, label="phones"):
        self.label = label
        self.series = os.path.join(w.net.logs, f"{label}.csv")
        program = os.path.join(w.build, "bench", "viaduct-phones")
        self.process = w.net.spawn(name, [program, "--phones", str(count), "--series", self.series,
                                          *options, sent_by(*proxy), *addresses], label=label)
        self.seen = 0

    def wave(self, seconds=60):
        """Wait for the summary of the next wave."""
        def summaries():
            with open(self.process.log, encoding="ascii") as f:
                found = [json.loads(line) for line in f if line.startswith("{")]
            if len(found) <= self.seen and not self.process.running():
                raise NetworkError(f"{self.label} ended; log: {self.process.log}\n"
                                   + self.process.tail())
            return found[self.seen:]
        found = wait_until(summaries, seconds, f"{self.label}: end of a wave")[0]
        self.seen += 1
        return found

    def again(self):
        """All of them lose their power for a moment: the next wave begins."""
        self.process.signal(signal.SIGUSR1)

    def rows(self):
        """The series as dictionaries of numbers."""
        with open(self.series, encoding="ascii") as f:
            return [{k: int(v) for k, v in row.items()} for row in csv.DictReader(f)]

    def end(self):
        """SIGTERM; the exit status."""
        self.process.signal(signal.SIGTERM)
        return self.process.wait(10)


class Kamailio:
    """Kamailio as edge proxy or as registrar."""

    def __init__(self, net, name, role, addresses, home="", domain="example.com"):
        folder = os.path.join(net.logs, f"kamailio-{name}")
        run = os.path.join(net.run_dir, f"k{name}")
        os.makedirs(folder, exist_ok=True)
        os.makedirs(run, exist_ok=True)
        with open(os.path.join(HERE, "kamailio", f"{role}.cfg"), encoding="ascii") as f:
            text = f.read()
        listen = "\n".join(f"listen=udp:{f'[{a}]' if ':' in a else a}:5060" for a in addresses)
        home_port = f"[{home}]:5060" if ":" in home else f"{home}:5060"
        for key, value in (("@LISTEN@", listen), ("@DOMAIN@", domain), ("@HOME@", home),
                           ("@HOMEPORT@", home_port)):
            text = text.replace(key, value)
        self.config = os.path.join(folder, "kamailio.cfg")
        with open(self.config, "w", encoding="ascii") as f:
            f.write(text)
        self.process = net.spawn(name, ["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-Y", run,
                                        "-f", self.config], label=f"kamailio-{name}")
        wait_until(lambda: self._listens(net, name, addresses), 10,
                   f"kamailio {name} listening (log: {self.process.log})")

    def _listens(self, net, name, addresses):
        if not self.process.running():
            raise NetworkError(f"kamailio ended; log: {self.process.log}\n{self.process.tail()}")
        shown = net.run(name, "ss", "-Hlnu")
        return all(f"{f'[{a}]' if ':' in a else a}:5060" in shown for a in addresses)


class Dnsmasq:
    """A DNS server that knows what it is told, and of nothing else says that it does not exist."""

    def __init__(self, net, name, lines, port=53):
        self.config = os.path.join(net.logs, f"dnsmasq-{name}.conf")
        with open(self.config, "w", encoding="ascii") as f:
            f.write("\n".join(["no-resolv", "no-hosts", "local=/#/", f"port={port}", "user=root",
                               "local-ttl=2", "log-queries", "log-facility=-", *lines, ""]))
        self.process = net.spawn(name, ["dnsmasq", "-k", f"--conf-file={self.config}",
                                        "--pid-file="], label=f"dnsmasq-{name}")
        wait_until(lambda: f":{port} " in net.run(name, "ss", "-Hlnu"), 10,
                   f"dnsmasq listening (log: {self.process.log})")
