// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/json_writer.h"

#include <cmath>
#include <cstdio>

namespace gsp::rt {

std::string json_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20 || byte >= 0x7f) {  // names from scenario files are bytes; each stays one character
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", byte);
            quoted += escape;
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

void JsonWriter::start_value(std::string_view key) {
    if (!first_) text_ += ',';
    if (depth_ > 0) text_ += '\n' + std::string(static_cast<size_t>(depth_) * 2, ' ');
    first_ = false;
    if (key.empty()) return;
    text_ += json_quoted(key) + ": ";
}

void JsonWriter::begin(std::string_view key, char bracket) {
    start_value(key);
    text_ += bracket;
    ++depth_;
    first_ = true;
}

void JsonWriter::end(char bracket) {
    --depth_;
    if (!first_) text_ += '\n' + std::string(static_cast<size_t>(depth_) * 2, ' ');
    text_ += bracket;
    first_ = false;
}

void JsonWriter::value(std::string_view key, std::string_view text) {
    start_value(key);
    text_ += json_quoted(text);
}

void JsonWriter::value(std::string_view key, uint64_t number) {
    start_value(key);
    text_ += std::to_string(number);
}

void JsonWriter::value(std::string_view key, double number) {
    start_value(key);
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", std::isfinite(number) ? number : 0.0);
    text_ += text;
}

void JsonWriter::value(std::string_view key, bool truth) {
    start_value(key);
    text_ += truth ? "true" : "false";
}

}  // namespace gsp::rt
