// SPDX-License-Identifier: Apache-2.0
// The lines of an injection file as scenarios see them: those of the file, changed and extended in memory by the
// actions `replace` and `insert`; which one the next call gets; an index for `lookup`. Lines and fields count from 0.
//
// Workers share it: each line of a turn goes to one of them. While somebody changes it nobody else may touch it
// (StepLock); readers have LineHints of their own.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/call_index.h"
#include "runtime/base/result.h"
#include "runtime/base/rng.h"
#include "runtime/base/string_pool.h"
#include "runtime/inject/field_index.h"
#include "runtime/inject/injection_file.h"

namespace gsp::rt {

enum class FieldState : uint8_t {
    Found,
    NoLine,   // negative, or beyond the end: renders empty
    NoField,  // the line has fewer fields: renders empty, and SIPp warns
};

struct Field {
    std::string_view text;
    FieldState state = FieldState::NoLine;
};

class InjectionLines {
public:
    static constexpr uint32_t kNoLine = FieldIndex::kNoLine;  // also what a call without a line holds

    explicit InjectionLines(std::shared_ptr<const InjectionFile> file) : file_(std::move(file)) {}

    const InjectionFile& file() const { return *file_; }
    uint32_t n_lines() const { return file_->n_lines() + static_cast<uint32_t>(inserted_.size()); }

    // Field n of a line, as it stands in memory: lives until that line is replaced. PRINTF files give the conversions.
    Field field(int64_t line, uint32_t n, LineHint& hint) const;

    // Writes field n of a line at out, with numbers in PRINTF files; returns the new end, or nullptr if it does not
    // fit. Nothing is written where state is not Found.
    char* put_field(int64_t line, uint32_t n, char* out, char* end, FieldState& state, LineHint& hint) const;

    // The line for a new call. `user` counts from 1, 0: the call has no user. kNoLine only from USER files: the call
    // has no user, or there are fewer lines than `user`.
    uint32_t choose(uint32_t user, Rng& rng);

    // PRINTF files cannot be changed or indexed. Texts have at most StringPool::kMaxBlock bytes.
    bool can_change() const { return !file_->is_printf(); }
    uint32_t insert(std::string_view text);             // the new line, at the end; kNoLine: refused
    bool replace(int64_t line, std::string_view text);  // false: refused, or no such line

    // Indexes a field; a line without that field has an empty key. A second index takes the place of the first.
    Result<void> build_index(uint32_t field, uint64_t seed);
    bool has_index() const { return index_.has_value(); }
    int64_t lookup(std::string_view key) const;  // -1: no line has it, or no index

private:
    struct Replaced {
        uint32_t line;  // of the file
        PoolText text;
    };

    std::string_view text_of(uint32_t line, LineHint& hint) const;
    PoolText* changed(uint32_t line);
    const PoolText* changed(uint32_t line) const { return const_cast<InjectionLines*>(this)->changed(line); }
    std::string_view key_of(uint32_t line, LineHint& hint) const;
    auto keys() const {  // key_of of FieldIndex
        return [this, hint = LineHint()](uint32_t line) mutable { return key_of(line, hint); };
    }
    void put_into_index(uint32_t line);
    std::optional<PoolText> copy(std::string_view text);

    std::shared_ptr<const InjectionFile> file_;
    std::vector<PoolText> inserted_;  // line file_->n_lines() + i
    std::vector<Replaced> replaced_;
    CallIndex replaced_index_;  // line → place in replaced_
    StringPool pool_;
    std::optional<FieldIndex> index_;
    LineHint hint_;                  // of changes
    std::atomic<uint32_t> next_{0};  // SEQUENTIAL
};

}  // namespace gsp::rt
