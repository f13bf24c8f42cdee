// SPDX-License-Identifier: Apache-2.0
// Appends text and numbers to a buffer of fixed size. Once something did not fit, end() is nullptr and nothing more is
// written.
#pragma once
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gsp::rt {

class Writer {
public:
    Writer(char* out, char* end) : out_(out), end_(end) {}

    Writer& operator<<(std::string_view text) {
        if (!out_ || text.empty()) return *this;
        if (text.size() > static_cast<size_t>(end_ - out_)) {
            out_ = nullptr;
            return *this;
        }
        std::memcpy(out_, text.data(), text.size());
        out_ += text.size();
        return *this;
    }
    Writer& operator<<(char c) { return *this << std::string_view(&c, 1); }
    Writer& operator<<(uint64_t number) {
        if (!out_) return *this;
        auto [at, error] = std::to_chars(out_, end_, number);
        out_ = error == std::errc() ? at : nullptr;
        return *this;
    }
    Writer& operator<<(uint32_t number) { return *this << uint64_t{number}; }
    Writer& operator<<(int64_t number) {
        if (number >= 0) return *this << static_cast<uint64_t>(number);
        return *this << '-' << (0 - static_cast<uint64_t>(number));
    }
    char* end() const { return out_; }

private:
    char* out_;
    char* end_;
};

}  // namespace gsp::rt
