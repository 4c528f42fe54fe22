#!/usr/bin/env python3
"""Measures hgtop and writes docs/performance.md.

    scripts/measure.py [SECONDS]

Three parts: the release binary as a process in a pseudo-terminal, each idle
figure over SECONDS (default 30); the throughput of polling against a bare loop
(examples/poll_throughput.rs); the benchmarks (benches/hgtop.rs). Needs Linux,
Python and an otherwise idle machine. Takes about fifteen minutes.
"""

import datetime

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
HGTOP = os.path.join(ROOT, "target", "release", "hgtop")
PAGE = os.path.join(ROOT, "docs", "performance.md")
TICKS = os.sysconf("SC_CLK_TCK")


class Service:
    """The simulated service in a separate process."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [HGTOP, "demo", "--serve", "127.0.0.1:0", *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = []
        for line in self.process.stdout:
            if line == "# end\n":
                break
            lines.append(line)
        self.config = "".join(lines)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Window:
    """The dashboard in a pseudo-terminal."""

    def __init__(self, config, columns=200, lines=60, interval="5s"):
        self.home = tempfile.mkdtemp()
        path = os.path.join(self.home, "config.toml")
        config = re.sub(r'poll_interval = "\w+"', f'poll_interval = "{interval}"', config)
        with open(path, "w") as file:
            file.write(config)
        os.chmod(path, 0o600)
        self.begin = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            size = struct.pack("HHHH", lines, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.environ.update(HOME=self.home, TERM="xterm-256color", COLORFGBG="15;0")
            os.execv(HGTOP, [HGTOP, "--config", path])
        self.first = None
        self.bytes = 0
        while self.first is None:
            if b"env_id" in self.read(5) or self.bytes > 1000:
                self.first = time.perf_counter() - self.begin

    def read(self, wait):
        ready, _, _ = select.select([self.terminal], [], [], wait)
        if not ready:
            return b""
        try:
            data = os.read(self.terminal, 1 << 20)
        except OSError:
            return b""
        self.bytes += len(data)
        return data

    def run(self, seconds):
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def cpu(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        with open(f"/proc/{self.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024

    def wakeups(self):
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/status") as file:
                total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read())[1])
        return total

    def over(self, seconds):
        """CPU share, wake-ups and bytes per second over some time."""
        cpu, wakeups, sent = self.cpu(), self.wakeups(), self.bytes
        self.run(seconds)
        return (
            (self.cpu() - cpu) / seconds * 100,
            (self.wakeups() - wakeups) / seconds,
            (self.bytes - sent) / seconds,
        )

    def key_to_frame(self, count):
        times = []
        for turn in range(count):
            while self.read(0):
                pass
            begin = time.perf_counter()
            os.write(self.terminal, b"j" if turn % 20 < 10 else b"k")
            self.read(1)
            times.append((time.perf_counter() - begin) * 1000)
            self.run(0.02)
        times.sort()
        return statistics.median(times), times[int(len(times) * 0.99) - 1]

    def stop(self):
        os.write(self.terminal, b"q")
        deadline = time.perf_counter() + 5
        while time.perf_counter() < deadline:
            self.read(0.05)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


ROWS = []


def row(what, figure):
    """Adds a line to the table of the process."""
    ROWS.append(f"| {what} | {figure} |")
    print(ROWS[-1], file=sys.stderr, flush=True)


def starts(service):
    times = []
    for _ in range(15):
        window = Window(service.config)
        times.append(window.first * 1000)
        window.stop()
    row("100 jobs: start to first bytes of a frame, median of 15", f"{statistics.median(times):.1f} ms")


def idle(what, config, seconds):
    window = Window(config)
    window.run(8)
    cpu, wakeups, sent = window.over(seconds)
    row(f"{what}: CPU", f"{cpu:.2f} % of a core")
    row(f"{what}: wake-ups", f"{wakeups:.1f} per second")
    row(f"{what}: output to the terminal", f"{sent:.0f} bytes per second")
    row(f"{what}: memory", f"{window.memory():.1f} MB")
    window.stop()


def large():
    service = Service("--jobs", "10000", "--speed", "3", "--fail-rate", "0.05")
    config = re.sub(r"max_requests_per_second = \d+", "max_requests_per_second = 1000", service.config)
    # Every job is polled once within ten seconds. Then about a hundred polls per
    # second follow, and most of them return a new status.
    window = Window(config, interval="60s")
    window.run(20)
    median, worst = window.key_to_frame(300)
    row("10,000 jobs, 100 polls per second: key to frame, median", f"{median:.1f} ms")
    row("10,000 jobs, 100 polls per second: key to frame, p99", f"{worst:.1f} ms")
    row("10,000 jobs: memory", f"{window.memory():.1f} MB")
    window.stop()
    service.stop()


CURL_LOOP = """
while :; do
  for root in $ROOTS; do
    curl -s -H "x-api-key: $KEY" "$BASE/$root" >/dev/null
  done
  sleep 5
