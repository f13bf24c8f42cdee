// SPDX-License-Identifier: Apache-2.0
// Appends text and numbers to a buffer of fixed size. Once something did not fit, end() is nullptr and nothing more is
// written.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gsp::rt {

// A number and its digits: those of a call are written several times in a row.
struct NumberText {
    uint64_t number = 0;
    uint32_t len = 1;
    char digits[20] = {'0'};

    NumberText& set(uint64_t wanted) {
        if (number == wanted) return *this;
        number = wanted;
        len = static_cast<uint32_t>(std::to_chars(digits, digits + sizeof digits, wanted).ptr - digits);
        return *this;
    }
    std::string_view view() const { return {digits, len}; }
};

// A text that is copied so often that its room is known beforehand.
struct ShortText {
    static constexpr size_t kRoom = 32;
    ShortText() = default;
    explicit ShortText(std::string_view text) { len = static_cast<uint32_t>(text.copy(bytes, kRoom)); }
    uint32_t len = 0;
    char bytes[kRoom] = {};
    std::string_view view() const { return {bytes, len}; }
};

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
    Writer& operator<<(char c) {
        if (out_ == end_) out_ = nullptr;
        if (out_) *out_++ = c;
        return *this;
    }
    Writer& operator<<(uint64_t number) {
        if (!out_) return *this;
        if (number < 10) return *this << static_cast<char>('0' + number);  // as most are: steps, CSeqs
        auto [at, error] = std::to_chars(out_, end_, number);
        out_ = error == std::errc() ? at : nullptr;
        return *this;
    }
    Writer& operator<<(uint32_t number) { return *this << uint64_t{number}; }
    Writer& operator<<(int64_t number) {
        if (number >= 0) return *this << static_cast<uint64_t>(number);
        return *this << '-' << (0 - static_cast<uint64_t>(number));
    }
    Writer& operator<<(const NumberText& text) {
        if (!out_ || static_cast<size_t>(end_ - out_) < sizeof text.digits) return *this << text.view();
        std::memcpy(out_, text.digits, sizeof text.digits);  // a known length: a few moves
        out_ += text.len;
        return *this;
    }
    Writer& operator<<(const ShortText& text) {
        if (!out_ || static_cast<size_t>(end_ - out_) < sizeof text.bytes) return *this << text.view();
        std::memcpy(out_, text.bytes, sizeof text.bytes);
        out_ += text.len;
        return *this;
    }
    // "name: value"
    Writer& line(std::string_view name, std::string_view value) {
        if (!out_ || name.size() + 2 + value.size() > static_cast<size_t>(end_ - out_)) {
            out_ = nullptr;
            return *this;
        }
        out_ = std::copy_n(name.data(), name.size(), out_);
        *out_++ = ':';
        *out_++ = ' ';
        out_ = std::copy_n(value.data(), value.size(), out_);
        return *this;
    }
    char* end() const { return out_; }

private:
    char* out_;
    char* end_;
};

}  // namespace gsp::rt
