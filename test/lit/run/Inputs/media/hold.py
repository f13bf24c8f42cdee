# SPDX-License-Identifier: Apache-2.0
"""hold.py GOSSIPPER: what later offers and answers do to a stream: hold, another port, an address of its own, a multipart body."""
import sys

from media import GOES_ON, HERE, Peer, played, run

PAUSE = '<pause milliseconds="300"/>'
ANSWERS = [
    ("application/sdp", "v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0\r\n"),
    ("application/sdp", "v=0\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0\r\na=sendonly\r\n"),
    ("application/sdp;charset=utf-8", "v=0\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=application 9 UDP/BFCP *\r\nm=audio {video} RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\n"),
    ("multipart/mixed;boundary=part", "--part\r\nContent-Type: text/plain\r\n\r\nm=audio 9 RTP/AVP 0\r\n--part\r\nContent-Type: application/sdp\r\n\r\n"
     "v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0\r\n--part--\r\n"),
]


def main():
    text = (HERE / "uac.xml").read_text(encoding="utf-8")
    invite = text[text.index("<send retrans"):text.index("@ACTION@")].replace("To: b <sip:b@[remote_ip]>\n", "To: b <sip:b@[remote_ip]>[peer_tag_param]\n")
    update = invite[:invite.index('<recv response="200"/>')].replace("INVITE", "UPDATE") + '<recv response="200"/>'
    action = played("apattern,1,0", GOES_ON) + "".join(offer.replace("CSeq: 1", f"CSeq: {number}") + then
                                                       for number, offer, then in ((2, invite, PAUSE), (3, update, GOES_ON), (4, invite, GOES_ON)))

    def is_on(number, kind):
        """After so many offers."""
        return lambda peer: len(peer.invites) == number and len(peer.media[kind]) - peer.seen[-1][kind] > 7

    peer = Peer(change=lambda data: data, sdp=lambda number: ANSWERS[number - 1], until=[is_on(1, "audio"), is_on(3, "video"), is_on(4, "audio")])
    code = run(peer, sys.argv[1], action, change=lambda scenario: scenario.replace("CSeq: 2 BYE", "CSeq: 5 BYE"))[0]
    seen = peer.seen + [{kind: len(datagrams) for kind, datagrams in peer.media.items()}]
    for title, before, after in zip(("at first", "on hold", "elsewhere", "back again"), seen, seen[1:]):
        print(title, *(f"{port} port {'on' if after[kind] - before[kind] > 7 else 'off' if after[kind] - before[kind] < 5 else 'unclear'}"
                       for port, kind in (("first", "audio"), ("second", "video"))))
    print("code", code, "SSRCs", len({data[8:12] for datagrams in peer.media.values() for _, data in datagrams}))


main()
