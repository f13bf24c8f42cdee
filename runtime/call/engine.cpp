// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/engine.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "runtime/base/hash.h"
#include "runtime/call/source_line.h"
#include "runtime/keywords/transport_name.h"

namespace gsp::rt {

namespace {

uint64_t choose_seed(uint64_t seed) {
    if (seed) return seed;
    std::random_device device;
    return uint64_t{device()} << 32 | device();
}

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
T* part(Call& call, size_t offset) {
    return reinterpret_cast<T*>(reinterpret_cast<char*>(&call) + offset);
}

}  // namespace

TxnState& Engine::txn(Call& call, uint32_t number) {
    return part<TxnState>(call, layout_.txns)[number];
}
uint32_t* Engine::lines(Call& call) {
    return part<uint32_t>(call, layout_.lines);
}
CallExtra& Engine::extra(Call& call) {
    if (!call.extra) call.extra = new (strings.alloc(sizeof(CallExtra))) CallExtra{};
    return *call.extra;
}

Engine::Engine(const gsp_program& p, const RunConfig& c, const RunText& r, Clock& k, Transport& t, Trace& log,
               CommandBus* twins)
    : gsp_worker{},
      role(twin_role(p, c.twin)),
      program(p),
      config(c),
      run(r),
      clock(k),
      transport(t),
      trace(log),
      bus(twins),
      calls(FrameLayout(p, c.injection.files.size()).size),
      dead(c.call.deadcall_wait_ns),
      tx(t, stats.counters, now_ns),
      rng(choose_seed(c.seed)),
      hash_seed(rng.next()),
      keeper(p),
      dynamic_id(c.call.dynamic_start),
      layout_(p, c.injection.files.size()),
      rendered_(new char[GSP_MAX_MESSAGE]) {
    pause_ns = c.call.pause_ns;
    recv_timeout_ns = c.timeout.recv_ns;
    now_ns = clock.read_ns();
    stats.start_ns = now_ns;
    stats.steps.resize(p.n_all_steps);
    stats.rtds.resize(p.n_rtds);
    for (uint32_t i = 0; i < p.n_rtds; ++i) set_borders(stats.rtds[i], p.rtds[i].borders, p.rtds[i].n_borders);
    set_borders(stats.call_length, p.length_borders, p.n_length_borders);
    stats.user_counters.resize(p.n_counters);
    transport_name = rt::transport_name(c.net);
    branch_prefix = "z9hG4bK-" + std::to_string(c.pid) + "-";
    local_ip = ip_text(r.local);
    auth_uri = "sip:" + (c.auth.uri.empty() ? ip_bracketed(r.remote) + ":" + std::to_string(r.remote.port) : c.auth.uri);
    host_port = ip_bracketed(r.local) + ":" + std::to_string(r.local.port);
}

Engine::~Engine() = default;

Result<void> Engine::prepare() {
    auto texts = RunTexts::join(program, run);
    if (!texts) return texts.error();
    run_texts = std::move(*texts);
    auto compiled = Regexes::compile(program);
    if (!compiled) return compiled.error();
    regexes = std::move(*compiled);
    if (auto opened = open_injection(); !opened) return opened.error();
    global_values.resize(program.n_global_vars);
    globals = global_values.data();
    if (program.flags & GSP_PROGRAM_TDMMAP) {
        if (!config.tdm.circuits) return Error{"the scenario uses [tdmmap]: -tdmmap is needed"};
        circuits.open(config.tdm.circuits);
    }
    for (const auto& [name, value] : config.call.sets) {
        const gsp_var* end = program.vars + program.n_vars;
        const gsp_var* found = std::find_if(program.vars, end, [&, &wanted = name](const gsp_var& v) {
            return (v.slot & GSP_SCOPE_MASK) == GSP_SCOPE_GLOBAL && std::string_view(v.name.ptr, v.name.len) == wanted;
        });
        if (found == end) return Error{"-set: the scenario has no global variable `" + name + "`"};
        set_text(global_values[found->slot & ~GSP_SCOPE_MASK], GSP_STR, value);
    }
    return {};
}

Result<void> Engine::open_injection() {
    for (const auto& file : config.injection.files)
        if (auto added = injection.add(file.path, file.may_be_default); !added) return added.error();
    for (const auto& [name, field] : config.injection.indexes)
        if (auto built = injection.build_index(name, field, hash_seed); !built) return built.error();
    for (uint32_t i = 0; i < program.n_files; ++i) {
        const std::string_view name{program.files[i].ptr, program.files[i].len};
        const uint32_t found = name.empty() ? injection.default_file() : injection.find(name);
        if (found == InjectionFiles::kNoFile)
            return Error{"the scenario reads " + (name.empty() ? "an injection file" : "the injection file `" + std::string(name) + "`") +
                         ": -inf is needed"};
        injection_files.push_back(found);
    }
    return {};
}

void Engine::make_call_id(uint64_t number) {
    call_id_text_.clear();
    const std::string& format = config.call.call_id;
    auto append = [&](uint64_t value) {
        char digits[20];
        call_id_text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    };
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            call_id_text_ += format[i];
            continue;
        }
        switch (format[++i]) {
        case 'u': append(number); break;
        case 'p': append(config.pid); break;
        case 's': call_id_text_ += local_ip; break;
        case 'r': append(rng.below(uint64_t{1} << 31)); break;
        default: call_id_text_ += '%';  // SIPp drops the letter
        }
    }
}

