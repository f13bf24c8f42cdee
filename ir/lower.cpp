// SPDX-License-Identifier: Apache-2.0
// Lowering of a scenario as a whole: numbering, settings, and the tables over all steps.
#include "ir/lower.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "ir/lowering.h"
#include "ir/print.h"

namespace gsp::ir {
namespace {

constexpr const char* kMethods[] = {
    "",
#define METHOD(name) #name,
#include "runtime/abi/methods.def"
};
constexpr uint32_t kKnownMethods = std::size(kMethods);
constexpr uint32_t kMaxOwnMethods = 1000;

struct HeaderRow {
    const char* name;
    char compact;
};
constexpr HeaderRow kHeaders[] = {
#define HEADER(id, name, compact) {name, compact},
#include "runtime/abi/headers.def"
};

bool equal_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return tolower(x) == tolower(y); });
}

std::vector<std::string_view> split(std::string_view list) {
    std::vector<std::string_view> out;
    for (size_t at = 0;;) {
        size_t comma = list.find(',', at);
        out.push_back(list.substr(at, comma - at));
        if (comma == std::string_view::npos) return out;
        at = comma + 1;
    }
}

SourceRange part_range(const ast::Attr& attr, std::string_view part) {
    // The value as it stands in the file and its decoded form agree unless entities were used: then the whole value is
    // the place.
    if (attr.value_range.length != attr.value.size()) return attr.value_range;
    auto offset = static_cast<uint32_t>(part.data() - attr.value.data());
    return {attr.value_range.begin + offset, static_cast<uint32_t>(part.size())};
}

bool is_step(const ast::Element& e) {
    return e.spec->kind == ElementKind::Step;
}

}  // namespace

uint32_t find_header(std::string_view name) {
    for (uint32_t i = 0; i < std::size(kHeaders); ++i)
        if (equal_case(name, kHeaders[i].name) || (name.size() == 1 && tolower(name[0]) == kHeaders[i].compact))
            return i;
    return kNone;
}

uint32_t Program::count(VarScope scope) const {
    return static_cast<uint32_t>(
        std::count_if(vars.begin(), vars.end(), [&](const Var& v) { return v.scope == scope; }));
}

const Var* Program::var(uint32_t slot) const {
    auto it = std::find_if(vars.begin(), vars.end(), [&](const Var& v) { return v.slot == slot; });
    return it == vars.end() ? nullptr : &*it;
}

// ---- names --------------------

uint32_t Lowering::variable(std::string_view name, SourceRange range, Use use, VarType written) {
    if (name.empty() || name.find_first_of("$,") != std::string_view::npos) {
        diag_.emit(D::BadVariableName, range, {std::string(name)});
        return 0;
    }
    auto it = var_index_.find(name);
    if (it == var_index_.end()) {
        Var var;
        var.name = name;
        var.slot = p_.count(VarScope::Call) | GSP_SCOPE_CALL;
        var.first = range;
        if (name.front() == ' ' || name.back() == ' ') diag_.emit(D::BlankInVariableName, range, {std::string(name)});
        it = var_index_.emplace(name, static_cast<uint32_t>(p_.vars.size())).first;
        p_.vars.push_back(std::move(var));
    }
    Var& var = p_.vars[it->second];
    if (!mentions_.emplace(it->second, range.begin).second) return var.slot;
    var.mentions++;
    if (use != Use::Mention) uses_.push_back({it->second, step_, use == Use::Write, range});
    if (use == Use::Read || use == Use::ReadNumber) {
        if (var.reads++ == 0) var.first_read = range;
    }
    if (use == Use::Write) {
        var.writes++;
        if ((var.slot & GSP_SCOPE_MASK) == GSP_SCOPE_GLOBAL && !in_init()) p_.flags |= GSP_PROGRAM_CHANGES_SHARED;
        var.type = var.type == VarType::None || var.type == written ? written : VarType::Mixed;
    }
    return var.slot;
}

