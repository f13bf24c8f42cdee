// SPDX-License-Identifier: Apache-2.0
#include "runtime/auth/algorithms.h"

namespace gsp::rt::auth {

namespace {

int rank(const Algorithm& algorithm, bool has_aka_key) {
    constexpr int kAboveAllStrengths = 10;
    return algorithm.strength + ((algorithm.aka != 0) == has_aka_key ? kAboveAllStrengths : 0);
}

}  // namespace

const Algorithm* find_algorithm(std::string_view name) {
    if (name.empty()) return &kAlgorithms[0];
    for (const Algorithm& algorithm : kAlgorithms) {
        if (same_word(algorithm.name, name)) return &algorithm;
    }
    return nullptr;
}

void consider(std::string_view value, bool has_aka_key, Challenge& best) {
    for (DigestParams params; next_digest(value, params);) {
        const Algorithm* algorithm = find_algorithm(params.algorithm);
        bool complete = params.realm.data() && params.nonce.data();
        if (!algorithm || !complete) {
            if (best.status == Status::NoDigest)
                best.status = algorithm ? Status::Incomplete : Status::UnsupportedAlgorithm;
        } else if (!best.algorithm || rank(*algorithm, has_aka_key) > rank(*best.algorithm, has_aka_key)) {
            best = {params, algorithm, Status::Ok};
        }
    }
}

}  // namespace gsp::rt::auth
