// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/ladder.h"

#include <algorithm>
#include <utility>

namespace gsp::rt {

Ladders::Ladders(bool on) : places_(on ? std::make_unique_for_overwrite<Place[]>(kPlaces) : nullptr) {}

void Ladders::begin(uint32_t call) {
    if (call >= place_of_.size()) place_of_.resize(call + 1);
    if (!places_) return;
    Place* place;
    if (!free_.empty()) {
        place = free_.back();
        free_.pop_back();
    } else if (used_ < kPlaces) {
        place = &places_[used_++];
    } else {
        place = &places_[next_handed_on_];
        next_handed_on_ = (next_handed_on_ + 1) % kHandedOn;
        place_of_[place->call] = nullptr;
    }
    place_of_[call] = place;
    place->call = call;
    place->count = 0;
}

void Ladders::end(uint32_t call) {
    if (Place* const place = std::exchange(place_of_[call], nullptr)) free_.push_back(place);
}

Ladder Ladders::of(uint32_t call) const {
    if (!place_of_[call]) return {};
    const Place& place = *place_of_[call];
    Ladder ladder;
    const uint64_t kept = std::min(place.count, kEvents);
    ladder.events.assign(place.events, place.events + kept);
    if (place.count <= kEvents) return ladder;
    ladder.first_part = kFirst;
    ladder.left_out = place.count - kEvents;
    const auto oldest = static_cast<ptrdiff_t>(kFirst + (place.count - kFirst) % (kEvents - kFirst));
    std::rotate(ladder.events.begin() + kFirst, ladder.events.begin() + oldest, ladder.events.end());
    return ladder;
}

}  // namespace gsp::rt
