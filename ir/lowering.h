// SPDX-License-Identifier: Apache-2.0
// The state that the lowering functions of one scenario share; internal to ir/.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/diag.h"
#include "ir/lower.h"
#include "ir/program.h"
#include "ir/regex.h"

namespace gsp::ir {

// One mention of a variable, in the order of lowering.
struct VarUse {
    uint32_t variable;  // index into Program::vars
    uint32_t step;      // kNone: of no step
    bool writes;
    SourceRange range;
};

class Lowering {
public:
    Lowering(const ast::Scenario& in, const SourceFile& file, Diag& diag, const LowerOptions& options)
        : in_(in), file_(file), diag_(diag), options_(options) {}
    Program run();
    const std::vector<VarUse>& uses() const { return uses_; }

private:
    // lower.cpp: numbering, settings, modes, tables over all steps
    void number_steps();
    void lower_settings(const ast::Element&);
    void lower_default_message(const ast::Element&);
    void lower_steps();
    void find_pauserestore();
    void declare(const ast::Attr& list, VarScope);
    void set_modes();
    void build_windows();
    void build_commands();
    void build_late();
    void find_unexpected_label();
    void check_txns();
    bool optional(size_t step) const;
    uint32_t behind(uint32_t step) const { return step + 1 == p_.steps.size() ? p_.n_steps : step + 1; }
    bool in_init() const { return step_ != kNone && step_ > p_.n_steps; }
    void set_kept_headers();

    // lower_steps.cpp: one step → blocks
    void lower_step(const ast::Element&, uint32_t index);
    void lower_send(const ast::Element&, uint32_t index);
    void lower_recv(const ast::Element&, uint32_t index);
    void lower_expected(const ast::Element&, uint32_t index);
    void lower_response_methods(uint32_t index);
    void lower_receive_wait(const ast::Element&, uint32_t index);
    void lower_take(const ast::Element&, uint32_t index, bool is_optional, bool advance);
    uint32_t ice_of_text(uint32_t text) const;
    void wait_for_candidates(const ast::Element&, uint32_t index, uint32_t what);
    void send_blocks(const ast::Element&, uint32_t index, OpKind send);
    void lower_send_cmd(const ast::Element&, uint32_t index);
    void lower_recv_cmd(const ast::Element&, uint32_t index);
    void lower_txn(const ast::Element&, uint32_t index);
    void lower_peer(const ast::Element&, const char* attr, uint32_t index);
    void wait_pause(const ast::Element&, uint32_t index, uint32_t distribution);
    void lower_pause(const ast::Element&, uint32_t index);
    void lower_nop(const ast::Element&, uint32_t index);
    void lower_common(const ast::Element&, uint32_t index);
    void lower_start_line(const ast::Text&, Step&);
    void bookkeeping(const ast::Element&, uint32_t index);
    void skip_unless_condexec(const ast::Element&, uint32_t index);
    void next_step(const ast::Element&, uint32_t index);

