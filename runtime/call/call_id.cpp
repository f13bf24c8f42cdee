// SPDX-License-Identifier: Apache-2.0
// Call-IDs of the calls that a run places: -cid_type, -cid_str.
#include <charconv>

#include "runtime/call/engine.h"

namespace gsp::rt {

namespace {

void append_number(std::string& text, uint64_t value) {
    char digits[20];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// 32 hexadecimal digits.
void append_random(std::string& text, Rng& rng) {
    constexpr char kHex[] = "0123456789abcdef";
    for (const uint64_t half : {rng.next(), rng.next()})
        for (int shift = 60; shift >= 0; shift -= 4) text += kHex[half >> shift & 15];
}

// RFC 9562 5.4: version 4, variant 10.
void append_uuid(std::string& text, Rng& rng, bool with_dashes) {
    const size_t start = text.size();
    append_random(text, rng);
    text[start + 12] = '4';
    text[start + 16] = "89ab"[rng.below(4)];
    if (!with_dashes) return;
    for (const size_t at : {20, 16, 12, 8}) text.insert(start + at, 1, '-');
}

}  // namespace

void Engine::make_call_id(uint64_t number) {
    call_id_text_.clear();
    switch (config.call.call_id_kind) {
    case CallIdKind::Format:
        for (const CallIdPart& piece : call_id_parts_) {
            call_id_text_ += piece.text;
            if (piece.then) append_number(call_id_text_, piece.then == 'u' ? number : rng.below(uint64_t{1} << 31));
        }
        return;
    case CallIdKind::Uuid: append_uuid(call_id_text_, rng, true); break;
    case CallIdKind::UuidCompact: append_uuid(call_id_text_, rng, false); break;
    case CallIdKind::Random:
        append_number(call_id_text_, number);
        call_id_text_ += '-';
        append_random(call_id_text_, rng);
        break;
    case CallIdKind::Timestamp:
        append_number(call_id_text_, (clock.epoch_ns() + now_ns) / 1000);  // microseconds
        call_id_text_ += '-';
        append_number(call_id_text_, number);
        call_id_text_ += '-';
        append_number(call_id_text_, config.pid);
    }
    call_id_text_ += '@';
    call_id_text_ += local_ip;
}

void Engine::cut_up_call_id_format() {
    const std::string& format = config.call.call_id;
    call_id_parts_.assign(1, {});
    for (size_t i = 0; i < format.size(); ++i) {
        std::string& text = call_id_parts_.back().text;
        if (format[i] != '%' || i + 1 == format.size()) {
            text += format[i];
            continue;
        }
        switch (const char letter = format[++i]) {
        case 'u':
        case 'r':
            call_id_parts_.back().then = letter;
            call_id_parts_.emplace_back();
            break;
        case 'p': append_number(text, config.pid); break;
        case 's': text += local_ip; break;
        default: text += '%';  // SIPp drops the letter
        }
    }
}

}  // namespace gsp::rt
