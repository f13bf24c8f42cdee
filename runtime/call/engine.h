// SPDX-License-Identifier: Apache-2.0
// The call engine of one scenario of a worker: everything that the calls of a program touch, and the functions that
// carry a call from one wait to the next. The head (gsp_worker) is what generated code sees; what scenarios have in
// common is in Shared. Single-threaded; reads time and network only through what it was given.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/actions/regex.h"
#include "runtime/base/call_index.h"
#include "runtime/base/result.h"
#include "runtime/base/string_pool.h"
#include "runtime/base/timer_wheel.h"
#include "runtime/call/call.h"
#include "runtime/call/call_pool.h"
#include "runtime/call/circuits.h"
#include "runtime/call/conn_calls.h"
#include "runtime/call/kept_message.h"
#include "runtime/call/shared.h"
#include "runtime/call/writer.h"
#include "runtime/keywords/run_text.h"
#include "runtime/keywords/text_plan.h"
#include "runtime/media/crypto_sdp.h"
#include "runtime/media/sdp.h"
#include "runtime/stats/call_debug.h"
#include "runtime/stats/counters.h"
#include "runtime/stats/failures.h"
#include "runtime/stats/ladder.h"
#include "runtime/stats/stream_report.h"
#include "runtime/threepcc/command_bus.h"
#include "runtime/threepcc/role.h"

namespace gsp::rt {

struct RtpExpectation;

struct Engine : gsp_worker {
    // `stats` is Shared's for the main scenario. `twins` nullptr: no 3PCC.
    Engine(const gsp_program&, Part, Shared&, Statistics& stats, CommandBus* twins);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    Result<void> prepare();  // what can fail (prepare.cpp)

    // ---- engine.cpp: the life of a call
    void run_init();  // the steps of <init>, before the first call
    const Address& peer_of(const Address& party) const { return run.send_to.family ? run.send_to : party; }
    void start_call(uint32_t user, uint64_t lag_ns);  // an outgoing call; `user` 0: none; see start_lags
    void enter(Call&, uint32_t step);                 // runs it from there to its next wait or its end
    void apply(Call&, gsp_next);
    void finish(Call&, uint32_t status);  // counts and ends it; the frame is free afterwards
    void on_wait_over(Call&);
    void resume_blocked(Call&);  // enters a call that waited to send, if it may send now
    void enter_yielded();
    void abort_all();    // forced quit: every call fails
    void tell_others();  // how many calls there are, of all workers: the peak
    void end_all();      // the run has ended: also those fail, but for calls that only wait for late messages
    bool creates_calls() const { return (program.flags & GSP_PROGRAM_CLIENT) != 0; }
    CallExtra& extra(Call&);
    TxnState& txn(Call&, uint32_t number);
    uint32_t* lines(Call&);  // the line of each injection file

    // ---- deliver.cpp: received messages
    Call* find_call(uint64_t hash, std::string_view call_id);
    void deliver(Call&);                                          // the message at hand
    void take_incoming(std::string_view call_id, uint64_t hash);  // a call that begins with it
    void place_for_message(std::string_view call_id);             // … an outgoing one (3PCC)
    bool auto_answered(uint32_t method) const;                    // -aa
    uint64_t hash_of_message() const;                             // by which repeated messages know each other
    bool expects(Call&, uint32_t step, const gsp_event&);         // does the message at hand fit this recv step?

    // ---- connect.cpp
    bool connect(Call&);     // opens its connection; false: said why
    void disconnect(Call&);  // the next message opens another
    void put_on(Call&, ConnId);
    bool transport_reconnects() const { return config.net.mode.row().reliable; }  // to reach another peer
    void follow_peer(Call&);
    uint32_t on_disconnect(const Disconnect&);    // returns how many calls failed
    Address local_of(const Call&) const;          // what [local_ip] and [local_port] are to it
    std::string host_port_of(const Call&) const;  // "[local_ip]:[local_port]"

    // ---- commands.cpp: 3PCC
    void receive_command(std::string_view command);  // as it came, without the byte that ends it
    const TwinRole role;
    void abort_twin(Call&);  // classic 3PCC: tells the twin that the call has failed

