# SPDX-License-Identifier: BSD-3-Clause
"""An engine in a namespace: its configuration, its processes, and what it tells of itself."""

import contextlib
import fcntl
import json
import os
import signal
import sqlite3
import time

from network import NetworkError, alive, command, wait_until

PARTS = {"dataplane": "viaduct-dataplane", "control": "viaduct-control"}


class Port:
    """A port of an engine: the veth end that DPDK drives, and what goes onto the TAP twin; on
    standby are addresses of others that may come to the twin later; each worker needs a queue."""

    def __init__(self, name, interface, addresses, routes=(), standby=(), mtu=None, queues=1):
        self.name, self.interface, self.mtu, self.queues = name, interface, mtu, queues
        self.addresses, self.routes = list(addresses), list(routes)
        self.standby = list(standby)

    @property
    def tap(self):
        """The kernel's end."""
        return f"via-{self.name}"

    def plain(self):
        """The addresses without their prefix lengths."""
        return [a.split("/")[0] for a in self.addresses]


def yaml(value, indent=0):
    """The YAML text of mappings, lists and scalars: all that a configuration is made of."""
    pad = "  " * indent
    if isinstance(value, dict):
        return "".join(f"{pad}{k}:{_inner(v, indent)}" for k, v in value.items())
    out = ""
    for item in value:
        if isinstance(item, dict):
            out += pad + "- " + yaml(item, indent + 1)[len(pad) + 2:]
        else:
            out += f"{pad}- {_scalar(item)}\n"
    return out


def _inner(value, indent):
    if isinstance(value, (dict, list, tuple)):
        return "\n" + yaml(value, indent + 1) if value else " {}\n"
    return f" {_scalar(value)}\n"


def _scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, str) else str(value)