done
"""


def children_cpu(process):
    """CPU time of a shell and the children that it has waited for."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(fields[index]) for index in (11, 12, 13, 14)) / TICKS


def polls(service, jobs):
    """The paths of the status calls of the jobs of a service."""
    env_id = re.search(r'env_id = "([^"]+)"', service.config)[1]
    for root in re.findall(r'job_root = "([^"]+)"', service.config)[:jobs]:
        tenant, rest = root.split("/flows/")
        flow = rest.split("/jobs/")[0]
        yield f"{env_id}/{flow}/{tenant}/jobs/status?job_root={root}"


# A typical script: threads that poll every 5 s, and a table that is printed four
# times per second.
SCRIPT = r"""
import json, os, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
base, key = os.environ["BASE"], os.environ["KEY"]
paths, known = os.environ["ROOTS"].split(), {}
def poll(path):
    request = urllib.request.Request(f"{base}/{path}", headers={"x-api-key": key})
    with urllib.request.urlopen(request) as answer:
        known[path] = json.load(answer)
with ThreadPoolExecutor(16) as pool:
    while True:
        list(pool.map(poll, paths))
        for _ in range(20):
            print("\x1b[H", *(f"{job['job_id']:10} {job['status']:20} {job['last_updated']}" for job in known.values()), sep="\n")
            time.sleep(0.25)
"""


def script(service, jobs, seconds):
    """Measures a typical Python script."""
    environment = tools(service, jobs)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.DEVNULL
    )
    time.sleep(5)
    with open(f"/proc/{process.pid}/status") as file:
        memory = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024
    before = children_cpu(process)
    time.sleep(seconds)
    cpu = (children_cpu(process) - before) / seconds * 100
    process.kill()
    process.wait()
    row(f"a Python script, {jobs:,} running jobs, 5 s polls: CPU", f"{cpu:.1f} % of a core")
    row(f"a Python script, {jobs:,} running jobs, 5 s polls: memory", f"{memory:.1f} MB")


def tools(service, jobs):
    """The environment variables of the other tools."""
    base = re.search(r'base_url = "([^"]+)"', service.config)[1]
    key = re.search(r'api_key = "([^"]+)"', service.config)[1]
    return dict(os.environ, BASE=base, KEY=key, ROOTS=" ".join(polls(service, jobs)))


def curl_loop(service, jobs, seconds):
    """Measures a shell loop around curl."""
    environment = tools(service, jobs)
    process = subprocess.Popen(["bash", "-c", CURL_LOOP], env=environment, start_new_session=True)
    time.sleep(seconds)
    cpu = children_cpu(process) / seconds * 100
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    row(f"a curl loop, {jobs:,} running jobs, 5 s polls: CPU", f"{cpu:.1f} % of a core")


def measure_process(seconds):
    """Measures the release binary and what users would run without it."""
    row("release binary", f"{os.path.getsize(HGTOP) / 1e6:.2f} MB")
    settled = Service("--jobs", "100", "--speed", "1000", "--fail-rate", "0")
    time.sleep(1)
    starts(settled)
    idle("100 finished jobs", settled.config, seconds)
    settled.stop()
    one = Service("--jobs", "1", "--speed", "1000", "--fail-rate", "0")
    idle("1 finished job", one.config, seconds)
    one.stop()
    running = Service("--jobs", "100", "--speed", "0.01")
    idle("100 running jobs, 5 s polls", running.config, seconds)
    curl_loop(running, 100, seconds)
    script(running, 100, seconds)
    running.stop()
    running = Service("--jobs", "1000", "--speed", "0.01")
    config = re.sub(r"max_requests_per_second = \d+", "max_requests_per_second = 400", running.config)
    idle("1,000 running jobs, 5 s polls", config, seconds)
    curl_loop(running, 1000, seconds)
    script(running, 1000, seconds)
    running.stop()
    large()
    return ROWS


