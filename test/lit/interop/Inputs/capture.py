# SPDX-License-Identifier: Apache-2.0
"""capture.py FILE PORT COMMAND… -- runs the command while the traffic of the port is captured on loopback. Messages from here, an OPTIONS over UDP each,
tell when the capture has begun and when it has seen everything. Exits with the command's code."""
import socket
import subprocess
import sys
import threading

path, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
BEGIN, END = ((f"OPTIONS sip:{name}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-{name}\r\nFrom: <sip:capture@127.0.0.1>;tag=1\r\n"
               f"To: <sip:{name}@127.0.0.1>\r\nCall-ID: {name}-of-capture\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()
              for name in ("begin", "end"))
capture = subprocess.Popen(["dumpcap", "-q", "-i", "lo", "-f", f"port {port}", "-B", "64", "-a", "duration:60", "-w", "-"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
seen = {BEGIN: threading.Event(), END: threading.Event()}
data = bytearray()


def read():
    while chunk := capture.stdout.read1(65536):
        data.extend(chunk)
        for message, event in seen.items():
            if message in data[-2 * 65536:]:
                event.set()


def mark(message):  # until the capture shows it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while not seen[message].wait(0.05) and capture.poll() is None:
            sender.sendto(message, ("127.0.0.1", port))


reader = threading.Thread(target=read, daemon=True)
reader.start()
mark(BEGIN)
code = subprocess.run(command, check=False).returncode
mark(END)
capture.terminate()
capture.wait(timeout=30)
reader.join()
with open(path, "wb") as file:
    file.write(data)
sys.exit(code)