    // ---- send.cpp, retransmit.cpp
    bool may_send(Call&);                            // opens its connection if it has none
    uint64_t congested_ns(const Call& call) const {  // how long nothing could leave on its way
        return tx.congested_ns() + shared.transport.congested_ns(call.conn, now_ns);
    }
    // Renders and queues; false: it cannot be sent.
    bool transmit(Call&, uint32_t step, LadderKind = LadderKind::Sent);
    void not_sent(Call&, uint32_t step);
    void send_bytes(Call&, std::string_view);  // a copy
    void resend_step(Call&, uint32_t step);    // renders it once more, as an answer to a repeated message
    void arm_retransmission(Call&, uint32_t step);
    void stop_retransmission(Call&);
    void on_retransmission(Call&);
    bool lost(uint32_t step) { return loses && is_lost(step); }  // on purpose (`lost`, -lost)

    // ---- default_messages.cpp
    void abort_dialog(Call&);  // ACK, CANCEL, BYE, as the state of the dialog asks for
    void default_not_sent();   // one of them found no room
    void answer_ok(Call*);     // 200 to the message at hand; nullptr: it belongs to none
    bool send_default_text(Call&, gsp_default_message);
    bool answer_default_text(Call&);

    // ---- media.cpp: of programs that use media, and only if there is a Media
    const bool plays;            // some <exec> does, RTCP is sent, or calls are recorded: SDP is looked at
    uint32_t media_call(Call&);  // its number in Media
    void take_sdp(Call&);        // where the message at hand wants media
    void note_own_sdp(Call&, std::string_view sent);
    bool ran_out(Call&, const Error&);  // of ports for media: told, the call has to fail. False: the run fails
    void take_keys(Call&, SdpSide, SdpMessage, std::string_view body);
    uint32_t play(Call&, uint32_t exec, std::string_view value);  // a row of exec.def; a gsp_status
    // ---- media_end.cpp
    std::span<const StreamReport> streams_of(const Call&, ReportsOfCall& room) const;
    // It ends with `status`. Its streams, as they are at the end; they may make a failure of GSP_OK.
    std::span<const StreamReport> judge_media(Call&, uint32_t status);
    void fail_late_media(Call&, const std::string& why);
    void end_media(Call&);
    std::string save_packets(const Call&);  // of a call that has failed; the name of their file, if there is one
    // rtpcheck: GSP_OK with `wait_ns` not 0 means that it is to be asked again. `streams`: what there is so far.
    uint32_t check_media(Call&, const RtpExpectation&, StreamReport& streams);
    uint32_t bad_check(Call&, const std::string& why);
    // ---- ice.cpp: of programs with [ice_…]
    const bool uses_ice;
    uint32_t wait_for_candidates(Call&, uint32_t step, uint32_t what);  // GSP_ICE_*; see gsp_ice_wait
    void take_ice(Call&, std::string_view sdp, const StreamTargets&);   // of the other side
    void take_ice_fragment(Call&);
    uint32_t order_ice(Call&, std::string_view order);  // exec ice; a gsp_status
    void check_ice(Call&);  // a call whose scenario has ended well, but whose media found no way, has failed

    // ---- explain.cpp: for --explain-failures
    // A step is about to do something, actions among it: what they leave in `failure` is its.
    void acts(Call& call, uint32_t step) {
        if (call.failure != GSP_OK) note_failed_action(call);
        call.acting = step;
    }
    void note_failed_action(const Call&);
    void note_failed_check(const Call&, const std::string& why);
    void explain(const Call&, uint32_t reason, const std::string& pcap);  // the call has failed
    LadderOfCall ladder_of(const Call&, std::string pcap = {}) const;
    // `step` GSP_NONE: of none.
    void ladder_sent(const Call&, LadderKind, uint32_t step, std::string_view text);
    void ladder_received(const Call&, LadderKind, uint32_t step);  // the message at hand
    void ladder_note(const Call&, LadderKind, uint32_t step, std::string_view text = {});
    const bool explains, loses;  // `loses`: some step can lose messages
    Failures failures;
    Ladders ladders;

