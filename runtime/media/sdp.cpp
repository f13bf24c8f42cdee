// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/sdp.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "runtime/base/text.h"
#include "runtime/media/sdp_lines.h"

namespace gsp::rt {

namespace {

Address with_port(Address address, uint16_t port) {
    address.port = port;
    return port ? address : Address{};
}

// What follows `c=`; family 0: it is no address, or not of the family (0: any).
Address connection_of(std::string_view value, int family) {
    for (const int of : {4, 6}) {
        const std::string_view begin = of == 6 ? "IN IP6 " : "IN IP4 ";
        if ((family != 0 && family != of) || value.substr(0, begin.size()) != begin) continue;
        const std::string text(
            value.substr(begin.size(), value.find_first_of(" \t\r\n/", begin.size()) - begin.size()));
        Address address;
        if (inet_pton(of == 6 ? AF_INET6 : AF_INET, text.c_str(), address.ip) != 1) return {};
        address.family = static_cast<uint8_t>(of);
        return address;
    }
    return {};
}

// The first m= of these words that has a port, with the c= below it, or that above all m=, or the first one at all
// (SIPp).
class MediaFinder {
public:
    MediaFinder(std::string_view words, int family) : words_(words), family_(family) {}
    void take(std::string_view line) {
        if (line.substr(0, 2) == "m=") return begin_section(line.substr(2));
        if (line.substr(0, 2) != "c=" || (inside_ && own_.family)) return;
        const Address address = connection_of(line.substr(2), family_);
        if (!address.family) return;
        if (inside_) own_ = address;
        if (of_session_ && !session_.family) session_ = address;
        if (!first_.family) first_ = address;
    }
    Address target() const { return with_port(own_.family ? own_ : session_.family ? session_ : first_, port_); }
    bool has_address() const { return first_.family != 0; }

private:
    void begin_section(std::string_view line) {
        of_session_ = false;
        inside_ = port_ == 0 && line.substr(0, words_.size()) == words_ && number_in(line.substr(words_.size())) != 0;
        if (inside_) port_ = number_in(line.substr(words_.size()));
    }
    const std::string_view words_;
    const int family_;
    bool of_session_ = true, inside_ = false;
    uint16_t port_ = 0;
    Address own_, session_, first_;
};

MediaFinder find_media(std::string_view body, std::string_view words, int family) {
    MediaFinder finder(words, family);
    each_sdp_line(body, [&](std::string_view line, const SdpSection&) { finder.take(line); });
    return finder;
}

// Its words without parameters, whatever the case.
bool is_sdp(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t' || type.back() == '\r')) type.remove_suffix(1);
    return same_letters(type, "application/sdp");
}

// A part of a multipart body: header fields, an empty line, what it carries. Is that SDP?
bool take_sdp_part(std::string_view part, std::string_view& content) {
    constexpr std::string_view kType = "content-type:";
    const size_t wide = part.find("\r\n\r\n"), narrow = part.find("\n\n");
    if (wide == part.npos && narrow == part.npos) return false;
    const size_t end = std::min(wide, narrow);
    content = part.substr(end + (wide < narrow ? 4 : 2));
    for (size_t at = 0; at < end;) {
        const std::string_view line = part.substr(at, part.find('\n', at) - at);
        at += line.size() + 1;
        if (!same_letters(line.substr(0, kType.size()), kType)) continue;
        const size_t value = line.find_first_not_of(" \t", kType.size());
        return value != line.npos && is_sdp(line.substr(value));
    }
    return false;
}

}  // namespace

std::string_view sdp_part(std::string_view body) {
    // What stands before the first delimiter is for those who do not know parts. No line of SDP begins so.
    const size_t preamble = body.starts_with("--") ? 0 : body.find("\n--");
    if (preamble == body.npos) return body;
    const size_t first = preamble + (body[preamble] == '\n');
    const std::string delimiter = "\n" + std::string(body.substr(first, body.find_first_of("\r\n", first) - first));
    for (size_t at = first + delimiter.size() - 1; at < body.size();) {
        const size_t end = std::min(body.find(delimiter, at), body.size());
        std::string_view content;
        if (take_sdp_part(body.substr(at, end - at), content)) return content;
        at = end + delimiter.size();
    }
    return body;
}

bool has_stream_sdp(const sip::Message& message) {
    const std::string_view type = message.value_of(sip::Header::ContentType), body = message.body_text();
    const bool in_part = type.find("multipart/") != type.npos &&
                         (sdp_part(body) != body || message.text().find("application/sdp") != std::string_view::npos);
    if (!in_part && !is_sdp(type)) return false;
    const std::string_view length = message.value_of(sip::Header::ContentLength);
    return length.empty() ? !body.empty() : number_in(length) != 0;
}

Result<StreamTargets> read_stream_targets(std::string_view body) {
    if (body.empty()) return Error{"a message with Content-Type application/sdp has no body"};
    const MediaFinder audio = find_media(body, "audio ", 0), video = find_media(body, "video ", 0);
    if (!audio.has_address()) return Error{"SDP without the address of its media (c=IN IP4 or c=IN IP6)"};
    return StreamTargets{audio.target(), video.target()};
}

CaptureTargets read_capture_targets(std::string_view body, int family) {
    constexpr std::string_view kWords[] = {"audio ", "image ", "video "};  // as CaptureKind
    CaptureTargets targets;
    for (size_t kind = 0; kind < targets.size(); ++kind)
        targets[kind] = find_media(body, kWords[kind], family).target();
    return targets;
}

std::array<RtcpTarget, 2> read_rtcp_targets(std::string_view body, const StreamTargets& targets) {
    constexpr std::string_view kRtcp = "a=rtcp:", kMux = "a=rtcp-mux";
    std::array<RtcpTarget, 2> found;
    for (size_t i = 0; i < targets.size(); ++i) {
        found[i].to = targets[i];
        if (targets[i].family) ++found[i].to.port;
    }
    each_sdp_line(body, [&](std::string_view line, const SdpSection& section) {
        if (!section.counts) return;
        RtcpTarget& target = found[static_cast<size_t>(section.kind)];
        if (line == kMux) target.muxed = true;
        if (line.substr(0, kRtcp.size()) != kRtcp || !target.to.family) return;
        const std::string_view value = line.substr(kRtcp.size());
        if (const uint16_t port = number_in(value)) target.to.port = port;
        const size_t address = value.find("IN IP");
        const Address other = address == value.npos ? Address{} : connection_of(value.substr(address), 0);
        if (other.family) target.to = with_port(other, target.to.port);
    });
    return found;
}

TypesOfKinds read_dynamic_types(std::string_view body) {
    constexpr std::string_view kMap = "a=rtpmap:";
    TypesOfKinds types{no_dynamic_types(), no_dynamic_types()};
    each_sdp_line(body, [&](std::string_view line, const SdpSection& section) {
        if (section.kind < 0 || line.substr(0, kMap.size()) != kMap) return;
        line.remove_prefix(kMap.size());
        DynamicTypes& of_kind = types[static_cast<size_t>(section.kind)];
        const size_t space = line.find(' ');
        const uint16_t type = number_in(line);
        if (space == line.npos || type < kFirstDynamicType || type >= kFirstDynamicType + of_kind.size()) return;
        of_kind[type - kFirstDynamicType] = codec_of_name(line.substr(space + 1));
    });
    return types;
}

CapturePorts read_capture_ports(std::string_view body) {
    CapturePorts ports{};
    const CaptureTargets targets = read_capture_targets(body, 0);
    for (size_t kind = 0; kind < ports.size(); ++kind) ports[kind] = targets[kind].port;
    return ports;
}

bool has_capture_sdp(const sip::Message& message) {
    if (message.body_text().empty()) return false;
    const uint32_t method = message.method;
    return !message.is_request() || method == sip::Method_INVITE || method == sip::Method_ACK ||
           method == sip::Method_PRACK || method == sip::Method_UPDATE;
}

}  // namespace gsp::rt
