// SPDX-License-Identifier: Apache-2.0
// The typed IR of a scenario: tables of steps, blocks, texts, variables …, referring to one another by index. A
// finished value: lowering makes it, passes improve it, codegen reads it. All strings are bytes as they go on the wire.
// docs/ir.md describes the textual form.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "frontend/source.h"
#include "runtime/abi/gsp_abi.h"

namespace gsp::ir {

constexpr uint32_t kNone = GSP_NONE;

enum class OpKind : uint8_t {
#define OP(name, result, operands) name,
#include "ir/ops.def"
};
enum class ResultKind : uint8_t { None, Num, Bool, Status, Term };
struct OpInfo {
    const char* name;
    ResultKind result;
    const char* operands;
};
const OpInfo& op_info(OpKind);

enum class Compare : uint8_t { Equal, NotEqual, Greater, Less, GreaterEqual, LessEqual };

struct Op {
    OpKind kind;
    uint32_t a = 0, b = 0, c = 0;
    double num = 0;
    SourceRange loc;
};

struct Block {
    std::string name;  // "enter", "accept", "actions.end" …
    std::vector<Op> ops;
};

enum class VarScope : uint8_t { Call, User, Global };
enum class VarType : uint8_t { None, Num, Bool, Str, Match, Mixed };  // what is ever stored in it

struct Var {
    std::string name;
    VarScope scope = VarScope::Call;
    VarType type = VarType::None;
    uint32_t slot = 0;  // with scope bits, as in gsp_abi.h
    uint32_t mentions = 0, reads = 0, writes = 0;
    bool referenced = false;  // in <Reference>
    SourceRange first, first_read;
};

// A text, as a list of segments in order.
struct Segment {
    enum Kind : uint8_t { RunText, Keyword, Variable, Len } kind;
    bool after_value = false;  // RunText behind a value: leading white space goes when the line is empty
    bool from_start = false;   // Len: the blank line before the body may stand before it, or in a value
    uint32_t run_text = 0;     // RunText
    uint32_t slot = 0;         // Variable
    int32_t offset = 0;        // Len
    std::string function{};    // Keyword: C name
    std::string keyword{};     // Keyword: name in the scenario, for printing
    bool per_call = false;     // Keyword: bound when the call starts
    gsp_arg arg{};             // Keyword: all but arg.text
    std::string arg_text{};    // Keyword: arg.text
};
struct Text {
    std::vector<Segment> segments;
    uint32_t step = kNone;  // of a message; kNone: text of an action
    bool finish = false;    // gsp_finish_text has the last word
    SourceRange range;
};
struct Piece {
    uint32_t run_text;
    std::string literal, keyword;  // keyword: Run-bound or -key name; may be empty
    int32_t offset = 0;
};

// The messages that a call standing at a step takes, in SIPp's order: forward up to the first step that is not
// optional, then backwards over adjoining optional ones. What lies further back is in Program::late.
struct Window {
    std::vector<uint32_t> steps;
};

// distribution="…" of a pause or <sample>, parameters in the order of distributions.def.
struct Distribution {
    gsp_distribution kind = GSP_DIST_fixed;
    double parameters[3] = {0, 0, 0};
    std::string text;  // as SIPp's screen shows it: "500ms/1:00"
    double percentile99 = 0;
};

// A transaction: start_txn, ack_txn, response_txn of this name.
struct Txn {
    std::string name;
    uint32_t start = kNone, ack = kNone;  // steps
    bool invite = false, has_response = false;
    SourceRange first;
};

struct Step {
    gsp_step_kind kind = GSP_STEP_NOP;
    uint32_t flags = 0;  // GSP_STEP_*
    uint32_t method = 0, status = 0;
    uint32_t retrans_ms = 0, timeout_ms = 0, timeout_var = GSP_NO_VAR, text = kNone, on_timeout = kNone;
    uint32_t txn = kNone, ack_txn = kNone, regex = kNone;
    uint32_t command = kNone;  // recvCmd step that takes a command while the call stands here
    uint32_t rtd_start = kNone, rtd_stop = kNone;
    double lost = -1, pause_ms = -1, longest_ms = 0;
    std::string label, peer;
    std::vector<uint32_t> cseq_methods;
    uint32_t accept = kNone;  // index into Program::accepts
    Window window;
    uint32_t enter = kNone, timer = kNone, take = kNone;  // blocks; kNone: none. take: what an accepted message runs
    SourceRange range;                                    // the start tag
};

struct Late {
    uint32_t step;
    gsp_late_kind kind;
    uint32_t resend = kNone;
};

// A file that <exec> plays, as written, when its name holds no keyword.
struct MediaFile {
    std::string name, value;  // of the file, "": none; of the attribute, as far as it is known
    SourceRange range;
};

// The value of an attribute of <exec> that is about media, if it holds no keywords.
struct MediaValue {
    uint32_t exec;  // row of exec.def
    std::string value;
    SourceRange range;
};

struct Regex {
    std::string source;   // as written
    std::string pattern;  // PCRE2, or the source when posix
    bool posix = false;
    std::string why_posix;
    uint32_t groups = 0;
    SourceRange range;
};

struct Ereg {
    uint32_t regex = 0, where = GSP_IN_MSG, flags = 0, occurrence = 1, variable = GSP_NO_VAR;
    std::string header;
    std::vector<uint32_t> assign;
};

struct Rtd {
    std::string name;
    std::vector<uint32_t> borders;
};

struct Program {
    std::string name, source;
    uint32_t flags = 0;
    std::vector<Step> steps;        // those of the scenario; then, if there is an <init>, a GSP_STEP_END and its steps
    uint32_t n_steps = 0;           // of the scenario; as a step index: the end
    std::vector<uint32_t> accepts;  // step of each accept function
    std::vector<Block> blocks;
    std::vector<uint64_t> args;  // of call_rt: integers, or doubles bit for bit
    std::vector<Text> texts;
    std::vector<Piece> pieces;
    uint32_t n_run_texts = 0;
    std::vector<Var> vars;
    std::vector<Late> late;
    std::vector<Regex> regexes;
    std::vector<Ereg> eregs;
    std::vector<Rtd> rtds;
    std::vector<Distribution> distributions;
    std::vector<Txn> txns;
    std::vector<std::string> files;  // base names of injection files, "": the default one
    std::vector<MediaFile> media_files;
    std::vector<MediaValue> media_values;
    uint32_t unexpected_step = kNone, unexpected_return = GSP_NO_VAR, unexpected_pause = GSP_NO_VAR;
    std::array<uint32_t, GSP_DEFAULT_COUNT> default_texts;
    std::vector<std::string> counters, methods;
    std::vector<uint32_t> length_borders;
    uint64_t kept_headers[2] = {0, 0};
    std::vector<std::string> kept_names;
    const SourceFile* file = nullptr;  // for line numbers; outlives the program

    Program() { default_texts.fill(kNone); }

    uint32_t count(VarScope) const;
    const Var* var(uint32_t slot) const;
};

// The name of an action's row (actions.def) and what its parameters are, for call_rt: letters u (variable, text, flag),
// d, i.
struct ActionRow {
    const char* element;
    const char* function;  // nullptr: custom
    const char* params;
};
const ActionRow& action_row(uint32_t index);

}  // namespace gsp::ir