    // ---- traces.cpp: for the files of -trace_…, only while trace.any()
    // It has ended.
    void record_call(const Call&, uint32_t reason, std::span<const StreamReport>, std::string_view pcap);
    void trace_sent(const Call*, std::string_view bytes, uint32_t step);  // step GSP_NONE: a default message
    void trace_taken(const Call*, std::string_view call_id);              // the message at hand; nullptr: of no call
    void trace_unexpected(const Call&);                                   // the message at hand
    void trace_command(TraceKind, const Call&, std::string_view text);
    void note_step(Call&, uint32_t step);  // acts(), and a nop for calldebug
    // On purpose; `step` GSP_NONE: on its way in.
    void trace_lost(const Call&, std::string_view how, uint32_t step, std::string_view bytes);
    void trace_ignored(const Call&, std::string_view kind, uint32_t step);  // the message at hand
    // … only while trace.on(TraceFile::CallDebug)
    void debug(const Call&, const std::string& text);
    void debug_start(const Call&);
    void debug_step(const Call&, uint32_t step);
    void debug_pause(const Call&);
    void debug_sent(const Call&, std::string_view bytes, uint32_t step);
    void debug_retransmission(const Call&, uint32_t most);
    void debug_last_hash(const Call&);
    void debug_cause(const Call&);
    void debug_abort(const Call&);
    void write_debug(const Call&);

    // ---- render.cpp (keywords)
    char* put_with_holes(const Call&, const JoinedText&, uint32_t at, char* out, char* end);
    char* put_special(const Call&, const TextPiece&, const char* start, char* out, char* end);
    char* render(Call&, uint32_t text, char* out, char* end);  // the new `out`, or nullptr when it does not fit
    char* finish_text(Call&, char* start, char* out,
                      char* end);  // … with what depends on the rest (authentication.cpp)

    // ---- variables.cpp (actions)
    gsp_value& variable(Call&, uint32_t slot);
    void set_text(gsp_value&, uint32_t tag, std::string_view);
    void release(gsp_value&);
    StringPool& pool_of(const gsp_value&);  // where its text lies
    // A text of an action; valid until the next one; what does not fit is "".
    std::string_view render(Call&, uint32_t text);
    std::string_view render(Call&, uint32_t text, std::span<char> room);      // … valid as long as `room` is
    std::string_view render_of_no_step(Call&, uint32_t text);                 // … [branch] with SIPp's index -1
    const Address* find_host(std::string_view host);                          // nullptr: unknown
    std::span<char> scratch() { return {rendered_.get(), GSP_MAX_MESSAGE}; }  // the room of the first render()
    void fail_run(std::string text) { shared.fail_run(std::move(text)); }
    bool may_warn() { return shared.may_warn(); }
    void warn(std::string_view text) { shared.warn(text); }
    // ---- describe.cpp
    using Say = std::function<void(const std::string&)>;
    std::string describe_call(const Call&) const;
    void describe_calls(const Say&);
    void describe_variables(const Say&);

    // "in step 3 (`200`, line 41)"
    std::string describe_step(uint32_t step) const;
    uint64_t& count(Counter c) { return stats.counters[c]; }
    void count_status(uint32_t status);
    static std::string_view status_text(uint32_t status);

    const gsp_program& program;
    const Part part;
    Shared& shared;
    const RunConfig& config;  // this and what follows: Shared's
    const RunText& run;
    Clock& clock;
    Trace& trace;
    TxQueue& tx;
    DeadCalls& dead;
    Rng& rng;
    const uint64_t hash_seed;
    InjectionFiles& injection;
    const sip::Message& message;
    Statistics& stats;
    CallDebug call_debug;
    CommandBus* const bus;  // nullptr: no 3PCC

    StringPool strings;
    TimerWheel waits, retransmissions;
    CallPool calls;
    CallIndex index;
    Circuits circuits;
    ConnCalls conn_calls;
    MessageKeeper keeper;
    Regexes regexes;
    RunTexts run_texts;
    TextPlan texts;
    std::vector<uint32_t> injection_files;                  // by index of gsp_program.files: number in `injection`
    ScenarioState* of_workers = nullptr;                    // what all have in common; `globals` lies there
    std::vector<std::unique_ptr<gsp_value[]>> user_values;  // by user id - 1
    std::vector<uint32_t> yielded;                          // indices of calls
    // By index of a call's frame: how long after its planned time it started. kNoPlan: nothing was planned.
    static constexpr uint64_t kNoPlan = UINT64_MAX;
    std::vector<uint64_t> start_lags;
    std::vector<uint32_t> freed_users;  // ids whose call ended, for the pacer
    std::string_view transport_name;    // [transport]
    std::string auth_uri;               // digest-uri of [authentication]
    ShortText branch_prefix;            // "z9hG4bK-<pid>-"
    std::string local_ip, host_port;    // without brackets; "[local_ip]:[local_port]"

