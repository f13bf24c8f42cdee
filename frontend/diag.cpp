// SPDX-License-Identifier: Apache-2.0
// Collecting diagnostics, and the edit distance behind "did you mean".
#include "frontend/diag.h"

#include <algorithm>
#include <array>

namespace gsp {

namespace {

constexpr DiagInfo kInfo[] = {
#define DIAG(id, name, severity, text) {name, Severity::severity, text},
#include "frontend/diagnostics.def"
};

// A hostile file can be wrong in a million places; the rest is counted, not kept.
constexpr int kMaxKept = 1000;

std::string fill_in(std::string_view text, const std::vector<std::string>& args) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        const bool hole = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
        if (!hole) {
            out += text[i];
            continue;
        }
        const size_t n = static_cast<size_t>(text[i + 1] - '0');
        if (n < args.size()) out += args[n];
        i += 2;
    }
    return out;
}

// Damerau-Levenshtein (adjacent swaps count once); stops being exact above `limit`.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
    constexpr size_t kMaxLength = 64;
    if (a.size() > kMaxLength || b.size() > kMaxLength) return limit + 1;
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
    std::array<std::array<size_t, kMaxLength + 1>, 3> rows{};
    for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& previous = rows[(i - 1) % 3];
        const auto& before_previous = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_previous[j - 2] + 1);
        }
    }
    return rows[a.size() % 3][b.size()];
}

}  // namespace

const DiagInfo& diag_info(D id) {
    return kInfo[static_cast<size_t>(id)];
}

Diag::Diag(const SourceFile& file, DiagOptions options) : file_(&file), options_(std::move(options)) {}

Diag::Handle Diag::emit(D id, SourceRange range, std::vector<std::string> args) {
    const DiagInfo& info = diag_info(id);
    Severity severity = info.severity;
    if (severity != Severity::Error) {
        const auto& off = options_.suppressed;
        if (std::find(off.begin(), off.end(), info.name) != off.end()) return Handle(*this, -1);
        if (severity == Severity::Warning && options_.warnings_are_errors) severity = Severity::Error;
    }
    int& count = severity == Severity::Error ? errors_ : warnings_;
    ++count;
    Diagnostic diagnostic{id, severity, fill_in(info.text, args), range, {}};
    if (said_before(diagnostic)) return Handle(*this, -1);
    if (count > kMaxKept) {
        ++dropped_;
        return Handle(*this, -1);
    }
    diagnostics_.push_back(std::move(diagnostic));
    return Handle(*this, static_cast<int>(diagnostics_.size()) - 1);
}

bool Diag::said_before(const Diagnostic& d) const {
    if (file_->origin(d.range.begin).way == SourceFile::Way::Main) return false;
    const uint32_t at = file_->first_offset(d.range.begin);
    return std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& other) {
        return other.id == d.id && other.range.begin != d.range.begin && other.text == d.text &&
               file_->first_offset(other.range.begin) == at;
    });
}

Diag::Handle& Diag::Handle::note(std::string text, SourceRange range) {
    if (index_ >= 0) diag_->diagnostics_[static_cast<size_t>(index_)].notes.push_back({std::move(text), range, true});
    return *this;
}

Diag::Handle& Diag::Handle::note(std::string text) {
    if (index_ >= 0) diag_->diagnostics_[static_cast<size_t>(index_)].notes.push_back({std::move(text), {}, false});
    return *this;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    // One slip in a short word, one in three letters of a long one: more than that was meant to be something else.
    size_t best = std::max<size_t>(1, word.size() / 3) + 1;
    std::string_view found;
    for (const std::string_view candidate : candidates) {
        const size_t distance = edit_distance(word, candidate, best - 1);
        if (distance < best && distance < candidate.size()) {
            best = distance;
            found = candidate;
            if (best == 0) break;
        }
    }
    return found;
}

}  // namespace gsp
