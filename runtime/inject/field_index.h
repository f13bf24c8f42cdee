// SPDX-License-Identifier: Apache-2.0
// Which line has a key in the indexed field (-infindex). Holds hashes and line numbers, 8 bytes a slot; the keys are
// read from the lines, so all functions take key_of(line), the current text of a line's field. Of several lines with
// one key the one that was put last answers. Owned by an InjectionLines.
#pragma once
#include <cstdint>
#include <string_view>

#include "runtime/base/call_index.h"
#include "runtime/base/hash.h"

namespace gsp::rt {

class FieldIndex {
public:
    static constexpr uint32_t kNoLine = CallIndex::kNone;

    FieldIndex(uint32_t field, uint32_t expected_lines, uint64_t seed)
        : lines_(expected_lines), seed_(seed), field_(field) {}

    uint32_t field() const { return field_; }

    template <class KeyOf>
    uint32_t find(std::string_view key, KeyOf&& key_of) const {
        return find(hash_bytes(key, seed_), key, key_of);
    }

    template <class KeyOf>
    void put(std::string_view key, uint32_t line, KeyOf&& key_of) {
        const uint64_t hash = hash_bytes(key, seed_);
        if (uint32_t other = find(hash, key, key_of); other != kNoLine) lines_.erase(hash, other);
        lines_.insert(hash, line);
    }

    // Nothing answers for the key any more, if it was this line that did. Called while the line still has the key.
    template <class KeyOf>
    void remove(std::string_view key, uint32_t line, KeyOf&& key_of) {
        const uint64_t hash = hash_bytes(key, seed_);
        if (find(hash, key, key_of) == line) lines_.erase(hash, line);
    }

private:
    template <class KeyOf>
    uint32_t find(uint64_t hash, std::string_view key, KeyOf&& key_of) const {
        return lines_.find(hash, [&](uint32_t line) { return key_of(line) == key; });
    }

    CallIndex lines_;
    uint64_t seed_;
    uint32_t field_;
};

}  // namespace gsp::rt