    // lower_actions.cpp: the list of actions of a step
    enum class OnError : uint8_t { Remember, Ignore };  // an action that fails ends the list; is the call failed later?
    struct Actions {
        uint32_t leave;  // block that actions jump to when they end the list
        OnError on_error;
        const ast::Attr* jump = nullptr;  // last jump so far
        bool stopped = false;             // stop_call: the list and the call end here
    };
    // Runs the actions; `after` emits what follows, in every block that leaves the list (jump: the one executed, or
    // nullptr).
    void lower_actions(const ast::Element& step, OnError, const std::function<void(const ast::Attr* jump)>& after);
    void lower_action(const ast::Element&, Actions&);
    void lower_arithmetic(const ast::Element&, OpKind);
    void lower_assign(const ast::Element&);
    void lower_test(const ast::Element&, Actions&);
    void lower_strcmp(const ast::Element&, Actions&);
    void lower_ereg(const ast::Element&, Actions&);
    void lower_exec(const ast::Element&, Actions&);
    void lower_gettimeofday(const ast::Element&);
    void lower_sample(const ast::Element&);
    void lower_index(const ast::Element&);
    void lower_pauserestore(const ast::Element&);
    void lower_rtp_echo(const ast::Element&);
    // lower_rtp_check.cpp
    void lower_rtp_check(const ast::Element&, Actions&);
    void wait_for_check(const ast::Element&, Actions&, const std::function<uint32_t()>& check);
    void check_rtp_value(std::string_view name, std::string_view value, SourceRange, bool aliases);
    void check_rtp_values(const ast::Attr&);
    void lower_int_cmd(const ast::Attr&, Actions&);
    void note_media_file(const ast::Attr&);
    void need_message(const ast::Element&, const char* attr);  // of the step at hand, for the action to look at
    void after_status(const ast::Element&, uint32_t status, Actions&);  // an action that failed ends the list
    uint32_t distribution(const ast::Element&);                         // index; kNone: none, or an error
    void lower_row_driven(const ast::Element&, Actions&);
    uint32_t call_row(const ast::Element&);  // its status
    void leave_if(uint32_t failed, gsp_status, SourceRange, Actions&);
    void go_to_jump(const ast::Attr& jump);
    uint32_t number_operand(const ast::Element&, const char* variable,
                            const char* value);  // a value, or kNone after an error
    bool one_of(const ast::Element&, const char* a, const char* b);
    bool checks(const ast::Element&, bool& inverse);  // check_it or check_it_inverse is on

    // lower_text.cpp
    enum class LineEnds : uint8_t { Crlf, Kept };  // as on the wire; as they stand: values of keyword arguments
    uint32_t lower_text(const ast::Text&, uint32_t step, LineEnds = LineEnds::Crlf);
    void lower_keyword(const ast::Part&, Segment&, uint32_t step);
    uint32_t injection_file(std::string_view name, SourceRange);

    // vars
    enum class Use : uint8_t { Read, ReadNumber, Write, Mention };
    uint32_t variable(std::string_view name, SourceRange, Use, VarType written = VarType::None);  // slot
    std::vector<uint32_t> variable_list(const ast::Attr&, VarType written);

    // tables
    uint32_t label(const ast::Attr&);  // step index; kNone after an error
    uint32_t timer(std::string_view name);
    uint32_t counter(std::string_view name);
    uint32_t method(std::string_view name);
    uint32_t regex(const ast::Attr&, unsigned wanted);  // see translate_regex
    uint32_t txn(const ast::Attr&);

    // blocks
    uint32_t new_block(std::string name);
    uint32_t emit(OpKind, SourceRange, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0, double num = 0);
    SourceRange where(const ast::Element& e, const char* attr) const;

    const ast::Scenario& in_;
    const SourceFile& file_;
    Diag& diag_;
    const LowerOptions& options_;
    Program p_;
    uint32_t block_ = kNone;  // where emit() appends
    uint32_t step_ = kNone;   // being lowered
    std::map<std::string, uint32_t, std::less<>> labels_, init_labels_;
    std::map<std::string, uint32_t, std::less<>> var_index_;
    std::set<std::pair<uint32_t, uint32_t>>
        mentions_;  // variable, place: a place counts once, however often it is lowered
    std::vector<VarUse> uses_;
    bool hiderest_ = false;
    uint32_t checked_step_ = kNone;  // that has an rtpcheck
    bool restores_pauses_ = false;   // there is a <pauserestore>
};

uint32_t find_header(std::string_view name);  // id of headers.def, any case, also compact forms; kNone

// Checks over the finished program (check_*.cpp).
void check_flow(const Program&, Diag&);
void check_variables(const Program&, Diag&);
void check_timers(const Program&, Diag&);
void check_responses(const Program&, Diag&);
void check_messages(const ast::Scenario&, const Program&, Diag&);
void check_paths(const Program&, const std::vector<VarUse>&, Diag&);

// Passes (fold.cpp).
void fold(Program&);

}  // namespace gsp::ir
