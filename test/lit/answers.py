# SPDX-License-Identifier: Apache-2.0
"""What scenarios that scripts write answer with."""


def ok(*fields, body="", tag="", attributes=""):
    """A <send> of 200 to the request at hand. `fields`: further lines of its header; `tag`: that of To, where the request had none."""
    lines = ["SIP/2.0 200 OK", "[last_Via:]", "[last_From:]", "[last_To:]" + (f";tag={tag}" if tag else ""), "[last_Call-ID:]", "[last_CSeq:]", *fields,
             f"Content-Length: {'[len]' if body else 0}", "", body]
    return f"<send{attributes and ' ' + attributes}><![CDATA[\n" + "\n".join(lines) + "]]></send>\n"


def ok_with_sdp(sdp, tag="[call_number]"):
    """… to an INVITE, repeated until its ACK comes."""
    return ok("Contact: <sip:[local_ip]:[local_port]>", "Content-Type: application/sdp", body=sdp, tag=tag, attributes='retrans="500"')