std::vector<uint32_t> Lowering::variable_list(const ast::Attr& attr, VarType written) {
    std::vector<uint32_t> slots;
    for (std::string_view name : split(attr.value))
        slots.push_back(variable(name, part_range(attr, name), Use::Write, written));
    return slots;
}

void Lowering::declare(const ast::Attr& list, VarScope scope) {
    for (std::string_view name : split(list.value)) {
        SourceRange range = part_range(list, name);
        if (scope == VarScope::Call) {  // <Reference>
            auto it = var_index_.find(name);
            if (it == var_index_.end()) {
                diag_.emit(D::UnknownVariable, range, {std::string(name)});
            } else {
                p_.vars[it->second].mentions++;
                p_.vars[it->second].referenced = true;
            }
            continue;
        }
        bool known = var_index_.contains(name);
        variable(name, range, Use::Mention);
        auto it = var_index_.find(name);
        if (known || it == var_index_.end()) continue;  // declared before, or no name at all
        Var& var = p_.vars[it->second];
        var.slot = p_.count(scope) | (scope == VarScope::User ? GSP_SCOPE_USER : GSP_SCOPE_GLOBAL);
        var.scope = scope;
    }
}

uint32_t Lowering::label(const ast::Attr& attr) {
    const auto& labels = in_init() ? init_labels_ : labels_;
    auto it = labels.find(attr.value);
    if (it != labels.end()) return it->second;
    auto d = diag_.emit(D::UndefinedLabel, attr.value_range, {attr.value});
    std::vector<std::string_view> names;
    for (auto& [name, step] : labels) names.push_back(name);
    if (std::string_view near = nearest(attr.value, names); !near.empty())
        d.note("did you mean `" + std::string(near) + "`?", attr.value_range);
    return kNone;
}

uint32_t Lowering::timer(std::string_view name) {
    if (name == "false") return kNone;
    if (name == "true") name = "1";
    auto it = std::find_if(p_.rtds.begin(), p_.rtds.end(), [&](const Rtd& r) { return r.name == name; });
    if (it == p_.rtds.end()) it = p_.rtds.insert(it, Rtd{std::string(name), {}});
    return static_cast<uint32_t>(it - p_.rtds.begin());
}

uint32_t Lowering::counter(std::string_view name) {
    auto it = std::find(p_.counters.begin(), p_.counters.end(), name);
    if (it == p_.counters.end()) it = p_.counters.insert(it, std::string(name));
    return static_cast<uint32_t>(it - p_.counters.begin());
}

uint32_t Lowering::method(std::string_view name) {
    for (uint32_t i = 1; i < kKnownMethods; ++i)
        if (name == kMethods[i]) return i;
    auto it = std::find(p_.methods.begin(), p_.methods.end(), name);
    if (it == p_.methods.end()) {
        if (p_.methods.size() == kMaxOwnMethods)
            diag_.emit(D::TooManyMethods, p_.steps[step_].range, {std::to_string(kMaxOwnMethods)});
        it = p_.methods.insert(it, std::string(name));
    }
    return GSP_METHOD_FIRST_OWN + static_cast<uint32_t>(it - p_.methods.begin());
}

uint32_t Lowering::txn(const ast::Attr& attr) {
    auto it = std::find_if(p_.txns.begin(), p_.txns.end(), [&](const Txn& t) { return t.name == attr.value; });
    if (it == p_.txns.end()) {
        it = p_.txns.insert(it, Txn{});
        it->name = attr.value;
        it->first = attr.value_range;
    }
    return static_cast<uint32_t>(it - p_.txns.begin());
}

uint32_t Lowering::regex(const ast::Attr& attr, unsigned wanted) {
    TranslatedRegex t = translate_regex(attr.value, wanted);
    if (!t.error.empty()) diag_.emit(D::BadRegex, attr.value_range, {t.error});
    if (!t.dubious.empty()) diag_.emit(D::DubiousRegex, attr.value_range, {t.dubious});
    p_.regexes.push_back({attr.value, t.pattern, t.posix, t.why_posix, t.groups, attr.value_range});
    return static_cast<uint32_t>(p_.regexes.size() - 1);
}

// ---- blocks --------------------

