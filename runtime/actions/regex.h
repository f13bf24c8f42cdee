// SPDX-License-Identifier: Apache-2.0
// The regular expressions of a program, compiled once per worker: PCRE2 with JIT, or the C library's where POSIX
// leftmost-longest matching decides. PCRE2's matching is limited in steps: an expression that reaches the limit goes to
// the C library, for good. That one knows no limit, but only back-references can keep it busy for long
// (docs/decisions/0006-posix-regex.md). Used by one worker.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"

namespace gsp::rt {

class Regexes {
public:
    static constexpr uint32_t kMaxGroups = 10;  // SIPp asks for the whole match and nine groups
    struct Match {
        bool matched = false;
        std::string_view groups[kMaxGroups];  // 0: the whole match; data() is nullptr for a group that took no part
    };

    Regexes();
    ~Regexes();
    Regexes(Regexes&&) noexcept;
    Regexes& operator=(Regexes&&) noexcept;

    static Result<Regexes> compile(const gsp_program&);  // which must live as long

    // As for SIPp a subject ends at its first NUL byte. Without a match only `matched` is set.
    void match(uint32_t regex, std::string_view subject, Match& out);
    bool matches(uint32_t regex, std::string_view subject);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gsp::rt
