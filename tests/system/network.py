# SPDX-License-Identifier: BSD-3-Clause
"""A network of namespaces that always disappears again.

Everything a test starts belongs to one Network: namespaces, links, processes, sockets, folders.
close() takes all of it away, in an order that cannot leave anything behind, and runs for
exceptions, SIGINT, SIGTERM and SIGHUP too. What a runner that was killed with SIGKILL left is taken
away by the next one (sweep()).
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import time

PREFIX = "vt"
CLONE_NEWNET = 0x40000000
RUN_ROOT = "/run/viaduct-test"
SHM_ROOT = "/dev/shm/viaduct-test"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OFFLOADS = ("rx", "tx", "sg", "tso", "gso", "gro")

_libc = ctypes.CDLL(None, use_errno=True)


class NetworkError(Exception):
    """Something of the network could not be made or did not answer; says what."""


def handle_signals():
    """Turn the first signal into an exception, so that `with Network()` cleans up for it as well;
    those after it do not disturb the cleaning."""

    def leave(number, _frame):
        for other in SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    for number in SIGNALS:
        signal.signal(number, leave)


@contextlib.contextmanager
def signals_later():
    """What must not be left half done: signals are delivered after it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def command(argv, check=True, **options):
    """Run a short command and return its output; its complaint is in the exception."""
    options.setdefault("timeout", 30)
    done = subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL if "input" not in options else None,
                          check=False, **options)
    if check and done.returncode != 0:
        raise NetworkError(f"{' '.join(argv)}: {done.stdout.strip() or done.returncode}")
    return done.stdout


def wait_until(condition, seconds, what, step=0.05):
    """Wait for `condition()` to be true and return its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise NetworkError(f"{what}: not within {seconds} s")
        time.sleep(step)


def alive(pid):
    """Whether a process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def namespaces():
    """Names of the namespaces that any run of ours has made."""
    try:
        return [n for n in os.listdir("/run/netns") if re.fullmatch(PREFIX + r"\d+-.*", n)]
    except FileNotFoundError:
        return []


def kill_namespace(name):
    """End what runs in a namespace of ours, then remove it. True if anything had to be killed."""
    pids = [int(p) for p in command(["ip", "netns", "pids", name], check=False).split()
            if p.isdigit()]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for _ in range(100):
        if not any(alive(p) for p in pids):
            break
        time.sleep(0.02)
    command(["ip", "netns", "del", name], check=False)
    return bool(pids)


def sweep():
    """Remove what runs left that were killed without a chance to clean up."""
    for name in namespaces():
        if not os.path.exists(f"/proc/{name[len(PREFIX):].split('-')[0]}"):
            kill_namespace(name)
    for root in (RUN_ROOT, SHM_ROOT):
        parent, stem = os.path.split(root)
        for entry in os.listdir(parent):
            owner = entry[len(stem) + 1:]
            if entry.startswith(stem + "-") and not os.path.exists(f"/proc/{owner}"):
                shutil.rmtree(os.path.join(parent, entry), ignore_errors=True)


