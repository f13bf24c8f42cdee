// SPDX-License-Identifier: Apache-2.0
// Lowering of <rtpcheck> and exec rtpcheck: actions during which a call waits.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "ir/lowering.h"

namespace gsp::ir {
namespace {

struct Row {
    std::string_view name;
    enum class Kind : uint8_t { Word, Number, Text } kind;
    std::string_view words;
};
constexpr Row kRows[] = {
#define RTP_CHECK(name, kind, words) {#name, Row::Kind::kind, words},
#include "runtime/abi/rtp_check.def"
};
struct Alias {
    std::string_view alias, name;
};
constexpr Alias kAliases[] = {
#define RTP_CHECK_ALIAS(alias, name) {#alias, #name},
#include "runtime/abi/rtp_check.def"
};

const Row* find_row(std::string_view name, bool aliases) {
    if (aliases)
        for (const Alias& a : kAliases)
            if (a.alias == name) name = a.name;
    const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.name == name; });
    return row == std::end(kRows) ? nullptr : row;
}

bool is_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) && value >= 0;
}

std::string listed(std::string_view words) {
    std::string text;
    for (const std::string_view word : split_words(words)) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

bool is_constant(std::string_view value) {
    return value.find('[') == value.npos;
}

}  // namespace

void Lowering::check_rtp_value(std::string_view name, std::string_view value, SourceRange range, bool aliases) {
    const Row* const row = find_row(name, aliases);
    if (!row) {
        std::vector<std::string_view> names;
        for (const Row& r : kRows) names.push_back(r.name);
        auto d = diag_.emit(D::UnknownRtpCheck, range, {std::string(name)});
        if (auto near = nearest(name, names); !near.empty()) d.note("did you mean `" + std::string(near) + "`?", range);
        return;
    }
    const auto words = split_words(row->words);
    if (row->kind == Row::Kind::Word && std::find(words.begin(), words.end(), value) == words.end())
        diag_.emit(D::BadRtpCheck, range, {std::string(name), std::string(value), "one of " + listed(row->words)});
    if (row->kind == Row::Kind::Number && !is_number(value))
        diag_.emit(D::BadRtpCheck, range, {std::string(name), std::string(value), "a number, not negative"});
}

// exec rtpcheck: "min_packets=5 direction=in", "5".
void Lowering::check_rtp_values(const ast::Attr& a) {
    constexpr std::string_view kBetween = " \t\r\n,;";
    const std::string_view text = a.value;
    if (!is_constant(text)) return;
    for (size_t at = text.find_first_not_of(kBetween); at != text.npos; at = text.find_first_not_of(kBetween, at)) {
        const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
        const std::string_view item = text.substr(at, end - at), name = item.substr(0, item.find('='));
        at = end;
        if (name == "bidirectional") continue;
        const bool bare = name.size() == item.size();
        check_rtp_value(bare ? "min_packets" : name, bare ? item : item.substr(name.size() + 1), a.value_range, true);
    }
}

void Lowering::lower_rtp_check(const ast::Element& e, Actions& actions) {
    for (const Row& row : kRows)
        if (const ast::Attr* a = e.find(row.name); a && is_constant(a->value))
            check_rtp_value(row.name, a->value, a->value_range, false);
    p_.flags |= GSP_PROGRAM_MEDIA;
    wait_for_check(e, actions, [&] { return call_row(e); });
}

// A check says how long to wait until it is asked again; 0: it has been met. So the step goes on there when the wait is
// over, and can have one check only.
void Lowering::wait_for_check(const ast::Element& e, Actions& actions, const std::function<uint32_t()>& check) {
    if (step_ == kNone || in_init() || p_.steps[step_].kind != GSP_STEP_NOP) {
        diag_.emit(D::RtpCheckPlace, e.name_range);
        return;
    }
    if (checked_step_ == step_) diag_.emit(D::SecondRtpCheck, e.name_range);
    checked_step_ = step_;
    const uint32_t ask = new_block("check"), wait = new_block("checked"), go_on = new_block("go on");
    emit(OpKind::br, e.name_range, ask);
    block_ = p_.steps[step_].timer = ask;
    emit(OpKind::fail_if, e.name_range, check(), actions.leave, wait);
    block_ = wait;
    emit(OpKind::wait_time, e.name_range, step_, go_on);
    block_ = go_on;
}

}  // namespace gsp::ir