def cargo(*arguments):
    """Runs cargo and returns what it prints."""
    print("cargo", *arguments, file=sys.stderr, flush=True)
    run = subprocess.run(["cargo", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout


def throughput_rows(output):
    """The table lines of what examples/poll_throughput.rs prints."""
    for line in output.splitlines():
        fields = line.split()
        if fields and fields[0].isdigit():
            yield "| " + " | ".join(fields) + " |"


def bench_rows(output):
    """The table lines of what the benchmarks print: a tree of names, whose
    leaves have their times."""
    name = ""
    for line in output.splitlines():
        tree, _, rest = line.partition("─ ")
        columns = [column.strip() for column in rest.split("│")]
        if len(columns) < 5:
            continue
        label, _, fastest = columns[0].partition("  ")
        is_nested = tree.startswith(("│", " "))
        if not is_nested:
            name = label.strip()
        if fastest.strip():
            argument = label.strip() if is_nested else ""
            yield f"| `{name}` | {argument} | {fastest.strip()} | {columns[2]} | {columns[1]} |"


def first_line(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0]


def machine():
    """The machine, in one sentence."""
    with open("/proc/cpuinfo") as file:
        cpu = re.search(r"model name\s+: (.+)", file.read())
    rustc = first_line("rustc", "--version").split()[1]
    release = ".".join(os.uname().release.split(".")[:2])
    return f"{os.cpu_count()} cores of {cpu[1] if cpu else os.uname().machine}, Linux {release}, rustc {rustc}"


def commit():
    """The commit of the source, which must not change during a run."""
    changes = ["git", "-C", ROOT, "status", "--porcelain", "--", "src", "benches", "examples", "Cargo.lock"]
    if subprocess.run(changes, stdout=subprocess.PIPE, check=True).stdout:
        sys.exit("measure.py: commit your changes first, so that the page can name what was measured")
    return first_line("git", "-C", ROOT, "rev-parse", "--short", "HEAD")


def page(process, throughput, benches, load, measured):
    version = first_line(HGTOP, "--version")
    lines = [
        "# Performance",
        "",
        f"Measured on {datetime.date.today()} with {version} (commit {measured}), release build, on",
        f"{machine()}. `scripts/measure.py` measures and",
        f"writes this page; all values are from one run, which began at a load of {load:.1f}",
        f"on {os.cpu_count()} cores: other work makes times longer and rates lower.",
        "",
        "## The process",
        "",
        "The dashboard in a pseudo-terminal of 200×60 cells, polling a simulated service",
        "on loopback. CPU is a share of one core. The curl loop and the Python script poll",
        "the same jobs of the same service.",
        "",
        "| what | value |",
        "|---|---|",
        *process,
        "",
        "## Polls per second",
        "",
        "With the limits lifted, against a server on loopback: a bare `reqwest` loop, the",
        "client in the same loop, and the watcher. Medians of several rounds",
        "(`examples/poll_throughput.rs`).",
        "",
        "| connections | bare loop | client | ratio | watcher | ratio |",
        "|---|---|---|---|---|---|",
        *throughput,
        "",
        "## Benchmarks",
        "",
        "`cargo bench`, in-process, without a terminal or network. The argument is the",
        "number of jobs or the column.",
        "",
        "| benchmark | argument | fastest | median | slowest |",
        "|---|---|---|---|---|",
        *benches,
        "",
    ]
    return "\n".join(lines)


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    measured = commit()
    cargo("build", "--release")
    load = os.getloadavg()[0]
    process = measure_process(seconds)
    throughput = list(throughput_rows(cargo("run", "--release", "--example", "poll_throughput")))
    benches = list(bench_rows(cargo("bench", "--bench", "hgtop")))
    if not (throughput and benches):
        sys.exit("measure.py: no figures in the output of cargo")
    if commit() != measured:
        sys.exit("measure.py: the source changed during the run; nothing was written")
    with open(PAGE, "w") as file:
        file.write(page(process, throughput, benches, load, measured))


if __name__ == "__main__":
    main()