// Nobody sees a timewait end, so those of many calls end together: fewer wake-ups.
uint64_t Engine::wait_end(uint32_t step, uint64_t due_ns) const {
    constexpr uint64_t kTogether = 20 * kMillisecond;
    if (program.steps[step].kind != GSP_STEP_TIMEWAIT) return due_ns;
    return (due_ns + kTogether - 1) / kTogether * kTogether;
}

Call* Engine::find_call(uint64_t hash, std::string_view call_id) {
    uint32_t found = index.find(hash, [&](uint32_t i) { return calls.at(i).call_id.view() == call_id; });
    return found == CallIndex::kNone ? nullptr : &calls.at(found);
}

Call& Engine::new_call(std::string_view call_id, uint64_t hash, const Address& peer, uint32_t user) {
    Call& call = calls.take();
    call.number = ++numbers;
    call.call_id.set(strings, call_id);
    call.hash = hash;
    call.start_ns = now_ns;
    call.cseq = config.call.base_cseq - 1;
    call.peer = peer;
    call.user = user;
    call.user_vars = user ? user_values[user - 1].get()
                          : part<gsp_value>(call, layout_.user_vars);
    if (injection.size())
        if (const InjectionLines* short_of = injection.choose_lines({lines(call), injection.size()}, user, rng))
            fail_run(short_of->file().path() + " has fewer lines than there are users");
    index.insert(hash, call.index);
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
    Call& call = new_call(call_id, hash_bytes(call_id, hash_seed), peer, 0);
    const uint32_t frame_index = call.index;
    enter(call, 0);
    Call& same = calls.at(frame_index);
    return (same.flags & kCallLive) && same.number == numbers ? &same : nullptr;
}

void Engine::start_call(uint32_t user) {
    ++started;
    make_call_id(numbers + 1);
    ++count(Counter::OutgoingCall);
    if (user) {
        if (user_values.size() < user) user_values.resize(user);
        if (!user_values[user - 1]) user_values[user - 1] = std::make_unique<gsp_value[]>(program.n_user_vars);
    }
    Call& call = new_call(call_id_text_, hash_bytes(call_id_text_, hash_seed), run.remote, user);
    if (program.flags & GSP_PROGRAM_TDMMAP) {
        if (!(extra(call).circuit = circuits.take(rng))) return finish(call, GSP_NO_CIRCUIT);
    }
    enter(call, 0);
}

// SIPp: it has a call of its own, which takes number 1.
void Engine::run_init() {
    if (program.n_all_steps == program.n_steps) return;
    make_call_id(numbers + 1);
    Call& call = new_call(call_id_text_, hash_bytes(call_id_text_, hash_seed), run.remote, 0);
    const uint32_t frame_index = call.index;
    call.flags |= kCallInit;
    enter(call, program.n_steps + 1);
    while (calls.at(frame_index).flags & kCallLive) {  // a long loop uses up its fuel
        fuel = INT32_MAX;
        enter_yielded();
    }
}

void Engine::enter(Call& call, uint32_t step) {
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
        if (trace.on(TraceFile::CallDebug)) debug_pause(call);
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
    gsp_event event{};
    event.kind = GSP_EV_TIMER;
    event_ns = now_ns;
    apply(call, run_step(program.entry[call.step], call, event));
}

void Engine::count_status(uint32_t status) {
    Counter counter = status_row(status).counter;
    if (counter != Counter::None) ++count(counter);
}

void Engine::finish(Call& call, uint32_t status) {
    if (call.flags & kCallInit) return destroy(call);
    bool closes = closes_dialog(status);
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
    const bool debugs = closes && trace.on(TraceFile::CallDebug);
    if (debugs) debug_abort(call);
    if (closes) abort_dialog(call);
    if (debugs) write_debug(call);
    if (!forgets_call(status)) dead.add(call.hash, now_ns);
    destroy(call);
}

void Engine::destroy(Call& call) {
    if (!(call.flags & kCallInit)) stats.call_length.record(now_ns - call.start_ns);
    waits.disarm(call.wait);
    stop_retransmission(call);
    index.erase(call.hash, call.index);
    for (uint32_t i = 0; i < program.n_call_vars; ++i) release(call.vars()[i]);
    if (call.user)
        freed_users.push_back(call.user);
    else
        for (uint32_t i = 0; i < program.n_user_vars; ++i) release(call.user_vars[i]);
    if (call.extra) {
        for (PoolText* text : {&call.extra->routes.routes, &call.extra->routes.target, &call.extra->challenges,
                               &call.extra->crypto_keys})
            text->clear(strings);
        if (call.extra->circuit) circuits.release(call.extra->circuit);
        strings.free(reinterpret_cast<char*>(call.extra), sizeof(CallExtra));
    }
    call.call_id.clear(strings);
    call.peer_tag.clear(strings);
    call.last.clear(strings);
    calls.release(call);
    stats.current_calls = calls.live();
}

void Engine::abort_all() {
    for (uint32_t i = 0; i < calls.size(); ++i)
        if (calls.at(i).flags & kCallLive) finish(calls.at(i), GSP_ABORTED);
}

bool Engine::may_warn() {
    constexpr uint32_t kWrittenPerSecond = 1000;
    ++count(Counter::Warnings);
    if (now_ns / kSecond != warning_second_) {
        warning_second_ = now_ns / kSecond;
        warnings_in_second_ = 0;
    }
    return ++warnings_in_second_ <= kWrittenPerSecond;
}

std::string Engine::describe_step(uint32_t step) const {
    if (step >= program.n_steps) return "at the end";
    const gsp_step& s = program.steps[step];
    return "in step " + std::to_string(step) + " (`" + std::string(s.label.ptr, s.label.len) + "`, " +
           source_line(s.line, s.file) + ")";
}

}  // namespace gsp::rt