uint32_t Lowering::new_block(std::string name) {
    p_.blocks.push_back({std::move(name), {}});
    return static_cast<uint32_t>(p_.blocks.size() - 1);
}

uint32_t Lowering::emit(OpKind kind, SourceRange loc, uint32_t a, uint32_t b, uint32_t c, double num) {
    std::vector<Op>& ops = p_.blocks[block_].ops;
    ops.push_back({kind, a, b, c, num, loc});
    return static_cast<uint32_t>(ops.size() - 1);
}

SourceRange Lowering::where(const ast::Element& e, const char* attr) const {
    const ast::Attr* a = e.find(attr);
    return a ? a->value_range : e.name_range;
}

// ---- the whole --------------------

void Lowering::number_steps() {
    auto number = [&](const std::vector<ast::Element>& elements, uint32_t step, auto& labels) {
        for (const ast::Element& e : elements) {
            if (is_step(e)) step++;
            if (e.spec->kind != ElementKind::Mark) continue;
            const ast::Attr* id = e.find("id");
            if (id && !labels.emplace(id->value, step).second)
                diag_.emit(D::DuplicateLabel, id->value_range, {id->value});
        }
        return step;
    };
    p_.n_steps = number(in_.children, 0, labels_);
    uint32_t all = p_.n_steps + 1;
    for (const ast::Element& e : in_.children)
        if (e.spec->kind == ElementKind::Block) all = number(e.children, all, init_labels_);
    for (auto& [name, step] : init_labels_)  // behind the last step: the end
        if (step == all) step = p_.n_steps;
    p_.steps.resize(all == p_.n_steps + 1 ? p_.n_steps : all);
    if (p_.steps.size() > p_.n_steps) p_.steps[p_.n_steps].kind = GSP_STEP_END;
}

bool Lowering::optional(size_t i) const {
    const Step& s = p_.steps[i];
    return (s.kind == GSP_STEP_RECV || s.kind == GSP_STEP_RECV_CMD) && (s.flags & GSP_STEP_OPTIONAL);
}

void Lowering::lower_default_message(const ast::Element& e) {
    constexpr std::string_view kIds[] = {
#define DEFAULT_MESSAGE(name, id) id,
#include "runtime/abi/default_messages.def"
#undef DEFAULT_MESSAGE
    };
    const ast::Attr* id = e.find("id");
    if (!id || !e.message) return;
    for (size_t i = 0; i < std::size(kIds); ++i)
        if (kIds[i] == id->value) p_.default_texts[i] = lower_text(*e.message, kNone);
}

void Lowering::lower_settings(const ast::Element& e) {
    std::string_view name = e.spec->name;
    if (name == "DefaultMessage") return lower_default_message(e);
    if (name == "ResponseTimeRepartition" || name == "CallLengthRepartition") {
        const ast::Attr* value = e.find("value");
        if (!value) return;
        std::vector<uint32_t> borders;
        for (std::string_view item : split(value->value)) {
            std::string_view digits = item;
            while (!digits.empty() && isspace(static_cast<unsigned char>(digits.front()))) digits.remove_prefix(1);
            while (!digits.empty() && isspace(static_cast<unsigned char>(digits.back()))) digits.remove_suffix(1);
            uint32_t ms = 0;
            auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
            if (error != std::errc() || end != digits.data() + digits.size())
                diag_.emit(D::BadBorder, part_range(*value, item), {std::string(item)});
            else
                borders.push_back(ms);
        }
        std::sort(borders.begin(), borders.end());
        if (name == "CallLengthRepartition")
            p_.length_borders = borders;
        else
            for (Rtd& rtd : p_.rtds) rtd.borders = borders;  // SIPp: only timers that are defined above it
        return;
    }
    if (const ast::Attr* list = e.find("variables"))
        declare(*list, name == "Global" ? VarScope::Global : name == "User" ? VarScope::User : VarScope::Call);
}

