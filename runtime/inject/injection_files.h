// SPDX-License-Identifier: Apache-2.0
// The injection files of a run (-inf, -rxinf), numbered in the order of the command line and known to scenarios by
// their base names. A call keeps one line number a file. Filled at set-up; afterwards owned by one worker
// (injection_lines.h).
#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/rng.h"
#include "runtime/inject/injection_lines.h"

namespace gsp::rt {

class InjectionFiles {
public:
    static constexpr uint32_t kNoFile = UINT32_MAX;

    // `may_be_default`: -inf, not -rxinf. Two files of one base name are an error.
    Result<void> add(const std::string& path, bool may_be_default = true);
    Result<void> build_index(std::string_view name, uint32_t field, uint64_t seed);  // -infindex; `name` as for find

    uint32_t size() const { return static_cast<uint32_t>(files_.size()); }
    uint32_t find(std::string_view base_name) const;         // kNoFile
    uint32_t default_file() const { return default_file_; }  // the first -inf; kNoFile
    InjectionLines& operator[](uint32_t file) { return files_[file]; }
    const InjectionLines& operator[](uint32_t file) const { return files_[file]; }

    // The lines of a new call, one for each file: out.size() == size(). Returns nullptr, or the first file that has
    // fewer lines than `user`, which SIPp takes for a fatal error. InjectionLines::choose has the rest.
    const InjectionLines* choose_lines(std::span<uint32_t> out, uint32_t user, Rng& rng);

private:
    std::deque<InjectionLines> files_;
    uint32_t default_file_ = kNoFile;
};

}  // namespace gsp::rt
