// SPDX-License-Identifier: Apache-2.0
#include "test/sim/hand_program.h"

#include <cstdlib>
#include <map>

#include "runtime/abi/signature.h"
#include "runtime/call/engine.h"

namespace gsp::test {

namespace {

const HandProgram& program_of(gsp_worker* w) {
    return static_cast<const HandProgram&>(rt::engine(w).program);
}

bool expects(const gsp_program& p, uint32_t step, const gsp_event& event) {
    const gsp_step& s = p.steps[step];
    if (s.kind != GSP_STEP_RECV) return false;
    if (s.flags & GSP_STEP_REQUEST) return (event.flags & GSP_EVF_REQUEST) && event.method == s.method;
    return (event.flags & GSP_EVF_RESPONSE) && event.status == s.status &&
           (step == 0 || (s.cseq_methods >> event.cseq_method & 1));
}

gsp_next enter(gsp_worker* w, gsp_call* c, uint32_t step) {
    const gsp_event event{};
    const gsp_program& p = program_of(w);
    return step < p.n_steps ? p.entry[step].function(w, c, &event, p.entry[step].constants)
                            : GSP_NEXT(GSP_FINISH, GSP_OK);
}

gsp_next go_on(gsp_worker* w, gsp_call* c, uint32_t step) {
    uint32_t next = program_of(w).hand_step(step).next;
    if (next == GSP_NONE) return enter(w, c, step + 1);
    if (next <= step && --w->fuel <= 0) return GSP_NEXT(GSP_YIELD, next);  // a jump backwards takes fuel
    return enter(w, c, next);
}

void keep_time(gsp_worker* w, gsp_call* c, const HandStep& s) {
    if (s.rtd_start != GSP_NONE) gsp_rtd_start(w, c, s.rtd_start);
    if (s.rtd_stop != GSP_NONE) gsp_rtd_stop(w, c, s.rtd_stop, 0);
}

gsp_next accept(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t step) {
    const HandStep& s = program_of(w).hand_step(step);
    if (gsp_recv_begin(w, c, event, step)) return GSP_NEXT(GSP_STAY, 0);
    keep_time(w, c, s);
    if (s.action) {
        if (uint32_t status = s.action(w, c, event)) {
            if (status == GSP_STOPPED) return GSP_NEXT(GSP_FINISH, status);
            c->failure = status;
        }
    }
    gsp_recv_commit(w, c, event, step);
    return go_on(w, c, step);
}

gsp_next accept_optional_before(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t step) {
    const gsp_program& p = program_of(w);
    for (uint32_t j = step; j-- > 0 && (p.steps[j].flags & GSP_STEP_OPTIONAL);)
        if (expects(p, j, *event)) return accept(w, c, event, j);
    return GSP_NEXT(GSP_UNMATCHED, 0);
}

gsp_next recv_entry(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t i) {
    const HandProgram& p = program_of(w);
    const HandStep& s = p.hand_step(i);
    if (event->kind == GSP_EV_ENTER) {
        c->wait_ns = s.timeout_ns ? s.timeout_ns : w->recv_timeout_ns;
        return GSP_NEXT(GSP_WAIT_MESSAGE, i);
    }
    if (event->kind == GSP_EV_TIMER) {
        gsp_recv_timeout(w, c, i);
        if (s.on_timeout == GSP_NONE) return GSP_NEXT(GSP_FINISH, GSP_RECV_TIMEOUT);
        return s.on_timeout == p.n_steps ? GSP_NEXT(GSP_FINISH, GSP_TIMEOUT_TO_END) : enter(w, c, s.on_timeout);
    }
    for (uint32_t j = i; j < p.n_steps; ++j) {
        if (expects(p, j, *event)) return accept(w, c, event, j);
        if (!(p.steps[j].flags & GSP_STEP_OPTIONAL)) break;
    }
    return accept_optional_before(w, c, event, i);
}

gsp_next send_entry(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t i) {
    const HandStep& s = program_of(w).hand_step(i);
    if (event->kind != GSP_EV_ENTER) return GSP_NEXT(GSP_UNMATCHED, 0);
    if (c->flags & GSP_CALL_RETRANS_ARMED) return GSP_NEXT(GSP_WAIT_TX, i);
    keep_time(w, c, s);
    if (uint32_t status = gsp_send(w, c, i)) return GSP_NEXT(GSP_FINISH, status);
    if (s.action) s.action(w, c, event);
    return go_on(w, c, i);
}

gsp_next accept_command(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t step) {
    const HandStep& s = program_of(w).hand_step(step);
    gsp_recv_cmd(w, c, step);
    keep_time(w, c, s);
    if (uint32_t status = s.action ? s.action(w, c, event) : uint32_t{GSP_OK}) c->failure = status;
    return go_on(w, c, step);
}

gsp_next send_cmd_entry(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t i) {
    if (event->kind != GSP_EV_ENTER) return GSP_NEXT(GSP_UNMATCHED, 0);
    if (c->flags & GSP_CALL_RETRANS_ARMED) return GSP_NEXT(GSP_WAIT_TX, i);
    keep_time(w, c, program_of(w).hand_step(i));
    if (uint32_t status = gsp_send_cmd(w, c, i)) return GSP_NEXT(GSP_FINISH, status);
    return go_on(w, c, i);
}

gsp_next pause_entry(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t i) {
    if (event->kind == GSP_EV_MESSAGE) return accept_optional_before(w, c, event, i);
    if (event->kind == GSP_EV_TIMER) return go_on(w, c, i);
    gsp_step_done(w, c, i);
    c->wait_ns = program_of(w).hand_step(i).timeout_ns;
    return c->wait_ns ? GSP_NEXT(GSP_WAIT_TIME, i) : go_on(w, c, i);
}

gsp_next nop_entry(gsp_worker* w, gsp_call* c, const gsp_event* event, uint32_t i) {
    if (event->kind != GSP_EV_ENTER) return GSP_NEXT(GSP_UNMATCHED, 0);
    gsp_step_done(w, c, i);
    const HandStep& s = program_of(w).hand_step(i);
    if (uint32_t status = s.action ? s.action(w, c, event) : uint32_t{GSP_OK}) {
        if (status == GSP_STOPPED) return GSP_NEXT(GSP_FINISH, status);
        c->failure = status;
    }
    return go_on(w, c, i);
}

// The constants of a step are its index.
gsp_next entry(gsp_worker* w, gsp_call* c, const gsp_event* event, const uint64_t* constants) {
    const auto i = static_cast<uint32_t>(*constants);
    switch (program_of(w).steps[i].kind) {
    case GSP_STEP_SEND: return send_entry(w, c, event, i);
    case GSP_STEP_RECV:
    case GSP_STEP_RECV_CMD: return recv_entry(w, c, event, i);
    case GSP_STEP_SEND_CMD: return send_cmd_entry(w, c, event, i);
    case GSP_STEP_PAUSE:
    case GSP_STEP_TIMEWAIT: return pause_entry(w, c, event, i);
    default: return nop_entry(w, c, event, i);
    }
}
gsp_next accept_step(gsp_worker* w, gsp_call* c, const gsp_event* event, const uint64_t* constants) {
    const auto i = static_cast<uint32_t>(*constants);
    return event->kind == GSP_EV_COMMAND ? accept_command(w, c, event, i) : accept(w, c, event, i);
}

gsp_text text_of(const std::string& s) {
    return {s.data(), static_cast<uint32_t>(s.size())};
}

std::string with_crlf(const std::string& text) {
    std::string out;
    for (char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

}  // namespace

HandStep send(std::string text) {
    HandStep s;
    s.step.kind = GSP_STEP_SEND;
    s.label = text.substr(0, text.find(' '));
    if (s.label == "SIP/2.0") {
        s.label = text.substr(8, 3);
        s.step.status = static_cast<uint32_t>(std::atoi(s.label.c_str()));
    } else {
        s.step.method = rt::sip::find_method(s.label);
        s.step.flags = GSP_STEP_REQUEST;
        if (s.label != "ACK" && s.label != "CANCEL") s.step.flags |= GSP_STEP_INC_CSEQ;
    }
    s.text = std::move(text);
    return s;
}

HandStep recv_request(const std::string& method) {
    HandStep s;
    s.label = method;
    s.step.kind = GSP_STEP_RECV;
    s.step.flags = GSP_STEP_REQUEST;
    s.step.method = rt::sip::find_method(method);
    return s;
}

HandStep recv_response(uint32_t status) {
    HandStep s;
    s.label = std::to_string(status);
    s.step.kind = GSP_STEP_RECV;
    s.step.status = status;
    return s;
}

HandStep pause(uint64_t ns) {
    HandStep s;
    s.label = "pause";
    s.step.kind = GSP_STEP_PAUSE;
    s.step.pause_ms = static_cast<double>(ns) / 1e6;
    s.timeout_ns = ns;
    return s;
}

HandStep nop(Action action) {
    HandStep s;
    s.label = "nop";
    s.step.kind = GSP_STEP_NOP;
    s.action = std::move(action);
    return s;
}

HandStep send_cmd(std::string text, std::string dest) {
    HandStep s;
    s.label = "sendCmd";
    s.step.kind = GSP_STEP_SEND_CMD;
    s.text = std::move(text);
    s.peer = std::move(dest);
    return s;
}

HandStep recv_cmd(std::string src) {
    HandStep s;
    s.label = "recvCmd";
    s.step.kind = GSP_STEP_RECV_CMD;
    s.peer = std::move(src);
    return s;
}

HandProgram::HandProgram(bool client, std::vector<HandStep> given) : gsp_program{}, hand_steps_(std::move(given)) {
    abi_major = GSP_ABI_MAJOR;
    size_of_this = sizeof(gsp_program);
    frame_hash = abi::frame_hash();
    flags = client ? uint32_t{GSP_PROGRAM_CLIENT} : 0;
    unexpected_step = GSP_NONE, unexpected_return = unexpected_pause = GSP_NO_VAR;
    std::fill(std::begin(default_texts), std::end(default_texts), GSP_NONE);
    uint64_t sent_methods = 0;
    for (HandStep& s : hand_steps_) {
        uint32_t i = static_cast<uint32_t>(steps_.size());
        s.step.label = text_of(s.label);
        s.step.line = 10 * (i + 1);
        s.step.text = s.step.accept = s.step.txn = s.step.ack_txn = s.step.regex = s.step.command = GSP_NONE;
        s.step.timeout_var = GSP_NO_VAR;
        s.step.on_timeout = s.on_timeout;
        s.step.peer = text_of(s.peer);
        if (s.step.lost == 0) s.step.lost = -1;
        const bool sends_command = s.step.kind == GSP_STEP_SEND_CMD;
        if (sends_command || s.step.kind == GSP_STEP_RECV_CMD) {
            if (sends_command && !(flags & GSP_PROGRAM_COMMANDS)) flags |= GSP_PROGRAM_COMMAND_FIRST;
            flags |= GSP_PROGRAM_COMMANDS;
        }
        if (sends_command || s.step.kind == GSP_STEP_SEND) {
            s.step.text = add(with_crlf(s.text), i);
            if (s.step.flags & GSP_STEP_REQUEST) sent_methods |= uint64_t{1} << s.step.method;
        }
        if (s.step.kind == GSP_STEP_RECV || s.step.kind == GSP_STEP_RECV_CMD) {
            s.step.accept = i;
            s.step.cseq_methods = sent_methods;
        }
        steps_.push_back(s.step);
    }
    uint32_t command = GSP_NONE;  // the step that takes a command
    for (uint32_t i = static_cast<uint32_t>(steps_.size()); i-- > 0; steps_[i].command = command) {
        if (steps_[i].kind == GSP_STEP_RECV_CMD)
            command = i;
        else if (steps_[i].kind != GSP_STEP_NOP && !(steps_[i].flags & GSP_STEP_OPTIONAL))
            command = GSP_NONE;
    }
    finish();
}

void HandProgram::finish() {
    n_steps = n_all_steps = static_cast<uint32_t>(steps_.size());
    n_accepts = n_steps;
    n_texts = static_cast<uint32_t>(texts_.size());
    n_segments = static_cast<uint32_t>(segments_.size());
    n_keywords = static_cast<uint32_t>(keywords_.size());
    n_pieces = static_cast<uint32_t>(pieces_.size());
    n_run_texts = pieces_.empty() ? 0 : pieces_.back().run_text + 1;
    n_late = static_cast<uint32_t>(late_.size());
    n_regexes = static_cast<uint32_t>(regexes_.size());
    n_vars = static_cast<uint32_t>(vars_.size());
    rtds_.assign(n_rtds, gsp_rtd{});
    entries_.clear();
    accepts_.clear();
    indices_.resize(n_steps);
    for (uint32_t i = 0; i < n_steps; ++i) {
        indices_[i] = i;
        entries_.push_back({gsp::test::entry, &indices_[i]});
        accepts_.push_back({accept_step, &indices_[i]});
    }
    entry = entries_.data();
    accepts = accepts_.data();
    texts = texts_.data();
    segments = segments_.data();
    keywords = keywords_.data();
    steps = steps_.data();
    pieces = pieces_.data();
    late = late_.data();
    regexes = regexes_.data();
    rtds = rtds_.data();
    vars = vars_.data();
    kept_headers = kept_;
}

void HandProgram::add_piece(const std::string& literal, const std::string& keyword) {
    bool joins = segments_.size() > texts_.back().first && segments_.back().kind == GSP_SEGMENT_RUN_AFTER_VALUE;
    if (!joins) {
        gsp_segment segment{};
        segment.kind = GSP_SEGMENT_RUN_AFTER_VALUE;
        segment.index = pieces_.empty() ? 0 : pieces_.back().run_text + 1;
        segments_.push_back(segment);
    }
    gsp_piece piece{};
    piece.run_text = segments_.back().index;
    piece.literal = text_of(strings_.emplace_back(literal));
    piece.keyword = text_of(strings_.emplace_back(keyword));
    pieces_.push_back(piece);
}

void HandProgram::add_keyword(const std::string& word, uint32_t step) {
    static const std::map<std::string, gsp_keyword_fn> functions{{"call_id", gsp_kw_call_id},
                                                                 {"call_number", gsp_kw_call_number},
                                                                 {"branch", gsp_kw_branch},
                                                                 {"cseq", gsp_kw_cseq},
                                                                 {"peer_tag_param", gsp_kw_peer_tag_param},
                                                                 {"routes", gsp_kw_routes},
                                                                 {"next_url", gsp_kw_next_url},
                                                                 {"userid", gsp_kw_userid},
                                                                 {"last_message", gsp_kw_last_message},
                                                                 {"last_Request_URI", gsp_kw_last_request_uri},
                                                                 {"msg_index", gsp_kw_msg_index},
                                                                 {"dynamic_id", gsp_kw_dynamic_id},
                                                                 {"last_cseq_number", gsp_kw_last_cseq_number},
                                                                 {"clock_tick", gsp_kw_clock_tick},
                                                                 {"date", gsp_kw_date},
                                                                 {"timestamp", gsp_kw_timestamp},
                                                                 {"auto_media_port", gsp_kw_auto_media_port}};
    gsp_segment segment{};
    segment.kind = GSP_SEGMENT_KEYWORD;
    segment.index = static_cast<uint32_t>(keywords_.size());
    segment.arg.step = step;
    segment.arg.index = GSP_NONE;
    if (word == "len") {
        segment.kind = GSP_SEGMENT_LEN_FROM_START;
    } else if (word[0] == '$') {
        segment.kind = GSP_SEGMENT_VARIABLE;
        segment.index = static_cast<uint32_t>(std::atoi(word.c_str() + 1));
    } else if (auto found = functions.find(word); found != functions.end()) {
        keywords_.push_back(found->second);
    } else if (word.rfind("last_", 0) == 0) {
        keywords_.push_back(gsp_kw_last_header);
        const std::string& header = strings_.emplace_back(word.substr(5));
        segment.arg.text = text_of(header);
        rt::sip::Header id = rt::sip::find_header(header.substr(0, header.find(':')));
        if (id != rt::sip::Header::Unknown) segment.arg.index = static_cast<uint32_t>(id);
    } else {
        return add_piece("", word);
    }
    segments_.push_back(segment);
}

uint32_t HandProgram::add(const std::string& text, uint32_t step) {
    texts_.push_back({static_cast<uint32_t>(segments_.size()), 0, 0});
    for (size_t at = 0; at < text.size();) {
        size_t open = std::min(text.find('[', at), text.size());
        if (open > at) add_piece(text.substr(at, open - at), "");
        if (open == text.size()) break;
        size_t close = text.find(']', open);
        add_keyword(text.substr(open + 1, close - open - 1), step);
        at = close + 1;
    }
    texts_.back().count = static_cast<uint32_t>(segments_.size()) - texts_.back().first;
    return static_cast<uint32_t>(texts_.size() - 1);
}

uint32_t HandProgram::add_text(const std::string& text) {
    uint32_t index = add(text, GSP_NONE);
    finish();
    return index;
}

void HandProgram::add_late(uint32_t step, uint32_t resend) {
    late_.push_back({step, resend == GSP_NONE ? GSP_LATE_ACCEPT : GSP_LATE_RESEND, resend});
    finish();
}

void HandProgram::add_regex(const std::string& pattern, uint32_t groups, bool posix) {
    gsp_regex regex{};
    regex.source = regex.pattern = text_of(strings_.emplace_back(pattern));
    regex.groups = groups;
    regex.posix = posix;
    regexes_.push_back(regex);
    finish();
}

void HandProgram::add_global(const std::string& variable, uint32_t index) {
    vars_.push_back({text_of(strings_.emplace_back(variable)), uint32_t{GSP_SCOPE_GLOBAL} | index});
    finish();
}

namespace {

std::string request(const std::string& method, const std::string& cseq, const std::string& body) {
    return method +
           " sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n"
           "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
           "From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]\n"
           "To: [service] <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]\n"
           "Call-ID: [call_id]\nCSeq: " +
           cseq + " " + method +
           "\n"
           "Contact: <sip:sipp@[local_ip]:[local_port]>\nMax-Forwards: 70\nContent-Length: [len]\n\n" +
           body;
}

std::string response(const std::string& status, const std::string& tag) {
    return "SIP/2.0 " + status + "\n[last_Via:]\n[last_From:]\n[last_To:]" + tag +
           "\n[last_Call-ID:]\n[last_CSeq:]\nContact: "
           "<sip:[local_ip]:[local_port];transport=[transport]>\nContent-Length: 0\n\n";
}

}  // namespace

std::vector<HandStep> uac_steps(uint64_t hold_ns) {
    return {send(request("INVITE", "1", "v=0\ns=-\n")).retrans(500).starts(0),
            recv_response(100).optional(),
            recv_response(180).optional(),
            recv_response(200).stops(0),
            send(request("ACK", "1", "")),
            pause(hold_ns),
            send(request("BYE", "2", "")).retrans(500),
            recv_response(200)};
}

std::vector<HandStep> uas_steps(uint64_t timewait_ns) {
    return {recv_request("INVITE"),
            send(response("180 Ringing", ";tag=[pid]SIPpTag01[call_number]")),
            send(response("200 OK", ";tag=[pid]SIPpTag01[call_number]")).retrans(500),
            recv_request("ACK").optional(),
            recv_request("BYE"),
            send(response("200 OK", "")),
            pause(timewait_ns)};
}

}  // namespace gsp::test
