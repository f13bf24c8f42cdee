// SPDX-License-Identifier: Apache-2.0
// What calls have done last, for the example of a failure (--explain-failures): small records of fixed size, kept for a
// bounded number of calls, read only when a call has failed. Recording neither allocates nor formats. One worker owns
// it.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gsp::rt {

enum class LadderKind : uint8_t {
#define LADDER(id, ...) id,
#include "runtime/stats/ladder_kinds.def"
};

struct LadderEvent {
    static constexpr size_t kCSeqBytes = 12;  // room for a number and what ends it

    uint64_t time_ns;  // of the turn
    uint32_t step;     // GSP_NONE: none
    LadderKind kind;
    char cseq[kCSeqBytes];  // what stands behind `CSeq:` of a sent message; the number of a received one
    char text[35];          // how the message begins; it ends at the first line end or zero

    void set_cseq(uint32_t number) { std::memcpy(cseq, &number, sizeof number); }
    void set_text(std::string_view message) {
        if (message.size() >= sizeof text) {  // known length: a few moves
            std::memcpy(text, message.data(), sizeof text);
            return;
        }
        std::memset(text, 0, sizeof text);
        if (!message.empty()) std::memcpy(text, message.data(), message.size());
    }
};
static_assert(sizeof(LadderEvent) == 64);

struct Ladder {
    std::vector<LadderEvent> events;  // in order of time
    size_t first_part = 0;            // behind so many of them …
    uint64_t left_out = 0;            // … this many are not kept
};

struct LadderOfCall {
    uint64_t number = 0;  // [call_number]
    uint64_t start_ns = 0, end_ns = 0;
    std::string call_id;
    Ladder ladder;
    std::string pcap{};  // the file with the packets of its media; empty: there is none
};

// A line for each event, and one for the end, in the screens' width.
std::string draw_ladder(const LadderOfCall&);
uint32_t ladder_cseq(const LadderEvent&);          // 0: none, or not known
std::string ladder_text(const LadderEvent&);       // as far as it is kept, without `SIP/2.0`
std::string_view ladder_name(const LadderEvent&);  // of what happened, in the JSON summary

class Ladders {
public:
    explicit Ladders(bool on);
    // `call` is the index of its frame. A call that finds no place is not recorded: one in four places goes to the
    // newest call then, the others stay with their calls, so that neither long nor new calls are without a ladder.
    void begin(uint32_t call);
    void end(uint32_t call);

    // Where to record the next event of a call that has begun; nullptr: nowhere. All of it must be set.
    LadderEvent* next(uint32_t call) {
        Place* const place = place_of_[call];
        if (!place) return nullptr;
        const uint32_t n = place->count++;
        return &place->events[n < kEvents ? n : kFirst + (n - kFirst) % (kEvents - kFirst)];
    }

    Ladder of(uint32_t call) const;  // empty if it has none

private:
    static constexpr uint32_t kPlaces = 512, kHandedOn = kPlaces / 4;
    static constexpr uint32_t kEvents = 24, kFirst = 6;  // of a long call the first and the last
    struct Place {
        uint32_t call, count;
        LadderEvent events[kEvents];
    };
    std::unique_ptr<Place[]> places_;  // pages that no call has used cost nothing; nullptr: off
    std::vector<Place*> place_of_;     // by call; nullptr: none
    std::vector<Place*> free_;
    uint32_t used_ = 0;  // places that were ever taken
    uint32_t next_handed_on_ = 0;
};

}  // namespace gsp::rt