// SIPp: the first message, or command of a twin, tells who begins; pauses and nops do not.
void Lowering::set_modes() {
    bool begun = false;
    for (uint32_t i = 0; i < p_.n_steps; ++i) {
        const gsp_step_kind kind = p_.steps[i].kind;
        const bool command = kind == GSP_STEP_SEND_CMD || kind == GSP_STEP_RECV_CMD;
        if (!command && kind != GSP_STEP_SEND && kind != GSP_STEP_RECV) continue;
        const bool sends = kind == GSP_STEP_SEND || kind == GSP_STEP_SEND_CMD;
        if (!std::exchange(begun, true) && sends) p_.flags |= GSP_PROGRAM_CLIENT;
        if (!command || (p_.flags & GSP_PROGRAM_COMMANDS)) continue;
        p_.flags |= GSP_PROGRAM_COMMANDS;
        if (sends) p_.flags |= GSP_PROGRAM_COMMAND_FIRST;
    }
    if (!begun) diag_.emit(p_.n_steps == 0 ? D::NoSteps : D::NoMode, in_.range);
}

void Lowering::build_windows() {
    for (size_t i = 0; i < p_.n_steps; ++i) {
        std::vector<uint32_t>& window = p_.steps[i].window.steps;
        for (size_t k = i; k < p_.n_steps && (p_.steps[k].kind == GSP_STEP_RECV || optional(k)); ++k) {
            if (p_.steps[k].kind == GSP_STEP_RECV) window.push_back(static_cast<uint32_t>(k));
            if (!optional(k)) break;
        }
        for (size_t k = i; k-- > 0 && optional(k);)
            if (p_.steps[k].kind == GSP_STEP_RECV) window.push_back(static_cast<uint32_t>(k));
    }
}

// SIPp: a command is taken by the first recvCmd from the present step on; only nops and optional steps are passed over.
void Lowering::build_commands() {
    uint32_t next = kNone;
    for (uint32_t i = p_.n_steps; i-- > 0;) {
        if (p_.steps[i].kind == GSP_STEP_RECV_CMD)
            next = i;
        else if (p_.steps[i].kind != GSP_STEP_NOP && !optional(i))
            next = kNone;
        p_.steps[i].command = next;
    }
}

void Lowering::find_unexpected_label() {
    auto label = labels_.find("_unexp.main");
    if (label == labels_.end()) return;
    p_.unexpected_step = label->second;
    for (auto [name, slot] :
         {std::pair("_unexp.retaddr", &p_.unexpected_return), std::pair("_unexp.pausedaddr", &p_.unexpected_pause)})
        if (auto it = var_index_.find(std::string_view(name)); it != var_index_.end()) *slot = p_.vars[it->second].slot;
}

// SIPp refuses transactions that are not whole.
void Lowering::check_txns() {
    for (const Txn& t : p_.txns) {
        if (t.start == kNone)
            diag_.emit(D::TxnNeverStarted, t.first, {t.name});
        else if (!t.has_response)
            diag_.emit(D::TxnNoResponse, t.first, {t.name});
        else if (t.invite != (t.ack != kNone))
            diag_.emit(t.invite ? D::TxnNoAck : D::TxnAckOfNonInvite, t.first, {t.name});
    }
}

// What SIPp's backward search still does for a step that is not adjoining: global ones are taken, a final response to
// INVITE whose ACK follows makes that ACK go out again.
void Lowering::build_late() {
    for (uint32_t i = 0; i < p_.n_steps; ++i) {
        const Step& s = p_.steps[i];
        if (s.kind != GSP_STEP_RECV) continue;
        if (s.flags & GSP_STEP_GLOBAL)
            p_.late.push_back({i, GSP_LATE_ACCEPT});
        else if (s.txn != kNone)
            p_.late.push_back({i, GSP_LATE_TXN, p_.txns[s.txn].ack});
        else if (!(s.flags & GSP_STEP_REQUEST) && i + 1 < p_.n_steps && p_.steps[i + 1].kind == GSP_STEP_SEND &&
                 p_.steps[i + 1].label == "ACK")
            p_.late.push_back({i, GSP_LATE_RESEND, i + 1});
    }
}

