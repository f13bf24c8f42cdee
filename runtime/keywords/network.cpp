// SPDX-License-Identifier: Apache-2.0
// Keywords that are known when a run starts: addresses, ports and the command line.
#include <string>

#include "runtime/keywords/run_text.h"

namespace gsp::rt {

namespace {

void append_port(uint16_t port, int32_t offset, std::string& out) {
    out += std::to_string(int64_t{port} + offset);
}

const char* ip_type(const Address& address) {
    return address.family == 6 ? "6" : "4";
}

}  // namespace

void kw_local_ip(const RunText& run, int32_t, std::string& out) {
    out += ip_bracketed(run.local);
}
void kw_local_ip_type(const RunText& run, int32_t, std::string& out) {
    out += ip_type(run.local);
}
void kw_local_port(const RunText& run, int32_t offset, std::string& out) {
    append_port(run.local.port, offset, out);
}
void kw_media_ip(const RunText& run, int32_t, std::string& out) {
    out += ip_text(run.media);
}
void kw_media_ip_type(const RunText& run, int32_t, std::string& out) {
    out += ip_type(run.media);
}
void kw_media_port(const RunText& run, int32_t offset, std::string& out) {
    append_port(run.media_port, offset, out);
}
void kw_remote_host(const RunText& run, int32_t, std::string& out) {
    out += run.config.net.remote_host;
}
void kw_remote_ip(const RunText& run, int32_t, std::string& out) {
    if (run.remote.family) out += ip_bracketed(run.remote);
}
void kw_remote_port(const RunText& run, int32_t offset, std::string& out) {
    append_port(run.remote.family ? run.remote.port : run.config.net.remote_port.value_or(kSipPort), offset, out);
}
void kw_server_ip(const RunText& run, int32_t, std::string& out) {
    out += ip_text(run.bound);
}
void kw_transport(const RunText& run, int32_t, std::string& out) {
    out += run.config.net.mode.row().token;
}

void kw_pid(const RunText& run, int32_t, std::string& out) {
    out += std::to_string(run.config.pid);
}
void kw_service(const RunText& run, int32_t, std::string& out) {
    out += run.config.call.service;
}
void kw_sipp_version(const RunText&, int32_t, std::string& out) {
    out += GSP_VERSION;
}
void kw_trunk_extra(const RunText& run, int32_t, std::string& out) {
    const char* before = "";
    for (const std::string& line : run.config.trunk.extra) {
        out.append(before).append(line);
        before = "\r\n";
    }
}
void kw_trunk_from(const RunText& run, int32_t, std::string& out) {
    const std::string& from = run.config.trunk.from;
    out += !from.empty() ? from
                         : "gossip <sip:gossip@" + ip_bracketed(run.local) + ":" + std::to_string(run.local.port) + ">";
}
void kw_trunk_pai(const RunText& run, int32_t, std::string& out) {
    out += run.config.trunk.pai;
}
void kw_trunk_provider(const RunText& run, int32_t, std::string& out) {
    out += run.config.trunk.provider;
}
void kw_users(const RunText& run, int32_t, std::string& out) {
    out += run.config.rate.users ? std::to_string(run.config.rate.users) : "-1";
}

}  // namespace gsp::rt
