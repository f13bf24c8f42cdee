// SPDX-License-Identifier: Apache-2.0
// Writes JSON text, indented by two blanks. Keys and nesting are the caller's: begin/end calls must match.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace gsp::rt {

std::string json_quoted(std::string_view text);  // bytes above 0x7e as \u00xx

class JsonWriter {
public:
    void begin_object(std::string_view key = {}) { begin(key, '{'); }
    void end_object() { end('}'); }
    void begin_array(std::string_view key = {}) { begin(key, '['); }
    void end_array() { end(']'); }
    void value(std::string_view key, std::string_view text);
    void value(std::string_view key, const char* text) { value(key, std::string_view(text)); }
    void value(std::string_view key, uint64_t number);
    void value(std::string_view key, double number);
    void value(std::string_view key, bool truth);
    std::string take() { return std::move(text_ += '\n'); }

private:
    void begin(std::string_view key, char bracket);
    void end(char bracket);
    void start_value(std::string_view key);

    std::string text_;
    int depth_ = 0;
    bool first_ = true;
};

}  // namespace gsp::rt
