// SPDX-License-Identifier: Apache-2.0
// Lowering of steps: send, recv, pause, timewait and nop become blocks, as docs/abi.md tells when each part runs.
#include <algorithm>
#include <charconv>
#include <limits>

#include "ir/lowering.h"

namespace gsp::ir {
namespace {

bool flag(const ast::Element& e, const char* name, bool otherwise = false) {
    const ast::Attr* a = e.find(name);
    return a && a->number ? *a->number != 0 : otherwise;
}

uint32_t integer(const ast::Element& e, const char* name, uint32_t otherwise) {
    const ast::Attr* a = e.find(name);
    return a && a->number && *a->number >= 0 ? static_cast<uint32_t>(*a->number) : otherwise;
}

}  // namespace

void Lowering::lower_step(const ast::Element& e, uint32_t index) {
    step_ = index;
    Step& s = p_.steps[index];
    s.range = e.name_range;
    std::string_view name = e.spec->name;
    lower_common(e, index);
    if (name == "send")
        lower_send(e, index);
    else if (name == "recv")
        lower_recv(e, index);
    else if (name == "nop")
        lower_nop(e, index);
    else if (name == "sendCmd")
        lower_send_cmd(e, index);
    else if (name == "recvCmd")
        lower_recv_cmd(e, index);
    else
        lower_pause(e, index);
}

// Attributes that every step has; those that only the screen needs go no further than the step table.
void Lowering::lower_common(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    if (const ast::Attr* a = e.find("lost"); a && a->number) s.lost = *a->number;
    if (e.find("crlf")) s.flags |= GSP_STEP_CRLF;
    hiderest_ = flag(e, "hiderest", hiderest_);
    if (flag(e, "hide", hiderest_)) s.flags |= GSP_STEP_HIDE;
    if (flag(e, "ignoresdp")) s.flags |= GSP_STEP_IGNORE_SDP;
    if (const ast::Attr* a = e.find("start_rtd")) s.rtd_start = timer(a->value);
    if (const ast::Attr* a = e.find("rtd")) s.rtd_stop = timer(a->value);
    if (e.find("repeat_rtd") && !e.find("rtd")) diag_.emit(D::RepeatRtdAlone, e.find("repeat_rtd")->name_range);
    if (const ast::Attr* a = e.find("chance"); a && a->number && (*a->number < 0 || *a->number > 1))
        diag_.emit(D::ChanceRange, a->value_range, {a->value});
    for (const char* name : {"test", "chance"})
        if (const ast::Attr* a = e.find(name); a && !e.find("next"))
            diag_.emit(D::IgnoredWithoutNext, a->name_range, {name});
}

void Lowering::bookkeeping(const ast::Element& e, uint32_t index) {
    const Step& s = p_.steps[index];
    if (s.rtd_start != kNone) emit(OpKind::rtd_start, where(e, "start_rtd"), s.rtd_start);
    if (s.rtd_stop != kNone) emit(OpKind::rtd_stop, where(e, "rtd"), s.rtd_stop, flag(e, "repeat_rtd"));
    if (const ast::Attr* a = e.find("counter")) emit(OpKind::count, a->value_range, counter(a->value));
}

// The call leaves the step: `next` if `test` and `chance` allow it, else the step behind.
void Lowering::next_step(const ast::Element& e, uint32_t index) {
    const ast::Attr* next = e.find("next");
    uint32_t target = next ? label(*next) : kNone;
    if (target == kNone) {
        emit(OpKind::enter, e.name_range, behind(index));
        return;
    }
    const ast::Attr* test = e.find("test");
    const ast::Attr* chance = e.find("chance");
    uint32_t otherwise = test || chance ? new_block("not taken") : kNone;
    auto only_if = [&](uint32_t condition, SourceRange loc) {
        uint32_t taken = new_block("taken");
        emit(OpKind::br_if, loc, condition, taken, otherwise);
        block_ = taken;
    };
    if (test)
        only_if(emit(OpKind::is_set, test->value_range, variable(test->value, test->value_range, Use::Read)),
                test->value_range);
    if (chance)
        only_if(emit(OpKind::chance, chance->value_range, 0, 0, 0, chance->number.value_or(1)), chance->value_range);
    emit(OpKind::enter, next->value_range, target);
    if (otherwise != kNone) {
        block_ = otherwise;
        emit(OpKind::enter, e.name_range, behind(index));
    }
}

void Lowering::skip_unless_condexec(const ast::Element& e, uint32_t index) {
    const ast::Attr* cond = e.find("condexec");
    if (!cond) return;
    uint32_t value = emit(OpKind::is_set, cond->value_range, variable(cond->value, cond->value_range, Use::Read));
    if (flag(e, "condexec_inverse")) value = emit(OpKind::not_, cond->value_range, value);
    uint32_t run = new_block("run"), skip = new_block("skip");
    emit(OpKind::br_if, cond->value_range, value, run, skip);
    block_ = skip;
    next_step(e, index);
    block_ = run;
}

// ---- send --------------------

// The first line of a message begins with literal text (checked by the reader): method or status code.
void Lowering::lower_start_line(const ast::Text& text, Step& s) {
    std::string_view line = text.parts.empty() ? std::string_view() : std::string_view(text.parts.front().text);
    std::string_view word = line.substr(0, line.find_first_of(" \n"));
    if (word == "SIP/2.0") {
        std::string_view code = line.substr(word.size());
        while (!code.empty() && code.front() == ' ') code.remove_prefix(1);
        std::from_chars(code.data(), code.data() + code.size(), s.status);
        s.label = std::to_string(s.status);
        return;
    }
    s.method = method(word);
    s.label = word;
    s.flags |= GSP_STEP_REQUEST;
    if (word != "ACK" && word != "CANCEL") s.flags |= GSP_STEP_INC_CSEQ;
}

void Lowering::lower_send(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    s.kind = GSP_STEP_SEND;
    s.retrans_ms = integer(e, "retrans", 0);
    s.timeout_ms = integer(e, "timeout", 0);
    if (const ast::Attr* a = e.find("timeout"); a && !a->variable.empty())
        s.timeout_var = variable(a->variable, a->value_range, Use::ReadNumber);
    if (s.retrans_ms) s.flags |= GSP_STEP_TIMER;
    if (const ast::Attr* a = e.find("ontimeout")) s.on_timeout = label(*a);
    if (e.message) {
        lower_start_line(*e.message, s);
        s.text = lower_text(*e.message, index);
    }
    lower_txn(e, index);
    send_blocks(e, index, OpKind::send);
}

// GSP_ICE_*, by the keywords and the lines of the text; 0: it has no [ice_…].
uint32_t Lowering::ice_of_text(uint32_t text) const {
    uint32_t what = 0;
    bool any = false, lite = false;
    if (text == kNone) return 0;
    for (const Segment& s : p_.texts[text].segments) {
        if (s.kind == Segment::Keyword) {
            any |= s.keyword.starts_with("ice_");
            if (s.keyword.starts_with("ice_audio")) what |= GSP_ICE_AUDIO;
            if (s.keyword.starts_with("ice_video")) what |= GSP_ICE_VIDEO;
        }
        for (const Piece& piece : p_.pieces)
            lite |= s.kind == Segment::RunText && piece.run_text == s.run_text &&
                    piece.literal.find("\na=ice-lite\r") != std::string::npos;
    }
    if (!any) return 0;
    if (!what) what = GSP_ICE_AUDIO;
    return lite ? what | GSP_ICE_LITE : what;
}

// As with an rtpcheck, the step is asked again when the wait is over.
void Lowering::wait_for_candidates(const ast::Element& e, uint32_t index, uint32_t what) {
    const uint32_t ask = new_block("candidates"), wait = new_block("gathered"), go_on = new_block("go on");
    emit(OpKind::br, e.name_range, ask);
    block_ = p_.steps[index].timer = ask;
    emit(OpKind::finish_if, e.name_range, emit(OpKind::ice_wait, e.name_range, index, what), wait);
    block_ = wait;
    emit(OpKind::wait_time, e.name_range, index, go_on);
    block_ = go_on;
}

// SIPp: nothing is sent while a message with `retrans` is unanswered.
void Lowering::send_blocks(const ast::Element& e, uint32_t index, OpKind send) {
    block_ = p_.steps[index].enter = new_block("enter");
    skip_unless_condexec(e, index);
    uint32_t blocked = new_block("blocked"), go = new_block("go"), sent = new_block("sent");
    emit(OpKind::br_if, e.name_range, emit(OpKind::retrans_armed, e.name_range), blocked, go);
    block_ = blocked;
    emit(OpKind::wait_tx, e.name_range, index);
    block_ = go;
    if (const uint32_t what = ice_of_text(p_.steps[index].text)) wait_for_candidates(e, index, what);
    bookkeeping(e, index);
    emit(OpKind::finish_if, e.name_range, emit(send, e.name_range, index), sent);
    block_ = sent;
    lower_actions(e, OnError::Ignore, [&](const ast::Attr* jump) { jump ? go_to_jump(*jump) : next_step(e, index); });
}

// start_txn, ack_txn and response_txn, each where SIPp allows it.
void Lowering::lower_txn(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    bool request = (s.flags & GSP_STEP_REQUEST) != 0, sends = s.kind == GSP_STEP_SEND, ack = s.label == "ACK";
    if (const ast::Attr* a = e.find("start_txn")) {
        if (!sends || !request || ack)
            diag_.emit(D::TxnMisplaced, a->name_range, {"start_txn", "a request other than ACK that is sent"});
        Txn& t = p_.txns[s.txn = txn(*a)];
        t.start = index;
        t.invite |= s.label == "INVITE";
    }
    if (const ast::Attr* a = e.find("ack_txn")) {
        if (!sends || !ack) diag_.emit(D::TxnMisplaced, a->name_range, {"ack_txn", "an ACK that is sent"});
        p_.txns[s.ack_txn = txn(*a)].ack = index;
    }
    if (const ast::Attr* a = e.find("response_txn")) {
        if (sends || request)
            diag_.emit(D::TxnMisplaced, a->name_range, {"response_txn", "a response that is received"});
        p_.txns[s.txn = txn(*a)].has_response = true;
    }
}

// ---- sendCmd, recvCmd (3PCC) --------------------

void Lowering::lower_peer(const ast::Element& e, const char* attr, uint32_t index) {
    using Twin = LowerOptions::Twin;
    const ast::Attr* peer = e.find(attr);
    if (peer) p_.steps[index].peer = peer->value;
    if (options_.twin == Twin::None) diag_.emit(D::NoTwin, e.name_range, {e.spec->name});
    if (options_.twin != Twin::Extended) return;
    if (!peer) {
        diag_.emit(D::MissingPeer, e.name_range, {e.spec->name, attr});
    } else if (std::find(options_.peers.begin(), options_.peers.end(), peer->value) == options_.peers.end()) {
        auto d = diag_.emit(D::UnknownPeer, peer->value_range, {peer->value});
        if (auto near = nearest(peer->value, {options_.peers.begin(), options_.peers.end()}); !near.empty())
            d.note("did you mean `" + std::string(near) + "`?", peer->value_range);
    }
}

void Lowering::lower_send_cmd(const ast::Element& e, uint32_t index) {
    p_.steps[index].kind = GSP_STEP_SEND_CMD;
    lower_peer(e, "dest", index);
    if (e.message) p_.steps[index].text = lower_text(*e.message, kNone);
    send_blocks(e, index, OpKind::send_cmd);
}

void Lowering::lower_recv_cmd(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    s.kind = GSP_STEP_RECV_CMD;
    lower_peer(e, "src", index);
    const ast::Attr* optional = e.find("optional");
    if (optional && optional->value == "true") s.flags |= GSP_STEP_OPTIONAL;
    lower_receive_wait(e, index);
    s.accept = static_cast<uint32_t>(p_.accepts.size());
    p_.accepts.push_back(index);
    block_ = s.take = new_block("take");
    emit(OpKind::recv_cmd, e.name_range, index);
    bookkeeping(e, index);
    lower_actions(e, OnError::Remember, [&](const ast::Attr* jump) {
        if (jump) diag_.emit(D::JumpInRecv, jump->name_range);
        next_step(e, index);
    });
}

// ---- recv --------------------

void Lowering::lower_expected(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    const ast::Attr* request = e.find("request");
    const ast::Attr* response = e.find("response");
    const ast::Attr* matched = e.find("regexp_match");
    const bool by_regex = matched && matched->value == "true";  // SIPp: exactly this word
    if (request && response) diag_.emit(D::RecvBoth, response->name_range);
    if (!request && !response) diag_.emit(D::RecvNothing, e.name_range);
    if (request) {
        s.flags |= GSP_STEP_REQUEST;
        s.label = request->value;
        if (by_regex)
            s.regex = regex(*request, 0);
        else
            s.method = method(request->value);
    } else if (response) {
        lower_response_methods(index);
        s.label = response->value;
        if (by_regex) {
            s.regex = regex(*response, 0);
            return;
        }
        const std::string& text = response->value;
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), s.status);
        if (error != std::errc() || end != text.data() + text.size() || s.status < 100 || s.status > 699)
            diag_.emit(D::BadResponseCode, response->value_range, {text});
    }
}

