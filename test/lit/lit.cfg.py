# SPDX-License-Identifier: Apache-2.0
# Tests on files. Substitutions: %gossipper, %gossipc, %codegen (libgsp_codegen.so), %check (gossipper check), %filecheck, %sipp (feature `sipp` if it is installed),
# %docs, %free_port (a UDP port that is free on loopback), %pair (pair.py: servers and a client), %scenarios (the built-in ones),
# %tests (the folder above this one). Feature `corpus`: strangers' scenarios are there; `one_worker`: what is about the order of one worker's work.
import ctypes
import glob
import os
import shutil
import struct
import subprocess
import sys

import lit.formats

config.name = "gossipper"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".test", ".xml"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.gsp_output
# Nothing of the user's cache may decide a test.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.gsp_output, "cache")
config.environment["LC_ALL"] = "C.UTF-8"
config.environment["TSAN_OPTIONS"] = f"exitcode=66:suppressions={config.test_source_root}/../tsan_suppressions.txt:{os.environ.get('TSAN_OPTIONS', '')}"
config.environment["PYTHONPATH"] = config.test_source_root  # sockets.py
config.environment["PATH"] = os.path.dirname(config.filecheck) + os.pathsep + config.environment["PATH"]  # `not`

gossipper = os.path.join(config.gsp_bin, "gossipper")
workers = lit_config.params.get("workers")  # --param workers=2: all runs with so many
if workers:
    config.test_exec_root += "-workers"  # beside the runs with one
    config.substitutions.append((r"%gossipper sipp\b", f"{gossipper} sipp -workers {workers}"))
else:
    config.available_features.add("one_worker")
for name, value in (
    ("%gossipper", gossipper),
    ("%gossipc", os.path.join(config.gsp_bin, "gossipc")),
    ("%codegen", os.path.join(config.gsp_lib, "libgsp_codegen.so")),
    ("%check", gossipper + " check"),
    ("%filecheck", config.filecheck),
    ("%sipp", config.sipp),
    ("%free_port", f"{sys.executable} {config.test_source_root}/sockets.py"),
    ("%pair", f"{sys.executable} {config.test_source_root}/pair.py"),
    ("%python", sys.executable),
    ("%tests", os.path.dirname(config.test_source_root)),
    ("%docs", os.path.join(config.test_source_root, "../../docs")),
    ("%scenarios", os.path.join(config.test_source_root, "../../scenarios")),
):
    config.substitutions.append((name + r"\b", value))
corpus = os.environ.get("GSP_CORPUS") or os.path.join(config.test_source_root, "../../../shared/corpus")
if os.path.exists(os.path.join(corpus, "verdicts.csv")):
    config.available_features.add("corpus")
    config.environment["GSP_CORPUS"] = corpus
if config.sipp and not config.sipp.endswith("NOTFOUND"):
    config.available_features.add("sipp")
if shutil.which("tshark") and shutil.which("dumpcap") and os.geteuid() == 0:  # capturing needs the right to
    config.available_features.add("tshark")
if shutil.which("xmllint"):
    config.available_features.add("xmllint")
for program in ("kamailio", "gdb", "baresip", "linphonec", "rtpengine", "sipsak", "sngrep", "sox", "turnserver"):
    if shutil.which(program):
        config.available_features.add(program)
if shutil.which("unshare") and subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode == 0:
    config.available_features.add("network_namespaces")
    netem = "ip link set lo up && tc qdisc add dev lo root handle 1: prio && tc qdisc add dev lo parent 1:3 netem loss 1% && tc filter add dev lo parent 1: protocol ip u32 match ip dport 1 1"
    if subprocess.run(["unshare", "-rn", "sh", "-c", netem + " flowid 1:3"], capture_output=True, check=False).returncode == 0:
        config.available_features.add("netem")
# io_uring of Linux 6.1 (io_uring_setup with IORING_SETUP_SINGLE_ISSUER and IORING_SETUP_DEFER_TASKRUN); containers often forbid it.
ring = ctypes.CDLL(None).syscall(425, 8, ctypes.create_string_buffer(struct.pack("3I", 0, 0, 1 << 12 | 1 << 13), 120))
if ring >= 0:
    os.close(ring)
    config.available_features.add("io_uring")
# Where Debian keeps what kamailio-websocket-modules and kamailio-tls-modules install.
if shutil.which("kamailio") and all(glob.glob(f"/usr/lib/*/kamailio/modules/{module}.so") for module in ("websocket", "tls")):
    config.available_features.add("kamailio_websocket")
