// SPDX-License-Identifier: Apache-2.0
// <exec>: commands of the system's shell, and media.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#include <cerrno>
#include <string>

#include "runtime/call/engine.h"
#include "runtime/media/media.h"

using namespace gsp::rt;

extern char** environ;

namespace {

// Starts `sh -c command` and does not wait for it; 0, or what errno says. Standard input is empty, signals are as new:
// the run ignores some. Nobody waits for the shell, as the run ignores SIGCHLD.
int start_shell(const char* command) {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    char shell[] = "/bin/sh", flag[] = "-c";
    std::string text = command;
    char* const arguments[] = {shell, flag, text.data(), nullptr};
    pid_t child = 0;
    const int error = posix_spawn(&child, shell, &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error;
}

uint32_t run_command(Engine& e, Call& call, uint32_t text) {
    const std::string command(e.render(call, text));
    const int error = start_shell(command.c_str());
    if (error && e.may_warn())
        e.warn(
            system_error("call " + std::string(call.call_id.view()) + ": cannot start `" + command + "`", error).text);
    return GSP_OK;
}

}  // namespace

uint32_t gsp_act_exec(gsp_worker* w, gsp_call* c, uint32_t exec, uint32_t text) noexcept {
    Engine& e = engine(w);
    if (exec == GSP_EXEC_command) return run_command(e, frame(c), text);
    if (e.plays) e.play(frame(c), exec, e.render(frame(c), text));
    return GSP_OK;
}

void gsp_act_rtp_echo(gsp_worker* w, double on) noexcept {
    if (Media* const media = engine(w).shared.media) media->set_echo(on != 0);
}