// SIPp: a response may belong to any request sent above that is not in a transaction of its own.
void Lowering::lower_response_methods(uint32_t index) {
    Step& s = p_.steps[index];
    for (uint32_t i = 0; i < index; ++i) {
        const Step& above = p_.steps[i];
        if (above.kind != GSP_STEP_SEND || !(above.flags & GSP_STEP_REQUEST) || above.txn != kNone ||
            above.ack_txn != kNone)
            continue;
        if (std::find(s.cseq_methods.begin(), s.cseq_methods.end(), above.method) == s.cseq_methods.end())
            s.cseq_methods.push_back(above.method);
    }
}

void Lowering::lower_recv(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    s.kind = GSP_STEP_RECV;
    lower_expected(e, index);
    const ast::Attr* optional = e.find("optional");
    bool is_optional = optional && optional->value != "false";
    if (is_optional) s.flags |= GSP_STEP_OPTIONAL;
    if (optional && optional->value == "global") s.flags |= GSP_STEP_GLOBAL;
    if (flag(e, "rrs")) s.flags |= GSP_STEP_RRS;
    if (flag(e, "auth")) s.flags |= GSP_STEP_AUTH;
    bool advance = flag(e, "advance_state", true);
    if (!advance) {
        s.flags |= GSP_STEP_NO_ADVANCE;
        if (!is_optional) diag_.emit(D::NoAdvanceMandatory, e.find("advance_state")->name_range);
    }
    lower_txn(e, index);
    lower_receive_wait(e, index);
    s.accept = static_cast<uint32_t>(p_.accepts.size());
    p_.accepts.push_back(index);
    lower_take(e, index, is_optional, advance);
}

