// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/kept_message.h"

#include <strings.h>
#include <algorithm>
#include <cstring>
#include <span>

namespace gsp::rt {

KeptMessage::Head KeptMessage::head() const {
    Head head{};
    if (!block_.empty()) std::memcpy(&head, block_.data(), sizeof head);
    return head;
}

KeptMessage::Line KeptMessage::line_at(const char* at) {
    Line line;
    std::memcpy(&line, at, sizeof line);
    return line;
}

bool KeptMessage::equal_names(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool KeptMessage::is_request() const {
    return !empty() && head().status == 0;
}
uint32_t KeptMessage::status() const {
    return head().status;
}
uint32_t KeptMessage::cseq() const {
    return head().cseq;
}
uint32_t KeptMessage::count() const {
    return head().count;
}

std::string_view KeptMessage::text() const {
    return empty() ? std::string_view() : std::string_view(block_.data() + sizeof(Head), head().text_len);
}

std::string_view KeptMessage::first(sip::Header id) const {
    std::string_view found;
    each(id, {}, [&](std::string_view value) {
        if (!found.data()) found = value;
    });
    return found;
}

MessageKeeper::MessageKeeper(const gsp_program& program) : whole_((program.flags & GSP_PROGRAM_KEEP_MESSAGE) != 0) {
    auto want = [&](sip::Header id) { wanted_[static_cast<size_t>(id)] = Wanted::Yes; };
    for (size_t id = 0; program.kept_headers && id < static_cast<size_t>(sip::Header::Count); ++id)
        if (program.kept_headers[id / 64] >> (id % 64) & 1) want(static_cast<sip::Header>(id));
    // The runtime's own ACK, CANCEL and BYE; [last_Request_URI], [next_url].
    want(sip::Header::To);
    if (program.flags & GSP_PROGRAM_CLIENT) {
        want(sip::Header::From);
        want(sip::Header::Via);
    }
    for (uint32_t i = 0; i < program.n_kept_names; ++i)
        names_.emplace_back(program.kept_names[i].ptr, program.kept_names[i].len);
    if (!names_.empty()) wanted_[static_cast<size_t>(sip::Header::Unknown)] = Wanted::ByName;
}

bool MessageKeeper::wants_name(std::string_view of_message) const {
    return std::any_of(names_.begin(), names_.end(), [&](std::string_view name) {
        while (!name.empty() && name.back() == ':') name.remove_suffix(1);
        return KeptMessage::equal_names(name, of_message);
    });
}

void MessageKeeper::keep(const sip::Message& message, StringPool& pool, PoolText& out) const {
    KeptMessage::Head head{message.status, message.cseq, whole_ ? message.len : 0, 0};
    const sip::HeaderLine* wanted[sip::Message::kMaxHeaders];
    size_t size = sizeof head + head.text_len;
    for (const sip::HeaderLine& line : std::span(message.headers, message.n_headers)) {
        const Wanted wanted_line = wanted_[static_cast<size_t>(line.id)];
        if (wanted_line == Wanted::No) continue;
        if (wanted_line == Wanted::ByName && !wants_name(message.name(line))) continue;
        size_t more =
            sizeof(KeptMessage::Line) + line.value_len + (line.id == sip::Header::Unknown ? line.name_len : 0u);
        if (size + more > GSP_MAX_MESSAGE) {  // a whole 64 KiB message and its headers: the text goes
            if (!head.text_len) break;
            size -= head.text_len;
            head.text_len = 0;
        }
        size += more;
        wanted[head.count++] = &line;
    }
    out.clear(pool);
    char* at = pool.alloc(static_cast<uint32_t>(size));
    out = {at, static_cast<uint32_t>(size)};
    char* const start = at;
    at = static_cast<char*>(std::memcpy(at, &head, sizeof head)) + sizeof head;
    if (head.text_len) at = static_cast<char*>(std::memcpy(at, message.data, head.text_len)) + head.text_len;
    for (uint32_t i = 0; i < head.count; ++i) {
        const sip::HeaderLine& line = *wanted[i];
        std::string_view value = message.value(line);
        KeptMessage::Line kept{line.id == sip::Header::Unknown ? line.name_len : uint16_t{0}, line.value_len, line.id};
        char* const line_start = at;
        at += sizeof kept;
        if (kept.name_len)
            at = static_cast<char*>(std::memcpy(at, message.data + line.line, kept.name_len)) + kept.name_len;
        char* const value_start = at;
        if (line.folded)
            at = std::remove_copy(value.begin(), value.end(), at, '\r');
        else
            at = static_cast<char*>(std::memcpy(at, value.data(), value.size())) + value.size();
        kept.value_len = static_cast<uint16_t>(at - value_start);
        std::memcpy(line_start, &kept, sizeof kept);
    }
    // Unfolding shortened some values: the block keeps its size, as that is what the pool must be told.
    if (at < start + size) std::memset(at, 0, static_cast<size_t>(start + size - at));
}

}  // namespace gsp::rt
