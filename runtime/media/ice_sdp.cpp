// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/ice_sdp.h"

#include "runtime/media/sdp_lines.h"

namespace gsp::rt {

namespace {

constexpr size_t kLongestWord = 256;  // of a user or a password (RFC 8839 5.4)

bool starts(std::string_view line, std::string_view begin) {
    return line.substr(0, begin.size()) == begin;
}

std::string word_behind(std::string_view line, std::string_view begin) {
    line.remove_prefix(begin.size());
    return line.size() <= kLongestWord ? std::string(line) : std::string();
}

void take_line(std::string_view line, IceOfKind& out) {
    constexpr std::string_view kUser = "a=ice-ufrag:", kPassword = "a=ice-pwd:", kOptions = "a=ice-options:";
    if (starts(line, kUser))
        out.user = word_behind(line, kUser);
    else if (starts(line, kPassword))
        out.password = word_behind(line, kPassword);
    else if (starts(line, "a=candidate:") && line.size() <= kLongestWord && out.candidates.size() < kMostCandidates)
        out.candidates.emplace_back(line);
    else if (starts(line, kOptions))
        out.trickles = out.trickles || line.find("trickle") != line.npos;
    else if (line == "a=end-of-candidates")
        out.trickles = false;
    else if (line == "a=ice-lite")
        out.lite = true;
}

IceOfKinds read(std::string_view body, const StreamTargets& targets, bool trickles) {
    IceOfKinds found;
    IceOfKind session;
    for (IceOfKind& kind : found) kind.trickles = trickles;
    bool above = true;  // the first m=
    each_sdp_line(body, [&](std::string_view line, const SdpSection& section) {
        above = above && !starts(line, "m=");
        if (above) return take_line(line, session);
        if (section.kind >= 0 && section.counts) take_line(line, found[static_cast<size_t>(section.kind)]);
    });
    for (size_t i = 0; i < found.size(); ++i) {
        IceOfKind& kind = found[i];
        kind.plain = targets[i];
        if (kind.user.empty()) kind.user = session.user;
        if (kind.password.empty()) kind.password = session.password;
        kind.lite = kind.lite || session.lite;
        kind.trickles = kind.trickles || session.trickles;
    }
    return found;
}

}  // namespace

IceOfKinds read_ice(std::string_view body, const StreamTargets& targets) {
    return read(body, targets, false);
}

IceOfKinds read_ice_fragment(std::string_view body) {
    return read(body, {}, true);
}

bool has_ice_fragment(const sip::Message& message) {
    return message.value_of(sip::Header::ContentType) == "application/trickle-ice-sdpfrag";
}

}  // namespace gsp::rt
