// SPDX-License-Identifier: Apache-2.0
// The frame of a call: what generated code sees (gsp_call), the runtime's own part, and behind GSP_FRAME_HEADER bytes
// the variables and response timers of the scenario. Frames live in a CallPool and never move; one worker owns them.
#pragma once
#include <cstdint>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/string_pool.h"
#include "runtime/base/timer_wheel.h"
#include "runtime/transport/transport.h"

namespace gsp::rt {

enum CallFlag : uint32_t {       // beside GSP_CALL_*
    kCallEstablished = 1u << 8,  // an ACK was sent or received
    kCallAckPending = 1u << 9,   // a 200 was taken and no ACK was sent since
    kCallIncoming = 1u << 10,
    kCallReceived = 1u << 11,  // some message was taken
    kCallLastSentInvite = 1u << 12,
    kCallRetransInvite = 1u << 13,  // the stored message is an INVITE
    kCallWaitTx = 1u << 14,         // blocked in a send until the retransmission is answered
    kCallYielded = 1u << 15,        // to be entered in the next turn
    kCallLive = 1u << 16,           // the frame is in use
    kCallInit = 1u << 17            // it runs <init>: no call of the statistics
};

// Route set and target of a dialog (rrs="true").
struct RouteSet {
    PoolText routes;  // "r1, r2"
    PoolText target;  // what [next_url] prints
};

// What not every call needs; made when it is needed.
struct CallExtra {
    RouteSet routes;
    PoolText challenges;        // auth="true": values of the challenge headers, one a line
    PoolText crypto;            // [cryptosuite…] and [cryptokeyparams…] as rendered last (keywords/media.cpp)
    uint64_t pause_until_ns;    // <pauserestore>; 0: none
    uint64_t check_since_ns;    // it waits for what an rtpcheck asks; 0: it does not
    uint32_t challenge_status;  // 401 or 407
    uint32_t nonce_count;       // of these challenges
    uint32_t media;             // its number in Media; 0: it has used none yet
    uint32_t circuit;           // [tdmmap], 1…; 0: none
    bool has_routes;
    bool has_no_port;  // for its media: a message that should name one cannot be sent
};

// A transaction (start_txn) of a call.
struct TxnState {
    uint64_t branch_hash;  // of the request's branch; 0: not sent yet
    uint64_t final_hash;   // of its final response; 0: none yet
};

struct Call : gsp_call {
    TimerNode wait;  // ends a pause or a recv
    TimerNode retrans;
    uint64_t number;  // [call_number]
    uint64_t hash;    // of the Call-ID
    uint64_t start_ns;
    uint64_t last_hash;   // of the last message that was taken
    uint64_t cause_hash;  // of the message that the last send answered; 0: none
    CallExtra* extra;     // nullptr: none; see Engine::extra()
    PoolText call_id;
    PoolText peer_tag;
    PoolText sent;             // bytes of the message that is being retransmitted
    PoolText last;             // the last message that was taken, see kept_message.h
    uint32_t cause_step;       // the step that the cause led to: rendered again for its duplicates
    uint32_t cause_recv_step;  // the recv step that took the cause
    uint32_t last_step;        // the recv step that took the last message
    uint32_t sent_step;        // last send that was executed
    uint32_t cseq, invite_cseq;
    uint32_t retrans_ms;  // present interval
    uint32_t retrans_count;
    uint32_t index;  // in the pool
    uint32_t user;   // 1…; 0: none
    Address peer;
    ConnId conn;  // on which it sends; kNoConn: to be opened when it does

    const RouteSet* routes() const { return extra && extra->has_routes ? &extra->routes : nullptr; }
    gsp_value* vars() { return reinterpret_cast<gsp_value*>(reinterpret_cast<char*>(this) + GSP_FRAME_HEADER); }
    uint64_t* rtd_start(uint32_t n_vars) { return reinterpret_cast<uint64_t*>(vars() + n_vars); }

    // The timer wheel hands back nodes; both lie at the start of the frame.
    static constexpr size_t kWaitOffset = sizeof(gsp_call), kRetransOffset = kWaitOffset + sizeof(TimerNode);
    static Call* at(TimerNode& node, size_t offset) {
        return static_cast<Call*>(static_cast<void*>(reinterpret_cast<char*>(&node) - offset));
    }
};
static_assert(sizeof(Call) <= GSP_FRAME_HEADER);

}  // namespace gsp::rt
