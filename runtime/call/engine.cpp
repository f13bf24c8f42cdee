// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/engine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/call/source_line.h"

namespace gsp::rt {

namespace {

void set_borders(Timing& timing, const uint32_t* borders, uint32_t n) {
    if (n) timing.borders.assign(borders, borders + n);
    timing.classes.assign(n + 1, 0);
}

struct StatusRow {
    Counter counter;
    const char* text;
};
constexpr StatusRow kStatuses[] = {
#define STATUS(id, counter, text) {Counter::counter, text},
#include "runtime/abi/status.def"
};

const StatusRow& status_row(uint32_t status) {
    static constexpr StatusRow kUnknown{Counter::None, "unknown reason"};
    return status < std::size(kStatuses) ? kStatuses[status] : kUnknown;
}

// Ends of a call that close its dialog with ACK, CANCEL or BYE.
bool closes_dialog(uint32_t status) {
    return status == GSP_UNEXPECTED || status == GSP_RECV_TIMEOUT || status == GSP_SEND_TIMEOUT ||
           status == GSP_MAX_RETRANS || status == GSP_ABORTED || status == GSP_BAD_JUMP || status == GSP_TWIN_ABORTED;
}

// Ends that leave no dead call behind.
bool forgets_call(uint32_t status) {
    return status == GSP_STOPPED || status == GSP_BAD_ACK_CSEQ || status == GSP_CANNOT_SEND ||
           status == GSP_CMD_NOT_SENT || status == GSP_REJECTED;
}

}  // namespace

Engine::FrameLayout::FrameLayout(const gsp_program& p, size_t n_lines) {
    // SIPp: a fresh set of <User> variables for each call, unless users (-users) own them: then this one stays unused.
    user_vars = GSP_FRAME_HEADER + p.n_call_vars * sizeof(gsp_value) + p.n_rtds * sizeof(uint64_t);
    txns = user_vars + p.n_user_vars * sizeof(gsp_value);
    lines = txns + p.n_txns * sizeof(TxnState);
    size = lines + n_lines * sizeof(uint32_t);
}

namespace {

template <class T>
T* at_offset(Call& call, size_t offset) {
    return reinterpret_cast<T*>(reinterpret_cast<char*>(&call) + offset);
}

// Does SDP say something that the media of this program needs?
bool reads_sdp(const gsp_program& program, const Shared& common) {
    const MediaConfig& config = common.config.media;
    const bool asks = (config.rtcp || !config.record_dir.empty()) && (program.flags & GSP_PROGRAM_RTP_PORTS);
    return common.media && (asks || (program.flags & GSP_PROGRAM_MEDIA));
}

}  // namespace

TxnState& Engine::txn(Call& call, uint32_t number) {
    return at_offset<TxnState>(call, layout_.txns)[number];
}
uint32_t* Engine::lines(Call& call) {
    return at_offset<uint32_t>(call, layout_.lines);
}
CallExtra& Engine::extra(Call& call) {
    if (!call.extra) call.extra = new (strings.alloc(sizeof(CallExtra))) CallExtra{};
    return *call.extra;
}

Engine::Engine(const gsp_program& p, Part own_part, Shared& common, Statistics& statistics, CommandBus* twins)
    : gsp_worker{},
      role(own_part == Part::Main ? twin_role(p, common.config.twin) : TwinRole::None),
      plays(reads_sdp(p, common)),
      uses_ice((p.flags & GSP_PROGRAM_ICE) && common.media),
      explains(common.config.report.failures != 0),
      loses(loses_messages(p, common.config)),
      ladders(explains),
      program(p),
      part(own_part),
      shared(common),
      config(common.config),
      run(common.run),
      clock(common.clock),
      trace(common.trace),
      tx(common.tx),
      dead(common.dead),
      rng(common.rng),
      hash_seed(common.hash_seed),
      injection(common.state.injection),
      message(common.message),
      stats(statistics),
      bus(twins),
      calls(FrameLayout(p, config.injection.files.size()).size),
      keeper(p),
      retransmits(config.retrans.enabled && !config.net.mode.row().reliable),
      first_conn(shared.transport.has_connections() ? kNoConn : kMainConn),
      layout_(p, config.injection.files.size()),
      rendered_(new char[GSP_MAX_MESSAGE]) {
    pause_ns = config.call.pause_ns;
    recv_timeout_ns = config.timeout.recv_ns;
    now_ns = shared.now_ns;
    stats.start_ns = now_ns;
    stats.steps.resize(p.n_all_steps);
    stats.rtds.resize(p.n_rtds);
    for (uint32_t i = 0; i < p.n_rtds; ++i) set_borders(stats.rtds[i], p.rtds[i].borders, p.rtds[i].n_borders);
    set_borders(stats.call_length, p.length_borders, p.n_length_borders);
    stats.user_counters.resize(p.n_counters);
    cseq_at_.resize(p.n_all_steps + 1);
    transport_name = config.net.mode.row().token;
    branch_prefix = ShortText("z9hG4bK-" + std::to_string(config.pid) + "-");
    local_ip = ip_text(run.local);
    auth_uri = "sip:" + (config.auth.uri.empty() ? ip_bracketed(run.remote) + ":" + std::to_string(run.remote.port)
                                                 : config.auth.uri);
    host_port = endpoint_text(run.local);
}

Engine::~Engine() = default;

// Nobody sees a timewait end, so those of many calls end together: fewer wake-ups.
uint64_t Engine::wait_end(uint32_t step, uint64_t due_ns) const {
    constexpr uint64_t kTogether = 20 * kMillisecond;
    if (program.steps[step].kind != GSP_STEP_TIMEWAIT) return due_ns;
    return (due_ns + kTogether - 1) / kTogether * kTogether;
}

Call* Engine::find_call(uint64_t hash, std::string_view call_id) {
    uint32_t found = index.find(hash, [&](uint32_t i) {
        const PoolText& id = calls.at(i).call_id;
        return id.len == call_id.size() && std::memcmp(id.ptr, call_id.data(), id.len) == 0;
    });
    return found == CallIndex::kNone ? nullptr : &calls.at(found);
}

Call& Engine::new_call(uint64_t number, std::string_view call_id, uint64_t hash, const Address& peer, uint32_t user) {
    Call& call = calls.take();
    call.number = number;
    call.call_id.set(strings, call_id);
    call.hash = hash;
    call.start_ns = now_ns;
    if (start_lags.size() <= call.index) start_lags.resize(call.index + 1);
    start_lags[call.index] = kNoPlan;
    call.cseq = config.call.base_cseq - 1;
    call.peer = peer;
    call.conn = first_conn;
    call.user = user;
    call.user_vars = user ? user_values[user - 1].get() : at_offset<gsp_value>(call, layout_.user_vars);
    if (part == Part::OutOfCall)  // SIPp: it has no lines
        std::fill_n(lines(call), injection.size(), InjectionLines::kNoLine);
    else if (injection.size()) {
        const StepLock whole(shared.state);
        if (const InjectionLines* short_of = injection.choose_lines({lines(call), injection.size()}, user, rng))
            fail_run(short_of->file().path() + " has fewer lines than there are users");
    }
    index.insert(hash, call.index);
    ladders.begin(call.index);
    if (trace.on(TraceFile::CallDebug)) debug_start(call);
    stats.current_calls = calls.live();
    if (stats.current_calls > stats.peak_calls) {
        stats.peak_calls = stats.current_calls;
        stats.peak_ns = now_ns;
    }
    return call;
}

Call* Engine::place_call(std::string_view call_id, const Address& peer) {
    ++started;
    ++count(Counter::OutgoingCall);
    Call& call = new_call(shared.take_number(), call_id, hash_bytes(call_id, hash_seed), peer, 0);
    const uint32_t frame_index = call.index;
    enter(call, 0);
    Call& same = calls.at(frame_index);
    return (same.flags & kCallLive) && same.number == shared.last_number ? &same : nullptr;
}

void Engine::start_call(uint32_t user, uint64_t lag_ns) {
    ++started;
    const uint64_t number = shared.take_number();
    make_call_id(number);
    ++count(Counter::OutgoingCall);
    if (user) {
        if (user_values.size() < user) user_values.resize(user);
        if (!user_values[user - 1]) user_values[user - 1] = std::make_unique<gsp_value[]>(program.n_user_vars);
    }
    Call& call =
        new_call(number, call_id_text_, hash_bytes(call_id_text_, hash_seed), peer_of(shared.targets.current()), user);
    start_lags[call.index] = lag_ns;
    if (program.flags & GSP_PROGRAM_TDMMAP) {
        if (!(extra(call).circuit = circuits.take(rng))) return finish(call, GSP_NO_CIRCUIT);
    }
    enter(call, 0);
}

// SIPp: it has a call of its own, which takes number 1.
void Engine::run_init() {
    if (program.n_all_steps == program.n_steps) return;
    const uint64_t number = shared.take_number();
    make_call_id(number);
    Call& call =
        new_call(number, call_id_text_, hash_bytes(call_id_text_, hash_seed), peer_of(shared.targets.current()), 0);
    const uint32_t frame_index = call.index;
    call.flags |= kCallInit;
    enter(call, program.n_steps + 1);
    while (calls.at(frame_index).flags & kCallLive) {  // a long loop uses up its fuel
        fuel = INT32_MAX;
        enter_yielded();
    }
}

void Engine::enter(Call& call, uint32_t step) {
    const StepLock whole(shared.state);
    const gsp_event event{};
    call.step = step;
    event_ns = now_ns;
    apply(call, run_step(program.entry[step], call, event));
}

void Engine::apply(Call& call, gsp_next next) {
    uint32_t target = GSP_NEXT_PAYLOAD(next);
    if (GSP_NEXT_KIND(next) == GSP_STAY) return resume_blocked(call);
    call.flags &= ~uint32_t{kCallWaitTx | kCallYielded};
    switch (GSP_NEXT_KIND(next)) {
    case GSP_WAIT_MESSAGE:
        call.step = target;
        if (trace.on(TraceFile::CallDebug)) debug_step(call, target);
        if (call.wait_ns)
            waits.arm(call.wait, now_ns + call.wait_ns);
        else
            waits.disarm(call.wait);
        break;
    case GSP_WAIT_TIME:
        call.step = target;
        // Others wait in many small pieces: a nop for its rtpcheck, a send for its candidates.
        if (const uint32_t kind = program.steps[target].kind; kind == GSP_STEP_PAUSE || kind == GSP_STEP_TIMEWAIT) {
            if (trace.on(TraceFile::CallDebug)) debug_pause(call);
            ladder_note(call, LadderKind::Pause, target);
        }
        waits.arm(call.wait, wait_end(target, now_ns + call.wait_ns));
        break;
    case GSP_WAIT_TX:
        call.step = target;
        waits.disarm(call.wait);
        call.flags |= kCallWaitTx;
        break;
    case GSP_GOTO:
        if (call.flags & kCallInit) target += program.n_steps + 1;  // counted from the first step of <init>
        if (target == (call.flags & kCallInit ? program.n_all_steps : program.n_steps)) return finish(call, GSP_OK);
        if (target >= (call.flags & kCallInit ? program.n_all_steps : program.n_steps))
            return finish(call, GSP_BAD_JUMP);
        [[fallthrough]];  // entered in the next turn, so a loop of jumps cannot hold up the others
    case GSP_YIELD:
        call.step = target;
        waits.disarm(call.wait);
        call.flags |= kCallYielded;
        yielded.push_back(call.index);
        break;
    case GSP_FINISH: finish(call, target); break;
    default: finish(call, GSP_BAD_JUMP);
    }
}

void Engine::resume_blocked(Call& call) {
    if (!(call.flags & kCallWaitTx) || (call.flags & GSP_CALL_RETRANS_ARMED)) return;
    enter(call, call.step);
}

void Engine::enter_yielded() {
    yielded_before_.swap(yielded);
    for (uint32_t i : yielded_before_) {
        Call& call = calls.at(i);
        if (!(call.flags & kCallYielded)) continue;  // it ended or moved on meanwhile, or was entered already
        enter(call, call.step);
    }
    yielded_before_.clear();
}

void Engine::on_wait_over(Call& call) {
    const StepLock whole(shared.state);
    gsp_event event{};
    event.kind = GSP_EV_TIMER;
    event_ns = now_ns;
    apply(call, run_step(program.entry[call.step], call, event));
}

std::string_view Engine::status_text(uint32_t status) {
    return status_row(status).text;
}

void Engine::count_status(uint32_t status) {
    Counter counter = status_row(status).counter;
    if (counter != Counter::None) ++count(counter);
}

void Engine::finish(Call& call, uint32_t status) {
    if (call.flags & kCallInit) return destroy(call);
    bool closes = closes_dialog(status);
    const std::span<const StreamReport> streams = judge_media(call, status);
    uint32_t reason = status == GSP_OK ? call.failure : status;
    if (reason == GSP_OK) {
        ++count(Counter::SuccessfulCall);
    } else {
        ++count(Counter::FailedCall);
        count_status(reason);
        bool untold = status == GSP_ABORTED || status == GSP_BAD_JUMP ||
                      status == GSP_MAX_RETRANS;  // the others were warned about
        if (untold && may_warn()) {
            warn("call " + std::string(call.call_id.view()) + " failed " + describe_step(call.step) + ": " +
                 std::string(status_row(reason).text));
        }
    }
    shared.ended_sending = !sent_text.empty();
    const bool debugs = closes && trace.on(TraceFile::CallDebug);
    if (debugs) debug_abort(call);
    if (closes) abort_dialog(call);
    if (debugs) write_debug(call);
    const std::string pcap = reason == GSP_OK ? std::string() : save_packets(call);
    if (explains && reason != GSP_OK) explain(call, reason, pcap);
    if (trace.on(TraceFile::CallRecords)) record_call(call, reason, streams, pcap);
    if (!forgets_call(status)) dead.add(call.hash, now_ns);
    destroy(call);
}

void Engine::destroy(Call& call) {
    if (!(call.flags & kCallInit)) stats.call_length.record(now_ns - call.start_ns);
    waits.disarm(call.wait);
    stop_retransmission(call);
    disconnect(call);
    index.erase(call.hash, call.index);
    ladders.end(call.index);
    for (uint32_t i = 0; i < program.n_call_vars; ++i) release(call.vars()[i]);
    if (call.user)
        freed_users.push_back(call.user);
    else
        for (uint32_t i = 0; i < program.n_user_vars; ++i) release(call.user_vars[i]);
    if (call.extra) {
        for (PoolText* text :
             {&call.extra->routes.routes, &call.extra->routes.target, &call.extra->challenges, &call.extra->crypto})
            text->clear(strings);
        if (call.extra->media) end_media(call);
        if (call.extra->circuit) circuits.release(call.extra->circuit);
        strings.free(reinterpret_cast<char*>(call.extra), sizeof(CallExtra));
    }
    call.call_id.clear(strings);
    call.peer_tag.clear(strings);
    call.last.clear(strings);
    calls.release(call);
    stats.current_calls = calls.live();
}

void Engine::tell_others() {
    const uint64_t current = stats.current_calls;
    const uint64_t more = current - std::exchange(told_open_, current);  // or less: counts wrap
    if (!more) return;
    const uint64_t everywhere = of_workers->open.fetch_add(more, std::memory_order_relaxed) + more;
    if (everywhere <= stats.peak_calls) return;
    stats.peak_calls = everywhere;
    stats.peak_ns = now_ns;
}

void Engine::abort_all() {
    for (uint32_t i = 0; i < calls.size(); ++i)
        if (calls.at(i).flags & kCallLive) finish(calls.at(i), GSP_ABORTED);
}

void Engine::end_all() {
    for (uint32_t i = 0; i < calls.size(); ++i) {
        Call& call = calls.at(i);
        if (!(call.flags & kCallLive)) continue;
        finish(call, program.steps[call.step].kind == GSP_STEP_TIMEWAIT ? GSP_OK : GSP_ABORTED);
    }
}

std::string Engine::describe_step(uint32_t step) const {
    if (step >= program.n_steps) return "at the end";
    const gsp_step& s = program.steps[step];
    const std::string label(s.label.len ? std::string_view(s.label.ptr, s.label.len) : step_kind(s.kind));
    return "in step " + std::to_string(step) + " (`" + label + "`, " + source_line(s.line, s.file) + ")";
}

}  // namespace gsp::rt
