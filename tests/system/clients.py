# SPDX-License-Identifier: BSD-3-Clause
"""Real clients and peers: sipp, sipsak, baresip, linphone, Kamailio."""

import csv
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import uuid

from network import NetworkError, command, wait_until
from sip import Message, sent_by

HERE = os.path.dirname(os.path.abspath(__file__))


class Sipp:
    """One sipp process; bounded in calls and time."""

    def __init__(self, net, name, scenario, address, remote=None, port=5060, calls=1, rate=10,
                 limit=None, seconds=30, label=None, keys=(), users=None, patience=10000,
                 auth_uri=None, values=None, tolerant=False, options=()):
        self.net = net
        self.label = label or f"{name}-{scenario}"
        self.stat = os.path.join(net.logs, f"{self.label}.csv")
        path = self._scenario(os.path.join(HERE, "scenarios", f"{scenario}.xml"), values)
        argv = ["sipp", "-sf", path, "-i", address, "-p", str(port), "-nostdin",
                "-m", str(calls), "-r", str(rate), "-l", str(limit or max(10, rate * 10)),
                "-timeout", str(seconds), "-timeout_error", "-recv_timeout", str(patience),
                "-trace_stat", "-stf", self.stat, "-fd", "1",
                "-trace_err", "-error_file", os.path.join(net.logs, f"{self.label}.errors"),
                "-cid_str", f"%u-%p-{self.label}@%s", "-max_retrans", "10",
                "-buff_size", "4000000", *options]
        for key, value in keys:
            argv += ["-key", key, str(value)]
        if auth_uri is not None:
            argv += ["-auth_uri", auth_uri]  # it takes where it sends to for the Request-URI
        if tolerant:  # what comes out of order is no reason to give up: it will come again
            argv += ["-default_behaviors", "all,-abortunexp"]
        if users is not None:
            argv += ["-inf", self._write_users(users)]
        if remote is not None:
            argv.append(remote)
        self.process = net.spawn(name, argv, label=self.label)

    def _scenario(self, path, values):
        """The scenario, with @NAME@ replaced by what `values` has for it."""
        if not values:
            return path
        with open(path, encoding="ascii") as f:
            text = f.read()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        path = os.path.join(self.net.logs, f"{self.label}.xml")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

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
                return "".join(line[:400].rstrip() + "\n" for line in f.readlines()[:12])
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
                 outbound=True, interval=600, password="none", auth_user=None):
        self.net, self.name = net, name
        self.aor = f"sip:{user}@{domain}"
        self.folder = os.path.join(net.logs, f"baresip-{user}")
        os.makedirs(self.folder, exist_ok=True)
        nat = ";sipnat=outbound" if outbound else ""
        self._write("accounts", f"<{self.aor};transport=udp>;auth_user={auth_user or user};"
                    f"auth_pass={password};mwi=no;regint={interval};"
                    f"{self._outbound(proxy)}{nat};answermode={answer};audio_codecs=pcmu\n")
        self._write("contacts", "")
        self._write("config", self._config(address))
        self.process = net.spawn(name, ["baresip", "-f", self.folder], label=f"baresip-{user}",
                                 fresh=True)
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

    def wait_refused(self, code, seconds=10):
        """The registrar said something else than 200, and baresip has given up for now."""
        wait_until(lambda: re.search(rf"reg: \S+: {code} ", self._said()), seconds,
                   f"{self.aor} refused with {code} (log: {self.process.log})")

    def _said(self):
        with open(self.process.log, encoding="utf-8", errors="replace") as f:
            return f.read()


