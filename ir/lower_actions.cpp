// SPDX-License-Identifier: Apache-2.0
// Lowering of the actions of a step. Row-driven ones become call_rt; those that are arithmetic, tests or control flow
// have a function here.
#include <algorithm>
#include <bit>
#include <cstring>

#include "ir/distribution.h"
#include "ir/lowering.h"

namespace gsp::ir {
namespace {

constexpr ActionRow kActions[] = {
#define OUT(n, r) "u"
#define OUTNUM(n, r) "u"
#define OUTBOOL(n, r) "u"
#define IN(n, r) "u"
#define INOUT(n, r) "u"
#define TEXT(n, r) "u"
#define FLAG(n, r) "u"
#define NUM(n, r) "d"
#define INT(n, r) "i"
#define ACTION(element, function, ...) {#element, #function, "" __VA_ARGS__},
#define ACTION_CUSTOM(element, ...) {#element, nullptr, ""},
#include "runtime/abi/actions.def"
#undef OUT
#undef OUTNUM
#undef OUTBOOL
#undef IN
#undef INOUT
#undef TEXT
#undef FLAG
#undef NUM
#undef INT
};

bool on(const ast::Element& e, const char* name) {
    const ast::Attr* a = e.find(name);
    return a && a->number.value_or(0) != 0;
}

}  // namespace

const ActionRow& action_row(uint32_t index) {
    return kActions[index];
}

void Lowering::lower_actions(const ast::Element& step, OnError on_error,
                             const std::function<void(const ast::Attr*)>& after) {
    if (step.actions.empty()) return after(nullptr);
    struct Leave {
        uint32_t block;
        const ast::Attr* jump;
    };
    std::vector<Leave> leaves;
    Actions actions{new_block("leave"), on_error};
    for (const ast::Element& action : step.actions) {
        const ast::Attr* jump = actions.jump;
        lower_action(action, actions);
        if (actions.stopped) break;  // nothing behind stop_call is executed
        if (actions.jump == jump) continue;
        leaves.push_back({actions.leave, jump});  // later failures leave the list with the jump in force
        actions.leave = new_block("leave with jump");
    }
    if (!actions.stopped) emit(OpKind::br, step.name_range, actions.leave);
    leaves.push_back({actions.leave, actions.jump});
    for (const Leave& leave : leaves) {
        block_ = leave.block;
        after(leave.jump);
    }
}

void Lowering::lower_action(const ast::Element& e, Actions& actions) {
    std::string_view name = e.spec->name;
    if (name == "rtpcheck") return lower_rtp_check(e, actions);
    if (e.spec->row_driven) return lower_row_driven(e, actions);
    if (name == "add") return lower_arithmetic(e, OpKind::add);
    if (name == "subtract") return lower_arithmetic(e, OpKind::sub);
    if (name == "multiply") return lower_arithmetic(e, OpKind::mul);
    if (name == "divide") return lower_arithmetic(e, OpKind::div);
    if (name == "assign") return lower_assign(e);
    if (name == "test") return lower_test(e, actions);
    if (name == "strcmp") return lower_strcmp(e, actions);
    if (name == "ereg") return lower_ereg(e, actions);
    if (name == "exec") return lower_exec(e, actions);
    if (name == "gettimeofday") return lower_gettimeofday(e);
    if (name == "sample") return lower_sample(e);
    if (name == "index") return lower_index(e);
    if (name == "pauserestore") return lower_pauserestore(e);
    if (name == "rtp_echo") return lower_rtp_echo(e);
    if (name == "jump" && one_of(e, "value", "variable"))
        actions.jump = e.find("value") ? e.find("value") : e.find("variable");
}

// ---- pieces --------------------

bool Lowering::one_of(const ast::Element& e, const char* a, const char* b) {
    if (e.find(a) && e.find(b))
        diag_.emit(D::BothOperands, e.find(b)->name_range, {a, b});
    else if (!e.find(a) && !e.find(b))
        diag_.emit(D::NoOperand, e.name_range, {e.spec->name, a, b});
    else
        return true;
    return false;
}

uint32_t Lowering::number_operand(const ast::Element& e, const char* variable_name, const char* value_name) {
    if (!one_of(e, value_name, variable_name)) return kNone;
    if (const ast::Attr* value = e.find(value_name))
        return emit(OpKind::const_num, value->value_range, 0, 0, 0, value->number.value_or(0));
    const ast::Attr* v = e.find(variable_name);
    return emit(OpKind::load_num, v->value_range, variable(v->value, v->value_range, Use::ReadNumber));
}

// An action failed: the list ends here; on receptions and nops the call will count as failed.
void Lowering::leave_if(uint32_t failed, gsp_status status, SourceRange loc, Actions& actions) {
    uint32_t fail = new_block("failed"), go_on = new_block("go on");
    emit(OpKind::br_if, loc, failed, fail, go_on);
    block_ = fail;
    if (actions.on_error == OnError::Remember) emit(OpKind::fail, loc, status);
    emit(OpKind::br, loc, actions.leave);
    block_ = go_on;
}

bool Lowering::checks(const ast::Element& e, bool& inverse) {
    inverse = on(e, "check_it_inverse");
    if (inverse && on(e, "check_it")) diag_.emit(D::BothChecks, e.find("check_it_inverse")->name_range);
    return inverse || on(e, "check_it");
}

void Lowering::go_to_jump(const ast::Attr& jump) {
    if (!jump.number) {
        emit(OpKind::enter_var, jump.value_range,
             emit(OpKind::load_num, jump.value_range, variable(jump.value, jump.value_range, Use::ReadNumber)));
        return;
    }
    const uint32_t first = in_init() ? p_.n_steps + 1 : 0;
    const uint32_t steps = in_init() ? static_cast<uint32_t>(p_.steps.size()) - first : p_.n_steps;
    const double wanted = *jump.number;
    if (wanted < 0 || wanted > steps || wanted != static_cast<double>(static_cast<uint32_t>(wanted))) {
        diag_.emit(D::JumpOutOfRange, jump.value_range, {jump.value, std::to_string(steps)});
        emit(OpKind::enter, jump.value_range, p_.n_steps);
        return;
    }
    const uint32_t target = first + static_cast<uint32_t>(wanted);
    if (target == step_) diag_.emit(D::JumpToItself, jump.value_range);
    emit(OpKind::enter, jump.value_range, target == first + steps ? p_.n_steps : target);
}

// ---- one function an action --------------------

void Lowering::after_status(const ast::Element& e, uint32_t status, Actions& actions) {
    uint32_t go_on = new_block("go on");
    emit(actions.on_error == OnError::Remember ? OpKind::fail_if : OpKind::br_if, e.name_range, status, actions.leave,
         go_on);
    block_ = go_on;
}

// SIPp crashes where there is none.
void Lowering::need_message(const ast::Element& e, const char* attr) {
    if (step_ == kNone) return;
    const gsp_step_kind kind = p_.steps[step_].kind;
    if (kind == GSP_STEP_RECV || kind == GSP_STEP_SEND || kind == GSP_STEP_RECV_CMD) return;
    diag_.emit(D::NoMessageHere, where(e, attr),
               {kind == GSP_STEP_NOP        ? "nop"
                : kind == GSP_STEP_SEND_CMD ? "sendCmd"
                                            : "pause"});
}

void Lowering::lower_row_driven(const ast::Element& e, Actions& actions) {
    const std::string_view name = e.spec->name;
    if (name == "verifyauth") need_message(e, "assign_to");
    if (name == "insert" || name == "replace") p_.flags |= GSP_PROGRAM_CHANGES_SHARED;
    if (name == "lookup" || name == "insert" || name == "replace") {
        const ast::Attr* file = e.find("file");  // with a keyword in it, it is known only at run time
        if (file && file->value.find('[') == std::string::npos) injection_file(file->value, file->value_range);
    }
    after_status(e, call_row(e), actions);
}

uint32_t Lowering::call_row(const ast::Element& e) {
    std::vector<uint64_t> args;  // texts and variables may append to p_.args
    for (const AttrSpec& spec : e.spec->attrs) {
        const ast::Attr* a = e.find(spec.name);
        switch (spec.kind) {
        case AttrKind::In: args.push_back(a ? variable(a->value, a->value_range, Use::Read) : GSP_NO_VAR); break;
        case AttrKind::Out:
        case AttrKind::InOut:
        case AttrKind::OutNum:
        case AttrKind::OutBool: {
            VarType type = spec.kind == AttrKind::OutNum    ? VarType::Num
                           : spec.kind == AttrKind::OutBool ? VarType::Bool
                                                            : VarType::Str;
            args.push_back(a ? variable(a->value, a->value_range, Use::Write, type) : GSP_NO_VAR);
            break;
        }
        case AttrKind::Text: args.push_back(a && a->text ? lower_text(*a->text, kNone) : kNone); break;
        case AttrKind::Num: args.push_back(std::bit_cast<uint64_t>(a ? a->number.value_or(0) : 0.0)); break;
        default: args.push_back(a ? static_cast<uint64_t>(static_cast<int64_t>(a->number.value_or(0))) : 0);
        }
    }
    auto first = static_cast<uint32_t>(p_.args.size());
    p_.args.insert(p_.args.end(), args.begin(), args.end());
    return emit(OpKind::call_rt, e.name_range, e.spec->action, first, static_cast<uint32_t>(args.size()));
}

void Lowering::lower_arithmetic(const ast::Element& e, OpKind kind) {
    const ast::Attr* to = e.find("assign_to");
    if (!to) return;
    uint32_t slot = variable(to->value, to->value_range, Use::Write, VarType::Num);
    uint32_t old_value = emit(OpKind::load_num, to->value_range, slot);
    uint32_t operand = number_operand(e, "variable", "value");
    if (operand == kNone) return;
    const ast::Attr* value = e.find("value");
    if (kind == OpKind::div && value && value->number == 0.0) diag_.emit(D::DivideByZero, value->value_range);
    emit(OpKind::store_num, e.name_range, slot, emit(kind, e.name_range, old_value, operand, slot));
}

void Lowering::lower_assign(const ast::Element& e) {
    const ast::Attr* to = e.find("assign_to");
    uint32_t operand = number_operand(e, "variable", "value");
    if (!to || operand == kNone) return;
    emit(OpKind::store_num, e.name_range, variable(to->value, to->value_range, Use::Write, VarType::Num), operand);
}

void Lowering::lower_test(const ast::Element& e, Actions& actions) {
    const ast::Attr *to = e.find("assign_to"), *compare = e.find("compare"), *left = e.find("variable");
    if (!to || !compare || !left) return;
    constexpr std::string_view kWords[] = {"equal",     "not_equal",          "greater_than",
                                           "less_than", "greater_than_equal", "less_than_equal"};
    uint32_t predicate = 0;
    while (predicate < std::size(kWords) && kWords[predicate] != compare->value) predicate++;
    if (predicate == std::size(kWords)) return;  // the reader has said so
    uint32_t a = emit(OpKind::load_num, left->value_range, variable(left->value, left->value_range, Use::ReadNumber));
    uint32_t b = number_operand(e, "variable2", "value");
    bool inverse = false, check = checks(e, inverse);
    uint32_t slot = variable(to->value, to->value_range, Use::Write, VarType::Bool);
    if (b == kNone) return;
    uint32_t result = emit(OpKind::cmp, e.name_range, a, b, predicate);
    if (!check) {
        emit(OpKind::store_bool, e.name_range, slot, result);
        return;
    }
    // SIPp: when the check fails the variable is not written.
    uint32_t failed = inverse ? result : emit(OpKind::not_, e.name_range, result);
    leave_if(failed, inverse ? GSP_TEST_MATCH : GSP_TEST_NO_MATCH, e.name_range, actions);
    emit(OpKind::store_bool, e.name_range, slot, emit(OpKind::const_bool, e.name_range, !inverse));
}

void Lowering::lower_strcmp(const ast::Element& e, Actions& actions) {
    const ast::Attr *left = e.find("variable"), *to = e.find("assign_to"), *value = e.find("value"),
                    *other = e.find("variable2");
    bool inverse = false, check = checks(e, inverse);
    if (!left || !one_of(e, "value", "variable2")) return;
    if (!to && !check) diag_.emit(D::NoOperand, e.name_range, {"strcmp", "assign_to", "check_it"});
    uint32_t slot = variable(left->value, left->value_range, Use::Read);
    uint32_t text = value && value->text ? lower_text(*value->text, kNone) : kNone;
    uint32_t slot2 = other ? variable(other->value, other->value_range, Use::Read) : GSP_NO_VAR;
    uint32_t result = emit(OpKind::strcmp, e.name_range, slot, text, slot2);
    if (to)
        emit(OpKind::store_num, e.name_range, variable(to->value, to->value_range, Use::Write, VarType::Num), result);
    if (!check) return;
    uint32_t zero = emit(OpKind::const_num, e.name_range, 0, 0, 0, 0);
    uint32_t failed = emit(OpKind::cmp, e.name_range, result, zero,
                           static_cast<uint32_t>(inverse ? Compare::Equal : Compare::NotEqual));
    leave_if(failed, inverse ? GSP_STRCMP_MATCH : GSP_STRCMP_NO_MATCH, e.name_range, actions);
}

void Lowering::lower_ereg(const ast::Element& e, Actions& actions) {
    const ast::Attr *pattern = e.find("regexp"), *to = e.find("assign_to"), *where_attr = e.find("search_in");
    if (!pattern || !to) return;
    bool case_indep = on(e, "case_indep"), inverse = false, check = checks(e, inverse);
    std::string_view where_text = where_attr ? std::string_view(where_attr->value) : "msg";
    Ereg ereg;
    ereg.where = where_text == "hdr"    ? GSP_IN_HDR
                 : where_text == "body" ? GSP_IN_BODY
                 : where_text == "var"  ? GSP_IN_VAR
                                        : GSP_IN_MSG;
    // case_indep is about the header's name, not about the expression.
    if (case_indep) ereg.flags |= GSP_EREG_CASE_INDEP;
    if (on(e, "start_line")) ereg.flags |= GSP_EREG_START_LINE;
    if (check) ereg.flags |= inverse ? GSP_EREG_CHECK_INVERSE : GSP_EREG_CHECK;
    ereg.assign = variable_list(*to, VarType::Match);
    ereg.regex = regex(*pattern, static_cast<unsigned>(ereg.assign.size()));
    for (const char* name : {"occurence", "occurrence"})
        if (const ast::Attr* a = e.find(name); a && a->number && *a->number >= 1)
            ereg.occurrence = static_cast<uint32_t>(*a->number);
    if (ereg.where == GSP_IN_HDR) {
        if (const ast::Attr* header = e.find("header"))
            ereg.header = header->value;
        else
            diag_.emit(D::MissingForSearch, e.name_range, {"hdr", "header"});
    }
    if (ereg.where == GSP_IN_VAR) {
        if (const ast::Attr* v = e.find("variable"))
            ereg.variable = variable(v->value, v->value_range, Use::Read);
        else
            diag_.emit(D::MissingForSearch, e.name_range, {"var", "variable"});
    } else {
        need_message(e, "search_in");
    }
    uint32_t groups = p_.regexes[ereg.regex].groups;
    if (ereg.assign.size() > groups + 1) {
        std::string has = groups == 0 ? "no group" : groups == 1 ? "1 group" : std::to_string(groups) + " groups";
        diag_.emit(D::GroupCount, to->value_range, {has, std::to_string(ereg.assign.size())})
            .note("the first variable takes the whole match, each further one a group", to->value_range);
    }
    uint32_t status = emit(OpKind::ereg, e.name_range, static_cast<uint32_t>(p_.eregs.size()));
    p_.eregs.push_back(std::move(ereg));
    if (check) after_status(e, status, actions);
}

// SIPp looks at the attributes in the order of exec.def, int_cmd behind command; the first present counts.
void Lowering::lower_exec(const ast::Element& e, Actions& actions) {
    struct Row {
        const char* attribute;
        bool from_file;
    };
    constexpr Row kRows[] = {
#define EXEC(attribute, from_file) {#attribute, from_file != 0},
#include "runtime/abi/exec.def"
#undef EXEC
    };
    const ast::Attr* int_cmd = e.find("int_cmd");
    for (uint32_t row = 0; row < std::size(kRows); ++row) {
        if (row == GSP_EXEC_command + 1 && int_cmd) return lower_int_cmd(*int_cmd, actions);
        const ast::Attr* a = e.find(kRows[row].attribute);
        if (!a || !a->text) continue;
        if (row != GSP_EXEC_command) p_.flags |= GSP_PROGRAM_MEDIA;
        if (kRows[row].from_file) note_media_file(*a);
        if (row != GSP_EXEC_command && a->value.find('[') == a->value.npos)
            p_.media_values.push_back({row, a->value, a->value_range});
        if (row == GSP_EXEC_rtpcheck) {
            check_rtp_values(*a);
            return wait_for_check(e, actions,
                                  [&] { return emit(OpKind::exec, a->value_range, row, lower_text(*a->text, kNone)); });
        }
        after_status(e, emit(OpKind::exec, a->value_range, row, lower_text(*a->text, kNone)), actions);
        return;
    }
    diag_.emit(D::ExecNothing, e.name_range);
}

void Lowering::lower_int_cmd(const ast::Attr& a, Actions& actions) {
    if (a.value == "stop_gracefully" || a.value == "stop_now") {
        emit(OpKind::stop, a.value_range, a.value == "stop_now");
        return;
    }
    if (a.value != "stop_call") diag_.emit(D::UnknownIntCmd, a.value_range, {a.value});
    emit(OpKind::finish, a.value_range, GSP_STOPPED);
    actions.stopped = true;
}

// The file that is played, if its name is known now; what follows a comma are parameters of rtp_stream, which are kept
// if they are known too. What is played from no file is kept as well: its parameters may be wrong, its device missing.
void Lowering::note_media_file(const ast::Attr& a) {
    constexpr std::string_view kNoFile[] = {"pause",         "resume",         "apattern",      "vpattern",
                                            "stop",          "echo",           "pauseapattern", "resumeapattern",
                                            "pausevpattern", "resumevpattern", "synthetic",     "mic"};
    std::string_view name = std::string_view(a.value).substr(0, a.value.find(','));
    if (name.find('[') != name.npos) return;
    const bool known = a.value.find('[') == a.value.npos;
    const bool is_word = std::find(std::begin(kNoFile), std::end(kNoFile), name) != std::end(kNoFile);
    const std::string file = is_word ? "" : std::string(name);
    p_.media_files.push_back({file, known ? a.value : std::string(name), a.value_range});
}

// The distribution that an element names, in the new spelling (`distribution`) or in the old ones of <pause>.
uint32_t Lowering::distribution(const ast::Element& e) {
    constexpr std::string_view kOld[] = {"normal", "exponential", "lognormal", "weibull", "pareto", "gamma"};
    const ast::Attr* named = e.find("distribution");
    std::string_view name = named ? std::string_view(named->value) : std::string_view();
    SourceRange at = named ? named->value_range : e.name_range;
    if (!named && std::string_view(e.spec->name) != "sample") {
        for (std::string_view old : kOld)
            if (const ast::Attr* a = e.find(old)) name = old, at = a->name_range;
        if (name.empty() && (e.find("min") || e.find("max"))) name = "uniform";
    }
    if (name.empty()) return kNone;
    const auto rows = distribution_rows();
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const DistributionRow& r) { return r.name == name; });
    if (row == rows.end()) return kNone;  // the reader has said so
    Distribution d;
    d.kind = static_cast<gsp_distribution>(row - rows.begin());
    size_t n = 0;
    for (std::string_view parameter : split_words(row->parameters)) {
        const ast::Attr* a = e.find(parameter);
        if (!a) {
            diag_.emit(D::MissingParameter, at, {std::string(name), std::string(parameter)});
            return kNone;
        }
        d.parameters[n++] = a->number.value_or(0);
    }
    if (std::string fault = distribution_fault(d); !fault.empty()) {
        diag_.emit(D::BadDistribution, at, {std::string(name), fault});
        return kNone;
    }
    d.text = screen_text(d);
    d.percentile99 = percentile99(d);
    p_.distributions.push_back(std::move(d));
    return static_cast<uint32_t>(p_.distributions.size() - 1);
}

