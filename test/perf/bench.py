# SPDX-License-Identifier: Apache-2.0
"""bench.py GOSSIPPER [--sipp PATH] [--runs N] [--rate CALLS_PER_SECOND] [--json FILE] [TEST…]

Measures basic calls on loopback, gossipper and (if it is there) SIPp in turn, and prints medians and ratios. Tests:
  cpu           CPU per call (user + system, whole process), as client and as server; the peer is gossipper in both cases
  rates         the same as client, at several rates (--rates)
  language      CPU per call of a client with five eregs, ten variables, digest authentication and an injection file
  memory        resident memory per call held in a pause, as client and as server
  held          memory per call and CPU while 100,000 calls (--most-held) are held between two gossippers
  startup       time from start to the first INVITE: compiled anew, and from the cache
  compile       the same with scenarios of 2,002 messages, without and with actions, gossipper only
  streams       CPU per call as client over one TCP connection; calls and connections a second between two gossippers that wait for nothing
  workers       CPU per call with two workers and with one: of calls that nobody answers, so that each has a core for itself, and as client and as server
  instructions  user-space instructions per call as client and as server (valgrind's callgrind; start-up subtracted), gossipper only unless --sipp-instructions;
                SIPp at the rates that it can keep under valgrind
  growth        the same of gossipper over the length of the INVITE (--sizes) and over the number of workers (--workers)
  media         CPU per packet of 2,000 G.711 streams (--streams), and the share of packets that gossipper counts as more than 5 ms late;
                5,000 streams sent, 2,500 both ways, 1,000 with SRTP both ways: late packets, and how long the busiest thread ran, and waited for a processor
  srtp          CPU of a media thread per packet with SRTP and without, 500 streams both ways; the same as above of 1,000 and 3,000 streams both ways with SRTP
--json writes all values, for plot.py."""
import argparse
import concurrent.futures
import json
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lit"))
from bench_scenarios import ACTIONS, UNANSWERED, long_scenario, sized_scenario, stream_scenario, two_way_scenarios  # noqa: E402
from sockets import free_port  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("gossipper")
parser.add_argument("tests", nargs="*", default=["cpu", "language", "streams", "memory", "held", "startup", "compile", "instructions"])
parser.add_argument("--sipp", default="/usr/bin/sipp")
parser.add_argument("--sipp-instructions", action="store_true")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--rate", type=int, default=5000)
parser.add_argument("--seconds", type=int, default=5)
parser.add_argument("--held", type=int, default=20000)
parser.add_argument("--rates", type=int, nargs="*", default=[500, 1000, 2500, 5000, 7500, 10000])
parser.add_argument("--most-held", type=int, default=100000)
parser.add_argument("--streams", type=int, default=2000)
parser.add_argument("--sizes", type=int, nargs="*", default=[500, 1000, 2000, 4000, 8000])
parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 3, 4])
parser.add_argument("--json")
options = parser.parse_intermixed_args()

OURS = [os.path.abspath(options.gossipper), "sipp"]
TOOLS = {"gossipper": OURS}
if os.access(options.sipp, os.X_OK):
    TOOLS["sipp"] = [options.sipp]
FOLDER = tempfile.mkdtemp(prefix="gossipper-bench.")
PAUSE = os.path.join(FOLDER, "hold.xml")


def start(command):
    return subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def bound(port):
    for name in ("udp", "tcp"):
        with open(f"/proc/net/{name}", encoding="ascii") as table:
            rows = [line.split() for line in list(table)[1:]]
            if any(row[1].endswith(f":{port:04X}") and (name == "udp" or row[3] == "0A") for row in rows):
                return True
    return False


def server(tool, port, scenario=("-sn", "uas"), media=None):
    process = start([*tool, *scenario, "-i", "127.0.0.1", "-p", str(port), "-cp", str(free_port()), "-mp", str(media or free_port()), "-nostdin"])
    while not bound(port):
        if process.poll() is not None:
            sys.exit(f"the server has ended: {' '.join(process.args)}")
        time.sleep(0.01)
    return process


def client(tool, port, *more, scenario=("-sn", "uac")):
    return [*tool, *scenario, f"127.0.0.1:{port}", "-i", "127.0.0.1", "-p", str(free_port()), "-cp", str(free_port()), "-mp", str(free_port()), "-nostdin", *map(str, more)]