class Process:
    """A process in a group of its own, with its output in a file."""

    def __init__(self, name, argv, log, **options):
        self.name = name
        self.log = log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT,
                                          stdin=options.pop("stdin", subprocess.DEVNULL),
                                          start_new_session=True, **options)
        self.pid = self.popen.pid

    def running(self):
        """Not ended yet."""
        return self.popen.poll() is None

    def wait(self, seconds):
        """The exit status; an error when it does not end in time."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NetworkError(f"{self.name} still runs after {seconds} s; log: {self.log}")

    def signal(self, number):
        """Send a signal to the process itself."""
        if self.running():
            self.popen.send_signal(number)

    def stop(self, seconds=5):
        """SIGTERM, and SIGKILL for the whole group when that did not help."""
        self.signal(signal.SIGTERM)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(5)
        return self.popen.returncode

    def tail(self, lines=15):
        """The end of its log."""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return "".join(f.readlines()[-lines:])


class Network:
    """Namespaces, what is between them, and what runs in them."""

    def __init__(self, logs):
        self.logs = logs
        self.id = f"{PREFIX}{os.getpid()}"
        self.names = []
        self.processes = []
        self.sockets = []
        self.links = 0
        self.run_dir = f"{RUN_ROOT}-{os.getpid()}"
        self.shm_dir = f"{SHM_ROOT}-{os.getpid()}"
        os.makedirs(logs, exist_ok=True)
        os.makedirs(self.run_dir, exist_ok=True)
        os.makedirs(self.shm_dir, exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- building ---

    def full(self, name):
        """The name that the system knows a namespace by."""
        return f"{self.id}-{name}"

    def namespace(self, *names, forward=False):
        """New namespaces, with the loopback up."""
        for name in names:
            full = self.full(name)
            command(["ip", "netns", "add", full])
            self.names.append(name)
            self.ip(name, "link", "set", "lo", "up")
            self.sysctl(name, "net.ipv4.ip_forward", int(forward))
            self.sysctl(name, "net.ipv6.conf.all.forwarding", int(forward))
            # Addresses are used as soon as they are set; nobody has the same one here.
            self.sysctl(name, "net.ipv6.conf.default.accept_dad", 0)
            self.sysctl(name, "net.ipv6.conf.default.accept_ra", 0)

    def ip(self, name, *args):
        """`ip ARGS` in a namespace."""
        return command(["ip", "-n", self.full(name), *args])

    def run(self, name, *argv, check=True, **options):
        """A short command in a namespace; returns what it printed."""
        return command(["ip", "netns", "exec", self.full(name), *argv], check=check, **options)

    def sysctl(self, name, key, value):
        """Set a sysctl of a namespace; keys may have '/' for '.' so that names may have '.'."""
        self.run(name, "sysctl", "-qw", f"{key}={value}")

    def link(self, a, a_if, b, b_if):
        """A cable: a veth pair without offloads, because a DPDK port computes no checksums and
        sees every frame as it is on the wire."""
        # Made under a passing name: both ends begin in one namespace.
        self.links += 1
        tmp = f"x{self.links}"
        self.ip(a, "link", "add", a_if, "type", "veth", "peer", "name", tmp)
        self.ip(a, "link", "set", tmp, "netns", self.full(b), "name", b_if)
        for name, interface in ((a, a_if), (b, b_if)):
            self.offloads_off(name, interface)
            self.ip(name, "link", "set", interface, "up")

    def offloads_off(self, name, interface):
        """The sender writes every checksum and splits every datagram itself."""
        argv = ["ethtool", "-K", interface]
        for feature in OFFLOADS:
            argv += [feature, "off"]
        self.run(name, *argv)

    def bridge(self, name, bridge):
        """A switch."""
        self.ip(name, "link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
        self.ip(name, "link", "set", bridge, "up")

    def attach(self, switch, bridge, name, interface):
        """Plug `interface` of namespace `name` into a switch."""
        port = f"p{self.links + 1}"
        self.link(name, interface, switch, port)
        self.ip(switch, "link", "set", port, "master", bridge)

    def address(self, name, interface, *cidrs):
        """Give an interface addresses."""
        for cidr in cidrs:
            extra = ["nodad"] if ":" in cidr else []
            self.ip(name, "addr", "add", cidr, "dev", interface, *extra)

    def route(self, name, to, via):
        """A route by way of a gateway."""
        family = "-6" if ":" in via else "-4"
        self.ip(name, family, "route", "add", to, "via", via)

    def masquerade(self, name, outside, ports=None):
        """Network address and port translation for all that leaves by `outside`, from a range of
        ports if one is given. Can be called again: new mappings follow the new rule."""
        to = f" to :{ports}" if ports else ""
        rules = ("table ip nat {}\ndelete table ip nat\n"
                 "table ip nat {\n chain post {\n  type nat hook postrouting priority 100;\n"
                 f"  meta l4proto udp oifname \"{outside}\" masquerade{to} random\n"
                 f"  oifname \"{outside}\" masquerade random\n }}\n}}\n")
        self.run(name, "nft", "-f", "-", input=rules)

    def forget_mappings(self, name):
        """A NAT that has lost its table: power failure, or a timeout shorter than the keepalive."""
        self.run(name, "conntrack", "-F")

    def lose(self, name, bridge, percent):
        """Each datagram that passes a switch is lost with this probability, from wherever it comes
        (not every kernel has netem; nftables are needed anyway)."""
        ports = re.findall(r"^\d+: (\w+)@", self.ip(name, "-o", "link", "show", "master", bridge),
                           re.M)
        chains = "".join(
            f" chain {port} {{\n  type filter hook ingress device \"{port}\" priority 0;\n"
            f"  ip protocol udp numgen random mod 100 < {percent} counter drop\n }}\n"
            for port in ports)
        self.run(name, "nft", "-f", "-", input="table netdev loss {}\ndelete table netdev loss\n"
                 f"table netdev loss {{\n{chains}}}\n")

    def lost(self, name):
        """How many datagrams lose() has taken by now."""
        rules = self.run(name, "nft", "list", "table", "netdev", "loss")
        return sum(int(n) for n in re.findall(r"counter packets (\d+)", rules))

    def announce(self, name, interface, address):
        """Tell the neighbours that an IPv4 address is here now (a gratuitous ARP), as whatever
        moves addresses between machines does."""
        s = self.socket(name, socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((interface, 0))
        mac, ip = s.getsockname()[4], socket.inet_aton(address)
        s.send(b"\xff" * 6 + mac + b"\x08\x06" + b"\0\1\x08\0\6\4\0\1" + mac + ip + b"\0" * 6 + ip)

    def dpdk_end(self, name, interface):
        """Make an end ready for DPDK: no addresses, no ARP; the TAP twin has both."""
        self.sysctl(name, f"net/ipv6/conf/{interface}/disable_ipv6", 1)
        self.ip(name, "link", "set", interface, "arp", "off")

    # --- using ---

    def spawn(self, name, argv, label=None, fresh=False, **options):
        """Start a process in a namespace; its output goes to LABEL.log, behind that of the one
        before, or in its place."""
        label = label or os.path.basename(argv[0])
        if fresh:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.logs, f"{label}.log"))
        process = Process(label, ["ip", "netns", "exec", self.full(name), *argv],
                          os.path.join(self.logs, f"{label}.log"), **options)
        self.processes.append(process)
        return process

    def socket(self, name, family=socket.AF_INET, kind=socket.SOCK_DGRAM, protocol=0):
        """A socket that lives in a namespace. The process itself stays where it is."""
        with open("/proc/self/ns/net", "rb") as home, \
                open(f"/run/netns/{self.full(name)}", "rb") as there:
            _setns(there.fileno())
            try:
                made = socket.socket(family, kind, protocol)
            finally:
                _setns(home.fileno())
        self.sockets.append(made)
        return made

    def capture(self, name, label, expression="udp"):
        """Record what passes in a namespace, for reading after a failure."""
        path = os.path.join(self.logs, f"{label}.pcapng")
        return self.spawn(name, ["dumpcap", "-q", "-i", "any", "-f", expression, "-w", path,
                                 "-a", "filesize:100000"], label=f"{label}-dumpcap")

    # --- taking away ---

    def close(self):
        """Stop every process, remove every namespace and folder. Can be called again."""
        with signals_later():
            for s in self.sockets:
                s.close()
            for process in self.processes:
                process.signal(signal.SIGTERM)
            for process in self.processes:
                process.stop()
            for name in reversed(self.names):
                kill_namespace(self.full(name))
            for folder in (self.run_dir, self.shm_dir):
                shutil.rmtree(folder, ignore_errors=True)
            self.sockets, self.processes, self.names = [], [], []

    def leftovers(self):
        """What close() did not get rid of: names of namespaces, and pids in them."""
        return [n for n in namespaces() if n.startswith(self.id + "-")]


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise NetworkError(f"setns: {os.strerror(ctypes.get_errno())}")