void Lowering::set_kept_headers() {
    auto keep = [&](uint32_t id) { p_.kept_headers[id / 64] |= uint64_t{1} << (id % 64); };
    for (const Text& text : p_.texts)
        for (const Segment& s : text.segments) {
            if (s.kind != Segment::Keyword) continue;
            if (s.function == "gsp_kw_last_message") p_.flags |= GSP_PROGRAM_KEEP_MESSAGE;
            if (s.function == "gsp_kw_last_request_uri") keep(find_header("To"));
            if (s.function == "gsp_kw_last_cseq_number") keep(find_header("CSeq"));
            if (s.function != "gsp_kw_last_header") continue;
            if (s.arg.index != kNone)
                keep(s.arg.index);
            else {
                std::string name = s.arg_text;
                if (!name.empty() && name.back() == ':') name.pop_back();
                if (std::find(p_.kept_names.begin(), p_.kept_names.end(), name) == p_.kept_names.end())
                    p_.kept_names.push_back(name);
            }
        }
    if (p_.flags & GSP_PROGRAM_CLIENT)  // a call that is aborted sends ACK, CANCEL or BYE made from them
        for (const char* name : {"Via", "From", "To", "CSeq"}) keep(find_header(name));
}

void Lowering::find_pauserestore() {
    auto look = [&](const std::vector<ast::Element>& elements) {
        for (const ast::Element& e : elements)
            for (const ast::Element& action : e.actions)
                restores_pauses_ |= std::string_view(action.spec->name) == "pauserestore";
    };
    look(in_.children);
    for (const ast::Element& e : in_.children) look(e.children);
}

void Lowering::lower_steps() {
    uint32_t step = 0, init_step = p_.n_steps + 1;
    for (const ast::Element& e : in_.children) {
        if (is_step(e)) {
            lower_step(e, step++);
        } else if (e.spec->kind == ElementKind::Block) {
            for (const ast::Element& child : e.children)
                if (is_step(child)) lower_step(child, init_step++);
        } else if (std::string_view name = e.spec->name; e.spec->kind == ElementKind::Setting &&
                                                         (name.ends_with("Repartition") || name == "DefaultMessage")) {
            step_ = kNone;
            lower_settings(e);
        }
    }
}

Program Lowering::run() {
    p_.name = in_.name;
    p_.source = file_.name();
    p_.file = &file_;
    number_steps();
    find_pauserestore();
    // Declarations apply to the whole scenario wherever they stand, but not Reference, which looks for names.
    for (const ast::Element& e : in_.children)
        if (std::string_view name = e.spec->name; name == "Global" || name == "User") lower_settings(e);
    lower_steps();
    for (const ast::Element& e : in_.children)
        if (std::string_view(e.spec->name) == "Reference") lower_settings(e);
    set_modes();
    build_windows();
    build_commands();
    check_txns();
    build_late();
    find_unexpected_label();
    set_kept_headers();
    for (Step& s : p_.steps)  // sets of method names are complete only now
        std::sort(s.cseq_methods.begin(), s.cseq_methods.end());
    return std::move(p_);
}

// Elements that could not be understood are missing in the tree: what uses variables and follows receptions cannot be
// judged then.
bool has_gaps(const Diag& diag) {
    return std::any_of(diag.all().begin(), diag.all().end(), [](const Diagnostic& d) {
        return d.id == D::UnknownElement || d.id == D::UnknownAction || d.id == D::UnknownTemplate;
    });
}

std::optional<Program> lower(const ast::Scenario& scenario, const SourceFile& file, Diag& diag,
                             const LowerOptions& options) {
    bool gaps = has_gaps(diag);
    Lowering lowering(scenario, file, diag, options);
    Program program = lowering.run();
    if (!gaps) {
        check_flow(program, diag);
        check_variables(program, diag);
        check_paths(program, lowering.uses(), diag);
    }
    check_responses(program, diag);
    check_messages(scenario, program, diag);
    check_timers(program, diag);
    if (!diag.ok()) return std::nullopt;
    fold(program);
    return program;
}

}  // namespace gsp::ir
