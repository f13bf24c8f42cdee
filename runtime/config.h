// SPDX-License-Identifier: Apache-2.0
// Everything that a run can be told, in groups; filled by the driver, const afterwards. Times in nanoseconds unless the
// name says otherwise; defaults are SIPp's.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"

namespace gsp::rt {

enum class Protocol : uint8_t {
#define PROTOCOL(id, ...) id,
#define MODE(...)
#include "runtime/transport/transports.def"
};
struct ProtocolRow {
    std::string_view token;  // in Via and [transport]
    bool reliable;
    std::string_view naptr_service, srv_prefix;  // RFC 3263; empty: not looked up
};
inline constexpr ProtocolRow kProtocols[] = {
#define PROTOCOL(id, token, reliable, service, srv) {token, reliable, service, srv},
#define MODE(...)
#include "runtime/transport/transports.def"
};

enum class Sockets : uint8_t { One, PerCall, PerIp };
struct TransportMode {
    enum class Role : uint8_t { Any, Client, Server };
    std::string_view name;  // of -t
    Protocol protocol;
    Sockets sockets;
    Role role;
    std::string_view help;
    const ProtocolRow& row() const { return kProtocols[static_cast<size_t>(protocol)]; }
    bool is_tls() const { return protocol == Protocol::Tls || protocol == Protocol::Wss; }
};
inline constexpr TransportMode kTransportModes[] = {
#define PROTOCOL(...)
#define MODE(name, protocol, sockets, role, help) \
    {name, Protocol::protocol, Sockets::sockets, TransportMode::Role::role, help},
#include "runtime/transport/transports.def"
};

// Connections of TCP, TLS, WebSocket that are lost.
struct ReconnectConfig {
    int64_t most = 0;             // -max_reconnect; -1: no limit
    bool ends_calls = true;       // -reconnect_close: the calls of a lost connection fail
    uint64_t sleep_ns = kSecond;  // -reconnect_sleep: before it is opened again
};

struct TlsConfig {
    std::string certificate, key;  // -tls_cert, -tls_key, PEM; empty: cacert.pem, cakey.pem if they are there
    std::string ca, crl;           // -tls_ca, -tls_crl; one of them: the peer is verified
    std::string version;           // -tls_version: 1.0 … 1.3; empty: any
    std::string ciphers;           // -tls_ciphers, OpenSSL's list; empty: its default
    std::string name;              // -tls_name: SNI; empty: the remote host if it is a name
    std::string key_log;           // -tls_keylog: for decoders of captures; empty: none
    bool skip_verify = false;      // -tls_skip_verify: not even with -tls_ca
    bool resumes = true;           // -tls_resume: sessions are used again
    bool verifies() const { return !skip_verify && (!ca.empty() || !crl.empty()); }
};

inline constexpr uint16_t kSipPort = 5060;  // where none is named, whatever the transport (SIPp)

enum class Io : uint8_t { Auto, Epoll, Uring };  // -io: how the kernel is asked for datagrams, with one UDP socket

struct NetConfig {
    std::string remote_host;              // as typed, without port and brackets; empty: none
    std::optional<uint16_t> remote_port;  // nothing: 5060, or what SRV says
    bool srv = true;                      // -no_srv: the host is looked up by A and AAAA alone
    std::string dns_host;                 // -dns_server, IP; empty: the system's
    uint16_t dns_port = 53;
    std::string send_host;       // -rsa: where messages go instead; empty: to the remote host, or back to the sender
    uint16_t send_port = 5060;   // … its port
    std::string device;          // -bind_to_device; empty: none
    std::string local_ip;        // -i; empty: found out
    uint16_t local_port = 0;     // -p; 0: 5060…5119, then any
    bool bind_local = false;     // without -i: bind to the address found out, not to the wildcard
    std::string media_ip;        // -mi; empty: local ip
    uint16_t media_port = 6000;  // -mp
    uint16_t last_media_port = 65535;         // -max_rtp_port
    TransportMode mode = kTransportModes[0];  // -t
    std::optional<uint32_t> max_sockets;  // -max_socket: more calls share theirs; nothing: 50000, or what is allowed
    bool ignores_file_limit = false;      // -skip_rlimit
    uint32_t ip_field = 0;                // -ip_field: of the first injection file, with -t ui
    ReconnectConfig reconnect;
    uint64_t peer_timeout_ns = 32 * kSecond;  // -peer_timeout: of connections; 0: the system's
    TlsConfig tls;
    std::string ws_path = "/";      // -ws_path: of the request that opens a WebSocket
    uint32_t buffer_bytes = 65536;  // -buff_size
    std::string control_ip;         // -ci
    uint16_t control_port = 0;      // -cp; 0: 8888…8947, first free
    bool gso = true, gro = true;
    Io io = Io::Auto;
    uint64_t gather_ns = kMillisecond;  // longest time that work is gathered under load; 0 = never
};

// -arrival: gaps between planned starts. Poisson: exponential ones, of the same mean.
enum class Arrival : uint8_t { Uniform, Poisson };
struct RatePoint {  // of -rate_profile
    uint64_t ns;    // since the start of the run
    double rate;    // calls per period
};

struct RateConfig {
    double rate = 10;                 // -r, calls per period
    uint64_t period_ns = kSecond;     // -rp
    double scale = 1;                 // -rate_scale
    uint64_t max_calls = UINT32_MAX;  // -m
    std::optional<uint32_t> limit;    // -l; nothing: computed, 0: unlimited
    uint32_t users = 0;               // -users; 0: open loop
    uint32_t max_recv_loops = 1000;   // most messages taken in one turn
    uint32_t max_sched_loops = 1000;  // most steps run in one turn
    uint32_t increase = 0;            // -rate_increase, added to the rate every `increase_every_ns`
    uint64_t increase_every_ns = 0;   // -rate_interval; 0: the period of statistics rows
    uint32_t highest = 0;             // -rate_max; 0: none
    bool quit_at_highest = true;      // -no_rate_quit; also: the end of the profile is not the end of the run
    Arrival arrival = Arrival::Uniform;
    std::vector<RatePoint> profile;  // -rate_profile, in order, the first at 0; linear between; empty: none
};

// -find_knee: the highest rate at which all of this holds, found in stages.
struct KneeConfig {
    bool on = false;
    uint64_t stage_ns = 10 * kSecond;  // -knee_stage: of load; then its calls may end
    double failed_percent = 0;         // -knee_failed: most, of the calls of a stage
    double retrans_percent = 1;        // -knee_retrans: most, of the messages sent
    uint64_t p99_ns = 0;               // -knee_p99: of the first timer, from the planned start; 0: no condition
};

// -watchdog_*: turns of the loop that come late.
struct WatchdogConfig {
    uint64_t interval_ns = 400 * kMillisecond;                       // between two looks; 0: no watchdog
    uint64_t minor_ns = 500 * kMillisecond, major_ns = 3 * kSecond;  // what counts as a trip; 0: nothing does
    int64_t most_minor = 120, most_major = 10;                       // trips; one more ends the run; -1: never
    uint64_t reset_ns = 600 * kSecond;                               // without a trip: the count starts again
};

enum class CallIdKind : uint8_t { Format, Uuid, UuidCompact, Random, Timestamp };  // -cid_type

struct CallConfig {
    CallIdKind call_id_kind = CallIdKind::Format;
    std::string call_id = "%u-%p@%s";  // -cid_str
    uint32_t base_cseq = 1;
    std::string service = "service";
    uint64_t pause_ns = 0;  // -d
    uint64_t deadcall_wait_ns = 33 * kSecond;
    bool auto_answer = false;                               // -aa
    bool pauses_ignore_messages = false;                    // -pause_msg_ign
    bool whole_call_ids = false;                            // -callid_slash_ign: `xyz///id` is no call `id`
    bool unsent_default_is_fatal = false;                   // -sendbuffer_warn false
    std::vector<std::pair<std::string, std::string>> keys;  // -key
    std::vector<std::pair<std::string, std::string>> sets;  // -set
    double lost = 0;                                        // -lost, percent
    uint32_t dynamic_start = 10000, dynamic_max = 12000, dynamic_step = 4;
};

struct InjectionConfig {
    struct File {
        std::string path;
        bool may_be_default;  // -inf, not -rxinf: the first of them is that of [fieldN]
    };
    std::vector<File> files;                                // in order
    std::vector<std::pair<std::string, uint32_t>> indexes;  // -infindex: base name, field
};

struct AuthConfig {
    std::string user;                   // -au; empty: -s
    std::string password = "password";  // -ap
    std::string uri;                    // -auth_uri, without `sip:`; empty: the remote host
};

struct TrunkConfig {   // -sip_*: what [trunk_…] render
    std::string from;  // empty: made of the local address
    std::string pai, provider;
    std::vector<std::string> extra;  // header lines, without line ends
};

struct TwinConfig {  // 3PCC; at most one of address, master, slave
    struct Place {
        std::string host;  // without brackets
        uint16_t port = 6060;
    };
    Place address;                                     // -3pcc; no host: none
    std::string master, slave;                         // names in `peers`
    std::vector<std::pair<std::string, Place>> peers;  // -slave_cfg
    bool used() const { return !address.host.empty() || !master.empty() || !slave.empty(); }
};

// -tdmmap {first-last}{fixed}{first-last}{first-last}
struct TdmConfig {
    uint32_t first_x = 0, last_x = 0, h = 0, first_y = 0, last_y = 0, first_z = 0, last_z = 0;
    uint32_t circuits = 0;  // how many there are; 0: no map
};

struct DefaultBehaviour {  // -default_behaviors, -nd
    bool bye = true, abort_unexpected = true, ping_reply = true, check_ack_cseq = true;
};

// -dtls_*: DTLS-SRTP.
struct DtlsConfig {
    std::string certificate, key;  // PEM; no certificate: one is made; no key: it is in the file of the certificate
    std::string profiles =         // as OpenSSL writes them, the best first
        "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32";
    friend bool operator==(const DtlsConfig&, const DtlsConfig&) = default;
};

struct IceConfig {
    enum class Turn : uint8_t { Udp, Tcp, Tls };
    struct Server {
        std::string host;             // empty: none
        std::optional<uint16_t> port;
    };
    Server stun, turn;           // -stun_server, -turn_server
    std::string user, password;  // -turn_user, -turn_pass
    Turn transport = Turn::Udp;  // -turn_transport
    bool relay_only = false;     // -ice_relay_only
};

struct MediaConfig {
    bool echo = false;                                // -rtp_echo
    uint32_t echo_bytes = 2048;                       // -mb: longer datagrams come back cut
    uint8_t payload_type = 8;                         // -rtp_payload: of rtp_stream when it names none
    uint32_t buffer_bytes = 65536;                    // -rtp_buffsize
    bool random_ssrc = false;                         // -random_base_ssrc
    double audio_tolerance = 1, video_tolerance = 1;  // share of bad packets of a pattern from which the check fails
    bool check_debug = false;                         // -rtpcheck_debug
    bool srtp_debug = false;                          // -srtpcheck_debug
    bool rtcp = false;                                // -rtcp
    std::string record_dir;                           // -record_wav: of each call; empty: none
    std::string failed_pcap_dir;                      // -failed_pcap: of each failed call; empty: none
    uint32_t failed_pcap_bytes = 131072;              // -failed_pcap_bytes: memory of a call for it
    IceConfig ice;
    double late_limit = 1;                            // -media_late_limit: percent
    uint32_t threads = 0;                             // -media_threads, of all workers; 0: as many as pay
    bool rejects_srtp = false;                        // -media_reject_srtp
    DtlsConfig dtls;
};

struct TimeoutConfig {
    uint64_t recv_ns = 0, send_ns = 0;  // 0: none
    uint64_t run_ns = 0;                // -timeout
    bool run_is_error = false;          // -timeout_error
};

struct RetransConfig {
    bool enabled = true;         // -nr
    bool loose_repeats = false;  // -rtcheck loose
    uint32_t max = 9, max_invite = 5, max_non_invite = 9;
    uint64_t t2_ns = 4 * kSecond;
};

enum class TraceFile : uint8_t {
#define TRACE_FILE(id, ...) id,
#include "runtime/stats/trace_files.def"
    Count
};
enum class TraceSchema : uint8_t { Sipp, Gossipper };  // names and columns of the CSV files

struct TraceFileConfig {
    bool on = false;
    bool overwrite = true;  // false: append
    std::string name;       // empty: the default name
};

struct ReportConfig {                // what a run tells besides
    uint32_t failures = 3;           // -explain_failures: kinds of failure that are explained at the end; 0: none
    uint64_t progress_every_ns = 0;  // -stat_period: a line on standard error; 0: none
};

// -health_*: gates that a run must pass.
struct HealthConfig {
    double min_success_ratio = 0;                      // 0: no gate
    int64_t max_failed_calls = -1, max_timeouts = -1;  // -1: no gate
    bool generator = false;                            // it must have kept up with its plan
    double max_rtcp_fraction_lost = 0;                 // 0: no gate, as of the next ones
    uint64_t max_rtcp_jitter_ts = 0, min_rtp_packets = 0, min_rtp_packets_of_call = 0;
};

struct TraceConfig {
    std::array<TraceFileConfig, static_cast<size_t>(TraceFile::Count)> files;
    TraceFileConfig& operator[](TraceFile f) { return files[static_cast<size_t>(f)]; }
    const TraceFileConfig& operator[](TraceFile f) const { return files[static_cast<size_t>(f)]; }

