// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/sdp.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "runtime/media/sdp_lines.h"

namespace gsp::rt {

namespace {

// The port of the first line that begins so; `from`: where to look, afterwards behind it.
uint16_t port_of_line(std::string_view body, std::string_view begin, size_t& from) {
    for (size_t at = body.find(begin, from); at != body.npos; at = body.find(begin, at + 1)) {
        if (at > 0 && body[at - 1] != '\n') continue;
        from = at + begin.size();
        return number_in(body.substr(from));
    }
    from = body.size();
    return 0;
}

uint16_t port_of_kind(std::string_view body, std::string_view begin) {
    size_t from = 0;
    const uint16_t first = port_of_line(body, begin, from);
    return first ? first : port_of_line(body, begin, from);
}

Address with_port(Address address, uint16_t port) {
    address.port = port;
    return port ? address : Address{};
}

}  // namespace

Address read_connection(std::string_view text, int family) {
    const std::string_view begin = family == 6 ? "c=IN IP6 " : "c=IN IP4 ";
    const size_t at = text.find(begin);
    if (at == text.npos) return {};
    std::string_view value = text.substr(at + begin.size());
    value = value.substr(0, value.find_first_of(" \t\r\n/"));
    Address address;
    if (inet_pton(family == 6 ? AF_INET6 : AF_INET, std::string(value).c_str(), address.ip) != 1) return {};
    address.family = static_cast<uint8_t>(family == 6 ? 6 : 4);
    return address;
}

bool has_stream_sdp(const sip::Message& message) {
    constexpr std::string_view kSdp = "application/sdp";
    const std::string_view type = message.value_of(sip::Header::ContentType);
    const bool named =
        type == kSdp || (type.find("multipart/") != type.npos && message.text().find(kSdp) != std::string_view::npos);
    return named && number_in(message.value_of(sip::Header::ContentLength)) != 0;
}

Result<StreamTargets> read_stream_targets(const sip::Message& message) {
    const std::string_view body = message.body_text();
    if (body.empty()) return Error{"a message with Content-Type application/sdp has no body"};
    Address address = read_connection(body, 4);
    if (!address.family) address = read_connection(body, 6);
    if (!address.family) return Error{"SDP without the address of its media (c=IN IP4 or c=IN IP6)"};
    return StreamTargets{with_port(address, port_of_kind(body, "m=audio ")),
                         with_port(address, port_of_kind(body, "m=video "))};
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
        const size_t address = value.find(" IN IP");
        if (address == value.npos) return;
        // Read as a connection line is.
        const Address other =
            read_connection("c=" + std::string(value.substr(address + 1)), value.substr(address + 6, 1) == "6" ? 6 : 4);
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

CapturePorts read_capture_ports(std::string_view message) {
    constexpr std::string_view kBegins[] = {"m=audio ", "m=image ", "m=video "};  // as CaptureKind
    CapturePorts ports{};
    for (size_t kind = 0; kind < ports.size(); ++kind)
        if (const size_t at = message.find(kBegins[kind]); at != message.npos)
            ports[kind] = number_in(message.substr(at + kBegins[kind].size()));
    return ports;
}

bool has_capture_sdp(const sip::Message& message) {
    if (message.body_text().empty()) return false;
    const uint32_t method = message.method;
    return !message.is_request() || method == sip::Method_INVITE || method == sip::Method_ACK ||
           method == sip::Method_PRACK;
}

}  // namespace gsp::rt