void Lowering::lower_sample(const ast::Element& e) {
    const ast::Attr* to = e.find("assign_to");
    if (!e.find("distribution")) diag_.emit(D::MissingAttribute, e.name_range, {"sample", "distribution"});
    uint32_t drawn = distribution(e);
    if (!to || drawn == kNone) return;
    emit(OpKind::store_num, e.name_range, variable(to->value, to->value_range, Use::Write, VarType::Num),
         emit(OpKind::sample, e.name_range, drawn));
}

void Lowering::lower_index(const ast::Element& e) {
    const ast::Attr* to = e.find("assign_to");
    if (!to) return;
    const uint32_t index = in_init() ? step_ - p_.n_steps - 1 : step_;
    emit(OpKind::store_num, e.name_range, variable(to->value, to->value_range, Use::Write, VarType::Num),
         emit(OpKind::const_num, e.name_range, 0, 0, 0, index));
}

void Lowering::lower_pauserestore(const ast::Element& e) {
    if (uint32_t at = number_operand(e, "variable", "value"); at != kNone) emit(OpKind::pause_until, e.name_range, at);
}

void Lowering::lower_rtp_echo(const ast::Element& e) {
    if (uint32_t on = number_operand(e, "variable", "value"); on != kNone) emit(OpKind::rtp_echo, e.name_range, on);
}

void Lowering::lower_gettimeofday(const ast::Element& e) {
    const ast::Attr* to = e.find("assign_to");
    if (!to) return;
    std::vector<uint32_t> slots = variable_list(*to, VarType::Num);
    if (slots.size() != 2)
        diag_.emit(D::TwoNames, to->value_range);
    else
        emit(OpKind::gettimeofday, e.name_range, slots[0], slots[1]);
}

}  // namespace gsp::ir