def finish(process, soft=None):
    """CPU seconds of the process, user and system. `soft`: the signal that ends it; a second one ends calls whose messages were lost, too."""
    if soft:
        process.send_signal(soft)
        for _ in range(100):
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.1)
        else:
            process.send_signal(soft)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def basic_calls(client_tool, server_tool, rate):
    """Microseconds of CPU for a call, of client and server."""
    port, calls = free_port(), rate * options.seconds
    peer = server(server_tool, port)
    placed = start(client(client_tool, port, "-r", rate, "-m", calls))
    return finish(placed) / calls * 1e6, finish(peer, signal.SIGUSR1) / calls * 1e6


RESULTS = []


def show(what, unit, values, **more):
    """Values of each tool, run by run; `more` is what the plots need beside them."""
    RESULTS.append({"what": what, "unit": unit, "values": values, **more})
    line = f"{what:34} " + "  ".join(f"{name} {statistics.median(v):10.2f}" for name, v in values.items()) + f" {unit}"
    if len(values) == 2:
        a, b = values.values()
        line += f"   ratio {statistics.median(x / y for x, y in zip(a, b)):.3f}"
    print(line, flush=True)


def both_sides(what, tools):
    sides = {"client": {n: [] for n in tools}, "server": {n: [] for n in tools}}
    for _ in range(options.runs):
        for name, tool in tools.items():
            sides["client"][name].append(basic_calls(tool, OURS, options.rate)[0])
            sides["server"][name].append(basic_calls(OURS, tool, options.rate)[1])
    for side, values in sides.items():
        show(f"{what}, {side}, {options.rate}/s", "us", values)


def cpu():
    both_sides("CPU per call", TOOLS)


def unanswered_calls(tool, calls):
    """Microseconds of CPU for a call of two requests to a socket that nobody reads, at whatever rate that makes."""
    scenario = os.path.join(FOLDER, "unanswered.xml")
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(UNANSWERED)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        placed = start([*tool, "-sf", scenario, f"127.0.0.1:{sink.getsockname()[1]}", "-i", "127.0.0.1", "-nostdin", "-nr", "-users", "100", "-m", str(calls)])
        return finish(placed) / calls * 1e6


def workers():
    tools = {"two": [*OURS, "-workers", "2"], "one": [*OURS, "-workers", "1"]}
    values = {n: [] for n in tools}
    for _ in range(options.runs):
        for name, tool in tools.items():
            values[name].append(unanswered_calls(tool, 400000))
    show("CPU per call, workers, unanswered", "us", values)
    both_sides("CPU per call, workers", tools)


def rates():
    for rate in options.rates:
        values = {n: [] for n in TOOLS}
        for _ in range(options.runs):
            for name, tool in TOOLS.items():
                values[name].append(basic_calls(tool, OURS, rate)[0])
        show(f"CPU per call, client, {rate}/s", "us", values, test="rates", rate=rate)


def language():
    here = os.path.dirname(os.path.abspath(__file__))
    scenario, peer_scenario = (("-sf", os.path.join(here, f"language_{side}.xml")) for side in ("client", "server"))
    users = os.path.join(FOLDER, "users.csv")
    with open(users, "w", encoding="utf-8") as file:
        file.writelines(["SEQUENTIAL\n", *(f"user{i};secret{i};{4930000000 + i}\n" for i in range(1000))])
    room = ("-buff_size", "1048576")  # a lost message costs a retransmission, which is not what is measured
    rate, calls = options.rate, options.rate * options.seconds

    def one(tool, count):
        port = free_port()
        peer = server(OURS, port, (*peer_scenario, *room, "-recv_timeout", "5000"))
        placed = start(client(tool, port, "-inf", users, "-r", rate, "-m", count, *room, scenario=scenario))
        used = finish(placed)
        finish(peer, signal.SIGUSR1)
        if placed.returncode or peer.returncode:  # the server checks that challenges are answered
            print(f"language: calls of {tool[0]} failed: do not trust the figure", flush=True)
        return used

    one(OURS, 1)  # fills the cache
    values = {n: [] for n in TOOLS}
    for _ in range(options.runs):
        for name, tool in TOOLS.items():
            values[name].append(one(tool, calls) / calls * 1e6)
    show(f"CPU per call, language, {rate}/s", "us", values)


