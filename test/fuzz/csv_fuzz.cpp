// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as an injection file. Aborts when a line or field differs from what a plain reader finds,
// when a field is written past its buffer, or when the index loses a key under changes.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/inject/injection_lines.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt;

std::vector<std::string> plain_lines(std::string_view bytes) {
    std::vector<std::string> lines;
    for (bool first = true; !bytes.empty(); first = false) {
        const size_t end = std::min(bytes.find('\n'), bytes.size());
        std::string line(bytes.substr(0, end));
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
        if (line.ends_with('\r')) line.pop_back();
        if (first) continue;
        if (line.empty()) break;
        if (!line.starts_with('#')) lines.push_back(line);
    }
    return lines;
}

std::vector<std::string> plain_fields(std::string_view line) {
    std::vector<std::string> fields(1);
    for (char c : line) {
        if (c == ';')
            fields.emplace_back();
        else
            fields.back() += c;
    }
    return fields;
}

// Into a buffer of exactly `size` bytes, so that AddressSanitizer sees the byte after it.
bool put_field(const InjectionLines& lines, uint32_t line, uint32_t n, size_t size, FieldState& state,
               std::string* out) {
    const std::unique_ptr<char[]> buffer(new char[size]);
    LineHint hint;
    char* end = lines.put_field(line, n, buffer.get(), buffer.get() + size, state, hint);
    if (end && out) *out = std::string(buffer.get(), end);
    return end;
}

void check_line(const InjectionLines& lines, uint32_t line, std::string_view expected) {
    const auto fields = plain_fields(expected);
    FieldState state;
    LineHint hint;
    for (uint32_t n = 0; n < fields.size() && n < 20; ++n) {
        const Field field = lines.field(line, n, hint);
        require(field.state == FieldState::Found && field.text == fields[n]);
        std::string out;
        if (!put_field(lines, line, n, 2000, state, &out)) continue;  // long, or wide conversions
        require(lines.file().is_printf() || out == fields[n]);
        require(put_field(lines, line, n, out.size(), state, nullptr));
        if (!out.empty()) require(!put_field(lines, line, n, out.size() - 1, state, nullptr));
    }
    require(lines.field(line, static_cast<uint32_t>(fields.size()), hint).state == FieldState::NoField);
}

void check_index(const InjectionLines& lines, const std::map<std::string, int64_t>& expected) {
    for (const auto& [key, line] : expected) require(lines.lookup(key) == line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto file = InjectionFile::from_bytes("fuzz.csv", bytes, 4);
    if (!file) {
        require(file.error().text.starts_with("fuzz.csv:"));
        return 0;
    }
    InjectionLines lines(std::make_shared<const InjectionFile>(std::move(*file)));
    auto expected = plain_lines(bytes);
    const uint32_t n = static_cast<uint32_t>(expected.size());
    require(n > 0 && (lines.file().is_printf() || lines.n_lines() == n));
    const uint32_t n_checked = std::min(lines.n_lines(), 3 * n);
    for (uint32_t i = 0; i < n_checked; ++i) check_line(lines, i, expected[i % n]);
    for (uint32_t i = n_checked; i-- > 0;) check_line(lines, i, expected[i % n]);
    if (!lines.can_change()) return 0;

    require(lines.build_index(0, size).ok());
    std::map<std::string, int64_t> index;
    for (uint32_t i = 0; i < n; ++i) index[plain_fields(expected[i])[0]] = i;
    check_index(lines, index);
    for (uint32_t i = 0; i < n; ++i) {  // each line, or a new one, becomes a copy of another
        const std::string text = expected[(i * 7 + size) % n];
        if (i % 3) {
            const std::string old = plain_fields(expected[i])[0];
            if (auto found = index.find(old); found != index.end() && found->second == i) index.erase(found);
            require(lines.replace(i, text));
            expected[i] = text;
            index[plain_fields(text)[0]] = i;
        } else {
            require(lines.insert(text) == expected.size());
            index[plain_fields(text)[0]] = static_cast<int64_t>(expected.size());
            expected.push_back(text);
        }
    }
    check_index(lines, index);
    for (uint32_t i = 0; i < expected.size(); ++i) check_line(lines, i, expected[i]);
    return 0;
}
