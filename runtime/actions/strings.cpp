// SPDX-License-Identifier: Apache-2.0
// Actions that change a text in place.
#include <algorithm>
#include <string>

#include "runtime/call/engine.h"

using namespace gsp::rt;

namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool has_text(const gsp_value& value) {
    return value.tag >= GSP_STR && value.len > 0;
}

// RFC 3986 2.3
bool unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// What `change` makes of the variable's text becomes its text. `change` writes at `out` and returns the end, nullptr
// when it does not fit.
template <class F>
uint32_t rewrite(gsp_worker* w, gsp_call* c, uint32_t variable, F&& change) {
    Engine& e = engine(w);
    gsp_value& value = e.variable(frame(c), variable);
    if (!has_text(value)) return GSP_OK;
    const std::span<char> room = e.scratch();
    char* end = change(std::string_view(value.str, value.len), room.data(), room.data() + room.size());
    if (!end) {
        if (e.may_warn())
            e.warn("call " + std::string(frame(c).call_id.view()) + ": the text of a variable grows beyond " +
                   std::to_string(room.size()) + " bytes " + e.describe_step(c->step));
        return GSP_BAD_ACTION;
    }
    e.set_text(value, GSP_STR, {room.data(), static_cast<size_t>(end - room.data())});
    return GSP_OK;
}

}  // namespace

uint32_t gsp_act_trim(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t variable) noexcept {
    return rewrite(w, c, variable, [](std::string_view text, char* out, char*) {
        const size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
        text.remove_prefix(first);
        text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
        return std::copy(text.begin(), text.end(), out);
    });
}

uint32_t gsp_act_urlencode(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t variable) noexcept {
    return rewrite(w, c, variable, [](std::string_view text, char* out, char* end) -> char* {
        constexpr char kDigits[] = "0123456789ABCDEF";
        for (const char byte : text) {
            if (end - out < 3) return nullptr;
            if (unreserved(byte)) {
                *out++ = byte;
                continue;
            }
            *out++ = '%';
            *out++ = kDigits[static_cast<unsigned char>(byte) >> 4];
            *out++ = kDigits[static_cast<unsigned char>(byte) & 15];
        }
        return out;
    });
}

uint32_t gsp_act_urldecode(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t variable) noexcept {
    return rewrite(w, c, variable, [](std::string_view text, char* out, char*) {
        for (size_t i = 0; i < text.size(); ++i) {
            const bool escape = text[i] == '%' && text.size() - i > 2;
            const int high = escape ? hex_value(text[i + 1]) : -1, low = escape ? hex_value(text[i + 2]) : -1;
            if (high >= 0 && low >= 0) {
                *out++ = static_cast<char>(high * 16 + low);
                i += 2;
            } else {
                *out++ = text[i] == '+' ? ' ' : text[i];
            }
        }
        return out;
    });
}
