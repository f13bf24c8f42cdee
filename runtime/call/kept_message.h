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
        const Line* const lines = this->lines();
        for (uint32_t i = 0, n = count(); i < n; ++i) {
            if (lines[i].id != id || (id == sip::Header::Unknown && !equal_names(name_of(i), name))) continue;
            f(block_.substr(lines[i].value, lines[i].value_len));
        }
    }

private:
    friend class MessageKeeper;
    // A block: head, lines, the whole text if it is kept, then the values, right before each of those of headers
    // without an id its name; other bytes between them mean nothing.
    struct Head {
        uint32_t status, cseq, text_len, count;
    };
    struct Line {
        uint32_t value;  // where in the block
        uint16_t value_len;
        sip::Header id;
    };
    static bool equal_names(std::string_view, std::string_view);
    const Head& head() const { return *reinterpret_cast<const Head*>(block_.data()); }
    const Line* lines() const { return reinterpret_cast<const Line*>(block_.data() + sizeof(Head)); }
    uint32_t count() const { return empty() ? 0 : head().count; }
    std::string_view name_of(uint32_t line) const;

    std::string_view block_;
};

// Which headers of received messages a program needs; makes the blocks.
class MessageKeeper {
public:
    explicit MessageKeeper(const gsp_program&);
    void keep(const sip::Message&, StringPool&, PoolText& out);

private:
    // How the block of a message of some kind is made: what it begins with, and which bytes of the message follow.
    struct Recipe {
        uint32_t kind = 0, from = 0, bytes = 0, begin_size = 0;
        std::array<char, sizeof(KeptMessage::Head) + sip::Familiar::kMaxHeaders * sizeof(KeptMessage::Line)> begin;
    };
    enum class Wanted : uint8_t { No, Yes, ByName };
    bool wants_name(std::string_view) const;
    bool find_together(const sip::Message&, Recipe&) const;  // false: it cannot be made so
    void keep_each(const sip::Message&, StringPool&, PoolText& out) const;

    std::array<Wanted, 256> wanted_{};  // by id of the header, Unknown among them
    std::vector<std::string_view> names_;
    bool whole_ = false;
    std::array<Recipe, sip::Shapes::kCount> recipes_;
};

}  // namespace gsp::rt