// The wait of recv and recvCmd, and what happens when it is over.
void Lowering::lower_receive_wait(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    uint32_t timeout = integer(e, "timeout", 0);
    const ast::Attr* timeout_attr = e.find("timeout");
    const bool from_variable = timeout_attr && !timeout_attr->variable.empty();
    if (timeout || from_variable || e.find("ontimeout")) s.flags |= GSP_STEP_TIMER;

    block_ = s.enter = new_block("enter");
    skip_unless_condexec(e, index);
    if (from_variable)
        emit(OpKind::wait_var, timeout_attr->value_range,
             variable(timeout_attr->variable, timeout_attr->value_range, Use::ReadNumber));
    else if (timeout)
        emit(OpKind::wait_for, where(e, "timeout"), 0, 0, 0, timeout);
    else
        emit(OpKind::wait_recv, e.name_range);
    emit(OpKind::wait_message, e.name_range, index);

    block_ = s.timer = new_block("timeout");
    emit(OpKind::recv_timeout, e.name_range, index);
    if (const ast::Attr* a = e.find("ontimeout")) {
        s.on_timeout = label(*a);
        if (s.on_timeout == p_.n_steps)
            emit(OpKind::finish, a->value_range, GSP_TIMEOUT_TO_END);
        else
            emit(OpKind::enter, a->value_range, s.on_timeout);
    } else {
        emit(OpKind::finish, e.name_range, GSP_RECV_TIMEOUT);
    }
}

