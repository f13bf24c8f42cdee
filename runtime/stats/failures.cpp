// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/failures.h"

#include <algorithm>

namespace gsp::rt {

Failure* Failures::count(const FailureKey& key) {
    ++total_;
    auto kind = std::find_if(kinds_.begin(), kinds_.end(), [&](const Failure& f) { return f.key == key; });
    if (kind == kinds_.end()) {
        if (kinds_.size() == kMostKinds) return nullptr;
        kind = kinds_.insert(kind, Failure{});
        kind->key = key;
    }
    ++kind->count;
    return &*kind;
}

void Failures::add(const Failures& other) {
    total_ += other.total_;
    for (const Failure& failure : other.kinds_) {
        auto kind = std::find_if(kinds_.begin(), kinds_.end(), [&](const Failure& f) { return f.key == failure.key; });
        if (kind != kinds_.end())
            kind->count += failure.count;
        else if (kinds_.size() < kMostKinds)
            kinds_.push_back(failure);
    }
}

void Failures::clear() {
    kinds_.clear();
    total_ = 0;
}

std::vector<std::pair<const gsp_program*, const Failure*>> most_frequent(const std::vector<FailuresOf>& all,
                                                                         size_t most) {
    std::vector<std::pair<const gsp_program*, const Failure*>> kinds;
    for (const FailuresOf& of : all)
        for (const Failure& failure : of.failures.kinds()) kinds.emplace_back(&of.program, &failure);
    std::stable_sort(kinds.begin(), kinds.end(),
                     [](const auto& a, const auto& b) { return a.second->count > b.second->count; });
    kinds.resize(std::min(kinds.size(), most));
    return kinds;
}

}  // namespace gsp::rt