class Linphone:
    """Linphone's daemon, told what to do on its standard input; answers every call. No sound, no
    video. With more than one proxy it registers over each of them, with reg-id 1, 2 and so on."""

    def __init__(self, net, name, address, user, proxy, domain="example.com", password="none",
                 interval=600):
        self.aor = f"sip:{user}@{domain}"
        self.instance = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, self.aor)}"
        folder = os.path.join(net.logs, f"linphone-{user}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, ".local", "share", "linphone"), exist_ok=True)
        proxies = [proxy] if isinstance(proxy, str) else proxy
        with open(os.path.join(folder, "linphonerc"), "w", encoding="ascii") as f:
            f.write(self._sections(user, domain, password, address) + "".join(
                self._account(i, p, interval) for i, p in enumerate(proxies)))
        self.trace = os.path.join(folder, "trace")
        self.count = len(proxies)
        self.process = net.spawn(
            name, ["linphone-daemon", "--config", os.path.join(folder, "linphonerc"), "--log",
                   self.trace, "--disable-stats-events", "--auto-answer"],
            label=f"linphone-{user}", stdin=subprocess.PIPE, env=dict(os.environ, HOME=folder))

    def _sections(self, user, domain, password, address):
        return (f"[sip]\nsip_port=5060\nsip_tcp_port=0\nsip_tls_port=0\nguess_hostname=0\n"
                f"contact=<sip:{user}@{address}>\n"
                "supported=replaces, outbound, gruu, path\n"
                f"[misc]\nuuid={self.instance[9:]}\n"
                "[video]\nenabled=0\ncapture=0\ndisplay=0\n"
                f"[auth_info_0]\nusername={user}\npasswd={password}\nrealm={domain}\n"
                f"domain={domain}\n")

    def _account(self, index, proxy, interval):
        return (f"[proxy_{index}]\nreg_proxy=<sip:{proxy};transport=udp>\n"
                f"reg_route=<sip:{proxy};transport=udp;lr>\nreg_identity={self.aor}\n"
                f"reg_expires={interval}\nreg_sendregister=1\npublish=0\n"
                f"quality_reporting_enabled=0\ncontact_parameters=reg-id={index + 1}\n")

    def command(self, text):
        """Give a command; what it says is in the log."""
        self.process.popen.stdin.write(text.encode() + b"\n")
        self.process.popen.stdin.flush()

    def states(self):
        """State of each account by now, such as Ok, Progress, Failed."""
        if not self.process.running():
            raise NetworkError(f"linphone ended; log: {self.process.log}\n{self.process.tail()}")
        found = {}
        for account, state in re.findall(
                r"Account \[(\w+)\] for identity .*? to \[LinphoneRegistration(\w+)\]",
                self._traced()):
            found[account] = state
        return sorted(found.values())

    def wait_registered(self, seconds=10):
        """The registrar said 200 to every account."""
        wait_until(lambda: self.states() == ["Ok"] * self.count, seconds,
                   f"{self.aor} registered (trace: {self.trace})")

    def wait_refused(self, seconds=10):
        """The registrar did not say 200, and the phone has given up."""
        wait_until(lambda: self.states() == ["Failed"] * self.count, seconds,
                   f"{self.aor} refused (trace: {self.trace})")

    def messages(self, start):
        """The SIP messages of the trace whose first line begins so."""
        return [Message(text.replace("\n", "\r\n").encode()) for text in
                re.findall(rf"(?ms)^({re.escape(start)}.*?\n)\n", self._traced().replace("\r", ""))]

    def wait_call(self, state="StreamsRunning", seconds=10):
        """A call of ours has come to a state."""
        wait_until(lambda: f" to LinphoneCall{state}" in self._traced(), seconds,
                   f"{self.aor}: call in state {state} (trace: {self.trace})")

    def _traced(self):
        try:
            with open(self.trace, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""


class Sipsak:
    """One registration by sipsak, which wants to resolve the domain itself."""

    def __init__(self, net, name, address, user, proxy, password, domain="example.com"):
        hosts = os.path.join(net.logs, f"sipsak-{user}.hosts")
        with open(hosts, "w", encoding="ascii") as f:
            f.write(f"127.0.0.1 localhost\n{proxy} {domain}\n")
        argv = ["sipsak", "-U", "-C", f"sip:{user}@{sent_by(address, 5060)}",
                "-s", f"sip:{user}@{domain}", "-l", "5066", "-H", address, "-i",
                "-u", user, "-a", password, "-x", "300", "-vvv"]
        self.process = net.spawn(
            name, ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts,
                   *argv], label=f"sipsak-{user}")

    def wait(self, seconds=15):
        """Whether it was registered."""
        return self.process.wait(seconds) == 0


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

    def __init__(self, net, name, role, addresses, home="", domain="example.com", auth=None,
                 users=(), gruu=None):
        folder = os.path.join(net.logs, f"kamailio-{name}")
        run = os.path.join(net.run_dir, f"k{name}")
        os.makedirs(folder, exist_ok=True)
        os.makedirs(run, exist_ok=True)
        with open(os.path.join(HERE, "kamailio", f"{role}.cfg"), encoding="ascii") as f:
            text = f.read()
        listen = "\n".join(f"listen=udp:{f'[{a}]' if ':' in a else a}:5060" for a in addresses)
        home_port = f"[{home}]:5060" if ":" in home else f"{home}:5060"
        for key, value in (("@LISTEN@", listen), ("@DOMAIN@", domain), ("@HOME@", home),
                           ("@HOMEPORT@", home_port), ("@GRUU@", int(gruu not in (None, "off"))),
                           *self._digest(auth or {}, dict(users))):
            text = text.replace(key, str(value))
        self.config = os.path.join(folder, "kamailio.cfg")
        with open(self.config, "w", encoding="ascii") as f:
            f.write(text)
        self.process = net.spawn(name, ["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-Y", run,
                                        "-f", self.config,
                                        *(["-A", "WITH_AUTH"] if auth else [])],
                                 label=f"kamailio-{name}")
        wait_until(lambda: self._listens(net, name, addresses), 10,
                   f"kamailio {name} listening (log: {self.process.log})")

    @staticmethod
    def _digest(auth, users):
        """It has one algorithm and one qop: the first of those that are wanted."""
        passwords = "\n".join(f"\t$sht(users=>{u}) = {json.dumps(p)};" for u, p in users.items())
        return (("@NONCE_SECONDS@", auth.get("nonce_seconds", 300)),
                ("@QOP@", auth.get("qop", ["auth"])[0]), ("@USERS@", passwords or "\treturn;"),
                ("@ALGORITHM@", auth.get("algorithms", ["MD5"])[0]))

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


class PostgreSQL:
    """A database server on a UNIX socket in a folder of its own; it refuses to be root."""

    def __init__(self, net, name):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
        if not found:
            raise NetworkError("no PostgreSQL under /usr/lib/postgresql")
        self.net, self.name, self.bin = net, name, os.path.dirname(found[-1])
        self.folder = os.path.join(net.run_dir, "postgresql")
        self.data = os.path.join(self.folder, "data")
        os.makedirs(self.folder, exist_ok=True)
        shutil.chown(self.folder, "postgres", "postgres")
        command([*self._as_postgres("initdb"), "-D", self.data, "-A", "trust", "--no-sync"])
        self.process = None
        self.start()

    def _as_postgres(self, program):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
                os.path.join(self.bin, program)]

    @property
    def connection(self):
        """The connection string, as `users.database` has it."""
        return f"host={self.folder} dbname=postgres user=postgres"

    def start(self):
        """Start, and wait until it answers."""
        options = ["listen_addresses=", f"unix_socket_directories={self.folder}", "fsync=off",
                   "shared_buffers=16MB"]
        self.process = self.net.spawn(
            self.name, [*self._as_postgres("postgres"), "-D", self.data,
                        *[word for option in options for word in ("-c", option)]],
            label=f"postgresql-{self.name}", cwd="/")
        wait_until(lambda: self.sql("SELECT 1", check=False).strip() == "1", 20,
                   f"PostgreSQL answering (log: {self.process.log})", step=0.2)

    def sql(self, *statements, check=True):
        """Run statements; what they print, without headings."""
        words = [word for statement in statements for word in ("-c", statement)]
        return command([*self._as_postgres("psql"), "-X", "-q", "-A", "-t", "-v",
                        "ON_ERROR_STOP=1", *words, self.connection], check=check, cwd="/")

    def freeze(self, frozen):
        """SIGSTOP for all of its processes, which then say nothing to anybody; or SIGCONT."""
        pids = command(["pgrep", "-f", f"postgres -D {self.data}"], check=False).split()
        children = [c for p in pids for c in command(["pgrep", "-P", p], check=False).split()]
        for pid in {*pids, *children}:
            os.kill(int(pid), signal.SIGSTOP if frozen else signal.SIGCONT)

    def stop(self):
        """End it at once."""
        self.process.signal(signal.SIGQUIT)
        return self.process.wait(10)
