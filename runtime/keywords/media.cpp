// SPDX-License-Identifier: Apache-2.0
// Keywords of SDP: RTP ports and SRTP keys (SDES, RFC 4568).
#include "runtime/media/media.h"

#include <array>

#include "runtime/call/engine.h"
#include "runtime/call/writer.h"
#include "runtime/media/base64.h"
#include "runtime/media/srtp_suite.h"

using namespace gsp::rt;

namespace {

// Offset 0 allocates a pair of ports, once a call; with another offset the port is only named.
char* write_port(gsp_worker* w, gsp_call* c, char* out, char* end, int32_t offset, MediaKind kind) {
    Engine& e = engine(w);
    int64_t port = 0;
    if (Media* const media = e.shared.media; media && offset >= 0) {
        const uint32_t call = e.media_call(frame(c));
        Result<uint16_t> known = offset == 0 ? media->rtp_port(call, kind) : media->known_rtp_port(call, kind);
        if (!known && e.ran_out(frame(c), known.error())) e.extra(frame(c)).has_no_port = true;
        port = known ? *known + offset : 0;
    }
    return (Writer(out, end) << port).end();
}

// What is kept of the a=crypto lines of a call, by place: 1audio 1video 2audio 2video.
struct CryptoPlace {
    uint8_t suite;                           // rendered last
    char key[base64_size(kLongestSrtpKey)];  // the same; not there yet: begins with 0
};
constexpr uint32_t kCryptoPlaces = 4;

CryptoPlace& crypto_place(gsp_worker* w, gsp_call* c, uint32_t place) {
    Engine& e = engine(w);
    PoolText& places = e.extra(frame(c)).crypto;
    if (!places.len) {
        const char none[kCryptoPlaces * sizeof(CryptoPlace)] = {};
        places.set(e.strings, {none, sizeof none});
    }
    return reinterpret_cast<CryptoPlace*>(places.ptr)[place];
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

char* gsp_kw_crypto_suite(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    const uint32_t suite = arg->index / kCryptoPlaces;
    crypto_place(w, c, arg->index % kCryptoPlaces).suite = static_cast<uint8_t>(suite);
    return (Writer(out, end) << kSrtpSuites[suite].name).end();
}

char* gsp_kw_unencrypted_srtp(gsp_worker*, gsp_call*, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << "UNENCRYPTED_SRTP").end();
}

// A fresh key and salt, as long as the suite wants it that was named for this place; with a negative offset those
// rendered last.
char* gsp_kw_crypto_key(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    CryptoPlace& place = crypto_place(w, c, arg->index);
    const size_t bytes = kSrtpSuites[place.suite].key_bytes;
    if (arg->offset >= 0 || !place.key[0]) {
        std::array<uint8_t, kLongestSrtpKey> key;
        for (size_t i = 0; i < bytes; ++i) key[i] = static_cast<uint8_t>(engine(w).rng.next() >> 56);
        write_base64({key.data(), bytes}, place.key);
    }
    return (Writer(out, end) << std::string_view(place.key, base64_size(bytes))).end();
}

char* gsp_kw_fingerprint(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    Engine& e = engine(w);
    char room[64];
    const std::string_view name = arg->args[0] == GSP_NONE ? "sha-256" : e.render(frame(c), arg->args[0], room);
    const auto hash = find_dtls_hash(name);
    if (!hash) return e.fail_run("[fingerprint]: there is no hash `" + std::string(name) + "`"), out;
    if (!e.shared.media) return out;
    Result<Fingerprint> own = e.shared.media->fingerprint(*hash);
    if (!own) return e.fail_run(own.error().text), out;
    return (Writer(out, end) << fingerprint_text(*own)).end();
}

char* gsp_kw_setup(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    Engine& e = engine(w);
    if (!e.shared.media) return out;
    return (Writer(out, end) << e.shared.media->own_setup(e.media_call(frame(c)))).end();
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
