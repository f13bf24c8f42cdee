// SPDX-License-Identifier: Apache-2.0
// What a call remembers of the last message it took: only the headers that its scenario, or the runtime's own BYE and
// CANCEL, can still read, in one block of the worker's string pool. Folded values are stored the way SIPp prints them
// (CR removed, LF kept).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/string_pool.h"
#include "runtime/sip/message.h"

namespace gsp::rt {

class KeptMessage {  // a view of such a block
public:
    explicit KeptMessage(std::string_view block) : block_(block) {}
    bool empty() const { return block_.empty(); }
    bool is_request() const;
    uint32_t status() const;  // 0: a request
    uint32_t cseq() const;
    std::string_view text() const;  // whole message, "" unless it was asked for

    std::string_view first(sip::Header) const;  // value, "" if absent
    // Calls f(value) for each header with this id or, when `id` is Unknown, this name (any case).
    template <class F>
    void each(sip::Header id, std::string_view name, F&& f) const {
        const char* at = lines();
        for (uint32_t i = count(); i; --i) {
            Line line = line_at(at);
            std::string_view line_name{at + sizeof(Line), line.name_len};
            std::string_view value{line_name.data() + line.name_len, line.value_len};
            bool same = line.id == id && (id != sip::Header::Unknown || equal_names(line_name, name));
            if (same) f(value);
            at = value.data() + line.value_len;
        }
    }

private:
    friend class MessageKeeper;
    struct Head {
        uint32_t status, cseq, text_len;
        uint32_t count;
    };
    struct Line {
        uint16_t name_len, value_len;  // name: only of headers without an id
        sip::Header id;
    };
    static Line line_at(const char* at);
    static bool equal_names(std::string_view, std::string_view);
    Head head() const;
    uint32_t count() const;
    const char* lines() const { return block_.data() + sizeof(Head) + head().text_len; }

    std::string_view block_;
};

// Which headers of received messages a program needs; makes the blocks.
class MessageKeeper {
public:
    explicit MessageKeeper(const gsp_program&);
    void keep(const sip::Message&, StringPool&, PoolText& out) const;

private:
    enum class Wanted : uint8_t { No, Yes, ByName };
    bool wants_name(std::string_view) const;

    std::array<Wanted, 256> wanted_{};  // by id of the header, Unknown among them
    std::vector<std::string_view> names_;
    bool whole_ = false;
};

}  // namespace gsp::rt
