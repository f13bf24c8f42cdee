// SPDX-License-Identifier: Apache-2.0
// A line that was replaced or inserted lies in the pool, any other in the file.
#include "runtime/inject/injection_lines.h"

#include <string>

namespace gsp::rt {

namespace {

Field split(std::string_view line, uint32_t n) {
    for (; n > 0; --n) {
        const size_t at = line.find(';');
        if (at == std::string_view::npos) return {{}, FieldState::NoField};
        line.remove_prefix(at + 1);
    }
    return {line.substr(0, line.find(';')), FieldState::Found};
}

uint64_t hash_line(uint32_t line) {
    return line * 0x9e3779b97f4a7c15;  // its upper half is spread
}

}  // namespace

PoolText* InjectionLines::changed(uint32_t line) {
    if (line >= file_->n_lines()) return &inserted_[line - file_->n_lines()];
    if (replaced_.empty()) return nullptr;
    const uint32_t i = replaced_index_.find(hash_line(line), [&](uint32_t at) { return replaced_[at].line == line; });
    return i == CallIndex::kNone ? nullptr : &replaced_[i].text;
}

std::string_view InjectionLines::text_of(uint32_t line, LineHint& hint) const {
    const PoolText* text = changed(line);
    return text ? text->view() : file_->line(line, hint);
}

Field InjectionLines::field(int64_t line, uint32_t n, LineHint& hint) const {
    if (line < 0 || line >= n_lines()) return {};
    return split(text_of(static_cast<uint32_t>(line), hint), n);
}

char* InjectionLines::put_field(int64_t line, uint32_t n, char* out, char* end, FieldState& state,
                                LineHint& hint) const {
    const Field found = field(line, n, hint);
    state = found.state;
    if (file_->is_printf()) {
        if (state != FieldState::Found) return out;
        return put_printf(found.text, file_->printf_range().value(static_cast<uint32_t>(line)), out, end);
    }
    if (static_cast<size_t>(end - out) < found.text.size()) return nullptr;
    return out + found.text.copy(out, found.text.size());
}

std::string_view InjectionLines::key_of(uint32_t line, LineHint& hint) const {
    return split(text_of(line, hint), index_->field()).text;
}

void InjectionLines::put_into_index(uint32_t line) {
    if (index_) index_->put(key_of(line, hint_), line, keys());
}

int64_t InjectionLines::lookup(std::string_view key) const {
    const uint32_t line = index_ ? index_->find(key, keys()) : kNoLine;
    return line == kNoLine ? -1 : int64_t{line};
}

uint32_t InjectionLines::choose(uint32_t user, Rng& rng) {
    const uint32_t n = n_lines();
    switch (file_->order()) {
    case LineOrder::Random: return static_cast<uint32_t>(rng.below(n));
    case LineOrder::User: return user >= 1 && user <= n ? user - 1 : kNoLine;
    case LineOrder::Sequential: break;
    }
    uint32_t line = next_.load(std::memory_order_relaxed);
    while (!next_.compare_exchange_weak(line, (line + 1) % n, std::memory_order_relaxed)) {
    }
    return line;
}

std::optional<PoolText> InjectionLines::copy(std::string_view text) {
    if (!can_change() || text.size() > StringPool::kMaxBlock) return std::nullopt;
    return PoolText{pool_.copy(text), static_cast<uint32_t>(text.size())};
}

uint32_t InjectionLines::insert(std::string_view text) {
    const uint32_t line = n_lines();
    if (line == InjectionFile::kMaxLines) return kNoLine;
    const auto copied = copy(text);
    if (!copied) return kNoLine;
    inserted_.push_back(*copied);
    put_into_index(line);
    return line;
}

bool InjectionLines::replace(int64_t wanted, std::string_view text) {
    if (wanted < 0 || wanted >= n_lines()) return false;
    const auto copied = copy(text);  // before the old text goes: it may be part of it
    if (!copied) return false;
    const uint32_t line = static_cast<uint32_t>(wanted);
    if (index_) index_->remove(key_of(line, hint_), line, keys());
    if (PoolText* old = changed(line)) {
        old->clear(pool_);
        *old = *copied;
    } else {
        replaced_index_.insert(hash_line(line), static_cast<uint32_t>(replaced_.size()));
        replaced_.push_back({line, *copied});
    }
    put_into_index(line);
    return true;
}

Result<void> InjectionLines::build_index(uint32_t field, uint64_t seed) {
    if (!can_change()) return Error{"cannot index " + file_->path() + ": it is a PRINTF file"};
    index_.emplace(field, n_lines(), seed);
    LineReader reader = file_->reader();
    reader.next();
    auto others = keys();
    for (uint32_t line = 0; line < file_->n_lines() && reader.next_fields(); ++line) {
        const PoolText* text = changed(line);
        index_->put(split(text ? text->view() : reader.text(), field).text, line, others);
    }
    if (reader.error()) return system_error("cannot read " + file_->path(), reader.error());
    for (uint32_t line = file_->n_lines(); line < n_lines(); ++line) put_into_index(line);
    return {};
}

}  // namespace gsp::rt
