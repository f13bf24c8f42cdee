// SPDX-License-Identifier: Apache-2.0
// Which calls of an engine are on which connection: a list for each connection, through a link for each frame. Only
// used with transports that have connections.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class ConnCalls {
public:
    void add(ConnId conn, uint32_t call) {
        if (links_.size() <= call) links_.resize(call + 1);
        auto [first, is_new] = first_.try_emplace(conn, call);
        links_[call] = {kNone, is_new ? kNone : first->second};
        if (is_new) return;
        links_[first->second].before = call;
        first->second = call;
    }
    void remove(ConnId conn, uint32_t call) {
        const Link link = links_[call];
        if (link.after != kNone) links_[link.after].before = link.before;
        if (link.before != kNone)
            links_[link.before].after = link.after;
        else if (link.after != kNone)
            first_[conn] = link.after;
        else
            first_.erase(conn);
    }
    // They stay in the list: a copy, so that `calls` may be removed while it is walked.
    void list(ConnId conn, std::vector<uint32_t>& calls) const {
        calls.clear();
        const auto first = first_.find(conn);
        if (first == first_.end()) return;
        for (uint32_t call = first->second; call != kNone; call = links_[call].after) calls.push_back(call);
    }

private:
    static constexpr uint32_t kNone = 0xffffffff;
    struct Link {
        uint32_t before = kNone, after = kNone;
    };
    std::vector<Link> links_;  // by index of the call
    std::unordered_map<ConnId, uint32_t> first_;
};

}  // namespace gsp::rt
