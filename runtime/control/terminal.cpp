// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/terminal.h"

#include <sys/stat.h>
#include <unistd.h>

namespace gsp::rt {

KeyInput::KeyInput() {
    struct stat info {};
    if (fstat(STDIN_FILENO, &info) != 0) return;
    if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) {
        readable_ = true;
        return;
    }
    // In the background, touching the terminal would stop the process (SIGTTIN, SIGTTOU).
    if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp()) return;
    if (tcgetattr(STDIN_FILENO, &saved_) != 0) return;
    termios raw = saved_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // ISIG stays: Ctrl-C ends the run
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw_ = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    readable_ = raw_;
}

KeyInput::~KeyInput() {
    if (raw_) tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
}

}  // namespace gsp::rt
