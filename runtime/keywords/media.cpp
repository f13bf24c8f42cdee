// SPDX-License-Identifier: Apache-2.0
// Keywords of SDP: RTP ports and SRTP keys (SDES, RFC 4568).
#include "runtime/media/media.h"
#include "runtime/call/engine.h"
#include "runtime/call/writer.h"

using namespace gsp::rt;

namespace {

// Offset 0 allocates a pair of ports, once a call; with another offset the port is only named.
char* write_port(gsp_worker* w, gsp_call* c, char* out, char* end, int32_t offset, MediaKind kind) {
    Engine& e = engine(w);
    int64_t port = 0;
    if (Media* const media = e.shared.media; media && offset >= 0) {
        const uint32_t call = e.media_call(frame(c));
        Result<uint16_t> known = offset == 0 ? media->rtp_port(call, kind) : media->known_rtp_port(call, kind);
        if (!known) e.fail_run(known.error().text);
        port = known ? *known + offset : 0;
    }
    return (Writer(out, end) << port).end();
}

void write_base64(Writer& out, const uint8_t* bytes, size_t n) {  // n divisible by 3
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const uint32_t group = uint32_t{bytes[i]} << 16 | uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) out << kDigits[group >> shift & 63];
    }
}

}  // namespace

char* gsp_kw_rtpstream_audio_port(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    return write_port(w, c, out, end, arg->offset, MediaKind::Audio);
}

char* gsp_kw_rtpstream_video_port(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    return write_port(w, c, out, end, arg->offset, MediaKind::Video);
}

// Families are numbered 1audio 1video 2audio 2video, for each suite.
char* gsp_kw_crypto_tag(gsp_worker*, gsp_call*, char* out, char* end, const gsp_arg* arg) noexcept {
    return (Writer(out, end) << (arg->index / 2 == 0 ? '1' : '2')).end();
}

char* gsp_kw_crypto_suite(gsp_worker*, gsp_call*, char* out, char* end, const gsp_arg* arg) noexcept {
    constexpr std::string_view kSuites[] = {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "NULL_HMAC_SHA1_80",
                                            "NULL_HMAC_SHA1_32"};
    return (Writer(out, end) << kSuites[arg->index / 4]).end();
}

char* gsp_kw_unencrypted_srtp(gsp_worker*, gsp_call*, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << "UNENCRYPTED_SRTP").end();
}

// A fresh key and salt (16 + 14 bytes); with a negative offset those rendered last.
char* gsp_kw_crypto_key(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    constexpr size_t kKeyAndSalt = 30, kText = kKeyAndSalt / 3 * 4, kFamilies = 4;
    Engine& e = engine(w);
    PoolText& keys = e.extra(frame(c)).crypto_keys;
    if (!keys.len) {
        char none[kFamilies * kText] = {};
        keys.set(e.strings, {none, sizeof none});
    }
    char* const key = keys.ptr + arg->index * kText;
    if (arg->offset >= 0 || !*key) {
        uint8_t bytes[kKeyAndSalt];
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(e.rng.next() >> 56);
        Writer writer(key, key + kText);
        write_base64(writer, bytes, kKeyAndSalt);
    }
    return (Writer(out, end) << std::string_view(key, kText)).end();
}

// x.h.y/z: the circuit counted through z, then y, then x.
char* gsp_kw_tdmmap(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    const TdmConfig& map = engine(w).config.tdm;
    const CallExtra* extra = frame(c).extra;
    const uint32_t n = extra && extra->circuit ? extra->circuit : 0;
    const uint32_t xs = map.last_x - map.first_x + 1, ys = map.last_y - map.first_y + 1,
                   zs = map.last_z - map.first_z + 1;
    return (Writer(out, end) << map.first_x + n / (ys * zs) % xs << '.' << map.h << '.' << map.first_y + n / zs % ys
                             << '/' << map.first_z + n % zs)
        .end();
}
