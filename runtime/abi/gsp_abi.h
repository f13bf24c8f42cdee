/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract between compiled scenarios and the runtime: plain C, no code, no dependencies. The compiler builds
 * offsets and signatures from these declarations; a shared object carries their hashes and is refused when they differ
 * (docs/abi.md). Never `bool` here: uint32_t. All text is bytes with a length, not terminated unless said so.
 */
#ifndef GSP_ABI_H
#define GSP_ABI_H
#include <stdint.h>

#ifdef __cplusplus
#define GSP_NOEXCEPT noexcept
extern "C" {
#else
#define GSP_NOEXCEPT
#endif

#define GSP_ABI_MAJOR 5
#define GSP_PROGRAM_SYMBOL "gsp_program_v5"
#define GSP_FRAME_HEADER 256 /* bytes of a call frame before its variables */
#define GSP_MAX_MESSAGE 65536
#define GSP_MAX_KEYWORD_ARGS 5

/* ---- values -------------------- */

enum { GSP_UNSET = 0, GSP_NUM = 1, GSP_BOOL = 2, GSP_STR = 3, GSP_MATCH = 4 /* text taken by a regular expression */ };

/* A variable. `str` is owned by the worker's string pool and released by the runtime. */
typedef struct gsp_value {
    uint32_t tag;
    uint32_t len; /* of str */
    union {
        double num; /* GSP_NUM, GSP_BOOL (0 or 1) */
        char* str;  /* GSP_STR, GSP_MATCH */
    };
} gsp_value;

/* A variable slot carries its scope in the top two bits. */
enum { GSP_SCOPE_CALL = 0u << 30, GSP_SCOPE_USER = 1u << 30, GSP_SCOPE_GLOBAL = 2u << 30 };
#define GSP_SCOPE_MASK (3u << 30)
#define GSP_NO_VAR 0xffffffffu
#define GSP_NONE 0xffffffffu /* no index */

typedef struct gsp_text {
    const char* ptr;
    uint32_t len;
} gsp_text;

/* ---- what generated code sees of the runtime -------------------- */

/* Head of the worker; the rest is private to the runtime. */
typedef struct gsp_worker {
    uint64_t now_ns; /* cached clock of this loop turn */
    gsp_value* globals;
    uint64_t pause_ns;        /* -d */
    uint64_t recv_timeout_ns; /* -recv_timeout, 0 = none */
    int32_t fuel;             /* steps left in this turn; a backward jump takes one */
    uint32_t reserved;
} gsp_worker;

enum {
    GSP_CALL_RETRANS_ARMED = 1u << 0, /* a message with `retrans` is unanswered: the next send waits */
    /* further bits are private to the runtime */
};

/* Head of a call frame. Then, at GSP_FRAME_HEADER: gsp_value vars[n_vars], uint64_t rtd_start_ns[n_rtd]. */
typedef struct gsp_call {
    uint32_t step;    /* index of the step the call stands at (SIPp's message index) */
    uint32_t flags;   /* GSP_CALL_* */
    uint32_t failure; /* gsp_status remembered from an action; the call ends as failed with it */
    uint32_t acting;  /* step that acted last; the runtime's own */
    uint64_t wait_ns; /* set before returning a wait: how long; 0 = no limit */
    gsp_value* user_vars;
} gsp_call;

enum { GSP_EV_ENTER = 0, GSP_EV_MESSAGE = 1, GSP_EV_TIMER = 2, GSP_EV_COMMAND = 3 /* from a twin (3PCC) */ };
enum { GSP_EVF_REQUEST = 1u << 0, GSP_EVF_RESPONSE = 1u << 1 };

/* Why a step function is called. `msg` is the received message (GSP_EV_MESSAGE), opaque to generated code. */
typedef struct gsp_event {
    uint32_t kind;
    uint32_t flags;       /* GSP_EVF_* */
    uint32_t status;      /* response code, 0 for requests */
    uint32_t method;      /* method id of a request, 0 for responses */
    uint32_t cseq_method; /* method id in CSeq, 0 when there is none */
    uint32_t reserved;
    const void* msg;
} gsp_event;

/* Method ids 1..63: runtime/abi/methods.def; from GSP_METHOD_FIRST_OWN on: gsp_program.methods in order. 0: none;
 * GSP_METHOD_UNKNOWN: a method that neither knows. */
#define GSP_METHOD_FIRST_OWN 64u
#define GSP_METHOD_UNKNOWN 0xffffu

/* What a step function returns: kind in the low 8 bits, payload above. */
typedef uint32_t gsp_next;
enum {
    GSP_WAIT_MESSAGE = 1, /* payload: step where the call now stands, waiting for a message at most wait_ns */
    GSP_WAIT_TIME = 2,    /* payload: step; resumed there with GSP_EV_TIMER after wait_ns */
    GSP_WAIT_TX = 3,      /* payload: step; entered again once no retransmission is armed */
    GSP_YIELD = 4,        /* payload: step; entered again in the next loop turn (fuel used up) */
    GSP_GOTO = 5,         /* payload: step, from a variable: the runtime checks the range and enters it */
    GSP_STAY = 6,         /* the message was taken, the call stands and waits where it stood */
    GSP_UNMATCHED = 7,    /* the message is none of those that this step's window accepts */
    GSP_FINISH = 8        /* payload: gsp_status; 0 = the scenario ended */
};
#define GSP_NEXT(kind, payload) ((gsp_next)(kind) | ((gsp_next)(payload) << 8))
#define GSP_NEXT_KIND(n) ((n)&0xffu)
#define GSP_NEXT_PAYLOAD(n) ((n) >> 8)

/* Result of an action, and reason of a call's end. Row order is ABI. */
typedef enum gsp_status {
#define STATUS(id, counter, text) GSP_##id,
#include "runtime/abi/status.def"
    GSP_STATUS_COUNT
} gsp_status;

/* Code of a step. Called with GSP_EV_ENTER when the call arrives, else with what it waited for, and always with the
 * `constants` that stand beside it: steps that differ only in numbers share one function. */
typedef gsp_next (*gsp_step_fn)(gsp_worker*, gsp_call*, const gsp_event*, const uint64_t* constants);
typedef struct gsp_entry {
    gsp_step_fn function;
    const uint64_t* constants; /* private to generated code; NULL when it needs none */
} gsp_entry;

/* ---- constant data of a program -------------------- */

/* Parameters of a keyword that is rendered by a function. */
typedef struct gsp_arg {
    gsp_text text;  /* rest of a Prefix keyword as written ("Via:") */
    int32_t offset; /* [cseq+2] */
    uint32_t step;  /* index of the step whose text this is; -1 as 0xffffffff in texts of actions */
    uint32_t index; /* Number: the number; Family: which ending; last_: header id, or GSP_NONE: compare by name */
    uint32_t
        args[GSP_MAX_KEYWORD_ARGS]; /* by column of keywords.def: text, variable slot or file; GSP_NONE: not given */
} gsp_arg;

/* Renders a [keyword]: writes at `out`, returns the new end, or NULL when it does not fit. */
typedef char* (*gsp_keyword_fn)(gsp_worker*, gsp_call*, char* out, char* end, const gsp_arg*);

enum {
    GSP_SEGMENT_RUN,             /* run text `index` */
    GSP_SEGMENT_RUN_AFTER_VALUE, /* … behind a value: at the start of a line without the white space it begins with */
    GSP_SEGMENT_KEYWORD,         /* keywords[index], with `arg` */
    GSP_SEGMENT_VARIABLE,        /* [$name]: slot `index` */
    GSP_SEGMENT_LEN,             /* [len]: five columns; the body begins behind the first blank line after them */
    GSP_SEGMENT_LEN_FROM_START   /* … behind the first blank line of the text */
};

/* What a text is made of, in order. */
typedef struct gsp_segment {
    uint32_t kind; /* GSP_SEGMENT_* */
    uint32_t index;
    gsp_arg arg; /* of [len] the offset */
} gsp_segment;

typedef struct gsp_template {
    uint32_t first, count; /* of segments */
    uint32_t finish;       /* has keywords whose value is put in only when the rest is there */
} gsp_template;

/* A piece of run-constant text: literal bytes, then (if `keyword` is not empty) a Run-bound keyword or a -key name. The
 * pieces with the same `run_text` index, which follow one another, are joined at load. */
typedef struct gsp_piece {
    uint32_t run_text;
    int32_t offset;
    gsp_text literal;
    gsp_text keyword;
} gsp_piece;

typedef enum gsp_step_kind {
    GSP_STEP_SEND,
    GSP_STEP_RECV,
    GSP_STEP_PAUSE,
    GSP_STEP_NOP,
    GSP_STEP_TIMEWAIT,
    GSP_STEP_SEND_CMD,
    GSP_STEP_RECV_CMD,
    GSP_STEP_END /* between the steps of the scenario and those of its <init>: entering it ends the call */
} gsp_step_kind;

enum {
    GSP_STEP_REQUEST = 1u << 0, /* send: a request goes out; recv: a request is expected */
    GSP_STEP_OPTIONAL = 1u << 1,
    GSP_STEP_GLOBAL = 1u << 2, /* optional="global" */
    GSP_STEP_RRS = 1u << 3,
    GSP_STEP_AUTH = 1u << 4,
    GSP_STEP_CRLF = 1u << 5,
    GSP_STEP_HIDE = 1u << 6,
    GSP_STEP_NO_ADVANCE = 1u << 7,     /* advance_state="false" */
    GSP_STEP_TIMER = 1u << 8,          /* has a `timeout`, `ontimeout` or `retrans`: SIPp shows a time-out column */
    GSP_STEP_INC_CSEQ = 1u << 9,       /* send: request other than ACK and CANCEL */
    GSP_STEP_DYNAMIC_PAUSE = 1u << 10, /* pause: duration from a variable or a distribution */
    GSP_STEP_IGNORE_SDP = 1u << 11
};

typedef struct gsp_step {
    uint32_t kind;        /* gsp_step_kind */
    uint32_t flags;       /* GSP_STEP_* */
    uint32_t method;      /* send/recv of a request: method id */
    uint32_t status;      /* send/recv of a response: code */
    uint32_t retrans_ms;  /* send: T1, 0 = no retransmission */
    uint32_t timeout_ms;  /* send: how long the socket may have no room before the call gives up, 0 = -send_timeout */
    uint32_t text;        /* send: index into texts, else GSP_NONE */
    uint32_t on_timeout;  /* send: step to go to when retransmissions are exhausted; n_steps = end; GSP_NONE = abort */
    uint32_t timeout_var; /* send: variable that holds timeout_ms, or GSP_NO_VAR */
    uint32_t txn; /* send: transaction that it starts; recv: transaction that its message must belong to; GSP_NONE */
    uint32_t ack_txn;             /* send of an ACK: its transaction, or GSP_NONE */
    uint32_t regex;               /* recv with regexp_match: what method or code must match, or GSP_NONE */
    uint32_t command;             /* recvCmd step that takes a command while the call stands here, or GSP_NONE */
    uint32_t rtd_start, rtd_stop; /* timer indices or GSP_NONE: what the screen shows */
    uint32_t line, column;        /* in the scenario file, or in `file` */
    double lost;                  /* percent, negative = the default of -lost */
    double pause_ms;              /* pause: fixed duration, negative = -d */
    double longest_ms;            /* pause of a distribution: its 99th percentile, for the default of -l; else 0 */
    gsp_text peer;                /* sendCmd: `dest`; recvCmd: `src`; empty in classic 3PCC */
    gsp_text label;               /* what the screen shows: "INVITE", "200", display text of a nop */
    uint64_t cseq_methods; /* recv of a response: set of method ids (bit id) that its CSeq may name; bit 0: none */
    const uint32_t* more_cseq_methods; /* ids of 64 and above */
    uint32_t n_more_cseq_methods;
    uint32_t accept; /* recv: index into accepts, else GSP_NONE */
    gsp_text file;   /* the included file that the step stands in; empty: the scenario file */
} gsp_step;

/* A received message that the runtime knows what to do with although the call stands beyond it. Sorted by step. */
typedef enum gsp_late_kind {
    GSP_LATE_ACCEPT, /* optional="global": accept `step` */
    GSP_LATE_RESEND, /* render and send step `resend`, the ACK behind `step`, again; stay */
    GSP_LATE_TXN     /* a response to transaction steps[step].txn: provisional, or equal to its final response: ignored;
                        else step `resend`, its ACK, is sent again, if there is one */
} gsp_late_kind;
typedef struct gsp_late {
    uint32_t step;
    uint32_t kind;   /* gsp_late_kind */
    uint32_t resend; /* or GSP_NONE */
} gsp_late;

typedef struct gsp_regex {
    gsp_text source;  /* POSIX, as in the scenario; NUL-terminated */
    gsp_text pattern; /* the same in PCRE2 syntax; unused when `posix` */
    uint32_t posix;   /* PCRE2 could find another match: C library's regexec */
    uint32_t groups;
    uint32_t line;
    gsp_text file; /* of the line, as in gsp_step */
} gsp_regex;

enum { GSP_IN_MSG, GSP_IN_HDR, GSP_IN_BODY, GSP_IN_VAR };
enum {
    GSP_EREG_CASE_INDEP = 1u << 0,
    GSP_EREG_START_LINE = 1u << 1,
    GSP_EREG_CHECK = 1u << 2,
    GSP_EREG_CHECK_INVERSE = 1u << 3
};

typedef struct gsp_ereg {
    uint32_t regex;
    uint32_t where;      /* GSP_IN_* */
    uint32_t flags;      /* GSP_EREG_* */
    uint32_t occurrence; /* from 1 */
    gsp_text header;
    uint32_t variable;
    uint32_t n_assign;
    const uint32_t* assign; /* slots: whole match, group 1, … */
} gsp_ereg;

/* Random durations and numbers: distribution="…" and its parameters, in the order of the rows of distributions.def. */
typedef enum gsp_distribution {
#define DISTRIBUTION(name, parameters) GSP_DIST_##name,
#include "runtime/abi/distributions.def"
#undef DISTRIBUTION
    GSP_DIST_COUNT
} gsp_distribution;

/* Media and process actions of <exec>, one row of exec.def each. */
typedef enum gsp_exec {
#define EXEC(attribute, from_file) GSP_EXEC_##attribute,
#include "runtime/abi/exec.def"
#undef EXEC
    GSP_EXEC_COUNT
} gsp_exec;

/* Messages that the runtime sends of its own accord and that <DefaultMessage> replaces, one row of default_messages.def
 * each. */
typedef enum gsp_default_message {
#define DEFAULT_MESSAGE(name, id) GSP_DEFAULT_##name,
#include "runtime/abi/default_messages.def"
#undef DEFAULT_MESSAGE
    GSP_DEFAULT_COUNT
} gsp_default_message;

typedef struct gsp_var {
    gsp_text name;
    uint32_t slot;
} gsp_var;

typedef struct gsp_counter {
    gsp_text name;
} gsp_counter;

typedef struct gsp_rtd {
    gsp_text name;
    const uint32_t* borders; /* ResponseTimeRepartition, ms, ascending */
    uint32_t n_borders;
} gsp_rtd;

typedef struct gsp_import {
    const char* name;   /* NUL-terminated */
    uint64_t signature; /* FNV-1a of the prototype's text */
} gsp_import;

enum { /* what gsp_ice_wait is asked for */
    GSP_ICE_AUDIO = 1u << 0,
    GSP_ICE_VIDEO = 1u << 1,
    GSP_ICE_LITE = 1u << 2 /* the text says a=ice-lite */
};

enum {
    GSP_PROGRAM_CLIENT = 1u << 0,        /* places calls; else it waits for them */
    GSP_PROGRAM_KEEP_MESSAGE = 1u << 1,  /* [last_message] is used: keep the whole last message */
    GSP_PROGRAM_COMMANDS = 1u << 2,      /* has sendCmd or recvCmd */
    GSP_PROGRAM_COMMAND_FIRST = 1u << 3, /* … and the first of them is a sendCmd */
    GSP_PROGRAM_TDMMAP = 1u << 4,        /* uses [tdmmap]: each call takes a circuit */
    GSP_PROGRAM_MEDIA = 1u << 5,         /* <exec> plays or echoes media, or its SDP has DTLS: SDP is looked at */
    GSP_PROGRAM_RTP_PORTS = 1u << 6,     /* uses [rtpstream_audio_port] or [rtpstream_video_port] */
    GSP_PROGRAM_CHANGES_SHARED = 1u << 7, /* its calls assign to global variables or change injection files */
    GSP_PROGRAM_ICE = 1u << 8             /* uses [ice_…] */
};

typedef struct gsp_program {
    uint32_t abi_major, size_of_this;
    uint64_t frame_hash;  /* of frame.def and the sizes above */
    const char* producer; /* "gossipc 0.1.0, LLVM 19.1.7" */
    const char* cpu;      /* "x86-64-v3" … what the code needs */
    gsp_text name;        /* scenario name attribute */
    gsp_text source;      /* path of the scenario file */
    uint32_t flags;
    uint32_t n_steps;     /* of the scenario: SIPp's message count */
    uint32_t n_all_steps; /* with <init>: n_steps + 1 (GSP_STEP_END) + steps of <init>; else n_steps */
    uint32_t n_accepts, n_texts, n_segments, n_keywords, n_pieces, n_run_texts, n_late, n_regexes, n_vars, n_user_vars,
        n_global_vars, n_call_vars, n_rtds, n_counters, n_methods, n_length_borders, n_imports, n_txns, n_files,
        n_media_files;
    uint32_t unexpected_step;                  /* label _unexp.main, or GSP_NONE */
    uint32_t unexpected_return;                /* slot of $_unexp.retaddr, or GSP_NO_VAR */
    uint32_t unexpected_pause;                 /* slot of $_unexp.pausedaddr, or GSP_NO_VAR */
    uint32_t default_texts[GSP_DEFAULT_COUNT]; /* texts of <DefaultMessage>, or GSP_NONE */
    const gsp_entry* entry;                    /* [n_all_steps] */
    const gsp_step* steps;                     /* [n_all_steps] */
    const gsp_entry* accepts;       /* [n_accepts]: take the message for one recv step, whatever the call stands at */
    const gsp_template* texts;      /* [n_texts] */
    const gsp_segment* segments;    /* [n_segments] */
    const gsp_keyword_fn* keywords; /* [n_keywords] */
    const gsp_piece* pieces;        /* [n_pieces], sorted by run_text */
    const gsp_late* late;           /* [n_late], sorted by step */
    const gsp_regex* regexes;
    const gsp_var* vars; /* [n_vars] all of them, with scope in the slot */
    const gsp_rtd* rtds;
    const gsp_counter* counters;
    const gsp_text* methods;        /* [n_methods] ids from GSP_METHOD_FIRST_OWN */
    const uint32_t* length_borders; /* CallLengthRepartition, ms */
    const uint64_t* kept_headers;   /* bit set over header ids: what can still be read of a received message; 2 words */
    const gsp_text* kept_names;     /* … and header names without an id */
    uint32_t n_kept_names;
    const gsp_text* files;       /* [n_files] base names of injection files; an empty one is the default file */
    const gsp_text* media_files; /* [n_media_files] what <exec> plays: name of a file, or a word of rtp_stream, and ",…" as that has it */
    const gsp_import* imports;   /* [n_imports] */
} gsp_program;

/* ---- functions that generated code calls -------------------- */

#define GSP_FN(ret, name, params) ret name params GSP_NOEXCEPT;
#include "runtime/abi/functions.def"

/* Row-driven actions and keywords: prototypes from their tables. */
#define OUT(n, r) , uint32_t n
#define OUTNUM(n, r) , uint32_t n
#define OUTBOOL(n, r) , uint32_t n
#define IN(n, r) , uint32_t n
#define INOUT(n, r) , uint32_t n
#define TEXT(n, r) , uint32_t n
#define NUM(n, r) , double n
#define INT(n, r) , int32_t n
#define FLAG(n, r) , uint32_t n
#define ACTION(element, function, ...) \
    uint32_t function(gsp_worker*, gsp_call*, const gsp_event* __VA_ARGS__) GSP_NOEXCEPT;
#define ACTION_CUSTOM(element, ...)
#include "runtime/abi/actions.def"
#undef ACTION
#undef ACTION_CUSTOM
#undef OUT
#undef OUTNUM
#undef OUTBOOL
#undef IN
#undef INOUT
#undef TEXT
#undef NUM
#undef INT
#undef FLAG

#define GSP_KW_Run(function)
#define GSP_KW_Special(function)
#define GSP_KW_Call(function) char* function(gsp_worker*, gsp_call*, char* out, char* end, const gsp_arg*) GSP_NOEXCEPT;
#define GSP_KW_Message(function) GSP_KW_Call(function)
#define KEYWORD(name, bound, shape, function, ...) GSP_KW_##bound(function)
#include "runtime/abi/keywords.def"
#undef KEYWORD
#undef GSP_KW_Run
#undef GSP_KW_Special
#undef GSP_KW_Call
#undef GSP_KW_Message

#ifdef __cplusplus
}
#endif
#endif
