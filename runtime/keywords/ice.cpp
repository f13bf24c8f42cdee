// SPDX-License-Identifier: Apache-2.0
// Keywords of ICE in SDP (RFC 8839). The message that they stand in has waited for the candidates.
#include "runtime/call/engine.h"
#include "runtime/call/writer.h"
#include "runtime/media/media.h"

using namespace gsp::rt;

namespace {

uint32_t ice_call(gsp_worker* w, gsp_call* c) {  // its number in Media; 0: it does not use ICE (yet)
    const Engine& e = engine(w);
    const CallExtra* const extra = frame(c).extra;
    return e.uses_ice && extra && extra->media && e.shared.media->uses_ice(extra->media) ? extra->media : 0;
}

template <class F>  // f(board)
char* write_of_board(gsp_worker* w, gsp_call* c, char* out, char* end, MediaKind kind, F&& f) {
    const uint32_t call = ice_call(w, c);
    return (Writer(out, end) << (call ? f(engine(w).shared.media->ice_board(call, kind)) : std::string())).end();
}

std::string candidates(const IceBoard& board) {
    return board.candidates;
}

std::string ip(const IceBoard& board) {
    return ip_text(board.address);
}

std::string ip_type(const IceBoard& board) {
    return board.address.family == 6 ? "6" : "4";
}

}  // namespace

char* gsp_kw_ice_ufrag(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    const uint32_t call = ice_call(w, c);
    return (Writer(out, end) << (call ? engine(w).shared.media->ice_credentials(call).user : "")).end();
}

char* gsp_kw_ice_pwd(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    const uint32_t call = ice_call(w, c);
    return (Writer(out, end) << (call ? engine(w).shared.media->ice_credentials(call).password : "")).end();
}

char* gsp_kw_ice_audio_candidates(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return write_of_board(w, c, out, end, MediaKind::Audio, candidates);
}

char* gsp_kw_ice_video_candidates(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return write_of_board(w, c, out, end, MediaKind::Video, candidates);
}

char* gsp_kw_ice_audio_ip(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return write_of_board(w, c, out, end, MediaKind::Audio, ip);
}

char* gsp_kw_ice_video_ip(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return write_of_board(w, c, out, end, MediaKind::Video, ip);
}

char* gsp_kw_ice_audio_ip_type(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return write_of_board(w, c, out, end, MediaKind::Audio, ip_type);
}

char* gsp_kw_ice_video_ip_type(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return write_of_board(w, c, out, end, MediaKind::Video, ip_type);
}