    const bool retransmits;        // its transport may lose messages, and -nr was not given
    const ConnId first_conn;       // of calls that have not sent yet
    uint64_t started = 0;          // calls in and out
    bool refuse_incoming = false;  // soft quit in server mode

    // An Authorization header that is still to be put in, at this place; from the arguments of its keyword, or from
    // field_authentication when they are nullptr.
    struct PendingAuthentication {
        char* at;
        const uint32_t* args;
    } pending_authentication{};
    std::string field_authentication;
    char* leave_authentication(const uint32_t* args, char* out, char* end);

    NumberText number_text;  // of the call whose message was rendered last

    bool in_no_step = false;  // [branch] of the text at hand: SIPp's index is -1

    uint64_t event_ns = 0;       // time for response times: arrival of a message that is being taken, else now
    std::string_view sent_text;  // what the step at hand has sent, for its actions
    std::string_view command;    // the command at hand, for the actions of its recvCmd

private:
    bool find_source(Call&, Address& from);
    uint64_t wait_end(uint32_t step, uint64_t due_ns) const;
    bool is_lost(uint32_t step);
    Call& new_call(uint64_t number, std::string_view call_id, uint64_t hash, const Address& peer, uint32_t user);
    Result<void> find_injection();
    Call* place_call(std::string_view call_id, const Address& peer);  // for a twin; up to its first wait
    void take_command(Call&, std::string_view text, std::string_view sender);
    void make_call_id(uint64_t number);  // call_id_text_
    void cut_up_call_id_format();        // call_id_parts_
    void destroy(Call&);
    bool stands_at_pause(const Call&) const;
    bool take_duplicate(Call&);
    void note_peer_tag(Call&);
    bool enter_unexpected(Call&, const gsp_event&);
    gsp_next take_late_response(Call&, const gsp_late&, const gsp_event&);
    gsp_event make_event() const;
    gsp_next run_step(const gsp_entry& step, Call& call, const gsp_event& event) {
        return step.function(this, &call, &event, step.constants);
    }
    gsp_next take_late(Call&, const gsp_event&);
    void unexpected(Call&, const gsp_event&);
    bool answer_unexpected(Call&, const gsp_event&);
    void abort_unexpected(Call&);
    // Is it that of a recv step for a response, or does its regular expression match it?
    bool has_status_of(uint32_t step, uint32_t status);
    // ---- unexpected_text.cpp
    void warn_unexpected(const Call&);
    std::vector<uint32_t> acceptable_steps(const Call&) const;
    std::string why_unexpected(const std::vector<uint32_t>& acceptable);

    // ---- explain.cpp
    struct FailedAction {
        uint64_t call;  // its number
        uint32_t reason, step;
    };
    uint32_t failing_step(const Call&, uint32_t reason) const;
    std::string describe_message() const;  // the one at hand: "486 Busy Here", "BYE"
    void describe_cause(const Call&, Failure&);
    [[gnu::noinline]] void ladder_sent_anew(const Call&, LadderKind, uint32_t step, std::string_view text);
    struct FailedCheck {
        uint64_t call;  // its number
        std::string why;
    };
    std::vector<FailedCheck> failed_checks_;    // by index of the call's frame: rtpcheck, media that was late
    ReportsOfCall streams_at_end_;              // of the call that ends
    std::vector<FailedAction> failed_actions_;  // by index of the call's frame: the last one of the call
    std::vector<size_t> cseq_at_;               // by step, and behind them for all others: where the CSeq stood last

    // Where in a frame, behind its variables and response timers, its other parts lie.
    struct FrameLayout {
        explicit FrameLayout(const gsp_program&, size_t n_lines);
        size_t user_vars, txns, lines, size;
    } layout_;
    // -cid_str: what is the same for all calls, then what is not ('u', 'r', 0: nothing).
    struct CallIdPart {
        std::string text;
        char then = 0;
    };
    std::vector<CallIdPart> call_id_parts_;
    std::string call_id_text_;
    std::map<std::string, Address, std::less<>> hosts_;  // that setdest has looked up
    std::vector<uint32_t> yielded_before_, lost_calls_;
    uint64_t told_open_ = 0;
    std::unique_ptr<char[]> rendered_;
};

inline Engine& engine(gsp_worker* worker) {
    return *static_cast<Engine*>(worker);
}
inline Call& frame(gsp_call* call) {
    return *static_cast<Call*>(call);
}

}  // namespace gsp::rt
