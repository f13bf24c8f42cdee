// SPDX-License-Identifier: Apache-2.0
// Reading and writing of conversions; C's meaning of flags, width and precision, without its formatter.
#include "runtime/inject/printf_fields.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

namespace gsp::rt {

namespace {

constexpr size_t kMaxDigits = 3;  // of a width or precision

struct Conversion {
    bool left = false, zeros = false;
    size_t width = 0, precision = 1;
    size_t length = 0;  // in the text, from the character after the %; 0: none
};

// `text` begins after a %.
Conversion read_conversion(std::string_view text) {
    Conversion c;
    size_t at = 0;
    for (; at < text.size() && (text[at] == '0' || text[at] == '-'); ++at) (text[at] == '-' ? c.left : c.zeros) = true;
    auto number = [&] {
        const size_t first = at;
        size_t value = 0;
        for (; at < text.size() && at - first < kMaxDigits && text[at] >= '0' && text[at] <= '9'; ++at)
            value = value * 10 + static_cast<size_t>(text[at] - '0');
        return value;
    };
    c.width = number();
    if (at < text.size() && text[at] == '.') {
        ++at;
        c.precision = number();
        c.zeros = false;
    }
    if (at < text.size() && text[at] == 'd') c.length = at + 1;
    return c;
}

char* put_number(const Conversion& c, int64_t value, char* out, char* end) {
    char digits[20];
    const uint64_t size = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    size_t n_digits = 0;
    if (value != 0 || c.precision > 0)
        n_digits = static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, size).ptr - digits);
    const size_t sign = value < 0;
    size_t n_zeros = c.precision > n_digits ? c.precision - n_digits : 0;
    size_t n_blanks = c.width > sign + n_zeros + n_digits ? c.width - sign - n_zeros - n_digits : 0;
    if (c.zeros && !c.left) n_zeros += std::exchange(n_blanks, 0);
    if (static_cast<size_t>(end - out) < n_blanks + sign + n_zeros + n_digits) return nullptr;
    if (!c.left) out = std::fill_n(out, n_blanks, ' ');
    if (sign) *out++ = '-';
    out = std::fill_n(out, n_zeros, '0');
    out = std::copy_n(digits, n_digits, out);
    if (c.left) out = std::fill_n(out, n_blanks, ' ');
    return out;
}

Error bad_number(std::string_view name, std::string_view range) {
    return {std::string(name) + " needs a number " + std::string(range)};
}

// The number after `name` and an equals sign, as strtoll reads it with base 0; nothing without the name.
Result<std::optional<int64_t>> number_of(std::string_view line, std::string_view name) {
    size_t at = line.find(std::string(name) + "=");
    if (at == std::string_view::npos) return std::optional<int64_t>();
    const std::string text(line.substr(at + name.size() + 1));
    char* rest = nullptr;
    errno = 0;
    const int64_t number = std::strtoll(text.c_str(), &rest, 0);
    if (rest == text.c_str() || (*rest && *rest != ',') || errno)
        return bad_number(name, "followed by a comma or nothing");
    return std::optional<int64_t>(number);
}

}  // namespace

Result<PrintfRange> read_printf_range(std::string_view first_line) {
    PrintfRange range;
    if (first_line.find("PRINTF") == std::string_view::npos) return range;
    auto lines = number_of(first_line, "PRINTF");
    if (!lines) return lines.error();
    if (!*lines) return Error{"PRINTF=, with the number of lines, is missing"};
    if (**lines < 1 || **lines >= UINT32_MAX) return bad_number("PRINTF", "from 1 to 4294967294");
    range.lines = static_cast<uint32_t>(**lines);
    auto offset = number_of(first_line, "PRINTFOFFSET");
    if (!offset) return offset.error();
    range.offset = offset->value_or(0);
    auto multiple = number_of(first_line, "PRINTFMULTIPLE");
    if (!multiple) return multiple.error();
    range.multiple = multiple->value_or(1);
    int64_t last;
    if (__builtin_mul_overflow(range.multiple, static_cast<int64_t>(range.lines - 1), &last) ||
        __builtin_add_overflow(last, range.offset, &last))
        return Error{"the numbers of the last lines do not fit into 64 bits"};
    return range;
}

bool is_printf_text(std::string_view text) {
    for (size_t at = 0; (at = text.find('%', at)) != std::string_view::npos;) {
        text.remove_prefix(at + 1);
        at = text.starts_with('%') ? 1 : read_conversion(text).length;
        if (at == 0) return false;
    }
    return true;
}

char* put_printf(std::string_view text, int64_t value, char* out, char* end) {
    for (;;) {
        const size_t plain = std::min(text.find('%'), text.size());
        if (static_cast<size_t>(end - out) < plain) return nullptr;
        out += text.copy(out, plain);
        if (plain == text.size()) return out;
        text.remove_prefix(plain + 1);
        if (text.starts_with('%')) {
            if (out == end) return nullptr;
            *out++ = '%';
            text.remove_prefix(1);
            continue;
        }
        const Conversion c = read_conversion(text);
        out = put_number(c, value, out, end);
        if (!out) return nullptr;
        text.remove_prefix(c.length);
    }
}

}  // namespace gsp::rt