    TraceSchema schema = TraceSchema::Sipp;  // -trace_schema
    bool rfc3339 = false;
    bool periodic_rtd = false;               // repartitions begin anew with each statistics row
    uint32_t rtt_block = 200;                // -rtt_freq: response times that are written together
    uint32_t kept_files = 0;                 // -ringbuffer_files
    uint64_t rotate_bytes = 0;               // -ringbuffer_size; 0: never
    uint64_t max_bytes = 0;                  // -max_log_size; 0: no limit
    uint64_t buffer_bytes = 8 << 20;         // -trace_buffer: of records that wait for the writer
    uint64_t stat_period_ns = 60 * kSecond;  // -fd
    uint64_t screen_period_ns = kSecond;     // -f
    std::string summary_json;
    std::string stat_delimiter = ";";
};

struct RunConfig {
    NetConfig net;
    RateConfig rate;
    KneeConfig knee;
    CallConfig call;
    DefaultBehaviour behaviour;
    InjectionConfig injection;
    AuthConfig auth;
    TrunkConfig trunk;
    TwinConfig twin;
    TdmConfig tdm;
    MediaConfig media;
    TimeoutConfig timeout;
    RetransConfig retrans;
    WatchdogConfig watchdog;
    TraceConfig trace;
    ReportConfig report;
    HealthConfig health;
    std::string scenario_name = "uac";  // base name without .xml: log file names, screens
    uint32_t workers = 0;               // -workers; 0: as many as pay (run_workers.h)
    bool pins_workers = false;          // -pin_workers: each stays on a processor of its own
    uint64_t seed = 0;                  // 0: from the system's entropy
    bool read_keys = true;              // -nostdin turns it off
    uint32_t pid = 0;                   // [pid], file names
};

}  // namespace gsp::rt