// A message is taken for this step, wherever the call stands.
void Lowering::lower_take(const ast::Element& e, uint32_t index, bool is_optional, bool advance) {
    block_ = p_.steps[index].take = new_block("take");
    uint32_t lost = new_block("lost"), taken = new_block("taken");
    emit(OpKind::br_if, e.name_range, emit(OpKind::recv_begin, e.name_range, index), lost, taken);
    block_ = lost;
    emit(OpKind::stay, e.name_range);
    block_ = taken;
    bookkeeping(e, index);
    lower_actions(e, OnError::Remember, [&](const ast::Attr* jump) {
        if (jump) diag_.emit(D::JumpInRecv, jump->name_range);
        emit(OpKind::recv_commit, e.name_range, index);
        if (!advance) {
            emit(OpKind::stay, e.name_range);
            return;
        }
        if (const ast::Attr* test = e.find("test"); is_optional && test && e.find("next")) {
            uint32_t set = emit(OpKind::is_set, test->value_range, variable(test->value, test->value_range, Use::Read));
            uint32_t stay = new_block("stay"), leave = new_block("leave");
            emit(OpKind::br_if, test->value_range, set, leave, stay);
            block_ = stay;
            emit(OpKind::stay, e.name_range);
            block_ = leave;
        }
        next_step(e, index);
    });
}