class Engine:
    """`viaduct run` in a namespace."""

    kind = "viaduct"
    realm = "example.com"

    def __init__(self, net, build, name, ports, **sections):
        self.net, self.build, self.name, self.ports = net, os.path.abspath(build), name, ports
        self.sections = sections
        self.process = None
        self.users = {}  # name: password, of those who may authenticate
        self.folder = os.path.join(net.logs, name)
        self.config = os.path.join(self.folder, "viaduct.yaml")
        self.instance = f"{net.id}-{name}"

    # --- configuration ---

    def configuration(self):
        """The file as nested mappings."""
        listeners = [{"port": p.name, "address": a} for p in self.ports for a in p.plain()]
        listeners += [{"port": p.name, "address": a, "standby": True}
                      for p in self.ports for a in p.standby]
        top = {
            "instance": self.instance,
            "state_dir": os.path.join(self.folder, "state"),
            "run_dir": self.net.run_dir,
            "shm_dir": self.net.shm_dir,
            "ports": [self._port(i, p) for i, p in enumerate(self.ports)],
            "listen": listeners,
        }
        top.update({k: v for k, v in self.sections.items() if v not in ({}, [])})
        if self.users:
            top["users"] = {"source": "sqlite", "database": self._users_file(),
                            "query": "SELECT username, realm, password, aors FROM users"}
        return top

    def _users_file(self):
        return os.path.join(self.folder, "users.sqlite")

    def write_users(self):
        """The database of users, as it stands in `users` now."""
        with open(self._users_file(), "ab"):
            os.chmod(self._users_file(), 0o600)  # as it has passwords in it
        with contextlib.closing(sqlite3.connect(self._users_file())) as db:
            db.execute("CREATE TABLE IF NOT EXISTS users (username, realm, password, aors)")
            db.execute("DELETE FROM users")
            db.executemany("INSERT INTO users VALUES (?, ?, ?, ?)",
                           [(name, self.realm, password, f"sip:{name}@{self.realm}")
                            for name, password in self.users.items()])
            db.commit()

    @staticmethod
    def _port(index, port):
        row = {"name": port.name, "addresses": port.addresses,
               "device": f"net_af_packet{index},iface={port.interface},qpairs={port.queues}"}
        if port.mtu:
            row["mtu"] = port.mtu
        if port.routes:
            row["routes"] = [{"to": to, "via": via} for to, via in port.routes]
        return row

    def write(self):
        """Write the file; return its path."""
        os.makedirs(os.path.join(self.folder, "state"), exist_ok=True)
        if self.users:
            self.write_users()
        with open(self.config, "w", encoding="ascii") as f:
            f.write(f"# Engine {self.name} of a test network\n" + yaml(self.configuration()))
        return self.config

    def state(self):
        """Where the engine keeps what outlives it."""
        return os.path.join(self.folder, "state", self.instance)

    # --- life ---

    def program(self, name):
        """Path of a program of the build."""
        folder = "dataplane" if name.endswith("dataplane") else "control"
        return os.path.join(self.build, folder, name)

    def start(self):
        """Start and wait for the TAP twins and their addresses."""
        self.write()
        for port in self.ports:
            self.net.dpdk_end(self.name, port.interface)
        self.process = self.net.spawn(self.name, [self.program("viaduct"), "run", self.config],
                                      label=f"{self.name}-viaduct")
        self.wait_ready()

    def wait_ready(self, seconds=20):
        """Every TAP is up and has its addresses, and the CLI gets an answer."""
        for port in self.ports:
            wait_until(lambda p=port: self._check_running() and self._has_addresses(p), seconds,
                       f"{self.name}: addresses on {port.tap} (log: {self.process.log})")
        wait_until(lambda: self._check_running() and len(self.pids()) == len(PARTS), seconds,
                   f"{self.name}: processes running (log: {self.process.log})")

    def _check_running(self):
        if not self.process.running():
            raise NetworkError(f"{self.name}: viaduct run ended with status "
                               f"{self.process.popen.returncode}; log: {self.process.log}\n"
                               + self.process.tail())
        return True

    def _has_addresses(self, port):
        try:
            shown = self.net.ip(self.name, "-o", "addr", "show", "dev", port.tap)
        except NetworkError:
            return False
        return all(f" {a} " in shown for a in port.addresses) and "tentative" not in shown

    def stop(self, seconds=10):
        """SIGTERM; returns the exit status."""
        return self.process.stop(seconds)

    def pids(self):
        """{"dataplane": pid, "control": pid} of the children that live."""
        found = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and _parent(entry) == self.process.pid and alive(int(entry)):
                part = next((p for p, n in PARTS.items() if _program(entry) == n), None)
                if part is not None:
                    found[part] = int(entry)
        return found

    def kill(self, part):
        """kill -9 one of the processes; returns the pid that is no more."""
        pid = self.pids()[part]
        os.kill(pid, signal.SIGKILL)
        return pid

    def crash(self, wait=True):
        """kill -9 all of it at once: no process is left that could start another one again. A
        dataplane is gone when its lock is: the kernel takes its time with the memory of one."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(5)
        if not wait:
            return
        lock = os.path.join(self.net.run_dir, self.instance, "dataplane.lock")
        wait_until(lambda: _is_free(lock), 5, f"{lock} free")

    def wait_back(self, part, gone, seconds=2.0):
        """Wait for a successor of a killed process; returns how long it took."""
        started = time.monotonic()
        wait_until(lambda: self.pids().get(part, gone) != gone, seconds,
                   f"{self.name}: {part} started again", step=0.01)
        return time.monotonic() - started

    # --- questions ---

    def show(self, what):
        """`viaduct show WHAT --json`, decoded."""
        text = command([self.program("viaduct"), "show", what, "--json", "-c", self.config])
        try:
            return decode(text)
        except ValueError:
            raise NetworkError(f"{self.name}: viaduct show {what} --json is not JSON: {text[:200]}")

    def counters(self):
        """Every number of `show stats` by name, wherever in the document it stands."""
        return flatten(self.show("stats"))


class StandIn(Engine):
    """Kamailio in the place of an engine, to try the network and the scenarios without one."""

    kind = "stand-in"

    def __init__(self, net, build, name, ports, **sections):
        super().__init__(net, build, name, ports, **sections)
        self.peer = None

    def start(self):
        from clients import Kamailio
        for port in self.ports:
            for address in port.addresses:
                self.net.address(self.name, port.interface, address)
            for to, via in port.routes:
                self.net.route(self.name, to, via)
        edge = self.sections.get("edge", {}).get("enabled")
        hops = [h["address"] for h in self.sections.get("next_hops", []) if "address" in h]
        addresses = [a for p in self.ports for a in p.plain()]
        self.peer = Kamailio(self.net, self.name, "edge" if edge else "registrar", addresses,
                             home=hops[0] if hops else "", auth=self.sections.get("auth"),
                             users=self.users, gruu=self.sections.get("registrar", {}).get("gruu"))
        self.process = self.peer.process

    def pids(self):
        return {"dataplane": self.process.pid, "control": self.process.pid}

    def wait_ready(self, seconds=20):
        return

    def kill(self, part):
        raise NetworkError("a stand-in is not killed")

    def show(self, what):
        return {}


def decode(text):
    """JSON, or one JSON document in each line (tables that may be long come like that)."""
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def flatten(document, prefix=""):
    """{"a": {"b": 1}} -> {"b": 1}; sums what is there more than once (one row per worker)."""
    found = {}
    if isinstance(document, dict):
        items = document.items()
        if {"name", "value"} <= document.keys():
            items = [(document["name"], document["value"])]
    elif isinstance(document, list):
        items = [("", v) for v in document]
    else:
        return found
    for key, value in items:
        if isinstance(value, (dict, list)):
            for k, v in flatten(value).items():
                found[k] = found.get(k, 0) + v
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found[key] = found.get(key, 0) + value
    return found


def _is_free(path):
    with open(path, "rb") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False


def _parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return int(f.read().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _program(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return os.path.basename(f.read().split(b"\0")[0].decode())
    except OSError:
        return ""
