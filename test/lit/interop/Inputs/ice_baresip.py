# SPDX-License-Identifier: Apache-2.0
"""ice_baresip.py GOSSIPPER: calls with baresip's ICE, which knows no addresses of loopback: to be run in a network of its own, `unshare -rn`."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import wave

LIT = pathlib.Path(__file__).parents[2]
sys.path += [str(LIT), str(LIT / "run/Inputs/ice")]
from ice import CHECK, HEARD, LIMIT_S, SIDES, Ended, write_scenarios  # noqa: E402

ADDRESS, PHONE, CONTROL, PORT, MEDIA = "192.0.2.1", 5070, 4444, 5080, (20000, 21000)
CONFIG = f"""sip_listen {ADDRESS}:{PHONE}
ctrl_tcp_listen 127.0.0.1:{CONTROL}
module_path /usr/lib/baresip/modules
audio_source aufile,{os.getcwd()}/tone.wav
audio_player aubridge,none
rtcp_mux yes
module g711.so
module aufile.so
module aubridge.so
module ice.so
module ctrl_tcp.so
module_app account.so
module_app menu.so
"""


def write_phone():
    os.makedirs("phone", exist_ok=True)
    for name, text in ("config", CONFIG), ("accounts", f"<sip:phone@{ADDRESS}:{PHONE}>;regint=0;answermode=auto;medianat=ice\n"), ("contacts", ""):
        pathlib.Path("phone", name).write_text(text, encoding="ascii")
    with wave.open("tone.wav", "wb") as tone:
        tone.setparams((1, 2, 8000, 0, "NONE", ""))
        tone.writeframes(bytes(8000 * 2 * 20))


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except ConnectionRefusedError:
        return False


def dial(uri):
    text = json.dumps({"command": "dial", "params": uri})
    with socket.create_connection(("127.0.0.1", CONTROL), LIMIT_S) as control:
        control.sendall(f"{len(text)}:{text},".encode())
        control.recv(1)


def command(side, *more):
    return [sys.argv[1], "sipp", "-sf", ("uac.xml", "uas.xml")[side], "-i", ADDRESS, "-m", "1", "-nostdin", "-timeout", "30", "-media_late_limit", "100", "-min_rtp_port", str(MEDIA[side]),
            "-max_rtp_port", str(MEDIA[side] + 99), "-summary_json", f"{SIDES[side]}.json", *more]


def tell(name, ran):
    print(f"{name}:", Ended(SIDES[name != "called"], ran.returncode, ran.stdout))


for words in ("link", "set", "lo", "up"), ("address", "add", f"{ADDRESS}/32", "dev", "lo"):
    subprocess.run(["ip", *words], check=True)
write_phone()
pathlib.Path("tone.ulaw").write_bytes(b"\xff" * 8000)
write_scenarios(actions=('<nop><action><exec rtp_stream="tone.ulaw,-1,0"/></action></nop>' + HEARD.format(50),) * 2)
# Who is called by baresip hangs up: it would go on for ever.
text = pathlib.Path("uas.xml").read_text(encoding="utf-8")
end = text.index('<recv request="BYE"/>')
bye = pathlib.Path("uac.xml").read_text(encoding="utf-8").split("<send retrans")[-1].replace("To: b <sip:b@[remote_ip]>[peer_tag_param]", "To:[$caller]")
bye = bye.replace("From: a <sip:a@[local_ip]>;tag=[call_number]", "From: <sip:b@[local_ip]>;tag=[pid]b[call_number]").replace("2 BYE", "1 BYE")
text = text[:end] + "".join(CHECK.findall(text)) + "<send retrans" + bye
text = text.replace('<recv request="INVITE"/>', '<recv request="INVITE"><action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/></action></recv>')
pathlib.Path("uas.xml").write_text(text, encoding="utf-8")
with open("phone.log", "w", encoding="utf-8") as log:
    phone = subprocess.Popen(["baresip", "-4", "-f", "phone"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
try:
    deadline = time.monotonic() + LIMIT_S
    while not listens(CONTROL) and time.monotonic() < deadline:
        time.sleep(0.02)
    tell("called", subprocess.run(command(0, f"{ADDRESS}:{PHONE}", "-s", "phone"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False))
    waiting = subprocess.Popen(command(1, "-p", str(PORT), "-trace_msg", "-message_file", "messages"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while f":{PORT:04X}" not in pathlib.Path("/proc/net/udp").read_text(encoding="ascii") and waiting.poll() is None:
        time.sleep(0.02)
    dial(f"sip:gossipper@{ADDRESS}:{PORT}")
    output, _ = waiting.communicate(timeout=LIMIT_S)
    tell("calls", subprocess.CompletedProcess((), waiting.returncode, output))
finally:
    phone.kill()
    phone.wait()