// ---- pause, timewait, nop --------------------

void Lowering::lower_pause(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    bool timewait = std::string_view(e.spec->name) == "timewait";
    s.kind = timewait ? GSP_STEP_TIMEWAIT : GSP_STEP_PAUSE;
    if (timewait) {
        for (const char* name : {"next", "ontimeout"})
            if (const ast::Attr* a = e.find(name)) diag_.emit(D::TimewaitNext, a->name_range, {name});
        if (index + 1 < p_.n_steps) diag_.emit(D::AfterTimewait, e.name_range);
    }
    const ast::Attr* duration = e.find("milliseconds");
    uint32_t sampled = kNone;
    if (const ast::Attr* v = e.find("variable")) {
        s.label = "$" + v->value;
    } else if (sampled = distribution(e); sampled != kNone) {
        const Distribution& d = p_.distributions[sampled];
        s.label = d.text;
        s.longest_ms = std::max(0.0, d.percentile99);
        if (flag(e, "sanity_check", true) && d.percentile99 > std::numeric_limits<int32_t>::max())
            diag_.emit(D::PauseTooLong, e.name_range);
    } else if (duration && !duration->variable.empty()) {
        s.label = "$" + duration->variable;
    } else if (duration && duration->number) {
        s.pause_ms = std::max(0.0, *duration->number);
    }
    if (!s.label.empty()) s.flags |= GSP_STEP_DYNAMIC_PAUSE;

    s.timer = new_block("over");
    block_ = s.enter = new_block("enter");
    skip_unless_condexec(e, index);
    emit(OpKind::step_done, e.name_range, index);
    bookkeeping(e, index);
    const ast::Attr* jump_attr = nullptr;
    lower_actions(e, OnError::Ignore, [&](const ast::Attr* jump) {
        if (jump) jump_attr = jump;
        wait_pause(e, index, sampled);
        emit(OpKind::wait_time, e.name_range, index, s.timer);
    });
    block_ = s.timer;
    if (jump_attr)
        go_to_jump(*jump_attr);
    else
        next_step(e, index);
}

void Lowering::wait_pause(const ast::Element& e, uint32_t index, uint32_t sampled) {
    const ast::Attr *v = e.find("variable"), *duration = e.find("milliseconds");
    double pause_ms = p_.steps[index].pause_ms;
    if (v)
        emit(OpKind::wait_var, v->value_range, variable(v->value, v->value_range, Use::ReadNumber));
    else if (sampled != kNone)
        emit(OpKind::wait_value, e.name_range, emit(OpKind::sample, e.name_range, sampled));
    else if (duration && !duration->variable.empty())
        emit(OpKind::wait_var, duration->value_range,
             variable(duration->variable, duration->value_range, Use::ReadNumber));
    else if (pause_ms >= 0)
        emit(OpKind::wait_for, where(e, "milliseconds"), 0, 0, 0, pause_ms);
    else
        emit(OpKind::wait_pause, e.name_range);
    if (restores_pauses_) emit(OpKind::pause_resume, e.name_range);
}

void Lowering::lower_nop(const ast::Element& e, uint32_t index) {
    Step& s = p_.steps[index];
    s.kind = GSP_STEP_NOP;
    const ast::Attr* display = e.find("display");
    s.label = display ? display->value : "";
    block_ = s.enter = new_block("enter");
    skip_unless_condexec(e, index);
    emit(OpKind::step_done, e.name_range, index);
    bookkeeping(e, index);
    lower_actions(e, OnError::Remember, [&](const ast::Attr* jump) { jump ? go_to_jump(*jump) : next_step(e, index); });
}

}  // namespace gsp::ir