TLS = [word for name in ("cert", "key") for word in (f"-tls_{name}", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tls", f"peer.{'pem' if name == 'cert' else 'key'}"))]


def closed_loop(mode, users, calls, *more):
    """Calls a second, each user's next call following its last."""
    port = free_port()
    peer = server(OURS, port, ("-sn", "uas", "-t", mode, "-buff_size", "8000000", *TLS, *more))
    begin = time.monotonic()
    placed = start(client(OURS, port, "-t", mode, "-users", users, "-m", calls, "-buff_size", "8000000", *more))
    finish(placed)
    seconds = time.monotonic() - begin
    finish(peer, signal.SIGUSR1)
    if placed.returncode or peer.returncode:
        print(f"streams: calls over {mode} failed: do not trust the figure", flush=True)
    return calls / seconds


def streams():
    calls = options.rate * options.seconds
    values = {n: [] for n in TOOLS}
    for _ in range(options.runs):
        for name, tool in TOOLS.items():
            port = free_port()
            peer = server(OURS, port, ("-sn", "uas", "-t", "t1"))
            values[name].append(finish(start(client(tool, port, "-t", "t1", "-r", options.rate, "-m", calls))) / calls * 1e6)
            finish(peer, signal.SIGUSR1)
    show(f"CPU per call, t1, {options.rate}/s", "us", values)
    for what, mode, users, count, *more in (("calls/s, u1", "u1", 300, 200000), ("calls/s, t1", "t1", 500, 300000), ("calls/s, l1", "l1", 500, 200000),
                                            ("calls/s, w1", "w1", 500, 100000), ("connections/s, tn", "tn", 100, 30000),
                                            ("full handshakes/s, ln", "ln", 100, 5000, "-tls_resume", "false"), ("resumed handshakes/s, ln", "ln", 100, 10000),
                                            ("resumed handshakes/s, wsn", "wsn", 100, 10000)):
        show(what, "", {"gossipper": [closed_loop(mode, users, count, *more) for _ in range(options.runs)]})


def resident(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) * 1024


def cpu_ns(pid):
    """Of all its threads, so far."""
    used = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
            used += int(stat.read().split()[0])
    return used


def busiest_thread(pid, seconds):
    """Of the time, in percent: what its busiest thread ran, and what that waited for a processor, which others had."""
    def times():
        found = {}
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
                found[task] = [int(field) for field in stat.read().split()[:2]]
        return found

    before, began = times(), time.monotonic()
    time.sleep(seconds)
    passed = (time.monotonic() - began) * 1e7
    return max(((run - before[task][0]) / passed, (waited - before[task][1]) / passed) for task, (run, waited) in times().items() if task in before)


def hold(tool, held, rate, use, *more):
    """Holds that many calls in a pause and returns what use(client, server) says of the two processes then."""
    if not os.path.exists(PAUSE):
        text = subprocess.run([*OURS, "-sd", "uac"], capture_output=True, text=True, check=False).stdout
        with open(PAUSE, "w", encoding="utf-8") as file:
            file.write(text.replace("<pause/>", '<pause milliseconds="600000"/>'))
    port = free_port()
    peer = server(tool, port, ("-sn", "uas", *more))
    placed = start(client(tool, port, "-r", rate, "-l", held, "-m", held, *more, scenario=("-sf", PAUSE)))
    time.sleep(held / rate + 4)
    said = use(placed, peer)
    for process in (placed, peer):
        process.kill()
        process.wait()
    return said


def residents(*processes):
    return [resident(process) for process in processes]


def memory():
    values = {"client": {}, "server": {}}
    for name, tool in TOOLS.items():
        _, one, many = (hold(tool, n, 4000, residents) for n in (1, 1, options.held))  # the first fills the cache
        for i, side in enumerate(values):
            values[side][name] = [(many[i] - one[i]) / options.held]
    for side, v in values.items():
        show(f"memory per held call, {side}", "bytes", v, test="memory")


def held():
    def use(*processes):
        used, began = [cpu_ns(p.pid) for p in processes], time.monotonic()
        time.sleep(options.seconds)
        seconds = time.monotonic() - began
        return residents(*processes), [(cpu_ns(p.pid) - u) / 1e7 / seconds for p, u in zip(processes, used)]

    count = options.most_held
    room = ("-buff_size", "8000000")
    _, (one, _), (many, busy) = (hold(OURS, n, 10000, use, *room) for n in (1, 1, count))
    for i, side in enumerate(("client", "server")):
        show(f"memory per call, {count} held, {side}", "bytes", {"gossipper": [(many[i] - one[i]) / count]})
        show(f"CPU while {count} are held, {side}", "% of a core", {"gossipper": [busy[i]]})


def first_message(tool, *more, scenario, end=True):
    """Milliseconds from the start of a client to its first message."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(60)
        command = client(tool, s.getsockname()[1], "-r", 1000, "-m", 1, *more, scenario=scenario)
        begin = time.monotonic()
        process = start(command)
        s.recv(65536)
        elapsed = (time.monotonic() - begin) * 1000
        if end:
            process.kill()
        process.wait()
    return elapsed


def first_invites(what, scenario, runs, tools):
    values = {"compiled anew": {n: [] for n in tools}, "from the cache": {n: [] for n in tools}}
    first_message(OURS, "-timeout", 1, scenario=scenario, end=False)  # fills the cache
    for _ in range(runs):
        for name, tool in tools.items():
            for how in values:
                more = ["-no_cache"] if name == "gossipper" and how == "compiled anew" else []
                values[how][name].append(first_message(tool, *more, scenario=scenario))
    for how, v in values.items():
        show(f"first INVITE{what}, {how}", "ms", v)


def startup():
    first_invites("", ("-sn", "uac"), options.runs * 3, TOOLS)


def compile():  # pylint: disable=redefined-builtin
    for name, actions in (("plain", ""), ("actions", ACTIONS)):
        path = os.path.join(FOLDER, f"long-{name}.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(long_scenario(actions))
        first_invites(f", 2,002 messages, {name}", ("-sf", path), options.runs, {"gossipper": OURS})


def instructions_of(side, tool, calls, scenario=("-sn", "uac")):
    """What one side of a run of that many calls executes, start and end included. `scenario`: the client's."""
    log = os.path.join(FOLDER, "callgrind.log")

    def watched(name, command):
        return ["valgrind", "--tool=callgrind", f"--log-file={log}", f"--callgrind-out-file={FOLDER}/callgrind.out", *command] if name == side else command

    port = free_port()
    peer = server(watched("server", tool if side == "server" else OURS), port)
    rate = options.rate if tool[0] == OURS[0] else 1000 if side == "client" else 100
    placed = start(watched("client", client(tool if side == "client" else OURS, port, "-r", rate, "-m", calls, scenario=scenario)))
    finish(placed)
    finish(peer, signal.SIGUSR1)
    with open(log, encoding="utf-8") as text:
        return int(re.search(r"Collected : (\d+)", text.read()).group(1))


def instructions_per_call(side, tool, **more):
    _, one, many = (instructions_of(side, tool, m, **more) for m in (1, 1, 2001))  # the first fills the cache
    return (many - one) / 2000


def instructions():
    for side in ("client", "server"):
        values = {}
        for name, tool in TOOLS.items():
            if name == "sipp" and not options.sipp_instructions:
                continue
            values[name] = [instructions_per_call(side, tool)]
        show(f"instructions per call, {side}", "", values)


def growth():
    scenario = os.path.join(FOLDER, "growth.xml")
    for size in options.sizes:
        with open(scenario, "w", encoding="utf-8") as file:
            file.write(sized_scenario(size))
        for side in ("client", "server"):
            values = {"gossipper": [instructions_per_call(side, OURS, scenario=("-sf", scenario))]}
            show(f"instructions per call, {size} bytes, {side}", "", values, test="sizes", x=size, side=side)
    for n in options.workers:
        for side in ("client", "server"):
            values = {"gossipper": [instructions_per_call(side, [*OURS, "-workers", str(n)])]}
            show(f"instructions per call, {n} workers, {side}", "", values, test="workers", x=n, side=side)


def play(tool, scenario):
    """Microseconds of CPU for a packet; gossipper's share of late packets, in percent."""
    summary = os.path.join(FOLDER, "media.json")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:  # never read: what comes is dropped when its buffer is full
        sink.bind(("127.0.0.1", 0))
        port, rate = free_port(), 500
        peer = server(OURS, port, media=sink.getsockname()[1])
        more = ("-summary_json", summary) if tool is OURS else ()
        run = start(client(tool, port, "-r", rate, "-m", options.streams, "-l", options.streams, "-skip_rlimit", *more, scenario=("-sf", scenario)))
        time.sleep(options.streams / rate + 2)
        before, began = cpu_ns(run.pid), time.monotonic()
        time.sleep(options.seconds)
        used, seconds = cpu_ns(run.pid) - before, time.monotonic() - began
        for _ in range(2):  # the second does not wait for the calls
            run.send_signal(signal.SIGUSR1 if tool is OURS else signal.SIGKILL)
            time.sleep(0.1)
        run.wait()
        peer.kill()
        peer.wait()
    if tool is OURS:
        with open(summary, encoding="utf-8") as file:
            counts = json.load(file)["statistics"]
        late = 100 * counts["RtpPacketsLate"] / max(counts["RtpPacketsSent"], 1)
    return used / 1e3 / (options.streams * 50 * seconds), late if tool is OURS else 0


def lateness(counts):
    return [100 * counts[name] / max(counts["RtpPacketsSent"], 1) for name in ("RtpPacketsLateBy2ms", "RtpPacketsLate")]


def send_only(streams):
    """-rtp_send to a socket that nobody reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        run = subprocess.Popen([*OURS, "-rtp_send", "-rtp_addr", f"127.0.0.1:{sink.getsockname()[1]}", "-rtp_streams", str(streams), "-mp", "20000"],
                               stdout=subprocess.PIPE, text=True)
        run.stdout.readline()
        time.sleep(1)
        load = busiest_thread(run.pid, options.seconds)
        run.send_signal(signal.SIGTERM)
        done = dict(re.findall(r"(\w+)=(\d+)", run.communicate()[0]))
    counts = {"RtpPacketsSent": int(done["sent"]), "RtpPacketsLateBy2ms": int(done["late_2ms"]), "RtpPacketsLate": int(done["late_5ms"])}
    return [(load, counts)]


def two_way(streams, secure):
    """Streams between two gossippers, which both send and measure what they receive."""
    files = [os.path.join(FOLDER, name) for name in ("two_way_uac.xml", "two_way_uas.xml")]
    for file, text in zip(files, two_way_scenarios(secure)):
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
    port, rate, sides = free_port(), 500, []
    summaries = [os.path.join(FOLDER, name) for name in ("uac.json", "uas.json")]
    peer = server([*OURS, "-summary_json", summaries[1]], port, ("-sf", files[1]), media=20000)
    run = start(client(OURS, port, "-r", rate, "-m", streams, "-l", streams, "-skip_rlimit", "-summary_json", summaries[0], scenario=("-sf", files[0])))
    time.sleep(streams / rate + 2)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        loads = list(pool.map(lambda process: busiest_thread(process.pid, options.seconds), (run, peer)))
    for process, summary, load in zip((run, peer), summaries, loads):
        for _ in range(2):  # the second does not wait for the calls
            process.send_signal(signal.SIGUSR1)
            time.sleep(0.1)
        process.wait()
        with open(summary, encoding="utf-8") as file:
            sides.append((load, json.load(file)["statistics"]))
    return sides


def media_scale(measures):
    """What one core must bear; a thread that waited for a processor shows that others wanted it too."""
    for what, measure in measures.items():
        rows = [side for _ in range(options.runs) for side in measure()]
        found = {"busiest thread ran": [load[0] for load, _ in rows], "… waited": [load[1] for load, _ in rows],
                 "> 2 ms late": [lateness(counts)[0] for _, counts in rows], "> 5 ms late": [lateness(counts)[1] for _, counts in rows]}
        if "RtpPacketsLost" in rows[0][1]:
            found["lost"] = [100 * c["RtpPacketsLost"] / max(c["RtpPacketsReceived"], 1) for _, c in rows]
        show(what, "%", found)


def media():
    tone, scenario = os.path.join(FOLDER, "tone.ul"), os.path.join(FOLDER, "stream.xml")
    with open(tone, "wb") as file:
        file.write(bytes(i * 37 & 255 for i in range(64000)))
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(stream_scenario(tone))
    values, late = {n: [] for n in TOOLS}, []
    for _ in range(options.runs):
        for name, tool in TOOLS.items():
            per_packet, share = play(tool, scenario)
            values[name].append(per_packet)
            if tool is OURS:
                late.append(share)
    show(f"CPU per packet, {options.streams} streams", "us", values)
    show("packets more than 5 ms late", "%", {"gossipper": late})
    media_scale({"send 5,000 streams": lambda: send_only(5000), "2,500 both ways": lambda: two_way(2500, False),
                 "1,000 SRTP both ways": lambda: two_way(1000, True)})


def srtp():
    streams, values = 500, {"SRTP": [], "RTP": []}
    for _ in range(options.runs):
        for name, found in values.items():
            ran = [load[0] for load, _ in two_way(streams, name == "SRTP")]
            found.append(statistics.mean(ran) * 1e4 / (2 * 50 * streams))  # sent and received
    show(f"CPU per packet, {streams} both ways", "us", values)
    media_scale({f"{n:,} SRTP both ways": lambda n=n: two_way(n, True) for n in (1000, 3000)})


TESTS = {test.__name__: test for test in (cpu, rates, language, memory, held, startup, compile, streams, workers, instructions, growth, media, srtp)}
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
for wanted in options.tests:
    if wanted not in TESTS:
        sys.exit(f"no test {wanted}")
    TESTS[wanted]()
if options.json:
    with open(options.json, "w", encoding="utf-8") as out:
        json.dump(RESULTS, out, indent=1)
