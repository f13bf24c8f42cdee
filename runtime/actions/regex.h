// SPDX-License-Identifier: Apache-2.0
// The regular expressions of a program, compiled once per worker: PCRE2 with JIT, or the C library's where POSIX
// leftmost-longest matching decides. No pattern can hang a run: matching is limited in steps. Used by one worker.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"

namespace gsp::rt {

class Regexes {
public:
    static constexpr uint32_t kMaxGroups = 32;
    struct Match {
        bool matched = false, gave_up = false;  // gave_up: the step limit was reached
        std::string_view groups[kMaxGroups];    // 0: the whole match; data() is nullptr for a group that took no part
    };

    Regexes();
    ~Regexes();
    Regexes(Regexes&&) noexcept;
    Regexes& operator=(Regexes&&) noexcept;

    static Result<Regexes> compile(const gsp_program&);
    void match(uint32_t regex, std::string_view subject, Match& out);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
