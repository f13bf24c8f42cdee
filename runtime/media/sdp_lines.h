// SPDX-License-Identifier: Apache-2.0
// The lines of an SDP body and what they belong to. Pure.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace gsp::rt {

inline uint16_t number_in(std::string_view text) {  // that it begins with; 0: none
    uint16_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

struct SdpSection {
    int kind = -1;           // MediaKind of the m= line above; -1: none, or another kind
    bool counts = false;     // it is the first of its kind whose port is not 0
    bool of_session = true;  // there was no m= line yet
};

// f(line, section) for each line, without its end; an m= line belongs to what it begins.
template <class F>
void each_sdp_line(std::string_view body, F&& f) {
    constexpr std::string_view kBegins[] = {"m=audio ", "m=video "};  // as MediaKind
    bool seen[2] = {};
    SdpSection section;
    for (size_t at = 0; at < body.size();) {
        const size_t end = std::min(body.find('\n', at), body.size());
        std::string_view line = body.substr(at, end - at);
        at = end + 1;
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        if (line.substr(0, 2) == "m=") {
            section = {};
            section.of_session = false;
            for (int i = 0; i < 2; ++i) {
                if (line.substr(0, kBegins[i].size()) != kBegins[i]) continue;
                section.kind = i;
                section.counts = !seen[i] && number_in(line.substr(kBegins[i].size())) != 0;
                seen[i] = seen[i] || section.counts;
            }
        }
        f(line, section);
    }
}

}  // namespace gsp::rt
