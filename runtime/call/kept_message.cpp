// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/kept_message.h"

#include <strings.h>
#include <algorithm>
#include <cstring>
#include <span>

namespace gsp::rt {

bool KeptMessage::equal_names(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool KeptMessage::is_request() const {
    return !empty() && head().status == 0;
}
uint32_t KeptMessage::status() const {
    return empty() ? 0 : head().status;
}
uint32_t KeptMessage::cseq() const {
    return empty() ? 0 : head().cseq;
}

std::string_view KeptMessage::text() const {
    return empty() ? std::string_view() : block_.substr(sizeof(Head) + head().count * sizeof(Line), head().text_len);
}

// It stands between the value before and its own.
std::string_view KeptMessage::name_of(uint32_t line) const {
    const Line* const all = lines();
    const uint32_t begin = line ? all[line - 1].value + all[line - 1].value_len
                                : static_cast<uint32_t>(text().data() + text().size() - block_.data());
    return block_.substr(begin, all[line].value - begin);
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

void MessageKeeper::keep(const sip::Message& message, StringPool& pool, PoolText& out) {
    Recipe& recipe = recipes_[message.kind % recipes_.size()];
    if (recipe.kind != message.kind || message.kind == 0) {
        recipe.kind = 0;
        if (!find_together(message, recipe)) return keep_each(message, pool, out);
        recipe.kind = message.kind;
    }
    char* const block = out.room(pool, recipe.begin_size + recipe.bytes);
    std::memcpy(block, recipe.begin.data(), recipe.begin_size);
    reinterpret_cast<KeptMessage::Head*>(block)->cseq = message.cseq;
    std::memcpy(block + recipe.begin_size, message.data + recipe.from, recipe.bytes);
}

// What is wanted stands together in most messages: one copy, with names and perhaps a line between the values.
bool MessageKeeper::find_together(const sip::Message& message, Recipe& recipe) const {
    using Line = KeptMessage::Line;
    if (whole_ || !names_.empty()) return false;
    std::array<const sip::HeaderLine*, sip::Familiar::kMaxHeaders> wanted;
    KeptMessage::Head head{message.status, message.cseq, 0, 0};
    uint32_t values = 0;
    for (const sip::HeaderLine& line : std::span(message.headers, message.n_headers)) {
        if (wanted_[static_cast<size_t>(line.id)] == Wanted::No) continue;
        if (line.folded || head.count == wanted.size()) return false;
        wanted[head.count++] = &line;
        values += line.value_len;
    }
    if (!head.count) return false;
    const sip::HeaderLine *first = wanted[0], *last = wanted[head.count - 1];
    recipe.from = first->value;
    recipe.bytes = last->value + last->value_len - first->value;
    recipe.begin_size = static_cast<uint32_t>(sizeof head + head.count * sizeof(Line));
    if (recipe.bytes > values + values / 2 || recipe.begin_size + recipe.bytes > GSP_MAX_MESSAGE) return false;
    std::memcpy(recipe.begin.data(), &head, sizeof head);
    char* at = recipe.begin.data() + sizeof head;
    for (const sip::HeaderLine* line : std::span(wanted).first(head.count)) {
        const Line kept{line->value - recipe.from + recipe.begin_size, line->value_len, line->id};
        at = std::copy_n(reinterpret_cast<const char*>(&kept), sizeof kept, at);
    }
    return true;
}

void MessageKeeper::keep_each(const sip::Message& message, StringPool& pool, PoolText& out) const {
    using Line = KeptMessage::Line;
    KeptMessage::Head head{message.status, message.cseq, whole_ ? message.len : 0, 0};
    const sip::HeaderLine* wanted[sip::Message::kMaxHeaders];
    uint32_t size = static_cast<uint32_t>(sizeof head) + head.text_len;
    for (const sip::HeaderLine& line : std::span(message.headers, message.n_headers)) {
        const Wanted how = wanted_[static_cast<size_t>(line.id)];
        if (how == Wanted::No || (how == Wanted::ByName && !wants_name(message.name(line)))) continue;
        const auto more =
            static_cast<uint32_t>(sizeof(Line)) + line.value_len + (how == Wanted::ByName ? line.name_len : 0u);
        if (size + more > GSP_MAX_MESSAGE) {  // a whole 64 KiB message and its headers: the text goes
            if (!head.text_len) break;
            size -= head.text_len;
            head.text_len = 0;
        }
        size += more;
        wanted[head.count++] = &line;
    }
    char* const block = out.room(pool, size);
    std::memcpy(block, &head, sizeof head);
    Line* kept = reinterpret_cast<Line*>(block + sizeof head);
    char* at = reinterpret_cast<char*>(kept + head.count);
    if (head.text_len) at = std::copy_n(message.data, head.text_len, at);
    for (const sip::HeaderLine* line : std::span(wanted, head.count)) {
        if (line->id == sip::Header::Unknown) at = std::copy_n(message.data + line->line, line->name_len, at);
        const char* const value = message.data + line->value;
        char* const begin = at;
        at = line->folded ? std::remove_copy(value, value + line->value_len, at, '\r')
                          : std::copy_n(value, line->value_len, at);
        *kept++ = {static_cast<uint32_t>(begin - block), static_cast<uint16_t>(at - begin), line->id};
    }
    // Unfolding shortened some values: the block keeps its size, as that is what the pool must be told.
    if (at < block + size) std::memset(at, 0, static_cast<size_t>(block + size - at));
}

}  // namespace gsp::rt
